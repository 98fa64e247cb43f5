/**
 * What the benches read. `playable` is always marked, once. With `?measure` in the address every
 * tick and every frame's work without drawing is measured too, up to a limit, and a test that plays
 * with real keys sees the pitch as `matchState()`.
 */

import type { MatchState } from '@dreampitch/sim';

const MEASURES_MAX = 20_000;

export class Measure {
  readonly #on = new URLSearchParams(location.search).has('measure');
  #count = 0;
  #playable = false;

  /** The first frame that shows a running match and answers keys was drawn. */
  playable(): void {
    if (this.#playable) return;
    this.#playable = true;
    performance.mark('playable');
  }

  show(state: () => MatchState | null): void {
    if (this.#on) Object.assign(globalThis, { matchState: state });
  }

  start(): number {
    return this.#on ? performance.now() : 0;
  }

  end(name: 'tick' | 'frame-work', start: number): void {
    if (!this.#on || this.#count >= MEASURES_MAX) return;
    this.#count += 1;
    performance.measure(name, { start });
  }
}
