/** Finds convolutions in graphs, where they are products with sliding windows (functions.ts). */
import { type Shape, sameShape } from '../../tensor/shape.ts';
import type { Tensor, ViewKind } from '../../tensor/tensor.ts';

/** What ONNX's Conv takes: x [B, C, H, W], the weight of shape [O, C / group, kernel]. */
export type ConvolutionParts = {
  readonly x: Tensor;
  readonly weight: Tensor;
  readonly shape: Shape;
  readonly kernel_shape: readonly number[];
  readonly strides: readonly number[];
  readonly pads: readonly number[]; // before along H, W, then after
  readonly group: number;
};

/** The convolution whose result this tensor is, or null where it is something else. */
export function convolutionAt(tensor: Tensor): ConvolutionParts | null {
  const product = through(viewed(tensor, 'permute', [1, 0, 2, 3]), 'reshape');
  if (product?.operator.kind !== 'matmul') return null;
  const [kernels, patches] = product.inputs as [Tensor, Tensor];
  const split = through(
    viewed(through(patches, 'reshape'), 'permute', [1, 2, 5, 6, 0, 3, 4]),
    'reshape',
  );
  const window = split && viewOf(split, 'window');
  if (!split || !window || !sameShape(window.window.axes, [2, 3])) return null;
  const [padded] = split.inputs as [Tensor];
  const pad = viewOf(padded, 'pad');
  const x = pad ? padded.inputs[0]! : padded;
  const before = pad ? pad.before : [0, 0, 0, 0];
  const after = padded.shape.map((size, axis) => size - x.shape[axis]! - before[axis]!);
  if (before[0] || before[1] || after[0] || after[1]) return null;
  const [G, perGroup] = kernels.shape as [number, number];
  const { sizes, steps } = window.window;
  return {
    x,
    weight: through(kernels, 'reshape') ?? kernels,
    shape: [G * perGroup, x.shape[1]! / G, ...sizes],
    kernel_shape: sizes,
    strides: steps,
    pads: [before[2]!, before[3]!, after[2]!, after[3]!],
    group: G,
  };
}

type ViewOf<Name> = ViewKind & { readonly name: Name };

function viewOf<Name extends ViewKind['name']>(tensor: Tensor, name: Name): ViewOf<Name> | null {
  const { operator } = tensor;
  if (operator.kind !== 'view' || operator.view.name !== name) return null;
  return operator.view as ViewOf<Name>;
}

/** What a permutation of this order looks at. */
function viewed(tensor: Tensor | null, name: 'permute', order: readonly number[]): Tensor | null {
  const view = tensor && viewOf(tensor, name);
  return view && sameShape(view.order, order) ? tensor.inputs[0]! : null;
}

function through(tensor: Tensor | null, kind: 'reshape'): Tensor | null {
  return tensor?.operator.kind === kind ? tensor.inputs[0]! : null;
}
