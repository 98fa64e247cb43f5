import { expect, test } from 'vitest';
import { observeFrame, startResolution } from './resolution.ts';
import type { Resolution } from './resolution.ts';

function run(state: Resolution, frameSeconds: number, frames: number): Resolution {
  let next = state;
  for (let i = 0; i < frames; i++) next = observeFrame(next, frameSeconds);
  return next;
}

test('slow frames draw fewer pixels within half a second, down to the last step', () => {
  expect(run(startResolution(4), 0.05, 20).step).toBe(1);
  expect(run(startResolution(4), 0.05, 1000).step).toBe(3);
});

test('one slow frame among good ones changes nothing', () => {
  let state = startResolution(4);
  for (let i = 0; i < 200; i++) state = run(observeFrame(state, 0.1), 1 / 60, 5);
  expect(state.step).toBe(0);
});

test('a sharpening that was too much is tried ever more rarely', () => {
  let state = startResolution(2, 1);
  state = run(state, 1 / 60, 600);
  expect(state.step).toBe(0);
  state = run(state, 0.05, 20);
  expect(state.step).toBe(1);
  expect(run(state, 1 / 60, 1100).step).toBe(1);
  expect(run(state, 1 / 60, 1200).step).toBe(0);
});

test('a tab that slept is no evidence', () => {
  expect(run(startResolution(3), 2, 100).step).toBe(0);
});
