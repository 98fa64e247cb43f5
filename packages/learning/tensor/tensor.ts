/**
 * The graph: tensors made by operators of tensors, immutable, with shapes checked when made. Nothing
 * computes here; program.ts turns a graph into kernels.
 */
import { type AxisMap } from './axis-map.ts';
import { checkShape, elementCount, type Shape, shownShape } from './shape.ts';

/**
 * f16: stored as halves and rounded after each operator; computed as halves where the adapter has
 * `shader-f16`, else as f32.
 */
export type ElementType = 'f32' | 'u32' | 'f16';

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
  | 'toFloat' // u32 or f16 to f32
  | 'toHalf' // f32 to f16
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
  | { readonly kind: 'stop-gradient' }
  | { readonly kind: 'after' } // the value of the first, not computed before the others; no gradient
  | { readonly kind: 'placeholder' } // what a loop gives each of its steps
  | { readonly kind: 'scan'; readonly loop: Loop } // has no value of its own
  | { readonly kind: 'scan-result'; readonly index: number }; // the last carry, then the outputs

/**
 * A loop over time. Its scan takes the carry before the first step, the sequences that it slices
 * [steps, ...], and whatever else its body reads.
 */
export type Loop = {
  readonly steps: number;
  /** From the last slice to the first. */
  readonly reversed: boolean;
  /** Placeholders; the first of the carry is the time, u32 []. */
  readonly carry: readonly Tensor[];
  readonly slices: readonly Tensor[];
  /** Of outside: the same at every step. */
  readonly captured: readonly Tensor[];
  /** What a step makes of them. */
  readonly next: readonly Tensor[];
  readonly outputs: readonly Tensor[];
};

/** `argmax`: the place of the first largest along one axis, u32. */
export type ReduceName = 'sum' | 'max' | 'argmax';

/** A gradient other than that of a tensor's operator, with respect to what it was made of. */
export type GradientRule = {
  readonly sources: readonly Tensor[];
  /** What of the tensor's gradient reaches each source; made only where it is asked for. */
  readonly shares: (gradient: Tensor) => readonly ((() => Tensor | undefined) | null)[];
};

/** What a sum is of: for each place within the windows, what all windows have there. */
export type Unwindowed = {
  readonly window: Window;
  readonly shares: readonly { readonly part: Tensor; readonly inside: readonly number[] }[];
};

export class Tensor {
  readonly operator: Operator;
  readonly inputs: readonly Tensor[];
  readonly shape: Shape;
  readonly type: ElementType;
  readonly rule: GradientRule | null;
  readonly unwindowed: Unwindowed | null;

  constructor(
    operator: Operator,
    inputs: readonly Tensor[],
    result: {
      readonly shape: Shape;
      readonly type?: ElementType;
      readonly rule?: GradientRule;
      readonly unwindowed?: Unwindowed;
    },
  ) {
    checkShape(operator.kind, result.shape);
    this.operator = operator;
    this.inputs = inputs;
    this.shape = result.shape;
    this.type = result.type ?? 'f32';
    this.rule = result.rule ?? null;
    this.unwindowed = result.unwindowed ?? null;
  }
}

/** The same value with a gradient rule of its own. */
export function withRule({ operator, inputs, shape, type }: Tensor, rule: GradientRule): Tensor {
  return new Tensor(operator, inputs, { shape, type, rule });
}

/** The same values, but not before the gate is computed: it does not have to be kept till then. */
export function after(x: Tensor, gate?: Tensor): Tensor {
  const inputs = gate ? [x, gate] : [x];
  return new Tensor({ kind: 'after' }, inputs, { shape: x.shape, type: x.type });
}

/** Words of four bytes in memory. */
export function wordCount({ shape, type }: Pick<Tensor, 'shape' | 'type'>): number {
  const count = elementCount(shape);
  return type === 'f16' ? Math.ceil(count / 2) : count;
}

/** The inputs whose values a tensor is made of. */
export function readBy({ operator, inputs }: Tensor): readonly Tensor[] {
  return operator.kind === 'after' ? inputs.slice(0, 1) : inputs;
}

/**
 * All tensors that the given ones depend on, themselves included, inputs before what takes them. It
 * does not look behind `leaves`.
 */
export function inOrder(
  roots: readonly Tensor[],
  leaves: ReadonlySet<Tensor> = new Set(),
): Tensor[] {
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
    if (leaves.has(tensor)) continue;
    for (const input of tensor.inputs.toReversed()) stack.push({ tensor: input, entered: false });
  }
  return order;
}

/** For people: `exp [4, 8]`, or `input 'observations' [4, 8]`. */
export function shownTensor({ operator, shape }: Tensor): string {
  const { kind } = operator;
  const shown = shownShape(shape);
  if (kind === 'input' || kind === 'state') return `${kind} '${operator.name}' ${shown}`;
  if (kind === 'map' || kind === 'reduce') return `${operator.name} ${shown}`;
  return `${kind === 'view' ? operator.view.name : kind} ${shown}`;
}
