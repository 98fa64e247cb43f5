/**
 * Indexes that grow with a counter, `counter * factor + rest` with a bound on the rest: all of them
 * are in range while the counter is below some end. What runs up to there clamps none of them.
 */
import type { Coverage } from './assumptions.ts';
import { upperBound } from './bounds.ts';
import type { Value } from './ir.ts';
import type { Maker } from './simplify.ts';

/** counter * factor + max <= last. */
export type Growth = { readonly factor: number; readonly last: Value; max: number };

/** Sums are looked into this deep: they could be of any size. */
const DEPTH_MAX = 8;
/** Factors and rests larger than this are clamped one by one. */
const REST_MAX = 2 ** 24;

export class Ranges implements Coverage {
  /** Ids from here on belong to the piece. */
  readonly #firstId: number;
  readonly #counter: Value;
  readonly #made = new Map<string, Growth>();

  constructor(firstId: number, counter: Value) {
    this.#firstId = firstId;
    this.#counter = counter;
  }

  get made(): readonly Growth[] {
    return [...this.#made.values()];
  }

  cover(index: Value, last: Value): boolean {
    if (last.id >= this.#firstId) return false;
    const { factor, max } = this.#growthOf(index, 0);
    if (factor > REST_MAX || max > REST_MAX) return false;
    const key = `${last.id} ${factor}`;
    const known = this.#made.get(key);
    if (known) known.max = Math.max(known.max, max);
    else this.#made.set(key, { factor, last, max });
    return true;
  }

  #growthOf(value: Value, depth: number): { factor: number; max: number } {
    if (value === this.#counter) return { factor: 1, max: 0 };
    // The bits of a float are not its value.
    const isInteger = value.op === 'bitcast' && value.args[0]!.kind !== 'f32';
    if (isInteger) return this.#growthOf(value.args[0]!, depth);
    const [a, b] = value.args;
    if (value.op === 'binary' && depth < DEPTH_MAX) {
      if (value.operator === 'add') {
        const [x, y] = [this.#growthOf(a!, depth + 1), this.#growthOf(b!, depth + 1)];
        return { factor: x.factor + y.factor, max: x.max + y.max };
      }
      const times = factorOf(value.operator, b!);
      if (times !== null) {
        const { factor, max } = this.#growthOf(a!, depth + 1);
        return { factor: factor * times, max: max * times };
      }
    }
    return { factor: 0, max: upperBound(value) };
  }
}

function factorOf(operator: string, b: Value): number | null {
  if (b.op !== 'constant' || b.value < 0) return null;
  if (operator === 'mul') return b.value;
  return operator === 'shl' ? 2 ** (b.value & 31) : null;
}

/** The first counter whose index is out of range. */
export function endOf(make: Maker, { factor, last, max }: Growth): Value {
  const u32 = (value: number) => make.constant('u32', value);
  const hasAny = make.binary('ge', last, u32(max));
  if (factor === 0) return make.select(u32(0), u32(-1), hasAny);
  const steps = make.binary('div', make.binary('sub', last, u32(max)), u32(factor));
  return make.select(u32(0), make.binary('add', steps, u32(1)), hasAny);
}
