import { openWasm, type WasmCompute } from '@dreampitch/compute';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { noise } from '../random/pcg.ts';
import { bernoulli, categorical, normal, square, straightThrough } from './functions.ts';
import { gradients } from './gradient.ts';
import { cumulativeSum, topK } from './order.ts';
import { add, argmax, floor, input, multiply, state, subtract, sum } from './operators.ts';
import { cosineRate, movingAverage, muon } from './optimisers.ts';
import { Program } from './program.ts';
import type { Tensor } from './tensor.ts';

let compute: WasmCompute;
beforeAll(async () => {
  compute = await openWasm({ threadCount: 1 });
});
afterAll(() => compute[Symbol.dispose]());

type Data = Record<string, Float32Array | Uint32Array>;

async function computed(outputs: Record<string, Tensor>, data: Data) {
  using program = await Program.create(compute, { outputs });
  for (const [name, values] of Object.entries(data)) program.write(name, values);
  program.run();
  const read = Object.keys(outputs).map(async (name) => [name, [...(await program.read(name))]]);
  return Object.fromEntries(await Promise.all(read)) as Record<string, number[]>;
}

const random = (length: number, key: number) =>
  Float32Array.from({ length }, (_, i) => noise(key, i));

test('the largest elements come in order, with their places and their gradient', async () => {
  const x = input('x', [5, 7]);
  const { values, places } = topK(x, 3);
  const [dx] = gradients(sum(square(values)), [x]) as [Tensor];
  const data = random(35, 1);
  const out = await computed(
    { values, places, best: argmax(x), column: argmax(x, 0), dx },
    { x: data },
  );
  for (let row = 0; row < 5; row++) {
    const own = [...data.subarray(7 * row, 7 * row + 7)];
    const order = own.map((_, i) => i).toSorted((a, b) => own[b]! - own[a]!);
    expect(out['places']!.slice(3 * row, 3 * row + 3)).toEqual(order.slice(0, 3));
    expect(out['values']!.slice(3 * row, 3 * row + 3)).toEqual(
      order.slice(0, 3).map((i) => own[i]),
    );
    expect(out['best']![row]).toBe(order[0]);
    own.forEach((value, i) => {
      const wanted = order.indexOf(i) < 3 ? 2 * value : 0;
      expect(out['dx']![7 * row + i]).toBeCloseTo(wanted, 5);
    });
  }
  for (let i = 0; i < 7; i++) {
    const column = [0, 1, 2, 3, 4].map((row) => data[7 * row + i]!);
    expect(out['column']![i]).toBe(column.indexOf(Math.max(...column)));
  }
});

test.each([0, 1, 2])('sums up to each element along axis %i', async (axis) => {
  const x = input('x', [3, 4, 5]);
  const strides = [20, 5, 1];
  const data = random(60, 2);
  const { y } = await computed({ y: cumulativeSum(x, axis) }, { x: data });
  const wanted = [...data];
  const size = [3, 4, 5][axis]!;
  wanted.forEach((_, i) => {
    if (Math.floor(i / strides[axis]!) % size > 0) wanted[i]! += wanted[i - strides[axis]!]!;
  });
  wanted.forEach((value, i) => expect(y![i]).toBeCloseTo(value, 4));
});

test('chance has the moments it should have', async () => {
  const count = 20_000;
  const seed = input('seed', [], 'u32');
  const [p, logits] = [input('p', [count]), input('logits', [count, 3])];
  const outputs = {
    normal: normal(seed, { shape: [count], stream: 0 }),
    coin: bernoulli(p, seed, 1),
    class: categorical(logits, seed, 2),
  };
  const shares = [0.5, 0.3, 0.2];
  const out = await computed(outputs, {
    seed: Uint32Array.of(3),
    p: new Float32Array(count).fill(0.3),
    logits: Float32Array.from({ length: 3 * count }, (_, i) => Math.log(shares[i % 3]!)),
  });
  const mean = (values: number[]) => values.reduce((total, one) => total + one, 0) / count;
  expect(mean(out['normal']!)).toBeCloseTo(0, 1);
  expect(mean(out['normal']!.map((value) => value * value))).toBeCloseTo(1, 1);
  expect(Math.abs(mean(out['coin']!) - 0.3)).toBeLessThan(0.015);
  shares.forEach((share, c) => {
    const drawn = mean(out['class']!.map((one) => Number(one === c)));
    expect(Math.abs(drawn - share)).toBeLessThan(0.015);
  });
});

test('straight through: the value of one, the gradient of the other', async () => {
  const x = input('x', [3]);
  const y = straightThrough(floor(x), multiply(x, 2));
  const [dx] = gradients(sum(y), [x]) as [Tensor];
  const out = await computed({ y, dx }, { x: Float32Array.of(1.5, -0.5, 2.25) });
  expect(out['y']).toEqual([1, -1, 2]);
  expect(out['dx']).toEqual([2, 2, 2]);
});

test('a step of Muon is nearly orthogonal, whatever the gradient', async () => {
  const shape = [6, 10];
  const [weight, gradient] = [state('weight', shape), input('gradient', shape)];
  const updates = muon([{ name: 'w', weight, gradient }], { rate: 1, momentum: 0.95 });
  using program = await Program.create(compute, { outputs: {}, updates });
  program.write('gradient', random(60, 8));
  program.run();
  const step = (await program.read('weight')).map((value) => -value);
  for (let a = 0; a < 6; a++) {
    for (let b = 0; b < 6; b++) {
      let dot = 0;
      for (let k = 0; k < 10; k++) dot += step[10 * a + k]! * step[10 * b + k]!;
      // The iteration stops with singular values between about 0.7 and 1.2.
      if (a === b) expect(Math.abs(dot - 1)).toBeLessThan(0.55);
      else expect(Math.abs(dot)).toBeLessThan(0.4);
    }
  }
});

test('rates warm up and fall; averages follow their weights', async () => {
  const step = state('step', []);
  const rate = cosineRate(step, { rate: 1, warmUpSteps: 10, steps: 110, least: 0.1 });
  const weight = state('weight', [1]);
  const value = subtract(weight, -1);
  using program = await Program.create(compute, {
    outputs: { rate },
    updates: [
      { state: step, value: add(step, 1) },
      { state: weight, value },
      ...movingAverage([{ name: 'w', weight, value }], 0.9),
    ],
  });
  const rates: number[] = [];
  let average = 0;
  for (let i = 0; i < 120; i++) {
    program.run();
    rates.push((await program.read('rate'))[0]!);
    average = 0.9 * average + 0.1 * (i + 1);
  }
  expect(rates[0]).toBeCloseTo(0.1);
  expect(rates[9]).toBeCloseTo(1);
  expect(rates[60]).toBeCloseTo(0.55, 1);
  expect(rates[119]).toBeCloseTo(0.1);
  expect((await program.read('w.average'))[0]).toBeCloseTo(average, 3);
});
