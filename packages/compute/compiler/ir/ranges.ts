/**
 * Indexes that grow with a counter, `counter * factor + base + rest` with a base that the counter does
 * not change and a bound on the rest: all of them are in range while the counter is below some end.
 * What runs up to there clamps none of them.
 */
import type { Coverage } from './assumptions.ts';
import { upperBound } from './bounds.ts';
import { Invariants } from './invariants.ts';
import type { Value } from './ir.ts';
import type { Maker } from './simplify.ts';

/** counter * factor + base + max <= last. */
export type Growth = {
  readonly factor: number;
  readonly base: readonly Part[];
  readonly last: Value;
  max: number;
};

/** Of a base: a value as often as said. Sums may wrap around, as indexes do. */
type Part = { readonly value: Value; readonly times: number };
type Sum = { readonly factor: number; readonly base: readonly Part[]; readonly max: number };

/** Sums are looked into this deep: they could be of any size. */
const DEPTH_MAX = 8;
/** Factors and rests larger than this are clamped one by one. */
const REST_MAX = 2 ** 24;

export class Ranges implements Coverage {
  readonly #counter: Value;
  readonly #invariants: Invariants;
  readonly #made = new Map<string, Growth>();

  /** Ids from `firstId` on belong to the piece. */
  constructor(firstId: number, counter: Value) {
    this.#counter = counter;
    this.#invariants = new Invariants(firstId);
  }

  get made(): readonly Growth[] {
    return [...this.#made.values()];
  }

  cover(index: Value, last: Value): boolean {
    if (!this.#invariants.isOutside(last)) return false;
    const { factor, base, max } = this.#growthOf(index, 0);
    if (Math.max(factor, max, ...base.map(({ times }) => times)) > REST_MAX) return false;
    const parts = base.map(({ value, times }) => `${value.id} * ${times}`).toSorted();
    const key = [last.id, factor, ...parts].join();
    const known = this.#made.get(key);
    if (known) known.max = Math.max(known.max, max);
    else this.#made.set(key, { factor, base, last, max });
    return true;
  }

  #growthOf(value: Value, depth: number): Sum {
    if (value === this.#counter) return { factor: 1, base: [], max: 0 };
    // The bits of a float are not its value.
    const isInteger = value.op === 'bitcast' && value.args[0]!.kind !== 'f32';
    if (isInteger) return this.#growthOf(value.args[0]!, depth);
    const [a, b] = value.args;
    if (value.op === 'binary' && depth < DEPTH_MAX) {
      if (value.operator === 'add') {
        const [x, y] = [this.#growthOf(a!, depth + 1), this.#growthOf(b!, depth + 1)];
        return { factor: x.factor + y.factor, base: [...x.base, ...y.base], max: x.max + y.max };
      }
      const by = factorOf(value.operator, b!);
      if (by !== null) {
        const { factor, base, max } = this.#growthOf(a!, depth + 1);
        const scaled = base.map((part) => ({ value: part.value, times: part.times * by }));
        return { factor: factor * by, base: scaled, max: max * by };
      }
    }
    const max = upperBound(value);
    const isPart = max > REST_MAX && this.#invariants.has(value) && isUniform(value);
    return isPart
      ? { factor: 0, base: [{ value, times: 1 }], max: 0 }
      : { factor: 0, base: [], max };
  }

  /** The first counter whose index is out of range, computed in front of the piece. */
  endOf(make: Maker, { factor, base, last, max }: Growth): Value {
    const u32 = (value: number) => make.constant('u32', value);
    // As u32: compared as signed numbers, a part below 0 would be in range.
    const parts = base.map(({ value, times }) =>
      make.binary('mul', make.bitcast('u32', this.#invariants.outside(make, value)), u32(times)),
    );
    const start = parts.reduce((sum, part) => make.binary('add', sum, part), u32(0));
    const room = make.binary('sub', last, u32(max));
    const left = make.binary('sub', room, start);
    const holds = make.binary('ge', last, u32(max));
    const hasAny =
      base.length === 0 ? holds : make.binary('and', holds, make.binary('le', start, room));
    if (factor === 0) return make.select(u32(0), u32(-1), hasAny);
    const steps = make.binary('div', left, u32(factor));
    return make.select(u32(0), make.binary('add', steps, u32(1)), hasAny);
  }
}

/** Whether all lanes have the same, of an invariant: outside of loops over a row nothing else differs. */
function isUniform(value: Value): boolean {
  return value.op !== 'lane' && value.args.every(isUniform);
}

function factorOf(operator: string, b: Value): number | null {
  if (b.op !== 'constant' || b.value < 0) return null;
  if (operator === 'mul') return b.value;
  return operator === 'shl' ? 2 ** (b.value & 31) : null;
}
