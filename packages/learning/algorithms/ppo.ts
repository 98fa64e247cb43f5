/**
 * Proximal policy optimisation (Schulman et al. 2017, arXiv 1707.06347), for choices and for numbers,
 * on worlds that are stepped side by side. Rollout, advantages and learning stay on the device. Read
 * from `iteration`. Axes: T steps, L actors, D features, B batch.
 */
import type { Compute, Dispatch } from '@dreampitch/compute';
import { type Environment, type Policy, versionOf } from '@dreampitch/sim';
import { checkResumed, type Keep, keepTerms } from '../continual/keep.ts';
import type { NamedTensor } from '../formats/safetensors.ts';
import { pcgHashOf } from '../random/pcg.ts';
import { square } from '../tensor/functions.ts';
import { gradients } from '../tensor/gradient.ts';
import {
  add,
  divide,
  exp,
  gather,
  input,
  maximum,
  minimum,
  multiply,
  reshape,
  slice,
  sqrt,
  subtract,
  sum,
} from '../tensor/operators.ts';
import { adam, clipByNorm } from '../tensor/optimisers.ts';
import { Program, type Update } from '../tensor/program.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { type ActorSpace, actorSpaceOf } from './actor-space.ts';
import type {
  CreateOptions,
  EvaluateOptions,
  Report,
  ResumeOptions,
  Trainee,
} from './algorithm.ts';
import { checkOrigin, type KeptBuffers, writeKept } from './checkpoint.ts';
import { returnsOf } from './evaluate.ts';
import { learningProgram, notFiniteError } from './finite.ts';
import { initialValues } from './mlp.ts';
import { foldInto, statisticsOf, statisticsUpdates } from './normalise.ts';
import { checkOptions, optionsKept } from './options.ts';
import { Play } from './play.ts';
import { type PolicyNetwork, policyOf } from './policy-network.ts';
import { startFromExamples } from './ppo-cloning.ts';
import { ActorCritic } from './ppo-networks.ts';
import { PPO_OPTIONS, ppoDefaultsFor, type PpoOptions } from './ppo-options.ts';
import { actProgram, type Buffers, createBuffers, kernelsOf } from './ppo-rollout.ts';
import { checkpointOf, layersNamed, madeOf, type Own, type Run, statesOf } from './run.ts';

type Parts = Run & {
  readonly options: PpoOptions;
  readonly play: Play;
  readonly networks: ActorCritic;
  readonly act: Program;
  readonly learn: Program;
  readonly normalise: Program | null;
  readonly kernels: Awaited<ReturnType<typeof kernelsOf>>;
  readonly buffers: Buffers;
  readonly states: KeptBuffers;
};

const ALGORITHM = 'ppo';
const [WORLD_STREAM, ACTION_STREAM, ORDER_STREAM] = [1, 2, 3] as const;

export class Ppo implements Trainee {
  readonly algorithm = ALGORITHM;
  readonly #parts: Parts;
  #opponents: readonly Policy[];
  #rollout: readonly Dispatch[];
  #iterations = 0;
  #episodes = 0;
  #updates = 0;

  private constructor(parts: Parts, opponents: readonly Policy[]) {
    this.#parts = parts;
    this.#opponents = opponents;
    this.#rollout = this.#decision();
  }

  /** Throws where the environment, the options, the weights or the examples to start from do not fit. */
  static create(compute: Compute, o: CreateOptions): Promise<Ppo> {
    const options = { ...ppoDefaultsFor(o.environment), ...o.options } as PpoOptions;
    if (o.keep && o.examples) {
      const words =
        'A run that keeps old tasks goes on from their weights, not from examples as well.';
      return Promise.reject(new Error(words));
    }
    return madeOf(async (own) => {
      const parts = await build(own, compute, { ...o, options });
      const { networks, learn, act, buffers, play } = parts;
      for (const { name, shape, value } of statisticsOf(networks.space.inputs)) {
        const size = shape.reduce((a, b) => a * b, 1);
        compute.write(buffers[name]!, o.from?.[name]?.data ?? new Float32Array(size).fill(value));
      }
      const first = initialValues(networks.weights, o.from);
      const begun = o.examples
        ? await startFromExamples(compute, { ...parts, from: first, batch: o.examples })
        : first;
      for (const [name, data] of begun) learn.write(name, data);
      act.write('seed', Uint32Array.of(pcgHashOf(o.seed, ACTION_STREAM)));
      play.reset(pcgHashOf(o.seed, WORLD_STREAM));
      return new Ppo(parts, o.opponents ?? []);
    });
  }

  /** Goes on exactly where the checkpoint was made. */
  static async resume(compute: Compute, o: ResumeOptions): Promise<Ppo> {
    const { environment, checkpoint } = o;
    await checkOrigin(checkpoint, { algorithm: ALGORITHM, environment });
    checkResumed(checkpoint.kept, o.keep);
    const { seed, counters } = checkpoint;
    const options = optionsKept(PPO_OPTIONS, checkpoint.options);
    return await madeOf(async (own) => {
      const ppo = new Ppo(await build(own, compute, { ...o, seed, options }), o.opponents ?? []);
      ppo.#parts.play.reset(0); // the target's further worlds, which mean nothing, are worlds as well
      await writeKept(compute, ppo.#kept, checkpoint.kept);
      ppo.#iterations = counters['iterations']!;
      ppo.#episodes = counters['episodes']!;
      ppo.#updates = counters['updates']!;
      return ppo;
    });
  }

  /** T steps of every world, then `epochCount` passes over them. */
  async iteration(): Promise<Report> {
    const { compute, options, learn, normalise, kernels, play } = this.#parts;
    compute.submit(this.#rollout, { times: options.stepCount });
    compute.submit(kernels.lookBack);
    const left = options.falls ? Math.max(0, 1 - this.steps / options.stepsMax) : 1;
    learn.write('rate', Float32Array.of(options.learningRate * left));
    learn.write('clip', Float32Array.of(options.clip * left));
    for (let epoch = 0; epoch < options.epochCount; epoch++) {
      const order = this.#shuffled(epoch);
      for (let at = 0; at < order.length; at += options.batchSize) {
        learn.write('places', order.subarray(at, at + options.batchSize));
        learn.run();
      }
    }
    normalise?.run();
    const [policy, value, entropy, broken, update] = await learn.read('report');
    if (broken === 1) {
      learn.write('places', this.#placesOf(update! - this.#updates));
      throw await notFiniteError(learn, { algorithm: ALGORITHM, update: update! });
    }
    this.#updates = update!;
    this.#iterations++;
    const { episodes, meanReturn } = await play.takeTally();
    this.#episodes += episodes;
    const losses = { policy: policy!, value: value!, entropy: entropy! };
    return { steps: this.steps, episodes: this.#episodes, meanReturn, losses };
  }

  async evaluate(o: EvaluateOptions): Promise<number[]> {
    const { compute, environment } = this.#parts;
    const policy = policyOf(await this.policyNetwork());
    return await returnsOf(compute, { ...o, environment, policy, opponents: this.#opponents });
  }

  checkpoint(): Promise<Uint8Array<ArrayBuffer>> {
    const [iterations, episodes, updates] = [this.#iterations, this.#episodes, this.#updates];
    const counters = { iterations, episodes, updates };
    return checkpointOf(this.#parts, { counters, buffers: this.#kept });
  }

  async weights(): Promise<Record<string, NamedTensor>> {
    const { compute, networks, learn, buffers, options } = this.#parts;
    const named: Record<string, NamedTensor> = {};
    for (const { name, tensor } of networks.weights) {
      named[name] = { shape: tensor.shape, data: await learn.read(name) };
    }
    if (!options.normalises) return named;
    for (const { name, shape } of statisticsOf(networks.space.inputs)) {
      named[name] = { shape, data: new Float32Array((await compute.read(buffers[name]!)).buffer) };
    }
    return named;
  }

  async policyNetwork(): Promise<PolicyNetwork> {
    const { environment, options, networks } = this.#parts;
    const all = await this.weights();
    const { weights, sizes } = layersNamed(all, 'actor');
    if (options.normalises) {
      const mean = all['seen.mean']!.data as Float32Array;
      const variance = all['seen.variance']!.data as Float32Array;
      foldInto(weights, {
        mean: (d) => mean[d]!,
        spread: (d) => Math.sqrt(variance[d]! + 1e-8),
      });
    }
    return {
      algorithm: ALGORITHM,
      environment: environment.id,
      version: await versionOf(environment),
      ticksPerAction: options.ticksPerAction,
      seed: this.seed,
      steps: this.steps,
      activation: 'tanh',
      output: networks.space.kind === 'choice' ? 'choice' : 'clamped',
      sizes,
      weights,
    };
  }

  async setOpponents(opponents: readonly Policy[]): Promise<void> {
    await this.#parts.play.setOpponents(opponents);
    this.#opponents = opponents;
    this.#rollout = this.#decision();
  }

  get environment(): Environment {
    return this.#parts.environment;
  }

  get options(): PpoOptions {
    return this.#parts.options;
  }

  get seed(): number {
    return this.#parts.seed;
  }

  get steps(): number {
    const { worldCount, stepCount } = this.#parts.options;
    return this.#iterations * worldCount * stepCount;
  }

  get isDone(): boolean {
    return this.steps >= this.#parts.options.stepsMax;
  }

  /** What a step and an update submit, apart, for measuring. */
  get stages(): Readonly<Record<'environment' | 'policy' | 'update', readonly Dispatch[]>> {
    const { play, act, learn } = this.#parts;
    return {
      environment: play.decision([]),
      policy: act.dispatches,
      update: learn.dispatches,
    };
  }

  [Symbol.dispose](): void {
    const { act, learn, normalise, play, buffers } = this.#parts;
    for (const part of [act, learn, normalise, play, ...Object.values(buffers)]) {
      part?.[Symbol.dispose]();
    }
  }

  get #kept(): KeptBuffers {
    return { ...this.#parts.states, ...this.#parts.play.kept };
  }

  #decision(): Dispatch[] {
    const { play, kernels } = this.#parts;
    return [...play.decision(kernels.acting), ...kernels.keeping];
  }

  /** The batch of this iteration's update number `i`. */
  #placesOf(i: number): Uint32Array<ArrayBuffer> {
    const { batchSize } = this.#parts.options;
    const order = this.#shuffled(0);
    const perEpoch = order.length / batchSize;
    const at = (i % perEpoch) * batchSize;
    return this.#shuffled(Math.floor(i / perEpoch)).subarray(at, at + batchSize);
  }

  /** Places of the rollout in an order of this iteration and epoch (Fisher and Yates 1938). */
  #shuffled(epoch: number): Uint32Array<ArrayBuffer> {
    const { options, seed, play } = this.#parts;
    const order = Uint32Array.from({ length: play.actors.count * options.stepCount }, (_, i) => i);
    const key = pcgHashOf(seed, ORDER_STREAM, this.#iterations, epoch);
    for (let i = order.length - 1; i > 0; i--) {
      const j = Math.floor((pcgHashOf(key, i) / 2 ** 32) * (i + 1));
      [order[i], order[j]] = [order[j]!, order[i]!];
    }
    return order;
  }
}

async function build(
  own: Own,
  compute: Compute,
  o: Pick<CreateOptions, 'environment' | 'seed' | 'opponents' | 'keep'> & { options: PpoOptions },
): Promise<Parts> {
  const { environment, options, seed, opponents = [], keep } = o;
  checkOptions(PPO_OPTIONS, options);
  const { worldCount, ticksPerAction, stepCount: T, batchSize: B } = options;
  const space = actorSpaceOf(environment);
  const shape = { environment, worldCount, ticksPerAction, opponents, keepsAfter: false };
  const play = own(await Play.create(compute, shape));
  const L = play.actors.count;
  if ((T * L) % B !== 0) {
    throw new RangeError(`batchSize ${B} does not divide ${T} steps of ${L} actors.`);
  }
  const networks = networksOf(space, options, seed);
  const buffers = createBuffers(own, play, options);
  const { program: learn, updates } = await learnProgram(compute, {
    networks,
    buffers,
    options,
    keep,
  });
  own(learn);
  const acting = await actProgram(compute, { networks, play, learn, buffers, options });
  const act = own(acting.program);
  const statistics = statisticsUpdates({ count: T * L, inputs: space.inputs });
  // What is to be kept was learned under the statistics that the run goes on from.
  const normalise =
    options.normalises && !keep
      ? own(await Program.create(compute, { outputs: {}, updates: statistics, bound: buffers }))
      : null;
  const kernels = await kernelsOf(compute, { play, buffers, act, options });
  const states: Record<string, KeptBuffers[string]> = {
    ...statesOf(learn, updates),
    ...statesOf(act, acting.updates),
    running: { buffer: buffers['running']! },
  };
  for (const { name } of statisticsOf(space.inputs)) states[name] = { buffer: buffers[name]! };
  const run: Run = { algorithm: ALGORITHM, compute, environment, options, seed };
  return { ...run, options, play, networks, act, learn, normalise, kernels, buffers, states };
}

function networksOf(space: ActorSpace, options: PpoOptions, seed: number): ActorCritic {
  return new ActorCritic(space, { ...options, stateNoise: options.noiseSteps > 0, seed });
}

/** What it learns by gradients, and what it normalises by. */
export function ppoParameters(space: ActorSpace, options: PpoOptions) {
  const { weights } = networksOf(space, options, 0);
  const statistics = options.normalises ? statisticsOf(space.inputs) : [];
  return [...weights, ...statistics.map(({ name, shape }) => ({ name, tensor: { shape } }))];
}

/** The clipped objective (equation 7), the values' error and the entropy (equation 9). */
async function learnProgram(
  compute: Compute,
  o: { networks: ActorCritic; buffers: Buffers; options: PpoOptions; keep?: Keep | undefined },
): Promise<{ program: Program; updates: readonly Update[] }> {
  const { networks, buffers, options, keep } = o;
  const { batchSize: B } = options;
  const { space } = networks;
  const count = buffers['sums']!.bytes / 4; // T * L
  const places = input('places', [B], 'u32');
  const [rate, clip] = [input('rate', []), input('clip', [])];
  const seen = gather(input('keptSeen', [count, space.inputs]), places);
  const drawn =
    space.kind === 'choice'
      ? reshape(gather(input('keptDrawn', [count, 1], 'u32'), places), [B])
      : gather(input('keptDrawn', [count, space.count]), places);
  const learned = gather(input('learned', [count, 4]), places);
  const column = (i: number) => reshape(slice(learned, { axis: 1, start: i, end: i + 1 }), [B]);
  const [logBefore, advantage, target, counts] = [0, 1, 2, 3].map(column) as [
    Tensor,
    Tensor,
    Tensor,
    Tensor,
  ];

  const counted = maximum(sum(counts), 1);
  const mean = (x: Tensor) => divide(sum(multiply(x, counts)), counted);
  const centred = subtract(advantage, mean(advantage));
  const normal = divide(centred, add(sqrt(mean(square(centred))), 1e-8));
  const chances = networks.chances(seen);
  const ratio = exp(subtract(chances.logChance(drawn), logBefore));
  const bounded = minimum(maximum(ratio, subtract(1, clip)), add(clip, 1));
  const gain = mean(minimum(multiply(ratio, normal), multiply(bounded, normal)));
  const error = mean(square(subtract(networks.values(seen), target)));
  const entropy = mean(chances.entropy);
  const own = subtract(
    subtract(multiply(error, options.valueWeight), gain),
    multiply(entropy, options.entropyWeight),
  );
  const kept = keep ? keepTerms(keep, networks) : null;
  const loss = kept ? add(own, kept.loss) : own;
  const weights = networks.weights.map(({ tensor }) => tensor);
  const { clipped, norm } = clipByNorm(gradients(loss, weights), options.gradientNormMax);
  const trained = networks.weights.map(({ name, tensor }, i) => {
    return { name, weight: tensor, gradient: clipped[i]! };
  });
  const steps = [...adam(trained, { rate, epsilon: 1e-5 }), ...(kept?.updates ?? [])];
  const learning = await learningProgram(compute, {
    updates: steps,
    signals: [loss, norm],
    reported: [subtract(0, gain), error, entropy],
    bound: buffers,
  });
  kept?.fill(learning.program);
  return learning;
}
