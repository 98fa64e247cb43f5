import type { KeyState } from '../episode/episode.ts';

/** Ticks from one key state to the next. */
export const KEY_STATE_TICKS = 60;
const TICKS_AT_FIRST = 60 * 60;

/** The inputs and key states of a match, as they come. */
export class Recorder {
  readonly keyStates: KeyState[] = [];
  tickCount = 0;
  readonly #inputsPerTick: number;
  #inputs: Int8Array<ArrayBuffer>;

  constructor(inputsPerTick: number, initial: Uint8Array<ArrayBuffer>) {
    this.#inputsPerTick = inputsPerTick;
    this.#inputs = new Int8Array(TICKS_AT_FIRST * inputsPerTick);
    this.keyStates.push({ tick: 0, world: initial });
  }

  /** A tick's inputs, int8 [R, 2], and the state after it. */
  record(inputs: Int8Array, state: Uint8Array<ArrayBuffer>): void {
    const at = this.tickCount * this.#inputsPerTick;
    if (at + inputs.length > this.#inputs.length) {
      const grown = new Int8Array(2 * this.#inputs.length);
      grown.set(this.#inputs);
      this.#inputs = grown;
    }
    this.#inputs.set(inputs, at);
    this.tickCount++;
    if (this.tickCount % KEY_STATE_TICKS === 0) {
      this.keyStates.push({ tick: this.tickCount, world: state });
    }
  }

  /** Copies, with a last key state, so that the end is proven too. */
  finish(state: Uint8Array<ArrayBuffer>): {
    inputs: Int8Array<ArrayBuffer>;
    keyStates: KeyState[];
  } {
    const keyStates = [...this.keyStates];
    if (keyStates.at(-1)!.tick !== this.tickCount) {
      keyStates.push({ tick: this.tickCount, world: state });
    }
    return { inputs: this.#inputs.slice(0, this.tickCount * this.#inputsPerTick), keyStates };
  }
}
