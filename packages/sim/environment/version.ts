import { openWasm } from '@dreampitch/compute';
import type { Environment } from './environment.ts';
import { constantsOn, INTERLEAVED } from './vector-environment.ts';

/** By text and constants: a list of replays asks for the same few versions again and again. */
const versions = new Map<string, Promise<string>>();
const VERSIONS_MAX = 64;

/**
 * Hex SHA-256 of the strict WASM that the compiler makes of the environment: its text, its constants
 * and the compiler are all in it. Equal versions compute equal worlds from equal inputs, to the bit.
 */
export function versionOf(environment: Environment): Promise<string> {
  const constants = Object.entries(environment.constants).sort(([a], [b]) => (a < b ? -1 : 1));
  const key = JSON.stringify([environment.wgsl, constants]);
  const known = versions.get(key);
  if (known) return known;
  if (versions.size >= VERSIONS_MAX) versions.clear();
  const version = compiledHash(environment);
  versions.set(key, version);
  version.catch(() => versions.delete(key));
  return version;
}

async function compiledHash(environment: Environment): Promise<string> {
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
