/**
 * Indexes that are assumed to be in range while a piece of code is written: `base + rest` with a
 * base that could be computed before the piece began, and a rest with a known bound. What was
 * assumed becomes one condition in front of the piece; where it does not hold, another version of
 * the piece runs, which clamps every index.
 */
import { upperBound } from './bounds.ts';
import { Invariants } from './invariants.ts';
import type { Value } from './ir.ts';
import type { Maker } from './simplify.ts';

/** What may be known of indexes while a piece of code is written. */
export interface Coverage {
  /** True where the index may be taken to be at most `last`. */
  cover(index: Value, last: Value): boolean;
}

/** base + rest <= last for every rest <= max, without wrapping around. */
export type Assumption = {
  /** Values whose sum is the base. */
  readonly base: readonly Value[];
  readonly last: Value;
  max: number;
};

/** How deep sums are looked into: they could be trees of any size. */
const DEPTH_MAX = 6;
/** Rests larger than this are clamped one by one. */
const REST_MAX = 2 ** 24;

export class Assumptions implements Coverage {
  readonly #invariants: Invariants;
  readonly #made = new Map<string, Assumption>();

  /** Ids from `firstId` on belong to the piece. */
  constructor(firstId: number) {
    this.#invariants = new Invariants(firstId);
  }

  get made(): readonly Assumption[] {
    return [...this.#made.values()];
  }

  cover(index: Value, last: Value): boolean {
    if (!this.#invariants.isOutside(last)) return false;
    const terms = termsOf(index);
    const base = terms.filter((term) => term.op !== 'constant' && this.#invariants.has(term));
    const rest = terms.filter((term) => !base.includes(term));
    const max = rest.reduce((sum, term) => sum + upperBound(term), 0);
    if (max > REST_MAX) return false;
    const ids = base.map((term) => term.id).toSorted((a, b) => a - b);
    const key = `${last.id}: ${ids.join(' ')}`;
    const known = this.#made.get(key);
    if (known) known.max = Math.max(known.max, max);
    else this.#made.set(key, { base, last, max });
    return true;
  }

  /** The condition that the assumption is, computed in front of the piece. */
  holds(make: Maker, { base, last, max }: Assumption): Value {
    const start = base
      .map((term) => make.bitcast('u32', this.#invariants.outside(make, term)))
      .reduce((sum, term) => make.binary('add', sum, term), make.constant('u32', 0));
    const rest = make.constant('u32', max);
    const room = make.binary('ge', last, rest);
    const fits = make.binary('le', start, make.binary('sub', last, rest));
    return make.binary('and', room, make.all(fits));
  }
}

/** The summands of a sum. */
function termsOf(value: Value, depth = 0): Value[] {
  if (value.op !== 'binary' || value.operator !== 'add' || depth > DEPTH_MAX) return [value];
  return value.args.flatMap((arg) => termsOf(arg, depth + 1));
}
