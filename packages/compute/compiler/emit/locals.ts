/** Locals of the function being emitted, taken and given back. */
import { type Code, type LocalType, TYPE_BYTES } from './code.ts';

export class Locals {
  readonly #types: LocalType[] = [];
  readonly #free: Record<LocalType, number[]> = { i32: [], f32: [], v128: [] };
  readonly #first: number;

  /** `parameters`: how many locals the function's own parameters are. */
  constructor(parameters: number) {
    this.#first = parameters;
  }

  take(type: LocalType): number {
    const free = this.#free[type].pop();
    return free ?? this.fresh(type);
  }

  /** One that nothing has used before. */
  fresh(type: LocalType): number {
    return this.#first + this.#types.push(type) - 1;
  }

  give(local: number): void {
    this.#free[this.#types[local - this.#first]!].push(local);
  }

  get count(): number {
    return this.#types.length;
  }

  /** The declarations: runs of one type. */
  declare(code: Code): void {
    const runs: { type: LocalType; count: number }[] = [];
    for (const type of this.#types) {
      const last = runs.at(-1);
      if (last?.type === type) last.count++;
      else runs.push({ type, count: 1 });
    }
    code.unsigned(runs.length);
    for (const { type, count } of runs) {
      code.unsigned(count);
      code.op(TYPE_BYTES[type]);
    }
  }
}
