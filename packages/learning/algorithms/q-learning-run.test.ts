import { openWasm } from '@dreampitch/compute';
import { environmentById } from '@dreampitch/sim';
import { expect, test } from 'vitest';
import { decodeTraining } from './checkpoint.ts';
import { QLearningRun, whyNotTable } from './q-learning-run.ts';

const lake = environmentById('FrozenLake-v1')!;
/** Ice that does not slip: the way of six steps is worth 1. */
const environment = { ...lake, rules: { ...lake.rules, slippery: 0 } };
const options = { stepsMax: 30_000 };

test('a table finds the way over the ice', async () => {
  using compute = await openWasm({ threadCount: 1 });
  using run = await QLearningRun.create(compute, { environment, options, seed: 1 });
  while (!run.isDone) await run.iteration();
  const returns = await run.evaluate({ episodes: 20, seed: 2, stepsMax: 100 });
  expect(returns).toEqual(Array.from({ length: 20 }, () => 1));
});

test('from a checkpoint it goes on as if nothing had been', async () => {
  using compute = await openWasm({ threadCount: 1 });
  using run = await QLearningRun.create(compute, { environment, options, seed: 3 });
  for (let i = 0; i < 4; i++) await run.iteration();
  const decoded = decodeTraining(await run.checkpoint());
  if (!decoded.ok) throw new Error(decoded.message);
  const { checkpoint } = decoded;
  using resumed = await QLearningRun.resume(compute, { environment, checkpoint });
  for (const one of [run, resumed]) for (let i = 0; i < 4; i++) await one.iteration();
  expect(resumed.steps).toBe(run.steps);
  expect(await resumed.checkpoint()).toEqual(await run.checkpoint());
});

test('what cannot be counted has no table, in words', () => {
  expect(whyNotTable(environmentById('CartPole-v1')!)).toContain('has box observations');
  expect(whyNotTable(environmentById('soccer-1v1')!)).toContain('has 2 agents');
});
