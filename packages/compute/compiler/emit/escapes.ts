/** Which items may take lanes out of the blocks around them. */
import type { Facts } from '../analyse/uniformity.ts';
import { type Item, type Label, type Region, regionsOf } from '../ir/ir.ts';

export class Escapes {
  readonly #facts: Facts;
  readonly #targets = new Map<Region, ReadonlySet<Label>>();

  constructor(facts: Facts) {
    this.#facts = facts;
  }

  has(item: Item): boolean {
    const own = item.op === 'block' ? item.label : undefined;
    return regionsOf(item).some((region) => [...this.#of(region)].some((label) => label !== own));
  }

  /** Labels outside of the region that lanes exit to one by one. */
  #of(region: Region): ReadonlySet<Label> {
    const known = this.#targets.get(region);
    if (known) return known;
    const targets = new Set<Label>();
    for (const item of region.items) {
      if (item.op === 'exit' && this.#facts.isMaskedExit(region, item)) targets.add(item.label);
      for (const inner of regionsOf(item)) {
        for (const label of this.#of(inner)) {
          if (item.op !== 'block' || item.label !== label) targets.add(label);
        }
      }
    }
    this.#targets.set(region, targets);
    return targets;
  }
}
