/**
 * Rock, paper, scissors, where self-play goes round in circles (Balduzzi et al. 2019, arXiv 1901.08106).
 * A player is the chances of its three moves. Training is done exactly: the best answer to whom it plays,
 * with entropy (softmax of BETA times what each move is expected to score).
 */
import { expect, test } from 'vitest';
import { defaultsOf } from '../algorithms/options.ts';
import { beginRound, endRound, metInRound, openLeague } from './league.ts';
import { LEAGUE_OPTIONS } from './league-options.ts';

type Mix = readonly [rock: number, paper: number, scissors: number];

const BETA = 6;
const ROUNDS = 120;
const GAMES = 100;
const SCORES = [
  [0.5, 0, 1],
  [1, 0.5, 0],
  [0, 1, 0.5],
] as const;

const scoreOfMove = (move: number, b: Mix) =>
  b.reduce((sum, p, i) => sum + p * SCORES[move]![i]!, 0);
const score = (a: Mix, b: Mix) => a.reduce((sum, p, move) => sum + p * scoreOfMove(move, b), 0);
/** What the best answer to it wins beyond a half. */
const exploitability = (b: Mix) => Math.max(...[0, 1, 2].map((move) => scoreOfMove(move, b))) - 0.5;
const meanOf = (all: readonly Mix[]) =>
  [0, 1, 2].map((i) => all.reduce((sum, one) => sum + one[i]! / all.length, 0)) as unknown as Mix;

function answerTo(b: Mix): Mix {
  const weights = [0, 1, 2].map((move) => Math.exp(BETA * scoreOfMove(move, b)));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total) as unknown as Mix;
}

/** Over the second half of a run: the worst that the learner scores against a member, and so on. */
function played(selfShare: number, seed: number) {
  const options = { ...defaultsOf(LEAGUE_OPTIONS), versionSteps: 1, opponentCount: 8, selfShare };
  let league = openLeague({ seed, options });
  const anchor: Mix = [1, 0, 0];
  const mixes = new Map<number, Mix>([
    [0, anchor],
    [league.learner.id, [0.8, 0.1, 0.1]],
  ]);
  const mixOf = (id: number) => mixes.get(id)!;
  const rate = () => {
    const a = league.learner.id;
    const games = metInRound(league).map((b) => {
      const wins = Math.round(GAMES * score(mixOf(a), mixOf(b)));
      return { a, b, wins, draws: 0, losses: GAMES - wins };
    });
    league = endRound(league, games);
  };
  rate();
  const worst: number[] = [];
  const ofAverage: number[] = [];
  const moves = new Set<number>();
  for (let step = 1; step <= ROUNDS; step++) {
    const learner = answerTo(meanOf(league.lineUp.map(mixOf)));
    league = beginRound(league, step);
    mixes.set(league.learner.id, learner);
    rate();
    if (step <= ROUNDS / 2) continue;
    const members = league.members.map(({ id }) => mixOf(id));
    worst.push(Math.min(...members.map((one) => score(learner, one))));
    ofAverage.push(exploitability(meanOf(members)));
    if (Math.max(...learner) > 0.9) moves.add(learner.indexOf(Math.max(...learner)));
  }
  return { worst: Math.min(...worst), ofAverage: Math.max(...ofAverage), moves: moves.size };
}

test.each([1, 2])('seed %i: self-play goes round and forgets; a league does not', (seed) => {
  const self = played(1, seed);
  const league = played(0.5, seed);
  expect(self.moves).toBe(3); // it is nearly pure rock, then paper, then scissors, for ever
  expect(self.worst).toBeLessThan(0.15);
  expect(league.moves).toBe(0);
  expect(league.worst).toBeGreaterThan(0.25);
  expect(league.ofAverage).toBeLessThan(self.ofAverage);
});
