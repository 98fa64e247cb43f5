/**
 * The operators that graphs are made of: element-wise functions, views, reductions, products, lookups.
 * They broadcast as NumPy does, and throw ShapeError where shapes do not fit. What is made of them
 * (normalisations, losses, layers) stands in functions.ts.
 */
import { type AxisMap, alongAxis, ONLY } from './axis-map.ts';
import { resultType, typeOfAll } from './element-types.ts';
import {
  axisOf,
  broadcastShape,
  elementCount,
  sameShape,
  type Shape,
  ShapeError,
  shownShape,
} from './shape.ts';
import {
  after,
  type ElementType,
  type MapName,
  Tensor,
  type ViewKind,
  withRule,
} from './tensor.ts';

/** A number stands for a constant. */
export type Operand = Tensor | number;

/** What the caller writes before each run. */
export function input(name: string, shape: Shape, type: ElementType = 'f32'): Tensor {
  return new Tensor({ kind: 'input', name }, [], { shape, type });
}

/** What stays from run to run and may be updated by it: weights, moments, counters. */
export function state(name: string, shape: Shape, type: ElementType = 'f32'): Tensor {
  return new Tensor({ kind: 'state', name }, [], { shape, type });
}

export function constant(value: number, type: ElementType = 'f32'): Tensor {
  return new Tensor({ kind: 'constant', value }, [], { shape: [], type });
}

/** Every element's own place: 0, 1, 2 ... through the shape, as u32. */
export function indices(shape: Shape): Tensor {
  return new Tensor({ kind: 'index' }, [], { shape, type: 'u32' });
}

// ---- element-wise

function map(name: MapName, operands: readonly Operand[]): Tensor {
  const chosen = name === 'where' ? operands.slice(1) : operands;
  const type = typeOfAll(
    name,
    chosen.flatMap((one) => (one instanceof Tensor ? [one.type] : [])),
  );
  const tensors = operands.map((operand) =>
    operand instanceof Tensor ? operand : constant(operand, type),
  );
  const shape = broadcastShape(
    name,
    tensors.map((tensor) => tensor.shape),
  );
  const inputs = tensors.map((tensor) => expand(tensor, shape));
  return new Tensor({ kind: 'map', name }, inputs, { shape, type: resultType(name, type) });
}

function numberLast(a: Operand, b: Operand): Operand[] {
  return a instanceof Tensor ? [a, b] : [b, a];
}

export const add = (a: Operand, b: Operand) => map('add', [a, b]);
export const subtract = (a: Operand, b: Operand) => map('subtract', [a, b]);
export const multiply = (a: Operand, b: Operand) => map('multiply', [a, b]);
export const divide = (a: Operand, b: Operand) => map('divide', [a, b]);
/** A NaN in `a` stays, as it does beside a number; one in `b` beside a tensor is left out. */
export const maximum = (a: Operand, b: Operand) => map('maximum', numberLast(a, b));
export const minimum = (a: Operand, b: Operand) => map('minimum', numberLast(a, b));
export const negate = (x: Operand) => map('negate', [x]);
export const exp = (x: Operand) => map('exp', [x]);
export const log = (x: Operand) => map('log', [x]);
export const tanh = (x: Operand) => map('tanh', [x]);
/** 1 / (1 + exp(-x)). */
export const sigmoid = (x: Operand) => map('sigmoid', [x]);
export const sin = (x: Operand) => map('sin', [x]);
export const cos = (x: Operand) => map('cos', [x]);
export const sqrt = (x: Operand) => map('sqrt', [x]);
export const abs = (x: Operand) => map('abs', [x]);
export const floor = (x: Operand) => map('floor', [x]);
export const sign = (x: Operand) => map('sign', [x]);
/** 1 where a < b, else 0. */
export const less = (a: Operand, b: Operand) => map('less', [a, b]);
/** 1 where a = b, else 0. */
export const equal = (a: Operand, b: Operand) => map('equal', [a, b]);
/** `a` where the condition is not 0, else `b`. */
export const where = (condition: Operand, a: Operand, b: Operand) =>
  map('where', [condition, a, b]);
export const toFloat = (x: Tensor) => (x.type === 'f32' ? x : map('toFloat', [x]));
/**
 * As halves, which take half the memory: 11 bits, from 6e-8 to 65504, infinite beyond. What is computed
 * of halves is rounded to halves; sums and products are added up in f32 before.
 */
export const toHalf = (x: Tensor) => (x.type === 'f16' ? x : map('toHalf', [x]));

/**
 * Numbers in [0, 1), of a seed (u32, one number): the same for the same seed, on both targets, and
 * without a store. Each call of this function is a stream of its own by `stream`.
 */
export function uniform(seed: Tensor, o: { shape: Shape; stream: number }): Tensor {
  const salt = constant(Math.imul(o.stream, 0x9e3779b1) >>> 0, 'u32');
  const streamed = add(seed, salt);
  return map('uniform', [streamed, indices(o.shape)]);
}

// ---- views: no arithmetic, no memory of their own

function view(x: Tensor, kind: ViewKind, o: { shape: Shape; axes: readonly AxisMap[] }): Tensor {
  const { shape, axes } = o;
  return new Tensor({ kind: 'view', view: kind, axes }, [x], { shape, type: x.type });
}

/** The same elements in another shape. One size may be -1: what remains. */
export function reshape(x: Tensor, wanted: Shape): Tensor {
  const known = elementCount(wanted.filter((size) => size !== -1));
  const shape = wanted.map((size) => (size === -1 ? elementCount(x.shape) / known : size));
  if (elementCount(shape) !== elementCount(x.shape)) {
    throw new ShapeError('reshape', `${shownShape(x.shape)} does not fill ${shownShape(wanted)}.`);
  }
  if (sameShape(shape, x.shape)) return x;
  return new Tensor({ kind: 'reshape' }, [x], { shape, type: x.type });
}

/** Output axis i is input axis order[i]. */
export function permute(x: Tensor, order: readonly number[]): Tensor {
  const positive = order.map((axis) => axisOf('permute', x.shape, axis));
  if (new Set(positive).size !== x.shape.length || positive.length !== x.shape.length) {
    const shown = shownShape(order);
    throw new ShapeError('permute', `${shown} does not order the axes of ${shownShape(x.shape)}.`);
  }
  if (positive.every((axis, i) => axis === i)) return x;
  const axes = x.shape.map((_, axis) => alongAxis(positive.indexOf(axis)));
  const shape = positive.map((axis) => x.shape[axis]!);
  return view(x, { name: 'permute', order: positive }, { shape, axes });
}

/** The last two axes change places. */
export function transpose(x: Tensor): Tensor {
  const rank = x.shape.length;
  if (rank < 2) throw new ShapeError('transpose', `${shownShape(x.shape)} has no two axes.`);
  const order = x.shape.map((_, axis) => axis);
  return permute(x, [...order.slice(0, -2), rank - 1, rank - 2]);
}

/** Repeats axes of size 1, and new ones in front, up to the shape. */
export function expand(x: Tensor, shape: Shape): Tensor {
  if (sameShape(x.shape, shape)) return x;
  const fewer = shape.length - x.shape.length;
  const repeats = shape.map((size, axis) => axis < fewer || x.shape[axis - fewer] !== size);
  const axes = x.shape.map((size, axis) => {
    const fits = size === shape[axis + fewer] || size === 1;
    if (fewer < 0 || !fits) {
      const shown = `${shownShape(x.shape)} does not expand to ${shownShape(shape)}`;
      throw new ShapeError('expand', `${shown} at axis ${axis}.`);
    }
    return repeats[axis + fewer] ? ONLY : alongAxis(axis + fewer);
  });
  const repeated = shape.map((_, axis) => axis).filter((axis) => repeats[axis]);
  return view(x, { name: 'expand', axes: repeated }, { shape, axes });
}

/** From `start` up to, not with, `end` along an axis; negative ones count from its end. */
export function slice(x: Tensor, o: { axis: number; start: number; end?: number }): Tensor {
  const axis = axisOf('slice', x.shape, o.axis);
  const size = x.shape[axis]!;
  const from = o.start < 0 ? o.start + size : o.start;
  const to = o.end === undefined ? size : o.end < 0 ? o.end + size : o.end;
  if (from < 0 || to > size || from >= to) {
    const range = `${o.start} to ${o.end ?? size}`;
    throw new ShapeError('slice', `${range} is not within axis ${axis} of ${shownShape(x.shape)}.`);
  }
  const shape = x.shape.with(axis, to - from);
  const axes = x.shape.map((_, at) => alongAxis(at, at === axis ? from : 0));
  const starts = x.shape.map((_, at) => (at === axis ? from : 0));
  return view(x, { name: 'slice', starts }, { shape, axes });
}

/** Zeros before and after the elements, per axis. */
export function pad(x: Tensor, widths: readonly (readonly [number, number])[]): Tensor {
  if (widths.length !== x.shape.length || widths.flat().some((width) => width < 0)) {
    const shown = widths.map(shownShape).join(', ');
    throw new ShapeError('pad', `${shown} are no widths for the axes of ${shownShape(x.shape)}.`);
  }
  if (widths.flat().every((width) => width === 0)) return x;
  const shape = x.shape.map((size, axis) => size + widths[axis]![0] + widths[axis]![1]);
  const axes = x.shape.map((_, axis) => {
    const [before, after] = widths[axis]!;
    return { ...alongAxis(axis, -before), guarded: before + after > 0 };
  });
  return view(x, { name: 'pad', before: widths.map(([before]) => before) }, { shape, axes });
}

/** One after the other along an axis. */
export function concatenate(parts: readonly Tensor[], along: number): Tensor {
  const first = parts[0];
  if (!first) throw new ShapeError('concatenate', 'there is nothing to join.');
  const axis = axisOf('concatenate', first.shape, along);
  const sizes = parts.map((part) => part.shape[axis] ?? 0);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  let before = 0;
  const padded = parts.map((part, i) => {
    if (!sameShape(part.shape.with(axis, 1), first.shape.with(axis, 1))) {
      const both = `${shownShape(first.shape)} and ${shownShape(part.shape)}`;
      throw new ShapeError('concatenate', `${both} differ beside axis ${axis}.`);
    }
    const own: [number, number] = [before, total - before - sizes[i]!];
    before += sizes[i]!;
    return pad(
      part,
      part.shape.map((_, at) => (at === axis ? own : [0, 0])),
    );
  });
  return padded.reduce((sum, part) => add(sum, part));
}

// ---- reductions

/** Default: over all axes. `keep` leaves them with size 1. */
export type ReduceOptions = { axes?: readonly number[]; keep?: boolean };

/**
 * More elements than so many per result are reduced in stages: more exact, and side by side where
 * results are few. Columns that no second-level cache holds are reduced over fewer rows at once, so that
 * what of a cache line belongs to the next columns is still there for them (512 x 512: half the time).
 */
function stageMax(x: Tensor, o: { count: number; axes: readonly number[] }): number {
  const total = elementCount(x.shape);
  if (total / o.count < 64) return 256;
  const isOfColumns = !o.axes.includes(x.shape.findLastIndex((size) => size > 1));
  return isOfColumns && total >= 2 ** 18 ? 64 : 4096;
}

function reduce(name: 'sum' | 'max', x: Tensor, o: ReduceOptions = {}): Tensor {
  if (x.type === 'f16') return toHalf(reduce(name, toFloat(x), o));
  const wanted = o.axes ?? x.shape.map((_, axis) => axis);
  const axes = [...new Set(wanted.map((axis) => axisOf(name, x.shape, axis)))];
  const shape = x.shape.map((size, at) => (axes.includes(at) ? 1 : size));
  const reduced = reduceInStages(
    name,
    x,
    axes.toSorted((a, b) => a - b),
  );
  return reshape(reduced, o.keep ? shape : x.shape.filter((_, at) => !axes.includes(at)));
}

/** Gives the shape with the axes taken out or left as 1, as it comes. */
function reduceInStages(name: 'sum' | 'max', x: Tensor, axes: readonly number[]): Tensor {
  const count = axes.reduce((product, axis) => product * x.shape[axis]!, 1);
  if (count === 1) return x;
  if (count <= stageMax(x, { count, axes })) return reduceAtOnce(name, x, axes);
  const axis = axes.findLast((one) => x.shape[one]! > 1)!;
  const size = x.shape[axis]!;
  const split = pieceOf(size, Math.floor(Math.sqrt(count)));
  if (size <= split || size < 4) {
    const shorter = reshape(reduceAtOnce(name, x, [axis]), x.shape.with(axis, 1));
    return reduceInStages(name, shorter, axes);
  }
  // The axis in pieces of the split, and what is left over beside them.
  const whole = size - (size % split);
  const pieces = reshape(slice(x, { axis, start: 0, end: whole }), [
    ...x.shape.slice(0, axis),
    whole / split,
    split,
    ...x.shape.slice(axis + 1),
  ]);
  const short = reduceAtOnce(name, pieces, [axis + 1]);
  const begun =
    whole === size ? short : concatenate([short, slice(x, { axis, start: whole })], axis);
  return reduceInStages(name, begun, axes);
}

/** About as large as wanted, and without a rest where it can be. */
function pieceOf(size: number, wanted: number): number {
  for (let piece = 2 * wanted; 2 * piece >= wanted; piece--) if (size % piece === 0) return piece;
  return wanted;
}

function reduceAtOnce(name: 'sum' | 'max', x: Tensor, axes: readonly number[]): Tensor {
  const shape = x.shape.filter((_, axis) => !axes.includes(axis));
  return new Tensor({ kind: 'reduce', name, axes }, [x], { shape, type: x.type });
}

export const sum = (x: Tensor, o?: ReduceOptions) => reduce('sum', x, o);
export const max = (x: Tensor, o?: ReduceOptions) => reduce('max', x, o);
export const min = (x: Tensor, o?: ReduceOptions) => negate(reduce('max', negate(x), o));

/** Where the first largest element along an axis is, u32; the axis goes. */
export function argmax(x: Tensor, along = -1): Tensor {
  const axis = axisOf('argmax', x.shape, along);
  const shape = x.shape.filter((_, at) => at !== axis);
  const operator = { kind: 'reduce', name: 'argmax', axes: [axis] } as const;
  return new Tensor(operator, [x.type === 'f16' ? toFloat(x) : x], { shape, type: 'u32' });
}

// ---- products and lookups

/** [..., M, K] x [..., K, N]: [..., M, N]; the axes in front broadcast. */
export function matmul(a: Tensor, b: Tensor): Tensor {
  const [M, K] = a.shape.slice(-2) as [number, number];
  const [K2, N] = b.shape.slice(-2) as [number, number];
  if (a.shape.length < 2 || b.shape.length < 2 || K !== K2) {
    const both = `${shownShape(a.shape)} x ${shownShape(b.shape)}`;
    throw new ShapeError(
      'matmul',
      `${both}: the last axis of the first is not the second's last but one.`,
    );
  }
  if (a.type === 'u32' || a.type !== b.type) {
    throw new ShapeError('matmul', `takes f32 or f16, got ${a.type} and ${b.type}; see toFloat.`);
  }
  const front = broadcastShape('matmul', [a.shape.slice(0, -2), b.shape.slice(0, -2)]);
  const B = elementCount(front);
  const flat = (x: Tensor, rows: number, columns: number) =>
    reshape(expand(x, [...front, rows, columns]), [B, rows, columns]);
  const product = productOf(flat(a, M, K), flat(b, K, N));
  return reshape(product, [...front, M, N]);
}

/** WebGPU has so many workgroups in a dimension. */
const BATCHES_MAX = 65_535;

/** [B, M, K] x [B, K, N]. */
function productOf(a: Tensor, b: Tensor): Tensor {
  if (a.shape[0]! > BATCHES_MAX) {
    const parts = [{ start: 0, end: BATCHES_MAX }, { start: BATCHES_MAX }].map((o) =>
      productOf(slice(a, { axis: 0, ...o }), slice(b, { axis: 0, ...o })),
    );
    return concatenate(parts, 0);
  }
  if (a.type === 'f32') {
    const shape = [a.shape[0]!, a.shape[1]!, b.shape[2]!];
    return new Tensor({ kind: 'matmul' }, [a, b], { shape });
  }
  // With a rule, so that the way back widens the halves anew, and only when it is there.
  return withRule(toHalf(productOf(toFloat(a), toFloat(b))), {
    sources: [a, b],
    shares: (g) => [
      () => productOf(g, transpose(after(b, g))),
      () => productOf(transpose(after(a, g)), g),
    ],
  });
}

/** The rows [V, ...] at u32 places [...]: [places, row]. Places beyond the rows give the last one. */
export function gather(rows: Tensor, places: Tensor): Tensor {
  const row = rows.shape.slice(1);
  const [I, C] = [elementCount(places.shape), elementCount(row)];
  if (rows.shape.length === 0 || places.type !== 'u32') {
    throw new ShapeError(
      'gather',
      `wants rows and u32 places, got ${shownShape(rows.shape)}, ${places.type}.`,
    );
  }
  const flat = [reshape(rows, [rows.shape[0]!, C]), reshape(places, [I])];
  const gathered = new Tensor({ kind: 'gather' }, flat, { shape: [I, C], type: rows.type });
  return reshape(gathered, [...places.shape, ...row]);
}

/**
 * Rows [rowCount, ...row] of sums: each of the values [...places, ...row] is added to the row at its u32
 * place; places beyond the rows are left out. A product with the places' one-hot rows: without atomics,
 * in a fixed order.
 */
export function scatterAdd(values: Tensor, places: Tensor, rowCount: number): Tensor {
  const { shape } = values;
  const row = shape.slice(places.shape.length);
  if (places.type !== 'u32' || !sameShape(shape.slice(0, places.shape.length), places.shape)) {
    const both = `${shownShape(shape)} and ${places.type} ${shownShape(places.shape)}`;
    throw new ShapeError('scatterAdd', `wants values [...places, ...row] and places, got ${both}.`);
  }
  if (values.type === 'f16') return toHalf(scatterAdd(toFloat(values), places, rowCount));
  const I = elementCount(places.shape);
  const rows = reshape(indices([rowCount]), [rowCount, 1]);
  const chosen = equal(rows, reshape(places, [1, I]));
  return reshape(matmul(chosen, reshape(values, [I, elementCount(row)])), [rowCount, ...row]);
}

/** The same values, through which no gradient goes. */
export function stopGradient(x: Tensor): Tensor {
  return new Tensor({ kind: 'stop-gradient' }, [x], { shape: x.shape, type: x.type });
}
