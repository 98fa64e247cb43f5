/**
 * A compute pipeline with an explicit layout, read from the kernel's own text, and the bind groups
 * of a prepared dispatch. WebGPU's `layout: 'auto'` would drop what an entry point does not use,
 * and no two pipelines could share bind groups.
 */
import type { Binding, Entry } from '../compiler/interface.ts';
import type { Dispatch, Kernel, PrepareOptions } from '../compute.ts';
import { KernelError } from '../errors.ts';
import { checkedBuffers, type KernelShape, workgroupsFor } from '../prepare.ts';
import { type GpuBuffer, type GpuBufferOwner, ownedBuffer } from './gpu-buffer.ts';

/** GPUShaderStage.COMPUTE, which only browsers have as a global. */
const COMPUTE_STAGE = 0x4;

export type Pipeline = {
  readonly pipeline: GPUComputePipeline;
  /** By group; a group that the entry does not use is empty. */
  readonly layouts: readonly GPUBindGroupLayout[];
  readonly entry: Entry;
  readonly bindings: readonly Binding[];
  /** Hex SHA-256 of the text. */
  readonly hash: string;
  /** Where a stopped loop leaves its line; null without a loop budget. */
  readonly stop: LoopStop | null;
};

/** A buffer of one u32 at a binding of group 0 (loop-budget.ts). */
export type LoopStop = { readonly binding: number; readonly buffer: GPUBuffer };

export type PipelineOptions = {
  label: string;
  /** The text with its constants replaced. */
  wgsl: string;
  hash: string;
  entryName: string;
  entry: Entry;
  bindings: readonly Binding[];
  stop: LoopStop | null;
};

const BUFFER_TYPES = {
  uniform: 'uniform',
  read: 'read-only-storage',
  read_write: 'storage',
} as const satisfies Record<Binding['access'], GPUBufferBindingType>;

/** Throws KernelError with the driver's message and the line it complains about. */
export async function createPipeline(
  device: GPUDevice,
  options: PipelineOptions,
): Promise<Pipeline> {
  const { label, wgsl, hash, entryName, entry, bindings, stop } = options;
  const used = bindings.filter((binding) => entry.bindings.includes(binding.name));
  checkLimits(device.limits, label, used);
  device.pushErrorScope('validation');
  const module = device.createShaderModule({ label, code: wgsl });
  const groupCount = Math.max(stop ? 0 : -1, ...used.map((binding) => binding.group)) + 1;
  const layouts = Array.from({ length: groupCount }, (_, group) =>
    device.createBindGroupLayout({ label, entries: layoutEntries(used, group, stop) }),
  );
  const pipeline = device
    .createComputePipelineAsync({
      label,
      layout: device.createPipelineLayout({ label, bindGroupLayouts: layouts }),
      compute: { module, entryPoint: entryName },
    })
    .catch((error: unknown) => new Error(String(error)));
  const [made, info, problem] = await Promise.all([
    pipeline,
    module.getCompilationInfo(),
    device.popErrorScope(),
  ]);
  const complaint = info.messages.find((message) => message.type === 'error');
  if (complaint) throw new KernelError(complaintText(label, wgsl, complaint));
  if (made instanceof Error || problem) {
    throw new KernelError(
      `Kernel '${label}': the GPU refuses it: ${problem?.message ?? (made as Error).message}`,
    );
  }
  return { pipeline: made, layouts, entry, bindings, hash, stop };
}

function layoutEntries(
  used: readonly Binding[],
  group: number,
  stop: LoopStop | null,
): GPUBindGroupLayoutEntry[] {
  const visibility = COMPUTE_STAGE;
  const entries: GPUBindGroupLayoutEntry[] = used
    .filter((binding) => binding.group === group)
    .map((one) => ({
      binding: one.binding,
      visibility,
      buffer: { type: BUFFER_TYPES[one.access], minBindingSize: one.bytesMin },
    }));
  if (stop && group === 0) {
    entries.push({ binding: stop.binding, visibility, buffer: { type: 'storage' } });
  }
  return entries;
}

function checkLimits(limits: GPUSupportedLimits, label: string, used: readonly Binding[]): void {
  const storageCount = used.filter((binding) => binding.access !== 'uniform').length;
  const storageMax = limits.maxStorageBuffersPerShaderStage;
  if (storageCount <= storageMax) return;
  throw new KernelError(
    `Kernel '${label}' binds ${storageCount} storage buffers; this GPU takes ${storageMax}. ` +
      'Put arrays of one element type into one buffer.',
  );
}

/** The message with its place and the line itself, as editors show it. */
function complaintText(label: string, wgsl: string, message: GPUCompilationMessage): string {
  const line = wgsl.split('\n')[message.lineNum - 1]?.trim() ?? '';
  const place = `line ${message.lineNum}, column ${message.linePos}`;
  return `Kernel '${label}', ${place}: ${message.message}\n  ${line}`;
}

/** A dispatch with its bind groups made. */
export class GpuDispatch implements Dispatch {
  readonly label: string;
  readonly owner: GpuBufferOwner;
  readonly buffers: readonly GpuBuffer[];
  readonly pipeline: GPUComputePipeline;
  readonly stop: LoopStop | null;
  readonly bindGroups: readonly GPUBindGroup[];
  readonly groups: readonly [number, number, number];

  constructor(
    kernel: GpuKernel,
    parts: {
      buffers: readonly GpuBuffer[];
      bindGroups: readonly GPUBindGroup[];
      groups: readonly [number, number, number];
    },
  ) {
    this.label = kernel.label;
    this.owner = kernel.owner;
    this.pipeline = kernel.pipeline.pipeline;
    this.stop = kernel.pipeline.stop;
    this.buffers = parts.buffers;
    this.bindGroups = parts.bindGroups;
    this.groups = parts.groups;
  }
}

export type GpuKernelOptions = {
  label: string;
  entry: string;
  pipeline: Pipeline;
  device: GPUDevice;
  owner: GpuBufferOwner;
};

export class GpuKernel implements Kernel {
  readonly label: string;
  readonly entry: string;
  readonly hash: string;
  readonly workgroupSize: readonly [number, number, number];
  readonly pipeline: Pipeline;
  readonly owner: GpuBufferOwner;
  readonly #device: GPUDevice;
  readonly #shape: KernelShape;

  constructor(options: GpuKernelOptions) {
    const { label, entry, pipeline, device, owner } = options;
    this.label = label;
    this.entry = entry;
    this.hash = pipeline.hash;
    this.workgroupSize = pipeline.entry.workgroupSize;
    this.pipeline = pipeline;
    this.owner = owner;
    this.#device = device;
    this.#shape = { label, entry: pipeline.entry, bindings: pipeline.bindings };
  }

  prepare(options: PrepareOptions): Dispatch {
    const buffers = checkedBuffers(this.#shape, options.bindings, (buffer) =>
      ownedBuffer(buffer, this.owner),
    );
    const groups = workgroupsFor(this.#shape, options.invocations, 'webgpu');
    const bindGroups = this.pipeline.layouts.map((layout, group) =>
      this.#device.createBindGroup({
        label: this.label,
        layout,
        entries: this.#bindGroupEntries(buffers, group),
      }),
    );
    return new GpuDispatch(this, { buffers: [...buffers.values()], bindGroups, groups });
  }

  #bindGroupEntries(buffers: ReadonlyMap<string, GpuBuffer>, group: number): GPUBindGroupEntry[] {
    const entries: GPUBindGroupEntry[] = [];
    const { stop } = this.pipeline;
    if (stop && group === 0) {
      entries.push({ binding: stop.binding, resource: { buffer: stop.buffer } });
    }
    for (const one of this.pipeline.bindings) {
      const buffer = buffers.get(one.name);
      if (one.group !== group || !buffer) continue;
      this.#checkUniform(one, buffer);
      // The asked size, not the padded one: arrayLength() is the same on both targets.
      const size = buffer.bytes;
      entries.push({ binding: one.binding, resource: { buffer: buffer.gpu, size } });
    }
    return entries;
  }

  #checkUniform(binding: Binding, buffer: GpuBuffer): void {
    const max = this.#device.limits.maxUniformBufferBindingSize;
    if (binding.access !== 'uniform' || buffer.bytes <= max) return;
    throw new Error(
      `Kernel '${this.label}': uniform '${binding.name}' has ${buffer.bytes} bytes; this GPU takes ` +
        `${max}. Use var<storage, read>.`,
    );
  }
}
