/** Indexes that nobody would write by hand: none of them leaves its binding. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { runKernel } from './run-kernel.ts';
import { WgslError } from './wgsl-error.ts';

const LEAVES =
  'id.x id.y local.x group.x group.y groups.x flat loaded 0u 1u 3u 7u 65536u 16777216u 1073741825u ' +
  '2147483648u 4294967295u';
const { index } = fc.letrec<{ index: string }>((tie) => {
  const both = fc.tuple(tie('index'), tie('index'));
  const operator = fc.constantFrom('+', '-', '*', '&', '%', '/');
  return {
    index: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom(...LEAVES.split(' ')),
      fc.tuple(both, operator).map(([[a, b], by]) => `(${a} ${by} ${b})`),
      fc.tuple(tie('index'), fc.constantFrom('<<', '>>'), fc.nat(31)).map(([a, by, n]) => {
        return `(${a} ${by} ${n}u)`;
      }),
      both.map(([a, b]) => `select(${a}, ${b}, ${b} > ${a})`),
      both.map(([a, b]) => `min(${a}, ${b})`),
      tie('index').map((a) => `u32(i32(${a}) - 3)`),
      // Below 0, with what all of a row have and with what they have not.
      tie('index').map((a) => `u32(i32(${a}) * -36)`),
      tie('index').map((a) => `u32(-9 ^ (i32(${a}) * -5))`),
      // The bits of small floats are large numbers.
      tie('index').map((a) => `bitcast<u32>(f32(${a}) * 1e-40)`),
      tie('index').map((a) => `bitcast<u32>(select(1e-40, 2e-40, ${a} > 2u))`),
    ),
  };
});

const programs = fc.record({
  read: index,
  stored: index,
  part: index,
  guard: fc.constantFrom('id.x > 1u', 'true'),
  size: fc.constantFrom('1', '3', '4', '7, 2', '8'),
  groups: fc.constantFrom(
    [1, 1, 1] as const,
    [5, 1, 1] as const,
    [6, 2, 1] as const,
    [2, 3, 2] as const,
  ),
  count: fc.constantFrom(4, 8, 12, 64),
  interleaved: fc.boolean(),
});

test('whatever an index is, reads and writes stay in their bindings', () => {
  let ran = 0;
  const stays = fc.property(programs, (o) => {
    const wgsl = `
struct Part { before: u32, list: array<u32, 3> }
@group(0) @binding(0) var<storage, read_write> out: array<u32>;
@group(0) @binding(1) var<storage> given: array<u32>;
@group(0) @binding(2) var<storage, read_write> parts: array<Part>;
@group(0) @binding(3) var<storage, read_write> words: array<u32>;
@compute @workgroup_size(${o.size}) fn main(
  @builtin(global_invocation_id) id: vec3u, @builtin(local_invocation_id) local: vec3u,
  @builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) flat: u32
) {
  let loaded = given[0];
  out[id.x % 64u] = given[${o.read}];
  if (${o.guard}) { parts[${o.stored}].list[${o.part}] = 7u; words[${o.stored}] = 9u; }
}`;
    const out = new Uint32Array(64).fill(1);
    const given = Uint32Array.from({ length: o.count }, (_, i) => i + 1);
    const parts = new Uint32Array(16 * 4);
    const words = new Uint32Array(8);
    const buffers = { out, given, parts, words };
    try {
      runKernel(wgsl, { buffers, groups: o.groups, interleaved: o.interleaved ? ['parts'] : [] });
    } catch (error) {
      if (error instanceof WgslError) return; // constants may overflow or be out of range: refused
      throw error;
    }
    ran++;
    expect(out.every((word) => word >= 1 && word <= o.count)).toBe(true);
    expect(given).toEqual(Uint32Array.from({ length: o.count }, (_, i) => i + 1));
    expect(parts.every((word, i) => word === 0 || (word === 7 && i % 4 > 0))).toBe(true);
    expect(words.every((word) => word === 0 || word === 9)).toBe(true);
  });
  fc.assert(stays, { numRuns: 600, seed: 3 });
  expect(ran).toBeGreaterThan(200);
}, 60_000);
