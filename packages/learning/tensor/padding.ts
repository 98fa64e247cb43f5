/** Tensors that are others, as they lie in memory, with a border of zeros: on WASM by a kernel of rows. */
import type { KernelText } from './kernel-text.ts';
import { placedIn } from './planes.ts';
import { bindingsOf, type MemoryOptions } from './product.ts';
import type { Tensor } from './tensor.ts';
import type { Axis } from './wasm-layout.ts';
import { repeatsOf, wasmPad } from './wasm-pad.ts';

/** Null where it is no such tensor, or not along its last two axes. */
export function padText(tensor: Tensor, o: MemoryOptions): KernelText | null {
  const { operator, shape, type } = tensor;
  if (o.target !== 'wasm' || type === 'f16' || shape.length < 2) return null;
  if (operator.kind !== 'view' || operator.view.name !== 'pad') return null;
  const inner = tensor.inputs[0]!;
  const front = shape.slice(0, -2);
  if (front.some((size, axis) => size !== inner.shape[axis])) return null;
  const placed = placedIn(inner, o);
  if (!placed) return null;
  const [plane, row, column] = placed.axes as [Axis, Axis, Axis];
  const repeats = repeatsOf(column);
  if (repeats === null) return null;
  const [planes, rows, columns] = [plane.size, row.size, column.size];
  const [above, left] = operator.view.before.slice(-2) as [number, number];
  const [below, right] = [shape.at(-2)! - rows - above, shape.at(-1)! - columns - left];
  const border = { above, below, left, right };
  const layout = { base: placed.base, plane, row, repeats };
  return {
    wgsl: bindingsOf(1),
    wasm: wasmPad({ planes, rows, columns, ...border, ...layout }, 'main'),
    operands: [placed.source],
    invocations: [planes, 1, 1],
    inPlace: new Set(),
  };
}
