/**
 * What is known at a point of the program: values already computed, what slots hold, what words of
 * memory hold. Entering a region keeps the knowledge, leaving it drops what was learnt inside and
 * what was changed inside. Changes are kept in a journal, which leaving a region plays backwards.
 */
import type { Memory, Slot, Value } from './ir.ts';

type Words = Map<number, Value>;

type Store = { readonly memory: Memory; readonly address: Value | null; readonly offset: number };

type Frame = {
  /** Where its part of the journal begins. */
  readonly start: number;
  readonly assigned: Set<Slot>;
  /** What was stored to: one word, or (without an address) anything in the memory. */
  readonly stored: Store[];
};

type Change = { readonly map: Map<unknown, unknown>; readonly key: unknown; readonly old: unknown };

export class Known {
  readonly #computed = new Map<string, Value>();
  readonly #slots = new Map<Slot, Value>();
  /** By address value, then by offset. */
  readonly #memories = new Map<Memory, Map<Value, Words>>();
  readonly #journal: Change[] = [];
  readonly #frames: Frame[] = [];

  computed(key: string): Value | undefined {
    return this.#computed.get(key);
  }

  learnComputed(key: string, value: Value): void {
    this.#put(this.#computed, key, value);
  }

  valueOf(slot: Slot): Value | undefined {
    return this.#slots.get(slot);
  }

  learn(slot: Slot, value: Value): void {
    this.#put(this.#slots, slot, value);
  }

  assign(slot: Slot, value: Value): void {
    this.#put(this.#slots, slot, value);
    this.#frames.at(-1)?.assigned.add(slot);
  }

  loaded(memory: Memory, address: Value, offset: number): Value | undefined {
    return this.#memories.get(memory)?.get(address)?.get(offset);
  }

  learnLoad(memory: Memory, address: Value, offset: number, value: Value): void {
    let addresses = this.#memories.get(memory);
    if (!addresses) {
      addresses = new Map();
      this.#memories.set(memory, addresses);
    }
    let words = addresses.get(address);
    if (!words) {
      words = new Map();
      this.#put(addresses, address, words);
    }
    this.#put(words, offset, value);
  }

  store(memory: Memory, address: Value, offset: number, value: Value): void {
    this.#invalidate(memory, address, offset);
    this.learnLoad(memory, address, offset, value);
    this.#frames.at(-1)?.stored.push({ memory, address, offset });
  }

  forget(memory: Memory): void {
    this.#invalidate(memory, null, 0);
    this.#frames.at(-1)?.stored.push({ memory, address: null, offset: 0 });
  }

  /** Words at another address value may be the same ones. */
  #invalidate(memory: Memory, address: Value | null, offset: number): void {
    const addresses = this.#memories.get(memory);
    if (!addresses) return;
    for (const [other, words] of addresses) {
      if (other === address) this.#drop(words, offset);
      else this.#drop(addresses, other);
    }
  }

  enter(repeats: boolean): void {
    this.#frames.push({ start: this.#journal.length, assigned: new Set(), stored: [] });
    if (!repeats) return;
    // The end of a loop's body comes before its start, and is not known yet.
    for (const slot of this.#slots.keys()) this.#drop(this.#slots, slot);
    for (const memory of this.#memories.keys()) {
      if (memory.writable) this.#invalidate(memory, null, 0);
    }
  }

  leave(): void {
    const frame = this.#frames.pop()!;
    while (this.#journal.length > frame.start) {
      const { map, key, old } = this.#journal.pop()!;
      if (old === undefined) map.delete(key);
      else map.set(key, old);
    }
    const outer = this.#frames.at(-1);
    for (const slot of frame.assigned) {
      this.#drop(this.#slots, slot);
      outer?.assigned.add(slot);
    }
    for (const store of frame.stored) {
      this.#invalidate(store.memory, store.address, store.offset);
      outer?.stored.push(store);
    }
  }

  #put<K, V>(map: Map<K, V>, key: K, value: V): void {
    this.#log(map, key);
    map.set(key, value);
  }

  #drop<K, V>(map: Map<K, V>, key: K): void {
    if (!map.has(key)) return;
    this.#log(map, key);
    map.delete(key);
  }

  #log<K, V>(map: Map<K, V>, key: K): void {
    if (this.#frames.length === 0) return;
    this.#journal.push({ map: map, key, old: map.get(key) });
  }
}
