/**
 * Small entry points run without clamps as far as every index is in range, and with them from there
 * on.
 */
import { describe, expect, test } from 'vitest';
import { runKernel } from './run-kernel.ts';

const range = (count: number, f: (i: number) => number): number[] =>
  Array.from({ length: count }, (_, i) => f(i));

type Shape = { size: number; groups: readonly [number, number, number] };

/** `given` holds 0, 1, 2, ...: what is read says where. */
function run(body: string, lengths: { given: number; out: number }, { size, groups }: Shape) {
  const out = new Float32Array(lengths.out).fill(-1);
  const wgsl = `
    @group(0) @binding(0) var<storage, read_write> out: array<f32>;
    @group(0) @binding(1) var<storage> given: array<f32>;
    @compute @workgroup_size(${size}) fn main(
      @builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) { ${body} }`;
  runKernel(wgsl, {
    buffers: { out, given: Float32Array.from(range(lengths.given, (i) => i)) },
    groups,
  });
  return [...out];
}

describe.each([4, 64, 7, 1])('workgroups of %i', (size) => {
  const shape: Shape = { size, groups: [5, 1, 1] };
  const invocations = 5 * size;

  test.each([
    ['id.x', (i: number) => i],
    ['id.x + 3u', (i: number) => i + 3],
    ['id.x * 3u + 2u', (i: number) => 3 * i + 2],
    ['(id.x + 1u) * 4u', (i: number) => 4 * i + 4],
    ['id.x / 2u', (i: number) => i >> 1],
    ['id.x - 1u', (i: number) => (i - 1) >>> 0],
  ])('read at %s', (index, at) => {
    for (const given of [1, 2, 5, 17, 64, 100, 1000]) {
      const read = run(`out[id.x] = given[${index}];`, { given, out: invocations }, shape);
      read.forEach((word, i) => {
        // Out of range it is some element (WGSL 7.11); whole vectors also reach into the padding,
        // which is 0.
        if (at(i) < given) expect(word, `word ${i} of ${given}`).toBe(at(i));
        else expect(word).toBeLessThan(given);
      });
    }
  });

  test('write to fewer words than they are', () => {
    const words = Math.max(1, 3 * size - 2);
    const written = run('out[id.x] = given[id.x];', { given: invocations, out: words }, shape);
    // What is out of range goes to the last vector.
    const kept = Math.max(0, words - 4);
    expect(written.slice(0, kept)).toEqual(range(kept, (i) => i));
  });

  test('in several rows and layers', () => {
    const body =
      'out[id.x + (id.y + id.z * groups.y) * 1000u] = given[id.x] + f32(id.y) * 0.5 + f32(id.z) * 0.25;';
    const out = run(body, { given: 3 * size, out: 6000 }, { size, groups: [3, 2, 3] });
    for (const [y, z] of [
      [0, 0],
      [1, 0],
      [0, 2],
      [1, 2],
    ] as const) {
      const row = out.slice(1000 * (y + 2 * z)).slice(0, 3 * size);
      expect(row).toEqual(range(3 * size, (i) => i + y / 2 + z / 4));
    }
  });
});

test.each([0, 1, 5, 23, 24, 30, 48, 61, 95, 1000])('rows of which %i words are there', (given) => {
  const shape: Shape = { size: 8, groups: [3, 4, 1] };
  const body = 'out[id.x + id.y * 24u] = given[id.y * 24u + id.x];';
  const read = run(body, { given: Math.max(1, given), out: 96 }, shape);
  read.forEach((word, i) => {
    if (i < given) expect(word, `word ${i}`).toBe(i);
    else expect(word).toBeLessThan(Math.max(1, given));
  });
  const back = run('out[id.x + (3u - id.y) * 24u] = f32(id.x);', { given: 1, out: 96 }, shape);
  expect(back).toEqual(range(96, (i) => i % 24));
});

test.each([
  'id.x + u32(i32(id.y) * -36)',
  'u32(i32(id.x) - i32(id.y) * 36)',
  'u32(-9 ^ (i32(id.y) * -5))',
  'u32(i32(id.y * 36u) * -1)',
])('rows below 0, at %s, stay inside', (index) => {
  const shape: Shape = { size: 4, groups: [2, 2, 1] };
  const body = `let at = ${index}; out[at] = 7.0; out[id.x] = given[at];`;
  const out = run(body, { given: 8, out: 8 }, shape);
  out.forEach((word) => expect(range(8, (i) => i)).toContain(word));
});

test('an index that is the bits of a float stays inside', () => {
  // 1e-40 and 2e-40 are some 71,000 and 143,000 as bits: as numbers they looked like at most 0.
  const body = 'out[id.x] = given[bitcast<u32>(select(1e-40, 2e-40, id.x > 2u))];';
  const shape: Shape = { size: 4, groups: [2, 1, 1] };
  expect(run(body, { given: 64, out: 8 }, shape)).toEqual(range(8, () => 63));
});
