import type { Dispatch, Kernel, PrepareOptions } from '../compute.ts';
import { checkedBuffers, type KernelShape, workgroupsFor } from '../prepare.ts';
import type { CachedModule } from './module-cache.ts';
import type { Step } from './program.ts';
import { ownedBuffer, type WasmBuffer, type WasmBufferOwner } from './wasm-buffer.ts';

/** Words of a kernel's table before its bindings: workgroups along x, y, z and scratch address. */
const TABLE_HEADER_WORDS = 4;

/** A dispatch with its table written, but for the scratch address. */
export class WasmDispatch implements Dispatch, Step {
  readonly label: string;
  readonly owner: WasmBufferOwner;
  readonly buffers: readonly WasmBuffer[];
  readonly functionIndex: number;
  readonly groupCount: number;
  readonly table: Uint32Array;

  constructor(kernel: WasmKernel, buffers: readonly (WasmBuffer | null)[], groups: number[]) {
    this.label = kernel.label;
    this.owner = kernel.owner;
    this.functionIndex = kernel.functionIndex;
    this.buffers = buffers.filter((buffer) => buffer !== null);
    this.groupCount = groups.reduce((product, count) => product * count, 1);
    this.table = new Uint32Array(TABLE_HEADER_WORDS + 2 * buffers.length);
    this.table.set(groups);
    buffers.forEach((buffer, i) => {
      // A binding that this entry point does not use stays at address 0 with length 0.
      if (buffer) this.table.set([buffer.address, buffer.bytes], TABLE_HEADER_WORDS + 2 * i);
    });
    if (this.groupCount >= 2 ** 31) {
      throw new Error(`Kernel '${kernel.label}': ${this.groupCount} workgroups; at most 2^31 - 1.`);
    }
  }

  get disposedBuffer(): WasmBuffer | undefined {
    return this.buffers.find((buffer) => buffer.disposed);
  }
}

export type WasmKernelOptions = {
  label: string;
  entry: string;
  module: CachedModule;
  functionIndex: number;
  owner: WasmBufferOwner;
};

export class WasmKernel implements Kernel {
  readonly label: string;
  readonly entry: string;
  readonly hash: string;
  readonly workgroupSize: readonly [number, number, number];
  readonly functionIndex: number;
  readonly owner: WasmBufferOwner;
  readonly #shape: KernelShape;

  constructor(options: WasmKernelOptions) {
    const { compiled, hash } = options.module;
    const entry = compiled.entries[options.entry]!;
    this.label = options.label;
    this.entry = options.entry;
    this.hash = hash;
    this.workgroupSize = entry.workgroupSize;
    this.functionIndex = options.functionIndex;
    this.#shape = { label: options.label, entry, bindings: compiled.bindings };
    this.owner = options.owner;
  }

  prepare(options: PrepareOptions): Dispatch {
    const buffers = checkedBuffers(this.#shape, options.bindings, (buffer) =>
      ownedBuffer(buffer, this.owner),
    );
    const inOrder = this.#shape.bindings.map((binding) => buffers.get(binding.name) ?? null);
    return new WasmDispatch(this, inOrder, workgroupsFor(this.#shape, options.invocations, 'wasm'));
  }
}
