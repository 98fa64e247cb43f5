/** For tests: a small training, steady in memory and repeatable to the bit, on both targets. */
import type { Compute } from '@dreampitch/compute';
import { expect } from 'vitest';
import { noise } from '../random/pcg.ts';
import { linear, meanSquaredError } from './functions.ts';
import { gradients } from './gradient.ts';
import { input, state, tanh } from './operators.ts';
import { adam } from './optimisers.ts';
import { Program } from './program.ts';
import { elementCount } from './shape.ts';

const STEPS = 300;

const random = (count: number, key: number) =>
  Float32Array.from({ length: count }, (_, i) => noise(key, i));

async function train(compute: Compute) {
  const [x, target] = [input('x', [32, 2]), input('target', [32, 1])];
  const [w1, b1] = [state('w1', [16, 2]), state('b1', [16])];
  const [w2, b2] = [state('w2', [1, 16]), state('b2', [1])];
  const hidden = tanh(linear(x, { weight: w1, bias: b1 }));
  const loss = meanSquaredError(linear(hidden, { weight: w2, bias: b2 }), target);
  const weights = Object.entries({ w1, b1, w2, b2 });
  const back = gradients(
    loss,
    weights.map(([, weight]) => weight),
  );
  const trained = weights.map(([name, weight], i) => ({ name, weight, gradient: back[i]! }));
  const updates = adam(trained, { rate: 0.02 });
  using program = await Program.create(compute, { outputs: { loss }, updates });
  weights.forEach(([name, { shape }], i) => {
    program.write(name, random(elementCount(shape), 10 + i));
  });
  const points = random(64, 3);
  program.write('x', points);
  const product = (_: unknown, i: number) => points[2 * i]! * points[2 * i + 1]!;
  program.write('target', Float32Array.from({ length: 32 }, product));
  program.run();
  const first = (await program.read('loss'))[0]!;
  const use = compute.arena;
  for (let i = 0; i < STEPS; i++) program.run();
  const last = (await program.read('loss'))[0]!;
  expect(compute.arena).toEqual(use);
  return { first, last, weights: await program.read('w1') };
}

export async function expectTraining(compute: Compute): Promise<void> {
  const before = compute.arena.bufferCount;
  const one = await train(compute);
  expect(one.last).toBeLessThan(one.first / 20);
  expect(await train(compute)).toEqual(one);
  expect(compute.arena.bufferCount).toBe(before);
}
