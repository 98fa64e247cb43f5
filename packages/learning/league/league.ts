/**
 * A league: past versions of a learner, what they scored against each other, and whom the learner plays
 * next. Plain data and pure functions; networks are kept beside it (`league-run.ts`). A round: the
 * learner as it is meets every member and the anchor (`beginRound`); what came of it decides whether it
 * joins, who leaves, and whom it plays until the next round (`endRound`).
 */
import { pcgHashOf } from '../random/pcg.ts';
import type { LeagueOptions } from './league-options.ts';
import { ANCHOR_ID, expectedScore, type Pair, type Rating, ratingsOf } from './ratings.ts';

export type Version = {
  readonly id: number; // 1, 2, ...
  readonly step: number; // of training, when it was taken
};

export type League = {
  readonly seed: number; // u32
  readonly options: LeagueOptions;
  readonly round: number; // rounds that have begun
  readonly members: readonly Version[]; // oldest first
  /** The learner as of the latest round; the last member where it joined then. */
  readonly learner: Version;
  /** Games of members, learner and anchor. */
  readonly pairs: readonly Pair[];
  /** Whom the learner plays, in equal shares of its worlds; its own id: itself. */
  readonly lineUp: readonly number[];
  readonly left: number; // versions that had to leave
};

const [SELF_STREAM, OPPONENT_STREAM] = [1, 2] as const;

/** A league whose only member is the learner before any training. */
export function openLeague(o: { seed: number; options: LeagueOptions }): League {
  const learner = { id: ANCHOR_ID + 1, step: 0 };
  const lineUp = Array.from({ length: o.options.opponentCount }, () => learner.id);
  return { ...o, round: 0, members: [learner], learner, pairs: [], lineUp, left: 0 };
}

/** The learner as it is after so many steps, without a game yet. */
export function beginRound(league: League, step: number): League {
  const { learner: before, members, round } = league;
  const id = Math.max(before.id, ...members.map((one) => one.id)) + 1;
  const learner = { id, step };
  return { ...league, round: round + 1, learner, pairs: pairsOf(league.pairs, members) };
}

/** Whom the learner meets in a round. */
export function metInRound({ members, learner }: League): number[] {
  return [ANCHOR_ID, ...members.map(({ id }) => id).filter((id) => id !== learner.id)];
}

/** After the games of a round, all of the learner (`a`). `last`: it joins whatever came of it. */
export function endRound(league: League, games: readonly Pair[], o = { last: false }): League {
  const pairs = [...league.pairs, ...games];
  const rated = { ...league, pairs };
  return withLineUp(joins(rated, o.last) ? withLearner(rated) : rated);
}

export function leagueRatings({ members, learner, pairs }: League): Map<number, Rating> {
  return ratingsOf([...members.map(({ id }) => id), learner.id], pairs);
}

/** The latest version is old, or the learner is clearly better by all its games. */
function joins(league: League, last: boolean): boolean {
  const { learner, members, options } = league;
  const latest = members.at(-1)!;
  if (latest.id === learner.id) return false;
  if (last || learner.step - latest.step >= options.versionSteps) return true;
  const ratings = leagueRatings(league);
  const lead = ratings.get(learner.id)!.rating - ratings.get(latest.id)!.rating;
  return expectedScore(lead) >= options.joinShare;
}

function withLearner(league: League): League {
  const members = [...league.members, league.learner];
  if (members.length <= league.options.size) return { ...league, members };
  const leaves = mostCrowded(members, leagueRatings({ ...league, members }));
  const stay = members.filter(({ id }) => id !== leaves);
  return { ...league, members: stay, pairs: pairsOf(league.pairs, stay), left: league.left + 1 };
}

/**
 * The version whose neighbours by step and by rating are nearest to each other (the crowding distance of
 * Deb et al. 2002, NSGA-II, III.B), so that what stays is spread over both. Never the newest.
 */
export function mostCrowded(
  members: readonly Version[],
  ratings: ReadonlyMap<number, Rating>,
): number {
  const distances = new Map(members.map(({ id }) => [id, 0]));
  const ratingOf = ({ id }: Version) => ratings.get(id)!.rating;
  for (const valueOf of [({ step }: Version) => step, ratingOf]) {
    const sorted = members.toSorted((a, b) => valueOf(a) - valueOf(b));
    const range = valueOf(sorted.at(-1)!) - valueOf(sorted[0]!) || 1;
    for (const [i, { id }] of sorted.entries()) {
      const [below, above] = [sorted[i - 1], sorted[i + 1]];
      const gap = below && above ? (valueOf(above) - valueOf(below)) / range : Infinity;
      distances.set(id, distances.get(id)! + gap);
    }
  }
  const candidates = members.slice(0, -1);
  const least = Math.min(...candidates.map(({ id }) => distances.get(id)!));
  return candidates.find(({ id }) => distances.get(id) === least)!.id;
}

/** Games that say what one pair is expected to score: those it played, and so many by the ratings. */
const EXPECTED_GAMES = 8;

/** What the learner scores against each past member, by their games and both ratings: 0 .. 1. */
export function sharesAgainst(league: League): Map<number, number> {
  const { learner, members, pairs } = league;
  const ratings = leagueRatings(league);
  const own = ratings.get(learner.id)!.rating;
  const shares = new Map<number, number>();
  for (const { id } of members) {
    if (id === learner.id) continue;
    const expected = expectedScore(own - ratings.get(id)!.rating);
    const { score, games } = scoreOf(pairs, learner.id, id);
    shares.set(id, (score + EXPECTED_GAMES * expected) / (games + EXPECTED_GAMES));
  }
  return shares;
}

/** Points of `a` in its games against `b`. */
export function scoreOf(pairs: readonly Pair[], a: number, b: number) {
  let [score, games] = [0, 0];
  for (const pair of pairs) {
    const mirrored = pair.a === b && pair.b === a;
    if (!mirrored && (pair.a !== a || pair.b !== b)) continue;
    score += (mirrored ? pair.losses : pair.wins) + pair.draws / 2;
    games += pair.wins + pair.draws + pair.losses;
  }
  return { score, games };
}

/**
 * How often each past member is drawn: prioritised fictitious self-play (Vinyals et al. 2019, methods):
 * (1 - p)^2 of what the learner scores against it, so those that it does not beat yet, plus a floor, so
 * that none is forgotten. Sums to 1.
 */
export function opponentChances(
  shares: ReadonlyMap<number, number>,
  floor: number,
): Map<number, number> {
  const weights = [...shares].map(([id, p]) => [id, (1 - p) ** 2 + floor] as const);
  const total = weights.reduce((sum, [, weight]) => sum + weight, 0);
  return new Map(
    weights.map(([id, weight]) => [id, total > 0 ? weight / total : 1 / weights.length]),
  );
}

/** Opponents until the next round: itself in its share of places, past members in the others. */
function withLineUp(league: League): League {
  const { seed, round, options, learner } = league;
  const { opponentCount, selfShare, floor } = options;
  const drawn = (...key: number[]) => pcgHashOf(seed, round, ...key) / 2 ** 32;
  const selfCount = Math.floor(opponentCount * selfShare + drawn(SELF_STREAM));
  const shares = sharesAgainst(league);
  const lineUp: number[] = [];
  while (lineUp.length < opponentCount - selfCount && shares.size > 0) {
    const id = drawnFrom(opponentChances(shares, floor), drawn(OPPONENT_STREAM, lineUp.length));
    lineUp.push(id);
    shares.delete(id); // nobody twice
  }
  while (lineUp.length < opponentCount) lineUp.push(learner.id);
  return { ...league, lineUp };
}

/** `at`: 0 .. 1. */
function drawnFrom(chances: ReadonlyMap<number, number>, at: number): number {
  let sum = 0;
  for (const [id, chance] of chances) {
    sum += chance;
    if (at < sum) return id;
  }
  return [...chances.keys()].at(-1)!; // the sum was rounded
}

/** Games that only these and the anchor played. */
function pairsOf(pairs: readonly Pair[], among: readonly Version[]): readonly Pair[] {
  const ids = new Set([ANCHOR_ID, ...among.map(({ id }) => id)]);
  return pairs.filter(({ a, b }) => ids.has(a) && ids.has(b));
}
