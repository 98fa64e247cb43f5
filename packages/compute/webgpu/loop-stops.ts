import { LoopBudgetError } from '../errors.ts';
import type { Readback } from './readback.ts';

/** GPUBufferUsage of a buffer that kernels write, that is read and set back. */
const STORAGE_AND_COPIES = 0x80 | 0x4 | 0x8;
const BYTES = 4;

/** The buffers in which kernels with a loop budget leave the line of a loop that was stopped. */
export class LoopStops {
  readonly #device: GPUDevice;
  readonly #readback: Readback;
  /** Buffers of kernels that ran since the last check, with the kernel's label. */
  readonly #unchecked = new Map<GPUBuffer, string>();

  constructor(device: GPUDevice, readback: Readback) {
    this.#device = device;
    this.#readback = readback;
  }

  create(label: string): GPUBuffer {
    return this.#device.createBuffer({ label, size: BYTES, usage: STORAGE_AND_COPIES });
  }

  submitted(buffer: GPUBuffer, label: string): void {
    this.#unchecked.set(buffer, label);
  }

  /** Throws LoopBudgetError where a loop was stopped in what was submitted so far. */
  async check(): Promise<void> {
    const unchecked = [...this.#unchecked];
    this.#unchecked.clear();
    const lines = await Promise.all(
      unchecked.map(async ([buffer]) => {
        const bytes = await this.#readback.read(buffer, { byteOffset: 0, bytes: BYTES });
        return new Uint32Array(bytes.buffer)[0]!;
      }),
    );
    const stopped = lines.findIndex((line) => line > 0);
    if (stopped < 0) return;
    for (const [buffer] of unchecked) this.#device.queue.writeBuffer(buffer, 0, new Uint32Array(1));
    throw new LoopBudgetError(unchecked[stopped]![1], lines[stopped]!);
  }
}
