import type { BufferOptions, ComputeBuffer } from '../compute.ts';
import { checkBufferSize, checkStride } from '../prepare.ts';

/** GPUBufferUsage, which only browsers have as a global: all that a kernel or a copy may need. */
const COPY_SRC = 0x4;
const COPY_DST = 0x8;
const UNIFORM = 0x40;
const STORAGE = 0x80;
/** A uniform binding of a struct ends at a multiple of 16. */
const PADDING_BYTES = 16;

export type GpuBufferOwner = {
  allocate: (descriptor: GPUBufferDescriptor & { label: string }) => GPUBuffer;
  release: (buffer: GpuBuffer) => void;
};

/** A GPUBuffer. Its elements are never interleaved: the GPU's lanes read WGSL's own layout. */
export class GpuBuffer implements ComputeBuffer {
  readonly label: string;
  readonly bytes: number;
  /** As asked for, so that both targets check bindings alike. */
  readonly interleavedStrideBytes: number | null;
  readonly owner: GpuBufferOwner;
  readonly gpu: GPUBuffer;
  #disposed = false;

  constructor(owner: GpuBufferOwner, options: BufferOptions) {
    const { label, bytes, interleavedStrideBytes = null } = options;
    checkBufferSize(label, bytes);
    if (interleavedStrideBytes !== null) checkStride(label, bytes, interleavedStrideBytes);
    this.owner = owner;
    this.label = label;
    this.bytes = bytes;
    this.interleavedStrideBytes = interleavedStrideBytes;
    const size = Math.ceil(bytes / PADDING_BYTES) * PADDING_BYTES;
    this.gpu = owner.allocate({ label, size, usage: STORAGE | UNIFORM | COPY_SRC | COPY_DST });
  }

  get disposed(): boolean {
    return this.#disposed;
  }

  [Symbol.dispose](): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.gpu.destroy();
    this.owner.release(this);
  }
}

/** The buffer when it is one of that owner's, else null. */
export function ownedBuffer(buffer: unknown, owner: GpuBufferOwner): GpuBuffer | null {
  return buffer instanceof GpuBuffer && buffer.owner === owner ? buffer : null;
}
