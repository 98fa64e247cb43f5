/**
 * The order in which items are emitted. A value that only a branch uses moves into the branch, in
 * front of the first item there that needs it. A value whose one use follows it at once is computed
 * as part of that use; all others stay where they stand, so that they live no longer than written:
 * delaying a long sum would keep all of its terms alive.
 */
import { type Item, type Region, type Value, isPure, isValue, regionsOf } from '../ir/ir.ts';
import type { Demand } from './demand.ts';

/** Trees are emitted by recursion. */
const TREE_MAX = 64;

export class Schedule {
  readonly #demand: Demand;
  readonly #items = new Map<Region, readonly Item[]>();
  readonly #inline = new Set<Value>();
  /** What holds a region. */
  readonly #owners = new Map<Region, { readonly item: Item; readonly region: Region }>();
  readonly #positions = new Map<Item, number>();
  /** Of values that moved: the item that they now stand in front of. */
  readonly #anchors = new Map<Value, Item>();
  readonly #inFront = new Map<Item, Value[]>();

  constructor(body: Region, demand: Demand) {
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
      if (place !== region) this.#moveTo(item, place);
    }
  }

  #moveTo(value: Value, place: Region): void {
    const users = this.#demand.usersOf(value);
    let anchor: Item | undefined;
    for (const { item, region } of users) {
      const candidate = this.#itemIn(place, item, region);
      if (!anchor || this.#positions.get(candidate)! < this.#positions.get(anchor)!) {
        anchor = candidate;
      }
    }
    this.#anchors.set(value, anchor!);
    const others = this.#inFront.get(anchor!);
    if (others) others.unshift(value);
    else this.#inFront.set(anchor!, [value]);
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
