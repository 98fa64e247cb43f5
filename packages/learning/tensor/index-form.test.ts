import { assert, integer, property, record } from 'fast-check';
import { expect, test } from 'vitest';
import {
  fixed,
  type Form,
  plus,
  quotient,
  remainder,
  textOf,
  times,
  variable,
} from './index-form.ts';

const [x, y] = [variable('x', 35), variable('y', 4)];

test('taking a place apart and putting it together again gives the place', () => {
  const place = plus(times(y, 35), x);
  const parts = [quotient(place, 35), quotient(remainder(place, 35), 7), remainder(place, 7)];
  expect(parts.map(textOf)).toEqual(['y', '(x / 7u)', '(x % 7u)']);
  const again = plus(times(parts[0]!, 35), times(parts[1]!, 7), parts[2]!);
  expect(textOf(again)).toBe('(x + y * 35u)');
});

test('what is known to be small needs no arithmetic', () => {
  expect(textOf(quotient(x, 35))).toBe('0u');
  expect(textOf(remainder(x, 35))).toBe('x');
  expect(textOf(quotient(plus(times(y, 70), x, fixed(70)), 70))).toBe('(y + 1u)');
  expect(textOf(variable('k', 1))).toBe('0u');
});

test('finer terms do not matter to a coarse quotient', () => {
  const place = plus(times(variable('a', 512), 128), variable('b', 128));
  expect(textOf(quotient(place, 4096))).toBe('(a / 32u)');
  expect(textOf(remainder(place, 4096))).toBe('((a % 32u) * 128u + b)');
  const again = plus(times(quotient(place, 4096), 4096), remainder(place, 4096));
  expect(textOf(again)).toBe('(a * 128u + b)');
});

test('a place before the start comes out as a subtraction, which wraps', () => {
  expect(textOf(plus(x, fixed(-3)))).toBe('(x - 3u)');
});

/** The text as JavaScript, whole-number division included. */
function evaluate(form: Form, at: { x: number; y: number }): number {
  const js = textOf(form)
    .replaceAll(/ \/ (\d+)u\)/g, ' / $1 | 0)')
    .replaceAll(/(\d)u\b/g, '$1');
  // The texts are what is tested, so they are run; a reader of ours would need a test of its own.
  // oxlint-disable-next-line typescript/no-implied-eval -- our own text, in a test
  return new Function('x', 'y', `return ${js};`)(at.x, at.y) as number;
}

test('whatever is simplified, the number stays the same', () => {
  const sizes = integer({ min: 1, max: 40 });
  const inputs = { x: integer({ min: 0, max: 34 }), y: integer({ min: 0, max: 3 }) };
  assert(
    property(record({ ...inputs, a: sizes, b: sizes, by: sizes, constant: sizes }), (o) => {
      const form = plus(times(x, o.a), times(y, o.b), fixed(o.constant));
      const value = o.x * o.a + o.y * o.b + o.constant;
      expect(evaluate(quotient(form, o.by), o)).toBe(Math.floor(value / o.by));
      expect(evaluate(remainder(form, o.by), o)).toBe(value % o.by);
      const whole = plus(times(quotient(form, o.by), o.by), remainder(form, o.by));
      expect(evaluate(whole, o)).toBe(value);
    }),
  );
});
