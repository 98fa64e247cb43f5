import { openWasm, type WasmCompute } from '@dreampitch/compute';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { noise } from '../random/pcg.ts';
import { linear, mean, relu } from './functions.ts';
import { expectTraining } from './expect-training.ts';
import { gradients } from './gradient.ts';
import {
  add,
  input,
  less,
  matmul,
  multiply,
  state,
  stopGradient,
  subtract,
  sum,
  transpose,
  uniform,
} from './operators.ts';
import { Program } from './program.ts';
import type { Shape } from './shape.ts';
import { elementCount } from './shape.ts';

let compute: WasmCompute;
beforeAll(async () => {
  compute = await openWasm({ threadCount: 1 });
});
afterAll(() => compute[Symbol.dispose]());

const random = (shape: Shape, key: number) =>
  Float32Array.from({ length: elementCount(shape) }, (_, i) => noise(key, i));

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

test('a network learns a function, in memory that does not grow, the same for the same seed', () =>
  expectTraining(compute));

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
