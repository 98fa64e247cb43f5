/** The same in Node's worker threads: results, errors, and a process that ends. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { KernelError, LoopBudgetError, openWasm } from '../index.ts';

const COUNT = 10_007;
/** A busy machine takes seconds to start a process. */
const PROCESS = { timeout: 30_000 };
const WGSL = `
  @group(0) @binding(0) var<storage, read_write> before: array<u32>;
  @group(0) @binding(1) var<storage, read_write> after: array<u32>;
  @compute @workgroup_size(64)
  fn scatter(@builtin(global_invocation_id) id: vec3u) {
    let n = arrayLength(&before);
    if (id.x < n) { after[(id.x * 7919u) % n] = before[id.x] + 1u; }
  }
  @compute @workgroup_size(64)
  fn forever(@builtin(global_invocation_id) id: vec3u) {
    var n = before[id.x];
    while (n != 7u) { n = n | 8u; }
    after[id.x] = n;
  }`;

describe.each([1, 2, 5])('%i threads', (threadCount) => {
  test('every dispatch sees all that the one before wrote, wherever it ran', async () => {
    using compute = await openWasm({ threadCount });
    expect(compute.threadCount).toBe(threadCount);
    using a = compute.createBuffer({ label: 'a', bytes: 4 * COUNT });
    using b = compute.createBuffer({ label: 'b', bytes: 4 * COUNT });
    const kernel = await compute.createKernel({ label: 'scatter', wgsl: WGSL, entry: 'scatter' });
    const there = kernel.prepare({ bindings: { before: a, after: b }, invocations: COUNT });
    const back = kernel.prepare({ bindings: { before: b, after: a }, invocations: COUNT });
    compute.submit([there, back], { times: 200 });
    expect([...new Set(new Uint32Array(compute.readSync(a).buffer))]).toEqual([400]);
  });

  test('more dispatches than one program holds run all the same, in order', async () => {
    using compute = await openWasm({ threadCount });
    using a = compute.createBuffer({ label: 'a', bytes: 4 * COUNT });
    using b = compute.createBuffer({ label: 'b', bytes: 4 * COUNT });
    const kernel = await compute.createKernel({ label: 'scatter', wgsl: WGSL, entry: 'scatter' });
    const dispatches = Array.from({ length: 2500 }, (_, i) =>
      kernel.prepare({
        bindings: i % 2 === 0 ? { before: a, after: b } : { before: b, after: a },
        invocations: COUNT,
      }),
    );
    compute.submit(dispatches, { times: 2 });
    expect([...new Set(new Uint32Array(compute.readSync(a).buffer))]).toEqual([5000]);
  });

  test('a kernel that is stopped says which loop, and the next one runs', async () => {
    using compute = await openWasm({ threadCount });
    using before = compute.createBuffer({ label: 'before', bytes: 4 * COUNT });
    using after = compute.createBuffer({ label: 'after', bytes: 4 * COUNT });
    const bindings = { before, after };
    const options = { wgsl: WGSL, loopBudget: 100_000 };
    const endless = await compute.createKernel({ label: 'endless', entry: 'forever', ...options });
    const scatter = await compute.createKernel({ label: 'scatter', entry: 'scatter', ...options });
    const stuck = endless.prepare({ bindings, invocations: COUNT });
    const step = scatter.prepare({ bindings, invocations: COUNT });
    expect(() => compute.submit([step, stuck, step])).toThrow(LoopBudgetError);
    expect(() => compute.submit([stuck])).toThrow(/'endless': the loop in line 12/);
    compute.submit([step]);
    expect(new Uint32Array(compute.readSync(after).buffer)[0]).toBe(1);
  });
});

test('the hash of a kernel does not depend on the number of threads', async () => {
  const hashes = await Promise.all(
    [1, 2].map(async (threadCount) => {
      using compute = await openWasm({ threadCount });
      const kernel = await compute.createKernel({ label: 'k', wgsl: WGSL, entry: 'scatter' });
      return kernel.hash;
    }),
  );
  expect(hashes[0]).toBe(hashes[1]);
});

test('kernels made at the same time come out as those asked for', async () => {
  using compute = await openWasm({ threadCount: 3 });
  using a = compute.createBuffer({ label: 'a', bytes: 4 * COUNT });
  using b = compute.createBuffer({ label: 'b', bytes: 4 * COUNT });
  const kernels = await Promise.all(
    [1, 2, 3, 4, 5, 3].map((by) => {
      const wgsl = WGSL.replace('+ 1u', `+ ${by}u`);
      return compute.createKernel({ label: `add ${by}`, wgsl, entry: 'scatter' });
    }),
  );
  const bindings = { before: a, after: b };
  for (const [i, by] of [1, 2, 3, 4, 5, 3].entries()) {
    compute.submit([kernels[i]!.prepare({ bindings, invocations: COUNT })]);
    expect([...new Set(new Uint32Array(compute.readSync(b).buffer))]).toEqual([by]);
  }
  await expect(compute.createKernel({ label: 'k', wgsl: WGSL, entry: 'gather' })).rejects.toThrow(
    KernelError,
  );
});

test.each(['dispose', 'forget'])('a Node process ends by itself (%s)', PROCESS, async (mode) => {
  const script = `
    const { openWasm } = await import(${JSON.stringify(new URL('../index.ts', import.meta.url).href)});
    const compute = await openWasm({ threadCount: 3 });
    console.log(compute.device);
    if (${mode === 'dispose'}) compute[Symbol.dispose]();`;
  const loader = fileURLToPath(new URL('../node-wgsl.mjs', import.meta.url));
  const flags = ['--import', loader, '--input-type=module', '--eval', script];
  const { stdout } = await promisify(execFile)(process.execPath, flags, { timeout: 20_000 });
  expect(stdout.trim()).toBe('WASM SIMD, 3 threads');
});
