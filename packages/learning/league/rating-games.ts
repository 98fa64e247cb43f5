/** The games of a round, all at once on the device. */
import type { Compute } from '@dreampitch/compute';
import type { Environment, Policy } from '@dreampitch/sim';
import { playGames } from '../matches/play-games.ts';
import { pcgHashOf } from '../random/pcg.ts';
import type { Pair } from './ratings.ts';

export type Player = { readonly id: number; readonly policy: Policy };

export type RatingGames = {
  /** A game is an episode under its own rules. */
  readonly environment: Environment;
  readonly player: Player;
  readonly opponents: readonly Player[];
  readonly gamesPerPair: number; // half of them on each side
  readonly seed: number; // u32; the same starts against everybody, from both sides
};

/** Two minutes at 60 Hz: a game of an environment that ends later counts as it stands. */
const TICKS_MAX = 7200;

/** What the player scored against each opponent. */
export async function playRatingGames(compute: Compute, o: RatingGames): Promise<Pair[]> {
  const { environment, player, opponents, gamesPerPair, seed } = o;
  const games = opponents.flatMap((_, k) =>
    Array.from({ length: gamesPerPair }, (_, g) => {
      const start = pcgHashOf(seed, g >> 1);
      return g % 2 === 0
        ? { seed: start, blue: 0, orange: k + 1 }
        : { seed: start, blue: k + 1, orange: 0 };
    }),
  );
  const results = await playGames(compute, {
    environment,
    rules: environment.rules,
    policies: [player, ...opponents].map(({ policy }) => policy),
    games,
    ticksMax: TICKS_MAX,
  });
  return opponents.map(({ id }, k) => {
    const leads = results.slice(k * gamesPerPair, (k + 1) * gamesPerPair).map(({ goals }, g) => {
      return g % 2 === 0 ? goals[0] - goals[1] : goals[1] - goals[0];
    });
    const count = (sign: number) => leads.filter((lead) => Math.sign(lead) === sign).length;
    return { a: player.id, b: id, wins: count(1), draws: count(0), losses: count(-1) };
  });
}
