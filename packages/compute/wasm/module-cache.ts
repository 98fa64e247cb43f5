/**
 * Compiled modules by text and options, for all WASM targets of this agent: matches, replays and
 * tests open many and run the same few kernels.
 */
import { type CompiledModule, type CompileOptions, compileToWasm } from '../compiler/compile.ts';
import type { HandWritten } from '../compute.ts';
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
export function cachedModule(
  wgsl: string,
  options: CompileOptions,
  handWritten?: HandWritten,
): Promise<CachedModule> {
  const constants = Object.entries(options.constants ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  const key = JSON.stringify([
    wgsl,
    constants.map(([name, value]) => [name, String(value)]),
    [...(options.interleaved ?? [])].sort(),
    options.relaxed ?? false,
    options.sharedMemory ?? false,
    options.loopBudget ?? null,
    handWritten?.key ?? null,
  ]);
  const module = modules.get(key) ?? compile(key, () => handCompiled(wgsl, options, handWritten));
  modules.delete(key);
  modules.set(key, module);
  if (modules.size > MODULES_MAX) modules.delete(modules.keys().next().value!);
  module.catch(() => modules.delete(key));
  return module;
}

/** The compiled text, or what was written by hand with the text's entry points and bindings. */
function handCompiled(
  wgsl: string,
  options: CompileOptions,
  handWritten: HandWritten | undefined,
): CompiledModule {
  const compiled = compileToWasm(wgsl, options);
  if (!handWritten) return compiled;
  const { workgroupSize, scratchBytes } = handWritten;
  const entries = Object.entries(compiled.entries).map(([name, entry]) => {
    return [name, { ...entry, workgroupSize }] as const;
  });
  const { sharedMemory = false, relaxed = false } = options;
  const bytes = handWritten.emit({ sharedMemory, relaxed });
  return { ...compiled, bytes, scratchBytes, entries: Object.fromEntries(entries) };
}

async function compile(key: string, compiledText: () => CompiledModule): Promise<CachedModule> {
  const compiled = compiledText();
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
