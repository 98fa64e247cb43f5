/**
 * What a dispatch has to fulfil on both targets, checked where it is prepared, with one wording:
 * WebGPU would say the same later and in other words, WASM not at all.
 */
import type { Binding, Entry } from './compiler/compile.ts';
import type { PrepareOptions, Target } from './compute.ts';

/**
 * Workgroups along one dimension: what WebGPU guarantees (maxComputeWorkgroupsPerDimension), and on
 * WASM what a dispatch has in all.
 */
export const WORKGROUPS_MAX: Readonly<Record<Target, number>> = {
  webgpu: 65535,
  wasm: 2 ** 31 - 1,
};

/** What is checked of a buffer. */
export type BufferShape = {
  readonly label: string;
  readonly bytes: number;
  readonly interleavedStrideBytes: number | null;
  readonly disposed: boolean;
};

export type KernelShape = {
  readonly label: string;
  readonly entry: Entry;
  /** All bindings of the module, sorted by group, then binding. */
  readonly bindings: readonly Binding[];
};

/** Throws where a buffer is of another Compute, else returns it with its shape. */
export type OwnBuffer<B extends BufferShape> = (buffer: unknown) => B | null;

/** The buffers of the bindings that the entry uses, by name. Throws on anything that cannot run. */
export function checkedBuffers<B extends BufferShape>(
  kernel: KernelShape,
  given: PrepareOptions['bindings'],
  own: OwnBuffer<B>,
): Map<string, B> {
  const used = kernel.bindings.filter((binding) => kernel.entry.bindings.includes(binding.name));
  for (const name of Object.keys(given)) {
    if (kernel.bindings.some((binding) => binding.name === name)) continue;
    const names = kernel.bindings.map((binding) => binding.name).join(', ');
    throw new Error(`Kernel '${kernel.label}' has no binding '${name}'; it has ${names}.`);
  }
  const buffers = new Map<string, B>();
  for (const binding of used) {
    const buffer = own(given[binding.name]);
    if (!buffer) {
      throw new Error(
        `Kernel '${kernel.label}': binding '${binding.name}' wants a buffer of this Compute, got ` +
          `${given[binding.name] ? `'${given[binding.name]!.label}' of another` : 'none'}.`,
      );
    }
    checkShape(kernel.label, binding, buffer);
    buffers.set(binding.name, buffer);
  }
  checkAliases(kernel.label, used, buffers);
  return buffers;
}

function checkShape(label: string, binding: Binding, buffer: BufferShape): void {
  const what = `Kernel '${label}': buffer '${buffer.label}' for binding '${binding.name}'`;
  if (buffer.disposed) throw new Error(`${what} was disposed.`);
  if (buffer.bytes < binding.bytesMin) {
    throw new Error(`${what} has ${buffer.bytes} bytes; it takes at least ${binding.bytesMin}.`);
  }
  const stride = buffer.interleavedStrideBytes;
  if (stride === (binding.interleaved ? binding.elementBytes : null)) return;
  throw new Error(
    binding.interleaved
      ? `${what} wants interleavedStrideBytes ${binding.elementBytes}, it has ${stride}.`
      : `${what} is interleaved; name the binding in the kernel's 'interleaved'.`,
  );
}

/** WebGPU refuses a buffer that one dispatch binds twice and writes (usage scopes, 3.4.3). */
function checkAliases<B extends BufferShape>(
  label: string,
  used: readonly Binding[],
  buffers: ReadonlyMap<string, B>,
): void {
  for (const one of used) {
    const twin = used.find(
      (other) => other !== one && buffers.get(other.name) === buffers.get(one.name),
    );
    if (!twin || (one.access !== 'read_write' && twin.access !== 'read_write')) continue;
    throw new Error(
      `Kernel '${label}': buffer '${buffers.get(one.name)!.label}' is bound to '${one.name}' ` +
        `(${one.access}) and '${twin.name}' (${twin.access}); what is written is bound once.`,
    );
  }
}

/** Workgroups along x, y and z that cover the invocations. Throws beyond the target's limit. */
export function workgroupsFor(
  kernel: KernelShape,
  invocations: PrepareOptions['invocations'],
  target: Target,
): [number, number, number] {
  const max = WORKGROUPS_MAX[target];
  const wanted = typeof invocations === 'number' ? ([invocations, 1, 1] as const) : invocations;
  const groups = kernel.entry.workgroupSize.map((size, axis) => Math.ceil(wanted[axis]! / size));
  for (const [axis, count] of groups.entries()) {
    if (wanted[axis]! >= 0 && count <= max) continue;
    throw new Error(
      `Kernel '${kernel.label}': ${wanted[axis]} invocations along ${'xyz'[axis]} are ${count} ` +
        `workgroups; at most ${max} on ${target}. Use the next dimension as well.`,
    );
  }
  return [groups[0]!, groups[1]!, groups[2]!];
}

/** Throws unless the range lies in the buffer, in whole words. */
export function checkRange(
  buffer: { readonly label: string; readonly bytes: number; readonly disposed: boolean },
  range: { byteOffset: number; bytes: number },
): void {
  const { byteOffset, bytes } = range;
  if (buffer.disposed) throw new Error(`Buffer '${buffer.label}' was disposed.`);
  const inside = byteOffset >= 0 && bytes >= 0 && byteOffset + bytes <= buffer.bytes;
  if (inside && byteOffset % 4 === 0 && bytes % 4 === 0) return;
  throw new RangeError(
    `Buffer '${buffer.label}': ${bytes} bytes at ${byteOffset}; it has ${buffer.bytes}, and ` +
      'offset and size are multiples of 4.',
  );
}

/** Throws unless a buffer of that size can be made. */
export function checkBufferSize(label: string, bytes: number): void {
  if (Number.isSafeInteger(bytes) && bytes > 0 && bytes % 4 === 0) return;
  throw new RangeError(`Buffer '${label}': ${bytes} bytes; want a positive multiple of 4.`);
}

/** Throws unless the bytes are whole elements of that stride. */
export function checkStride(label: string, bytes: number, strideBytes: number): void {
  if (strideBytes > 0 && strideBytes % 4 === 0 && bytes % strideBytes === 0) return;
  throw new RangeError(
    `Buffer '${label}': ${bytes} bytes are no whole number of elements of ${strideBytes} bytes.`,
  );
}

/** How often a submission runs; throws unless it is a whole number. */
export function checkTimes(times = 1): number {
  if (Number.isSafeInteger(times) && times >= 0) return times;
  throw new RangeError(`submit: times ${times}; want a whole number from 0.`);
}
