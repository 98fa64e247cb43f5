import { checkModule } from '../compiler/check/check-module.ts';
import { type Binding, interfaceOf } from '../compiler/interface.ts';
import { specialise } from '../compiler/compile.ts';
import type {
  ArenaUse,
  BufferOptions,
  ByteRange,
  Compute,
  ComputeBuffer,
  Dispatch,
  Kernel,
  KernelOptions,
  SubmitOptions,
} from '../compute.ts';
import { ArenaError, DeviceLostError, KernelError } from '../errors.ts';
import { checkRange, checkTimes } from '../prepare.ts';
import { sha256Hex } from '../sha256.ts';
import type { OpenedDevice } from './adapter.ts';
import { GpuBuffer, ownedBuffer } from './gpu-buffer.ts';
import {
  createPipeline,
  GpuDispatch,
  GpuKernel,
  type LoopStop,
  type Pipeline,
} from './gpu-kernel.ts';
import { withLoopBudget } from './loop-budget.ts';
import { LoopStops } from './loop-stops.ts';
import { Readback } from './readback.ts';

export type WebGpuTargetOptions = OpenedDevice & { arenaBytesMax: number | undefined };

const LOSS_WAIT_MS = 200;
/**
 * Dispatches in one command buffer. A longer submission becomes several, or the driver's watchdog
 * takes a command buffer of some seconds for a hang and resets the device.
 */
const DISPATCHES_MAX = 4096;

/** The WebGPU target behind the contract. */
export class WebGpuTarget implements Compute {
  readonly target = 'webgpu';
  readonly device: string;
  readonly threadCount = 1;
  readonly hasF16: boolean;
  readonly lost: Promise<string>;
  readonly #device: GPUDevice;
  readonly #bytesMax: number;
  readonly #readback: Readback;
  readonly #stops: LoopStops;
  readonly #buffers = new Set<GpuBuffer>();
  readonly #pipelines = new Map<string, Promise<Pipeline>>();
  #bytes = 0;
  /** Why nothing runs any more. */
  #closed: Error | null = null;
  /** What went wrong on the device since the last `finished` or `read`. */
  #failure: Error | null = null;

  constructor(options: WebGpuTargetOptions) {
    this.#device = options.device;
    this.#bytesMax = options.arenaBytesMax ?? Infinity;
    this.#readback = new Readback(options.device);
    this.#stops = new LoopStops(options.device, this.#readback);
    this.device = `WebGPU, ${options.name}`;
    this.hasF16 = options.device.features.has('shader-f16');
    this.lost = this.#watchLoss(options.name);
    options.device.addEventListener('uncapturederror', (event) => {
      this.#failure ??= new KernelError(`The GPU refused a command: ${event.error.message}`);
    });
  }

  get arena(): ArenaUse {
    return { bufferCount: this.#buffers.size, bytes: this.#bytes, bytesMax: this.#bytesMax };
  }

  createBuffer(options: BufferOptions): ComputeBuffer {
    this.#assertOpen();
    const buffer = new GpuBuffer(this.#owner, options);
    this.#buffers.add(buffer);
    this.#bytes += buffer.bytes;
    return buffer;
  }

  async createKernel(options: KernelOptions): Promise<Kernel> {
    this.#assertOpen();
    const { label, entry } = options;
    const key = JSON.stringify([
      options.wgsl,
      entry,
      Object.entries(options.constants ?? {})
        .map(([name, value]) => [name, String(value)])
        .sort(([a], [b]) => (a! < b! ? -1 : 1)),
      [...(options.interleaved ?? [])].sort(),
      options.loopBudget ?? null,
      options.webgpu ?? null,
    ]);
    const made = this.#pipelines.get(key) ?? this.#compile(options);
    this.#pipelines.set(key, made);
    made.catch(() => this.#pipelines.delete(key));
    const pipeline = await made;
    this.#assertOpen();
    return new GpuKernel({ label, entry, pipeline, device: this.#device, owner: this.#owner });
  }

  submit(dispatches: readonly Dispatch[], options: SubmitOptions = {}): void {
    this.#assertOpen();
    const steps = dispatches.map((dispatch) => this.#ownDispatch(dispatch));
    const times = checkTimes(options.times);
    const timesAtOnce = Math.max(1, Math.floor(DISPATCHES_MAX / Math.max(steps.length, 1)));
    for (let left = times; left > 0 && steps.length > 0; left -= timesAtOnce) {
      this.#submitOnce(steps, Math.min(left, timesAtOnce));
    }
    for (const { stop, label } of steps) if (stop) this.#stops.submitted(stop.buffer, label);
  }

  #submitOnce(steps: readonly GpuDispatch[], times: number): void {
    const label = steps[0]!.label;
    const encoder = this.#device.createCommandEncoder({ label });
    // One pass: WebGPU makes every dispatch see the writes of those before it.
    const pass = encoder.beginComputePass({ label });
    let previous: GpuDispatch | null = null;
    for (let time = 0; time < times; time++) {
      for (const step of steps) {
        encode(pass, step, previous);
        previous = step;
      }
    }
    pass.end();
    this.#device.queue.submit([encoder.finish()]);
  }

  write(buffer: ComputeBuffer, bytes: ArrayBufferView, byteOffset = 0): void {
    const to = this.#ownBuffer(buffer);
    checkRange(to, { byteOffset, bytes: bytes.byteLength });
    const { byteLength } = bytes;
    const from = bytes.buffer as ArrayBuffer;
    this.#device.queue.writeBuffer(to.gpu, byteOffset, from, bytes.byteOffset, byteLength);
  }

  async read(buffer: ComputeBuffer, range?: ByteRange): Promise<Uint8Array<ArrayBuffer>> {
    const from = this.#ownBuffer(buffer);
    const wanted = range ?? { byteOffset: 0, bytes: from.bytes };
    checkRange(from, wanted);
    const copy = await this.#readback.read(from.gpu, wanted).catch(async (error: unknown) => {
      // The read may fail a moment before the device says that it was lost.
      const pause = new Promise((resolve) => setTimeout(resolve, LOSS_WAIT_MS));
      if (this.#closed === null) await Promise.race([this.lost, pause]);
      throw this.#closed ?? this.#takeFailure() ?? error;
    });
    await this.#stops.check();
    this.#throwFailure();
    return copy;
  }

  async finished(): Promise<void> {
    this.#assertOpen();
    await this.#device.queue.onSubmittedWorkDone();
    this.#assertOpen();
    await this.#stops.check();
    this.#throwFailure();
  }

  [Symbol.dispose](): void {
    if (this.#closed !== null) return;
    for (const buffer of this.#buffers) buffer[Symbol.dispose]();
    this.#closed = new Error('This Compute was disposed.');
    this.#readback[Symbol.dispose]();
    this.#device.destroy();
  }

  readonly #owner = {
    allocate: (descriptor: GPUBufferDescriptor & { label: string }) => this.#allocate(descriptor),
    release: (buffer: GpuBuffer) => {
      if (this.#buffers.delete(buffer)) this.#bytes -= buffer.bytes;
    },
  };

  #allocate(descriptor: GPUBufferDescriptor & { label: string }): GPUBuffer {
    const { label, size } = descriptor;
    const { maxBufferSize, maxStorageBufferBindingSize } = this.#device.limits;
    const sizeMax = Math.min(maxBufferSize, maxStorageBufferBindingSize);
    const request = `'${label}' asks for ${size} bytes`;
    if (size > sizeMax) {
      throw new ArenaError(`${request}; a buffer on this GPU has at most ${sizeMax}.`);
    }
    if (this.#bytes + size > this.#bytesMax) {
      throw new ArenaError(
        `${request}; ${this.#bytes} of ${this.#bytesMax} are taken. Dispose of buffers, or use ` +
          'fewer worlds.',
      );
    }
    this.#device.pushErrorScope('out-of-memory');
    const buffer = this.#device.createBuffer(descriptor);
    // The answer comes later: the next `finished` or `read` throws it.
    void this.#device.popErrorScope().then((error) => {
      if (error) this.#failure ??= new ArenaError(`${request}; the GPU has no more memory.`);
      return null;
    });
    return buffer;
  }

  async #compile(options: KernelOptions): Promise<Pipeline> {
    const { label, constants = {}, interleaved } = options;
    // Our own checks come first, so that both targets refuse the same texts with the same words.
    const { bindings, entries } = interfaceOf(checkModule(options.wgsl, constants), interleaved);
    const entry = entries[options.entry];
    if (!entry) {
      const names = Object.keys(entries).join(', ') || 'none';
      throw new KernelError(
        `Kernel '${label}': no entry point '${options.entry}'; there is ${names}.`,
      );
    }
    const text = options.webgpu ?? specialise(options.wgsl, constants);
    const { wgsl, stop, entryName } = this.#counted(text, options, bindings);
    const hash = sha256Hex(new TextEncoder().encode(wgsl));
    return createPipeline(this.#device, { label, wgsl, hash, entryName, entry, bindings, stop });
  }

  #counted(
    text: string,
    options: KernelOptions,
    bindings: readonly Binding[],
  ): { wgsl: string; stop: LoopStop | null; entryName: string } {
    const { label, loopBudget, entry } = options;
    if (options.webgpu !== undefined && (loopBudget !== undefined || options.constants)) {
      throw new KernelError(
        `Kernel '${label}': no constants or loop budget for a text of its own.`,
      );
    }
    if (loopBudget === undefined) return { wgsl: text, stop: null, entryName: entry };
    const inGroup0 = bindings.filter((one) => one.group === 0).map((one) => one.binding);
    const counted = withLoopBudget(text, { loopBudget, bindings: inGroup0 });
    const stop = { binding: counted.binding, buffer: this.#stops.create(label) };
    return { wgsl: counted.wgsl, stop, entryName: counted.nameOf(entry) };
  }

  async #watchLoss(name: string): Promise<string> {
    const info = await this.#device.lost;
    if (info.reason === 'destroyed' && this.#closed) return new Promise(() => {});
    const reason =
      `The graphics device (${name}) was lost: ${info.message || 'the driver gave no reason'}. ` +
      'What it held is gone; open a new Compute.';
    this.#closed = new DeviceLostError(reason);
    return reason;
  }

  #ownBuffer(buffer: ComputeBuffer): GpuBuffer {
    this.#assertOpen();
    const own = ownedBuffer(buffer, this.#owner);
    if (!own) throw new Error(`Buffer '${buffer.label}' belongs to another Compute.`);
    return own;
  }

  #ownDispatch(dispatch: Dispatch): GpuDispatch {
    if (!(dispatch instanceof GpuDispatch) || dispatch.owner !== this.#owner) {
      throw new Error(`Dispatch '${dispatch.label}' was prepared by another Compute.`);
    }
    const gone = dispatch.buffers.find((buffer) => buffer.disposed);
    if (gone) throw new Error(`Dispatch '${dispatch.label}': buffer '${gone.label}' was disposed.`);
    return dispatch;
  }

  #takeFailure(): Error | null {
    const failure = this.#failure;
    this.#failure = null;
    return failure;
  }

  #throwFailure(): void {
    const failure = this.#takeFailure();
    if (failure) throw failure;
  }

  #assertOpen(): void {
    if (this.#closed !== null) throw this.#closed;
  }
}

/** Sets only what differs from the dispatch before. */
function encode(
  pass: GPUComputePassEncoder,
  step: GpuDispatch,
  previous: GpuDispatch | null,
): void {
  if (step.pipeline !== previous?.pipeline) pass.setPipeline(step.pipeline);
  step.bindGroups.forEach((bindGroup, group) => {
    if (bindGroup !== previous?.bindGroups[group]) pass.setBindGroup(group, bindGroup);
  });
  pass.dispatchWorkgroups(...step.groups);
}
