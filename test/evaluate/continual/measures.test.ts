import { expect, test } from 'vitest';
import { measuresOf } from './measures.ts';

test('what is kept, forgotten, learned and left of three tasks', () => {
  const measures = measuresOf([
    [0.1, 0.2, 0], // before training
    [0.9, 0.3, 0],
    [0.95, 0.7, 0.1], // the first got better with the second
    [0.5, 0.2, 0.8],
  ]);
  // Of the first 0.4 of 0.8 are kept, of the second nothing.
  expect(measures.keptShare).toBeCloseTo(0.4 / 0.8 / 2);
  expect(measures.forgetting).toBeCloseTo((0.45 / 0.8 + 0.5 / 0.5) / 2);
  expect(measures.learned).toBeCloseTo((0.7 + 0.8) / 2);
  expect(measures.average).toBeCloseTo(0.5);
});
