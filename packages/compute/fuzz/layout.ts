/** What random programs work on: their buffers, and how invocations are numbered. */
import type { Choices } from './choices.ts';
import type { Place } from './expressions.ts';
import { WORKGROUP_SIZE } from './workgroup.ts';

/** Words of `input` and of `output` that each invocation has. */
export const INPUT_WORDS = 4;
export const OUTPUT_WORDS = 12;
/** The last ones: floats that are only nearly the same everywhere. */
export const REAL_WORDS = 4;
/**
 * Elements of the buffers. Programs without barriers stop before: at no whole number of vectors.
 */
export const INVOCATIONS = 2 * WORKGROUP_SIZE;
export const LIMIT = INVOCATIONS - 3;

/** Fields of the struct that `states` holds, but for its array. */
export const STATE_FIELDS: readonly Place[] = [
  { text: 'a', type: { scalar: 'u32', size: 1 }, writable: true },
  { text: 'b', type: { scalar: 'f32', size: 1 }, writable: true },
  { text: 'c', type: { scalar: 'i32', size: 3 }, writable: true },
  { text: 'd', type: { scalar: 'u32', size: 2 }, writable: true },
];
export const STATE_STRUCT =
  'struct State { a: u32, b: f32, c: vec3<i32>, d: vec2<u32>, e: array<u32, 4> }';

export type Layout = {
  /** Of a workgroup, and of all invocations. */
  readonly size: readonly [number, number, number];
  readonly invocations: readonly [number, number, number];
  /** The number of an invocation, as an expression of `id`. */
  readonly index: string;
};

/** With barriers: workgroups of 64, no invocation beyond the buffers. */
const WHOLE: readonly Layout[] = [
  layout([64, 1, 1], [128, 1, 1]),
  layout([16, 4, 1], [32, 4, 1]),
  layout([8, 8, 1], [16, 8, 1]),
];
const ANY: readonly Layout[] = [
  ...WHOLE,
  layout([4, 1, 1], [128, 1, 1]),
  layout([7, 1, 1], [133, 1, 1]),
  layout([1, 1, 1], [128, 1, 1]),
  layout([5, 3, 1], [15, 9, 1]),
  layout([3, 2, 2], [6, 12, 2]),
];

function layout(size: Layout['size'], invocations: Layout['invocations']): Layout {
  const [x, y, z] = invocations;
  const row = y === 1 ? '' : ` + id.y * ${x}u`;
  const layer = z === 1 ? '' : ` + id.z * ${x * y}u`;
  return { size, invocations, index: `id.x${row}${layer}` };
}

export function anyLayout(choices: Choices, workgroup: boolean): Layout {
  return choices.oneOf(workgroup ? WHOLE : ANY);
}
