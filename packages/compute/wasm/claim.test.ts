import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { claimChunk, ownedFrom, TURNS_MAX } from './claim.ts';

test('every chunk of a turn is claimed once, and the next turn begins anew', () => {
  const words = new Int32Array(1);
  for (const turn of [1, 2, 7, TURNS_MAX]) {
    const claim = { word: 0, turn, owned: 3 };
    expect([0, 1, 2, 3].map(() => claimChunk(words, claim))).toEqual([0, 1, 2, -1]);
    // A thread that was held up since an earlier turn finds nothing.
    expect(claimChunk(words, { word: 0, turn: turn - 1, owned: 9 })).toBe(-1);
  }
  expect(claimChunk(words, { word: 0, turn: TURNS_MAX, owned: 0 })).toBe(-1);
});

test('the threads’ parts cover all chunks without overlap, the first thread’s part first', () => {
  const counts = fc.record({
    chunks: fc.nat({ max: 600 }),
    threads: fc.integer({ min: 1, max: 64 }),
  });
  fc.assert(
    fc.property(counts, ({ chunks, threads }) => {
      expect(ownedFrom(chunks, 0, threads)).toBe(0);
      expect(ownedFrom(chunks, threads, threads)).toBe(chunks);
      for (let thread = 0; thread < threads; thread++) {
        const owned = ownedFrom(chunks, thread + 1, threads) - ownedFrom(chunks, thread, threads);
        expect(owned).toBeGreaterThanOrEqual(Math.floor(chunks / threads));
        expect(owned).toBeLessThanOrEqual(Math.ceil(chunks / threads));
      }
    }),
  );
  expect(ownedFrom(1, 1, 5)).toBe(1);
});
