/** Opening a target: WebGPU, or WASM SIMD with threads, behind one interface. */
export { openCompute, openWasm } from './open.ts';
export type {
  ArenaUse,
  BufferOptions,
  ByteRange,
  Compute,
  ComputeBuffer,
  ComputeOptions,
  Dispatch,
  HandWritten,
  Kernel,
  KernelOptions,
  PrepareOptions,
  SubmitOptions,
  Target,
  WasmCompute,
  WasmOptions,
} from './compute.ts';

/** Limits of dispatches. */
export { WORKGROUPS_MAX } from './prepare.ts';

/** What can go wrong, where a caller branches on it. */
export {
  ArenaError,
  DeviceLostError,
  KernelError,
  LoopBudgetError,
  NoTargetError,
} from './errors.ts';
export { WgslError } from './compiler/wgsl-error.ts';

/** The compiler: WGSL to WASM SIMD, and layouts read from the kernel's own text. */
export { compileToWasm, layoutOf, specialise } from './compiler/compile.ts';
export type { Binding, CompiledModule, CompileOptions, Entry } from './compiler/compile.ts';
export type { FieldLayout, StructLayout } from './compiler/layout.ts';

/**
 * WGSL texts to append to a kernel's own: polynomial elementary functions, integer random numbers.
 */
export { default as mathWgsl } from './math.wgsl';
export { default as randomWgsl } from './random.wgsl';

/** Bytes of WebAssembly, for kernels written by hand (`KernelOptions.wasm`). */
export {
  Code as WasmCode,
  name as wasmName,
  section as wasmSection,
} from './compiler/emit/code.ts';

/** SHA-256 that is synchronous and there on any page. */
export { sha256Hex } from './sha256.ts';
