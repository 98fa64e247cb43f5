import { expect, test } from 'vitest';
import { figureOf } from './figure.ts';

test('a figure is the median with its spread, whatever the order of measurement', () => {
  expect(figureOf('a', 'ms', [5, 1, 3])).toEqual({
    name: 'a',
    value: 3,
    unit: 'ms',
    spread: [1, 5],
  });
  expect(figureOf('a', 'ms', [4, 1, 3, 2]).value).toBe(2.5);
});

test('nothing measured is no figure', () => {
  expect(() => figureOf('a', 'ms', [])).toThrow('nothing was measured');
});
