import { expect, test } from 'vitest';
import { plus, quotient, remainder, times, variable } from './index-form.ts';
import { type Axis, digitsOf, runsByFour, strideOf } from './wasm-layout.ts';

const offsetOf = ({ digits }: Axis, index: number) =>
  digits.reduce(
    (total, { divide, modulo, stride }) => total + (Math.floor(index / divide) % modulo) * stride,
    0,
  );

test('pixels of several pictures in padded rows are digits of the column', () => {
  // [B, H, W] = [2, 6, 8] in pictures of 3 channels, 8 x 10 with their padding.
  const column = variable('column', 2 * 6 * 8);
  const [row, x] = [remainder(quotient(column, 8), 6), remainder(column, 8)];
  const place = plus(times(quotient(column, 48), 3 * 80), times(row, 10), x);
  const axis = digitsOf(place, [{ name: 'column', size: 96 }])!.axes[0]!;
  for (let i = 0; i < 96; i++) {
    const wanted = Math.floor(i / 48) * 240 + (Math.floor(i / 8) % 6) * 10 + (i % 8);
    expect(offsetOf(axis, i)).toBe(wanted);
  }
  expect(runsByFour(axis)).toBe(true);
  expect(strideOf(axis)).toBeNull();
});

test('digits that go on where others end are one stride', () => {
  const k = variable('k', 5 * 9);
  const place = plus(times(quotient(k, 9), 9), remainder(k, 9));
  expect(strideOf(digitsOf(place, [{ name: 'k', size: 45 }])!.axes[0]!)).toBe(1);
});

test('a quotient of two variables together is no digit', () => {
  const sum = plus(variable('a', 5), variable('b', 5));
  const names = ['a', 'b'].map((name) => ({ name, size: 5 }));
  expect(digitsOf(quotient(sum, 2), names)).toBeNull();
});
