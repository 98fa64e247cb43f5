import { openWasm } from '@dreampitch/compute';
import { returnsOf } from '@dreampitch/learning';
import { idlePolicy, soccer } from '@dreampitch/sim';
import { expect, test } from 'vitest';
import { meanOf } from '../zoo/statistics.ts';
import { resultsOnly, TASKS } from './tasks.ts';

test('the drills are seen and played as soccer-1v1 is, by one robot', () => {
  const { observationSpace, actionSpace } = soccer(1);
  for (const task of TASKS) {
    expect(task).toMatchObject({ agentCount: 1, actionSpace });
    expect(task.observationSpace).toMatchObject({ names: soccerNames(observationSpace) });
  }
});

const soccerNames = (space: object) => (space as { names?: readonly string[] }).names;

test('who stands still scores nothing, concedes what is shot, and does not come back', async () => {
  using compute = await openWasm({ threadCount: 1 });
  const means: number[] = [];
  for (const task of TASKS) {
    const o = { environment: resultsOnly(task), policy: idlePolicy, episodes: 100 };
    const returns = await returnsOf(compute, { ...o, seed: 1, stepsMax: 400 });
    expect(returns.every((value) => value === 0 || Math.abs(value) === 1)).toBe(true);
    means.push(meanOf(returns));
  }
  const [shoot, keep, back] = means;
  expect(shoot).toBe(0);
  expect(keep).toBeLessThan(-0.5); // some shots meet it
  expect(back).toBe(0);
});
