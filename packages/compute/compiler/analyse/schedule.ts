/**
 * The order in which items are emitted. A value that only a branch uses moves into the branch, in
 * front of the first item there that needs it; so does, within its region, a load from a buffer
 * that is not written in between: what is loaded at once at the start would only wait in spilled
 * registers. A value whose one use follows it at once is computed as part of that use; all others
 * stay where they stand, so that they live no longer than written: delaying a long sum would keep
 * all of its terms alive.
 */
import {
  type Item,
  type Memory,
  type Region,
  type Value,
  isPure,
  isValue,
  regionsOf,
} from '../ir/ir.ts';
import { type Demand, accessOf } from './demand.ts';
import type { Facts } from './uniformity.ts';

/** Trees are emitted by recursion. */
const TREE_MAX = 64;

export class Schedule {
  readonly #facts: Facts;
  readonly #demand: Demand;
  readonly #items = new Map<Region, readonly Item[]>();
  readonly #inline = new Set<Value>();
  /** What holds a region. */
  readonly #owners = new Map<Region, { readonly item: Item; readonly region: Region }>();
  readonly #positions = new Map<Item, number>();
  /** Of values that moved: the item that they now stand in front of. */
  readonly #anchors = new Map<Value, Item>();
  readonly #inFront = new Map<Item, Value[]>();
  readonly #writes = new Map<Region, ReadonlyMap<Memory, readonly number[]>>();

  constructor(body: Region, facts: Facts, demand: Demand) {
    this.#facts = facts;
    this.#demand = demand;
    this.#index(body);
    this.#sink(body);
    this.#arrange(body);
  }

  itemsOf(region: Region): readonly Item[] {
    return this.#items.get(region) ?? region.items;
  }

  /** Whether the value is computed as part of its one use. */
  isInline(value: Value): boolean {
    return this.#inline.has(value);
  }

  #index(region: Region): void {
    region.items.forEach((item, i) => {
      this.#positions.set(item, i);
      for (const inner of regionsOf(item)) {
        this.#owners.set(inner, { item, region });
        this.#index(inner);
      }
    });
  }

  /** Backwards, so that what uses a value has moved already. */
  #sink(region: Region): void {
    for (let i = region.items.length - 1; i >= 0; i--) {
      const item = region.items[i]!;
      for (const inner of regionsOf(item).toReversed()) this.#sink(inner);
      if (!isValue(item) || !this.#demand.isLive(item)) continue;
      const place = this.#demand.placeOf(item, region);
      if (place !== region) this.#moveTo(item, this.#firstUser(item, place));
      else if (item.op === 'load' && this.#mayWait(item)) this.#delay(item, region);
    }
  }

  /**
   * Loads of whole vectors; others may be part of a row (emit/rows.ts), and those of a row stay
   * together.
   */
  #mayWait({ memory, args }: Value & { op: 'load' }): boolean {
    if (memory.kind !== 'binding') return false;
    const access = accessOf(this.#facts, args[0]!);
    return access === 'uniform' || access === 'contiguous';
  }

  #delay(load: Value & { op: 'load' }, region: Region): void {
    const anchor = this.#firstUser(load, region);
    const from = this.#positions.get(load)!;
    const to = this.#positions.get(anchor)!;
    const writes = this.#writesIn(region).get(load.memory) ?? [];
    if (!writes.some((at) => at >= from && at < to)) this.#moveTo(load, anchor);
  }

  /** Where the items stand that may write a memory. */
  #writesIn(region: Region): ReadonlyMap<Memory, readonly number[]> {
    let known = this.#writes.get(region);
    if (!known) {
      const writes = new Map<Memory, number[]>();
      region.items.forEach((item, at) => {
        for (const memory of writtenBy(item)) {
          const positions = writes.get(memory);
          if (positions) positions.push(at);
          else writes.set(memory, [at]);
        }
      });
      this.#writes.set(region, writes);
      known = writes;
    }
    return known;
  }

  #firstUser(value: Value, place: Region): Item {
    let first: Item | undefined;
    for (const { item, region } of this.#demand.usersOf(value)) {
      const candidate = this.#itemIn(place, item, region);
      if (!first || this.#positions.get(candidate)! < this.#positions.get(first)!) {
        first = candidate;
      }
    }
    return first!;
  }

  #moveTo(value: Value, anchor: Item): void {
    this.#anchors.set(value, anchor);
    const others = this.#inFront.get(anchor);
    if (others) others.unshift(value);
    else this.#inFront.set(anchor, [value]);
  }

  /** The item of `place` that is, or holds, or now has in front of it, an item of `region`. */
  #itemIn(place: Region, item: Item, region: Region): Item {
    let [current, at] = [item, region];
    while (at !== place) {
      const owner = this.#owners.get(at)!;
      current = owner.item;
      at = owner.region;
    }
    return (isValue(current) && this.#anchors.get(current)) || current;
  }

  #arrange(region: Region): void {
    const items: Item[] = [];
    for (const item of region.items) {
      for (const value of this.#inFront.get(item) ?? []) items.push(value);
      if (!isValue(item)) items.push(item);
      else if (this.#demand.isLive(item) && !this.#anchors.has(item)) items.push(item);
      for (const inner of regionsOf(item)) this.#arrange(inner);
    }
    this.#items.set(region, items);
    this.#findInline(items);
  }

  /** Backwards: the trees of values that lead up to an item without a gap. */
  #findInline(items: readonly Item[]): void {
    const roots = new Map<Item, Item>();
    let root: Item | undefined;
    let size = 0;
    for (let i = items.length - 1; i >= 0; i--) {
      const item = items[i]!;
      const user = isValue(item) ? this.#onlyUser(item) : undefined;
      const isNext = user !== undefined && root !== undefined && (roots.get(user) ?? user) === root;
      // A store may be emitted later than it stands (as part of a row), past what changes memory.
      size++;
      if (
        isNext &&
        size < TREE_MAX &&
        (isPure(item as Value) || isValue(root!) || root!.op === 'set')
      ) {
        roots.set(item, root!);
        this.#inline.add(item as Value);
      } else {
        root = item;
        size = 0;
      }
    }
  }

  #onlyUser(value: Value): Item | undefined {
    const demand = this.#demand;
    if (value.op === 'atomic' || demand.total(value) !== 1 || demand.count(value, 'lanes') > 0) {
      return undefined;
    }
    return demand.usersOf(value)[0]?.item;
  }
}

function writtenBy(item: Item): Set<Memory> {
  const memories = new Set<Memory>();
  if (item.op === 'store' || item.op === 'atomic') memories.add(item.memory);
  for (const region of regionsOf(item)) {
    for (const inner of region.items) for (const memory of writtenBy(inner)) memories.add(memory);
  }
  return memories;
}
