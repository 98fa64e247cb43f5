/** For tests: values and shapes at the edge, with what comes of them, on both targets alike. */
import type { Compute } from '@dreampitch/compute';
import { expect } from 'vitest';
import { pcgHashOf } from '../random/pcg.ts';
import {
  clamp,
  crossEntropy,
  gatherLast,
  logSoftmax,
  mean,
  relu,
  softmax,
  softplus,
  straightThrough,
} from './functions.ts';
import { gradients } from './gradient.ts';
import {
  add,
  argmax,
  constant,
  divide,
  exp,
  gather,
  input,
  log,
  matmul,
  max,
  maximum,
  min,
  minimum,
  multiply,
  pad,
  scatterAdd,
  sigmoid,
  sqrt,
  sum,
  tanh,
  transpose,
  uniform,
  where,
} from './operators.ts';
import { cumulativeSum, topK } from './order.ts';
import { Program } from './program.ts';
import type { Tensor } from './tensor.ts';

const { NaN: none, POSITIVE_INFINITY: infinity } = Number;

type EdgeCase = {
  readonly inputs: Readonly<Record<string, Float32Array | Uint32Array>>;
  readonly shapes?: Readonly<Record<string, readonly number[]>>;
  readonly build: (of: (name: string) => Tensor) => Record<string, Tensor>;
  /** Of the first elements of each result. */
  readonly expected: Readonly<Record<string, readonly number[]>>;
};

const floats = (...values: number[]) => Float32Array.of(...values);
/** Ones, with another value at one place of each row and column. */
const diagonal = (size: number, value: number) =>
  Float32Array.from({ length: size * size }, (_, i) => (i % (size + 1) === 0 ? value : 1));
const slope = (y: Tensor, x: Tensor) => gradients(sum(y), [x])[0]!;

export const EDGE_CASES: Readonly<Record<string, EdgeCase>> = {
  'exponentials overflow to infinity, underflow to 0, and keep NaN': {
    inputs: { x: floats(0, 1, 88.5, 89, 1e30, infinity, -104, -1e30, -infinity, none) },
    build: (of) => ({ y: exp(of('x')) }),
    expected: {
      y: [1, Math.E, Math.exp(88.5), infinity, infinity, infinity, 0, 0, 0, none],
    },
  },
  'logarithms of 0, of less, of infinity and of NaN are what IEEE 754 says': {
    inputs: { x: floats(1, 1e-30, 3e38, 0, -0, -1, -infinity, infinity, none) },
    build: (of) => ({ y: log(of('x')) }),
    expected: {
      y: [0, Math.log(1e-30), Math.log(3e38), -infinity, -infinity, none, none, infinity, none],
    },
  },
  'activations saturate, and keep NaN': {
    inputs: { x: floats(-infinity, -1e30, -50, 0, 50, 1e30, infinity, none) },
    build: (of) => ({
      tanh: tanh(of('x')),
      sigmoid: sigmoid(of('x')),
      relu: relu(of('x')),
      softplus: softplus(of('x')),
      clamped: clamp(of('x'), -2, 3),
      other: maximum(0, of('x')),
    }),
    expected: {
      tanh: [-1, -1, -1, 0, 1, 1, 1, none],
      sigmoid: [0, 0, 0, 0.5, 1, 1, 1, none],
      relu: [0, 0, 0, 0, 50, 1e30, infinity, none],
      softplus: [0, 0, 0, Math.log(2), 50, 1e30, infinity, none],
      clamped: [-2, -2, -2, 0, 3, 3, 3, none],
      other: [0, 0, 0, 0, 50, 1e30, infinity, none],
    },
  },
  'softplus and sigmoid have their slope at 0': {
    inputs: { x: floats(0, 100, -100) },
    build: (of) => ({ a: slope(softplus(of('x')), of('x')), b: slope(sigmoid(of('x')), of('x')) }),
    expected: { a: [0.5, 1, 0], b: [0.25, 0, 0] },
  },
  'softmax takes any finite numbers, and minus infinity': {
    inputs: {
      x: floats(1e30, -1e30, 0, -infinity, -3e38, -3e38, -3e38, -3e38, 7, 7, 7, -infinity),
    },
    shapes: { x: [3, 4] },
    build: (of) => ({ y: softmax(of('x')), z: logSoftmax(of('x')) }),
    expected: {
      y: [1, 0, 0, 0, 0.25, 0.25, 0.25, 0.25, 1 / 3, 1 / 3, 1 / 3, 0],
      z: [0, -2e30, -1e30, -infinity, ...Array.from({ length: 4 }, () => -Math.log(4))],
    },
  },
  'the loss of a class beside one that is impossible': {
    inputs: { x: floats(-infinity, 1, 1), c: Uint32Array.of(2) },
    shapes: { x: [1, 3] },
    build: (of) => ({
      y: crossEntropy(of('x'), of('c')),
      dx: gradients(crossEntropy(of('x'), of('c')), [of('x')])[0]!,
    }),
    expected: { y: [Math.log(2)], dx: [0, 0.5, -0.5] },
  },
  'equal maxima and minima share the gradient': {
    inputs: { x: floats(2, 1, 2, 2), a: floats(1, 5), b: floats(1, 3) },
    build: (of) => ({
      dx: slope(max(of('x')), of('x')),
      da: slope(maximum(of('a'), of('b')), of('a')),
      db: slope(minimum(of('a'), of('b')), of('b')),
      place: argmax(of('x')),
    }),
    expected: { dx: [1 / 3, 0, 1 / 3, 1 / 3], da: [0.5, 1], db: [0.5, 1], place: [0] },
  },
  'a maximum of nothing but minus infinity, and one with NaN in it': {
    inputs: { x: floats(-infinity, -infinity, 1, none, 3, 2) },
    shapes: { x: [3, 2] },
    build: (of) => ({ y: max(of('x'), { axes: [1] }), z: min(of('x'), { axes: [1] }) }),
    expected: { y: [-infinity, none, 3], z: [-infinity, none, 2] },
  },
  'the largest of equal ones and of minus infinities, each taken once': {
    inputs: { x: floats(1, -infinity, 1, -infinity) },
    build: (of) => ({ values: topK(of('x'), 4).values, places: topK(of('x'), 4).places }),
    expected: { values: [1, 1, -infinity, -infinity], places: [0, 2, 1, 3] },
  },
  'maxima and sums of rows of 8, 6 and 7, with NaN or infinity at each place': {
    inputs: Object.fromEntries(
      [8, 6, 7].flatMap((size) => [
        [`nan${size}`, diagonal(size, none)],
        [`high${size}`, diagonal(size, infinity)],
      ]),
    ),
    shapes: Object.fromEntries(
      [8, 6, 7].flatMap((size) => [
        [`nan${size}`, [size, size]],
        [`high${size}`, [size, size]],
      ]),
    ),
    build: (of) =>
      Object.fromEntries(
        [8, 6, 7].flatMap((size) => [
          [`max${size}`, max(of(`nan${size}`), { axes: [1] })],
          [`of columns${size}`, max(of(`nan${size}`), { axes: [0] })],
          [`sum${size}`, sum(of(`nan${size}`), { axes: [1] })],
          [`highest${size}`, max(of(`high${size}`), { axes: [1] })],
          [`sum of high${size}`, sum(of(`high${size}`), { axes: [0] })],
        ]),
      ),
    expected: Object.fromEntries(
      [8, 6, 7].flatMap((size) =>
        Object.entries({
          max: none,
          'of columns': none,
          sum: none,
          highest: infinity,
          'sum of high': infinity,
        }).map(([name, value]) => [name + size, Array<number>(size).fill(value)]),
      ),
    ),
  },
  'what is not chosen does not matter, NaN or not': {
    inputs: { x: floats(none, 2, infinity), c: floats(0, 1, 0), p: Uint32Array.of(1) },
    build: (of) => ({
      y: where(of('c'), of('x'), 5),
      dx: slope(where(of('c'), multiply(of('x'), of('x')), 5), of('x')),
      one: gatherLast(of('x'), of('p')),
    }),
    expected: { y: [5, 2, 5], one: [2] },
  },
  'sums up to a place do not see what comes after it': {
    inputs: { x: floats(1, 2, infinity, none) },
    build: (of) => ({ y: cumulativeSum(of('x')) }),
    expected: { y: [1, 3, infinity, none] },
  },
  'places beyond the rows: the last one is looked up, nothing is added': {
    inputs: { x: floats(1, 2, 3), p: Uint32Array.of(2, 7, 0, 2) },
    build: (of) => ({
      y: gather(of('x'), of('p')),
      dx: slope(gather(of('x'), of('p')), of('x')),
      added: scatterAdd(gather(of('x'), of('p')), of('p'), 3),
    }),
    expected: { y: [3, 3, 1, 3], dx: [1, 0, 3], added: [1, 0, 6] },
  },
  'whole numbers add up as whole numbers': {
    inputs: { x: Uint32Array.of(4_000_000_000, 100_000_001, 3, 0) },
    shapes: { x: [2, 2] },
    build: (of) => ({
      y: sum(of('x'), { axes: [0] }),
      z: max(of('x'), { axes: [1] }),
      w: where(of('x'), add(of('x'), 1), 9),
    }),
    expected: {
      y: [4_000_000_003, 100_000_001],
      z: [4_000_000_000, 3],
      w: [4_000_000_001, 100_000_002, 4, 9],
    },
  },
  'straight through, the value is the value to the bit': {
    inputs: { x: floats(1e20, -3) },
    build: (of) => ({ y: straightThrough(constant(0.1), of('x')) }),
    expected: { y: [Math.fround(0.1), Math.fround(0.1)] },
  },
  'numbers without axes': {
    inputs: { x: floats(4) },
    shapes: { x: [] },
    build: (of) => ({
      y: sqrt(of('x')),
      dx: gradients(sqrt(of('x')), [of('x')])[0]!,
      z: sum(max(softplus(of('x')))),
      m: mean(divide(of('x'), 8)),
    }),
    expected: { y: [2], dx: [0.25], z: [Math.log(1 + Math.exp(4))], m: [0.5] },
  },
  'more elements along one axis than workgroups cover, a prime number of them': {
    inputs: { x: new Float32Array(300_007).fill(0.1) },
    build: (of) => ({
      total: sum(of('x')),
      most: max(add(of('x'), 1)),
      rows: sum(pad(multiply(of('x'), 2), [[0, 3]])),
    }),
    expected: { total: [30_000.7], most: [1.1], rows: [60_001.4] },
  },
  'a sum over the long axis of a table': {
    inputs: { x: new Float32Array(3 * 100_003).fill(0.1) },
    shapes: { x: [100_003, 3] },
    build: (of) => ({ y: sum(of('x'), { axes: [0] }) }),
    expected: { y: [10_000.3, 10_000.3, 10_000.3] },
  },
  'a product of vectors, and one with a single column': {
    inputs: { a: floats(1, 2, 3), b: floats(4, 5, 6) },
    shapes: { a: [1, 3], b: [3, 1] },
    build: (of) => ({ inner: matmul(of('a'), of('b')), outer: matmul(of('b'), of('a')) }),
    expected: { inner: [32], outer: [4, 8, 12, 5, 10, 15, 6, 12, 18] },
  },
  'random numbers are those of the counter, to the bit': {
    inputs: { seed: Uint32Array.of(5) },
    shapes: { seed: [] },
    build: (of) => ({ y: uniform(of('seed'), { shape: [4], stream: 3 }) }),
    expected: {
      y: [0, 1, 2, 3].map((i) => {
        const streamed = (5 + Math.imul(3, 0x9e3779b1)) >>> 0;
        return (pcgHashOf(streamed, i) >>> 8) / 2 ** 24;
      }),
    },
  },
  'a product of more rows than workgroups cover': {
    inputs: { a: new Float32Array(2 * 300_001).fill(0.5), b: floats(1, 2, 3, 4, 5, 6) },
    shapes: { a: [300_001, 2], b: [2, 3] },
    build: (of) => ({
      y: max(matmul(of('a'), of('b')), { axes: [0] }),
      all: min(matmul(of('a'), of('b'))),
    }),
    expected: { y: [2.5, 3.5, 4.5], all: [2.5] },
  },
  'more products than workgroups cover': {
    inputs: { a: new Float32Array(2 * 70_001).fill(0.5), b: floats(1, 2) },
    shapes: { a: [70_001, 1, 2], b: [2, 1] },
    build: (of) => ({
      least: min(matmul(of('a'), of('b'))),
      own: min(matmul(of('a'), multiply(transpose(of('a')), 2))),
    }),
    expected: { least: [1.5], own: [1] },
  },
};

export async function expectEdge(compute: Compute, edge: EdgeCase): Promise<void> {
  const made = new Map<string, Tensor>();
  for (const [name, data] of Object.entries(edge.inputs)) {
    const type = data instanceof Uint32Array ? 'u32' : 'f32';
    made.set(name, input(name, edge.shapes?.[name] ?? [data.length], type));
  }
  const outputs = edge.build((name) => made.get(name)!);
  using program = await Program.create(compute, { outputs });
  for (const [name, data] of Object.entries(edge.inputs)) program.write(name, data);
  program.run();
  for (const [name, wanted] of Object.entries(edge.expected)) {
    const got = [...(await program.read(name))].slice(0, wanted.length);
    const wrong = wanted.filter((want, i) => !isClose(got[i]!, want));
    expect(wrong, `${name}: ${got.join(', ')}`).toEqual([]);
  }
}

function isClose(got: number, want: number): boolean {
  if (Object.is(got, want) || got === want) return true;
  return Math.abs(got - want) <= 1e-5 * Math.max(1, Math.abs(want));
}
