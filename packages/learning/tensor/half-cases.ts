/** For tests: halves on both targets, against JavaScript's own. */
import type { Compute } from '@dreampitch/compute';
import { expect } from 'vitest';
import { noise } from '../random/pcg.ts';
import { linear, mean, relu, softmax, square } from './functions.ts';
import { gradients } from './gradient.ts';
import { scaledLoss } from './loss-scale.ts';
import {
  add,
  divide,
  exp,
  gather,
  input,
  matmul,
  max,
  multiply,
  slice,
  state,
  subtract,
  sum,
  tanh,
  toFloat,
  toHalf,
  transpose,
} from './operators.ts';
import { sgd } from './optimisers.ts';
import { Program } from './program.ts';
import type { Tensor } from './tensor.ts';

const random = (count: number, key: number) =>
  Float32Array.from({ length: count }, (_, i) => noise(key, i));
const halves = (values: Iterable<number>) => [...Float16Array.from(values)];

const h = (value: number) => new Float16Array([value])[0]!;

async function roundsAsJavaScript(compute: Compute): Promise<void> {
  const values = [
    0,
    -0,
    1,
    1 / 3,
    65504,
    65519.99,
    65520,
    -1e9,
    6e-8,
    2.9e-8,
    3e-8,
    6.1e-5,
    5.97e-5,
  ];
  const data = Float32Array.of(...values, Infinity, -Infinity, NaN, ...random(1000, 3), 0.1);
  const x = input('x', [data.length]); // an odd count of them
  const half = toHalf(x);
  const outputs = {
    half,
    back: toFloat(half),
    twice: multiply(half, 2),
    shifted: slice(half, { axis: 0, start: 3 }),
  };
  using program = await Program.create(compute, { outputs });
  program.write('x', data);
  program.run();
  const want = halves(data);
  expect([...(await program.read('half'))]).toEqual(want);
  expect([...(await program.read('back'))]).toEqual(want);
  expect([...(await program.read('twice'))]).toEqual(halves(want.map((one) => 2 * one)));
  expect([...(await program.read('shifted'))]).toEqual(want.slice(3));
}

async function roundsAfterEachOperator(compute: Compute): Promise<void> {
  const [a, b] = [input('a', [5, 3], 'f16'), input('b', [3], 'f16')];
  const outputs = {
    chain: subtract(multiply(add(a, b), 0.1), divide(a, 3)),
    sums: sum(a, { axes: [1] }),
    most: max(multiply(a, b), { axes: [0] }),
  };
  using program = await Program.create(compute, { outputs });
  const [as, bs] = [halves(random(15, 1)), halves(random(3, 2))];
  program.write('a', Float32Array.from(as));
  program.write('b', Float32Array.from(bs));
  program.run();
  const chain = as.map((one, i) => h(h(h(one + bs[i % 3]!) * h(0.1)) - h(one / 3)));
  const got = await program.read('chain');
  // An adapter that computes with halves may keep a product unrounded for the difference after it.
  if (compute.hasF16) near(got, chain, 2 ** -10);
  else expect([...got]).toEqual(chain);
  const sums = [0, 1, 2, 3, 4].map((row) => h(as[3 * row]! + as[3 * row + 1]! + as[3 * row + 2]!));
  expect([...(await program.read('sums'))]).toEqual(sums);
  const most = [0, 1, 2].map((c) =>
    Math.max(...[0, 1, 2, 3, 4].map((r) => h(as[3 * r + c]! * bs[c]!))),
  );
  expect([...(await program.read('most'))]).toEqual(most);
}

/** A network of halves: its gradients are those of f32, to the precision of halves. */
async function gradientsGoThroughCasts(compute: Compute): Promise<void> {
  const shapes = { x: [6, 5], w: [7, 5], v: [4, 7], table: [3, 7] };
  const places = input('places', [6], 'u32');
  const of = Object.entries(shapes).map(([name, shape]) => input(name, shape));
  const outputs: Record<string, Tensor> = {};
  for (const cast of [toHalf, (one: Tensor) => one]) {
    const [x, w, v, table] = of.map(cast) as [Tensor, Tensor, Tensor, Tensor];
    const hidden = tanh(add(linear(x, { weight: w }), gather(table, places)));
    const y = softmax(linear(relu(add(hidden, 0.3)), { weight: v }));
    const all = multiply(exp(y), transpose(y).shape[0]!);
    const loss = sum(square(toFloat(all)));
    const name = cast === toHalf ? 'half' : 'full';
    gradients(loss, of).forEach((one, i) => (outputs[`${name} ${i}`] = one));
  }
  using program = await Program.create(compute, { outputs });
  Object.entries(shapes).forEach(([name, shape], i) => {
    program.write(
      name,
      random(
        shape.reduce((a, b) => a * b),
        5 + i,
      ),
    );
  });
  program.write('places', Uint32Array.of(0, 2, 1, 1, 0, 2));
  program.run();
  for (const i of of.keys()) {
    const [half, full] = [await program.read(`half ${i}`), await program.read(`full ${i}`)];
    const size = Math.max(...full.map(Math.abs));
    full.forEach((want, k) =>
      expect(Math.abs(half[k]! - want)).toBeLessThan(0.01 * Math.max(1, size)),
    );
    expect(half).not.toEqual(full);
  }
}

function near(got: Float32Array, want: readonly number[], tolerance: number): void {
  want.forEach((one, i) => expect(Math.abs(got[i]! - one)).toBeLessThan(tolerance));
}

/** Whole fours and odd sizes; along the depth, across it, and neither. */
async function multipliesHalves(compute: Compute): Promise<void> {
  for (const [rows, depth, columns] of [
    [16, 8, 24],
    [5, 3, 7],
    [8, 5, 12],
  ] as const) {
    const a = input('a', [rows, depth], 'f16');
    const b = input('b', [columns, depth], 'f16');
    const c = input('c', [depth, columns]);
    const outputs = {
      straight: matmul(transpose(toFloat(transpose(a))), c), // one of halves, one of f32
      turned: matmul(toFloat(a), transpose(toFloat(b))),
      halves: matmul(a, transpose(b)),
    };
    using program = await Program.create(compute, { outputs });
    const [as, bs] = [halves(random(rows * depth, 1)), halves(random(columns * depth, 2))];
    program.write('a', Float32Array.from(as));
    program.write('b', Float32Array.from(bs));
    const cs = random(depth * columns, 3);
    program.write('c', cs);
    program.run();
    const dots = (other: (k: number, j: number) => number) =>
      Array.from({ length: rows * columns }, (_, at) => {
        const [i, j] = [Math.floor(at / columns), at % columns];
        let sum = 0;
        for (let k = 0; k < depth; k++) sum += as[i * depth + k]! * other(k, j);
        return sum;
      });
    const turned = dots((k, j) => bs[j * depth + k]!);
    near(
      await program.read('straight'),
      dots((k, j) => cs[k * columns + j]!),
      1e-5,
    );
    near(await program.read('turned'), turned, 1e-5);
    near(await program.read('halves'), turned, 0.01); // rounded at the end, once
  }
}

async function savesMemory(compute: Compute): Promise<void> {
  const bytes = async (cast: (one: Tensor) => Tensor) => {
    const weights = Array.from({ length: 8 }, (_, i) => state(`w${i}`, [64, 64]));
    let h = cast(input('x', [256, 64]));
    for (const weight of weights) h = tanh(linear(h, { weight: cast(weight) }));
    const loss = mean(square(toFloat(h)));
    const named = gradients(loss, weights).map((gradient, i) => {
      return { name: `w${i}`, weight: weights[i]!, gradient };
    });
    const updates = sgd(named, { rate: 0.1, momentum: 0, nesterov: false });
    using program = await Program.create(compute, { outputs: { loss }, updates });
    program.run();
    return program.bytes - 4 * (256 * 64 + 8 * 64 * 64); // without inputs and states
  };
  expect(await bytes(toHalf)).toBeLessThan(0.9 * (await bytes((one) => one)));
}

/** A slope of 1e-9 is 0 in halves, unless the loss is scaled; one of 1e6 is infinite until it is not. */
async function scalesTheLoss(compute: Compute): Promise<void> {
  const [weight, slope] = [state('w', [2]), input('slope', [])];
  const loss = multiply(sum(toFloat(toHalf(weight))), slope);
  const updates = scaledLoss(loss, [weight], {
    growthSteps: 3,
    updates: ([gradient]) =>
      sgd([{ name: 'w', weight, gradient: gradient! }], { rate: 1, momentum: 0, nesterov: false }),
  });
  using program = await Program.create(compute, { outputs: { loss }, updates });
  const step = async (size: number) => {
    program.write('slope', Float32Array.of(size));
    program.run();
    const [w, scale] = [await program.read('w'), await program.read('loss.scale')];
    return { w: w[0]!, scale: scale[0]! };
  };
  const small = await step(1e-9);
  expect(small.w).toBeCloseTo(-1e-9, 11);
  expect(small.scale).toBe(2 ** 16);
  const skipped = [await step(3), await step(3)];
  expect(skipped.map(({ w }) => w)).toEqual([small.w, small.w]); // 3 * 65536, 3 * 32768: infinite
  expect(skipped.map(({ scale }) => scale)).toEqual([2 ** 15, 2 ** 14]);
  expect((await step(3)).w).toBeCloseTo(-3, 2);
  for (let i = 0; i < 2; i++) await step(1e-3);
  expect((await step(1e-3)).scale).toBe(2 ** 15);
}

export const HALF_CASES = [
  ['halves are rounded as JavaScript rounds them', roundsAsJavaScript],
  ['what is computed of halves is rounded after each operator', roundsAfterEachOperator],
  ['products of halves are summed as f32', multipliesHalves],
  ['gradients go through casts', gradientsGoThroughCasts],
  ['halves take less memory', savesMemory],
  ['a scaled loss keeps small gradients, and leaves out steps that overflow', scalesTheLoss],
] as const;
