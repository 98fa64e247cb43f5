/** Puts a training run together: environment, population, networks and opponents on one device. */
import type { Compute } from '@dreampitch/compute';
import { VectorEnvironment } from '@dreampitch/sim';
import type { AttachedPolicy, Box, Environment } from '@dreampitch/sim';
import { type NetworkDispatch, prepareNetworks } from '../network/network.ts';
import { type NetworkShape, parameterCount } from '../player/player.ts';
import { noise, pcgHashOf } from '../random/pcg.ts';
import type { Checkpoint } from './checkpoint.ts';
import { type LineUp, lineUpOf, type LineUpShape } from './line-up.ts';
import { checkOptions, type EvolutionOptions } from './options.ts';
import { Population } from './population.ts';
import type { EvolutionTask, ShapingWeights } from './task.ts';

const INITIAL_STREAM = 0x696e6974;

/** The run's fixed description. */
export type Run = Pick<
  Checkpoint,
  'environment' | 'version' | 'seed' | 'options' | 'shaping' | 'rules' | 'network'
>;

export type Parts = {
  readonly compute: Compute;
  readonly run: Run;
  readonly shape: LineUpShape;
  readonly lineUp: LineUp;
  readonly environment: VectorEnvironment;
  readonly population: Population;
  readonly networks: NetworkDispatch;
  readonly opponent: AttachedPolicy | null;
  readonly clock: (() => number) | undefined;
};

/** Small random input weights, and zero output weights: the first player stands still. */
export function initialWeights(
  network: NetworkShape,
  seed: number,
  scale: number,
): Float32Array<ArrayBuffer> {
  const weights = new Float32Array(parameterCount(network));
  const key = pcgHashOf(seed, INITIAL_STREAM);
  const inputsEnd = (network.inputs + 1) * network.hidden;
  for (let i = network.hidden; i < inputsEnd; i++) weights[i] = scale * noise(key, i);
  return weights;
}

export async function build(
  compute: Compute,
  task: EvolutionTask,
  run: Run,
  clock: (() => number) | undefined,
): Promise<Parts> {
  const { options, network } = run;
  checkOptions(options);
  const { agentCount } = task.environment;
  const shape: LineUpShape = { ...options, agentCount };
  const lineUp = lineUpOf(shape);
  const made: Disposable[] = []; // given back when a later part fails
  const own = <T extends Disposable>(part: T): T => {
    made.push(part);
    return part;
  };
  try {
    const environment = own(
      await VectorEnvironment.create(compute, trainedOn(task, options), {
        worldCount: lineUp.worldCount,
        rules: run.rules,
      }),
    );
    const population = own(
      await Population.create({
        environment,
        shape,
        lineUp,
        poolSize: options.poolSize,
        firstEpisodeOnly: task.firstEpisodeOnly ?? false,
        parameterCount: parameterCount(network),
        shaping: shapingRows(task, run.shaping),
      }),
    );
    const networks = own(
      await prepareNetworks({
        environment,
        shape: network,
        networks: population.networks,
        agents: lineUp.networkAgents,
      }),
    );
    const { scriptedAgents } = lineUp;
    const alone = scriptedAgents.length === 0 || task.opponent === null;
    const opponent = alone ? null : own(await task.opponent.attach(environment, scriptedAgents));
    return { compute, run, shape, lineUp, environment, population, networks, opponent, clock };
  } catch (error) {
    for (const part of made.toReversed()) part[Symbol.dispose]();
    throw error;
  }
}

/** The environment with a step of a whole decision. */
function trainedOn(task: EvolutionTask, options: EvolutionOptions): Environment {
  const { ticksPerAction } = options;
  const repeat: Record<string, number> =
    ticksPerAction === 1 ? {} : { TICKS_PER_STEP: ticksPerAction };
  const constants = { ...task.environment.constants, ...task.constants, ...repeat };
  return { ...task.environment, constants };
}

function shapingRows(task: EvolutionTask, shaping: ShapingWeights) {
  const { names } = task.environment.observationSpace as Box;
  return Object.entries(shaping).map(([name, weight]) => {
    const dimension = names?.indexOf(name) ?? -1;
    if (dimension < 0) throw new Error(`${task.environment.id} has no dimension '${name}'.`);
    return { dimension, weight };
  });
}
