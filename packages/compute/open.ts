import type { Compute, ComputeOptions } from './compute.ts';
import { NoTargetError } from './errors.ts';
import { openWasm } from './wasm/open-wasm.ts';
import { openDevice } from './webgpu/adapter.ts';
import { WebGpuTarget } from './webgpu/webgpu-compute.ts';

export { openWasm };

/** Opens the best target there is, or the one asked for. Throws NoTargetError. */
export async function openCompute(options: ComputeOptions = {}): Promise<Compute> {
  const { target = 'auto', gpu, allowSoftwareAdapter = false, arenaBytesMax } = options;
  if (target === 'wasm') return openWasm(options);
  try {
    const opened = await openDevice({ gpu, allowSoftwareAdapter });
    return new WebGpuTarget({ ...opened, arenaBytesMax });
  } catch (error) {
    if (target === 'webgpu' || !(error instanceof NoTargetError)) throw error;
    return openWasm(options);
  }
}
