import type { Compute, ComputeOptions, WasmCompute, WasmOptions } from './compute.ts';
import { NoTargetError } from './errors.ts';

/** Opens the best target there is, or the one asked for. Throws NoTargetError. */
export async function openCompute(options: ComputeOptions = {}): Promise<Compute> {
  return openWasm(options);
}

/** Opens the WASM target: strict and synchronous, the same to the bit everywhere. */
export function openWasm(options: WasmOptions = {}): Promise<WasmCompute> {
  void options;
  return Promise.reject(new NoTargetError('being written'));
}
