import { expect, test } from 'vitest';
import { pcgHashOf } from '../random/pcg.ts';
import { ANCHOR_ID, ANCHOR_RATING, expectedScore, type Pair, ratingsOf } from './ratings.ts';

const uniform = (...key: readonly number[]) => pcgHashOf(...key) / 2 ** 32;

/** Games of players of these strengths (Elo), every pair so many; a tenth of the sure points drawn. */
function playedBy(strengths: readonly number[], o: { games: number; seed: number }): Pair[] {
  const pairs: Pair[] = [];
  for (let a = 0; a < strengths.length; a++) {
    for (let b = 0; b < a; b++) {
      const p = expectedScore(strengths[a]! - strengths[b]!);
      const drawn = 0.1 * Math.min(p, 1 - p);
      const count = { wins: 0, draws: 0, losses: 0 };
      for (let g = 0; g < o.games; g++) {
        const at = uniform(o.seed, a, b, g);
        count[at < p - drawn / 2 ? 'wins' : at < p + drawn / 2 ? 'draws' : 'losses']++;
      }
      pairs.push({ a, b, ...count });
    }
  }
  return pairs;
}

test('known strengths are recovered within the errors that are stated', () => {
  const strengths = [ANCHOR_RATING, 800, 950, 1000, 1130, 1300];
  const off: number[] = [];
  for (let seed = 0; seed < 200; seed++) {
    const ratings = ratingsOf([1, 2, 3, 4, 5], playedBy(strengths, { games: 40, seed }));
    expect(ratings.get(ANCHOR_ID)).toEqual({ rating: ANCHOR_RATING, error: 0, games: 200 });
    for (let id = 1; id < 6; id++) {
      const { rating, error, games } = ratings.get(id)!;
      expect(games).toBe(200);
      expect(error).toBeGreaterThan(25);
      expect(error).toBeLessThan(60);
      off.push((rating - strengths[id]!) / error);
    }
  }
  const share = (within: number) => off.filter((z) => Math.abs(z) < within).length / off.length;
  expect(Math.abs(off.reduce((a, b) => a + b) / off.length)).toBeLessThan(0.1);
  expect(share(1)).toBeGreaterThan(0.65); // 0.683 where the errors are exact, more with draws
  expect(share(1)).toBeLessThan(0.75);
  expect(share(2)).toBeGreaterThan(0.94);
});

test('two players: the likeliest difference is that of the score, whoever is named first', () => {
  const pair = { a: 1, b: ANCHOR_ID, wins: 7000, draws: 1000, losses: 2000 };
  const mirrored = { a: ANCHOR_ID, b: 1, wins: 2000, draws: 1000, losses: 7000 };
  const { rating, error } = ratingsOf([1], [pair]).get(1)!;
  expect(rating - ANCHOR_RATING).toBeCloseTo(400 * Math.log10(0.75 / 0.25), 0);
  expect(error).toBeCloseTo(400 / Math.LN10 / Math.sqrt(10_000 * 0.75 * 0.25), 1);
  expect(ratingsOf([1], [mirrored]).get(1)!.rating).toBeCloseTo(rating, 6);
});

test('at the likeliest ratings everybody scores what is expected, whatever the games', () => {
  for (let seed = 0; seed < 100; seed++) {
    const n = 1 + (pcgHashOf(seed, 1) % 12);
    const ids = Array.from({ length: n }, (_, i) => i + 1);
    const pairs: Pair[] = [];
    for (let k = 0; k < 2 * n; k++) {
      const [a, b] = [pcgHashOf(seed, 2, k) % (n + 1), pcgHashOf(seed, 3, k) % (n + 1)];
      if (a === b) continue;
      // Most are won by one side alone, up to a million times.
      const most = 10 ** (pcgHashOf(seed, 4, k) % 7);
      const [wins, losses] = pcgHashOf(seed, 5, k) % 4 === 0 ? [1, 3] : [most, 0];
      pairs.push({ a, b, wins, draws: pcgHashOf(seed, 6, k) % 2, losses });
    }
    const ratings = ratingsOf(ids, pairs);
    for (const id of ids) {
      const own = ratings.get(id)!;
      expect(Number.isFinite(own.error)).toBe(true);
      let surplus = 0.5 - expectedScore(own.rating - ANCHOR_RATING); // the draw with the anchor
      for (const { a, b, wins, draws, losses } of pairs) {
        if (a !== id && b !== id) continue;
        const lead = own.rating - ratings.get(a === id ? b : a)!.rating;
        const [won, lost] = a === id ? [wins, losses] : [losses, wins];
        surplus += (won + draws / 2) * expectedScore(-lead);
        surplus -= (lost + draws / 2) * expectedScore(lead);
      }
      expect(Math.abs(surplus), `seed ${seed}, player ${id}`).toBeLessThan(1e-4);
    }
  }
});

test('whoever lost all its games is rated low and not infinitely so; others are not dragged down', () => {
  const pairs = [
    { a: 1, b: ANCHOR_ID, wins: 0, draws: 0, losses: 100 },
    { a: 2, b: ANCHOR_ID, wins: 50, draws: 0, losses: 50 },
    { a: 2, b: 1, wins: 100, draws: 0, losses: 0 },
  ];
  const ratings = ratingsOf([1, 2], pairs);
  expect(ratings.get(1)!.rating).toBeGreaterThan(-500);
  expect(ratings.get(1)!.rating).toBeLessThan(100);
  expect(Math.abs(ratings.get(2)!.rating - 1000)).toBeLessThan(10);
});

test('anybody can be the anchor: differences and games are the same, errors are of those differences', () => {
  const strengths = [ANCHOR_RATING, 850, 1000, 1200];
  const pairs = playedBy(strengths, { games: 4000, seed: 7 });
  const usual = ratingsOf([1, 2, 3], pairs);
  const other = ratingsOf([0, 1, 2, 3], pairs, 1);
  for (const id of [0, 1, 2, 3]) {
    const difference = usual.get(id)!.rating - usual.get(1)!.rating;
    expect(other.get(id)!.rating - ANCHOR_RATING).toBeCloseTo(difference, 0);
    expect(other.get(id)!.games).toBe(usual.get(id)!.games);
  }
  expect(other.get(1)!.error).toBe(0);
  expect(other.get(0)!.error).toBeCloseTo(usual.get(1)!.error, 1);
});

test('counts that are none are refused', () => {
  const pair = { a: 1, b: 0, wins: 0.5, draws: 0, losses: -1 };
  expect(() => ratingsOf([1], [pair])).toThrow(
    'Games of 1 and 0 are 0.5, 0, -1; want counts of up to 1000000.',
  );
});
