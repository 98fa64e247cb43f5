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
