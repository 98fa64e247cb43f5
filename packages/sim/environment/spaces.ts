/** What an agent sees and does, in the words of Gymnasium (gymnasium.farama.org/api/spaces). */

/** Numbers between bounds. Axes: D features. */
export type Box = {
  readonly kind: 'box';
  readonly type: 'f32' | 'int8';
  readonly size: number; // D
  readonly low: number | readonly number[];
  readonly high: number | readonly number[];
  /** Of every feature, as the kernel's struct names it: 'ballForward', 'others[0].left'. */
  readonly names?: readonly string[]; // [D]
};

/** One of `count` choices, from `start`. */
export type Discrete = {
  readonly kind: 'discrete';
  readonly count: number;
  readonly start: number;
};

/** Several choices at once. */
export type MultiDiscrete = { readonly kind: 'multi-discrete'; readonly counts: readonly number[] };

/** Named spaces, stored one after the other in the order of their names here. */
export type Dict = { readonly kind: 'dict'; readonly spaces: Readonly<Record<string, Space>> };

export type Space = Box | Discrete | MultiDiscrete | Dict;

/** Numbers that one value of the space takes in a buffer. */
export function sizeOf(space: Space): number {
  switch (space.kind) {
    case 'box':
      return space.size;
    case 'discrete':
      return 1;
    case 'multi-discrete':
      return space.counts.length;
    case 'dict':
      return Object.values(space.spaces).reduce((sum, part) => sum + sizeOf(part), 0);
    default:
      throw new Error(`unreachable: ${String(space satisfies never)}`);
  }
}

/** True where the numbers are one value of the space; [sizeOf(space)] numbers. */
export function contains(space: Space, numbers: readonly number[]): boolean {
  if (numbers.length !== sizeOf(space)) return false;
  switch (space.kind) {
    case 'box': {
      const whole = space.type === 'int8';
      return numbers.every(
        (value, i) =>
          value >= boundOf(space.low, i) &&
          value <= boundOf(space.high, i) &&
          (!whole || Number.isInteger(value)),
      );
    }
    case 'discrete':
      return isChoice(numbers[0]!, space.start, space.count);
    case 'multi-discrete':
      return numbers.every((value, i) => isChoice(value, 0, space.counts[i]!));
    case 'dict': {
      let from = 0;
      return Object.values(space.spaces).every((part) => {
        from += sizeOf(part);
        return contains(part, numbers.slice(from - sizeOf(part), from));
      });
    }
    default:
      throw new Error(`unreachable: ${String(space satisfies never)}`);
  }
}

/**
 * True where `step` takes the numbers as an action: one value of the space, or of a box any numbers
 * (of int8 whole ones), as in Gymnasium, where the environment clips them and prices what was asked.
 */
export function isAction(space: Space, numbers: readonly number[]): boolean {
  if (space.kind === 'dict') {
    let end = 0;
    return Object.values(space.spaces).every((part) => {
      end += sizeOf(part);
      return isAction(part, numbers.slice(end - sizeOf(part), end));
    });
  }
  if (space.kind !== 'box') return contains(space, numbers);
  const isNumber = space.type === 'int8' ? Number.isInteger : Number.isFinite;
  return numbers.length === space.size && numbers.every(isNumber);
}

function boundOf(bound: number | readonly number[], i: number): number {
  return typeof bound === 'number' ? bound : bound[i]!;
}

function isChoice(value: number, start: number, count: number): boolean {
  return Number.isInteger(value) && value >= start && value < start + count;
}

/**
 * A value of a space as people write it: a number for one choice, an array of several choices or of a
 * box's numbers, an object by name for a dict.
 */
export type Value = number | Float32Array | Int32Array | { readonly [name: string]: Value };
/** What is taken where a value is wanted: any array-like. */
export type GivenValue = number | ArrayLike<number> | { readonly [name: string]: GivenValue };

/** The value in a buffer's 32-bit words, [sizeOf(space)]: floats of an f32 box, else whole numbers. */
export function valueIn(space: Space, words: Int32Array): Value {
  switch (space.kind) {
    case 'discrete':
      return words[0]!;
    case 'multi-discrete':
      return words.slice();
    case 'box': {
      const own = words.slice();
      return space.type === 'f32' ? new Float32Array(own.buffer) : own;
    }
    case 'dict': {
      let end = 0;
      const parts = Object.entries(space.spaces).map(([name, part]): [string, Value] => {
        end += sizeOf(part);
        return [name, valueIn(part, words.subarray(end - sizeOf(part), end))];
      });
      return Object.fromEntries(parts);
    }
    default:
      throw new Error(`unreachable: ${String(space satisfies never)}`);
  }
}

const I32_MAX = 2 ** 31 - 1;

/** The 32-bit words of a value's numbers, [sizeOf(space)], as `valueIn` reads them. */
export function wordsOf(space: Space, numbers: readonly number[]): Int32Array<ArrayBuffer> {
  if (space.kind === 'dict') {
    const words = new Int32Array(sizeOf(space));
    let at = 0;
    for (const part of Object.values(space.spaces)) {
      words.set(wordsOf(part, numbers.slice(at, at + sizeOf(part))), at);
      at += sizeOf(part);
    }
    return words;
  }
  if (space.kind === 'box' && space.type === 'f32') {
    return new Int32Array(Float32Array.from(numbers).buffer);
  }
  // A number beyond would come round to the other side.
  return Int32Array.from(numbers, (value) => Math.max(-I32_MAX - 1, Math.min(I32_MAX, value)));
}

/** A value's numbers in the order in which they are stored. Throws where a name is missing. */
export function numbersOf(space: Space, value: GivenValue): number[] {
  if (typeof value === 'number') return [value];
  if (space.kind !== 'dict') return Array.from(value as ArrayLike<number>);
  const named = value as { readonly [name: string]: GivenValue };
  return Object.entries(space.spaces).flatMap(([name, part]) => {
    const own = named[name];
    if (own === undefined) throw new Error(`The value lacks '${name}'.`);
    const numbers = numbersOf(part, own);
    const size = sizeOf(part);
    // One part's number too many would be taken for the next part's.
    if (numbers.length !== size) {
      throw new Error(`The value's '${name}' has ${numbers.length} numbers; want ${size}.`);
    }
    return numbers;
  });
}

/** Bounds beyond which samples of an unbounded space are not drawn. */
const SAMPLE_MAX = 10;

/** Some value of the space; `draw` gives numbers in [0, 1). */
export function sample(space: Space, draw: () => number): number[] {
  switch (space.kind) {
    case 'box':
      return Array.from({ length: space.size }, (_, i) => {
        const low = Math.max(boundOf(space.low, i), -SAMPLE_MAX * (space.type === 'int8' ? 13 : 1));
        const high = Math.min(
          boundOf(space.high, i),
          SAMPLE_MAX * (space.type === 'int8' ? 13 : 1),
        );
        const value = low + draw() * (high - low);
        return space.type === 'int8' ? Math.round(value) : Math.fround(value);
      });
    case 'discrete':
      return [space.start + Math.floor(draw() * space.count)];
    case 'multi-discrete':
      return space.counts.map((count) => Math.floor(draw() * count));
    case 'dict':
      return Object.values(space.spaces).flatMap((part) => sample(part, draw));
    default:
      throw new Error(`unreachable: ${String(space satisfies never)}`);
  }
}
