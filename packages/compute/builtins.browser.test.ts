/**
 * Every built-in function of the subset on both targets. Where WGSL asks for exact results they are
 * equal; elsewhere the tolerance is the accuracy that WGSL asks of a GPU (WGSL 15.7.4), not less.
 * What has to agree better than that uses the polynomials of math.wgsl.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BothTargets, floats, zeros } from './both-targets.ts';

let targets: BothTargets;
beforeAll(async () => {
  targets = await BothTargets.open();
});
afterAll(() => targets[Symbol.dispose]());

const COUNT = 500;
const main = (type: string, body: string) => `
  @group(0) @binding(0) var<storage, read> xs: array<${type}>;
  @group(0) @binding(1) var<storage, read> ys: array<${type}>;
  @group(0) @binding(2) var<storage, read_write> out: array<${type}>;
  @compute @workgroup_size(64)
  fn main(@builtin(global_invocation_id) id: vec3u) {
    if (id.x >= arrayLength(&out)) { return; }
    let x = xs[id.x];
    let y = ys[id.x];
    ${body}
  }`;
const inputsOf = (xAt: (k: number) => number, yAt: (k: number) => number) => ({
  xs: { words: floats(Array.from({ length: COUNT }, (_, k) => xAt(k))) },
  ys: { words: floats(Array.from({ length: COUNT }, (_, k) => yAt(k))) },
  out: zeros(COUNT),
});
const assign = (expression: string) => `out[id.x] = ${expression};`;
/** COUNT numbers from `low` to `high`, none of them round. */
const between = (low: number, high: number) => (k: number) =>
  low + ((high - low) * (k + 0.37)) / COUNT;
const mixed = (k: number) => ((k * 7919) % 101) / 13 - 3.9;

describe('floats, within WGSL’s own accuracy', () => {
  const cases: [string, number, (k: number) => number][] = [
    ['sin(x)', 2 ** -11, between(-3.14, 3.14)],
    ['cos(x)', 2 ** -11, between(-3.14, 3.14)],
    ['tan(x)', 4e-3, between(-1.2, 1.2)],
    ['asin(x)', 1e-3, between(-1, 1)],
    ['acos(x)', 1e-3, between(-1, 1)],
    ['atan(x)', 5e-4, between(-50, 50)],
    ['atan2(x, y)', 5e-4, between(-5, 5)],
    ['sinh(x)', 1e-5, between(-8, 8)],
    ['cosh(x)', 1e-5, between(-8, 8)],
    ['tanh(x)', 1e-5, between(-8, 8)],
    // As inaccurate as log(x + sqrt(x * x + 1)) is for negative x.
    ['asinh(x)', 2e-4, between(-50, 50)],
    ['acosh(x)', 1e-5, between(1.1, 50)],
    ['atanh(x)', 1e-5, between(-0.95, 0.95)],
    ['exp(x)', 2e-5, between(-40, 40)],
    ['exp2(x)', 2e-5, between(-40, 40)],
    ['log(x)', 1e-6, between(0.001, 90)],
    ['log2(x)', 1e-6, between(0.001, 90)],
    ['pow(abs(x), y)', 1e-4, between(0.1, 9)],
    ['sqrt(x)', 1e-6, between(0, 1000)],
    ['inverseSqrt(x)', 1e-6, between(0.01, 1000)],
    ['fma(x, y, 0.3)', 1e-6, between(-9, 9)],
    ['mix(x, y, 0.3)', 1e-6, between(-9, 9)],
    ['smoothstep(-2.0, 3.0, x)', 1e-6, between(-4, 4)],
    ['degrees(x) + radians(y)', 1e-6, between(-4, 4)],
    ['distance(vec3f(x, y, 1.0), vec3f(y, 2.0, x))', 1e-6, mixed],
    ['dot(cross(vec3f(x, y, 1.0), vec3f(y, 2.0, x)), vec3f(1.0, 2.0, 3.0))', 1e-5, mixed],
    ['dot(reflect(vec2f(x, y), vec2f(0.6, 0.8)), vec2f(1.0, 0.5))', 1e-5, mixed],
    ['dot(refract(normalize(vec2f(x, 4.0)), vec2f(0.6, 0.8), 0.9), vec2f(1.0, 0.5))', 1e-5, mixed],
    ['faceForward(vec2f(x, y), vec2f(y, x), vec2f(1.0, 0.2)).x', 1e-6, mixed],
    ['determinant(mat3x3f(x, 1.0, y, 2.0, x, 0.5, y, y, 1.0))', 1e-5, mixed],
    ['(mat2x3f(x, y, 1.0, 2.0, x, y) * vec2f(y, x)).z', 1e-5, mixed],
    // Either neighbour will do (WGSL 15.7.6).
    ['quantizeToF16(x)', 2 ** -9, mixed],
    ['unpack4x8snorm(bitcast<u32>(x)).y + unpack4x8unorm(bitcast<u32>(y)).z', 1e-6, mixed],
    ['unpack2x16snorm(bitcast<u32>(x)).y + unpack2x16unorm(bitcast<u32>(y)).x', 1e-6, mixed],
    ['(mat2x2f(x, y, 1.0, 2.0) * mat2x2f(y, 1.0, x, 3.0))[1].x', 1e-5, mixed],
  ];
  test.each(cases)('%s', async (expression, tolerance, xAt) => {
    const wgsl = main('f32', `out[id.x] = ${expression};`);
    const options = { wgsl, inputs: inputsOf(xAt, mixed), invocations: COUNT };
    expect(await targets.worstDifference(options, 'out')).toBeLessThanOrEqual(tolerance);
  });
});

describe('exact', () => {
  test.each([
    ['modf', 'let m = modf(x); out[id.x] = m.whole * 2.0 + m.fract;'],
    ['frexp', 'let f = frexp(x); out[id.x] = f.fract * 64.0 + f32(f.exp);'],
    ['ldexp', assign('ldexp(x, i32(y))')],
    ['saturate, sign, step, fract', assign('saturate(x) + sign(y) + step(x, y) * 4.0')],
    ['transpose', assign('transpose(mat2x3f(x, y, 1.0, 2.0, 3.0, x))[2].y')],
    [
      'select of vectors',
      assign('select(vec2f(x, y), vec2f(y, x), vec2f(x, y) < vec2f(y, 0.0)).y'),
    ],
    ['pack4x8snorm', assign('f32(pack4x8snorm(vec4f(x, y, -x, 0.5)) & 0xffffu)')],
    ['pack4x8unorm', assign('f32(pack4x8unorm(vec4f(x, y, -x, 0.5)) >> 16u)')],
    ['pack2x16snorm', assign('f32(pack2x16snorm(vec2f(x, y)) & 0xffffu)')],
    ['pack2x16unorm', assign('f32(pack2x16unorm(vec2f(x, y)) >> 16u)')],
    ['pack2x16float', assign('f32(pack2x16float(floor(vec2f(x, y) * 64.0) / 64.0) >> 16u)')],
    ['unpack2x16float', assign('unpack2x16float(bitcast<u32>(i32(x * 4096.0)) & 0x7bffu).x')],
  ])('%s', async (_, body) => {
    const wgsl = main('f32', body);
    await targets.expectEqual({
      wgsl,
      inputs: inputsOf(mixed, between(-3, 3)),
      invocations: COUNT,
    });
  });

  test.each([
    'dot4U8Packed(x, y)',
    'bitcast<u32>(dot4I8Packed(x, y))',
    'pack4xI8(vec4<i32>(bitcast<i32>(x), 3, bitcast<i32>(y), -1))',
    'pack4xU8Clamp(vec4<u32>(x, y, 300u, 7u))',
    'pack4xI8Clamp(vec4<i32>(bitcast<i32>(x), -200, bitcast<i32>(y), 90))',
    'dot(unpack4xU8(x), unpack4xU8(y))',
    'bitcast<u32>(dot(unpack4xI8(x), unpack4xI8(y)))',
    'extractBits(x, y & 63u, 9u) ^ bitcast<u32>(extractBits(bitcast<i32>(y), 3u, x & 63u))',
    'insertBits(x, y, x & 63u, y & 63u)',
    'countOneBits(x) + countLeadingZeros(y) + countTrailingZeros(x) + reverseBits(y)',
    'firstLeadingBit(x) ^ bitcast<u32>(firstLeadingBit(bitcast<i32>(y))) ^ firstTrailingBit(y)',
  ])('%s', async (expression) => {
    const wgsl = main('u32', `out[id.x] = ${expression};`);
    const { xs, ys, out } = inputsOf(mixed, between(-3, 3));
    await targets.expectEqual({ wgsl, inputs: { xs, ys, out }, invocations: COUNT });
  });
});
