/** Earlier versions of the player, kept as opponents: pure. */
import { pcgHashOf, uniformBelow } from '../random/pcg.ts';

export type PoolEntry = {
  readonly generation: number;
  readonly weights: Float32Array<ArrayBuffer>; // [P]
};

const EVICTION_STREAM = 0x65766963;

/**
 * The pool with one entry more. A full one loses an entry at random, never the newest: what stays
 * reaches from the last few versions far back, ever more thinly.
 */
export function joinPool(
  pool: readonly PoolEntry[],
  entry: PoolEntry,
  limit: { readonly size: number; readonly seed: number },
): readonly PoolEntry[] {
  if (pool.length < limit.size) return [...pool, entry];
  const bits = pcgHashOf(limit.seed, entry.generation, EVICTION_STREAM);
  const evicted = uniformBelow(bits, Math.max(1, pool.length - 1));
  return [...pool.filter((_, i) => i !== evicted), entry];
}
