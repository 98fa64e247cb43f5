/** Runs a kernel in Node, for the compiler's tests: typed arrays in, typed arrays changed. */
import { type CompileOptions, compileToWasm } from './compile.ts';

type Words = Float32Array | Int32Array | Uint32Array;

export type KernelRun = CompileOptions & {
  /** By binding name; what the kernel wrote is copied back into them. */
  buffers: Readonly<Record<string, Words>>;
  /** Default: the module's only entry point. */
  entry?: string;
  /** Default: one workgroup. */
  groups?: readonly [number, number, number];
};

const PAGE_BYTES = 65_536;
/** Around the buffers, so that a write that strays is found. */
const GUARD_BYTES = 256;
const GUARD = 0xa5;

/** Compiles and runs one dispatch. Throws WgslError, and where bytes outside the buffers changed. */
export function runKernel(wgsl: string, { buffers, entry, groups, ...options }: KernelRun): void {
  const [x, y, z] = groups ?? [1, 1, 1];
  const compiled = compileToWasm(wgsl, options);
  const name = entry ?? Object.keys(compiled.entries)[0]!;
  const used = compiled.bindings.map((binding) => {
    const words = buffers[binding.name];
    if (!words) throw new Error(`runKernel: no buffer for binding '${binding.name}'`);
    return { words, interleaved: binding.interleaved, stride: binding.elementBytes };
  });
  const tableAddress = 16;
  const scratchAddress = roundUp16(tableAddress + 16 + used.length * 8);
  let end = scratchAddress + roundUp16(compiled.scratchBytes) + GUARD_BYTES;
  const placed = used.map(({ words, interleaved, stride }) => {
    const address = end;
    // Interleaved arrays are padded to whole groups of four elements.
    const unit = interleaved ? stride * 4 : 16;
    const bytes = Math.ceil(words.byteLength / unit) * unit;
    end += roundUp16(bytes) + GUARD_BYTES;
    return { words, interleaved, stride, address, bytes };
  });
  const shared = options.sharedMemory === true;
  const memory = new WebAssembly.Memory({
    initial: Math.ceil(end / PAGE_BYTES),
    maximum: PAGE_BYTES,
    shared,
  });
  const bytes = new Uint8Array(memory.buffer);
  bytes.fill(GUARD, scratchAddress + compiled.scratchBytes, end);
  for (const one of placed) {
    bytes.fill(0, one.address, one.address + one.bytes);
    copy(bytes, one, 'in');
  }
  const table = new Uint32Array(memory.buffer, tableAddress);
  table.set([x, y, z, scratchAddress]);
  placed.forEach((one, i) => table.set([one.address, one.words.byteLength], 4 + 2 * i));
  const module = new WebAssembly.Module(compiled.bytes);
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  const run = exports[name] as (firstGroup: number, endGroup: number, table: number) => void;
  run(0, x * y * z, tableAddress);
  for (const one of placed) {
    copy(bytes, one, 'out');
    const isHurt = [one.address - GUARD_BYTES, one.address + one.bytes].some((from) =>
      bytes.subarray(from, from + GUARD_BYTES).some((byte) => byte !== GUARD),
    );
    if (isHurt) throw new Error(`'${name}' wrote outside a buffer`);
  }
}

function roundUp16(bytes: number): number {
  return Math.ceil(bytes / 16) * 16;
}

type Placed = { words: Words; address: number; interleaved: boolean; stride: number };

function copy(memory: Uint8Array, one: Placed, way: 'in' | 'out'): void {
  const { words, address, interleaved, stride } = one;
  const bytes = new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
  for (let at = 0; at < bytes.length; at += 4) {
    const element = Math.floor(at / stride);
    const word = (at % stride) / 4;
    const offset = interleaved ? (element >> 2) * 4 * stride + word * 16 + (element & 3) * 4 : at;
    for (let i = 0; i < 4; i++) {
      if (way === 'in') memory[address + offset + i] = bytes[at + i]!;
      else bytes[at + i] = memory[address + offset + i]!;
    }
  }
}

/**
 * The value of an expression for each of the given inputs: eight invocations, `a`, `b` and `c` of
 * type `input`, the result of type `output`.
 */
export function evaluate(
  expression: string,
  types: { input: 'f32' | 'i32' | 'u32'; output: 'f32' | 'i32' | 'u32' },
  inputs: readonly (readonly number[])[],
  declarations = '',
): number[] {
  const wgsl = `
    ${declarations}
    @group(0) @binding(0) var<storage> inputs: array<${types.input}>;
    @group(0) @binding(1) var<storage, read_write> outputs: array<${types.output}>;
    @compute @workgroup_size(8)
    fn main(@builtin(global_invocation_id) id: vec3u) {
      let a = inputs[id.x * 3u];
      let b = inputs[id.x * 3u + 1u];
      let c = inputs[id.x * 3u + 2u];
      outputs[id.x] = ${expression};
    }`;
  const count = Math.ceil(inputs.length / 8) * 8;
  const given = wordsOf(types.input, count * 3);
  inputs.forEach((row, i) => given.set(row, i * 3));
  const outputs = wordsOf(types.output, count);
  runKernel(wgsl, { buffers: { inputs: given, outputs }, groups: [count / 8, 1, 1] });
  return [...outputs.subarray(0, inputs.length)];
}

function wordsOf(type: 'f32' | 'i32' | 'u32', length: number): Words {
  if (type === 'f32') return new Float32Array(length);
  return type === 'i32' ? new Int32Array(length) : new Uint32Array(length);
}
