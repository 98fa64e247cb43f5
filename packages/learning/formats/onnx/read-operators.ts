/** ONNX's operators as ours, as far as simple networks need them. Opset 13 and newer. */
import {
  clamp,
  elu,
  gelu,
  layerNorm,
  logSoftmax,
  mean,
  softmax,
  softplus,
  square,
} from '../../tensor/functions.ts';
import { convolution } from '../../tensor/layers.ts';
import * as to from '../../tensor/operators.ts';
import { axisOf, broadcastShape, elementCount, type Shape } from '../../tensor/shape.ts';
import { Tensor } from '../../tensor/tensor.ts';
import type { Integers, NodeReader, Value } from './node-reader.ts';

type Read = (n: NodeReader) => Value | Value[];

const unary =
  (f: (x: Tensor) => Tensor): Read =>
  (n) =>
    f(n.tensor(0));

/** Of tensors, or of whole numbers that are known. */
const binary =
  (f: (a: Tensor, b: Tensor) => Tensor, known?: (a: number, b: number) => number): Read =>
  (n) => {
    const integers = n.allIntegers();
    if (integers && known) return combined(integers as [Integers, Integers], known);
    return f(n.tensor(0), n.tensor(1));
  };

const at = ({ data }: Integers, i: number) => data[data.length === 1 ? 0 : i]!;

/** Element by element; one of them may be a single number. */
function combined([a, b]: [Integers, Integers], f: (x: number, y: number) => number): Integers {
  const shape = a.data.length >= b.data.length ? a.shape : b.shape;
  const count = elementCount(shape);
  return { shape, data: Array.from({ length: count }, (_, i) => f(at(a, i), at(b, i))) };
}

const several =
  (f: (a: Tensor, b: Tensor) => Tensor): Read =>
  (n) =>
    Array.from({ length: n.count }, (_, i) => n.tensor(i)).reduce((a, b) => f(a, b));

const reduction =
  (f: (x: Tensor, o: to.ReduceOptions) => Tensor): Read =>
  (n) => {
    const x = n.tensor(0);
    // The axes were an attribute before opset 18 (ReduceSum: 13).
    const given = n.has(1) ? n.integers(1) : n.ints('axes');
    if (!given?.length && n.int('noop_with_empty_axes', 0) === 1) return x;
    const axes = given?.length ? given : x.shape.map((_, axis) => axis);
    return f(x, { axes, keep: n.int('keepdims', 1) === 1 });
  };

function reshaped(n: NodeReader): Value {
  const wanted = n.integers(1);
  const value = n.value(0);
  const keepsZero = n.int('allowzero', 0) === 1;
  const from = value.shape;
  const shape = wanted.map((size, axis) => (size === 0 && !keepsZero ? from[axis]! : size));
  if (value instanceof Tensor) return to.reshape(value, shape);
  const known = elementCount(shape.filter((size) => size !== -1));
  return {
    data: value.data,
    shape: shape.map((size) => (size === -1 ? value.data.length / known : size)),
  };
}

/** Of a value with these axes. */
function withShape(value: Value, shape: Shape): Value {
  return value instanceof Tensor ? to.reshape(value, shape) : { shape, data: value.data };
}

function sliced(n: NodeReader): Value {
  const value = n.value(0);
  const starts = n.integers(1);
  const ends = n.integers(2);
  const axes = n.has(3) ? n.integers(3) : starts.map((_, axis) => axis);
  if (n.has(4) && n.integers(4).some((step) => step !== 1)) throw n.error('has steps other than 1');
  const bounds = axes.map((wanted, i) => {
    const axis = axisOf('slice', value.shape, wanted);
    const size = value.shape[axis]!;
    const within = (place: number) => Math.min(Math.max(place < 0 ? place + size : place, 0), size);
    return { axis, start: within(starts[i]!), end: within(ends[i]!) };
  });
  if (value instanceof Tensor) return bounds.reduce((x, one) => to.slice(x, one), value);
  const data = value.data.slice(bounds[0]!.start, bounds[0]!.end);
  return { shape: [data.length], data };
}

function gathered(n: NodeReader): Value {
  const rows = n.value(0);
  const places = n.value(1);
  const axis = axisOf('gather', rows.shape, n.int('axis', 0));
  const size = rows.shape[axis]!;
  if (places instanceof Tensor) {
    if (!(rows instanceof Tensor))
      throw n.error('looks places up that are not known among known ones');
    const order = [axis, ...rows.shape.map((_, at) => at).filter((at) => at !== axis)];
    const found = to.gather(to.permute(rows, order), places); // [places, others]
    const first = places.shape.length;
    const back = Array.from({ length: first }, (_, i) => i);
    const others = Array.from({ length: found.shape.length - first }, (_, i) => first + i);
    return to.permute(found, [...others.slice(0, axis), ...back, ...others.slice(axis)]);
  }
  const from = places.data.map((place) => (place < 0 ? place + size : place));
  if (!(rows instanceof Tensor))
    return { shape: places.shape, data: from.map((one) => rows.data[one]!) };
  const parts = from.map((start) => to.slice(rows, { axis, start, end: start + 1 }));
  const [before, after] = [rows.shape.slice(0, axis), rows.shape.slice(axis + 1)];
  return to.reshape(to.concatenate(parts, axis), [...before, ...places.shape, ...after]);
}

function joined(n: NodeReader): Value {
  const integers = n.allIntegers();
  if (integers) {
    const data = integers.flatMap((one) => one.data);
    return { shape: [data.length], data };
  }
  const parts = Array.from({ length: n.count }, (_, i) => n.tensor(i));
  return to.concatenate(parts, n.int('axis', 0));
}

function split(n: NodeReader): Value[] {
  const x = n.tensor(0);
  const axis = axisOf('split', x.shape, n.int('axis', 0));
  const each = Math.ceil(x.shape[axis]! / n.outputCount);
  const sizes = n.has(1) ? n.integers(1) : Array.from({ length: n.outputCount }, () => each);
  let start = 0;
  return sizes.map((size) => {
    const end = Math.min(start + size, x.shape[axis]!);
    const part = to.slice(x, { axis, start, end });
    start = end;
    return part;
  });
}

function padded(n: NodeReader): Tensor {
  const x = n.tensor(0);
  const widths = n.integers(1);
  if (n.text('mode', 'constant') !== 'constant') throw n.error('pads with something other than 0');
  const filler = n.has(2) ? n.tensor(2).operator : null;
  if (filler && !(filler.kind === 'constant' && filler.value === 0)) {
    throw n.error('pads with something other than 0');
  }
  const axes = n.has(3)
    ? n.integers(3).map((axis) => axisOf('pad', x.shape, axis))
    : [...x.shape.keys()];
  const count = axes.length;
  return to.pad(
    x,
    x.shape.map((_, axis) => {
      const i = axes.indexOf(axis);
      return i < 0 ? [0, 0] : [widths[i]!, widths[count + i]!];
    }),
  );
}

function general(n: NodeReader): Tensor {
  const [a, b] = [n.tensor(0), n.tensor(1)];
  if (n.float('alpha', 1) !== 1 || n.float('beta', 1) !== 1)
    throw n.error('has factors other than 1');
  const left = n.int('transA', 0) === 1 ? to.transpose(a) : a;
  const product = to.matmul(left, n.int('transB', 0) === 1 ? to.transpose(b) : b);
  return n.has(2) ? to.add(product, n.tensor(2)) : product;
}

/** Vectors are matrices of one row or column. */
function product(n: NodeReader): Tensor {
  const [a, b] = [n.tensor(0), n.tensor(1)];
  if (a.shape.length >= 2 && b.shape.length >= 2) return to.matmul(a, b);
  throw n.error('of vectors is not read; give them two axes');
}

function convolved(n: NodeReader): Tensor {
  const [x, weight] = [n.tensor(0), n.tensor(1)];
  const pads = n.ints('pads') ?? [0, 0, 0, 0];
  const strides = n.ints('strides') ?? [1, 1];
  const plain =
    n.text('auto_pad', 'NOTSET') === 'NOTSET' && !n.ints('dilations')?.some((d) => d !== 1);
  if (!plain || x.shape.length !== 4 || strides[0] !== strides[1]) {
    throw n.error(
      'is read of pictures [B, C, H, W], with one stride, without dilations and auto_pad',
    );
  }
  const around = to.pad(x, [
    [0, 0],
    [0, 0],
    [pads[0]!, pads[2]!],
    [pads[1]!, pads[3]!],
  ]);
  const bias = n.has(2) ? n.tensor(2) : undefined;
  return convolution(around, { weight, bias, stride: strides[0]!, groups: n.int('group', 1) });
}

function normalised(n: NodeReader): Tensor {
  const x = n.tensor(0);
  const axis = axisOf('layerNorm', x.shape, n.int('axis', -1));
  if (axis !== x.shape.length - 1) throw n.error('is read over the last axis');
  const bias = n.has(2) ? n.tensor(2) : undefined;
  return layerNorm(x, { weight: n.tensor(1), bias, epsilon: n.float('epsilon', 1e-5) });
}

function batchNormalised(n: NodeReader): Tensor {
  const x = n.tensor(0);
  const along = (i: number) => {
    const one = n.tensor(i);
    return to.reshape(one, [1, one.shape[0]!, ...x.shape.slice(2).fill(1)]);
  };
  const spread = to.sqrt(to.add(along(4), n.float('epsilon', 1e-5)));
  return to.add(to.multiply(to.divide(to.subtract(x, along(3)), spread), along(1)), along(2));
}

function power(n: NodeReader): Tensor {
  const [x, { operator }] = [n.tensor(0), n.tensor(1)];
  const exponent = operator.kind === 'constant' ? operator.value : Number.NaN;
  if (exponent === 2) return square(x);
  if (exponent === 3) return to.multiply(square(x), x);
  if (exponent === 0.5) return to.sqrt(x);
  throw n.error('is read with the exponents 2, 3 and 0.5');
}

const BOOLEAN = 9;
const FLOAT = 1;
const WHOLE = new Set([6, 7, 12]);

function cast(n: NodeReader): Value {
  const value = n.value(0);
  const type = n.int('to', FLOAT);
  if (!(value instanceof Tensor)) {
    if (type !== FLOAT) return value;
    const x = n.tensor(0);
    return to.toFloat(x);
  }
  // Comparisons give numbers here already, 1 and 0.
  if (type === FLOAT) return value.type === 'u32' ? to.toFloat(value) : value;
  if (type === BOOLEAN) return to.subtract(1, to.equal(value, 0));
  if (WHOLE.has(type) && value.type === 'u32') return value;
  throw n.error('to whole numbers is read of whole numbers');
}

function expanded(n: NodeReader): Tensor {
  const x = n.tensor(0);
  return to.expand(x, broadcastShape('expand', [x.shape, n.integers(1)]));
}

function squeezed(n: NodeReader): Value {
  const value = n.value(0);
  const axes = n.has(1) ? n.integers(1).map((axis) => axisOf('squeeze', value.shape, axis)) : null;
  const gone = (size: number, axis: number) => (axes ? axes.includes(axis) : size === 1);
  return withShape(
    value,
    value.shape.filter((size, axis) => !gone(size, axis)),
  );
}

function unsqueezed(n: NodeReader): Value {
  const value = n.value(0);
  const wanted = n.integers(1);
  const rank = value.shape.length + wanted.length;
  const axes = new Set(wanted.map((axis) => (axis < 0 ? axis + rank : axis)));
  const sizes = value.shape.values();
  return withShape(
    value,
    Array.from({ length: rank }, (_, axis) => (axes.has(axis) ? 1 : sizes.next().value!)),
  );
}

function clipped(n: NodeReader): Tensor {
  const x = n.tensor(0);
  if (n.has(1) && n.has(2)) return clamp(x, n.tensor(1), n.tensor(2));
  if (n.has(1)) return to.maximum(x, n.tensor(1));
  return n.has(2) ? to.minimum(x, n.tensor(2)) : x;
}

/** By ONNX's names. */
export const OPERATORS: Readonly<Record<string, Read>> = {
  Abs: unary(to.abs),
  Add: binary(to.add, (a, b) => a + b),
  ArgMax: (n) => {
    const x = n.tensor(0);
    const axis = axisOf('argmax', x.shape, n.int('axis', 0));
    const places = to.argmax(x, axis);
    return n.int('keepdims', 1) === 1 ? to.reshape(places, x.shape.with(axis, 1)) : places;
  },
  BatchNormalization: batchNormalised,
  Cast: cast,
  Clip: clipped,
  Concat: joined,
  Constant: (n) => n.constant(),
  Conv: convolved,
  Cos: unary(to.cos),
  Div: binary(to.divide, (a, b) => Math.trunc(a / b)),
  Dropout: (n) => n.value(0), // of training only
  Elu: (n) => {
    if (n.float('alpha', 1) !== 1) throw n.error('has an alpha other than 1');
    return elu(n.tensor(0));
  },
  Equal: binary(to.equal),
  Exp: unary(to.exp),
  Expand: expanded,
  Flatten: (n) => {
    const x = n.tensor(0);
    const axis = n.int('axis', 1);
    return to.reshape(x, [elementCount(x.shape.slice(0, axis)), -1]);
  },
  Floor: unary(to.floor),
  Gather: gathered,
  Gelu: (n) => {
    if (n.text('approximate', 'none') !== 'tanh') throw n.error('is read with approximate=tanh');
    return gelu(n.tensor(0));
  },
  Gemm: general,
  GlobalAveragePool: (n) => mean(n.tensor(0), { axes: [2, 3], keep: true }),
  Greater: binary((a, b) => to.less(b, a)),
  Identity: (n) => n.value(0),
  LayerNormalization: normalised,
  LeakyRelu: (n) => {
    const x = n.tensor(0);
    return to.where(to.less(x, 0), to.multiply(x, n.float('alpha', 0.01)), x);
  },
  Less: binary(to.less),
  Log: unary(to.log),
  LogSoftmax: (n) => logSoftmax(n.tensor(0), n.int('axis', -1)),
  MatMul: product,
  Max: several(to.maximum),
  Min: several(to.minimum),
  Mod: (n) => {
    // What encode.ts writes behind arithmetic of u32, which wraps here by itself.
    if (n.integers(1)[0] !== 2 ** 32) throw n.error('is read with 2 to the 32nd');
    return n.value(0);
  },
  Mul: binary(to.multiply, (a, b) => a * b),
  Neg: unary(to.negate),
  Not: (n) => to.subtract(1, n.tensor(0)),
  Pad: padded,
  Pow: power,
  Range: (n) => {
    const [start, limit, step] = [0, 1, 2].map((i) => n.integers(i)[0]!);
    if (start !== 0 || step !== 1) throw n.error('is read from 0 in steps of 1');
    return to.indices([limit!]);
  },
  Reciprocal: (n) => to.divide(1, n.tensor(0)),
  ReduceMax: reduction(to.max),
  ReduceMean: reduction(mean),
  ReduceMin: reduction(to.min),
  ReduceSum: reduction(to.sum),
  Relu: (n) => to.maximum(n.tensor(0), 0),
  Reshape: reshaped,
  Shape: (n) => {
    const { shape } = n.value(0);
    const data = shape.slice(n.int('start', 0), n.int('end', shape.length));
    return { shape: [data.length], data };
  },
  Sigmoid: unary(to.sigmoid),
  Sign: unary(to.sign),
  Sin: unary(to.sin),
  Slice: sliced,
  Softmax: (n) => softmax(n.tensor(0), n.int('axis', -1)),
  Softplus: unary(softplus),
  Split: split,
  Sqrt: unary(to.sqrt),
  Squeeze: squeezed,
  Sub: binary(to.subtract, (a, b) => a - b),
  Tanh: unary(to.tanh),
  Transpose: (n) => {
    const x = n.tensor(0);
    return to.permute(x, n.ints('perm') ?? x.shape.map((_, axis) => axis).toReversed());
  },
  Unsqueeze: unsqueezed,
  Where: (n) => to.where(n.tensor(0), n.tensor(1), n.tensor(2)),
};

export const READ = `Read are ${Object.keys(OPERATORS).join(', ')}.`;
