import { expect, test } from 'vitest';
import { make } from './single-environment.ts';
import {
  frameStack,
  normaliseObservations,
  normaliseRewards,
  repeatActions,
  timeLimit,
} from './wrappers.ts';

test('a time limit truncates', async () => {
  using environment = timeLimit(await make('Pendulum-v1'), 5);
  environment.reset({ seed: 1 });
  const ends = [0, 0, 0, 0, 0].map((action) => environment.step(action).truncated);
  expect(ends).toEqual([false, false, false, false, true]);
  expect(() => environment.step(0)).toThrow('call reset()');
});

test('a repeated action is as many steps, with the rewards of all', async () => {
  using single = await make('Pendulum-v1');
  using fourfold = repeatActions(await make('Pendulum-v1'), 4);
  single.reset({ seed: 2 });
  fourfold.reset({ seed: 2 });
  let sum = 0;
  let last = single.step(1);
  sum += last.reward;
  for (let i = 0; i < 3; i++) {
    last = single.step(1);
    sum += last.reward;
  }
  const result = fourfold.step(1);
  expect(result.observation).toEqual(last.observation);
  expect(result.reward).toBeCloseTo(sum, 4);
});

test('stacked frames are the latest observations, oldest first', async () => {
  using plain = await make('CartPole-v1');
  using stacked = frameStack(await make('CartPole-v1'), 3);
  const first = [...(plain.reset({ seed: 3 }).observation as Float32Array)];
  expect([...(stacked.reset({ seed: 3 }).observation as Float32Array)]).toEqual([
    ...first,
    ...first,
    ...first,
  ]);
  const second = [...(plain.step(1).observation as Float32Array)];
  const result = stacked.step(1).observation as Float32Array;
  expect([...result]).toEqual([...first, ...first, ...second]);
  expect(stacked.observationSpace).toMatchObject({ kind: 'box', size: 12 });
});

test('normalised observations have about mean 0 and deviation 1', async () => {
  using environment = normaliseObservations(
    await make('MountainCar-v0', { rules: { stepsMax: 0 } }),
  );
  environment.reset({ seed: 4 });
  const seen: number[] = [];
  for (let step = 0; step < 4000; step++) {
    const { observation } = environment.step((step >> 4) % 3);
    if (step > 1000) seen.push((observation as Float32Array)[1]!);
  }
  const mean = seen.reduce((a, b) => a + b, 0) / seen.length;
  const deviation = Math.sqrt(seen.reduce((a, b) => a + (b - mean) ** 2, 0) / seen.length);
  expect(Math.abs(mean)).toBeLessThan(0.3);
  expect(deviation).toBeGreaterThan(0.7);
  expect(deviation).toBeLessThan(1.3);
});

test('normalised rewards are scaled, not shifted', async () => {
  using environment = normaliseRewards(await make('Pendulum-v1'), 0.99);
  environment.reset({ seed: 5 });
  const rewards = Array.from({ length: 150 }, () => environment.step(0).reward);
  expect(rewards.every((reward) => reward <= 0)).toBe(true);
  expect(Math.abs(rewards.at(-1)!)).toBeLessThan(2);
});
