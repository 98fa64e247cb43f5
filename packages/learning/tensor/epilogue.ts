/**
 * What is done to a product's elements while they are still in registers: bias, activation, mask. An
 * element-wise kernel that reads a product at its own place, and is its only reader, becomes part of
 * the product's kernel.
 */
import { coordinatesOf, lookedAt, placeOf } from './axis-map.ts';
import { factorsOf, type Form, variable } from './index-form.ts';
import { elementCount } from './shape.ts';
import type { MapName, Tensor } from './tensor.ts';

/** Where an operand's element lies for a batch, row and column of the product. */
export type OperandLayout = {
  readonly base: number;
  readonly batch: number;
  readonly row: number;
  readonly column: 0 | 1; // one for a row of columns, or side by side
};

export type Expression =
  | { readonly kind: 'total' }
  | { readonly kind: 'constant'; readonly value: number }
  | { readonly kind: 'operand'; readonly index: number }
  | { readonly kind: 'map'; readonly name: MapName; readonly inputs: readonly Expression[] };

export type Epilogue = {
  readonly expression: Expression;
  readonly operands: readonly OperandLayout[];
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
]);
const NODES_MAX = 24;
const OPERANDS_MAX = 4;

/** The epilogue that computes `result` from `product`; null where it cannot. */
export function epilogueOf(
  result: Tensor,
  product: Tensor,
  stored: ReadonlySet<Tensor>,
): { epilogue: Epilogue; operands: Tensor[] } | null {
  if (result.operator.kind !== 'map' || result.type !== 'f32') return null;
  if (elementCount(result.shape) !== elementCount(product.shape)) return null;
  const at = ['batch', 'row', 'column'].map((name, axis) => variable(name, product.shape[axis]!));
  const builder = new Builder(product, stored, at);
  const expression = builder.expression(
    result,
    coordinatesOf(placeOf(at, product.shape), result.shape),
    true,
  );
  if (!expression || !builder.usesTotal || builder.operands.length > OPERANDS_MAX) return null;
  return { epilogue: { expression, operands: builder.layouts }, operands: builder.operands };
}

class Builder {
  readonly operands: Tensor[] = [];
  readonly layouts: OperandLayout[] = [];
  usesTotal = false;
  readonly #product: Tensor;
  readonly #stored: ReadonlySet<Tensor>;
  readonly #at: readonly Form[];
  #nodes = 0;

  constructor(product: Tensor, stored: ReadonlySet<Tensor>, at: readonly Form[]) {
    this.#product = product;
    this.#stored = stored;
    this.#at = at;
  }

  expression(tensor: Tensor, at: readonly Form[], isResult = false): Expression | null {
    if (++this.#nodes > NODES_MAX || tensor.type !== 'f32') return null;
    const { operator, inputs } = tensor;
    if (tensor === this.#product) return this.#total(at);
    if (this.#stored.has(tensor) && !isResult) return this.#operand(tensor, at);
    if (operator.kind === 'constant') return { kind: 'constant', value: operator.value };
    if (operator.kind === 'reshape') {
      return this.expression(
        inputs[0]!,
        coordinatesOf(placeOf(at, tensor.shape), inputs[0]!.shape),
      );
    }
    if (operator.kind === 'stop-gradient') return this.expression(inputs[0]!, at);
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
    const own = factorsOf(placeOf(this.#at, this.#product.shape), NAMES);
    const here = factorsOf(placeOf(at, this.#product.shape), NAMES);
    if (!here || JSON.stringify(here) !== JSON.stringify(own)) return null;
    this.usesTotal = true;
    return { kind: 'total' };
  }

  #operand(tensor: Tensor, at: readonly Form[]): Expression | null {
    const place = factorsOf(placeOf(at, tensor.shape), NAMES);
    if (!place) return null;
    const [batch, row, column] = place.factors as [number, number, number];
    if ((column !== 0 && column !== 1) || place.constant < 0) return null;
    const layout: OperandLayout = { base: place.constant, batch, row, column };
    const known = this.operands.findIndex(
      (one, i) => one === tensor && JSON.stringify(this.layouts[i]) === JSON.stringify(layout),
    );
    if (known >= 0) return { kind: 'operand', index: known };
    this.operands.push(tensor);
    return { kind: 'operand', index: this.layouts.push(layout) - 1 };
  }
}

const NAMES = ['batch', 'row', 'column'];
