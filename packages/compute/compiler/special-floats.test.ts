/**
 * NaN, infinity and denormals: whatever WGSL leaves open, one operation has one result here,
 * whether it runs on scalars (the same in all lanes) or on vectors.
 */
import { expect, test } from 'vitest';
import { runKernel } from './run-kernel.ts';

const SPECIAL = [Number.NaN, Infinity, -Infinity, 1e-45, -1e-40, 0, -0, 1.5, -3e38, 3e9];
const pairs = SPECIAL.flatMap((a) => SPECIAL.map((b) => [a, b] as const));

/** For pairs of floats a, b; all give one word. */
const EXPRESSIONS = [
  ...['+', '-', '*', '/'].map((operator) => `bitcast<u32>(a ${operator} b)`),
  ...['<', '<=', '==', '!='].map((operator) => `u32(a ${operator} b)`),
  ...['min', 'max', 'step', 'pow'].map((name) => `bitcast<u32>(${name}(a, b))`),
  ...['abs', 'floor', 'round', 'sign', 'sqrt', 'saturate', 'fract'].map(
    (name) => `bitcast<u32>(${name}(a) + 0.0 * b)`,
  ),
  'bitcast<u32>(clamp(a, b, 2.0))',
  'bitcast<u32>(select(a, b, a < b))',
  'bitcast<u32>(i32(a)) + u32(b)',
  'bitcast<u32>(a % b)',
  'u32(!(a < b)) + 2u * u32(a >= b)',
];

const canonical = (word: number): number =>
  (word & 0x7f800000) === 0x7f800000 && (word & 0x7fffff) !== 0 ? 0x7fc00000 : word;

function results(expression: string, a: string, b: string): number[] {
  const out = new Uint32Array(pairs.length);
  const given = Float32Array.from(pairs.flat());
  const wgsl = `
    @group(0) @binding(0) var<storage> given: array<f32>;
    @group(0) @binding(1) var<storage, read_write> out: array<u32>;
    @compute @workgroup_size(4) fn main(
      @builtin(global_invocation_id) id: vec3u, @builtin(workgroup_id) group: vec3u,
    ) {
      for (var k = 0u; k < 4u; k++) {
        let at = group.x * 4u + k;
        let a = given[${a}];
        let b = given[${b}];
        out[at] = ${expression};
      }
    }`;
  runKernel(wgsl, { buffers: { given, out }, groups: [pairs.length / 4, 1, 1] });
  return [...out].map(canonical);
}

test.each(EXPRESSIONS)('%s', (expression) => {
  const onScalars = results(expression, 'at * 2u', 'at * 2u + 1u');
  // The same words, but nothing says so: id.x / 4 is what the group is only to those who know.
  const onVectors = results(
    expression,
    '(id.x - (id.x & 3u) + k) * 2u + (id.x ^ id.x)',
    '(id.x - (id.x & 3u) + k) * 2u + 1u + (id.x ^ id.x)',
  );
  expect(onVectors).toEqual(onScalars);
});

/** Those that `min` or `max` takes the place of, and some that it may not. */
const CHOICES: Readonly<Record<string, (a: number, b: number) => number>> = {
  'select(a, b, b < a)': (a, b) => (b < a ? b : a),
  'select(a, b, a > b)': (a, b) => (a > b ? b : a),
  'select(a, b, a < b)': (a, b) => (a < b ? b : a),
  'select(a, b, b > a)': (a, b) => (b > a ? b : a),
  'select(b, a, a < b)': (a, b) => (a < b ? a : b),
  'select(a, b, !(b < a))': (a, b) => (b < a ? a : b),
  'select(a, b, b <= a)': (a, b) => (b <= a ? b : a),
  'select(a, 1.5, a < 1.5)': (a) => (a < 1.5 ? 1.5 : a),
  'select(b, 1.5, a < 1.5)': (a, b) => (a < 1.5 ? 1.5 : b),
};

test.each(Object.entries(CHOICES))('%s is what it says, of NaN and zeros too', (choice, wanted) => {
  const expected = pairs.map(([a, b]) => wanted(Math.fround(a), Math.fround(b)));
  const words = [...new Uint32Array(Float32Array.from(expected).buffer)];
  const bits = `bitcast<u32>(${choice})`;
  expect(results(bits, 'at * 2u', 'at * 2u + 1u')).toEqual(words.map(canonical));
  const varying = '(id.x - (id.x & 3u) + k) * 2u + (id.x ^ id.x)';
  expect(results(bits, varying, `${varying} + 1u`)).toEqual(words.map(canonical));
});
