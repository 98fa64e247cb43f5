/**
 * Which values are the same in all lanes, and where lanes part ways: a fixed point, from below.
 *
 * Lanes part at an `if` on a varying condition, and at an `exit` that not all lanes of the label's
 * block take together; the block's label is then divergent. Between a place and one inside it lanes
 * may have parted exactly if there is a varying `if` or a divergent label on the way: only then a
 * slot of the outer place is written under a mask.
 */
import type { Exit, If, Item, Kernel, Label, Region, Slot, Value } from '../ir/ir.ts';
import { isValue, regionsOf } from '../ir/ir.ts';
import { type Shape, UNIFORM, VARYING, sameShape, shapeOf, uniform } from './shape.ts';

/** The base that a scalar instruction of a linear value computes is all that masks out the lane. */
export class Facts {
  readonly #shapes: (Shape | undefined)[] = [];
  readonly #slots = new Map<Slot, Shape>();
  /** Slots whose shape something was told. */
  readonly #told = new Set<Slot>();
  readonly #labels = new Set<Label>();
  readonly #depths = new Map<Region, number>();

  shape(value: Value): Shape {
    const known = this.#shapes[value.id];
    if (known) return known;
    // Constants, lanes and parameters stand in no region.
    const shape = shapeOf(value, []);
    this.#shapes[value.id] = shape;
    return shape;
  }

  isUniform(value: Value): boolean {
    return this.shape(value).kind === 'uniform';
  }

  isVaryingSlot(slot: Slot): boolean {
    return this.#slots.get(slot)?.kind === 'varying';
  }

  isDivergent(label: Label): boolean {
    return this.#labels.has(label);
  }

  isVaryingIf(item: If): boolean {
    return !this.isUniform(item.condition);
  }

  /** How often lanes may have parted on the way into the region. */
  depth(region: Region): number {
    return this.#depths.get(region) ?? 0;
  }

  /** Whether lanes that are active at `home` may be inactive in `region`. */
  isMasked(region: Region, home: Region | null): boolean {
    return this.depth(region) > (home ? this.depth(home) : 0);
  }

  isMaskedExit(region: Region, exit: Exit): boolean {
    return this.isMasked(region, exit.label.body);
  }

  setShape(value: Value, shape: Shape): void {
    this.#shapes[value.id] = shape;
  }

  slotShape(slot: Slot): Shape {
    this.#told.add(slot);
    return this.#slots.get(slot) ?? uniform(2 ** 30);
  }

  /** True where the slot's shape is no longer what was told of it. */
  meet(slot: Slot, shape: Shape): boolean {
    const before = this.#slots.get(slot);
    const after = before ? meetShapes(before, shape) : shape.kind === 'uniform' ? shape : VARYING;
    this.#slots.set(slot, after);
    return this.#told.has(slot) && (!before || !sameShape(before, after));
  }

  setDivergent(label: Label): boolean {
    if (this.#labels.has(label)) return false;
    this.#labels.add(label);
    return true;
  }

  setDepth(region: Region, depth: number): void {
    this.#depths.set(region, depth);
  }
}

function meetShapes(a: Shape, b: Shape): Shape {
  if (a.kind !== 'uniform' || b.kind !== 'uniform') return VARYING;
  return uniform(Math.min(a.multiple, b.multiple));
}

export function analyse(kernel: Kernel): Facts {
  const facts = new Facts();
  while (walk(facts, kernel.body, 0)) {
    // Every round moves a slot or a label up: it ends.
  }
  return facts;
}

/** True where anything changed that an earlier item may depend on. */
function walk(facts: Facts, region: Region, depth: number): boolean {
  facts.setDepth(region, depth);
  let changed = false;
  for (const item of region.items) {
    if (isValue(item)) facts.setShape(item, shapeIn(facts, item));
    else if (visit(facts, region, item)) changed = true;
    for (const inner of regionsOf(item)) {
      if (walk(facts, inner, depth + parts(facts, item))) changed = true;
    }
  }
  return changed;
}

/** 1 where lanes may part on the way into the item. */
function parts(facts: Facts, item: Item): number {
  if (item.op === 'if') return facts.isVaryingIf(item) ? 1 : 0;
  return item.op === 'block' && facts.isDivergent(item.label) ? 1 : 0;
}

function visit(facts: Facts, region: Region, item: Item): boolean {
  if (item.op === 'set') {
    const masked = facts.isMasked(region, item.slot.home);
    return facts.meet(item.slot, masked ? VARYING : facts.shape(item.value));
  }
  if (item.op !== 'exit' || !facts.isMaskedExit(region, item)) return false;
  return facts.setDivergent(item.label);
}

function shapeIn(facts: Facts, value: Value): Shape {
  switch (value.op) {
    case 'get':
      return facts.slotShape(value.slot);
    case 'load':
      return facts.isUniform(value.args[0]!) ? UNIFORM : VARYING;
    case 'atomic':
      return VARYING;
    default:
      return shapeOf(
        value,
        value.args.map((arg) => facts.shape(arg)),
      );
  }
}
