/**
 * Ratings of players from all their games at once. Elo's model (Elo 1978, The Rating of Chessplayers,
 * 1.3): a player is expected to score 1 / (1 + 10^(-d / 400)) against one who is rated d lower, a draw
 * being half a win. Elo's own updates, r += K (score - expected), follow players who change and depend
 * on K and on the order of games. A version never changes, so we take the ratings under which the whole
 * table is the likeliest (Bradley and Terry 1952, Biometrika 39; the same model), which have no K, use
 * every game for everybody, and come with standard errors.
 */

/** Games of `a` against `b`. */
export type Pair = {
  readonly a: number; // ids
  readonly b: number;
  readonly wins: number; // of a
  readonly draws: number;
  readonly losses: number;
};

export type Rating = {
  readonly rating: number; // Elo
  /** Standard error of the difference to the anchor; at most so large where there are draws. */
  readonly error: number;
  readonly games: number;
};

export const ANCHOR_ID = 0;
export const ANCHOR_RATING = 1000;

/** Elo per unit of the logarithm of odds. */
const ELO = 400 / Math.LN10;

/**
 * Everybody is taken to have drawn so many games with the anchor before any other: else whoever lost all
 * its games were rated infinitely low. It is forgotten as games come in.
 */
const PRIOR_GAMES = 1;

/** Beyond it, of a pair that one side won alone, little is left of 64 bits. */
const GAMES_MAX = 1e6;

/** Newton's method converges in about ten; a step is bounded so that it does from anywhere. */
const ROUNDS_MAX = 100;
const STEP_MAX = 1; // in logarithms of odds, about 170 Elo
const PRECISION = 1e-10;

/** What one rated `difference` higher is expected to score in a game: 0 .. 1. */
export function expectedScore(difference: number): number {
  return 1 / (1 + Math.exp(-difference / ELO));
}

/**
 * The likeliest ratings of these players, the anchor being rated 1000. Pairs of others are left out.
 * Throws where a pair's counts are no counts, or more than a million.
 */
export function ratingsOf(
  ids: readonly number[],
  pairs: readonly Pair[],
  anchor = ANCHOR_ID,
): Map<number, Rating> {
  const players = [...new Set(ids)].filter((id) => id !== anchor);
  const place = new Map(players.map((id, i) => [id, i]));
  place.set(anchor, -1);
  const known = pairs.filter(({ a, b }) => place.has(a) && place.has(b) && a !== b);
  const table = known.map(({ a, b, wins, draws, losses }) => {
    const counts = [wins, draws, losses];
    if (!counts.every((count) => Number.isInteger(count) && count >= 0 && count <= GAMES_MAX)) {
      const wanted = `want counts of up to ${GAMES_MAX}`;
      throw new RangeError(`Games of ${a} and ${b} are ${counts.join(', ')}; ${wanted}.`);
    }
    const games = wins + draws + losses;
    return { i: place.get(a)!, j: place.get(b)!, score: wins + draws / 2, games };
  });
  const gamesOf = (i: number) =>
    table.reduce((sum, pair) => sum + (pair.i === i || pair.j === i ? pair.games : 0), 0);
  const prior = players.map((_, i) => {
    return { i, j: -1, score: PRIOR_GAMES / 2, games: PRIOR_GAMES };
  });
  const { strengths, covariance } = likeliest(players.length, [...table, ...prior]);
  const ratings = new Map<number, Rating>();
  for (const [i, id] of players.entries()) {
    const rating = ANCHOR_RATING + ELO * strengths[i]!;
    ratings.set(id, { rating, error: ELO * Math.sqrt(covariance[i]![i]!), games: gamesOf(i) });
  }
  ratings.set(anchor, { rating: ANCHOR_RATING, error: 0, games: gamesOf(-1) });
  return ratings;
}

/** Players by their places; -1 is the anchor, of strength 0. */
type Line = {
  readonly i: number;
  readonly j: number;
  readonly score: number; // of i
  readonly games: number;
};

/**
 * Newton's method on the logarithm of the likelihood, which is concave: the sum over games of
 * score * log p + (1 - score) * log(1 - p). Its negative second derivative is Fisher's information,
 * whose inverse is the covariance.
 */
function likeliest(n: number, table: readonly Line[]) {
  const strengths = new Float64Array(n);
  for (let round = 0; ; round++) {
    const slope = new Float64Array(n);
    const information = Array.from({ length: n }, () => new Float64Array(n));
    for (const { i, j, score, games } of table) {
      const odds = Math.exp((strengths[j] ?? 0) - (strengths[i] ?? 0));
      const [p, q] = [1 / (1 + odds), odds / (1 + odds)];
      // score - games * p, without what is lost where p is nearly 1.
      const [surplus, weight] = [score * q - (games - score) * p, games * p * q];
      if (i >= 0) {
        slope[i]! += surplus;
        information[i]![i]! += weight;
      }
      if (j >= 0) {
        slope[j]! -= surplus;
        information[j]![j]! += weight;
      }
      if (i >= 0 && j >= 0) {
        information[i]![j]! -= weight;
        information[j]![i]! -= weight;
      }
    }
    const covariance = inverseOf(information);
    const steps = covariance.map((row) => row.reduce((sum, c, k) => sum + c * slope[k]!, 0));
    const longest = Math.max(0, ...steps.map(Math.abs));
    if (longest < PRECISION || round === ROUNDS_MAX) return { strengths, covariance };
    for (const [i, step] of steps.entries()) {
      strengths[i]! += longest > STEP_MAX ? (step * STEP_MAX) / longest : step;
    }
  }
}

/** Of a symmetric positive definite matrix, by Gauss and Jordan: no pivots are needed there. */
function inverseOf(matrix: readonly Float64Array[]): Float64Array[] {
  const n = matrix.length;
  const left = matrix.map((row) => row.slice());
  const right = matrix.map((_, i) => Float64Array.from({ length: n }, (_, k) => (k === i ? 1 : 0)));
  for (let i = 0; i < n; i++) {
    const scale = 1 / left[i]![i]!;
    for (const rows of [left, right]) rows[i] = rows[i]!.map((value) => value * scale);
    for (let k = 0; k < n; k++) {
      const share = left[k]![i]!;
      if (k === i || share === 0) continue;
      for (const rows of [left, right]) {
        const from = rows[i]!;
        rows[k] = rows[k]!.map((value, c) => value - share * from[c]!);
      }
    }
  }
  return right;
}
