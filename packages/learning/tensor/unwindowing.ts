/** Sums of the shares of sliding windows: on WASM by a kernel that puts each where it belongs. */
import type { KernelText } from './kernel-text.ts';
import { placedIn } from './planes.ts';
import { bindingsOf, type MemoryOptions } from './product.ts';
import type { Tensor } from './tensor.ts';
import { type Axis, strideOf } from './wasm-layout.ts';
import { wasmUnwindow } from './wasm-unwindow.ts';

const SHARES_MAX = 32;

/** Whether its shares are to be in memory, rather than computed where they are added up. */
export function isUnwindowed(tensor: Tensor, target: MemoryOptions['target']): boolean {
  const { unwindowed, shape, type } = tensor;
  if (!unwindowed || target !== 'wasm' || type !== 'f32') return false;
  const { axes } = unwindowed.window;
  const isPicture = axes.length === 2 && axes.every((axis, i) => axis === shape.length - 2 + i);
  return isPicture && unwindowed.shares.length <= SHARES_MAX;
}

/** What a share looks at: through views to what is computed, or may lie outside. */
export function seenBy(share: Tensor): Tensor {
  const { operator, inputs } = share;
  const isView = operator.kind === 'view' && !operator.axes.some(({ guarded }) => guarded);
  return isView || operator.kind === 'reshape' ? seenBy(inputs[0]!) : share;
}

/** Null where the shares do not lie in memory alike. */
export function unwindowText(tensor: Tensor, o: MemoryOptions): KernelText | null {
  const { unwindowed } = tensor;
  if (!unwindowed || !isUnwindowed(tensor, o.target)) return null;
  const placed = unwindowed.shares.map(({ part }) => placedIn(part, o));
  const first = placed[0];
  if (!first) return null;
  const bases: number[] = [];
  for (const one of placed) {
    const same = one && JSON.stringify(one.axes) === JSON.stringify(first.axes);
    if (!same || one.source !== first.source) return null;
    bases.push(one.base);
  }
  const [plane, row, column] = first.axes as [Axis, Axis, Axis];
  const columnStride = strideOf(column);
  if (columnStride === null) return null;
  const [height, width] = tensor.shape.slice(-2) as [number, number];
  const shape = {
    planes: plane.size,
    rows: row.size,
    columns: column.size,
    height,
    width,
    steps: unwindowed.window.steps as [number, number],
    shares: unwindowed.shares.map(({ inside }, i) => ({
      base: bases[i]!,
      inside: inside as [number, number],
    })),
    plane,
    row,
    columnStride,
  };
  return {
    wgsl: bindingsOf(1),
    wasm: wasmUnwindow(shape, 'main'),
    operands: [first.source],
    invocations: [plane.size, 1, 1],
    inPlace: new Set(),
  };
}
