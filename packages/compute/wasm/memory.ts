import { ArenaError } from '../errors.ts';
import { Arena } from './arena.ts';
import { PROGRAM_BYTES } from './program.ts';

const PAGE_BYTES = 65536;
/** A 32-bit WASM memory ends at 4 GiB. */
const PAGES_MAX = 65536;
/** Below this there is no use in trying. */
const PAGES_MIN = 256;
/** Growing moves a memory that is not shared, so it grows by at least 1 MiB. */
const GROWTH_PAGES = 16;

export type MemoryOptions = { shared: boolean; arenaBytesMax: number | undefined };

/** One WebAssembly memory, its arena, and the scratch memory of the threads. */
export class LinearMemory {
  readonly memory: WebAssembly.Memory;
  readonly #arena: Arena;
  readonly bytesMax: number;
  #bytes: Uint8Array<ArrayBuffer>;
  #words: Int32Array<ArrayBuffer>;

  /** Takes the largest maximum that the host grants, if `arenaBytesMax` does not say less. */
  constructor(options: MemoryOptions) {
    const wanted = Math.ceil(((options.arenaBytesMax ?? Infinity) + PROGRAM_BYTES) / PAGE_BYTES);
    const { memory, pages } = createMemory(Math.min(wanted, PAGES_MAX), options.shared);
    this.memory = memory;
    const endAddressMax = Math.min(
      pages * PAGE_BYTES,
      PROGRAM_BYTES + (options.arenaBytesMax ?? Infinity),
    );
    this.bytesMax = endAddressMax - PROGRAM_BYTES;
    this.#bytes = new Uint8Array(memory.buffer);
    this.#words = new Int32Array(memory.buffer);
    this.#arena = new Arena({
      startAddress: PROGRAM_BYTES,
      endAddressMax,
      grow: (endAddress) => this.#grow(endAddress, pages),
    });
  }

  /** The whole memory; a new view after growth. */
  get bytes(): Uint8Array<ArrayBuffer> {
    if (this.#bytes.buffer !== this.memory.buffer) this.#bytes = new Uint8Array(this.memory.buffer);
    return this.#bytes;
  }

  /** The whole memory as words; a new view after growth. */
  get words(): Int32Array<ArrayBuffer> {
    if (this.#words.buffer !== this.memory.buffer) this.#words = new Int32Array(this.memory.buffer);
    return this.#words;
  }

  /** The address of zeroed memory, a multiple of 64. Throws ArenaError. */
  allocate(bytes: number, label: string): number {
    const untouched = this.#arena.untouchedFrom;
    const address = this.#arena.allocate(bytes, label);
    const end = Math.min(address + bytes, untouched);
    if (end > address) this.bytes.fill(0, address, end);
    return address;
  }

  free(address: number): void {
    this.#arena.free(address);
  }

  #grow(endAddress: number, pagesMax: number): boolean {
    const have = this.memory.buffer.byteLength / PAGE_BYTES;
    const need = Math.ceil(endAddress / PAGE_BYTES);
    if (need <= have) return true;
    const generous = Math.min(pagesMax, Math.max(need, have + GROWTH_PAGES));
    for (const pages of new Set([generous, need])) {
      try {
        this.memory.grow(pages - have);
        return true;
      } catch {
        // A RangeError: the host has no more; without generosity it may still do.
      }
    }
    return false;
  }
}

/** Hosts reserve the maximum as address space and may refuse a large one: halve it until granted. */
function createMemory(pagesWanted: number, shared: boolean) {
  const initial = Math.ceil(PROGRAM_BYTES / PAGE_BYTES);
  for (let pages = Math.max(pagesWanted, initial); ; pages = Math.floor(pages / 2)) {
    try {
      return { memory: new WebAssembly.Memory({ initial, maximum: pages, shared }), pages };
    } catch (error) {
      if (pages <= PAGES_MIN) {
        throw new ArenaError(
          `The host refuses a WebAssembly memory of ${pages} pages: ${String(error)}`,
        );
      }
    }
  }
}
