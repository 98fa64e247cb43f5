import { openWasm, type WasmCompute } from '@dreampitch/compute';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { noise } from '../random/pcg.ts';
import {
  crossEntropy,
  layerNorm,
  linear,
  mean,
  meanSquaredError,
  relu,
  softmax,
} from './functions.ts';
import { gradients } from './gradient.ts';
import {
  add,
  concatenate,
  constant,
  gather,
  input,
  less,
  matmul,
  max,
  multiply,
  permute,
  reshape,
  sin,
  slice,
  state,
  stopGradient,
  subtract,
  sum,
  tanh,
  transpose,
  uniform,
} from './operators.ts';
import { adam } from './optimisers.ts';
import { Program } from './program.ts';
import type { Shape } from './shape.ts';
import { elementCount } from './shape.ts';
import type { Tensor } from './tensor.ts';

let compute: WasmCompute;
beforeAll(async () => {
  compute = await openWasm({ threadCount: 1 });
});
afterAll(() => compute[Symbol.dispose]());

const random = (shape: Shape, key: number) =>
  Float32Array.from({ length: elementCount(shape) }, (_, i) => noise(key, i));

describe('gradients are what finite differences say', () => {
  const SEED = 0x6e7;
  /** Functions of a [4, 6] and a [6, 3], each to any shape. */
  const functions: Record<string, (a: Tensor, b: Tensor) => Tensor> = {
    product: (a, b) => tanh(matmul(a, b)),
    'softmax of a transposed product': (a, b) => softmax(transpose(matmul(a, b))),
    'slices, joined': (a) =>
      sin(
        concatenate([slice(a, { axis: 1, start: 2 }), slice(a, { axis: 1, start: 0, end: 3 })], 1),
      ),
    'a maximum over an axis': (a) => max(multiply(a, a), { axes: [0] }),
    'reshaped and permuted': (a) => multiply(permute(reshape(a, [2, 2, 3, 2]), [3, 0, 2, 1]), 2),
    'a norm of a layer': (a, b) =>
      layerNorm(linear(a, { weight: transpose(b) }), { weight: constant(2) }),
    'a shared value': (a, b) => {
      const shared = tanh(matmul(a, b));
      return add(multiply(shared, shared), sum(shared, { axes: [1], keep: true }));
    },
    'rows looked up twice': (a) => tanh(gather(a, input('places', [5], 'u32'))),
  };

  test.each(Object.entries(functions))('%s', async (_, build) => {
    const [a, b] = [input('a', [4, 6]), input('b', [6, 3])];
    const value = build(a, b);
    // A different weight per element, so that no error cancels.
    const weights = input('weights', value.shape);
    const loss = sum(multiply(value, weights));
    const [da, db] = gradients(loss, [a, b]) as [Tensor, Tensor];
    using program = await Program.create(compute, { outputs: { loss, da, db } });
    const data = { a: random([4, 6], SEED), b: random([6, 3], SEED + 1) };
    const has = (name: string) => {
      try {
        return program.buffer(name) !== undefined;
      } catch {
        return false;
      }
    };
    program.write('weights', random(value.shape, SEED + 2));
    if (has('places')) program.write('places', Uint32Array.of(0, 3, 3, 1, 2));
    const lossAt = async () => {
      for (const name of ['a', 'b'] as const) if (has(name)) program.write(name, data[name]);
      program.run();
      return (await program.read('loss'))[0]!;
    };
    await lossAt();
    const analytic = { a: await program.read('da'), b: await program.read('db') };
    const step = 1 / 128;
    for (const name of ['a', 'b'] as const) {
      for (let i = 0; i < data[name].length; i += 5) {
        const before = data[name][i]!;
        data[name][i] = before + step;
        const above = await lossAt();
        data[name][i] = before - step;
        const below = await lossAt();
        data[name][i] = before;
        const slope = (above - below) / (2 * step);
        expect(Math.abs(slope - analytic[name][i]!)).toBeLessThan(
          5e-3 * Math.max(1, Math.abs(slope)),
        );
      }
    }
  });
});

/** Matrices [rows, columns] as [columns, rows]. */
const flipped = (from: Float32Array, rows: number, columns: number) =>
  from.map((_, i) => {
    const [batch, place] = [Math.floor(i / (rows * columns)), i % (rows * columns)];
    const [row, column] = [place % rows, Math.floor(place / rows)];
    return from[batch * rows * columns + row * columns + column]!;
  });

const SHAPES = [
  [1, 1, 1, 1],
  [1, 5, 3, 9],
  [3, 4, 8, 16],
  [2, 7, 1, 13],
  [1, 33, 17, 5],
  [2, 12, 20, 24],
  [1, 130, 1000, 11],
] as const;
test.each(SHAPES)(
  'products [%i, %i, %i] x [%i] come out right, transposed or not',
  async (B, M, K, N) => {
    const [a, b] = [input('a', [B, M, K]), input('b', [B, K, N])];
    const [at, bt] = [input('at', [B, K, M]), input('bt', [B, N, K])];
    const outputs = {
      plain: matmul(a, b),
      first: matmul(transpose(at), b),
      second: matmul(a, transpose(bt)),
      both: matmul(transpose(at), transpose(bt)),
    };
    using program = await Program.create(compute, { outputs });
    const data = { a: random([B, M, K], 1), b: random([B, K, N], 2) };
    program.write('a', data.a);
    program.write('b', data.b);
    program.write('at', flipped(data.a, M, K));
    program.write('bt', flipped(data.b, K, N));
    program.run();
    const expected = Float32Array.from({ length: B * M * N }, (_, i) => {
      const [batch, row, column] = [Math.floor(i / (M * N)), Math.floor(i / N) % M, i % N];
      let total = 0;
      for (let k = 0; k < K; k++) {
        total += data.a[(batch * M + row) * K + k]! * data.b[(batch * K + k) * N + column]!;
      }
      return total;
    });
    for (const name of Object.keys(outputs)) {
      const got = await program.read(name);
      expected.forEach((want, i) => expect(got[i], `${name} ${i}`).toBeCloseTo(want, 3));
    }
  },
);

test.each([
  [4, 3, 5],
  [13, 400, 9],
  [11, 7, 16],
  [130, 21, 3],
])('a layer [%i, %i] to %i, activated and masked, is one kernel', async (B, K, N) => {
  const [x, weight] = [input('x', [B, K]), input('weight', [N, K])];
  const [bias, mask] = [input('bias', [N]), input('mask', [B, N])];
  const y = multiply(relu(linear(x, { weight, bias })), less(0, mask));
  using program = await Program.create(compute, { outputs: { y } });
  expect(program.dispatches.length).toBe(1);
  const data = { x: [B, K], weight: [N, K], bias: [N], mask: [B, N] };
  const values = Object.entries(data).map(([name, shape], i) => {
    const one = random(shape, 20 + i);
    program.write(name, one);
    return one;
  });
  const [xs, ws, bs, ms] = values as [Float32Array, Float32Array, Float32Array, Float32Array];
  program.run();
  const got = await program.read('y');
  for (let i = 0; i < B * N; i++) {
    let total = bs[i % N]!;
    for (let k = 0; k < K; k++) total += xs[Math.floor(i / N) * K + k]! * ws[(i % N) * K + k]!;
    expect(got[i]).toBeCloseTo(ms[i]! > 0 ? Math.max(0, total) : 0, 3);
  }
});

test('a network learns a function, in memory that does not grow, the same for the same seed', async () => {
  const before = compute.arena.bufferCount;
  const train = async () => {
    const [x, target] = [input('x', [32, 2]), input('target', [32, 1])];
    const weights = {
      w1: state('w1', [16, 2]),
      b1: state('b1', [16]),
      w2: state('w2', [1, 16]),
      b2: state('b2', [1]),
    };
    const hidden = tanh(linear(x, { weight: weights.w1, bias: weights.b1 }));
    const loss = meanSquaredError(linear(hidden, { weight: weights.w2, bias: weights.b2 }), target);
    const names = Object.keys(weights) as (keyof typeof weights)[];
    const back = gradients(
      loss,
      names.map((name) => weights[name]),
    );
    const trained = names.map((name, i) => ({ name, weight: weights[name], gradient: back[i]! }));
    using program = await Program.create(compute, {
      outputs: { loss },
      updates: adam(trained, { rate: 0.02 }),
    });
    names.forEach((name, i) => program.write(name, random(weights[name].shape, 10 + i)));
    const points = random([32, 2], 3);
    program.write('x', points);
    const product = (_: unknown, i: number) => points[2 * i]! * points[2 * i + 1]!;
    program.write('target', Float32Array.from({ length: 32 }, product));
    program.run();
    const first = (await program.read('loss'))[0]!;
    const use = compute.arena;
    program.run(300);
    expect(compute.arena).toEqual(use);
    const last = (await program.read('loss'))[0]!;
    return { first, last, weights: await program.read('w1') };
  };
  const one = await train();
  expect(one.last).toBeLessThan(one.first / 20);
  expect(await train()).toEqual(one);
  expect(compute.arena.bufferCount).toBe(before);
});

test('new values of states are all computed from the old ones', async () => {
  const [a, b] = [state('a', [3]), state('b', [3])];
  const updates = [
    { state: a, value: add(b, 1) },
    { state: b, value: add(a, 10) },
  ];
  using program = await Program.create(compute, { outputs: {}, updates });
  program.write('a', Float32Array.of(1, 2, 3));
  program.write('b', Float32Array.of(100, 200, 300));
  program.run();
  expect([...(await program.read('a'))]).toEqual([101, 201, 301]);
  expect([...(await program.read('b'))]).toEqual([11, 12, 13]);
});

test('a state that is read at another place is not overwritten while it is read', async () => {
  const a = state('a', [2, 2]);
  const updates = [{ state: a, value: multiply(transpose(a), 1) }];
  using program = await Program.create(compute, { outputs: { before: add(a, 0) }, updates });
  program.write('a', Float32Array.of(1, 2, 3, 4));
  program.run();
  expect([...(await program.read('a'))]).toEqual([1, 3, 2, 4]);
  expect([...(await program.read('before'))]).toEqual([1, 2, 3, 4]);
});

test('what belongs to another program is used without a copy', async () => {
  const w = state('w', [4]);
  using one = await Program.create(compute, {
    outputs: {},
    updates: [{ state: w, value: add(w, 1) }],
  });
  const bound = { w: one.buffer('w') };
  using two = await Program.create(compute, { outputs: { twice: multiply(w, 2) }, bound });
  one.run(3);
  two.run();
  expect([...(await two.read('twice'))]).toEqual([6, 6, 6, 6]);
});

test('random numbers are in [0, 1), differ by stream, and repeat by seed', async () => {
  const seed = input('seed', [], 'u32');
  const shape = [1000];
  const outputs = {
    a: uniform(seed, { shape, stream: 1 }),
    b: uniform(seed, { shape, stream: 2 }),
  };
  using program = await Program.create(compute, { outputs });
  const drawn = async (value: number) => {
    program.write('seed', Uint32Array.of(value));
    program.run();
    return { a: await program.read('a'), b: await program.read('b') };
  };
  const first = await drawn(5);
  expect(first.a.every((value) => value >= 0 && value < 1)).toBe(true);
  const average = first.a.reduce((total, value) => total + value, 0) / 1000;
  expect(Math.abs(average - 0.5)).toBeLessThan(0.03);
  expect(first.a).not.toEqual(first.b);
  expect((await drawn(6)).a).not.toEqual(first.a);
  expect(await drawn(5)).toEqual(first);
});

test('a kernel never loads more than WebGPU binds', async () => {
  const inputs = Array.from({ length: 20 }, (_, i) => input(`i${i}`, [8]));
  const total = inputs.reduce((all, one) => add(all, one));
  using program = await Program.create(compute, { outputs: { total } });
  inputs.forEach((_, i) => program.write(`i${i}`, new Float32Array(8).fill(i)));
  program.run();
  expect([...(await program.read('total'))]).toEqual(Array.from({ length: 8 }, () => 190));
  expect(program.dispatches.length).toBeGreaterThan(2);
});

test('gradients stop where they are told to', async () => {
  const a = input('a', [3]);
  const loss = sum(multiply(stopGradient(a), a));
  using program = await Program.create(compute, { outputs: { da: gradients(loss, [a])[0]! } });
  program.write('a', Float32Array.of(1, 2, 3));
  program.run();
  expect([...(await program.read('da'))]).toEqual([1, 2, 3]);
});

test('shapes that do not fit name the operator, the shapes and the axis', () => {
  const [a, b] = [input('a', [2, 3]), input('b', [4, 3])];
  expect(() => matmul(a, b)).toThrow('matmul: [2, 3] x [4, 3]');
  expect(() => add(a, b)).toThrow('add: [2, 3] and [4, 3] do not broadcast at axis -2: 2, 4.');
  expect(() => reshape(a, [4, 2])).toThrow('reshape: [2, 3] does not fill [4, 2].');
  expect(() => sum(a, { axes: [2] })).toThrow('sum: there is no axis 2 in [2, 3].');
  expect(() => slice(a, { axis: 1, start: 2, end: 5 })).toThrow(
    'slice: 2 to 5 is not within axis 1',
  );
  expect(() => gradients(a, [a])).toThrow('gradients: of a tensor of shape [2, 3]');
  expect(() => crossEntropy(reshape(a, [6]), input('c', [6], 'u32'))).toThrow('crossEntropy');
});

test('a long sum is as exact as one in double precision, nearly', async () => {
  const count = 200_000;
  const x = input('x', [count]);
  using program = await Program.create(compute, {
    outputs: { mean: mean(relu(subtract(x, -0.5))) },
  });
  const data = random([count], 77);
  program.write('x', data);
  program.run();
  const exact = data.reduce((total, value) => total + Math.max(0, value + 0.5), 0) / count;
  expect(Math.abs((await program.read('mean'))[0]! - exact)).toBeLessThan(1e-6);
});
