/** What two hands ask for at the moment, from keyboard, game pads and touch together. */

export type Hand = {
  /** Where to go as seen on the screen: x to the right, y up; length at most 1. */
  readonly x: number;
  readonly y: number;
  readonly spin: boolean;
};

export const EMPTY_HAND: Hand = { x: 0, y: 0, spin: false };

type KeyMap = Readonly<Record<string, 'up' | 'down' | 'left' | 'right' | 'spin'>>;

/** By place on the keyboard (`KeyboardEvent.code`), so that WASD is a cross on every layout. */
const LETTERS: KeyMap = {
  KeyW: 'up',
  KeyS: 'down',
  KeyA: 'left',
  KeyD: 'right',
  Space: 'spin',
};
const ARROWS: KeyMap = {
  ArrowUp: 'up',
  ArrowDown: 'down',
  ArrowLeft: 'left',
  ArrowRight: 'right',
};
const ALONE: KeyMap = { ...LETTERS, ...ARROWS };
const FRIEND: KeyMap = { ...ARROWS, Enter: 'spin', ShiftRight: 'spin' };

/** Keys that drive, so that the page does not scroll with them. */
export function drives(code: string): boolean {
  return code in ALONE || code === 'ShiftRight';
}

function handOfKeys(pressed: ReadonlySet<string>, map: KeyMap): Hand {
  let [x, y, spin] = [0, 0, false];
  for (const code of pressed) {
    const action = map[code];
    if (action === 'up') y = Math.min(1, y + 1);
    if (action === 'down') y = Math.max(-1, y - 1);
    if (action === 'left') x = Math.max(-1, x - 1);
    if (action === 'right') x = Math.min(1, x + 1);
    if (action === 'spin') spin = true;
  }
  const length = Math.hypot(x, y);
  return length > 1 ? { x: x / length, y: y / length, spin } : { x, y, spin };
}

/** With a friend the letters are one hand and the arrows the other; alone both are yours. */
export function handsOfKeys(pressed: ReadonlySet<string>, friend: boolean): [Hand, Hand] {
  if (!friend) return [handOfKeys(pressed, ALONE), EMPTY_HAND];
  return [handOfKeys(pressed, LETTERS), handOfKeys(pressed, FRIEND)];
}

const DEAD_ZONE = 0.18;

/** A stick rests a little off its centre; beyond that its range is the full one. */
export function handOfStick(x: number, y: number, spin: boolean): Hand {
  const length = Math.hypot(x, y);
  if (length < DEAD_ZONE) return { x: 0, y: 0, spin };
  const wanted = Math.min(1, (length - DEAD_ZONE) / (1 - DEAD_ZONE));
  return { x: (x / length) * wanted, y: (y / length) * wanted, spin };
}

type Pad = Pick<Gamepad, 'axes' | 'buttons' | 'mapping'>;

const [PAD_UP, PAD_DOWN, PAD_LEFT, PAD_RIGHT] = [12, 13, 14, 15];

/** Left stick or the cross drives, any of the four face buttons or the shoulders spin. */
export function handOfPad(pad: Pad): Hand {
  const down = (index: number) => pad.buttons[index]?.pressed === true;
  const spin = [0, 1, 2, 3, 4, 5, 6, 7].some(down);
  const crossX = Number(down(PAD_RIGHT)) - Number(down(PAD_LEFT));
  const crossY = Number(down(PAD_UP)) - Number(down(PAD_DOWN));
  if (crossX !== 0 || crossY !== 0) return handOfStick(crossX, crossY, spin);
  return handOfStick(pad.axes[0] ?? 0, -(pad.axes[1] ?? 0), spin);
}

/** The stronger of two asks; either may spin. */
export function joinHands(a: Hand, b: Hand): Hand {
  const stronger = Math.hypot(a.x, a.y) >= Math.hypot(b.x, b.y) ? a : b;
  return { x: stronger.x, y: stronger.y, spin: a.spin || b.spin };
}
