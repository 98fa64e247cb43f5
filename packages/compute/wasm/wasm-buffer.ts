import type { BufferOptions, ComputeBuffer } from '../compute.ts';
import { checkBufferSize, checkStride } from '../prepare.ts';
import { interleavedBytes } from './interleave.ts';

/** Whole vectors may be loaded at the end of an array, so memory reaches a multiple of this. */
const PADDING_BYTES = 16;

export type WasmBufferOwner = {
  allocate: (bytes: number, label: string) => number;
  release: (buffer: WasmBuffer) => void;
};

/** A part of the arena. */
export class WasmBuffer implements ComputeBuffer {
  readonly label: string;
  readonly bytes: number;
  readonly interleavedStrideBytes: number | null;
  readonly owner: WasmBufferOwner;
  readonly address: number;
  #disposed = false;

  constructor(owner: WasmBufferOwner, options: BufferOptions) {
    const { label, bytes, interleavedStrideBytes: stride = null } = options;
    checkBufferSize(label, bytes);
    if (stride !== null) checkStride(label, bytes, stride);
    this.owner = owner;
    this.label = label;
    this.bytes = bytes;
    this.interleavedStrideBytes = stride;
    const laidOut = stride === null ? bytes : interleavedBytes(bytes, stride);
    this.address = owner.allocate(Math.ceil(laidOut / PADDING_BYTES) * PADDING_BYTES, label);
  }

  get disposed(): boolean {
    return this.#disposed;
  }

  [Symbol.dispose](): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.owner.release(this);
  }
}

/** The buffer when it is one of that owner's, else null. */
export function ownedBuffer(buffer: unknown, owner: WasmBufferOwner): WasmBuffer | null {
  return buffer instanceof WasmBuffer && buffer.owner === owner ? buffer : null;
}
