/** Invocations of a kernel's text: along which axes they are counted, and how many are a workgroup. */
import type { Target } from '@dreampitch/compute';
import { elementCount, type Shape } from './shape.ts';
import type { Tensor } from './tensor.ts';

/** Trailing axes that invocations count along x, at least so many where there are. */
const ROW_MIN = 64;
const GROUPS_MAX = 65_535;
/** Rows that are joined to have whole vectors are at most about as long. */
const UNEVEN_MAX = 8192;
export const LANES = 4;
/** Columns of one cache line. */
export const COLUMNS = 16;

/** Elements per workgroup along x: some vectors on WASM, a wave on a GPU. */
export const WORKGROUP: Readonly<Record<Target, number>> = { wasm: 64, webgpu: 64 };
/**
 * On WASM finding its place takes a workgroup as long as some ten elements (measured: x + 1 in rows of
 * 512 takes 1.26 ns per element with workgroups of 4, 0.25 with 64, 0.19 with 256), but threads share
 * whole workgroups, and those of reductions have more to do.
 */
const WASM_WORKGROUP_MAX = { element: 256, reduction: 16 } as const;

/** Vectors that a row has whole numbers of, or as few too many as can be. */
export function workgroupOf(row: number, of: keyof typeof WASM_WORKGROUP_MAX): number {
  const most = WASM_WORKGROUP_MAX[of];
  const vectors = Math.ceil(row / LANES);
  if (row % LANES !== 0 && vectors * LANES <= most) return vectors * LANES;
  let count = Math.min(vectors, most / LANES);
  while (vectors % count !== 0) count--;
  return count * LANES;
}

export type Grid = { readonly row: number; readonly rows: number };

/** Invocations along x (trailing axes) and y (the others), which together cover the shape. */
export function gridOf(shape: Shape, workgroup: number): Grid {
  let axis = shape.length;
  let row = 1;
  const count = elementCount(shape);
  const isShort = () => row < Math.max(ROW_MIN, workgroup) || count / row > GROUPS_MAX;
  // Rows of whole vectors need no guard, whose stores go one by one: padded pictures of 66 x 66 pixels
  // took 2.2 ns per element by their rows, 1.5 as a whole.
  const isUneven = () => row % LANES !== 0 && count % LANES === 0 && row < UNEVEN_MAX;
  while (axis > 0 && (isShort() || isUneven())) row *= shape[--axis]!;
  // A row that is too long is cut; the last may then be longer than what remains.
  const rowMax = GROUPS_MAX * workgroup;
  if (row > rowMax) row = 2 ** Math.floor(Math.log2(rowMax));
  return { row, rows: Math.ceil(count / row) };
}

/** Whether it reduces columns that lie side by side in whole cache lines. */
export function isOfColumns({ operator, inputs, shape }: Tensor, { row, rows }: Grid): boolean {
  if (operator.kind !== 'reduce' || operator.name === 'argmax') return false;
  const last = inputs[0]!.shape.findLastIndex((size) => size > 1);
  const isWhole = row % COLUMNS === 0 && row * rows === elementCount(shape);
  return isWhole && !operator.axes.includes(last);
}
