/**
 * Proximal policy optimisation (Schulman et al. 2017, arXiv 1707.06347), for choices and for numbers,
 * on worlds that are stepped side by side. Rollout, advantages and learning stay on the device; what is
 * read back are the rewards, for the report. Read from `iteration`. Axes: T steps, N worlds, B batch.
 */
import type { Compute, ComputeBuffer, Dispatch } from '@dreampitch/compute';
import { type Environment, RESET, TERMINATED, TRUNCATED, VectorEnvironment } from '@dreampitch/sim';
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
  negate,
  reshape,
  slice,
  sqrt,
  state,
  subtract,
  sum,
} from '../tensor/operators.ts';
import { adam, clipByNorm } from '../tensor/optimisers.ts';
import { Program } from '../tensor/program.ts';
import type { Tensor } from '../tensor/tensor.ts';
import ppoWgsl from './ppo.wgsl';
import { ActorCritic } from './ppo-networks.ts';

export type PpoOptions = {
  worldCount: number; // N
  stepCount: number; // T of a rollout
  batchSize: number; // B; divides T * N
  epochCount: number; // passes over a rollout
  learningRate: number; // Adam's step at the start; falls linearly to 0
  clip: number; // bound of the chances' ratio, the paper's epsilon; falls linearly to 0
  discount: number; // gamma, per step
  lambda: number; // of generalised advantage estimation
  entropyWeight: number;
  valueWeight: number;
  gradientNormMax: number;
  stepsMax: number; // steps of all worlds together; where rate and clip have fallen to 0
  hidden: readonly number[]; // tanh units of the layers of actor and critic, each of its own
};

/** rl-baselines3-zoo, hyperparams/ppo.yml, CartPole-v1; the rest are stable-baselines3's defaults. */
export const PPO_CART_POLE: PpoOptions = {
  worldCount: 8,
  stepCount: 32,
  batchSize: 256,
  epochCount: 20,
  learningRate: 1e-3,
  clip: 0.2,
  discount: 0.98,
  lambda: 0.8,
  entropyWeight: 0,
  valueWeight: 0.5,
  gradientNormMax: 0.5,
  stepsMax: 100_000,
  hidden: [64, 64],
};

export type PpoReport = {
  readonly steps: number; // of all worlds together
  /** Mean return of the episodes that ended in this iteration; null: none did. */
  readonly meanReturn: number | null;
  readonly episodes: number; // since the beginning
  readonly loss: number; // of the last batch
};

type Parts = {
  readonly compute: Compute;
  readonly options: PpoOptions;
  readonly seed: number;
  readonly environment: VectorEnvironment;
  readonly networks: ActorCritic;
  readonly act: Program;
  readonly learn: Program;
  readonly rollout: readonly Dispatch[];
  readonly lookBack: Dispatch;
  readonly buffers: Buffers;
};

type Buffers = Record<
  'turn' | 'keptObservations' | 'keptChoices' | 'keptNumbers' | 'kept' | 'learned',
  ComputeBuffer
>;

export class Ppo implements Disposable {
  readonly #parts: Parts;
  readonly #returns: Float64Array; // of the running episodes, [N]
  #iterations = 0;
  #episodes = 0;

  private constructor(parts: Parts) {
    this.#parts = parts;
    this.#returns = new Float64Array(parts.options.worldCount);
    parts.environment.reset(pcgHashOf(parts.seed, WORLD_STREAM));
  }

  /** `seed` u32 decides everything. Throws where the environment or the options do not fit. */
  static async create(
    compute: Compute,
    o: { environment: Environment; options: PpoOptions; seed: number },
  ): Promise<Ppo> {
    const { worldCount: N, stepCount: T, batchSize } = o.options;
    if ((N * T) % batchSize !== 0) {
      throw new RangeError(`batchSize ${batchSize} does not divide ${T} steps of ${N} worlds.`);
    }
    const networks = new ActorCritic(o.environment, { hidden: o.options.hidden, seed: o.seed });
    const environment = await VectorEnvironment.create(compute, o.environment, { worldCount: N });
    const buffers = createBuffers(compute, environment, o.options);
    const learn = await learnProgram(compute, {
      networks,
      environment,
      buffers,
      options: o.options,
    });
    const act = await actProgram(compute, { networks, environment, learn });
    const kernels = await rolloutKernels(compute, {
      networks,
      environment,
      buffers,
      act,
      options: o.options,
    });
    for (const { name, initial } of networks.weights) learn.write(name, Float32Array.from(initial));
    act.write('seed', Uint32Array.of(pcgHashOf(o.seed, ACTION_STREAM)));
    return new Ppo({ compute, ...o, environment, networks, act, learn, ...kernels, buffers });
  }

  /** What a step and an update submit, apart, for measuring. */
  get stages(): Readonly<Record<'environment' | 'policy' | 'update', readonly Dispatch[]>> {
    const { environment, act, learn } = this.#parts;
    return {
      environment: environment.stepDispatches,
      policy: act.dispatches,
      update: learn.dispatches,
    };
  }

  get isDone(): boolean {
    return this.#steps >= this.#parts.options.stepsMax;
  }

  /** T steps of every world, then `epochCount` passes over them. */
  async iteration(): Promise<PpoReport> {
    const { compute, options, act, learn, rollout, lookBack, buffers } = this.#parts;
    compute.submit(rollout, { times: options.stepCount });
    compute.submit([...act.dispatches, lookBack]); // the values after the last step
    const kept = new Float32Array((await compute.read(buffers.kept)).buffer);
    const meanReturn = this.#settle(kept);

    const left = Math.max(0, 1 - this.#steps / options.stepsMax);
    learn.write('rate', Float32Array.of(options.learningRate * left));
    learn.write('clip', Float32Array.of(options.clip * left));
    for (let epoch = 0; epoch < options.epochCount; epoch++) {
      const order = this.#shuffled(epoch);
      for (let at = 0; at < order.length; at += options.batchSize) {
        learn.write('places', order.subarray(at, at + options.batchSize));
        learn.run();
      }
    }
    this.#iterations++;
    const [loss] = await learn.read('loss');
    return { steps: this.#steps, meanReturn, episodes: this.#episodes, loss: loss! };
  }

  /** Returns of the first episode of so many worlds, always doing the likeliest. */
  async evaluate(o: { episodes: number; seed: number; stepsMax: number }): Promise<number[]> {
    const { compute, environment: own, networks, learn } = this.#parts;
    using environment = await VectorEnvironment.create(compute, own.environment, {
      worldCount: o.episodes,
    });
    using act = await actProgram(compute, { networks, environment, learn, best: true });
    const options = { ...this.#parts.options, worldCount: o.episodes, stepCount: 1 };
    const buffers = createBuffers(compute, environment, options);
    const kernels = await rolloutKernels(compute, { networks, environment, buffers, act, options });
    environment.reset(o.seed);
    const returns = Array.from({ length: o.episodes }, () => 0);
    const over = new Set<number>();
    for (let t = 0; t < o.stepsMax && over.size < o.episodes; t++) {
      compute.submit(kernels.rollout);
      const kept = new Float32Array((await compute.read(buffers.kept)).buffer);
      for (let n = 0; n < o.episodes; n++) {
        if (over.has(n)) continue;
        returns[n]! += kept[4 * n + 2]!;
        if ((kept[4 * n + 3]! & (TERMINATED | TRUNCATED)) !== 0) over.add(n);
      }
    }
    for (const buffer of Object.values(buffers)) buffer[Symbol.dispose]();
    return returns;
  }

  [Symbol.dispose](): void {
    const { act, learn, environment, buffers } = this.#parts;
    for (const part of [act, learn, environment, ...Object.values(buffers)]) part[Symbol.dispose]();
  }

  get #steps(): number {
    const { worldCount, stepCount } = this.#parts.options;
    return this.#iterations * worldCount * stepCount;
  }

  /** Adds up the rewards of a rollout, [T, N, 4]; the mean return of what ended. */
  #settle(kept: Float32Array): number | null {
    const { worldCount: N, stepCount: T } = this.#parts.options;
    const ended: number[] = [];
    for (let i = 0; i < T * N; i++) {
      const end = kept[4 * i + 3]!;
      if ((end & RESET) !== 0) continue;
      this.#returns[i % N]! += kept[4 * i + 2]!;
      if ((end & (TERMINATED | TRUNCATED)) === 0) continue;
      ended.push(this.#returns[i % N]!);
      this.#returns[i % N] = 0;
    }
    this.#episodes += ended.length;
    return ended.length === 0 ? null : ended.reduce((a, b) => a + b) / ended.length;
  }

  /** Places of the rollout in an order of this iteration and epoch (Fisher and Yates 1938). */
  #shuffled(epoch: number): Uint32Array<ArrayBuffer> {
    const { options, seed } = this.#parts;
    const order = Uint32Array.from({ length: options.worldCount * options.stepCount }, (_, i) => i);
    const key = pcgHashOf(seed, ORDER_STREAM, this.#iterations, epoch);
    for (let i = order.length - 1; i > 0; i--) {
      const j = Math.floor((pcgHashOf(key, i) / 2 ** 32) * (i + 1));
      [order[i], order[j]] = [order[j]!, order[i]!];
    }
    return order;
  }
}

const [WORLD_STREAM, ACTION_STREAM, ORDER_STREAM] = [1, 2, 3] as const;

/** The clipped objective (equation 7), the values' error and the entropy (equation 9). */
function learnProgram(
  compute: Compute,
  o: {
    networks: ActorCritic;
    environment: VectorEnvironment;
    buffers: Buffers;
    options: PpoOptions;
  },
): Promise<Program> {
  const { networks, environment, buffers, options } = o;
  const count = options.worldCount * options.stepCount;
  const { observationSize: D, actionSize: A } = environment;
  const [B, choice] = [options.batchSize, networks.space.kind === 'choice'];
  const places = input('places', [B], 'u32');
  const [rate, clip] = [input('rate', []), input('clip', [])];
  const observations = gather(input('keptObservations', [count, D]), places);
  const choices = input('keptChoices', [count, 1], 'u32');
  const drawn = choice
    ? reshape(gather(choices, places), [B])
    : gather(input('keptNumbers', [count, A]), places);
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
  const chances = networks.chances(observations);
  const ratio = exp(subtract(chances.logChance(drawn), logBefore));
  const bounded = minimum(maximum(ratio, subtract(1, clip)), add(clip, 1));
  const gain = mean(minimum(multiply(ratio, normal), multiply(bounded, normal)));
  const error = mean(square(subtract(networks.values(observations), target)));
  const entropy = mean(chances.entropy);
  const loss = add(
    subtract(multiply(error, options.valueWeight), gain),
    negate(multiply(entropy, options.entropyWeight)),
  );
  const weights = networks.weights.map(({ tensor }) => tensor);
  const { clipped } = clipByNorm(gradients(loss, weights), options.gradientNormMax);
  const trained = networks.weights.map(({ name, tensor }, i) => {
    return { name, weight: tensor, gradient: clipped[i]! };
  });
  const updates = adam(trained, { rate, epsilon: 1e-5 });
  return Program.create(compute, { outputs: { loss }, updates, bound: buffers });
}

/** From what the environment shows: what is drawn (or the likeliest), its log chance, the values. */
function actProgram(
  compute: Compute,
  o: { networks: ActorCritic; environment: VectorEnvironment; learn: Program; best?: boolean },
): Promise<Program> {
  const { networks, environment, learn } = o;
  const { worldCount: N, observationSize: D } = environment;
  const observations = input('observations', [N, D]);
  const seed = state('seed', [], 'u32');
  const chances = networks.chances(observations);
  const drawn = o.best ? chances.best : chances.draw(seed);
  const bound: Record<string, ComputeBuffer> = { observations: environment.buffers.observations };
  for (const { name } of networks.weights) bound[name] = learn.buffer(name);
  const outputs = {
    drawn,
    logChance: chances.logChance(drawn),
    values: networks.values(observations),
  };
  return Program.create(compute, {
    outputs,
    updates: [{ state: seed, value: add(seed, 1) }],
    bound,
  });
}

function createBuffers(
  compute: Compute,
  environment: VectorEnvironment,
  options: PpoOptions,
): Buffers {
  const count = options.worldCount * options.stepCount;
  const create = (label: string, words: number) =>
    compute.createBuffer({ label: `ppo: ${label}`, bytes: 4 * words });
  return {
    turn: create('turn', 1),
    keptObservations: create('observations', count * environment.observationSize),
    keptChoices: create('choices', count),
    keptNumbers: create('numbers', count * environment.actionSize),
    kept: create('rollout', 4 * count),
    learned: create('learned', 4 * count),
  };
}

/** ppo.wgsl around the programs: one step of a rollout, and the look back over it. */
async function rolloutKernels(
  compute: Compute,
  o: {
    networks: ActorCritic;
    environment: VectorEnvironment;
    buffers: Buffers;
    act: Program;
    options: PpoOptions;
  },
): Promise<{ rollout: readonly Dispatch[]; lookBack: Dispatch }> {
  const { networks, environment, act, options } = o;
  const { space } = networks;
  const constants = {
    WORLDS: options.worldCount,
    STEPS: options.stepCount,
    FEATURES: environment.observationSize,
    ACTIONS: environment.actionSize,
    WHOLE: space.kind === 'numbers' && space.whole ? 1 : 0,
    ACTION_MAX: space.kind === 'numbers' ? space.max : 1,
    DISCOUNT: options.discount,
    LAMBDA: options.lambda,
  };
  const all: Record<string, ComputeBuffer> = {
    ...o.buffers,
    ...environment.buffers,
    choices: act.buffer('drawn'),
    numbers: act.buffer('drawn'),
    logChances: act.buffer('logChance'),
    values: act.buffer('values'),
  };
  const prepare = async (entry: string, names: string, invocations: number): Promise<Dispatch> => {
    const label = `ppo: ${entry}`;
    const kernel = await compute.createKernel({ label, wgsl: ppoWgsl, entry, constants });
    const bindings = Object.fromEntries(names.split(' ').map((name) => [name, all[name]!]));
    return kernel.prepare({ bindings, invocations });
  };
  const { worldCount: N } = options;
  const D = environment.observationSize;
  const choice = space.kind === 'choice';
  return {
    rollout: [
      await prepare('see', 'turn observations keptObservations', N * D),
      ...act.dispatches,
      choice
        ? await prepare(
            'decideChoice',
            'turn choices logChances values keptChoices kept actions',
            N,
          )
        : await prepare(
            'decideNumbers',
            'turn numbers logChances values keptNumbers kept actions',
            N,
          ),
      ...environment.stepDispatches,
      await prepare('settle', 'turn rewards ends kept', N),
      await prepare('advance', 'turn', 1),
    ],
    lookBack: await prepare('lookBack', 'kept values learned', N),
  };
}
