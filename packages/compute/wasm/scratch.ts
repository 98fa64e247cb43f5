import type { LinearMemory } from './memory.ts';

/** Memory of its own for every thread: spills, private arrays, workgroup memory. */
export class Scratch implements Disposable {
  readonly #memory: LinearMemory;
  readonly #threadCount: number;
  #addresses: readonly number[];
  #bytes = 0;

  constructor(memory: LinearMemory, threadCount: number) {
    this.#memory = memory;
    this.#threadCount = threadCount;
    this.#addresses = Array.from({ length: threadCount }, () => 0);
  }

  /** The address of each thread's part; 0 as long as nothing was reserved. */
  get addresses(): readonly number[] {
    return this.#addresses;
  }

  /** Makes every part at least that large. Nothing may run meanwhile. Throws ArenaError. */
  reserve(bytes: number): void {
    if (bytes <= this.#bytes) return;
    this[Symbol.dispose]();
    this.#addresses = Array.from({ length: this.#threadCount }, () =>
      this.#memory.allocate(bytes, `scratch memory of ${this.#threadCount} threads`),
    );
    this.#bytes = bytes;
  }

  [Symbol.dispose](): void {
    if (this.#bytes > 0) for (const address of this.#addresses) this.#memory.free(address);
    this.#bytes = 0;
  }
}
