/**
 * The contract of both targets: buffers, kernels, prepared dispatches, batched submission.
 * One WGSL text runs on WebGPU, or compiled to WASM SIMD with threads, behind this interface.
 */

/** Where kernels run. */
export type Target = 'webgpu' | 'wasm';

export type WasmOptions = {
  /**
   * Threads that run a dispatch, the caller's included. Default: one per core where the caller may
   * block and memory can be shared, else 1. More than one blocks in `submit`, so a page's main
   * thread always has one.
   */
  threadCount?: number;
  /** Bytes that all buffers together may take. Default: the target's own limit. */
  arenaBytesMax?: number;
  /** False keeps the memory to this thread (one thread then). Default: shared where possible. */
  sharedMemory?: boolean;
};

export type ComputeOptions = WasmOptions & {
  /** 'auto' (default) takes a real GPU where there is one, else WASM. */
  target?: 'auto' | Target;
  /** Accept a software WebGPU adapter such as SwiftShader. Default false: WASM is faster. */
  allowSoftwareAdapter?: boolean;
  /** The WebGPU entry point, for hosts without `navigator.gpu` (Dawn in Node). */
  gpu?: GPU;
};

export type BufferOptions = {
  /** Named in every error about the buffer. */
  label: string;
  /** Size in WGSL's layout; a multiple of 4. */
  bytes: number;
  /**
   * For buffers that only kernels see: the WGSL stride of one element. On WASM the elements are
   * then interleaved by four lanes; `write` and `read` convert. Bind it to bindings that the kernel
   * names in `interleaved`.
   */
  interleavedStrideBytes?: number;
};

/** Memory on the target. Zeroed when created; disposing gives it back. */
export interface ComputeBuffer extends Disposable {
  readonly label: string;
  /** Size in WGSL's layout. */
  readonly bytes: number;
}

/**
 * A kernel whose WASM was written by hand, where that is much faster than what WGSL compiles to.
 */
export type HandWritten = {
  /** Tells it from every other, in the cache. */
  readonly key: string;
  /** Workgroups are its own: their size takes the place of the text's. */
  readonly workgroupSize: readonly [number, number, number];
  /** Scratch memory per thread. */
  readonly scratchBytes: number;
  /**
   * The module as CompiledModule describes it, with the entry point and the bindings of the text.
   */
  emit(options: {
    readonly sharedMemory: boolean;
    /** `KernelOptions.relaxed`, where the engine has such arithmetic. */
    readonly relaxed: boolean;
  }): Uint8Array<ArrayBuffer>;
};

export type KernelOptions = {
  /** Named in every error about the kernel. */
  label: string;
  wgsl: string;
  /** The function marked `@compute`. */
  entry: string;
  /** Replaces the values of module-scope constants, on both targets alike. */
  constants?: Readonly<Record<string, number>>;
  /** Bindings whose buffers have `interleavedStrideBytes`. */
  interleaved?: readonly string[];
  /** Allow relaxed arithmetic on WASM: faster where the engine has it, not bit-exact. */
  relaxed?: boolean;
  /**
   * For text from strangers: a loop is stopped after this many iterations (WASM: of all loops in
   * one call on one thread; WebGPU: of all loops in one invocation), and the next `finished`,
   * `read` or (WASM) the `submit` itself throws a LoopBudgetError that names the line.
   */
  loopBudget?: number;
  /** Runs on WASM in place of the compiled text, which then only declares entry and bindings. */
  wasm?: HandWritten;
  /**
   * Runs on WebGPU in its place: WGSL beyond the subset, such as that of `enable f16` where `hasF16`,
   * with the same entry, bindings and workgroups. Never a stranger's text: only the driver checks it.
   */
  webgpu?: string;
};

export type PrepareOptions = {
  /** A buffer for each binding that the entry point uses, by the binding's name. */
  bindings: Readonly<Record<string, ComputeBuffer>>;
  /**
   * Invocations along x, or x, y and z. Rounded up to whole workgroups, so kernels guard their
   * ends.
   */
  invocations: number | readonly [number, number, number];
};

export interface Kernel {
  readonly label: string;
  readonly entry: string;
  /** Hex SHA-256 of what runs: the emitted WASM, or the text on WebGPU. */
  readonly hash: string;
  readonly workgroupSize: readonly [number, number, number];
  /** Throws where a binding is missing, unknown, too small, laid out otherwise or aliased. */
  prepare(options: PrepareOptions): Dispatch;
}

/** A kernel with its buffers and size, ready to be submitted any number of times. */
export interface Dispatch {
  readonly label: string;
}

export type SubmitOptions = {
  /** Runs the whole sequence this many times. Default 1. */
  times?: number;
};

/** Part of a buffer in WGSL's layout; both multiples of 4. */
export type ByteRange = { byteOffset: number; bytes: number };

/** What the arena holds at the moment. */
export type ArenaUse = {
  readonly bufferCount: number;
  readonly bytes: number;
  readonly bytesMax: number;
};

export interface Compute extends Disposable {
  readonly target: Target;
  /** In words, for people: 'WASM SIMD, 2 threads'. */
  readonly device: string;
  readonly threadCount: number;
  /** Texts for WebGPU may compute with halves (`enable f16`). False on WASM. */
  readonly hasF16: boolean;
  /** Buffers that were created and not disposed. */
  readonly arena: ArenaUse;
  /** Throws ArenaError naming the request where it does not fit. */
  createBuffer(options: BufferOptions): ComputeBuffer;
  /**
   * Compiles, or takes it from the cache of equal text and options. Throws WgslError, or
   * KernelError with the target's own message.
   */
  createKernel(options: KernelOptions): Promise<Kernel>;
  /**
   * Runs the dispatches in order; each sees the writes of those before. One command buffer on
   * WebGPU; on WASM all is done when it returns.
   */
  submit(dispatches: readonly Dispatch[], options?: SubmitOptions): void;
  /** `bytes` in WGSL's layout, a multiple of 4, to `byteOffset` (default 0). */
  write(buffer: ComputeBuffer, bytes: ArrayBufferView, byteOffset?: number): void;
  /** A copy in WGSL's layout, after everything submitted before. */
  read(buffer: ComputeBuffer, range?: ByteRange): Promise<Uint8Array<ArrayBuffer>>;
  /** Resolves when everything submitted is done; rejects with what went wrong on the device. */
  finished(): Promise<void>;
  /** Resolves with the reason when the device is lost; never on WASM. */
  readonly lost: Promise<string>;
}

/** The WASM target: strict, the same to the bit on every machine, and synchronous. */
export interface WasmCompute extends Compute {
  readonly target: 'wasm';
  /** As `read`, at once. */
  readSync(buffer: ComputeBuffer, range?: ByteRange): Uint8Array<ArrayBuffer>;
  /**
   * The buffer's memory itself, for buffers that are not interleaved. Take it anew after creating
   * buffers or kernels: a memory that is not shared moves when it grows.
   */
  view(buffer: ComputeBuffer): Uint8Array;
}
