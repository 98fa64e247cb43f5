/** Threads in a browser: in a Worker there are several, on the page's main thread there is one. */
import { expect, test } from 'vitest';
import { openWasm } from '../index.ts';
import type { ThreadsReport } from './threads-worker.ts';

test('a Worker of the page opens threads of its own, and all of them work', async () => {
  expect(globalThis.crossOriginIsolated).toBe(true);
  const worker = new Worker(new URL('./threads-worker.ts', import.meta.url), { type: 'module' });
  const report = await new Promise<ThreadsReport>((resolve, reject) => {
    worker.addEventListener('message', (event: MessageEvent<ThreadsReport>) => resolve(event.data));
    worker.addEventListener('error', (event) => reject(new Error(event.message)));
  });
  worker.terminate();
  expect(report).toEqual({
    device: 'WASM SIMD, 3 threads',
    sums: [3000, 3000],
    error: expect.stringMatching(/loop in line 10/),
  });
});

test('a page’s main thread, which may not block, has one thread and says why', async () => {
  using compute = await openWasm({ threadCount: 2 });
  expect(compute.threadCount).toBe(1);
  expect(compute.device).toBe('WASM SIMD, 1 thread (a page’s main thread may not block)');
});
