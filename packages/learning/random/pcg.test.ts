import { expect, test } from 'vitest';
import { noise, pcgHash, pcgHashOf, uniformBelow } from './pcg.ts';

test('hashes nest as the kernels nest them', () => {
  expect(pcgHashOf(7)).toBe(pcgHash(7));
  expect(pcgHashOf(7, 9)).toBe(pcgHash((pcgHash(7) + 9) >>> 0));
  expect(pcgHashOf(7, 9, 11)).toBe(pcgHash((pcgHashOf(7, 9) + 11) >>> 0));
});

test('numbers below a count come out about equally often', () => {
  const counts = [0, 0, 0, 0, 0];
  for (let i = 0; i < 10_000; i++) counts[uniformBelow(pcgHashOf(1, i), 5)]!++;
  for (const count of counts) expect(Math.abs(count - 2000)).toBeLessThan(200);
});

test('noise has mean 0, variance 1 and no correlation between neighbours', () => {
  const count = 100_000;
  let sum = 0;
  let squares = 0;
  let neighbours = 0;
  let last = 0;
  for (let i = 0; i < count; i++) {
    const value = noise(5, i);
    sum += value;
    squares += value * value;
    neighbours += value * last;
    last = value;
  }
  expect(Math.abs(sum / count)).toBeLessThan(0.012);
  expect(Math.abs(squares / count - 1)).toBeLessThan(0.015);
  expect(Math.abs(neighbours / count)).toBeLessThan(0.012);
});
