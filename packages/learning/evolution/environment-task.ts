/** Any environment with one agent as something to be learned: the fitness is an episode's return. */
import type { Environment } from '@dreampitch/sim';
import type { EvolutionOptions } from './options.ts';
import type { EvolutionTask } from './task.ts';

/** Decisions of an episode without a time limit, and the most of one that has one. */
const STEPS_UNLIMITED = 200;
const STEPS_MAX = 1000;

/** Throws where the environment has more than one agent. */
export function environmentTask(environment: Environment): EvolutionTask {
  const { id, agentCount, rules } = environment;
  if (agentCount !== 1) throw new Error(`'${id}' has ${agentCount} agents; want one.`);
  return {
    environment,
    constants: {},
    rules: { ...rules },
    shaping: {},
    opponent: null,
    firstEpisodeOnly: true,
  };
}

/** A generation is about one episode, and small, so that a curve is seen to move within seconds. */
export function environmentOptions(environment: Environment): Partial<EvolutionOptions> {
  const stepsMax = environment.rules['stepsMax'] ?? 0;
  return {
    memberCount: 64,
    worldsPerMember: 8,
    stepsPerGeneration: Math.min(stepsMax > 0 ? stepsMax : STEPS_UNLIMITED, STEPS_MAX),
    ticksPerAction: 1,
    noiseScale: 0.1,
    learningRate: 0.05,
    poolSize: 1,
    poolGenerations: 1000,
  };
}
