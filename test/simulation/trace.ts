/** What these seeds do, to the bit, on every machine: change it together with what they do. */
import { simulate, traceHashOf } from './run.ts';

const SEEDS = [1, 2, 3, 4, 5, 6];
export const TRACE_HASH = 516382356;

export function traceHashNow(): number {
  return traceHashOf(SEEDS.map((seed) => simulate(seed)));
}
