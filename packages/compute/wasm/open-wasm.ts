import type { WasmCompute, WasmOptions } from '../compute.ts';
import { NoTargetError } from '../errors.ts';
import { coreCount, hasSimd, oneThreadReason } from './features.ts';
import { LinearMemory } from './memory.ts';
import { ThreadPool } from './pool.ts';
import { THREADS_MAX } from './program.ts';
import { WasmTarget } from './wasm-compute.ts';

/** Opens the WASM target: strict and synchronous, the same to the bit everywhere. */
export async function openWasm(options: WasmOptions = {}): Promise<WasmCompute> {
  if (!hasSimd()) {
    throw new NoTargetError(
      'This browser has no WebAssembly SIMD; update it (any since 2023 has).',
    );
  }
  const wanted = options.threadCount ?? coreCount();
  if (!Number.isInteger(wanted) || wanted < 1) {
    throw new RangeError(`threadCount ${wanted}: want a whole number from 1.`);
  }
  const reason =
    options.sharedMemory === false ? 'its own memory was asked for' : oneThreadReason();
  if (wanted > 1 && reason === null) {
    const opened = await openThreads(options, Math.min(wanted, THREADS_MAX));
    if (opened.ok) return opened.target;
    return openAlone(options, opened.reason);
  }
  return openAlone(options, wanted > 1 ? reason : null);
}

function openAlone(options: WasmOptions, reason: string | null): WasmTarget {
  const memory = new LinearMemory({ shared: false, arenaBytesMax: options.arenaBytesMax });
  const device = `WASM SIMD, 1 thread${reason === null ? '' : ` (${reason})`}`;
  return new WasmTarget({ memory, pool: null, threadCount: 1, device });
}

type Opened = { ok: true; target: WasmTarget } | { ok: false; reason: string };

async function openThreads(options: WasmOptions, threadCount: number): Promise<Opened> {
  const memory = new LinearMemory({ shared: true, arenaBytesMax: options.arenaBytesMax });
  try {
    const pool = await ThreadPool.create(memory.memory, threadCount);
    const device = `WASM SIMD, ${threadCount} threads`;
    return { ok: true, target: new WasmTarget({ memory, pool, threadCount, device }) };
  } catch (error) {
    // A page's security policy, or a host at its limit of threads: one thread still works.
    const reason = error instanceof Error ? error.message : String(error);
    return { ok: false, reason: `threads did not start: ${reason}` };
  }
}
