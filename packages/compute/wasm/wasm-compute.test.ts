import { expect, test } from 'vitest';
import { ArenaError, openCompute, openWasm, type WasmCompute } from '../index.ts';

const words = (compute: WasmCompute, buffer: Parameters<WasmCompute['readSync']>[0]) =>
  new Uint32Array(compute.readSync(buffer).buffer);

test('an interleaved buffer reads back in WGSL’s layout, whole and in parts', async () => {
  using compute = await openWasm({ threadCount: 1 });
  const bytes = 7 * 20;
  using buffer = compute.createBuffer({ label: 'worlds', bytes, interleavedStrideBytes: 20 });
  const state = Uint32Array.from({ length: bytes / 4 }, (_, i) => i + 1);
  compute.write(buffer, state);
  compute.write(buffer, Uint32Array.of(99, 98), 4 * 9);
  state.set([99, 98], 9);
  expect(words(compute, buffer)).toEqual(state);
  const part = compute.readSync(buffer, { byteOffset: 32, bytes: 16 });
  expect(new Uint32Array(part.buffer)).toEqual(Uint32Array.of(9, 99, 98, 12));
  expect(() => compute.view(buffer)).toThrow(/'worlds' is interleaved; use readSync/);
});

test('bytes that start anywhere can be written, interleaved or not', async () => {
  using compute = await openWasm({ threadCount: 1 });
  const odd = new Uint8Array(21).map((_, i) => i).subarray(1, 17);
  for (const interleavedStrideBytes of [undefined, 8]) {
    using buffer = compute.createBuffer({ label: 'b', bytes: 16, interleavedStrideBytes });
    compute.write(buffer, odd);
    expect([...compute.readSync(buffer)]).toEqual([...odd]);
  }
});

test('a view is the memory itself', async () => {
  using compute = await openWasm({ threadCount: 1 });
  using buffer = compute.createBuffer({ label: 'b', bytes: 8 });
  compute.view(buffer)[4] = 7;
  expect([...words(compute, buffer)]).toEqual([0, 7]);
});

test('a memory that grows keeps what it holds', async () => {
  using compute = await openWasm({ threadCount: 1 });
  using first = compute.createBuffer({ label: 'first', bytes: 1 << 20 });
  compute.view(first).fill(5);
  using second = compute.createBuffer({ label: 'second', bytes: 64 << 20 });
  expect(compute.view(second).at(-1)).toBe(0);
  expect(compute.view(first).every((byte) => byte === 5)).toBe(true);
});

test('bytes that are no whole elements, and more than there is, are refused by name', async () => {
  using compute = await openWasm({ threadCount: 1, arenaBytesMax: 1 << 20 });
  const create = (bytes: number, interleavedStrideBytes?: number) =>
    compute.createBuffer({ label: 'worlds', bytes, interleavedStrideBytes });
  expect(() => create(36, 16)).toThrow(/'worlds': 36 bytes are no whole number of elements of 16/);
  expect(() => create(2 << 20)).toThrow(ArenaError);
  expect(() => create(2 << 20)).toThrow(/'worlds' asks for 2097152 bytes; 0 of 1048576 are taken/);
  expect(compute.arena).toEqual({ bufferCount: 0, bytes: 0, bytesMax: 1 << 20 });
});

test('ten thousand buffers come and go and leave nothing', async () => {
  using compute = await openWasm({ threadCount: 1 });
  for (let round = 0; round < 10; round++) {
    const buffers = Array.from({ length: 1000 }, (_, i) =>
      compute.createBuffer({ label: `b${i}`, bytes: 4 * (1 + ((i * 7919) % 997)) }),
    );
    // Not in the order in which they came.
    for (const buffer of buffers.toSorted((a, b) => a.bytes - b.bytes)) buffer[Symbol.dispose]();
  }
  expect(compute.arena).toMatchObject({ bufferCount: 0, bytes: 0 });
  using whole = compute.createBuffer({ label: 'whole', bytes: 16 << 20 });
  expect(compute.view(whole).byteLength).toBe(16 << 20);
});

test('without WebGPU the target is WASM; asking for WebGPU says why there is none', async () => {
  using compute = await openCompute({ threadCount: 1 });
  expect(compute).toMatchObject({ target: 'wasm', device: 'WASM SIMD, 1 thread', threadCount: 1 });
  await expect(openCompute({ target: 'webgpu' })).rejects.toThrow(/has no WebGPU/);
  await expect(openWasm({ threadCount: 0 })).rejects.toThrow(/threadCount 0/);
});
