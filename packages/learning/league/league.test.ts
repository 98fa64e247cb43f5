import { expect, test } from 'vitest';
import { defaultsOf } from '../algorithms/options.ts';
import {
  beginRound,
  endRound,
  type League,
  leagueRatings,
  metInRound,
  mostCrowded,
  openLeague,
  opponentChances,
  sharesAgainst,
} from './league.ts';
import { LEAGUE_OPTIONS, type LeagueOptions } from './league-options.ts';
import { ANCHOR_ID, expectedScore, type Pair } from './ratings.ts';

const DEFAULTS = defaultsOf(LEAGUE_OPTIONS);
const GAMES = 100;

function open(options: Partial<LeagueOptions> = {}, seed = 1): League {
  return openLeague({ seed, options: { ...DEFAULTS, ...options } });
}

/** A round's games as expected to the point, `score(id)` being the learner's against each. */
function gamesOf(league: League, score: (id: number) => number): Pair[] {
  return metInRound(league).map((id) => {
    const wins = Math.round(GAMES * score(id));
    return { a: league.learner.id, b: id, wins, draws: 0, losses: GAMES - wins };
  });
}

/** A league whose learner gets better by so many Elo per step. */
function grown(options: Partial<LeagueOptions>, o: { steps: readonly number[]; pace: number }) {
  const strength = new Map([[ANCHOR_ID, 1000]]);
  let league = open(options);
  const play = () => {
    const { id, step } = league.learner;
    strength.set(id, 600 + o.pace * step);
    const score = (met: number) => expectedScore(strength.get(id)! - strength.get(met)!);
    league = endRound(league, gamesOf(league, score));
  };
  play();
  for (const step of o.steps) {
    league = beginRound(league, step);
    play();
  }
  return { league, strength };
}

const rounds = (count: number) => Array.from({ length: count }, (_, i) => 10 * (i + 1));

test('opponents are drawn by (1 - p)^2 and the floor', () => {
  const shares = new Map([
    [1, 1],
    [2, 0.5],
    [3, 0],
  ]);
  const chances = opponentChances(shares, 0.05);
  const total = 0.05 + 0.3 + 1.05;
  expect(chances.get(1)).toBeCloseTo(0.05 / total, 12);
  expect(chances.get(2)).toBeCloseTo(0.3 / total, 12);
  expect(chances.get(3)).toBeCloseTo(1.05 / total, 12);
  const beaten = new Map([
    [1, 1],
    [2, 1],
  ]);
  expect([...opponentChances(beaten, 0).values()]).toEqual([0.5, 0.5]);
});

test('half of the places are its own, the others go to past members as often as their chances say', () => {
  const { league } = grown({ size: 6, versionSteps: 10 }, { steps: rounds(5), pace: 5 });
  expect(league.members.map(({ id }) => id)).toEqual([1, 2, 3, 4, 5, 6]);
  const { floor } = league.options;
  const chances = opponentChances(sharesAgainst(league), floor);
  const games = league.pairs.filter(({ a }) => a === league.learner.id);
  const before = { ...league, pairs: league.pairs.filter((pair) => !games.includes(pair)) };
  const first = new Map<number, number>();
  const ROUNDS = 1500;
  for (let round = 1; round <= ROUNDS; round++) {
    const { lineUp } = endRound({ ...before, round }, games);
    const past = lineUp.filter((id) => id !== league.learner.id);
    expect(past.length).toBe(2);
    expect(new Set(past).size).toBe(2);
    first.set(past[0]!, (first.get(past[0]!) ?? 0) + 1);
  }
  for (const [id, chance] of chances) {
    const spread = Math.sqrt((chance * (1 - chance)) / ROUNDS);
    expect(Math.abs((first.get(id) ?? 0) / ROUNDS - chance)).toBeLessThan(4 * spread);
  }
});

test('a share of places that is no whole number is so on average', () => {
  let own = 0;
  for (let seed = 0; seed < 400; seed++) {
    const some = { opponentCount: 3, selfShare: 0.4, versionSteps: 10 };
    const { league } = grownFrom(seed, some);
    own += league.lineUp.filter((id) => id === league.learner.id).length;
  }
  expect(own / 1200).toBeCloseTo(0.4, 1);
});

function grownFrom(seed: number, options: Partial<LeagueOptions>) {
  const { league } = grown(options, { steps: rounds(3), pace: 5 });
  const { learner, pairs } = league;
  const games = pairs.filter(({ a }) => a === learner.id);
  const before = { ...league, seed, pairs: pairs.filter(({ a }) => a !== learner.id) };
  return { league: endRound(before, games) };
}

test('a version joins after its steps, sooner where it is clearly better, and at the end', () => {
  const slow = grown({ versionSteps: 50 }, { steps: rounds(12), pace: 0.1 }).league;
  expect(slow.members.map(({ step }) => step)).toEqual([0, 50, 100]);
  expect(slow.learner.step).toBe(120);
  // 400 Elo in 20 steps: 10 : 1; it takes three of four games after a round of 10.
  const fast = grown({ versionSteps: 50 }, { steps: rounds(3), pace: 20 }).league;
  expect(fast.members.map(({ step }) => step)).toEqual([0, 10, 20, 30]);
  const ended = beginRound(slow, 125);
  const last = endRound(
    ended,
    gamesOf(ended, () => 0),
    { last: true },
  );
  expect(last.members.at(-1)).toEqual(last.learner);
});

test('a learner that did not join leaves no games behind', () => {
  const { league } = grown({ versionSteps: 50 }, { steps: rounds(7), pace: 0.1 });
  const ids = new Set([ANCHOR_ID, ...league.members.map(({ id }) => id), league.learner.id]);
  expect(league.pairs.every(({ a, b }) => ids.has(a) && ids.has(b))).toBe(true);
  expect(league.pairs.length).toBe(1 + 2 + 3); // of versions 0 and 50, and of the learner
  expect(metInRound(beginRound(league, 80))).toEqual([
    ANCHOR_ID,
    ...league.members.map(({ id }) => id),
  ]);
});

test('a full league keeps the newest and what is spread over time and ratings', () => {
  const size = 8;
  const steps = rounds(60);
  const { league, strength } = grown({ size, versionSteps: 10 }, { steps, pace: 1 });
  expect(league.members.length).toBe(size);
  expect(league.left).toBe(steps.length + 1 - size);
  const kept = league.members.map(({ step }) => step);
  expect(kept[0]).toBe(0);
  expect(kept.at(-1)).toBe(600);
  const gaps = kept.slice(1).map((step, i) => step - kept[i]!);
  expect(Math.max(...gaps)).toBeLessThan(2.5 * (600 / (size - 1)));
  for (const { id } of league.members) {
    const { rating, error } = leagueRatings(league).get(id)!;
    expect(Math.abs(rating - strength.get(id)!)).toBeLessThan(2 * error + 20);
  }
});

/** Ratings of versions 1, 2, ... */
function rated(all: readonly number[]) {
  return new Map(all.map((rating, i) => [i + 1, { rating, error: 1, games: 1 }]));
}

test('the one between near neighbours leaves; the newest never does', () => {
  const members = [0, 40, 50, 60, 100].map((step, i) => ({ id: i + 1, step }));
  expect(mostCrowded(members, rated([500, 740, 750, 760, 1000]))).toBe(3);
  expect(mostCrowded(members, rated([500, 600, 1000, 610, 700]))).toBe(4);
  const three = members.slice(0, 3);
  expect(mostCrowded(three, rated([500, 1000, 750]))).toBe(1); // all are outermost: the oldest
});

test('the same seed draws the same opponents, another seed others', () => {
  const options = { versionSteps: 10, size: 6 };
  const [one, again] = [1, 2].map(() =>
    Array.from({ length: 20 }, (_, seed) => grownFrom(seed, options).league.lineUp),
  );
  expect(again).toEqual(one);
  expect(new Set(one!.map(String)).size).toBeGreaterThan(3);
});
