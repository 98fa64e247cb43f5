/**
 * The graph: tensors made by operators of tensors, immutable, with shapes checked when made. Nothing
 * computes here; program.ts turns a graph into kernels.
 */
import { type AxisMap } from './axis-map.ts';
import { checkShape, type Shape } from './shape.ts';

export type ElementType = 'f32' | 'u32';

/** Functions of the elements at one place; comparisons give 1 or 0. */
export type MapName =
  | 'add'
  | 'subtract'
  | 'multiply'
  | 'divide'
  | 'negate'
  | 'maximum'
  | 'minimum'
  | 'exp'
  | 'log'
  | 'tanh'
  | 'sigmoid'
  | 'sin'
  | 'cos'
  | 'sqrt'
  | 'abs'
  | 'floor'
  | 'sign'
  | 'less'
  | 'equal'
  | 'where' // the second where the first is not 0, else the third
  | 'toFloat' // u32 to f32
  | 'uniform'; // f32 in [0, 1) from a seed (u32) and a counter (u32)

/** What a view is, for its gradient. */
export type ViewKind =
  | { readonly name: 'permute'; readonly order: readonly number[] }
  | { readonly name: 'expand'; readonly axes: readonly number[] } // those of the output that repeat
  | { readonly name: 'slice'; readonly starts: readonly number[] }
  | { readonly name: 'pad'; readonly before: readonly number[] }
  | { readonly name: 'window'; readonly window: Window };

/** Sliding windows along some axes: each becomes two, places and offsets within the window. */
export type Window = {
  readonly axes: readonly number[];
  readonly sizes: readonly number[];
  readonly steps: readonly number[];
};

export type Operator =
  | { readonly kind: 'input'; readonly name: string }
  | { readonly kind: 'state'; readonly name: string }
  | { readonly kind: 'constant'; readonly value: number }
  | { readonly kind: 'index' } // every element's own place, counted through the shape
  | { readonly kind: 'map'; readonly name: MapName }
  | { readonly kind: 'reshape' }
  | { readonly kind: 'view'; readonly view: ViewKind; readonly axes: readonly AxisMap[] }
  | { readonly kind: 'reduce'; readonly name: ReduceName; readonly axes: readonly number[] }
  | { readonly kind: 'matmul' } // [B, M, K] x [B, K, N]
  | { readonly kind: 'gather' } // rows [V, C], u32 places [I]: [I, C]
  | { readonly kind: 'stop-gradient' };

/** `argmax`: the place of the first largest along one axis, u32. */
export type ReduceName = 'sum' | 'max' | 'argmax';

/** A gradient other than that of a tensor's operator, with respect to what it was made of. */
export type GradientRule = {
  readonly sources: readonly Tensor[];
  /** What of the tensor's gradient reaches each source; made only where it is asked for. */
  readonly shares: (gradient: Tensor) => readonly ((() => Tensor) | null)[];
};

export class Tensor {
  readonly operator: Operator;
  readonly inputs: readonly Tensor[];
  readonly shape: Shape;
  readonly type: ElementType;
  readonly rule: GradientRule | null;

  constructor(
    operator: Operator,
    inputs: readonly Tensor[],
    result: {
      readonly shape: Shape;
      readonly type?: ElementType;
      readonly rule?: GradientRule;
    },
  ) {
    checkShape(operator.kind, result.shape);
    this.operator = operator;
    this.inputs = inputs;
    this.shape = result.shape;
    this.type = result.type ?? 'f32';
    this.rule = result.rule ?? null;
  }
}

/** The same value with a gradient rule of its own. */
export function withRule({ operator, inputs, shape, type }: Tensor, rule: GradientRule): Tensor {
  return new Tensor(operator, inputs, { shape, type, rule });
}

/** All tensors that the given ones depend on, themselves included, inputs before what takes them. */
export function inOrder(roots: readonly Tensor[]): Tensor[] {
  const done = new Set<Tensor>();
  const order: Tensor[] = [];
  // A stack of its own: graphs are deeper than JavaScript's.
  const stack = roots.toReversed().map((tensor) => ({ tensor, entered: false }));
  while (stack.length > 0) {
    const { tensor, entered } = stack.pop()!;
    if (done.has(tensor)) continue;
    if (entered) {
      done.add(tensor);
      order.push(tensor);
      continue;
    }
    stack.push({ tensor, entered: true });
    for (const input of tensor.inputs.toReversed()) stack.push({ tensor: input, entered: false });
  }
  return order;
}
