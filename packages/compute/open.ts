import type { Compute, ComputeOptions } from './compute.ts';
import { openWasm } from './wasm/open-wasm.ts';

export { openWasm };

/** Opens the best target there is, or the one asked for. Throws NoTargetError. */
export async function openCompute(options: ComputeOptions = {}): Promise<Compute> {
  return openWasm(options);
}
