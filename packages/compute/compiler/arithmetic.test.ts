import { describe, expect, test } from 'vitest';
import { evaluate } from './run-kernel.ts';

const I32 = { input: 'i32', output: 'i32' } as const;
const U32 = { input: 'u32', output: 'u32' } as const;
const F32 = { input: 'f32', output: 'f32' } as const;

const MIN = -(2 ** 31);
const MAX = 2 ** 31 - 1;
const UMAX = 2 ** 32 - 1;
const f = Math.fround;

const INTEGERS = [0, 1, -1, 2, -2, 3, -7, 10, 31, 32, 33, 1000, -1000, 65_537, MAX, MIN, MIN + 1];
const UNSIGNED = [0, 1, 2, 3, 7, 10, 31, 32, 33, 1000, 65_537, MAX, 2 ** 31, UMAX - 1, UMAX];
const FLOATS = [0, -0, 1, -1, 0.1, -0.3, 1.5, 2.5, -2.5, 3.7, 1e-3, -1e5, 1e30, 16_777_217, 8.5e-8];

const pairs = (values: readonly number[]): [number, number][] =>
  values.flatMap((a) => values.map((b): [number, number] => [a, b]));

describe('i32 operators wrap as WGSL says', () => {
  test.each<[string, (a: number, b: number) => number]>([
    ['a + b', (a, b) => (a + b) | 0],
    ['a - b', (a, b) => (a - b) | 0],
    ['a * b', (a, b) => Math.imul(a, b)],
    ['a / b', (a, b) => (b === 0 || (a === MIN && b === -1) ? a : Math.trunc(a / b))],
    ['a % b', (a, b) => (b === 0 || (a === MIN && b === -1) ? 0 : (a % b) | 0)],
    ['a & b', (a, b) => a & b],
    ['a | b', (a, b) => a | b],
    ['a ^ b', (a, b) => a ^ b],
    ['a << u32(b)', (a, b) => a << (b & 31)],
    ['a >> u32(b)', (a, b) => a >> (b & 31)],
    ['-a', (a) => -a | 0],
    ['~a', (a) => ~a],
    ['abs(a)', (a) => Math.abs(a) | 0],
    ['sign(a)', (a) => Math.sign(a)],
    ['min(a, b)', (a, b) => Math.min(a, b)],
    ['max(a, b)', (a, b) => Math.max(a, b)],
    ['clamp(a, -5, 5)', (a) => Math.min(Math.max(a, -5), 5)],
    ['select(a, b, a < b)', (a, b) => (a < b ? b : a)],
    [
      'i32(a <= b) + 2 * i32(a > b) + 4 * i32(a == b)',
      (a, b) => Number(a <= b) + 2 * Number(a > b) + 4 * Number(a === b),
    ],
    ['i32(a >= b) + 2 * i32(a != b)', (a, b) => Number(a >= b) + 2 * Number(a !== b)],
    ['a / 7', (a) => Math.trunc(a / 7)],
    ['a / 8', (a) => Math.trunc(a / 8)],
    ['a / -3', (a) => Math.trunc(a / -3)],
    ['a % 10', (a) => (a % 10) | 0],
    ['a % 8', (a) => (a % 8) | 0],
    ['a >> 3u', (a) => a >> 3],
  ])('%s', (expression, expected) => {
    const inputs = pairs(INTEGERS);
    const out = evaluate(expression, I32, inputs);
    inputs.forEach(([a, b], i) => {
      expect(out[i], `a = ${a}, b = ${b}`).toBe(expected(a, b) + 0);
    });
  });
});

describe('u32 operators wrap as WGSL says', () => {
  test.each<[string, (a: number, b: number) => number]>([
    ['a + b', (a, b) => (a + b) >>> 0],
    ['a - b', (a, b) => (a - b) >>> 0],
    ['a * b', (a, b) => Math.imul(a, b) >>> 0],
    ['a / b', (a, b) => (b === 0 ? a : Math.floor(a / b))],
    ['a % b', (a, b) => (b === 0 ? 0 : a % b)],
    ['a << b', (a, b) => (a << (b & 31)) >>> 0],
    ['a >> b', (a, b) => a >>> (b & 31)],
    ['a >> ((b & 15u) + 4u)', (a, b) => a >>> ((b & 15) + 4)],
    ['a >> ((b & 15u) + 1u)', (a, b) => a >>> ((b & 15) + 1)],
    ['a >> ((b & 7u) + 24u)', (a, b) => a >>> ((b & 7) + 24)],
    ['a >> (b & 15u)', (a, b) => a >>> (b & 15)],
    ['(a + 5u) * 12u - (a - 7u) * 12u + b', (_, b) => (144 + b) >>> 0],
    ['~a ^ b', (a, b) => (~a ^ b) >>> 0],
    ['min(a, b)', (a, b) => Math.min(a, b)],
    ['max(a, b)', (a, b) => Math.max(a, b)],
    ['u32(a < b) + 2u * u32(a >= b)', (a, b) => Number(a < b) + 2 * Number(a >= b)],
    ['a / 3u', (a) => Math.floor(a / 3)],
    ['a / 7u', (a) => Math.floor(a / 7)],
    ['a / 641u', (a) => Math.floor(a / 641)],
    ['a / 16u', (a) => Math.floor(a / 16)],
    ['a % 10u', (a) => a % 10],
    ['a % 16u', (a) => a % 16],
    ['a % 2147483649u', (a) => a % 2_147_483_649],
    ['countOneBits(a)', (a) => a.toString(2).replaceAll('0', '').length],
    ['countLeadingZeros(a)', (a) => Math.clz32(a)],
    ['countTrailingZeros(a)', (a) => (a === 0 ? 32 : 31 - Math.clz32(a & -a))],
    ['firstLeadingBit(a)', (a) => (a === 0 ? UMAX : 31 - Math.clz32(a))],
    ['firstTrailingBit(a)', (a) => (a === 0 ? UMAX : 31 - Math.clz32(a & -a))],
    [
      'reverseBits(a)',
      (a) => Number.parseInt(a.toString(2).padStart(32, '0').split('').toReversed().join(''), 2),
    ],
    ['extractBits(a, 4u, 8u)', (a) => (a >>> 4) & 0xff],
    ['extractBits(a, b, 40u)', (a, b) => (b >= 32 ? 0 : a >>> b)],
    ['insertBits(a, b, 8u, 4u)', (a, b) => ((a & ~0xf00) | ((b & 15) << 8)) >>> 0],
    [
      'dot4U8Packed(a, b)',
      (a, b) => [0, 8, 16, 24].reduce((sum, s) => sum + ((a >>> s) & 255) * ((b >>> s) & 255), 0),
    ],
  ])('%s', (expression, expected) => {
    const inputs = pairs(UNSIGNED);
    const out = evaluate(expression, U32, inputs);
    inputs.forEach(([a, b], i) => {
      expect(out[i], `a = ${a}, b = ${b}`).toBe(expected(a, b));
    });
  });
});

const byte = (x: number, shift: number): number => (x << (24 - shift)) >> 24;

test('signed bit functions', () => {
  const out = evaluate(
    'extractBits(a, 4u, 8u)',
    I32,
    INTEGERS.map((a) => [a]),
  );
  expect(out).toEqual(INTEGERS.map((a) => (a << 20) >> 24));
  const leading = evaluate(
    'firstLeadingBit(a)',
    I32,
    INTEGERS.map((a) => [a]),
  );
  expect(leading).toEqual(INTEGERS.map((a) => 31 - Math.clz32(a < 0 ? ~a : a)));
  const dots = evaluate('dot4I8Packed(bitcast<u32>(a), bitcast<u32>(b))', I32, pairs(INTEGERS));
  expect(dots).toEqual(
    pairs(INTEGERS).map(([a, b]) =>
      [0, 8, 16, 24].reduce((sum, s) => sum + byte(a, s) * byte(b, s), 0),
    ),
  );
});

describe('f32 operators are those of IEEE 754', () => {
  test.each<[string, (a: number, b: number) => number]>([
    ['a + b', (a, b) => f(a + b)],
    ['a - b', (a, b) => f(a - b)],
    ['a * b', (a, b) => f(a * b)],
    ['a / b', (a, b) => f(a / b)],
    ['a * b + a', (a, b) => f(f(a * b) + a)],
    ['-a', (a) => -a],
    ['abs(a)', (a) => Math.abs(a)],
    ['sqrt(abs(a))', (a) => f(Math.sqrt(Math.abs(a)))],
    ['floor(a)', (a) => Math.floor(a)],
    ['ceil(a)', (a) => Math.ceil(a)],
    ['trunc(a)', (a) => Math.trunc(a)],
    ['fract(a)', (a) => f(a - Math.floor(a))],
    ['sign(a)', (a) => Math.sign(a)],
    ['saturate(a)', (a) => Math.min(Math.max(a, 0), 1)],
    ['step(a, b)', (a, b) => Number(a <= b)],
    ['select(a, b, a < b)', (a, b) => (a < b ? b : a)],
    ['f32(a == b) + 2.0 * f32(a != b)', (a, b) => Number(a === b) + 2 * Number(a !== b)],
    ['select(0.0, 1.0, a >= b)', (a, b) => Number(a >= b)],
    ['mix(a, 4.0, 0.25)', (a) => f(f(a * 0.75) + 1)],
    ['fma(a, 2.0, 1.0)', (a) => f(f(a * 2) + 1)],
  ])('%s', (expression, expected) => {
    const inputs = pairs(FLOATS.map(f));
    const out = evaluate(expression, F32, inputs);
    inputs.forEach(([a, b], i) => {
      const wanted = expected(a, b);
      // Signs of zero are not WGSL's to keep.
      expect(out[i]! + 0, `a = ${a}, b = ${b}`).toEqual(wanted + 0);
    });
  });

  test('min and max of numbers', () => {
    const inputs = pairs(FLOATS.map(f));
    expect(evaluate('min(a, b) + 0.0', F32, inputs)).toEqual(
      inputs.map(([a, b]) => Math.min(a, b) + 0),
    );
    expect(evaluate('max(a, b) + 0.0', F32, inputs)).toEqual(
      inputs.map(([a, b]) => Math.max(a, b) + 0),
    );
    expect(evaluate('clamp(a, -1.0, 2.0)', F32, inputs)).toEqual(
      inputs.map(([a]) => Math.min(Math.max(a, -1), 2)),
    );
  });

  test('round goes to even', () => {
    const inputs = [0.5, 1.5, 2.5, -0.5, -1.5, 2.4, -2.6, 1e9].map((a) => [a]);
    expect(evaluate('round(a) + 0.0', F32, inputs)).toEqual([0, 2, 2, 0, -2, 2, -3, 1e9]);
  });

  test('the remainder has the sign of the dividend', () => {
    const inputs = [
      [5.5, 2],
      [-5.5, 2],
      [5.5, -2],
      [1, 0.25],
      [-7, 3],
    ];
    expect(evaluate('a % b', F32, inputs)).toEqual([1.5, -1.5, 1.5, 0, -1]);
  });
});

describe('conversions', () => {
  test('f32 to integers is clamped and truncated', () => {
    const inputs = [[1.9], [-1.9], [3e9], [-3e9], [1e20], [0.4], [-0.4], [2_147_483_520]];
    expect(evaluate('i32(a)', { input: 'f32', output: 'i32' }, inputs)).toEqual(
      [1, -1, 2_147_483_520, MIN, 2_147_483_520, 0, 0, 2_147_483_520].map((x) =>
        expect.toSatisfy((y: number) => y === x || (x === 2_147_483_520 && y === MAX)),
      ),
    );
    expect(evaluate('u32(a)', { input: 'f32', output: 'u32' }, inputs)).toEqual(
      [1, 0, 3e9, 0, 4_294_967_040, 0, 0, 2_147_483_520].map((x) =>
        expect.toSatisfy((y: number) => y === x || (x === 4_294_967_040 && y === UMAX)),
      ),
    );
  });

  test('integers to f32 round to the nearest', () => {
    expect(
      evaluate(
        'f32(a)',
        { input: 'i32', output: 'f32' },
        INTEGERS.map((a) => [a]),
      ),
    ).toEqual(INTEGERS.map(f));
    expect(
      evaluate(
        'f32(a)',
        { input: 'u32', output: 'f32' },
        UNSIGNED.map((a) => [a]),
      ),
    ).toEqual(UNSIGNED.map(f));
  });

  test('between integers the bits stay', () => {
    expect(
      evaluate(
        'u32(a)',
        { input: 'i32', output: 'u32' },
        INTEGERS.map((a) => [a]),
      ),
    ).toEqual(INTEGERS.map((a) => a >>> 0));
    expect(
      evaluate(
        'i32(a)',
        { input: 'u32', output: 'i32' },
        UNSIGNED.map((a) => [a]),
      ),
    ).toEqual(UNSIGNED.map((a) => a | 0));
  });

  test('bitcast keeps the bits', () => {
    const bits = new Uint32Array(Float32Array.of(...FLOATS).buffer);
    expect(
      evaluate(
        'bitcast<u32>(a)',
        { input: 'f32', output: 'u32' },
        FLOATS.map((a) => [a]),
      ),
    ).toEqual([...bits]);
    expect(
      evaluate(
        'bitcast<f32>(a)',
        { input: 'u32', output: 'f32' },
        [...bits].map((a) => [a]),
      ),
    ).toEqual(FLOATS.map(f));
  });

  test('to and from bool', () => {
    expect(
      evaluate('u32(bool(a))', { input: 'f32', output: 'u32' }, [[0], [-0], [0.1], [-3]]),
    ).toEqual([0, 0, 1, 1]);
    expect(evaluate('f32(bool(a))', { input: 'i32', output: 'f32' }, [[0], [5], [-1]])).toEqual([
      0, 1, 1,
    ]);
    expect(
      evaluate('i32((a > 1.0 && !(b > 1.0)) || c == 3.0)', { input: 'f32', output: 'i32' }, [
        [2, 0, 0],
        [2, 2, 0],
        [0, 0, 3],
        [0, 0, 0],
      ]),
    ).toEqual([1, 0, 1, 0]);
  });
});
