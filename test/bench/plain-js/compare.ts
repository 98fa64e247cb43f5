/** The same worlds in WASM and in plain JavaScript: loading them over, and how far they differ. */
import type { StateField, StateFields } from '@dreampitch/sim';
import type { Counters, PlainSoccer } from './soccer.ts';
import {
  BALL,
  CLASH,
  HX,
  KICK,
  ROBOT_STRIDE,
  ROBOTS,
  STALL,
  TURN,
  VX,
  WALL_HIT,
  X,
} from './world.ts';

const PLACES: Readonly<Record<string, number>> = {
  'ball.x': BALL,
  'ball.y': BALL + 1,
  'ballVelocity.x': BALL + 2,
  'ballVelocity.y': BALL + 3,
  'stallPosition.x': STALL,
  'stallPosition.y': STALL + 1,
  wallHit: WALL_HIT,
  clash: CLASH,
};
const ROBOT_PLACES: Readonly<Record<string, number>> = {
  'position.x': X,
  'position.y': X + 1,
  'heading.x': HX,
  'heading.y': HX + 1,
  'velocity.x': VX,
  'velocity.y': VX + 1,
  turnRate: TURN,
  kick: KICK,
};

/** Where a number of the kernel's state is in a plain world: a place, or the name of a counter. */
function placeOf({ name }: StateField): number | keyof Counters {
  const robot = /^robots\[(\d+)\]\.(.*)$/.exec(name);
  if (robot) return ROBOTS + ROBOT_STRIDE * Number(robot[1]) + ROBOT_PLACES[robot[2]!]!;
  return PLACES[name] ?? (name as keyof Counters);
}

/** Copies worlds between the kernel's layout and plain arrays. */
export class Bridge {
  readonly #plain: PlainSoccer;
  readonly #words: number;
  readonly #places: readonly { word: number; float: boolean; place: number | keyof Counters }[];
  readonly #stride: number;

  constructor(plain: PlainSoccer, { bytes, fields }: StateFields) {
    this.#plain = plain;
    this.#words = bytes / 4;
    this.#stride = plain.numbers.length / plain.worldCount;
    this.#places = fields.map((field) => {
      return { word: field.word, float: field.type === 'f32', place: placeOf(field) };
    });
  }

  /** Loads [N] worlds in the kernel's layout. */
  load(worlds: Uint8Array<ArrayBuffer>): void {
    const floats = new Float32Array(worlds.buffer);
    const words = new Uint32Array(worlds.buffer);
    for (let n = 0; n < this.#plain.worldCount; n++) {
      for (const { word, float, place } of this.#places) {
        const at = n * this.#words + word;
        if (typeof place !== 'number') this.#plain.counters[n]![place] = words[at]!;
        else this.#plain.numbers[n * this.#stride + place] = float ? floats[at]! : words[at]!;
      }
    }
  }

  /** Per world, the largest difference of any number, as a part of its size or of 1. [N] */
  differences(worlds: Uint8Array<ArrayBuffer>): Float64Array {
    const floats = new Float32Array(worlds.buffer);
    const words = new Uint32Array(worlds.buffer);
    const worst = new Float64Array(this.#plain.worldCount);
    for (let n = 0; n < worst.length; n++) {
      for (const { word, float, place } of this.#places) {
        const at = n * this.#words + word;
        const plain =
          typeof place === 'number'
            ? this.#plain.numbers[n * this.#stride + place]!
            : this.#plain.counters[n]![place] >>> 0;
        const kernel = float ? floats[at]! : words[at]!;
        worst[n] = Math.max(worst[n]!, differenceOf(plain, kernel));
      }
    }
    return worst;
  }
}

/** |a - b| / max(1, |b|); infinite where either is no number. */
export function differenceOf(a: number, b: number): number {
  const difference = Math.abs(a - b) / Math.max(1, Math.abs(b));
  return Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference;
}
