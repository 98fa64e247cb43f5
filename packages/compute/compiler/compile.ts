/**
 * WGSL to WebAssembly SIMD, four invocations per vector in the manner of ISPC (DESIGN 1).
 * Passes, each in a folder of its own: parse -> check -> lower -> analyse -> emit.
 */
import { checkModule } from './check/check-module.ts';
import { emitModule } from './emit/module.ts';
import { type Binding, type Entry, interfaceOf } from './interface.ts';
import { layoutOf } from './layout-of.ts';
import { lowerEntry } from './lower/lower-entry.ts';
import { DEFAULTS, Spent } from './lower/lowering.ts';
import { Source } from './parse/source.ts';
import { specialise } from './specialise.ts';

export { layoutOf, specialise };
export type { Binding, Entry };

export type CompileOptions = {
  /** Replaces the values of module-scope `const NAME = ...` and `override NAME ...`. */
  constants?: Readonly<Record<string, number>>;
  /** Names of storage arrays (`array<Struct>`) whose private layout is interleaved by four lanes. */
  interleaved?: readonly string[];
  /** Relaxed fused multiply-add: faster, not bit-exact across machines. Default false. */
  relaxed?: boolean;
  /** Import a shared memory (threads). Default false. */
  sharedMemory?: boolean;
  /**
   * For text from strangers: at most this many loop iterations per call of an entry point; then the
   * call traps and the exported global `loopLine` holds the line of the loop. Default: no budget.
   */
  loopBudget?: number;
};

/**
 * One WASM module: imports `env.memory`, exports each entry point as
 * `(firstGroup, endGroup, table) => void`. `table` is the address of u32s: groupsX, groupsY, groupsZ,
 * scratchAddress (16-byte aligned, `scratchBytes` per thread), then address and byteLength of every
 * binding in the order of `bindings`. Addresses are multiples of 16. Lanes beyond the end of an array
 * of words are read and written with the rest of their vector: memory up to the next multiple of 16
 * bytes, and to whole groups of four interleaved elements, belongs to the buffer.
 */
export type CompiledModule = {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Sorted by group, then binding. */
  readonly bindings: readonly Binding[];
  readonly entries: Readonly<Record<string, Entry>>;
  readonly scratchBytes: number;
};

/** Compiles every entry point of a WGSL module. Throws WgslError. */
export function compileToWasm(wgsl: string, options: CompileOptions = {}): CompiledModule {
  const {
    constants,
    interleaved = [],
    relaxed = false,
    sharedMemory = false,
    loopBudget,
  } = options;
  const source = new Source(wgsl);
  const module = checkModule(source, constants);
  const shown = interfaceOf(module, interleaved);
  const input = { source, bindings: module.bindings, interleaved, options: DEFAULTS };
  const spent = new Spent();
  const kernels = module.entries.map((entry) => lowerEntry(entry, { ...input, spent }));
  const tooLarge = (name: string, bytesMax: number) => {
    const { at } = module.entries.find((entry) => entry.name === name)!.function;
    const cure = 'engines take no more; do less in one entry point';
    return source.error(at, `'${name}' of more than ${bytesMax} bytes of WebAssembly`, cure);
  };
  return {
    bytes: emitModule(kernels, { relaxed, sharedMemory, loopBudget }, tooLarge),
    ...shown,
    scratchBytes: Math.max(...kernels.map((kernel) => kernel.scratchBytes)),
  };
}
