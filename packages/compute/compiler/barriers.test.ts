import { describe, expect, test } from 'vitest';
import { runKernel } from './run-kernel.ts';

const range = (count: number, f: (i: number) => number): number[] =>
  Array.from({ length: count }, (_, i) => f(i));

const HEADER = `
@group(0) @binding(0) var<storage, read_write> out: array<f32>;
@group(0) @binding(1) var<storage> given: array<f32>;
`;
describe('workgroups', () => {
  test('shared memory behind barriers', () => {
    const given = Float32Array.from({ length: 64 }, (_, i) => i);
    const out = new Float32Array(4);
    runKernel(
      `${HEADER}
       var<workgroup> tile: array<f32, 16>;
       @compute @workgroup_size(16) fn main(
         @builtin(global_invocation_id) id: vec3u, @builtin(local_invocation_index) lane: u32, @builtin(workgroup_id) group: vec3u) {
         tile[lane] = given[id.x];
         workgroupBarrier();
         for (var s = 8u; s > 0u; s >>= 1u) {
           if lane < s { tile[lane] += tile[lane + s]; }
           workgroupBarrier();
         }
         if lane == 0u { out[group.x] = tile[0]; }
       }`,
      { buffers: { out, given }, groups: [4, 1, 1] },
    );
    expect([...out]).toEqual(range(4, (g) => range(16, (i) => g * 16 + i).reduce((a, b) => a + b)));
  });

  test('locals live across barriers', () => {
    const out = new Float32Array(8);
    runKernel(
      `@group(0) @binding(0) var<storage, read_write> out: array<f32>;
       var<workgroup> tile: array<f32, 8>;
       @compute @workgroup_size(8) fn main(@builtin(local_invocation_index) lane: u32) {
         let own = f32(lane) * 10.0;
         var list = array(own, own + 1.0);
         tile[7u - lane] = own;
         workgroupBarrier();
         list[lane & 1u] += tile[lane];
         workgroupBarrier();
         tile[lane] = own;
         workgroupBarrier();
         out[lane] = list[0] + list[1] * 1000.0 + tile[(lane + 1u) % 8u];
       }`,
      { buffers: { out } },
    );
    expect([...out]).toEqual(
      range(8, (i) => {
        const list = [i * 10, i * 10 + 1];
        list[i & 1]! += (7 - i) * 10;
        return list[0]! + list[1]! * 1000 + ((i + 1) % 8) * 10;
      }),
    );
  });

  test('shared memory begins as zeros in every workgroup', () => {
    const out = new Float32Array(8);
    runKernel(
      `@group(0) @binding(0) var<storage, read_write> out: array<f32>;
       var<workgroup> total: atomic<u32>;
       var<workgroup> sum: f32;
       @compute @workgroup_size(4) fn main(@builtin(global_invocation_id) id: vec3u) {
         atomicAdd(&total, id.x + 1u);
         workgroupBarrier();
         out[id.x] = f32(atomicLoad(&total)) + sum;
         workgroupBarrier();
         sum = 5.0;
       }`,
      { buffers: { out }, groups: [2, 1, 1] },
    );
    expect([...out]).toEqual([10, 10, 10, 10, 26, 26, 26, 26]);
  });
});

const run = (body: string, count: number, more = '', size = '16'): number[] => {
  const out = new Float32Array(count);
  const given = Float32Array.from({ length: 64 }, (_, i) => i + 1);
  runKernel(
    `${HEADER}
     var<workgroup> tile: array<f32, 64>;
     ${more}
     @compute @workgroup_size(${size}) fn main(
       @builtin(global_invocation_id) id: vec3u, @builtin(local_invocation_index) lane: u32,
       @builtin(workgroup_id) group: vec3u) { ${body} }`,
    { buffers: { out, given } },
  );
  return [...out];
};

describe('control flow around barriers', () => {
  test('a tiled sum in a loop with a counter of all', () => {
    const body = `
      var sum = 0.0;
      for (var t = 0u; t < 4u; t++) {
        let base = t * 16u;
        tile[lane] = given[base + lane];
        workgroupBarrier();
        for (var k = 0u; k < 16u; k++) { sum += tile[k] * f32(lane + 1u); }
        workgroupBarrier();
      }
      out[lane] = sum;`;
    expect(run(body, 16)).toEqual(range(16, (i) => 2080 * (i + 1)));
  });

  test('break, continue and conditions that are variables', () => {
    const body = `
      var stride = 16u; var rounds = 0.0;
      tile[lane] = given[lane];
      loop {
        workgroupBarrier();
        if stride == 8u { stride = 4u; continue; }
        stride = stride / 2u;
        if stride == 0u { break; }
        let other = tile[(lane + stride) % 16u];
        workgroupBarrier();
        tile[lane] += other;
        rounds += 1.0;
      }
      out[lane] = tile[lane] + rounds * 1000.0;`;
    const tile = range(16, (i) => i + 1);
    let [stride, rounds] = [16, 0];
    for (;;) {
      if (stride === 8) {
        stride = 4;
        continue;
      }
      stride = Math.floor(stride / 2);
      if (stride === 0) break;
      const before = [...tile];
      before.forEach((x, i) => (tile[i] = x + before[(i + stride) % 16]!));
      rounds++;
    }
    expect(run(body, 16)).toEqual(tile.map((x) => x + rounds * 1000));
  });

  test('functions that wait, with arguments and results', () => {
    const more = `
      fn sumOf(x: f32, lane: u32) -> f32 {
        tile[lane] = x;
        workgroupBarrier();
        var total = 0.0;
        for (var i = 0u; i < 16u; i++) { total += tile[i]; }
        workgroupBarrier();
        if lane > 7u { return -total; }
        return total;
      }
      fn put(lane: u32, p: ptr<function, f32>) { *p += 1.0; workgroupBarrier(); *p *= 2.0; tile[lane] = *p; }`;
    const body = `
      let once = sumOf(given[lane], lane);
      var twice = sumOf(once * f32(lane & 1u), lane);
      put(lane, &twice);
      workgroupBarrier();
      out[lane] = tile[15u - lane] + once;`;
    const once = range(16, (i) => (i > 7 ? -136 : 136));
    const total = once.reduce((sum, x, i) => sum + x * (i & 1), 0);
    const tile = range(16, (i) => ((i > 7 ? -total : total) + 1) * 2);
    expect(run(body, 16, more)).toEqual(range(16, (i) => tile[15 - i]! + once[i]!));
  });

  test('uniform loads decide for all', () => {
    const body = `
      if lane == 3u { tile[5] = 2.0; }
      let chosen = workgroupUniformLoad(&tile[5]);
      if chosen == 2.0 { tile[lane] = f32(lane); workgroupBarrier(); }
      switch u32(chosen) { case 2u: { workgroupBarrier(); tile[63] = 7.0; workgroupBarrier(); } default: {} }
      if chosen > 5.0 { return; }
      workgroupBarrier();
      out[lane] = tile[15u - lane] + chosen * 100.0 + tile[63];`;
    expect(run(body, 16)).toEqual(range(16, (i) => 15 - i + 207));
  });

  test('workgroups that are no multiple of four wide, of two dimensions', () => {
    const body = `
      tile[lane] = f32(lane) + 1.0;
      var own = array(f32(lane), 2.0);
      workgroupBarrier();
      own[lane & 1u] += tile[(lane + 1u) % 15u];
      workgroupBarrier();
      if lane % 2u == 0u { return; }
      out[lane] = own[0] + own[1] * 100.0;`;
    const wanted = range(15, (i) => {
      const own = [i, 2];
      own[i & 1]! += ((i + 1) % 15) + 1;
      return i % 2 === 0 ? 0 : own[0]! + own[1]! * 100;
    });
    expect(run(body, 15, '', '3, 5')).toEqual(wanted);
  });

  test('private variables and pointers live across barriers', () => {
    const more = 'var<private> state: vec2f = vec2f(1.0, 2.0);';
    const body = `
      let p = &tile[15u - lane];
      state.x += f32(lane);
      let q = &state;
      *p = 5.0;
      workgroupBarrier();
      (*q).y = tile[lane] + *p;
      workgroupBarrier();
      out[lane] = state.x * 100.0 + state.y;`;
    expect(run(body, 16, more)).toEqual(range(16, (i) => (i + 1) * 100 + 10));
  });

  test('what cannot be done says what to write instead', () => {
    expect(() =>
      run(
        'if given[0] > 1.0 { workgroupBarrier(); if lane > 3u { return; } } out[lane] = 1.0;',
        16,
      ),
    ).toThrow(/'return' of some invocations/);
    expect(() => run('out[lane] = 1.0 + workgroupUniformLoad(&tile[0]);', 16)).toThrow(/let x = /);
    expect(() => run('let x = workgroupUniformLoad(&tile[lane]); out[lane] = x;', 16)).toThrow(
      /same for all invocations/,
    );
  });
});
