/** Steps per second over the last moments: iterations come in bursts, and checkpoints take a while. */

export type Mark = { readonly steps: number; readonly at: number }; // milliseconds

const WINDOW_MS = 3000;

export class Pace {
  readonly #marks: Mark[];

  constructor(begin: Mark) {
    this.#marks = [begin];
  }

  /** Steps per second between this and what was about a window ago. */
  after(mark: Mark): number {
    this.#marks.push(mark);
    while (this.#marks.length > 2 && mark.at - this.#marks[1]!.at >= WINDOW_MS) this.#marks.shift();
    const first = this.#marks[0]!;
    return ((mark.steps - first.steps) * 1000) / Math.max(mark.at - first.at, 1);
  }
}
