import { expect, test } from 'vitest';
import { joinPool, type PoolEntry } from './pool.ts';

test('a full pool keeps its newest entries in order and forgets old ones ever more', () => {
  const limit = { size: 8, seed: 4 };
  let pool: readonly PoolEntry[] = [];
  for (let generation = 0; generation < 400; generation += 10) {
    pool = joinPool(pool, { generation, weights: new Float32Array(1) }, limit);
    expect(pool.at(-1)!.generation).toBe(generation);
    expect(pool.length).toBeLessThanOrEqual(limit.size);
  }
  const generations = pool.map((entry) => entry.generation);
  expect(generations).toEqual(generations.toSorted((a, b) => a - b));
  expect(generations.at(-2)).toBe(380); // the newest before is never the one to go
  expect(new Set(generations).size).toBe(8);
});
