/** Whatever learns in a training Worker, in one shape: the evolution strategy and all algorithms. */
import type { Compute } from '@dreampitch/compute';
import type { Algorithm, EvolutionOptions, NamedTensor, Trainee } from '@dreampitch/learning';
import {
  algorithmById,
  decodeCheckpoint,
  decodePlayer,
  decodeTraining,
  encodePlayer,
  encodePolicy,
  environmentTask,
  EvolutionTrainer,
  playerTensors,
  soccerTask,
} from '@dreampitch/learning';
import type { Environment } from '@dreampitch/sim';
import { scriptedPolicy } from '@dreampitch/sim';
import type { RunRecipe } from '../storage/run-rows.ts';
import type { BeginOrder } from './protocol.ts';
import { keptExamples } from './kept-examples.ts';
import { environmentOf, soccerSizeOf } from './run-environment.ts';

export type Learned = {
  readonly steps: number; // of all worlds together, since the beginning
  readonly values: Readonly<Record<string, number>>; // by the metric's name
};

export interface Learner extends Disposable {
  readonly worldCount: number;
  readonly steps: number;
  readonly isDone: boolean;
  iteration(): Promise<Learned>;
  checkpoint(): Promise<Uint8Array<ArrayBuffer>>;
  /** What was learned so far, as bytes for `learnedPolicy`. */
  policy(): Promise<Uint8Array<ArrayBuffer>>;
  /** Every learned tensor by name. */
  weights(): Promise<Readonly<Record<string, NamedTensor>>>;
}

/** The checkpoint cannot be gone on from: it is damaged, or of another version. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError';
}

export function openLearner(compute: Compute, order: BeginOrder): Promise<Learner> {
  const { algorithm, environment } = order.recipe;
  if (algorithm === 'evolution') return evolutionLearner(compute, order);
  const found = algorithmById(algorithm);
  if (!found) throw new Error(`This Dreampitch has no algorithm '${algorithm}'.`);
  return algorithmLearner(compute, { found, order, environment: environmentOf(environment) });
}

type Ordered = {
  readonly found: Algorithm;
  readonly order: BeginOrder;
  readonly environment: Environment;
};

async function algorithmLearner(compute: Compute, o: Ordered): Promise<Learner> {
  const trainee = await openTrainee(compute, o);
  return {
    worldCount: Number(trainee.options['worldCount'] ?? 1),
    get steps() {
      return trainee.steps;
    },
    get isDone() {
      return trainee.isDone;
    },
    async iteration() {
      const { steps, episodes, meanReturn, losses } = await trainee.iteration();
      const values: Record<string, number> = { ...losses, episodes };
      if (meanReturn !== null) values['meanReturn'] = meanReturn;
      return { steps, values };
    },
    checkpoint: () => trainee.checkpoint(),
    policy: async () => encodePolicy(await trainee.policyNetwork()),
    weights: () => trainee.weights(),
    [Symbol.dispose]: () => trainee[Symbol.dispose](),
  };
}

async function openTrainee(compute: Compute, o: Ordered): Promise<Trainee> {
  const { found, order, environment } = o;
  const { recipe, checkpoint } = order;
  const company = {
    ...(environment.agentCount > 1 ? { opponents: [scriptedPolicy] } : {}),
    ...(found.imitates ? { examples: await keptExamples(environment) } : {}),
  };
  if (checkpoint === null) {
    const { options, seed } = recipe;
    return found.create(compute, { environment, options, seed, ...company });
  }
  const decoded = decodeTraining(checkpoint);
  if (!decoded.ok) throw new RefusedError(decoded.message);
  return found.resume(compute, { environment, checkpoint: decoded.checkpoint, ...company });
}

function evolutionTask({ environment }: RunRecipe) {
  const size = soccerSizeOf(environment);
  return size === null ? environmentTask(environmentOf(environment)) : soccerTask(size);
}

const clock = () => performance.now() / 1000;

async function evolutionLearner(compute: Compute, order: BeginOrder): Promise<Learner> {
  const trainer = await openTrainer(compute, order);
  let steps = 0;
  return {
    worldCount: trainer.worldCount,
    get steps() {
      return steps;
    },
    isDone: false,
    async iteration() {
      const report = await trainer.generation();
      steps = report.steps;
      const { fitness, goalsPerMinute, winRate, meanReturn, generation } = report;
      const values: Record<string, number> = { generation, fitness: fitness.mean };
      if (winRate === null) values['meanReturn'] = meanReturn;
      else Object.assign(values, { winRate, ...goalsOf(goalsPerMinute) });
      return { steps, values };
    },
    checkpoint: () => trainer.checkpoint(),
    policy: async () => encodePlayer(await trainer.player('')),
    weights: async () => playerTensors(await trainer.player('')),
    [Symbol.dispose]: () => trainer[Symbol.dispose](),
  };
}

function goalsOf(goals: { scored: number; conceded: number }) {
  return { goalsScored: goals.scored, goalsConceded: goals.conceded };
}

async function openTrainer(compute: Compute, order: BeginOrder): Promise<EvolutionTrainer> {
  const { recipe, checkpoint, player } = order;
  const task = evolutionTask(recipe);
  if (checkpoint) {
    const decoded = decodeCheckpoint(checkpoint);
    if (!decoded.ok) throw new RefusedError(decoded.message);
    return EvolutionTrainer.resume(compute, { task, checkpoint: decoded.checkpoint, clock });
  }
  const options = recipe.options as Partial<EvolutionOptions>;
  const { seed } = recipe;
  if (player === null) return EvolutionTrainer.create(compute, { task, seed, options, clock });
  const decoded = decodePlayer(player);
  if (!decoded.ok) throw new Error(decoded.message);
  return EvolutionTrainer.create(compute, { task, seed, options, start: decoded.player, clock });
}
