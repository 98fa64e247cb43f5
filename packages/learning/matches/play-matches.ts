/** Matches between two policies, for measuring them. */
import type { Compute } from '@dreampitch/compute';
import type { Environment, Policy } from '@dreampitch/sim';
import { pcgHashOf } from '../random/pcg.ts';
import { playGames } from './play-games.ts';

export type PlayMatchesOptions = {
  /** Of two teams, with a reward of about 1 for a goal of blue and -1 for one of orange. */
  readonly environment: Environment;
  readonly rules: Readonly<Record<string, number>>;
  readonly seed: number; // u32
  readonly matchCount: number;
  /** `player` is blue in even matches and orange in odd ones. */
  readonly player: Policy;
  readonly opponent: Policy;
  /** A match that is not over after so many ticks is stopped and counts as it stands. */
  readonly ticksMax: number;
};

export type MatchResult = {
  readonly seed: number; // u32
  readonly scored: number; // goals of `player`
  readonly conceded: number;
  readonly ticks: number;
  readonly firstGoalTick: number | null;
};

/** All matches side by side, each from a seed of its own. */
export async function playMatches(
  compute: Compute,
  options: PlayMatchesOptions,
): Promise<MatchResult[]> {
  const { matchCount, player, opponent, ...rest } = options;
  const games = Array.from({ length: matchCount }, (_, n) => {
    return { seed: pcgHashOf(options.seed, n), blue: n % 2, orange: 1 - (n % 2) };
  });
  const results = await playGames(compute, { ...rest, policies: [player, opponent], games });
  return results.map(({ goals, ticks, firstGoalTick }, n) => {
    const { seed, blue } = games[n]!;
    return { seed, scored: goals[blue]!, conceded: goals[1 - blue]!, ticks, firstGoalTick };
  });
}
