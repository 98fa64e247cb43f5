import { ArenaError } from '../errors.ts';

/** Buffers start at multiples of a cache line, so that two threads never share one. */
export const ALIGN_BYTES = 64;

export type ArenaOptions = {
  /** First address handed out; a multiple of ALIGN_BYTES. */
  startAddress: number;
  /** No address at or above this one is handed out. */
  endAddressMax: number;
  /** Makes memory reach `endAddress`; false where the host has no more. */
  grow: (endAddress: number) => boolean;
};

type Extent = { address: number; bytes: number };

const aligned = (bytes: number) => Math.ceil(bytes / ALIGN_BYTES) * ALIGN_BYTES;

/**
 * Hands out parts of one linear memory: best fit over a list of holes sorted by address, holes that
 * touch are joined, the top moves back when its last part is freed.
 */
export class Arena {
  readonly #options: ArenaOptions;
  readonly #holes: Extent[] = [];
  readonly #taken = new Map<number, number>();
  #top: number;
  #highest: number;

  constructor(options: ArenaOptions) {
    this.#options = options;
    this.#top = options.startAddress;
    this.#highest = options.startAddress;
  }

  /** Memory at and above this address was never handed out, so it is still zero. */
  get untouchedFrom(): number {
    return this.#highest;
  }

  /** Parts handed out and not freed. */
  get count(): number {
    return this.#taken.size;
  }

  /** The address of `bytes` of memory. Throws ArenaError where they do not fit. */
  allocate(bytes: number, label: string): number {
    const size = Math.max(aligned(bytes), ALIGN_BYTES);
    let best = -1;
    this.#holes.forEach((hole, i) => {
      if (hole.bytes >= size && (best < 0 || hole.bytes < this.#holes[best]!.bytes)) best = i;
    });
    const address = best < 0 ? this.#extend(size, label) : this.#takeFrom(best, size);
    this.#taken.set(address, size);
    return address;
  }

  free(address: number): void {
    const bytes = this.#taken.get(address);
    if (bytes === undefined) throw new Error(`Address ${address} is not taken; freed twice?`);
    this.#taken.delete(address);
    const at = this.#holes.findIndex((hole) => hole.address > address);
    const index = at < 0 ? this.#holes.length : at;
    this.#holes.splice(index, 0, { address, bytes });
    this.#join(index);
    if (index > 0) this.#join(index - 1);
    const last = this.#holes.at(-1);
    if (last && last.address + last.bytes === this.#top) {
      this.#top = last.address;
      this.#holes.pop();
    }
  }

  #takeFrom(index: number, size: number): number {
    const hole = this.#holes[index]!;
    const { address } = hole;
    if (hole.bytes === size) this.#holes.splice(index, 1);
    else this.#holes[index] = { address: address + size, bytes: hole.bytes - size };
    return address;
  }

  #extend(size: number, label: string): number {
    const address = this.#top;
    const end = address + size;
    const { startAddress, endAddressMax } = this.#options;
    const fits = end <= endAddressMax;
    if (!fits || !this.#options.grow(end)) {
      const taken = [...this.#taken.values()].reduce((sum, bytes) => sum + bytes, 0);
      throw new ArenaError(
        `'${label}' asks for ${size} bytes; ${taken} of ${endAddressMax - startAddress} are taken` +
          `${fits ? ' and the host has no more' : ''}. Dispose of buffers, or use fewer worlds.`,
      );
    }
    this.#top = end;
    this.#highest = Math.max(this.#highest, end);
    return address;
  }

  #join(index: number): void {
    const hole = this.#holes[index]!;
    const next = this.#holes[index + 1];
    if (!next || hole.address + hole.bytes !== next.address) return;
    this.#holes.splice(index, 2, { address: hole.address, bytes: hole.bytes + next.bytes });
  }
}
