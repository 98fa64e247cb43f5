/**
 * What is done to a product's elements while they are still in registers: bias, activation, mask. An
 * element-wise kernel that reads a product at its own place, and is its only reader, becomes part of
 * the product's kernel.
 */
import { lookedAt, placeOf, reshapedAt } from './axis-map.ts';
import { fixed, type Form, plus, variable } from './index-form.ts';
import { elementCount, type Shape } from './shape.ts';
import type { MapName, Tensor } from './tensor.ts';
import { type Axis, digitsOf, runsInPanels, strideOf } from './wasm-layout.ts';

/** Where the element of a tensor lies that belongs to a batch, row and column of the product. */
export type ElementLayout = {
  readonly base: number;
  readonly batch: Axis;
  readonly row: number; // elements from row to row
  /** Panels of columns lie side by side, or all columns have the same element. */
  readonly column: Axis;
};

export type Expression =
  | { readonly kind: 'total' }
  | { readonly kind: 'constant'; readonly value: number }
  | { readonly kind: 'operand'; readonly index: number }
  | { readonly kind: 'map'; readonly name: MapName; readonly inputs: readonly Expression[] };

export type Epilogue = {
  readonly expression: Expression;
  readonly operands: readonly ElementLayout[];
  readonly result: ElementLayout;
};

/** Functions that wasm-epilogue.ts has instructions for. */
const KNOWN: ReadonlySet<MapName> = new Set<MapName>([
  'add',
  'subtract',
  'multiply',
  'divide',
  'negate',
  'maximum',
  'minimum',
  'sqrt',
  'abs',
  'less',
  'equal',
  'where',
  'exp',
  'sigmoid',
  'tanh',
]);
const NODES_MAX = 64;
const OPERANDS_MAX = 4;

/** How a product is finished, and what that reads. */
export type Finish = { readonly epilogue: Epilogue; readonly operands: readonly Tensor[] };

/** The epilogue that computes `result` from `product`; null where it cannot. */
export function epilogueOf(
  result: Tensor,
  product: Tensor,
  stored: ReadonlySet<Tensor>,
): Finish | null {
  if (result.operator.kind !== 'map') return null;
  return finishOf(result, { product, stored, shape: result.shape });
}

/** The same into a part of a larger tensor, which begins so far from each axis' start. */
export function partEpilogueOf(
  part: Tensor,
  o: { product: Tensor; stored: ReadonlySet<Tensor>; shape: Shape; before: readonly number[] },
): Finish | null {
  const finish = finishOf(part, o);
  if (!finish) return null;
  // What is joined is a sum with zeros: of -0 it makes 0.
  const inputs = [finish.epilogue.expression, { kind: 'constant', value: 0 }] as const;
  const expression = { kind: 'map', name: 'add', inputs } as const;
  return { ...finish, epilogue: { ...finish.epilogue, expression } };
}

function finishOf(
  result: Tensor,
  o: { product: Tensor; stored: ReadonlySet<Tensor>; shape: Shape; before?: readonly number[] },
): Finish | null {
  const { product, stored, shape, before = [] } = o;
  if (result.type !== 'f32' || elementCount(result.shape) !== elementCount(product.shape)) {
    return null;
  }
  const own = NAMES.map((name, axis) => variable(name, product.shape[axis]!));
  const at = placeInResult(result, { product, stored, at: own });
  if (!at) return null;
  const place = at.map((form, axis) => plus(form, fixed(before[axis] ?? 0)));
  const layout = layoutOf(placeOf(place, shape), product);
  if (!layout || layout.column.digits.length === 0) return null;
  const builder = new Builder(product, stored);
  const expression = builder.expression(result, at, true);
  if (!expression || !builder.usesTotal || builder.operands.length > OPERANDS_MAX) return null;
  return {
    epilogue: { expression, operands: builder.layouts, result: layout },
    operands: builder.operands,
  };
}

const NAMES = ['batch', 'row', 'column'];

/** Coordinates in the result of the product's element: through what was done to its shape since. */
function placeInResult(
  tensor: Tensor,
  o: { product: Tensor; stored: ReadonlySet<Tensor>; at: readonly Form[] },
): readonly Form[] | null {
  if (tensor === o.product) return o.at;
  const { operator, inputs } = tensor;
  for (const input of inputs) {
    if (o.stored.has(input) && input !== o.product) continue;
    if (elementCount(input.shape) !== elementCount(tensor.shape)) continue;
    const at = placeInResult(input, o);
    if (!at) continue;
    if (operator.kind === 'reshape') return reshapedAt(at, { from: input.shape, to: tensor.shape });
    if (operator.kind === 'map' || operator.kind === 'stop-gradient') return at;
    if (operator.kind !== 'view' || operator.view.name !== 'permute') return null;
    return operator.view.order.map((axis) => at[axis]!);
  }
  return null;
}

/** Null where the columns are neither side by side nor one. */
function layoutOf(place: Form, product: Tensor): ElementLayout | null {
  const variables = NAMES.map((name, axis) => ({ name, size: product.shape[axis]! }));
  const digits = digitsOf(place, variables);
  const [batch, rows, column] = (digits?.axes ?? []) as [Axis?, Axis?, Axis?];
  const row = rows ? strideOf(rows) : null;
  if (!digits || !batch || row === null || row < 0 || !column || digits.base < 0) return null;
  if (column.digits.length > 0 && !runsInPanels(column)) return null;
  return { base: digits.base, batch, row, column };
}

class Builder {
  readonly operands: Tensor[] = [];
  readonly layouts: ElementLayout[] = [];
  usesTotal = false;
  readonly #product: Tensor;
  readonly #stored: ReadonlySet<Tensor>;
  readonly #known = new Map<Tensor, Map<string, Expression>>();
  #nodes = 0;

  constructor(product: Tensor, stored: ReadonlySet<Tensor>) {
    this.#product = product;
    this.#stored = stored;
  }

  /** The same object for the same tensor at the same place: it is computed once. */
  expression(tensor: Tensor, at: readonly Form[], isResult = false): Expression | null {
    const key = JSON.stringify(at);
    const known = this.#known.get(tensor)?.get(key);
    if (known) return known;
    const made = this.#make(tensor, at, isResult);
    const places = this.#known.get(tensor) ?? new Map<string, Expression>();
    if (made) this.#known.set(tensor, places.set(key, made));
    return made;
  }

  #make(tensor: Tensor, at: readonly Form[], isResult: boolean): Expression | null {
    if (++this.#nodes > NODES_MAX || tensor.type !== 'f32') return null;
    const { operator, inputs } = tensor;
    if (tensor === this.#product) return this.#total(at);
    if (this.#stored.has(tensor) && !isResult) return this.#operand(tensor, at);
    if (operator.kind === 'constant') return { kind: 'constant', value: operator.value };
    if (operator.kind === 'reshape') {
      return this.expression(
        inputs[0]!,
        reshapedAt(at, { from: tensor.shape, to: inputs[0]!.shape }),
      );
    }
    if (operator.kind === 'stop-gradient' || operator.kind === 'after') {
      return this.expression(inputs[0]!, at);
    }
    if (operator.kind === 'view' && !operator.axes.some((axis) => axis.guarded)) {
      return this.expression(inputs[0]!, lookedAt(operator.axes, at));
    }
    if (operator.kind !== 'map' || !KNOWN.has(operator.name)) return null;
    const made: Expression[] = [];
    for (const input of inputs) {
      const one = this.expression(input, at);
      if (!one) return null;
      made.push(one);
    }
    return { kind: 'map', name: operator.name, inputs: made };
  }

  /** The product's own element, and no other. */
  #total(at: readonly Form[]): Expression | null {
    const here = layoutOf(placeOf(at, this.#product.shape), this.#product);
    const own = NAMES.map((name, axis) => variable(name, this.#product.shape[axis]!));
    const wanted = layoutOf(placeOf(own, this.#product.shape), this.#product);
    if (JSON.stringify(here) !== JSON.stringify(wanted)) return null;
    this.usesTotal = true;
    return { kind: 'total' };
  }

  #operand(tensor: Tensor, at: readonly Form[]): Expression | null {
    const layout = layoutOf(placeOf(at, tensor.shape), this.#product);
    if (!layout) return null;
    const known = this.operands.findIndex(
      (one, i) => one === tensor && JSON.stringify(this.layouts[i]) === JSON.stringify(layout),
    );
    if (known >= 0) return { kind: 'operand', index: known };
    this.operands.push(tensor);
    return { kind: 'operand', index: this.layouts.push(layout) - 1 };
  }
}
