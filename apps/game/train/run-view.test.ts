import { expect, test } from 'vitest';
import { RUN_FOR_TESTS } from '../storage/run-for-tests.ts';
import type { RunPoint, RunRow } from '../storage/run-rows.ts';
import { metricName, metricsOf, styleOf } from './metrics.ts';
import { latest, secondsLeft, shareDone, stateOf, viewOf } from './run-view.ts';

const ROW: RunRow = { ...RUN_FOR_TESTS, id: 1, steps: 250, seconds: 5, savedAt: 1 };

test('the time left follows from the pace so far, or from the time that was set', () => {
  const bySteps = viewOf(ROW);
  expect([shareDone(bySteps), secondsLeft(bySteps)]).toEqual([0.25, 15]);
  const byTime = viewOf({ ...ROW, recipe: { ...ROW.recipe, goalSeconds: 20 } });
  expect([shareDone(byTime), secondsLeft(byTime)]).toEqual([0.25, 15]);
  expect(secondsLeft(viewOf({ ...ROW, steps: 0, seconds: 0 }))).toBeNull();
});

test('a resting run is what became of it', () => {
  expect(stateOf(viewOf(ROW))).toBe('paused');
  expect(stateOf(viewOf({ ...ROW, outcome: 'failed' }))).toBe('failed');
  expect(stateOf({ ...viewOf(ROW), activity: 'running' })).toBe('running');
});

test('metrics: what matters most first, counters are none, names in words', () => {
  const points: RunPoint[] = [
    { steps: 1, seconds: 1, values: { policyLoss: 1, episodes: 2 } },
    { steps: 2, seconds: 2, values: { policyLoss: 2, meanReturn: 9, episodes: 3 } },
  ];
  expect(metricsOf([points])).toEqual(['meanReturn', 'policyLoss']);
  expect(metricName('policyLoss')).toBe('Policy loss');
  expect([latest(points, 'meanReturn'), latest(points, 'winRate')]).toEqual([9, null]);
});

test('the first nine runs look different', () => {
  const styles = Array.from({ length: 9 }, (_, n) => JSON.stringify(styleOf(n)));
  expect(new Set(styles).size).toBe(9);
});
