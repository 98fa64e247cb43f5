/** Tensors as planes of rows and columns: their last two axes, and all others as one. */
import { reshapedAt } from './axis-map.ts';
import { variable } from './index-form.ts';
import { type MemoryOptions, seenThrough } from './product.ts';
import type { Tensor } from './tensor.ts';
import { type Axis, digitsOf } from './wasm-layout.ts';

/** Where their elements lie in memory; null where that is no sum of digits of the three. */
export function placedIn(
  tensor: Tensor,
  o: MemoryOptions,
): { source: Tensor; base: number; axes: Axis[] } | null {
  const [rows, columns] = tensor.shape.slice(-2) as [number, number];
  const planes = tensor.shape.slice(0, -2).reduce((product, size) => product * size, 1);
  const sizes = [planes, rows, columns];
  const variables = sizes.map((size, axis) => ({ name: NAMES[axis]!, size }));
  const own = variables.map(({ name, size }) => variable(name, size));
  const at = reshapedAt(own, { from: sizes, to: tensor.shape });
  const seen = seenThrough(tensor, at, o);
  const digits = seen && digitsOf(seen.place, variables);
  return seen && digits && { source: seen.source, ...digits };
}

const NAMES = ['plane', 'row', 'column'];
