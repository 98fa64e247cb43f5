/**
 * Deep Q-learning (Mnih et al. 2015, doi 10.1038/nature14236) with double targets (van Hasselt et al.
 * 2016, arXiv 1509.06461), dueling heads (Wang et al. 2016, arXiv 1511.06581) and n-step returns, on
 * worlds that are stepped side by side. The replay buffer stays on the device. Read from `iteration`.
 * Axes: N worlds, D features, B batch.
 */
import type { Compute, ComputeBuffer, Dispatch } from '@dreampitch/compute';
import {
  type Environment,
  sizeOf,
  TERMINATED,
  TRUNCATED,
  VectorEnvironment,
} from '@dreampitch/sim';
import { pcgHashOf } from '../random/pcg.ts';
import { gradients } from '../tensor/gradient.ts';
import {
  abs,
  add,
  argmax,
  divide,
  equal,
  indices,
  input,
  less,
  maximum,
  minimum,
  multiply,
  reshape,
  slice,
  state,
  stopGradient,
  subtract,
  sum,
  uniform,
  where,
} from '../tensor/operators.ts';
import { adam, clipByNorm } from '../tensor/optimisers.ts';
import { Program } from '../tensor/program.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { QNetwork } from './dqn-network.ts';
import dqnWgsl from './dqn.wgsl';

export type DqnOptions = {
  worldCount: number; // N
  stepsMax: number; // steps of all worlds together
  startSteps: number; // before the first update
  trainSteps: number; // steps between updates; divided by N
  updates: number; // after every so many steps
  batchSize: number; // B
  capacity: number; // steps that the replay buffer holds
  learningRate: number; // Adam's step at the start; falls linearly to 0
  discount: number; // gamma, per step
  nStep: number; // steps to the value that a return ends with
  targetShare: number; // of the way that the target network follows with every update
  explorationShare: number; // of stepsMax, over which epsilon falls from 1
  explorationLeast: number; // epsilon then
  errorMax: number; // beyond it an error counts linearly (Huber); small ones ignore rare ends
  gradientNormMax: number;
  hidden: readonly number[]; // relu units
  double: boolean;
  dueling: boolean;
};

/**
 * After rl-baselines3-zoo, hyperparams/dqn.yml, CartPole-v1, but: squared errors (with Huber's bound of 1
 * the rare ends of episodes were ignored and values grew to 10^5 on some seeds), a target that follows
 * softly, a rate that falls, double targets, 128 units.
 */
export const DQN_CART_POLE: DqnOptions = {
  worldCount: 1,
  stepsMax: 50_000,
  startSteps: 1000,
  trainSteps: 256,
  updates: 128,
  batchSize: 64,
  capacity: 100_000,
  learningRate: 2e-3,
  discount: 0.99,
  nStep: 1,
  targetShare: 0.02,
  explorationShare: 0.16,
  explorationLeast: 0.04,
  errorMax: 100,
  gradientNormMax: 10,
  hidden: [128, 128],
  double: true,
  dueling: false,
};

export type DqnReport = {
  readonly steps: number; // of all worlds together
  readonly epsilon: number;
  readonly loss: number | null; // of the last update; null before the first
};

type Parts = {
  readonly compute: Compute;
  readonly options: DqnOptions;
  readonly seed: number;
  readonly environment: VectorEnvironment;
  readonly online: QNetwork;
  readonly learn: Program;
  readonly act: Program;
  readonly collect: Dispatch;
  readonly rollout: readonly Dispatch[];
  readonly buffers: Buffers;
};

const [WORLD_STREAM, ACTION_STREAM, SAMPLE_STREAM] = [1, 2, 3] as const;

export class Dqn implements Disposable {
  readonly #parts: Parts;
  #time = 0; // steps of each world
  #updates = 0;

  private constructor(parts: Parts) {
    this.#parts = parts;
    parts.environment.reset(pcgHashOf(parts.seed, WORLD_STREAM));
  }

  /** `seed` u32 decides everything. Throws where the actions are not choices of one agent. */
  static async create(
    compute: Compute,
    o: { environment: Environment; options: DqnOptions; seed: number },
  ): Promise<Dqn> {
    const { options, seed } = o;
    const { actionSpace, agentCount, id, observationSpace } = o.environment;
    if (agentCount !== 1 || actionSpace.kind !== 'discrete' || actionSpace.start !== 0) {
      throw new Error(`${id} is not of one agent with choices from 0.`);
    }
    const { hidden, dueling } = options;
    const inputs = sizeOf(observationSpace);
    const shape = { inputs, choices: actionSpace.count, hidden, dueling, seed };
    const online = new QNetwork({ prefix: 'online', ...shape });
    const target = new QNetwork({ prefix: 'target', ...shape });
    const { worldCount } = options;
    const environment = await VectorEnvironment.create(compute, o.environment, { worldCount });
    const buffers = createBuffers(compute, environment, options);
    const learn = await learnProgram(compute, { online, target, buffers, options });
    const act = await actProgram(compute, { online, environment, learn, explores: true });
    const kernels = await kernelsOf(compute, { environment, buffers, act, options });
    for (const { name, initial } of [...online.weights, ...target.weights]) {
      learn.write(name, Float32Array.from(initial)); // the target's are the same
    }
    act.write('seed', Uint32Array.of(pcgHashOf(seed, ACTION_STREAM)));
    const parts = { compute, options, seed, environment, online, learn, act, buffers };
    return new Dqn({ ...parts, ...kernels });
  }

  get isDone(): boolean {
    return this.#time * this.#parts.options.worldCount >= this.#parts.options.stepsMax;
  }

  /** `trainSteps` of play, then `updates` of learning from what is kept. */
  async iteration(): Promise<DqnReport> {
    const { compute, options, act, learn, collect, rollout } = this.#parts;
    const { worldCount: N, startSteps } = options;
    const times = Math.max(1, Math.round(options.trainSteps / N));
    for (let left = times; left > 0; left -= EPSILON_STEPS) {
      act.write('epsilon', Float32Array.of(this.#epsilon));
      const some = Math.min(left, EPSILON_STEPS);
      compute.submit(rollout, { times: some });
      this.#time += some;
    }
    const steps = this.#time * N;
    if (steps < startSteps) return { steps, epsilon: this.#epsilon, loss: null };
    const left = Math.max(0, 1 - steps / options.stepsMax);
    learn.write('rate', Float32Array.of(options.learningRate * left));
    for (let i = 0; i < options.updates; i++) {
      learn.write('places', this.#places());
      compute.submit([collect, ...learn.dispatches]);
      this.#updates++;
    }
    const [loss] = await learn.read('loss');
    return { steps, epsilon: this.#epsilon, loss: loss! };
  }

  /** Returns of the first episode of so many worlds, always doing the best. */
  async evaluate(o: { episodes: number; seed: number; stepsMax: number }): Promise<number[]> {
    const { compute, environment: own, online, learn } = this.#parts;
    const worldCount = o.episodes;
    using environment = await VectorEnvironment.create(compute, own.environment, { worldCount });
    const options = { ...this.#parts.options, worldCount, capacity: 1 };
    const buffers = createBuffers(compute, environment, options);
    using act = await actProgram(compute, { online, environment, learn, explores: false });
    const { rollout } = await kernelsOf(compute, { environment, buffers, act, options });
    environment.reset(o.seed);
    const returns = Array.from({ length: o.episodes }, () => 0);
    const over = new Set<number>();
    for (let t = 0; t < o.stepsMax && over.size < o.episodes; t++) {
      compute.submit(rollout);
      const gained = new Float32Array((await compute.read(buffers.gained)).buffer);
      for (let n = 0; n < o.episodes; n++) {
        if (over.has(n)) continue;
        returns[n]! += gained[2 * n]!;
        if ((gained[2 * n + 1]! & (TERMINATED | TRUNCATED)) !== 0) over.add(n);
      }
    }
    for (const buffer of Object.values(buffers)) buffer[Symbol.dispose]();
    return returns;
  }

  [Symbol.dispose](): void {
    const { act, learn, environment, buffers } = this.#parts;
    const parts = [act, learn, environment, ...Object.values(buffers)];
    for (const part of parts) part[Symbol.dispose]();
  }

  get #epsilon(): number {
    const { explorationShare, explorationLeast, stepsMax, worldCount } = this.#parts.options;
    const done = Math.min(1, (this.#time * worldCount) / (explorationShare * stepsMax));
    return 1 + done * (explorationLeast - 1);
  }

  /** Drawn uniformly from the kept steps that have n - 1 more after them. */
  #places(): Uint32Array<ArrayBuffer> {
    const { options, seed } = this.#parts;
    const { worldCount: N, capacity, nStep, batchSize } = options;
    const count = Math.min(this.#time, capacity) - (nStep - 1);
    const oldest = Math.max(0, this.#time - capacity);
    const key = pcgHashOf(seed, SAMPLE_STREAM, this.#updates);
    return Uint32Array.from({ length: batchSize }, (_, i) => {
      const drawn = Math.floor((pcgHashOf(key, i) / 2 ** 32) * count * N);
      const time = oldest + Math.floor(drawn / N);
      return (time % capacity) * N + (drawn % N);
    });
  }
}

/** So often epsilon follows its line. */
const EPSILON_STEPS = 64;

type Buffers = ReturnType<typeof createBuffers>;

function createBuffers(compute: Compute, environment: VectorEnvironment, options: DqnOptions) {
  const { batchSize: B, capacity, worldCount: N } = options;
  const D = environment.observationSize;
  const create = (label: string, words: number): ComputeBuffer =>
    compute.createBuffer({ label: `dqn: ${label}`, bytes: 4 * words });
  return {
    time: create('time', 1),
    before: create('observations before', capacity * N * D),
    after: create('observations after', capacity * N * D),
    taken: create('choices', capacity * N),
    gained: create('rewards', capacity * N * 2),
    places: create('places', B),
    batchBefore: create('batch before', B * D),
    batchAfter: create('batch after', B * D),
    batchTaken: create('batch choices', B),
    batchGained: create('batch rewards', B * 3),
  };
}

/** The error of Q (Huber's, beyond errorMax) against the return and the target network's value after it. */
function learnProgram(
  compute: Compute,
  o: { online: QNetwork; target: QNetwork; buffers: Buffers; options: DqnOptions },
): Promise<Program> {
  const { online, target, buffers, options } = o;
  const B = options.batchSize;
  const D = online.weights[0]!.tensor.shape[1]!;
  const [before, after] = [input('batchBefore', [B, D]), input('batchAfter', [B, D])];
  const taken = input('batchTaken', [B], 'u32');
  const gained = input('batchGained', [B, 3]);
  const column = (i: number) => reshape(slice(gained, { axis: 1, start: i, end: i + 1 }), [B]);
  const [total, factor, counts] = [0, 1, 2].map(column) as [Tensor, Tensor, Tensor];

  const later = target.q(after);
  const best = argmax(options.double ? online.q(after) : later);
  const wanted = stopGradient(add(total, multiply(factor, chosen(later, best))));
  const off = abs(subtract(chosen(online.q(before), taken), wanted));
  const near = minimum(off, options.errorMax);
  const huber = multiply(near, subtract(off, multiply(near, 0.5)));
  const loss = divide(sum(multiply(huber, counts)), maximum(sum(counts), 1));

  const weights = online.weights.map(({ tensor }) => tensor);
  const { clipped } = clipByNorm(gradients(loss, weights), options.gradientNormMax);
  const trained = online.weights.map(({ name, tensor }, i) => {
    return { name, weight: tensor, gradient: clipped[i]! };
  });
  const updates = adam(trained, { rate: input('rate', []) });
  const share = options.targetShare;
  online.weights.forEach(({ tensor }, i) => {
    const { value } = updates.find((update) => update.state === tensor)!;
    const old = target.weights[i]!.tensor;
    updates.push({ state: old, value: add(old, multiply(subtract(value, old), share)) });
  });
  // `places` is read by the kernel that fills the batch; writing it by name is the caller's way.
  const places = input('places', [B], 'u32');
  return Program.create(compute, { outputs: { loss, places }, updates, bound: buffers });
}

/** Of each row [B, choices] the element of its choice, u32 [B]. */
function chosen(q: Tensor, choice: Tensor): Tensor {
  const [B, count] = q.shape as [number, number];
  const isChosen = equal(indices([count]), reshape(choice, [B, 1]));
  return sum(multiply(q, isChosen), { axes: [1] });
}

function actProgram(
  compute: Compute,
  o: { online: QNetwork; environment: VectorEnvironment; learn: Program; explores: boolean },
): Promise<Program> {
  const { online, environment, learn } = o;
  const { worldCount: N, observationSize: D } = environment;
  const bound: Record<string, ComputeBuffer> = { observations: environment.buffers.observations };
  for (const { name } of online.weights) bound[name] = learn.buffer(name);
  const q = online.q(input('observations', [N, D]));
  if (!o.explores) return Program.create(compute, { outputs: { choices: argmax(q) }, bound });
  const seed = state('seed', [], 'u32');
  const explores = less(uniform(seed, { shape: [N], stream: 1 }), input('epsilon', []));
  const anything = argmax(uniform(seed, { shape: q.shape, stream: 2 }));
  const choices = where(explores, anything, argmax(q));
  const updates = [{ state: seed, value: add(seed, 1) }];
  return Program.create(compute, { outputs: { choices }, updates, bound });
}

async function kernelsOf(
  compute: Compute,
  o: { environment: VectorEnvironment; buffers: Buffers; act: Program; options: DqnOptions },
): Promise<{ rollout: readonly Dispatch[]; collect: Dispatch }> {
  const { environment, buffers, act, options } = o;
  const { worldCount: N, batchSize: B } = options;
  const D = environment.observationSize;
  const constants = {
    WORLDS: N,
    CAPACITY: options.capacity,
    FEATURES: D,
    BATCH: B,
    N_STEP: options.nStep,
    DISCOUNT: options.discount,
  };
  const all: Record<string, ComputeBuffer> = {
    ...buffers,
    ...environment.buffers,
    choices: act.buffer('choices'),
  };
  const prepare = async (entry: string, names: string, invocations: number): Promise<Dispatch> => {
    const label = `dqn: ${entry}`;
    const kernel = await compute.createKernel({ label, wgsl: dqnWgsl, entry, constants });
    const bindings = Object.fromEntries(names.split(' ').map((name) => [name, all[name]!]));
    return kernel.prepare({ bindings, invocations });
  };
  const batch = 'batchBefore batchAfter batchTaken batchGained';
  return {
    rollout: [
      await prepare('see', 'time observations before', N * D),
      ...act.dispatches,
      await prepare('decide', 'time choices taken actions', N),
      ...environment.stepDispatches,
      await prepare('settle', 'time observations rewards ends after gained', N * D),
      await prepare('advance', 'time', 1),
    ],
    collect: await prepare('collect', `places before after taken gained ${batch}`, B),
  };
}
