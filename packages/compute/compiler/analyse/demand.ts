/**
 * In which forms each value is needed: as one scalar (of a linear value: its base), as a vector, or
 * as four scalars for addresses. Values that nobody needs are dead. Also where the uses stand, so
 * that the emitter can compute a value where it is used.
 */
import {
  type Item,
  type Kernel,
  type Region,
  type SetSlot,
  type Store,
  type Value,
  isPure,
  isValue,
  operandsOf,
  regionsOf,
} from '../ir/ir.ts';
import { Reads } from './reads.ts';
import { commonRegion, loopsOf } from './region-tree.ts';
import type { Facts } from './uniformity.ts';

export type Form = 'scalar' | 'vector' | 'lanes';
export type Access = 'uniform' | 'contiguous' | 'strided' | 'scattered';

/** Lanes farther apart than this are addressed one by one. */
const STRIDE_MAX = 2 ** 20;

/** How a load or store of one word per lane meets memory. */
export function accessOf(facts: Facts, address: Value): Access {
  const shape = facts.shape(address);
  if (shape.kind === 'uniform') return 'uniform';
  if (shape.kind !== 'linear') return 'scattered';
  if (shape.stride === 4) return 'contiguous';
  return shape.stride > 0 && shape.stride < STRIDE_MAX ? 'strided' : 'scattered';
}

/**
 * Whether all lanes store one scalar. A bool is a mask in memory, and another number as a scalar.
 */
export function storesScalar(facts: Facts, { address, value }: Store): boolean {
  return (
    accessOf(facts, address) !== 'contiguous' && facts.isUniform(value) && value.kind !== 'bool'
  );
}

/** What uses a value, and the region in which it is computed or stands. */
export type User = { readonly item: Item; readonly region: Region };

export class Demand {
  readonly #reads: Reads;
  readonly #loops: ReadonlyMap<Region, Region | null>;
  readonly #users: (User[] | undefined)[] = [];

  readonly valueCount: number;

  constructor({ body, valueCount }: Kernel) {
    this.valueCount = valueCount;
    this.#reads = new Reads(body);
    this.#loops = loopsOf(body);
    // Filled from the back later on: an array that grows that way becomes a slow one.
    for (let id = 0; id < valueCount; id++) {
      this.#users.push(undefined);
      this.#regions.push(undefined);
    }
    this.#uses = {
      scalar: new Uint32Array(valueCount),
      vector: new Uint32Array(valueCount),
      lanes: new Uint32Array(valueCount),
    };
  }

  /** The innermost loop around a region: its body. */
  loopOf(region: Region): Region | null {
    return this.#loops.get(region) ?? null;
  }

  /**
   * Where a live value that stands in `defined` is best computed: a pure one in the region of its
   * uses, but not within a loop that it stands outside of.
   */
  placeOf(value: Value, defined: Region): Region {
    const used = this.#regions[value.id];
    if (!used || !isPure(value)) return defined;
    return this.loopOf(used) === this.loopOf(defined) ? used : defined;
  }

  /** Whether anything may read what the item writes. */
  isRead(item: SetSlot | Store): boolean {
    return item.op === 'set' ? this.#reads.slots.has(item.slot) : this.#reads.isRead(item);
  }

  readonly #uses: Readonly<Record<Form, Uint32Array>>;
  /** The innermost region that holds all uses. */
  readonly #regions: (Region | undefined)[] = [];

  count(value: Value, form: Form): number {
    return this.#uses[form][value.id]!;
  }

  total(value: Value): number {
    return this.count(value, 'scalar') + this.count(value, 'vector') + this.count(value, 'lanes');
  }

  isLive(value: Value): boolean {
    return value.op === 'atomic' || this.total(value) > 0;
  }

  usersOf(value: Value): readonly User[] {
    return this.#users[value.id] ?? [];
  }

  add(value: Value, form: Form, user: User): void {
    const { region } = user;
    const users = this.#users[value.id];
    if (users) users.push(user);
    else this.#users[value.id] = [user];
    this.#uses[form][value.id]!++;
    const before = this.#regions[value.id];
    this.#regions[value.id] = before ? commonRegion(before, region) : region;
  }
}

export function demandOf(kernel: Kernel, facts: Facts): Demand {
  const demand = new Demand(kernel);
  visitRegion(demand, facts, kernel.body);
  return demand;
}

/** Backwards, so that all uses of a value are known before its arguments are visited. */
function visitRegion(demand: Demand, facts: Facts, region: Region): void {
  for (let i = region.items.length - 1; i >= 0; i--) {
    const item = region.items[i]!;
    for (const inner of regionsOf(item)) visitRegion(demand, facts, inner);
    if (isValue(item)) visitValue(demand, facts, item, region);
    else visitItem(demand, facts, item, region);
  }
}

function visitItem(demand: Demand, facts: Facts, item: Exclude<Item, Value>, region: Region): void {
  if ((item.op === 'set' || item.op === 'store') && !demand.isRead(item)) return;
  const user = { item, region };
  if (item.op === 'set') {
    demand.add(item.value, facts.isVaryingSlot(item.slot) ? 'vector' : 'scalar', user);
  } else if (item.op === 'if') {
    demand.add(item.condition, facts.isVaryingIf(item) ? 'vector' : 'scalar', user);
  } else if (item.op === 'store') {
    const access = accessOf(facts, item.address);
    demand.add(item.address, access === 'scattered' ? 'lanes' : 'scalar', user);
    demand.add(item.value, storesScalar(facts, item) ? 'scalar' : 'vector', user);
  } else if (operandsOf(item).length > 0) throw new Error(`operands of ${item.op}`);
}

function visitValue(demand: Demand, facts: Facts, value: Value, defined: Region): void {
  if (!demand.isLive(value)) return;
  const user = { item: value, region: demand.placeOf(value, defined) };
  for (const form of formsOf(demand, facts, value)) {
    value.args.forEach((arg, i) => demand.add(arg, argForm(facts, value, form, i), user));
  }
}

/** The forms that are computed by the value's own operation; others derive from them. */
export function formsOf(demand: Demand, facts: Facts, value: Value): Form[] {
  const shape = facts.shape(value).kind;
  if (shape === 'uniform' || shape === 'linear') return ['scalar'];
  if (shape === 'varying') return ['vector'];
  const forms: Form[] = [];
  if (demand.count(value, 'lanes') > 0) forms.push('lanes');
  if (demand.count(value, 'vector') > 0) forms.push('vector');
  return forms;
}

/** The form in which an operation needs its argument. */
export function argForm(facts: Facts, value: Value, form: Form, index: number): Form {
  const arg = value.args[index]!;
  if (value.op === 'all') return facts.isUniform(arg) ? 'scalar' : 'vector';
  if (value.op === 'load' || (value.op === 'atomic' && index === 0)) {
    return accessOf(facts, arg) === 'scattered' ? 'lanes' : 'scalar';
  }
  if (form === 'scalar') return 'scalar';
  if (form === 'vector') {
    const shifts = value.op === 'binary' && (value.operator === 'shl' || value.operator === 'shr');
    const chooses = value.op === 'select' && index === 2;
    return (shifts && index === 1) || chooses
      ? facts.isUniform(arg)
        ? 'scalar'
        : 'vector'
      : 'vector';
  }
  return 'lanes';
}
