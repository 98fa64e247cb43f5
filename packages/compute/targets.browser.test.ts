/**
 * The same text and the same buffers on both targets, in a real browser: integers equal to the bit,
 * floats within the tolerance that is stated. WebGPU runs on SwiftShader, a CPU.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BothTargets, floats, zeros } from './both-targets.ts';
import mathWgsl from './math.wgsl';
import randomWgsl from './random.wgsl';

let targets: BothTargets;
beforeAll(async () => {
  targets = await BothTargets.open();
});
afterAll(() => targets[Symbol.dispose]());

const words = (...values: number[]): Uint32Array => Uint32Array.from(values);
/** Numbers of every magnitude, by an LCG (Numerical Recipes). */
const scattered = (count: number, seed = 1): Uint32Array => {
  let state = seed;
  return Uint32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> (state % 29);
  });
};

describe('integers are equal to the bit', () => {
  const header = `
    @group(0) @binding(0) var<storage, read> a: array<u32>;
    @group(0) @binding(1) var<storage, read> b: array<u32>;
    @group(0) @binding(2) var<storage, read_write> out: array<u32>;
    @compute @workgroup_size(64)
    fn main(@builtin(global_invocation_id) id: vec3u) {
      if (id.x >= arrayLength(&out)) { return; }
      let x = a[id.x];
      let y = b[id.x];
      let i = bitcast<i32>(x);
      let j = bitcast<i32>(y);
  `;
  const edges = [0, 1, 2, 3, 31, 32, 33, 0x7fffffff, 0x80000000, 0xffffffff, 0xfffffffe, 65536];
  const pairs = edges.flatMap((x) => edges.map((y) => [x, y] as const));
  const random = scattered(256);
  const a = words(...pairs.map(([x]) => x), ...random);
  const b = words(...pairs.map(([, y]) => y), ...scattered(256, 7));

  test.each([
    ['u32 sum, difference, product', '(x + y) ^ (x - y) ^ (x * y)'],
    ['u32 quotient', 'x / y'],
    ['u32 remainder', 'x % y'],
    ['u32 quotient by a constant', '(x / 7u) ^ (x / 12u) ^ (x / 641u) ^ (x / 65536u)'],
    ['u32 remainder by a constant', '(x % 7u) ^ (x % 8u) ^ (x % 1000003u)'],
    ['i32 quotient', 'bitcast<u32>(i / j)'],
    ['i32 remainder', 'bitcast<u32>(i % j)'],
    ['shifts by a constant', '(x << 3u) ^ (x >> 5u) ^ bitcast<u32>(i >> 7u)'],
    ['shifts by a variable', '(x << (y & 31u)) ^ (x >> (y & 31u))'],
    ['arithmetic shift by a variable', 'bitcast<u32>(i >> (y & 31u))'],
    ['bits', '(x & y) ^ (x | y) ^ ~x'],
    ['negation and abs', 'bitcast<u32>(-i) ^ bitcast<u32>(abs(j))'],
    ['comparisons', 'select(0u, 1u, x < y) + select(0u, 2u, i < j) + select(0u, 4u, x == y)'],
    ['min, max, clamp', 'min(x, y) ^ max(x, 5u) ^ bitcast<u32>(clamp(i, -5, 5))'],
    ['conversions', 'u32(f32(x)) ^ bitcast<u32>(i32(f32(j)))'],
    ['short circuit', 'select(0u, 1u, (x != 0u && y / x > 1u) || y == 3u)'],
  ])('%s', async (_, expression) => {
    const wgsl = `${header} out[id.x] = ${expression}; }`;
    await targets.expectEqual({
      wgsl,
      inputs: { a: { words: a }, b: { words: b }, out: zeros(a.length) },
      invocations: a.length,
    });
  });

  test('PCG and what is derived from it', async () => {
    const wgsl = `
      @group(0) @binding(0) var<storage, read_write> out: array<u32>;
      @compute @workgroup_size(64)
      fn main(@builtin(global_invocation_id) id: vec3u) {
        if (id.x * 5u + 4u >= arrayLength(&out)) { return; }
        out[id.x * 5u] = pcgHash(id.x);
        out[id.x * 5u + 1u] = pcgHash3(id.x, 17u, 4000000000u);
        out[id.x * 5u + 2u] = bitcast<u32>(uniformFloat(pcgHash2(id.x, 3u)));
        out[id.x * 5u + 3u] = uniformBelow(pcgHash(id.x), 6u);
        out[id.x * 5u + 4u] = bitcast<u32>(uniformBetween(pcgHash(id.x), -2.0, 2.0));
      }
      ${randomWgsl}`;
    const { out } = await targets.expectEqual({
      wgsl,
      inputs: { out: zeros(5000) },
      invocations: 1000,
    });
    expect(out![0]).not.toBe(out![5]);
  });
});

describe('control flow', () => {
  test('nested loops with break, continue and early return, each lane its own way', async () => {
    const wgsl = `
      @group(0) @binding(0) var<storage, read> seeds: array<u32>;
      @group(0) @binding(1) var<storage, read_write> out: array<u32>;
      fn walk(seed: u32) -> u32 {
        var sum = seed;
        for (var i = 0u; i < 20u; i++) {
          if ((sum & 7u) == 3u) { continue; }
          if ((sum & 63u) == 9u) { break; }
          var j = i;
          while (j > 0u) {
            sum = sum * 1664525u + j;
            if ((sum & 31u) == 5u) { return sum ^ i; }
            if ((sum & 15u) == 6u) { break; }
            j = j / 2u;
          }
          var turns = 0u;
          loop {
            sum += 3u;
            if ((sum & 1u) == 0u || turns > 5u) { break; }
            continuing { sum = sum >> 1u; turns++; }
          }
        }
        return sum;
      }
      @compute @workgroup_size(64)
      fn main(@builtin(global_invocation_id) id: vec3u) {
        if (id.x >= arrayLength(&out)) { return; }
        out[id.x] = walk(seeds[id.x]);
      }`;
    const seeds = scattered(1003);
    await targets.expectEqual({
      wgsl,
      inputs: { seeds: { words: seeds }, out: zeros(seeds.length) },
      invocations: seeds.length,
    });
  });
});

describe('structs', () => {
  const wgsl = `
    const BODIES = 3u;
    struct Body { position: vec2f, mass: f32, hits: u32 }
    struct World { bodies: array<Body, BODIES>, tick: u32, wind: vec3f, score: array<u32, 2> }
    @group(0) @binding(0) var<storage, read_write> worlds: array<World>;
    @group(0) @binding(1) var<storage, read_write> out: array<f32>;
    fn push(body: ptr<function, Body>, by: f32) {
      (*body).position += vec2f(by, -by) * (*body).mass;
      (*body).hits += 1u;
    }
    @compute @workgroup_size(64)
    fn main(@builtin(global_invocation_id) id: vec3u) {
      if (id.x >= arrayLength(&worlds)) { return; }
      var world = worlds[id.x];
      for (var b = 0u; b < BODIES; b++) {
        push(&world.bodies[b], f32(b) + world.wind.y);
        if (world.bodies[b].position.x > 2.0) { world.score[b & 1u] += 1u; }
      }
      world.tick += 1u;
      world.wind = world.wind.zxy;
      worlds[id.x] = world;
      out[id.x * 2u] = world.bodies[world.tick % BODIES].position.x;
      out[id.x * 2u + 1u] = f32(world.score[0]) + world.wind.x;
    }`;
  const strideBytes = 96;
  const count = 101;
  const state = floats(
    Array.from({ length: (count * strideBytes) / 4 }, (_, k) => ((k * 37) % 100) / 64),
  );

  test('interleaved or not, and on both targets, the worlds end up the same', async () => {
    const options = {
      wgsl,
      inputs: { worlds: { words: state }, out: zeros(2 * count) },
      invocations: count,
      times: 3,
    };
    const plain = await targets.expectEqual(options);
    const interleaved = await targets.expectEqual({
      ...options,
      interleaved: ['worlds'],
      inputs: { worlds: { words: state, strideBytes }, out: zeros(2 * count) },
    });
    expect(interleaved).toEqual(plain);
    expect(plain['out']).not.toEqual(new Uint32Array(2 * count));
  });

  test('every kind of member lies where WGSL puts it, in buffers of any layout', async () => {
    const wgsl = `
      struct Inner { a: vec3f, b: f32, @align(16) c: array<vec2u, 2> }
      struct Outer { m: mat3x3f, inner: array<Inner, 2>, n: mat2x4f, @size(20) last: i32, s: vec3i }
      @group(0) @binding(0) var<storage, read_write> outers: array<Outer>;
      @group(1) @binding(2) var<uniform> table: array<vec4u, 3>;
      @group(1) @binding(0) var<storage, read_write> out: array<u32>;
      @compute @workgroup_size(4)
      fn main(@builtin(global_invocation_id) id: vec3u) {
        if (id.x >= arrayLength(&outers)) { return; }
        let p = &outers[id.x];
        var word = id.x * 40u;
        for (var c = 0; c < 3; c++) {
          for (var r = 0; r < 3; r++) { out[word] = bitcast<u32>((*p).m[c][r]); word++; }
        }
        for (var i = 0; i < 2; i++) {
          let inner = p.inner[i];
          out[word] = bitcast<u32>(inner.a.z); word++;
          out[word] = bitcast<u32>(inner.b); word++;
          out[word] = inner.c[0].y ^ inner.c[1].x; word++;
        }
        out[word] = bitcast<u32>(p.n[1].w); word++;
        out[word] = bitcast<u32>(p.last); word++;
        out[word] = bitcast<u32>(p.s.y) ^ table[id.x % 3u][id.x & 3u];
        (*p).inner[id.x & 1u].c[1].y = id.x;
        p.m[id.x % 3u] = vec3f(1.0, 2.0, f32(id.x));
        p.s.z = -7;
      }`;
    const strideBytes = 192;
    const count = 9;
    const outers = Uint32Array.from(
      { length: (count * strideBytes) / 4 },
      (_, i) => 0x3f800000 + i,
    );
    const table = { words: Uint32Array.from({ length: 12 }, (_, i) => i * 1001) };
    const options = {
      wgsl,
      inputs: { outers: { words: outers }, table, out: zeros(count * 40) },
      invocations: count,
    };
    const plain = await targets.expectEqual(options);
    const interleaved = await targets.expectEqual({
      ...options,
      interleaved: ['outers'],
      inputs: { outers: { words: outers, strideBytes }, table, out: zeros(count * 40) },
    });
    expect(interleaved).toEqual(plain);
  });

  test('overrides are replaced alike, in types and workgroup sizes as well', async () => {
    const out = await targets.expectEqual({
      wgsl: `
        override WIDTH: u32 = 8;
        override SCALE = 2.0;
        const ROWS = 2u;
        @group(0) @binding(0) var<storage, read_write> out: array<f32>;
        @compute @workgroup_size(WIDTH, 2)
        fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
          var row: array<f32, ROWS>;
          row[id.y % ROWS] = SCALE * f32(id.x);
          out[id.y * WIDTH * groups.x + id.x] = row[id.y % ROWS] + f32(WIDTH);
        }`,
      constants: { WIDTH: 4, SCALE: 0.5, ROWS: 4 },
      inputs: { out: zeros(32) },
      invocations: [8, 4, 1],
    });
    const row = [4, 4.5, 5, 5.5, 6, 6.5, 7, 7.5];
    expect([...new Float32Array(out['out']!.buffer)]).toEqual([...row, ...row, ...row, ...row]);
  });

  test('constants are replaced alike', async () => {
    const out = await targets.expectEqual({
      wgsl: `
        const SCALE = 2.0;
        const COUNT: u32 = 3u;
        @group(0) @binding(0) var<storage, read_write> out: array<f32>;
        @compute @workgroup_size(4)
        fn main(@builtin(global_invocation_id) id: vec3u) {
          if (id.x < COUNT) { out[id.x] = SCALE * f32(id.x + COUNT); }
        }`,
      constants: { SCALE: 0.5, COUNT: 5 },
      inputs: { out: zeros(8) },
      invocations: 8,
    });
    expect([...new Float32Array(out['out']!.buffer)]).toEqual([2.5, 3, 3.5, 4, 4.5, 0, 0, 0]);
  });
});

describe('floats agree within the tolerance stated', () => {
  // GPUs may fuse a multiplication with an addition: a few units in the last place of the terms.
  const cases: [string, string, number, (k: number) => number][] = [
    ['arithmetic', 'x * y + x / (y + 3.5) - x', 1e-6, (k) => (k % 71) / 7 - 3],
    [
      'sqrt, abs, floor, ceil, fract',
      'sqrt(abs(x)) + floor(x) * ceil(y) + fract(x)',
      1e-6,
      (k) => k / 9 - 5,
    ],
    ['round, trunc, sign', 'round(x) + trunc(y) * sign(x)', 0, (k) => k / 4 - 30],
    [
      'min, max, clamp, mix, step',
      'min(x, y) + max(x, 0.5) * clamp(x, -1.0, 1.0) + mix(x, y, 0.25) + step(x, y)',
      1e-6,
      (k) => k / 50 - 3,
    ],
    [
      'dot, length, normalize',
      'dot(vec3f(x, y, 1.0), vec3f(y, x, 2.0)) + length(vec2f(x, y)) + normalize(vec2f(x, 1.0)).x',
      1e-5,
      (k) => k / 50 - 3,
    ],
    ['approxSin', 'approxSin(x)', 2e-6, (k) => k * 0.77 - 100],
    ['approxCos', 'approxCos(x)', 2e-6, (k) => k * 0.77 - 100],
    ['approxExp', 'approxExp(x)', 2e-6, (k) => k / 8 - 60],
    ['approxLog', 'approxLog(x)', 2e-6, (k) => (k + 1) ** 3 / 1e4],
    ['approxTanh', 'approxTanh(x)', 2e-6, (k) => k / 40 - 10],
    ['approxAtan2', 'approxAtan2(x, y)', 2e-6, (k) => (k % 41) - 20],
  ];
  test.each(cases)('%s', async (_, expression, tolerance, valueAt) => {
    const count = 800;
    const wgsl = `
      @group(0) @binding(0) var<storage, read> xs: array<f32>;
      @group(0) @binding(1) var<storage, read> ys: array<f32>;
      @group(0) @binding(2) var<storage, read_write> out: array<f32>;
      @compute @workgroup_size(64)
      fn main(@builtin(global_invocation_id) id: vec3u) {
        if (id.x >= arrayLength(&out)) { return; }
        let x = xs[id.x];
        let y = ys[id.x];
        out[id.x] = ${expression};
      }
      ${mathWgsl}`;
    const xs = { words: floats(Array.from({ length: count }, (_, k) => valueAt(k))) };
    const ys = { words: floats(Array.from({ length: count }, (_, k) => valueAt((k * 7) % count))) };
    const options = { wgsl, inputs: { xs, ys, out: zeros(count) }, invocations: count };
    expect(await targets.worstDifference(options, 'out')).toBeLessThanOrEqual(tolerance);
  });
});
