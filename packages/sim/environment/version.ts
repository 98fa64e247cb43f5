import { openWasm } from '@dreampitch/compute';
import type { Environment } from './environment.ts';
import { constantsOn, INTERLEAVED } from './vector-environment.ts';

/**
 * Hex SHA-256 of the strict WASM that the compiler makes of the environment: its text, its constants
 * and the compiler are all in it. Equal versions compute equal worlds from equal inputs, to the bit.
 */
export async function versionOf(environment: Environment): Promise<string> {
  // One thread without shared memory everywhere, or the memory's import would differ.
  using compute = await openWasm({ threadCount: 1, sharedMemory: false });
  const kernel = await compute.createKernel({
    label: `${environment.id} version`,
    wgsl: environment.wgsl,
    entry: 'step',
    constants: constantsOn('wasm', environment),
    interleaved: INTERLEAVED,
  });
  return kernel.hash;
}
