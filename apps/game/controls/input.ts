/** Listens to keyboard, touch and game pads; tells of hands when asked and of shortcuts at once. */
import type { Hand } from './hands.ts';
import { drives, EMPTY_HAND, handOfPad, handsOfKeys, joinHands } from './hands.ts';

/** Where every key belongs to what has the focus and not to the robots. */
const OWN_KEYS =
  'input:not([type=range], [type=radio], [type=checkbox]), textarea, select, [contenteditable], ' +
  '[role=option], [role=listbox], [role=menu], [role=menuitem], [role=tab], [role=dialog], ' +
  '[role=alertdialog]';
/** These own the keys that move them. */
const MOVERS = 'input, [role=slider], [role=radio]';
const MOVES = /^(Arrow|Home$|End$|Page|Space$)/;
const PRESSES = 'button, a, summary, [role=button], [role=switch]';

export type InputOptions = {
  /** A key that is not for driving; true: it was taken. `key` as typed, in lower case. */
  onShortcut(key: string): boolean;
  /** The first key or touch allows sound. */
  onWake(): void;
};

/** Some browsers have game pads on secure pages only, and a policy may refuse them. */
function connectedPads(): Gamepad[] {
  try {
    const pads = (navigator as Partial<Navigator>).getGamepads?.() ?? [];
    return pads.filter((pad) => pad !== null && pad.connected) as Gamepad[];
  } catch {
    return [];
  }
}

export class Input implements Disposable {
  readonly #options: InputOptions;
  readonly #pressed = new Set<string>();
  readonly #listening = new AbortController();
  #touch: Hand = EMPTY_HAND;
  #padPaused = false;
  friend = false;

  constructor(options: InputOptions) {
    this.#options = options;
    const { signal } = this.#listening;
    addEventListener('keydown', (event) => this.#keyDown(event), { signal });
    addEventListener('keyup', (event) => this.#pressed.delete(event.code), { signal });
    addEventListener('blur', () => this.#pressed.clear(), { signal });
    addEventListener('pointerdown', () => options.onWake(), { signal, capture: true });
    // A button pressed by pointer keeps the focus, and the space bar would press it again.
    addEventListener(
      'click',
      (event) => {
        if (event.detail > 0 && event.target instanceof Element) {
          const pressed = event.target.closest<HTMLElement>('[data-stage] button');
          pressed?.blur();
        }
      },
      { signal },
    );
  }

  #keyDown(event: KeyboardEvent): void {
    this.#options.onWake();
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    const target = event.target instanceof Element ? event.target : null;
    if (target?.closest(OWN_KEYS)) return;
    if (MOVES.test(event.code) && target?.closest(MOVERS)) return;
    const presses = event.code === 'Space' || event.code === 'Enter';
    if (presses && target?.closest(PRESSES)) return;
    if (drives(event.code) || (this.friend && event.code === 'Enter')) {
      this.#pressed.add(event.code);
      event.preventDefault();
      return;
    }
    if (!event.repeat && this.#options.onShortcut(event.key.toLowerCase())) event.preventDefault();
  }

  /** What the touch controls ask for. */
  setTouch(hand: Hand): void {
    this.#touch = hand;
  }

  /** Forgets pressed keys, as when the match is paused. */
  release(): void {
    this.#pressed.clear();
    this.#touch = EMPTY_HAND;
  }

  /** Keyboard, touch and pads together, now. */
  hands(): [Hand, Hand] {
    const [one, two] = handsOfKeys(this.#pressed, this.friend);
    const pads = this.#pads();
    const mine = pads[0] ? joinHands(one, handOfPad(pads[0])) : one;
    const theirs = pads[1] ? joinHands(two, handOfPad(pads[1])) : two;
    return [joinHands(mine, this.#touch), theirs];
  }

  #pads(): Gamepad[] {
    const pads = connectedPads();
    const start = pads.some((pad) => pad.buttons[9]?.pressed === true);
    if (start && !this.#padPaused) this.#options.onShortcut('p');
    this.#padPaused = start;
    return pads;
  }

  [Symbol.dispose](): void {
    this.#listening.abort();
  }
}
