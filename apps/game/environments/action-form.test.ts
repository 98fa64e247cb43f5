import { environmentById } from '@dreampitch/sim';
import { expect, test } from 'vitest';
import { actionFormOf, actionOf, keyWords, restOf } from './action-form.ts';

const formOf = (id: string) => actionFormOf(environmentById(id)!);
const LEFT = { right: -1, ahead: 0 };
const RIGHT = { right: 1, ahead: 0 };
const AHEAD = { right: 0, ahead: 1 };
const NONE = { right: 0, ahead: 0 };

test.each([
  ['CartPole-v1', [[0], [1], null, null]],
  ['MountainCar-v0', [[0], [2], [1], [1]]],
  ['Pendulum-v1', [[-2], [2], [0], [0]]],
] as const)('arrow keys in %s', (id, wanted) => {
  expect([LEFT, RIGHT, AHEAD, NONE].map((keys) => actionOf(formOf(id), keys))).toEqual(wanted);
  expect(keyWords(formOf(id))).toBe('← →');
});

test('arrow keys drive two wheels: ahead, back, turning on the spot and on the way', () => {
  const form = formOf('soccer-1v1');
  const [left, right] = actionOf(form, RIGHT)!;
  expect(left).toBe(-right!);
  expect(left).toBeGreaterThan(0);
  expect(actionOf(form, AHEAD)).toEqual([102, 102]);
  expect(actionOf(form, { right: 0, ahead: -1 })).toEqual([-102, -102]);
  expect(actionOf(form, { right: 1, ahead: 1 })).toEqual([127, 38]);
  expect(actionOf(form, NONE)).toEqual([0, 0]);
});

test('what has no directions has no keys', () => {
  for (const id of ['Taxi-v4', 'FrozenLake-v1', 'reach-so101']) {
    expect(keyWords(formOf(id))).toBeNull();
  }
  expect(actionOf(formOf('reach-so101'), RIGHT)).toBeNull();
});

test('at rest an action is zero, or the nearest there is', () => {
  expect(restOf(formOf('reach-so101'))).toEqual([0, 0, 0, 0, 0, 0]);
  expect(
    restOf({ kind: 'numbers', whole: false, numbers: [{ name: 'a', low: 1, high: 2 }] }),
  ).toEqual([1]);
});
