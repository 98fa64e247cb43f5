/** GPUMapMode.READ, and the usages of a buffer that the CPU reads. */
const MAP_READ_MODE = 0x1;
const USAGE_MAP_READ = 0x1;
const USAGE_COPY_DST = 0x8;

/** Staging buffers kept for the next read; more than this many are destroyed after use. */
const KEPT_MAX = 4;
/** A kept buffer is used for reads of at least this part of its size. */
const FILL_MIN = 1 / 4;
const BYTES_MIN = 4096;

/** Copies parts of GPU buffers to the CPU through staging buffers that are used again. */
export class Readback implements Disposable {
  readonly #device: GPUDevice;
  readonly #kept: GPUBuffer[] = [];
  #disposed = false;

  constructor(device: GPUDevice) {
    this.#device = device;
  }

  /** What `from` holds after everything submitted before. Rejects when the device is lost. */
  async read(
    from: GPUBuffer,
    range: { byteOffset: number; bytes: number },
  ): Promise<Uint8Array<ArrayBuffer>> {
    const { byteOffset, bytes } = range;
    if (bytes === 0) return new Uint8Array(0);
    const staging = this.#take(bytes);
    const encoder = this.#device.createCommandEncoder({ label: `read ${from.label}` });
    encoder.copyBufferToBuffer(from, byteOffset, staging, 0, bytes);
    this.#device.queue.submit([encoder.finish()]);
    try {
      await staging.mapAsync(MAP_READ_MODE, 0, bytes);
    } catch (error) {
      staging.destroy();
      throw error;
    }
    const copy = new Uint8Array(staging.getMappedRange(0, bytes)).slice();
    staging.unmap();
    if (this.#disposed || this.#kept.length >= KEPT_MAX) staging.destroy();
    else this.#kept.push(staging);
    return copy;
  }

  [Symbol.dispose](): void {
    this.#disposed = true;
    for (const staging of this.#kept.splice(0)) staging.destroy();
  }

  #take(bytes: number): GPUBuffer {
    const index = this.#kept.findIndex(
      ({ size }) => size >= bytes && (size <= BYTES_MIN || bytes >= size * FILL_MIN),
    );
    if (index >= 0) return this.#kept.splice(index, 1)[0]!;
    return this.#device.createBuffer({
      label: 'staging',
      size: Math.max(bytes, BYTES_MIN),
      usage: USAGE_MAP_READ | USAGE_COPY_DST,
    });
  }
}
