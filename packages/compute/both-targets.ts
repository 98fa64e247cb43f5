/** For tests in a browser: the same kernel on the same buffers, on both targets. */
import { expect } from 'vitest';
import type { Compute, KernelOptions } from './compute.ts';
import { openCompute, openWasm } from './open.ts';

export type Input = { words: Uint32Array; strideBytes?: number };
/** `entry` is `main` where nothing else is said. */
export type Run = Omit<KernelOptions, 'label' | 'entry'> & {
  entry?: string;
  inputs: Readonly<Record<string, Input>>;
  invocations: number | readonly [number, number, number];
  times?: number;
};
type Outputs = Record<string, Uint32Array>;

export const floats = (values: readonly number[]): Uint32Array =>
  new Uint32Array(Float32Array.from(values).buffer);
export const zeros = (count: number): Input => ({ words: new Uint32Array(count) });

export class BothTargets implements Disposable {
  readonly #webgpu: Compute;
  readonly #wasm: Compute;

  private constructor(webgpu: Compute, wasm: Compute) {
    this.#webgpu = webgpu;
    this.#wasm = wasm;
  }

  static async open(): Promise<BothTargets> {
    const webgpu = await openCompute({ target: 'webgpu', allowSoftwareAdapter: true });
    return new BothTargets(webgpu, await openWasm());
  }

  /** What the buffers hold afterwards; fails where a bit differs. */
  async expectEqual(options: Run): Promise<Outputs> {
    const webgpu = await run(this.#webgpu, options);
    const wasm = await run(this.#wasm, options);
    expect(wasm).toEqual(webgpu);
    return wasm;
  }

  /** Largest |a - b| / max(1, |b|) over the items of an output, as floats. */
  async worstDifference(options: Run, output: string): Promise<number> {
    const a = new Float32Array((await run(this.#wasm, options))[output]!.buffer);
    const b = new Float32Array((await run(this.#webgpu, options))[output]!.buffer);
    let worst = 0;
    a.forEach((x, i) => {
      if (Object.is(x, b[i]!)) return;
      worst = Math.max(worst, Math.abs(x - b[i]!) / Math.max(1, Math.abs(b[i]!)));
    });
    return worst;
  }

  [Symbol.dispose](): void {
    this.#webgpu[Symbol.dispose]();
    this.#wasm[Symbol.dispose]();
  }
}

async function run(compute: Compute, options: Run): Promise<Outputs> {
  const { inputs, invocations, times, entry = 'main', ...kernelOptions } = options;
  const kernel = await compute.createKernel({ label: 'test', entry, ...kernelOptions });
  const buffers = Object.fromEntries(
    Object.entries(inputs).map(([label, { words, strideBytes }]) => {
      const bytes = words.byteLength;
      const buffer = compute.createBuffer({ label, bytes, interleavedStrideBytes: strideBytes });
      compute.write(buffer, words);
      return [label, buffer];
    }),
  );
  compute.submit([kernel.prepare({ bindings: buffers, invocations })], { times: times ?? 1 });
  const results: Outputs = {};
  for (const [label, buffer] of Object.entries(buffers)) {
    results[label] = new Uint32Array((await compute.read(buffer)).buffer);
    buffer[Symbol.dispose]();
  }
  return results;
}
