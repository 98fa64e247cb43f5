/** What the engine and the page allow. */

/** `(func (result v128) i32.const 0 i8x16.splat)` */
const SIMD_MODULE = '0061736d01000000010501600001 7b 03020100 0a0801060041 00fd0f0b';
/** `(func (param v128 v128 v128) (result v128) local.get 0 1 2 f32x4.relaxed_madd)` */
const RELAXED_MODULE =
  '0061736d01000000010801 60037b7b7b017b 03020100 0a0d010b002000200120 02fd85020b';

const accepts = (moduleHex: string): boolean => {
  const pairs = moduleHex.replaceAll(' ', '').match(/../g) ?? [];
  return WebAssembly.validate(Uint8Array.from(pairs, (pair) => Number.parseInt(pair, 16)));
};

export function hasSimd(): boolean {
  return accepts(SIMD_MODULE);
}

export function hasRelaxedSimd(): boolean {
  return accepts(RELAXED_MODULE);
}

/** A shared memory can be made here, though perhaps not sent to a Worker. */
export function hasSharedMemory(): boolean {
  try {
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
    Atomics.load(new Int32Array(memory.buffer), 0);
    return !(memory.buffer instanceof ArrayBuffer);
  } catch {
    return false;
  }
}

/** Why this agent runs kernels with one thread, in words; null where it may have several. */
export function oneThreadReason(): string | null {
  if ('crossOriginIsolated' in globalThis && !globalThis.crossOriginIsolated)
    return 'the page is not cross-origin isolated';
  if (!hasSharedMemory()) return 'no shared memory here';
  if (!mayBlock()) return 'a page’s main thread may not block';
  return null;
}

/** `Atomics.wait` throws on a page's main thread. */
function mayBlock(): boolean {
  try {
    const { buffer } = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
    Atomics.wait(new Int32Array(buffer), 0, 0, 0);
    return true;
  } catch {
    return false;
  }
}

/** Cores that this process may use. */
export function coreCount(): number {
  const os = globalThis.process?.getBuiltinModule?.('node:os');
  return os?.availableParallelism() ?? globalThis.navigator?.hardwareConcurrency ?? 1;
}
