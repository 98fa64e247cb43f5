import type {
  ArenaUse,
  BufferOptions,
  ByteRange,
  ComputeBuffer,
  Dispatch,
  Kernel,
  KernelOptions,
  SubmitOptions,
  WasmCompute,
} from '../compute.ts';
import { KernelError, LoopBudgetError } from '../errors.ts';
import { checkRange, checkTimes } from '../prepare.ts';
import {
  type KernelFunction,
  kernelFunctions,
  submitProgram,
  takeLoopLine,
  type Thread,
} from './crew.ts';
import { hasRelaxedSimd } from './features.ts';
import { deinterleave, interleave } from './interleave.ts';
import type { LinearMemory } from './memory.ts';
import { type CachedModule, cachedModule } from './module-cache.ts';
import type { ThreadPool } from './pool.ts';
import { Program, readFailure, roundsThatFit, stepsThatFit, writeProgram } from './program.ts';
import { Scratch } from './scratch.ts';
import { ownedBuffer, WasmBuffer } from './wasm-buffer.ts';
import { WasmDispatch, WasmKernel } from './wasm-kernel.ts';

export type WasmTargetOptions = {
  /** Shared where there is a pool. */
  memory: LinearMemory;
  /** Null with one thread. */
  pool: ThreadPool | null;
  threadCount: number;
  device: string;
};

type Call = {
  readonly step: WasmDispatch;
  readonly kernel: KernelFunction;
  readonly table: number;
};

/** The WASM target behind the contract. Opened by wasm/open-wasm.ts. */
export class WasmTarget implements WasmCompute {
  readonly target = 'wasm';
  readonly hasF16 = false;
  readonly device: string;
  readonly threadCount: number;
  /** There is no device to lose. */
  readonly lost = new Promise<string>(() => {});
  readonly #options: WasmTargetOptions;
  readonly #memory: LinearMemory;
  readonly #scratch: Scratch;
  readonly #thread: Thread;
  readonly #buffers = new Set<WasmBuffer>();
  readonly #functions: KernelFunction[] = [];
  /** Index of a module's first function, once every thread has it. */
  readonly #modules = new Map<string, Promise<number>>();
  /** The program that is written for this thread alone. */
  #alone: { calls: readonly Call[]; scratchAddresses: readonly number[] } | null = null;
  /** Why nothing runs any more. */
  #closed: string | null = null;

  constructor(options: WasmTargetOptions) {
    this.#options = options;
    this.#memory = options.memory;
    this.#scratch = new Scratch(options.memory, options.threadCount);
    this.#thread = { index: 0, count: options.threadCount };
    this.device = options.device;
    this.threadCount = options.threadCount;
  }

  get arena(): ArenaUse {
    let bytes = 0;
    for (const buffer of this.#buffers) bytes += buffer.bytes;
    return { bufferCount: this.#buffers.size, bytes, bytesMax: this.#memory.bytesMax };
  }

  createBuffer(options: BufferOptions): ComputeBuffer {
    this.#assertOpen();
    const buffer = new WasmBuffer(this.#owner, options);
    this.#buffers.add(buffer);
    return buffer;
  }

  async createKernel(options: KernelOptions): Promise<Kernel> {
    this.#assertOpen();
    const { label, wgsl, entry, constants, interleaved, relaxed, loopBudget } = options;
    const compileOptions = {
      constants,
      interleaved,
      loopBudget,
      relaxed: relaxed === true && hasRelaxedSimd(),
      sharedMemory: this.#options.pool !== null,
    };
    const module = await cachedModule(wgsl, compileOptions, options.wasm);
    const index = module.entries.indexOf(entry);
    if (index < 0) {
      const entries = module.entries.join(', ') || 'none';
      throw new KernelError(`Kernel '${label}': no entry point '${entry}'; there is ${entries}.`);
    }
    this.#assertOpen();
    let first = this.#modules.get(module.key);
    if (!first) {
      first = this.#addModule(module);
      this.#modules.set(module.key, first);
      // What failed for want of memory may be tried again.
      first.catch(() => this.#modules.delete(module.key));
    }
    const functionIndex = (await first) + index;
    return new WasmKernel({ label, entry, module, functionIndex, owner: this.#owner });
  }

  submit(dispatches: readonly Dispatch[], options: SubmitOptions = {}): void {
    this.#assertOpen();
    const steps = dispatches.map((dispatch) => this.#ownDispatch(dispatch));
    const times = checkTimes(options.times);
    // Nothing to share, and waking threads costs more than a few workgroups.
    const alone = this.#options.pool === null || steps.every((step) => step.groupCount <= 1);
    if (alone) this.#runAlone(steps, times);
    else this.#runTogether(steps, times);
  }

  write(buffer: ComputeBuffer, bytes: ArrayBufferView, byteOffset = 0): void {
    const to = this.#ownBuffer(buffer);
    checkRange(to, { byteOffset, bytes: bytes.byteLength });
    const from = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const strideBytes = to.interleavedStrideBytes;
    if (strideBytes === null) {
      this.#memory.bytes.set(from, to.address + byteOffset);
      return;
    }
    // Copied where it does not start at a word, which a Uint32Array must.
    const words = from.byteOffset % 4 === 0 ? from : from.slice();
    const fromWords = new Uint32Array(words.buffer, words.byteOffset, words.length / 4);
    interleave(fromWords, this.#wordsFrom(to), { wordOffset: byteOffset / 4, strideBytes });
  }

  readSync(buffer: ComputeBuffer, range?: ByteRange): Uint8Array<ArrayBuffer> {
    const from = this.#ownBuffer(buffer);
    const { byteOffset, bytes } = range ?? { byteOffset: 0, bytes: from.bytes };
    checkRange(from, { byteOffset, bytes });
    const copy = new Uint8Array(bytes);
    const strideBytes = from.interleavedStrideBytes;
    if (strideBytes === null) {
      const start = from.address + byteOffset;
      copy.set(this.#memory.bytes.subarray(start, start + bytes));
      return copy;
    }
    const at = { wordOffset: byteOffset / 4, strideBytes };
    deinterleave(this.#wordsFrom(from), new Uint32Array(copy.buffer), at);
    return copy;
  }

  async read(buffer: ComputeBuffer, range?: ByteRange): Promise<Uint8Array<ArrayBuffer>> {
    return this.readSync(buffer, range);
  }

  view(buffer: ComputeBuffer): Uint8Array {
    const own = this.#ownBuffer(buffer);
    checkRange(own, { byteOffset: 0, bytes: 0 });
    if (own.interleavedStrideBytes !== null) {
      throw new Error(`Buffer '${own.label}' is interleaved; use readSync, which converts.`);
    }
    return this.#memory.bytes.subarray(own.address, own.address + own.bytes);
  }

  async finished(): Promise<void> {
    this.#assertOpen();
  }

  [Symbol.dispose](): void {
    if (this.#closed !== null) return;
    this.#closed = 'this Compute was disposed';
    for (const buffer of this.#buffers) buffer[Symbol.dispose]();
    this.#scratch[Symbol.dispose]();
    this.#options.pool?.[Symbol.dispose]();
  }

  readonly #owner = {
    allocate: (bytes: number, label: string) => this.#memory.allocate(bytes, label),
    release: (buffer: WasmBuffer) => {
      this.#buffers.delete(buffer);
      this.#memory.free(buffer.address);
    },
  };

  #ownBuffer(buffer: ComputeBuffer): WasmBuffer {
    this.#assertOpen();
    const own = ownedBuffer(buffer, this.#owner);
    if (!own) throw new Error(`Buffer '${buffer.label}' belongs to another Compute.`);
    return own;
  }

  #ownDispatch(dispatch: Dispatch): WasmDispatch {
    if (!(dispatch instanceof WasmDispatch) || dispatch.owner !== this.#owner) {
      throw new Error(`Dispatch '${dispatch.label}' was prepared by another Compute.`);
    }
    const gone = dispatch.disposedBuffer;
    if (gone) throw new Error(`Dispatch '${dispatch.label}': buffer '${gone.label}' was disposed.`);
    return dispatch;
  }

  #wordsFrom(buffer: WasmBuffer): Uint32Array {
    return new Uint32Array(this.#memory.bytes.buffer, buffer.address);
  }

  async #addModule(module: CachedModule): Promise<number> {
    const env = { memory: this.#memory.memory };
    const instance = await WebAssembly.instantiate(module.module, { env });
    this.#assertOpen();
    this.#scratch.reserve(module.compiled.scratchBytes);
    const first = this.#functions.length;
    this.#functions.push(...kernelFunctions(instance, module.entries));
    try {
      await this.#options.pool?.addModule(module.module, module.entries);
    } catch (error) {
      this.#closed ??= `a thread failed: ${String(error)}`;
      throw error;
    }
    return first;
  }

  /** Runs the steps in order on this thread. */
  #runAlone(steps: readonly WasmDispatch[], times: number): void {
    this.#inPrograms(steps, { threadCount: 1, times }, (part, rounds) => {
      const calls = this.#callsOf(part);
      for (let round = 0; round < rounds; round++) {
        for (const { step, kernel, table } of calls) {
          try {
            kernel.run(0, step.groupCount, table);
          } catch (error) {
            throw failureOf(step, { line: takeLoopLine(kernel), text: String(error) });
          }
        }
      }
    });
  }

  /** Mostly the steps are those of the submission before, whose program is written already. */
  #callsOf(part: readonly WasmDispatch[]): readonly Call[] {
    const scratchAddresses = this.#scratch.addresses;
    const last = this.#alone;
    const isSame =
      last?.scratchAddresses === scratchAddresses &&
      last.calls.length === part.length &&
      last.calls.every(({ step }, s) => step === part[s]);
    if (isSame) return last.calls;
    const { words } = this.#memory;
    writeProgram(words, part, { threadCount: 1, rounds: 1, scratchAddresses });
    const program = new Program(words);
    const calls = part.map((step, s) => ({
      step,
      kernel: this.#functions[step.functionIndex]!,
      table: program.table(s, { index: 0, count: 1 }),
    }));
    this.#alone = { calls, scratchAddresses };
    return calls;
  }

  /** Runs the steps in order, each on all threads. */
  #runTogether(steps: readonly WasmDispatch[], times: number): void {
    const { threadCount } = this.#options;
    const scratchAddresses = this.#scratch.addresses;
    this.#alone = null;
    this.#inPrograms(steps, { threadCount, times }, (part, rounds) => {
      const { words } = this.#memory;
      const ticketCount = writeProgram(words, part, { threadCount, rounds, scratchAddresses });
      try {
        submitProgram(words, this.#functions, { ticketCount, thread: this.#thread });
      } catch (error) {
        // A thread died: what it held will never be done.
        this.#closed ??= String(error);
        throw error;
      }
      const failure = readFailure(words);
      if (failure) throw failureOf(part[failure.step]!, failure);
    });
  }

  /** Cuts a submission into programs that fit into their place in memory. */
  #inPrograms(
    steps: readonly WasmDispatch[],
    options: { threadCount: number; times: number },
    run: (part: readonly WasmDispatch[], rounds: number) => void,
  ): void {
    const { threadCount, times } = options;
    if (steps.length === 0) return;
    if (stepsThatFit(steps, 0, threadCount) === steps.length) {
      const roundsMax = roundsThatFit(steps, threadCount);
      for (let left = times; left > 0; left -= roundsMax) run(steps, Math.min(left, roundsMax));
      return;
    }
    for (let time = 0; time < times; time++) {
      for (let start = 0; start < steps.length;) {
        const count = stepsThatFit(steps, start, threadCount);
        run(steps.slice(start, start + count), 1);
        start += count;
      }
    }
  }

  #assertOpen(): void {
    if (this.#closed !== null) throw new Error(`Nothing runs here any more: ${this.#closed}.`);
  }
}

function failureOf(step: WasmDispatch, failure: { line: number; text: string }): Error {
  if (failure.line > 0) return new LoopBudgetError(step.label, failure.line);
  return new KernelError(`Kernel '${step.label}' stopped: ${failure.text}`);
}
