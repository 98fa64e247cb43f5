/** What both targets promise beyond results: limits, errors, disposal, loss. In a real browser. */
import { afterEach, describe, expect, test } from 'vitest';
import { type Compute, type ComputeOptions, openCompute } from './index.ts';
import { SHADOWING } from './webgpu/shadowing-texts.ts';

const ADD = `
  @group(0) @binding(0) var<storage, read_write> data: array<u32>;
  @group(0) @binding(1) var<uniform> amount: vec4u;
  @compute @workgroup_size(64)
  fn main(@builtin(global_invocation_id) id: vec3u) {
    if (id.x < arrayLength(&data)) { data[id.x] += amount.x; }
  }
  @compute @workgroup_size(64)
  fn double(@builtin(global_invocation_id) id: vec3u) {
    if (id.x < arrayLength(&data)) { data[id.x] *= 2u; }
  }`;

const opened: Compute[] = [];
afterEach(() => {
  for (const compute of opened.splice(0)) compute[Symbol.dispose]();
});
async function open(options: ComputeOptions): Promise<Compute> {
  const compute = await openCompute({ allowSoftwareAdapter: true, ...options });
  opened.push(compute);
  return compute;
}

describe.each(['webgpu', 'wasm'] as const)('%s', (target) => {
  test('dispatches run in order, as often as asked, each seeing the writes before it', async () => {
    const compute = await open({ target });
    using data = compute.createBuffer({ label: 'data', bytes: 400 });
    using amount = compute.createBuffer({ label: 'amount', bytes: 16 });
    compute.write(amount, Uint32Array.of(3, 0, 0, 0));
    const add = await compute.createKernel({ label: 'add', wgsl: ADD, entry: 'main' });
    const double = await compute.createKernel({ label: 'double', wgsl: ADD, entry: 'double' });
    expect(double.workgroupSize).toEqual([64, 1, 1]);
    const first = add.prepare({ bindings: { data, amount }, invocations: 100 });
    // `double` does not use `amount`: leaving it out is right, giving it as well.
    const second = double.prepare({ bindings: { data }, invocations: 100 });
    compute.submit([first, second, first], { times: 4 });
    compute.write(amount, Uint32Array.of(1), 0);
    compute.submit([first]);
    await compute.finished();
    let want = 0;
    for (let time = 0; time < 4; time++) want = (want + 3) * 2 + 3;
    const result = new Uint32Array((await compute.read(data)).buffer);
    expect([...new Set(result)]).toEqual([want + 1]);
    const part = await compute.read(data, { byteOffset: 8, bytes: 4 });
    expect(new Uint32Array(part.buffer)).toEqual(Uint32Array.of(want + 1));
  });

  test('a text of its own takes the place of the checked one on WebGPU, and only there', async () => {
    const compute = await open({ target });
    using data = compute.createBuffer({ label: 'data', bytes: 256 });
    const own = ADD.replace('*= 2u', '= 7u');
    const options = { label: 'own', wgsl: ADD.replace('*= 2u', '= 5u'), webgpu: own };
    const kernel = await compute.createKernel({ ...options, entry: 'double' });
    compute.submit([kernel.prepare({ bindings: { data }, invocations: 64 })]);
    expect((await compute.read(data))[0]).toBe(target === 'webgpu' ? 7 : 5);
    if (target === 'wasm') return;
    const counted = compute.createKernel({ ...options, entry: 'double', loopBudget: 10 });
    await expect(counted).rejects.toThrow('no constants or loop budget');
  });

  test('a submission of thousands of dispatches runs them all', async () => {
    const compute = await open({ target });
    using data = compute.createBuffer({ label: 'data', bytes: 256 });
    using amount = compute.createBuffer({ label: 'amount', bytes: 16 });
    compute.write(amount, Uint32Array.of(1, 0, 0, 0));
    const kernel = await compute.createKernel({ label: 'add', wgsl: ADD, entry: 'main' });
    const add = kernel.prepare({ bindings: { data, amount }, invocations: 64 });
    compute.submit([add, add, add], { times: 3000 });
    compute.submit([add], { times: 0 });
    compute.submit([]);
    const result = new Uint32Array((await compute.read(data)).buffer);
    expect([...new Set(result)]).toEqual([9000]);
  });

  test('buffers begin as zeros, also where another one was before', async () => {
    const compute = await open({ target });
    for (let time = 0; time < 3; time++) {
      using data = compute.createBuffer({ label: 'data', bytes: 4096 });
      expect((await compute.read(data)).every((byte) => byte === 0)).toBe(true);
      compute.write(data, new Uint8Array(4096).fill(255));
    }
  });

  test('what asks for more than the arena holds is named; disposing gives all back', async () => {
    const compute = await open({ target, arenaBytesMax: 1 << 20 });
    const buffers = Array.from({ length: 16 }, (_, i) =>
      compute.createBuffer({ label: `b${i}`, bytes: 65536 - 64 }),
    );
    expect(compute.arena).toMatchObject({ bufferCount: 16, bytes: 16 * 65472, bytesMax: 1 << 20 });
    expect(() => compute.createBuffer({ label: 'worlds', bytes: 1 << 19 })).toThrow(
      /'worlds' asks for 524288 bytes/,
    );
    for (const buffer of buffers) buffer[Symbol.dispose]();
    expect(compute.arena).toMatchObject({ bufferCount: 0, bytes: 0 });
    for (let i = 0; i < 3000; i++)
      compute.createBuffer({ label: 'again', bytes: 65536 })[Symbol.dispose]();
    using all = compute.createBuffer({ label: 'all', bytes: 1 << 20 });
    expect(compute.arena.bytes).toBe(all.bytes);
  });

  test('using what was disposed, or is of another Compute, says so', async () => {
    const compute = await open({ target });
    const other = await open({ target });
    const kernel = await compute.createKernel({ label: 'double', wgsl: ADD, entry: 'double' });
    const data = compute.createBuffer({ label: 'data', bytes: 64 });
    using foreign = other.createBuffer({ label: 'foreign', bytes: 64 });
    expect(() => kernel.prepare({ bindings: { data: foreign }, invocations: 1 })).toThrow(
      /'foreign' of another/,
    );
    const dispatch = kernel.prepare({ bindings: { data }, invocations: 1 });
    expect(() => other.submit([dispatch])).toThrow(/another Compute/);
    data[Symbol.dispose]();
    data[Symbol.dispose]();
    expect(() => compute.submit([dispatch])).toThrow(/'data' was disposed/);
    expect(() => compute.write(data, new Uint32Array(1))).toThrow(/'data' was disposed/);
    compute[Symbol.dispose]();
    expect(() => compute.createBuffer({ label: 'late', bytes: 4 })).toThrow(/disposed/);
  });

  test('a wrong text is an error with line and column; a wrong entry names those there are', async () => {
    const compute = await open({ target });
    const make = (wgsl: string, entry = 'main') =>
      compute.createKernel({ label: 'broken', wgsl, entry });
    await expect(make(ADD.replace('amount.x', 'ammount.x'))).rejects.toThrow(/^WGSL 6:/);
    await expect(make(ADD, 'step')).rejects.toThrow(/no entry point 'step'; there is main, double/);
  });

  test('equal texts share a hash, others do not', async () => {
    const compute = await open({ target });
    const make = (wgsl: string, constants = {}) =>
      compute.createKernel({ label: 'k', wgsl, entry: 'main', constants });
    const [a, b, c] = [await make(ADD), await make(ADD), await make(ADD.replace('+=', '-='))];
    expect(a.hash).toMatch(/^[0-9a-f]{64}$/);
    expect(b.hash).toBe(a.hash);
    expect(c.hash).not.toBe(a.hash);
  });
});

describe('webgpu', () => {
  test('a software adapter is taken only when asked for', async () => {
    await expect(openCompute({ target: 'webgpu' })).rejects.toThrow(/software.*WASM is faster/);
    using compute = await openCompute();
    expect(compute.target).toBe('wasm');
  });

  test('a lost device is told in words, and everything after it says so', async () => {
    let device: GPUDevice | undefined;
    const gpu = {
      requestAdapter: async (options?: GPURequestAdapterOptions) => {
        const adapter = (await navigator.gpu.requestAdapter(options))!;
        return {
          info: adapter.info,
          limits: adapter.limits,
          features: adapter.features,
          requestDevice: async (descriptor?: GPUDeviceDescriptor) =>
            (device = await adapter.requestDevice(descriptor)),
        };
      },
    };
    const compute = await open({ target: 'webgpu', gpu: gpu as unknown as GPU });
    using data = compute.createBuffer({ label: 'data', bytes: 64 });
    const reading = compute.read(data);
    device!.destroy();
    await expect(reading).rejects.toThrow(/was lost.*open a new Compute/);
    expect(await compute.lost).toMatch(/graphics device \(.*\) was lost/);
    expect(() => compute.submit([])).toThrow(/was lost/);
    await expect(compute.finished()).rejects.toThrow(/was lost/);
  });
});

describe.each(['webgpu', 'wasm'] as const)('%s: text from strangers', (target) => {
  const wgsl = `
    @group(0) @binding(0) var<storage, read_write> data: array<u32>;
    fn search(start: u32) -> u32 {
      var n = start;
      loop {
        if (n == 7u) { return n; }
        n = n | 8u;
      }
    }
    @compute @workgroup_size(64)
    fn forever(@builtin(global_invocation_id) id: vec3u) {
      data[id.x] = search(data[id.x]);
    }
    @compute @workgroup_size(64)
    fn hundred(@builtin(global_invocation_id) id: vec3u) {
      for (var i = 0u; i < 100u; i++) { data[id.x] += 1u; }
    }`;

  test('a loop that never ends is stopped and named, and the device lives on', async () => {
    const compute = await open({ target });
    using data = compute.createBuffer({ label: 'data', bytes: 256 });
    const dispatch = async (entry: string, loopBudget: number) => {
      const kernel = await compute.createKernel({ label: entry, wgsl, entry, loopBudget });
      return kernel.prepare({ bindings: { data }, invocations: 64 });
    };
    const run = async (entry: string, loopBudget: number) => {
      compute.submit([await dispatch(entry, loopBudget)]);
      await compute.finished();
    };
    await expect(run('forever', 10_000)).rejects.toThrow(
      /'forever': the loop in line 5 ran longer/,
    );
    compute.write(data, new Uint32Array(64));
    await run('hundred', 10_000);
    const result = new Uint32Array((await compute.read(data)).buffer);
    expect([...new Set(result)]).toEqual([100]);
    await expect(run('hundred', 10)).rejects.toThrow(/'hundred': the loop in line 16/);
  });
});

test.each(SHADOWING)(
  '$what cannot hide the line of a loop without end',
  async ({ wgsl, entry }) => {
    const compute = await open({ target: 'webgpu' });
    using out = compute.createBuffer({ label: 'out', bytes: 16 });
    const kernel = await compute.createKernel({ label: 'shadow', wgsl, entry, loopBudget: 1000 });
    compute.submit([kernel.prepare({ bindings: { out }, invocations: 1 })]);
    await expect(compute.finished()).rejects.toThrow(/line 3\b/);
  },
);
