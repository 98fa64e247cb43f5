/** What threads.browser.test.ts runs in a Worker of the page. */
import { openWasm } from '../open.ts';

/** `sums`: the smallest and the largest element after 3000 dispatches that each add one. */
export type ThreadsReport = { device: string; sums: [number, number]; error: string };

const COUNT = 100_003;
const WGSL = `
  @group(0) @binding(0) var<storage, read_write> data: array<u32>;
  @compute @workgroup_size(64)
  fn add(@builtin(global_invocation_id) id: vec3u) {
    if (id.x < arrayLength(&data)) { data[id.x] += 1u; }
  }
  @compute @workgroup_size(64)
  fn forever(@builtin(global_invocation_id) id: vec3u) {
    var n = data[id.x];
    while (n != 7u) { n = n | 8u; }
    data[id.x] = n;
  }`;

async function report(): Promise<ThreadsReport> {
  using compute = await openWasm({ threadCount: 3 });
  using data = compute.createBuffer({ label: 'data', bytes: 4 * COUNT });
  const add = await compute.createKernel({ label: 'add', wgsl: WGSL, entry: 'add' });
  const step = add.prepare({ bindings: { data }, invocations: COUNT });
  compute.submit([step, step, step], { times: 1000 });
  const result = new Uint32Array(compute.readSync(data).buffer).toSorted();
  const forever = await compute.createKernel({
    label: 'forever',
    wgsl: WGSL,
    entry: 'forever',
    loopBudget: 1e6,
  });
  let error = 'none';
  try {
    compute.submit([forever.prepare({ bindings: { data }, invocations: COUNT })]);
  } catch (thrown) {
    error = String(thrown);
  }
  return { device: compute.device, sums: [result[0]!, result.at(-1)!], error };
}

try {
  globalThis.postMessage(await report());
} catch (error) {
  globalThis.postMessage({ device: '', sums: [0, 0], error: String(error) });
}
