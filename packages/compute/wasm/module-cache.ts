/**
 * Compiled modules by text and options, for all WASM targets of this agent: matches, replays and
 * tests open many and run the same few kernels.
 */
import { type CompiledModule, type CompileOptions, compileToWasm } from '../compiler/compile.ts';
import { KernelError } from '../errors.ts';
import { moduleHash } from './module-hash.ts';

/** Beyond this many, the module that was used longest ago is forgotten. */
const MODULES_MAX = 128;

export type CachedModule = {
  readonly key: string;
  readonly compiled: CompiledModule;
  readonly module: WebAssembly.Module;
  readonly entries: readonly string[];
  /** Hex SHA-256 of the emitted bytes. */
  readonly hash: string;
};

const modules = new Map<string, Promise<CachedModule>>();

/** Throws WgslError, or KernelError where the engine refuses what was emitted. */
export function cachedModule(wgsl: string, options: CompileOptions): Promise<CachedModule> {
  const constants = Object.entries(options.constants ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  const key = JSON.stringify([
    wgsl,
    constants.map(([name, value]) => [name, String(value)]),
    [...(options.interleaved ?? [])].sort(),
    options.relaxed ?? false,
    options.sharedMemory ?? false,
    options.loopBudget ?? null,
  ]);
  const module = modules.get(key) ?? compile(key, wgsl, options);
  modules.delete(key);
  modules.set(key, module);
  if (modules.size > MODULES_MAX) modules.delete(modules.keys().next().value!);
  module.catch(() => modules.delete(key));
  return module;
}

async function compile(key: string, wgsl: string, options: CompileOptions): Promise<CachedModule> {
  const compiled = compileToWasm(wgsl, options);
  return {
    key,
    compiled,
    module: await engineModule(compiled.bytes),
    entries: Object.keys(compiled.entries),
    hash: moduleHash(compiled.bytes),
  };
}

async function engineModule(bytes: Uint8Array<ArrayBuffer>): Promise<WebAssembly.Module> {
  try {
    return await WebAssembly.compile(bytes);
  } catch (error) {
    throw new KernelError(
      `The engine refuses the emitted module, a compiler bug: ${String(error)}`,
    );
  }
}
