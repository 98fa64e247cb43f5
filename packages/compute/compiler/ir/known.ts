/**
 * What is known at a point of the program: values already computed, what slots hold, what words of
 * memory hold. Entering a region keeps the knowledge, leaving it drops what was learnt inside and
 * what was changed inside.
 */
import type { Memory, Slot, Value } from './ir.ts';

/** Words of one memory: by address value, then by offset. */
type Words = ReadonlyMap<Value, ReadonlyMap<number, Value>>;

type State = { slots: Map<Slot, Value>; memories: Map<Memory, Words> };

type Frame = {
  readonly before: State;
  readonly computed: string[];
  readonly assigned: Set<Slot>;
  /** What was stored to: one word, or anything in the memory. */
  readonly stored: { memory: Memory; address: Value | null; offset: number }[];
};

export class Known {
  readonly #computed = new Map<string, Value>();
  #state: State = { slots: new Map(), memories: new Map() };
  readonly #frames: Frame[] = [];

  computed(key: string): Value | undefined {
    return this.#computed.get(key);
  }

  learnComputed(key: string, value: Value): void {
    this.#computed.set(key, value);
    this.#frames.at(-1)?.computed.push(key);
  }

  valueOf(slot: Slot): Value | undefined {
    return this.#state.slots.get(slot);
  }

  learn(slot: Slot, value: Value): void {
    this.#state.slots.set(slot, value);
  }

  assign(slot: Slot, value: Value): void {
    this.#state.slots.set(slot, value);
    this.#frames.at(-1)?.assigned.add(slot);
  }

  loaded(memory: Memory, address: Value, offset: number): Value | undefined {
    return this.#state.memories.get(memory)?.get(address)?.get(offset);
  }

  learnLoad(memory: Memory, address: Value, offset: number, value: Value): void {
    const words = this.#state.memories.get(memory) ?? new Map<Value, Map<number, Value>>();
    const known = new Map(words.get(address));
    known.set(offset, value);
    this.#state.memories.set(memory, new Map(words).set(address, known));
  }

  store(memory: Memory, address: Value, offset: number, value: Value): void {
    this.#invalidate(memory, address, offset);
    this.learnLoad(memory, address, offset, value);
    this.#frames.at(-1)?.stored.push({ memory, address, offset });
  }

  forget(memory: Memory): void {
    this.#state.memories.delete(memory);
    this.#frames.at(-1)?.stored.push({ memory, address: null, offset: 0 });
  }

  /** Words at another address value may be the same ones. */
  #invalidate(memory: Memory, address: Value | null, offset: number): void {
    const words = this.#state.memories.get(memory)?.get(address!);
    if (address === null || !words) {
      this.#state.memories.delete(memory);
      return;
    }
    const kept = new Map(words);
    kept.delete(offset);
    this.#state.memories.set(memory, new Map([[address, kept]]));
  }

  enter(repeats: boolean): void {
    const before = this.#state;
    this.#frames.push({ before, computed: [], assigned: new Set(), stored: [] });
    this.#state = { slots: new Map(before.slots), memories: new Map(before.memories) };
    if (!repeats) return;
    // The end of a loop's body comes before its start, and is not known yet.
    this.#state.slots.clear();
    for (const memory of before.memories.keys()) {
      if (memory.writable) this.#state.memories.delete(memory);
    }
  }

  leave(): void {
    const frame = this.#frames.pop()!;
    for (const key of frame.computed) this.#computed.delete(key);
    this.#state = frame.before;
    const outer = this.#frames.at(-1);
    for (const slot of frame.assigned) {
      this.#state.slots.delete(slot);
      outer?.assigned.add(slot);
    }
    for (const { memory, address, offset } of frame.stored) {
      this.#invalidate(memory, address, offset);
      outer?.stored.push({ memory, address, offset });
    }
  }
}
