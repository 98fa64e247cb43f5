/** What a piece of code does not change, and so may be computed in front of it. */
import type { Value } from './ir.ts';
import type { Maker } from './simplify.ts';

/** How deep values are looked into: they could be trees of any size. */
const DEPTH_MAX = 6;

export class Invariants {
  /** Ids from here on belong to the piece. */
  readonly #firstId: number;

  constructor(firstId: number) {
    this.#firstId = firstId;
  }

  /** Whether the value is computed before the piece, or can be. */
  has(value: Value, depth = 0): boolean {
    if (this.isOutside(value)) return true;
    if (value.op !== 'binary' && value.op !== 'bitcast') return false;
    return depth < DEPTH_MAX && value.args.every((arg) => this.has(arg, depth + 1));
  }

  isOutside(value: Value): boolean {
    return value.id < this.#firstId || value.op === 'constant';
  }

  /** The same value, computed in front of the piece. */
  outside(make: Maker, value: Value): Value {
    if (this.isOutside(value)) return value;
    const args = value.args.map((arg) => this.outside(make, arg));
    if (value.op === 'bitcast') return make.bitcast(value.kind, args[0]!);
    if (value.op === 'binary') return make.binary(value.operator, args[0]!, args[1]!);
    throw new Error(`${value.op} is no invariant`);
  }
}
