/** What is read anywhere: the builder answers most reads itself, and leaves writes for nobody. */
import {
  type Memory,
  type Region,
  type Slot,
  type Store,
  type Value,
  isValue,
  regionsOf,
} from '../ir/ir.ts';

export class Reads {
  readonly slots = new Set<Slot>();
  /** Offsets of words of private memory that are read; null where an index may read any. */
  readonly #words = new Map<Memory, Set<number> | null>();

  constructor(body: Region) {
    this.#visit(body);
  }

  isRead({ memory, address, offset }: Store): boolean {
    if (memory.kind !== 'private') return true;
    const words = this.#words.get(memory);
    if (words === null || words === undefined) return words === null;
    return isFixed(address) ? words.has(offset) : words.size > 0;
  }

  #visit(region: Region): void {
    for (const item of region.items) {
      for (const inner of regionsOf(item)) this.#visit(inner);
      if (!isValue(item)) continue;
      if (item.op === 'get') this.slots.add(item.slot);
      if (item.op === 'load') this.#load(item.memory, isFixed(item.args[0]!), item.offset);
    }
  }

  #load(memory: Memory, isFixed: boolean, offset: number): void {
    const words = this.#words.get(memory);
    if (words === null) return;
    if (!isFixed) this.#words.set(memory, null);
    else if (words) words.add(offset);
    else this.#words.set(memory, new Set([offset]));
  }
}

/** Whether all that is added to the lane's place is the offset. */
function isFixed(address: Value): boolean {
  return address.args[0]?.op === 'lane';
}
