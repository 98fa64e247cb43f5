import { expect, test } from 'vitest';
import { CURVE_POINTS_MAX, thinned } from './curve-points.ts';

test('a curve never grows beyond its limit and keeps its ends', () => {
  let curve: number[] = [];
  for (let i = 0; i < 10 * CURVE_POINTS_MAX; i++) {
    curve = thinned([...curve, i]);
    expect(curve.length).toBeLessThanOrEqual(CURVE_POINTS_MAX);
  }
  expect([curve[0], curve.at(-1)]).toEqual([0, 10 * CURVE_POINTS_MAX - 1]);
  expect(curve).toEqual(curve.toSorted((a, b) => a - b));
});
