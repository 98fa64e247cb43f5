import { describe, expect, test } from 'vitest';
import { openWasm } from '../../open.ts';
import { compileToWasm } from '../compile.ts';

const kernel = (body: string, attributes = '@workgroup_size(64)') => `
  struct Pair { a: f32, b: f32 }
  @group(0) @binding(0) var<storage, read_write> out: array<f32>;
  @group(0) @binding(1) var<storage, read_write> pairs: array<Pair>;
  @group(0) @binding(2) var<storage> weights: array<f32>;
  @group(0) @binding(3) var<storage, read_write> rows: array<vec4f>;
  @compute ${attributes} fn main(@builtin(global_invocation_id) id: vec3u) { ${body} }`;

/**
 * How often a vector instruction (opcode below 128) is in the module, give or take a constant's
 * bytes.
 */
function countOf(wgsl: string, opcode: number): number {
  const { bytes } = compileToWasm(wgsl, { interleaved: ['pairs'] });
  expect(WebAssembly.validate(bytes)).toBe(true);
  return bytes.filter((byte, i) => byte === 0xfd && bytes[i + 1] === opcode).length;
}

/** Entry points as small as these are written twice: without and with clamped indexes. */
const VERSIONS = 2;

const BITSELECT = 0x52;
const LOAD_LANE = 0x56;
const STORE_LANE = 0x5a;
const LOAD_SPLAT = 0x09;
const LOAD = 0x00;
const STORE = 0x0b;
const SHUFFLE = 0x0d;

describe('instructions', () => {
  test('without divergence there is no mask', () => {
    const wgsl = kernel(
      'var s = 0.0; for (var i = 0u; i < 99u; i++) { s += out[id.x] * f32(i); } out[id.x] = s;',
    );
    expect(countOf(wgsl, BITSELECT)).toBe(0);
    expect(countOf(wgsl, STORE_LANE)).toBe(0);
  });

  test('what four invocations share is one scalar load', () => {
    const wgsl = kernel('out[id.x] *= weights[(id.x >> 2u) * 3u + 1u];');
    expect(countOf(wgsl, LOAD_SPLAT)).toBe(VERSIONS);
    expect(countOf(wgsl, LOAD_LANE)).toBe(0);
  });

  test('interleaved structs are loaded and stored by whole vectors', () => {
    const wgsl = kernel('pairs[id.x].a = pairs[id.x].b + 1.0;');
    expect([countOf(wgsl, LOAD), countOf(wgsl, STORE)]).toEqual([VERSIONS, VERSIONS]);
    expect(countOf(wgsl, LOAD_LANE)).toBe(0);
  });

  test('neighbouring words of rows are transposed', () => {
    const wgsl = kernel(`let at = id.x * 8u; let o = min(at, 99u);
      rows[at >> 2u] = vec4f(1.0, weights[o], 3.0, 4.0);`);
    expect(countOf(wgsl, STORE_LANE)).toBe(0);
    expect([countOf(wgsl, SHUFFLE), countOf(wgsl, STORE)]).toEqual([8 * VERSIONS, 4 * VERSIONS]);
  });

  test('single words of rows are loaded and stored lane by lane', () => {
    const wgsl = kernel('out[id.x * 5u + 1u] = weights[id.x * 7u];');
    expect([countOf(wgsl, LOAD_LANE), countOf(wgsl, STORE_LANE)]).toEqual([
      3 * VERSIONS,
      4 * VERSIONS,
    ]);
  });
});

const MULTIPLY_ADD = 0x105;
const NEGATED_MULTIPLY_ADD = 0x106;
const has = (instruction: number, bytes: Uint8Array) =>
  bytes.some((byte, i) => {
    const [low, high] = [bytes[i + 1], bytes[i + 2]];
    return byte === 0xfd && low === (instruction & 127) + 128 && high === instruction >> 7;
  });

describe('module', () => {
  test('shared memory changes one byte', () => {
    const wgsl = kernel('out[id.x] = 1.0;');
    const plain = compileToWasm(wgsl).bytes;
    const shared = compileToWasm(wgsl, { sharedMemory: true }).bytes;
    expect(shared.length).toBe(plain.length);
    expect([...shared].filter((byte, i) => byte !== plain[i])).toEqual([3]);
  });

  test('the same text gives the same bytes', () => {
    const wgsl = kernel('out[id.x] = sin(out[id.x]);');
    expect(compileToWasm(wgsl).bytes).toEqual(compileToWasm(wgsl).bytes);
  });

  test('relaxed multiply-add only when asked for', () => {
    const wgsl = kernel('out[id.x] = out[id.x] * 2.5 + 1.0;');
    expect(has(MULTIPLY_ADD, compileToWasm(wgsl).bytes)).toBe(false);
    expect(has(MULTIPLY_ADD, compileToWasm(wgsl, { relaxed: true }).bytes)).toBe(true);
    const less = kernel('out[id.x] = 1.0 - out[id.x] * 2.5;');
    expect(has(NEGATED_MULTIPLY_ADD, compileToWasm(less).bytes)).toBe(false);
    expect(has(NEGATED_MULTIPLY_ADD, compileToWasm(less, { relaxed: true }).bytes)).toBe(true);
  });

  test('relaxed differences have their sides', async () => {
    using compute = await openWasm({ threadCount: 1 });
    const text = { label: 'differences', entry: 'main', relaxed: true };
    const values = Float32Array.from({ length: 8 }, (_, i) => i - 2.5);
    for (const [value, wanted] of [
      ['7.0 - out[id.x] * out[id.x]', (x: number) => 7 - x * x],
      ['out[id.x] * out[id.x] - 7.0', (x: number) => x * x - 7],
    ] as const) {
      const wgsl = kernel(`out[id.x] = ${value};`, '@workgroup_size(4)');
      const made = await compute.createKernel({ ...text, wgsl });
      using out = compute.createBuffer({ label: 'out', bytes: 32 });
      compute.write(out, values);
      compute.submit([made.prepare({ bindings: { out }, invocations: values.length })]);
      const bytes = await compute.read(out);
      expect(new Float32Array(bytes.buffer)).toEqual(values.map(wanted));
    }
  });
});

/** The entry point `main` of one workgroup, and the line of the loop that stopped it. */
function start(wgsl: string, loopBudget: number) {
  const { bytes } = compileToWasm(wgsl, { loopBudget });
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 65_536 });
  const table = new Uint32Array(memory.buffer, 256);
  table.set([1, 1, 1, 1024, 4096, 256, 8192, 256, 12_288, 256, 16_384, 256]);
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), {
    env: { memory },
  });
  const main = exports['main'] as (first: number, end: number, table: number) => void;
  return { run: () => main(0, 1, 256), line: exports['loopLine'] as WebAssembly.Global };
}

describe('loop budget', () => {
  test('a loop that never ends traps and names its line', () => {
    const wgsl = kernel(
      'out[id.x] = 0.0;\n loop {\n out[id.x] += 1.0; if (out[id.x] < 0.0) { break; } }',
    );
    const { run, line } = start(wgsl, 1000);
    expect(run).toThrow(WebAssembly.RuntimeError);
    expect(line.value).toBe(8);
  });

  test('a loop within the budget runs', () => {
    const wgsl = kernel('for (var i = 0u; i < 99u; i++) { out[id.x] += 1.0; }');
    const { run, line } = start(wgsl, 100 * 16);
    run();
    expect(line.value).toBe(0);
  });
});
