/**
 * How ppo.ts starts from examples: for some epochs the actor learns to do what was done (behaviour
 * cloning, Pomerleau 1991, doi 10.1162/neco.1991.3.1.88) and the critic what it brought, so that the first
 * advantages are not noise that would undo the imitation (Nair et al. 2018, arXiv 1709.10089, begin alike).
 * Axes: N examples in the order of play, D features, B batch, A numbers.
 */
import type { Compute, ComputeBuffer } from '@dreampitch/compute';
import { type Environment, TERMINATED } from '@dreampitch/sim';
import type { TransitionBatch } from '../datasets/transitions.ts';
import { pcgHashOf } from '../random/pcg.ts';
import { mean, square } from '../tensor/functions.ts';
import { gradients } from '../tensor/gradient.ts';
import {
  add,
  divide,
  gather,
  input,
  maximum,
  multiply,
  negate,
  reshape,
  subtract,
  sum,
} from '../tensor/operators.ts';
import { adam, clipByNorm } from '../tensor/optimisers.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { type Examples, examplesOf } from './examples.ts';
import { learningProgram, notFiniteError } from './finite.ts';
import type { ActorCritic } from './ppo-networks.ts';
import type { PpoOptions } from './ppo-options.ts';

type Weights = ReadonlyMap<string, Float32Array<ArrayBuffer>>;

const CLONE_STREAM = 4;
/** Of an update, and its rate at first: as of behaviour cloning, whatever the run's own are. */
const [BATCH_SIZE, RATE] = [128, 1e-3] as const;
/** Where a play was cut, what was to come counts so little (or less) before its return is learned. */
const UNKNOWN_SHARE_MAX = 0.1;

export type Returns = {
  /** [N]: discounted rewards from there on; what came after a cut is 0. */
  readonly values: Float32Array<ArrayBuffer>;
  /** [N]: 1 where what came after a cut would count at most UNKNOWN_SHARE_MAX, else 0. */
  readonly known: Float32Array<ArrayBuffer>;
};

/**
 * Returns as a run sees them that holds its actions for `ticksPerAction` ticks, each an example, and
 * discounts per decision. `scale` and `rewardMax` are those of normalised rewards.
 */
export function returnsOfExamples(
  { count: N, rewards, ends }: Pick<Examples, 'count' | 'rewards' | 'ends'>,
  o: { discount: number; ticksPerAction: number; scale: number; rewardMax: number },
): Returns {
  const K = o.ticksPerAction;
  const [values, known] = [new Float32Array(N), new Float32Array(N)];
  const unknown = new Float32Array(N); // what comes after a cut would count
  for (let n = N - 1; n >= 0; n--) {
    let gained = 0;
    let last = n;
    for (let k = 0; k < K; k++) {
      last = n + k;
      gained += rewards[last]!;
      if (ends[last] !== 0 || last === N - 1) break;
    }
    const scaled = gained * o.scale;
    const bounded = Math.min(Math.max(scaled, -o.rewardMax), o.rewardMax);
    const isOver = ends[last] !== 0 || last === N - 1;
    values[n] = bounded + (isOver ? 0 : o.discount * values[last + 1]!);
    const share = (ends[last]! & TERMINATED) !== 0 ? 0 : 1;
    unknown[n] = o.discount * (isOver ? share : unknown[last + 1]!);
    known[n] = unknown[n]! <= UNKNOWN_SHARE_MAX ? 1 : 0;
  }
  return { values, known };
}

/**
 * Statistics by name, as normalise.ts keeps them, of the examples and of their running sums of rewards,
 * by decisions as in `returnsOfExamples`; they count as `weight` steps.
 */
export function statisticsOfExamples(
  { count: N, seen, rewards, ends }: Pick<Examples, 'count' | 'seen' | 'rewards' | 'ends'>,
  o: { discount: number; ticksPerAction: number; weight: number },
): ReadonlyMap<string, Float32Array<ArrayBuffer>> {
  const D = seen.length / N;
  const K = o.ticksPerAction;
  const sums = new Float32Array(N); // of decisions up to the one that begins here
  let begins = 0; // the play's first example
  for (let n = 0; n < N; n++) {
    let gained = 0;
    for (let k = n; k < Math.min(n + K, N); k++) {
      gained += rewards[k]!;
      if (ends[k] !== 0) break;
    }
    sums[n] = gained + (n - K >= begins ? o.discount * sums[n - K]! : 0);
    if (ends[n] !== 0) begins = n + 1;
  }
  const [seenBy, gainedBy] = [momentsOf(seen, D), momentsOf(sums, 1)];
  return new Map([
    ['seen.mean', seenBy.mean],
    ['seen.variance', seenBy.variance],
    ['gained.mean', gainedBy.mean],
    ['gained.variance', gainedBy.variance],
    ['gained.scale', gainedBy.variance.map((variance) => 1 / Math.sqrt(variance + 1e-8))],
    ['seen.count', Float32Array.of(o.weight)],
  ]);
}

/** Of rows of D values. */
function momentsOf(rows: Float32Array, D: number) {
  const N = rows.length / D;
  const mean = new Float64Array(D);
  const variance = new Float64Array(D);
  rows.forEach((value, i) => (mean[i % D]! += value / N));
  rows.forEach((value, i) => (variance[i % D]! += (value - mean[i % D]!) ** 2 / N));
  return { mean: Float32Array.from(mean), variance: Float32Array.from(variance) };
}

/**
 * The weights to begin with, from these; what is normalised by (in `buffers`) becomes that of the
 * examples. Throws where they do not fit, and NotFiniteError.
 */
export async function startFromExamples(
  compute: Compute,
  o: {
    readonly environment: Environment;
    readonly networks: ActorCritic;
    readonly buffers: Readonly<Record<string, ComputeBuffer>>;
    readonly options: PpoOptions;
    readonly seed: number; // u32, of the run
    readonly from: Weights;
    readonly batch: TransitionBatch;
  },
): Promise<Weights> {
  const { environment, networks, buffers, options, seed, from, batch } = o;
  const examples = examplesOf(environment, networks.space, batch);
  const { discount, ticksPerAction, stepCount, worldCount } = options;
  // As much as a rollout: what the run then sees itself soon weighs more.
  const weight = Math.min(examples.count, stepCount * worldCount);
  const statistics = statisticsOfExamples(examples, { discount, ticksPerAction, weight });
  if (options.normalises) {
    for (const [name, data] of statistics) compute.write(buffers[name]!, data);
  }
  return await clonedWeights(compute, {
    networks,
    examples,
    options,
    from,
    seed: pcgHashOf(seed, CLONE_STREAM),
    rewardScale: options.normalises ? statistics.get('gained.scale')![0]! : 1,
    bound: { 'seen.mean': buffers['seen.mean']!, 'seen.variance': buffers['seen.variance']! },
  });
}

/** The weights after `cloneEpochs` over the examples. */
async function clonedWeights(
  compute: Compute,
  o: {
    readonly networks: ActorCritic;
    readonly examples: Examples;
    readonly options: PpoOptions;
    readonly seed: number; // u32
    readonly from: Weights;
    /** What the networks normalise by. */
    readonly bound: Readonly<Record<string, ComputeBuffer>>;
    readonly rewardScale: number;
  },
): Promise<Weights> {
  const { networks, examples, options, from } = o;
  const B = Math.min(BATCH_SIZE, examples.count);
  using program = await cloneProgram(compute, { ...o, batchSize: B });
  for (const [name, data] of from) program.write(name, data);
  const { discount, ticksPerAction, normalises } = options;
  const rewardMax = normalises ? 10 : Infinity;
  const returned = { discount, ticksPerAction, scale: o.rewardScale, rewardMax };
  const { values, known } = returnsOfExamples(examples, returned);
  program.write('exampleSeen', examples.seen);
  program.write('exampleDone', examples.done);
  program.write('exampleReturns', values);
  program.write('exampleKnown', known);
  const updates = options.cloneEpochs * Math.ceil(examples.count / B);
  for (let update = 0; update < updates; update++) {
    const key = pcgHashOf(o.seed, update);
    const draw = (_: unknown, i: number) =>
      Math.floor((pcgHashOf(key, i) / 2 ** 32) * examples.count);
    const rate = (RATE * (1 + Math.cos((Math.PI * update) / updates))) / 2;
    program.write('places', Uint32Array.from({ length: B }, draw));
    program.write('rate', Float32Array.of(rate));
    program.run();
  }
  const [, , broken, count] = await program.read('report');
  if (broken === 1) throw await notFiniteError(program, { algorithm: 'ppo', update: count! });
  const cloned = new Map<string, Float32Array<ArrayBuffer>>();
  for (const { name } of networks.weights) {
    cloned.set(name, Float32Array.from(await program.read(name)));
  }
  return cloned;
}

async function cloneProgram(
  compute: Compute,
  o: {
    readonly networks: ActorCritic;
    readonly examples: Examples;
    readonly options: PpoOptions;
    readonly bound: Readonly<Record<string, ComputeBuffer>>;
    readonly batchSize: number;
  },
) {
  const { networks, examples, options, batchSize: B } = o;
  const { count: N } = examples;
  const { space } = networks;
  const places = input('places', [B], 'u32');
  const column = (name: string) => reshape(gather(input(name, [N, 1]), places), [B]);
  const seen = gather(input('exampleSeen', [N, space.inputs]), places);
  const [wanted, known] = [column('exampleReturns'), column('exampleKnown')];
  const chances = networks.chances(seen);
  const imitation =
    space.kind === 'choice'
      ? negate(mean(chances.logChance(doneOf([N, 1], places, 'u32'))))
      : mean(square(subtract(chances.best, doneOf([N, space.count], places, 'f32'))));
  const errors = multiply(square(subtract(networks.values(seen), wanted)), known);
  const error = divide(sum(errors), maximum(sum(known), 1));
  const loss = add(imitation, multiply(error, options.valueWeight));
  const weights = networks.weights.map(({ tensor }) => tensor);
  const { clipped, norm } = clipByNorm(gradients(loss, weights), options.gradientNormMax);
  const trained = networks.weights.map(({ name, tensor }, i) => {
    return { name, weight: tensor, gradient: clipped[i]! };
  });
  const { program } = await learningProgram(compute, {
    updates: adam(trained, { rate: input('rate', []), epsilon: 1e-5 }),
    signals: [loss, norm],
    reported: [imitation, error],
    bound: o.bound,
  });
  return program;
}

/** Choices u32 [B], or numbers [B, A]. */
function doneOf(shape: readonly [number, number], places: Tensor, type: 'u32' | 'f32'): Tensor {
  const done = gather(input('exampleDone', shape, type), places);
  return type === 'u32' ? reshape(done, [places.shape[0]!]) : done;
}
