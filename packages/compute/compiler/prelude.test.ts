import { describe, expect, test } from 'vitest';
import mathWgsl from '../math.wgsl';
import randomWgsl from '../random.wgsl';
import { evaluate } from './run-kernel.ts';

const F32 = { input: 'f32', output: 'f32' } as const;
const U32 = { input: 'u32', output: 'u32' } as const;

/** Evenly spread float32 values. */
function spread(low: number, high: number, count = 4000): number[] {
  return Array.from({ length: count + 1 }, (_, i) => Math.fround(low + ((high - low) * i) / count));
}

/** Float32 values from `low` to `high`, evenly spread over their exponents. */
function spreadOverPowers(low: number, high: number, count = 4000): number[] {
  return spread(Math.log(low), Math.log(high), count).map((x) => Math.fround(Math.exp(x)));
}

const values = (expression: string, inputs: readonly (readonly number[])[]): number[] =>
  evaluate(expression, F32, inputs, mathWgsl);

/** The largest |approximation - exact| / scale(exact). */
function worst(
  expression: string,
  inputs: readonly (readonly number[])[],
  exact: (a: number, b: number) => number,
  scale: (exact: number) => number = () => 1,
): number {
  const out = values(expression, inputs);
  let worstSoFar = 0;
  inputs.forEach(([a, b], i) => {
    const wanted = exact(a!, b ?? 0);
    const error = Math.abs(out[i]! - wanted) / scale(wanted);
    // NaN is the worst of all.
    if (!(error <= worstSoFar)) worstSoFar = error;
  });
  return worstSoFar;
}

const alone = (list: readonly number[]): number[][] => list.map((a) => [a]);
const wide = (exact: number): number => Math.max(1, Math.abs(exact));
const relative = (exact: number): number => Math.abs(exact);

describe('errors of math.wgsl are as it states them', () => {
  test('sine and cosine', () => {
    expect(worst('approxSin(a)', alone(spread(-1000, 1000)), Math.sin)).toBeLessThanOrEqual(5e-7);
    expect(worst('approxCos(a)', alone(spread(-1000, 1000)), Math.cos)).toBeLessThanOrEqual(5e-7);
    expect(worst('approxSin(a)', alone(spread(-7, 7)), Math.sin)).toBeLessThanOrEqual(5e-7);
    expect(worst('approxSin(a)', alone(spread(-30000, 30000)), Math.sin)).toBeLessThanOrEqual(5e-6);
    expect(worst('approxCos(a)', alone(spread(-30000, 30000)), Math.cos)).toBeLessThanOrEqual(5e-6);
  });

  test('exponential, logarithm and power', () => {
    const powers = alone(spread(-87, 88));
    expect(worst('approxExp(a)', powers, Math.exp, relative)).toBeLessThanOrEqual(3e-7);
    const numbers = alone(spreadOverPowers(1.2e-38, 3e38));
    expect(worst('approxLog(a)', numbers, Math.log, wide)).toBeLessThanOrEqual(2e-7);
    const nearOne = alone(spread(0.5, 2));
    expect(worst('approxLog(a)', nearOne, Math.log)).toBeLessThanOrEqual(2e-7);
    const pairs = spreadOverPowers(1e-3, 1e3, 200).flatMap((x) =>
      spread(-8, 8, 40).map((y) => [x, y]),
    );
    const power = worst(
      'approxPow(a, b) / exp2(0.0)',
      pairs,
      (a, b) => a ** b,
      (exact) => exact * (1 + Math.abs(Math.log(exact))),
    );
    expect(power).toBeLessThanOrEqual(4e-7);
  });

  test('hyperbolic tangent and angle', () => {
    expect(worst('approxTanh(a)', alone(spread(-12, 12)), Math.tanh)).toBeLessThanOrEqual(4e-7);
    const circle = spread(-Math.PI, Math.PI).flatMap((angle) =>
      [1e-3, 1, 1e4].map((r) => [
        Math.fround(r * Math.sin(angle)),
        Math.fround(r * Math.cos(angle)),
      ]),
    );
    expect(worst('approxAtan2(a, b)', circle, Math.atan2)).toBeLessThanOrEqual(5e-7);
  });

  test('the ends of their ranges are kept', () => {
    expect(values('approxExp(a)', [[-1e9], [1e9]])).toEqual([
      expect.closeTo(0, 6),
      expect.any(Number),
    ]);
    expect(values('approxExp(a)', [[1e9]])[0]).toBeGreaterThan(1e38);
    expect(values('approxLog(a)', [[0], [-1], [1]])).toEqual([
      expect.closeTo(-87.3365, 3),
      expect.closeTo(-87.3365, 3),
      0,
    ]);
    expect(values('approxTanh(a)', [[-1e30], [1e30]])).toEqual([
      expect.closeTo(-1, 6),
      expect.closeTo(1, 6),
    ]);
    expect(
      values('approxAtan2(a, b)', [
        [0, 0],
        [0, 1],
        [1, 0],
      ]),
    ).toEqual([0, 0, expect.closeTo(Math.PI / 2, 6)]);
  });

  test('the normal numbers have mean 0 and variance 1', () => {
    const out = evaluate(
      'approxNormal(uniformFloat(pcgHash(u32(a))), uniformFloat(pcgHash(u32(a) + 100000u)))',
      F32,
      alone(Array.from({ length: 20_000 }, (_, i) => i)),
      mathWgsl + randomWgsl,
    );
    const mean = out.reduce((sum, x) => sum + x, 0) / out.length;
    const variance = out.reduce((sum, x) => sum + (x - mean) ** 2, 0) / out.length;
    expect(Math.abs(mean)).toBeLessThan(0.02);
    expect(Math.abs(variance - 1)).toBeLessThan(0.03);
  });
});

/** PCG-RXS-M-XS in JavaScript, after the paper. */
function pcgHash(value: number): number {
  const state = (Math.imul(value, 747_796_405) + 2_891_336_453) >>> 0;
  const word = Math.imul((state >>> ((state >>> 28) + 4)) ^ state, 277_803_737) >>> 0;
  return ((word >>> 22) ^ word) >>> 0;
}
describe('random.wgsl', () => {
  const seeds = Array.from({ length: 2000 }, (_, i) => Math.imul(i, 2_654_435_761) >>> 0);

  test('the hash is that of the paper, to the bit', () => {
    expect(evaluate('pcgHash(a)', U32, alone(seeds), randomWgsl)).toEqual(seeds.map(pcgHash));
    const pairs = seeds.map((a, i) => [a, i, i * 7]);
    expect(evaluate('pcgHash3(a, b, c)', U32, pairs, randomWgsl)).toEqual(
      pairs.map(([a, b, c]) => pcgHash(pcgHash(pcgHash(a!) + b!) + c!)),
    );
  });

  test('uniform numbers fill [0, 1) and the cells below a count evenly', () => {
    const out = evaluate(
      'uniformFloat(pcgHash(a))',
      { input: 'u32', output: 'f32' },
      alone(seeds),
      randomWgsl,
    );
    expect(Math.min(...out)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...out)).toBeLessThan(1);
    expect(out).toEqual(seeds.map((seed) => (pcgHash(seed) >>> 8) / 2 ** 24));
    const cells = evaluate('uniformBelow(pcgHash(a), 10u)', U32, alone(seeds), randomWgsl);
    for (let cell = 0; cell < 10; cell++) {
      const share = cells.filter((one) => one === cell).length / cells.length;
      expect(Math.abs(share - 0.1)).toBeLessThan(0.03);
    }
  });
});
