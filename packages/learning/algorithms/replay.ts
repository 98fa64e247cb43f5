/** A replay buffer: the latest experiences, drawn uniformly. Insertion is O(1). */
import { pcgHashOf } from '../random/pcg.ts';

export class Replay<Experience> {
  readonly capacity: number;
  readonly #kept: Experience[] = [];
  #next = 0;

  /** Holds references to at most `capacity` experiences; then each new one evicts the oldest. */
  constructor(capacity: number) {
    if (!Number.isSafeInteger(capacity) || capacity <= 0) {
      throw new RangeError(`Replay capacity is ${capacity}; want a positive integer.`);
    }
    this.capacity = capacity;
  }

  get size(): number {
    return this.#kept.length;
  }

  add(experience: Experience): void {
    this.#kept[this.#next] = experience;
    this.#next = (this.#next + 1) % this.capacity;
  }

  /** So many, drawn with replacement; `seed` u32 decides which. None from an empty buffer. */
  sample(count: number, seed: number): Experience[] {
    if (this.#kept.length === 0) return [];
    return Array.from({ length: count }, (_, i) => {
      const bits = pcgHashOf(seed, i);
      return this.#at(Math.floor((bits / 2 ** 32) * this.#kept.length));
    });
  }

  /** Oldest first. */
  toArray(): Experience[] {
    return this.#kept.map((_, age) => this.#at(age));
  }

  /** By age, so that a buffer filled again from `toArray` draws the same. */
  #at(age: number): Experience {
    const oldest = this.#kept.length === this.capacity ? this.#next : 0;
    return this.#kept[(oldest + age) % this.#kept.length]!;
  }
}
