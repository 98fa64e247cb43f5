/** What is to be learned: an environment, how it is set up for training, and against whom. */
import { scriptedPolicy, soccer, TRAINING_RULES } from '@dreampitch/sim';
import type { Environment, Policy, RobotsPerTeam } from '@dreampitch/sim';

/** Fitness for a dimension of the observation at value 1 throughout a generation, by name. */
export type ShapingWeights = Readonly<Record<string, number>>;

export type EvolutionTask = {
  /** As it is played later: players carry its id and version. */
  readonly environment: Environment;
  /** Constants of its text that differ while training. */
  readonly constants: Readonly<Record<string, number>>;
  readonly rules: Readonly<Record<string, number>>;
  readonly shaping: ShapingWeights;
  /** Beside earlier versions of the player; the win rate is against this one. */
  readonly opponent: Policy | null;
  /** The fitness is the return of every world's first episode, not all that a generation brings. */
  readonly firstEpisodeOnly?: boolean;
};

/** Soccer against the scripted bot and earlier versions; the fitness counts goals. */
export function soccerTask(robotsPerTeam: RobotsPerTeam): EvolutionTask {
  return {
    environment: soccer(robotsPerTeam),
    constants: { REWARD_BALL: 0, REWARD_APPROACH: 0 },
    rules: { ...TRAINING_RULES },
    // A ball far up the pitch, and a robot near the ball: what leads to the first goals.
    shaping: { ballX: 1, ballNear: 1 },
    opponent: scriptedPolicy,
  };
}
