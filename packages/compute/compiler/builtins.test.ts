import { describe, expect, test } from 'vitest';
import { evaluate } from './run-kernel.ts';

const F32 = { input: 'f32', output: 'f32' } as const;
const f = Math.fround;

const spread = (low: number, high: number, count = 200): number[] =>
  Array.from({ length: count + 1 }, (_, i) => f(low + ((high - low) * i) / count));

describe('built-in functions that WGSL leaves inexact', () => {
  test.each<[string, number[], (a: number) => number]>([
    ['sin(a)', spread(-20, 20), Math.sin],
    ['cos(a)', spread(-20, 20), Math.cos],
    ['tan(a)', spread(-1.4, 1.4), Math.tan],
    ['asin(a)', spread(-1, 1), Math.asin],
    ['acos(a)', spread(-1, 1), Math.acos],
    ['atan(a)', spread(-30, 30), Math.atan],
    ['sinh(a)', spread(-5, 5), Math.sinh],
    ['cosh(a)', spread(-5, 5), Math.cosh],
    ['tanh(a)', spread(-5, 5), Math.tanh],
    ['asinh(a)', spread(-30, 30), Math.asinh],
    ['acosh(a)', spread(1, 30), Math.acosh],
    ['atanh(a)', spread(-0.99, 0.99), Math.atanh],
    ['exp(a)', spread(-20, 20), Math.exp],
    ['exp2(a)', spread(-20, 20), (a) => 2 ** a],
    ['log(a)', spread(0.001, 50), Math.log],
    ['log2(a)', spread(0.001, 50), Math.log2],
    ['pow(a, 2.5)', spread(0.001, 20), (a) => a ** 2.5],
    ['inverseSqrt(a)', spread(0.01, 50), (a) => 1 / Math.sqrt(a)],
    ['degrees(a)', spread(-7, 7), (a) => (a * 180) / Math.PI],
    ['radians(a)', spread(-360, 360), (a) => (a * Math.PI) / 180],
    [
      'smoothstep(-1.0, 2.0, a)',
      spread(-3, 3),
      (a) => {
        const t = Math.min(Math.max((a + 1) / 3, 0), 1);
        return t * t * (3 - 2 * t);
      },
    ],
    ['length(vec2f(a, 3.0))', spread(-5, 5), (a) => Math.hypot(a, 3)],
    [
      'distance(vec3f(a, 1.0, 0.0), vec3f(1.0, a, 2.0))',
      spread(-5, 5),
      (a) => Math.hypot(a - 1, 1 - a, 2),
    ],
    ['normalize(vec2f(a, 3.0)).x', spread(-5, 5), (a) => a / Math.hypot(a, 3)],
    [
      'reflect(vec2f(a, -1.0), vec2f(0.6, 0.8)).y',
      spread(-5, 5),
      (a) => -1 - 2 * (0.6 * a - 0.8) * 0.8,
    ],
    [
      'refract(vec2f(0.6, -0.8), vec2f(0.0, 1.0), a).x',
      spread(0.1, 1.5),
      (a) => (1 - a * a * 0.36 < 0 ? 0 : a * 0.6),
    ],
    [
      'faceForward(vec2f(a), vec2f(a, 1.0), vec2f(1.0, 0.0)).x',
      spread(-2, 2),
      (a) => (a < 0 ? a : -a),
    ],
    [
      'determinant(mat3x3f(a, 2.0, 0.0, 1.0, a, 3.0, 0.0, 1.0, 2.0))',
      spread(-3, 3),
      (a) => 2 * a * a - 3 * a - 4,
    ],
  ])('%s', (expression, inputs, exact) => {
    const out = evaluate(
      expression,
      F32,
      inputs.map((a) => [a]),
    );
    inputs.forEach((a, i) => {
      const wanted = exact(a);
      expect(Math.abs(out[i]! - wanted), `a = ${a}: ${out[i]}`).toBeLessThanOrEqual(
        4e-6 * Math.max(1, Math.abs(wanted)),
      );
    });
  });

  test('they leave the names of the text alone', () => {
    const more =
      'fn g(x: f32) -> f32 { let u = x * 2.0; let v = sin(x); let w = cos(x) + v; return u * 1000.0 + w - v; }';
    const out = evaluate(
      'g(a) + g(b) * 0.0',
      F32,
      [
        [0, 1],
        [1, 2],
      ],
      more,
    );
    expect(out[0]).toBeCloseTo(1, 4);
    expect(out[1]).toBeCloseTo(2000 + Math.cos(1), 2);
  });
});

const half = (a: number): number => new Float16Array([a])[0]!;

describe('exponents and 16-bit floats', () => {
  test('frexp and modf take numbers apart, ldexp puts them together', () => {
    const numbers = [0, 1, -1, 0.75, 3.5, -1e10, 1e-20, 1e-40, 3.4e38].map((a) => [f(a)]);
    expect(evaluate('ldexp(frexp(a).fract, frexp(a).exp)', F32, numbers)).toEqual(
      numbers.map(([a]) => a),
    );
    const fractions = evaluate('abs(frexp(a).fract)', F32, numbers.slice(1));
    for (const one of fractions) {
      expect(one).toBeGreaterThanOrEqual(0.5);
      expect(one).toBeLessThan(1);
    }
    expect(
      evaluate('modf(a).whole + 10.0 * modf(vec2f(a, 0.0)).fract.x', F32, [[3.25], [-3.25]]),
    ).toEqual([5.5, -5.5]);
    expect(
      evaluate('frexp(a).exp', { input: 'f32', output: 'i32' }, [[1], [8], [0.4], [0]]),
    ).toEqual([1, 4, -1, 0]);
  });

  test('halves are rounded to the nearest even', () => {
    const numbers = [
      0,
      -0,
      1,
      0.1,
      -2.5,
      65_504,
      65_519,
      6.1e-5,
      5.96e-8,
      2.9e-8,
      1e-7,
      1000.25,
      2049,
      2051,
      1 / 3,
    ].map(f);
    const out = evaluate(
      'quantizeToF16(a)',
      F32,
      numbers.map((a) => [a]),
    );
    expect(out.map((x) => x + 0)).toEqual(numbers.map((a) => half(a) + 0));
    const bits = new Uint16Array(new Float16Array([1.5, -0.1]).buffer);
    expect(
      evaluate('pack2x16float(vec2f(a, b))', { input: 'f32', output: 'u32' }, [[1.5, -0.1]]),
    ).toEqual([(bits[0]! | (bits[1]! << 16)) >>> 0]);
    expect(
      evaluate(
        'unpack2x16float(a).x + unpack2x16float(a).y * 10.0',
        { input: 'u32', output: 'f32' },
        [[0x4200_3c00]],
      ),
    ).toEqual([31]);
  });

  test('bytes are packed and unpacked', () => {
    const U = { input: 'f32', output: 'u32' } as const;
    expect(evaluate('pack4x8unorm(vec4f(a, 0.0, 1.0, 2.0))', U, [[0.5], [-1]])).toEqual([
      0xffff_0080, 0xffff_0000,
    ]);
    expect(evaluate('pack4x8snorm(vec4f(a, 0.0, 1.0, -1.0))', U, [[-0.5]])).toEqual([0x817f_00c1]);
    expect(evaluate('pack2x16unorm(vec2f(a, 1.0))', U, [[0]])).toEqual([0xffff_0000]);
    expect(evaluate('unpack4x8unorm(a).x', { input: 'u32', output: 'f32' }, [[0xff]])).toEqual([1]);
    expect(evaluate('unpack4x8snorm(a).y', { input: 'u32', output: 'f32' }, [[0x8100]])).toEqual([
      -1,
    ]);
    expect(
      evaluate('pack4xI8Clamp(vec4i(a, b, -1, 1))', { input: 'i32', output: 'u32' }, [[300, -300]]),
    ).toEqual([0x01ff_807f]);
    expect(
      evaluate('unpack4xI8(bitcast<u32>(a)).w', { input: 'i32', output: 'i32' }, [
        [-1],
        [0x7f00_0000],
      ]),
    ).toEqual([-1, 127]);
  });
});
