/** Sliding windows as lookups: ONNX has them within convolutions and pools only. */
import type { Window } from '../../tensor/tensor.ts';
import type { Size } from './batch.ts';
import type { ModelBuilder } from './model.ts';
import { OnnxError } from './onnx-error.ts';

/**
 * Each axis becomes two by looking up the places of all windows; then the insides go to the end.
 * `places`: the result's shape, whose first axes are those of the value.
 */
export function windowNodes(
  model: ModelBuilder,
  o: { value: string; window: Window; places: readonly Size[] },
): string {
  const { axes, sizes, steps } = o.window;
  let { value } = o;
  for (const axis of axes.toSorted((a, b) => b - a)) {
    const i = axes.indexOf(axis);
    const [size, step] = [sizes[i]!, steps[i]!];
    const { fixed: count, perBatch } = o.places[axis]!;
    if (perBatch !== 0) throw new OnnxError('window', `goes along the batch, axis ${axis}`);
    const at = Array.from({ length: count * size }, (_, k) => {
      return Math.floor(k / size) * step + (k % size);
    });
    const table = model.integers(at, [count, size]);
    value = model.node('Gather', [value, table], { axis });
  }
  // Axis a lies behind its own insides and those of the axes before it.
  const behind = (axis: number) => axis + axes.filter((one) => one < axis).length;
  const outer = Array.from({ length: o.places.length - axes.length }, (_, axis) => behind(axis));
  const perm = [...outer, ...axes.map((axis) => behind(axis) + 1)];
  return model.node('Transpose', [value], { perm });
}
