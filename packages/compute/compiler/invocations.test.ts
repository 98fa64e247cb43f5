import { describe, expect, test } from 'vitest';
import { runKernel } from './run-kernel.ts';

const range = (count: number, f: (i: number) => number): number[] =>
  Array.from({ length: count }, (_, i) => f(i));

describe('invocations', () => {
  test('ids of a grid of workgroups that are no multiple of four wide', () => {
    const out = new Uint32Array(6 * 10 * 2 * 4);
    runKernel(
      `@group(0) @binding(0) var<storage, read_write> out: array<vec4u>;
       @compute @workgroup_size(3, 5) fn main(
         @builtin(global_invocation_id) id: vec3u, @builtin(local_invocation_index) lane: u32,
         @builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
         @builtin(local_invocation_id) local: vec3u) {
         let i = (id.z * 10u + id.y) * 6u + id.x;
         out[i] = vec4u(lane, group.x + group.y * 10u + group.z * 100u, groups.x * 100u + groups.y * 10u + groups.z, local.x + local.y * 10u);
       }`,
      { buffers: { out }, groups: [2, 2, 2] },
    );
    for (let z = 0; z < 2; z++)
      for (let y = 0; y < 10; y++)
        for (let x = 0; x < 6; x++) {
          const i = ((z * 10 + y) * 6 + x) * 4;
          const want = [
            (y % 5) * 3 + (x % 3),
            Math.floor(x / 3) + Math.floor(y / 5) * 10 + z * 100,
            222,
            (x % 3) + (y % 5) * 10,
          ];
          expect([...out.subarray(i, i + 4)]).toEqual(want);
        }
  });

  test('several entry points of one text, each with the bindings it uses', () => {
    const out = new Float32Array(4);
    const wgsl = `@group(0) @binding(0) var<storage, read_write> out: array<f32>;
       @compute @workgroup_size(4) fn one(@builtin(global_invocation_id) id: vec3u) { out[id.x] += 1.0; }
       @compute @workgroup_size(2) fn ten(@builtin(global_invocation_id) id: vec3u) { out[id.x] += 10.0; }`;
    runKernel(wgsl, { buffers: { out }, entry: 'one' });
    runKernel(wgsl, { buffers: { out }, entry: 'ten' });
    expect([...out]).toEqual([11, 11, 1, 1]);
  });

  test('entry points may use one binding for buffers of their own', () => {
    const wgsl = `@group(0) @binding(0) var<storage, read_write> a: array<f32>;
       @group(0) @binding(0) var<storage, read_write> b: array<u32>;
       @compute @workgroup_size(4) fn one(@builtin(global_invocation_id) id: vec3u) { a[id.x] = 1.5; }
       @compute @workgroup_size(4) fn two(@builtin(global_invocation_id) id: vec3u) { b[id.x] = 7u; }`;
    const buffers = { a: new Float32Array(4), b: new Uint32Array(4) };
    runKernel(wgsl, { buffers, entry: 'one' });
    runKernel(wgsl, { buffers, entry: 'two' });
    expect([...buffers.a, ...buffers.b]).toEqual([1.5, 1.5, 1.5, 1.5, 7, 7, 7, 7]);
  });

  test('constants from the outside', () => {
    const out = new Float32Array(4);
    runKernel(
      `const N = 4u; override SCALE: f32 = 1.0;
       @group(0) @binding(0) var<storage, read_write> out: array<f32>;
       @compute @workgroup_size(N) fn main(@builtin(global_invocation_id) id: vec3u) { out[id.x] = SCALE * f32(N); }`,
      { buffers: { out }, constants: { N: 2, SCALE: 0.5 } },
    );
    expect([...out]).toEqual([1, 1, 0, 0]);
  });
});

describe('workgroups', () => {
  test('atomics', () => {
    const counts = new Uint32Array(8);
    const signed = new Int32Array([5, 5]);
    const out = new Uint32Array(32);
    runKernel(
      `@group(0) @binding(0) var<storage, read_write> counts: array<atomic<u32>>;
       @group(0) @binding(1) var<storage, read_write> signed: array<atomic<i32>>;
       @group(0) @binding(2) var<storage, read_write> out: array<u32>;
       @compute @workgroup_size(32) fn main(@builtin(global_invocation_id) id: vec3u) {
         out[id.x] = atomicAdd(&counts[0], 1u);
         if id.x % 3u == 0u { atomicAdd(&counts[1], id.x); }
         atomicMax(&counts[2], id.x); atomicOr(&counts[3], 1u << id.x); atomicXor(&counts[4], 3u);
         atomicSub(&counts[5], 2u); atomicAdd(&counts[6 + (id.x & 1u)], 1u);
         atomicMin(&signed[0], -i32(id.x));
         let r = atomicCompareExchangeWeak(&signed[1], 5, 77);
         if r.exchanged { atomicStore(&signed[1], 78); }
       }`,
      { buffers: { counts, signed, out } },
    );
    expect([...counts]).toEqual([32, 165, 31, 0xffffffff, 0, 2 ** 32 - 64, 16, 16]);
    expect([...signed]).toEqual([-31, 78]);
    expect([...out].toSorted((a, b) => a - b)).toEqual(range(32, (i) => i));
  });
});
