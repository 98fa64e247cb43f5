/**
 * Tabular Q-learning (q-learning.ts) on worlds that are stepped side by side, behind the interface of
 * all algorithms. The table is on this side; worlds are stepped on the device. Axes: N worlds.
 */
import type { Compute } from '@dreampitch/compute';
import { type Environment, RESET, TERMINATED, VectorEnvironment, versionOf } from '@dreampitch/sim';
import type { TransitionBatch } from '../datasets/transitions.ts';
import type { NamedTensor } from '../formats/safetensors.ts';
import { pcgHashOf } from '../random/pcg.ts';
import type {
  CreateOptions,
  EvaluateOptions,
  Report,
  ResumeOptions,
  Trainee,
} from './algorithm.ts';
import {
  checkOrigin,
  encodeTraining,
  type KeptBuffers,
  readKept,
  writeKept,
} from './checkpoint.ts';
import { returnsOf } from './evaluate.ts';
import { NotFiniteError } from './finite.ts';
import { checkOptions, defaultsOf, optionsKept } from './options.ts';
import { type PolicyNetwork, policyOf } from './policy-network.ts';
import { QLearning, type Transition } from './q-learning.ts';
import { Q_LEARNING_OPTIONS, type QLearningRunOptions } from './q-learning-options.ts';
import { madeOf } from './run.ts';

const ALGORITHM = 'q-learning';
/** Steps of every world in an iteration. */
const STEPS_PER_ITERATION = 64;
const [WORLD_STREAM, AGENT_STREAM] = [1, 2] as const;

/** Why there is no table for this environment, in words; null: there is. */
export function whyNotTable(environment: Environment): string | null {
  const { id, agentCount, observationSpace: sees, actionSpace: does } = environment;
  if (agentCount === 1 && sees.kind === 'discrete' && does.kind === 'discrete') return null;
  const what = agentCount > 1 ? `${agentCount} agents` : `${sees.kind} observations`;
  return `A table wants one agent, states that can be counted and choices; ${id} has ${what}.`;
}

function spacesOf({ observationSpace, actionSpace }: Environment): readonly [S: number, A: number] {
  const counts = [observationSpace, actionSpace].map((space) =>
    space.kind === 'discrete' ? space.count : 0,
  );
  return [counts[0]!, counts[1]!];
}

type Parts = {
  readonly compute: Compute;
  readonly worlds: VectorEnvironment;
  readonly agent: QLearning;
  readonly options: QLearningRunOptions;
  readonly seed: number;
  readonly counters: { time: number; episodes: number };
  readonly returns: Float32Array<ArrayBuffer>; // of the running episodes, [N]
};

export class QLearningRun implements Trainee {
  readonly algorithm = ALGORITHM;
  readonly #parts: Parts;

  private constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Throws where there is no table for the environment, or an option does not fit. */
  static async create(compute: Compute, o: CreateOptions): Promise<QLearningRun> {
    const { environment, seed } = o;
    if (o.keep) throw new Error('Q-learning has a table and no network in which to keep anything.');
    const options = { ...defaultsOf(Q_LEARNING_OPTIONS), ...o.options } as QLearningRunOptions;
    const { epsilonShare, stepsMax, worldCount, epsilonLeast } = options;
    const updates = Math.max(1, (epsilonShare * stepsMax) / worldCount);
    const agent = new QLearning({
      ...options,
      actions: Array.from({ length: spacesOf(environment)[1] }, (_, a) => String(a)),
      seed: pcgHashOf(seed, AGENT_STREAM),
      epsilon: 1,
      epsilonDecay: Math.max(epsilonLeast, 1e-3) ** (1 / updates),
    });
    const worlds = await madeOf(async (own) => {
      const made = own(await openWorlds(compute, environment, options));
      made.reset(pcgHashOf(seed, WORLD_STREAM));
      if (o.examples) agent.replay(transitionsOf(environment, o.examples));
      return made;
    });
    const counters = { time: 0, episodes: 0 };
    const returns = new Float32Array(worldCount);
    return new QLearningRun({ compute, worlds, agent, options, seed, counters, returns });
  }

  /** Goes on exactly where the checkpoint was made. */
  static async resume(compute: Compute, o: ResumeOptions): Promise<QLearningRun> {
    const { environment, checkpoint } = o;
    await checkOrigin(checkpoint, { algorithm: ALGORITHM, environment });
    const options = optionsKept(Q_LEARNING_OPTIONS, checkpoint.options);
    const { kept, counters, seed } = checkpoint;
    const returns = kept['returns'];
    if (!returns) throw new Error("This checkpoint has nothing for 'returns'.");
    const bytes = new Uint8Array(kept['agent']?.buffer ?? new ArrayBuffer(0));
    const loaded = QLearning.load(new TextDecoder().decode(bytes.subarray(0, counters['bytes'])));
    if (!loaded.ok) throw new Error(loaded.message);
    const worlds = await madeOf(async (own) => {
      const made = own(await openWorlds(compute, environment, options));
      made.reset(0);
      await writeKept(compute, buffersOf(made), kept);
      return made;
    });
    return new QLearningRun({
      compute,
      worlds,
      agent: loaded.agent,
      options,
      seed,
      counters: { time: counters['time']!, episodes: counters['episodes']! },
      returns: new Float32Array(returns.buffer),
    });
  }

  get environment(): Environment {
    return this.#parts.worlds.environment;
  }

  get options(): QLearningRunOptions {
    return this.#parts.options;
  }

  get seed(): number {
    return this.#parts.seed;
  }

  get steps(): number {
    return this.#parts.counters.time * this.#parts.options.worldCount;
  }

  get isDone(): boolean {
    return this.steps >= this.#parts.options.stepsMax;
  }

  async iteration(): Promise<Report> {
    const { agent, counters } = this.#parts;
    const ended: number[] = [];
    for (let t = 0; t < STEPS_PER_ITERATION && !this.isDone; t++) {
      ended.push(...(await this.#step()));
      counters.time++;
    }
    counters.episodes += ended.length;
    const { error, epsilon, states } = agent.statistics;
    const meanReturn = ended.length > 0 ? ended.reduce((a, b) => a + b) / ended.length : null;
    const losses = { ...(error === null ? {} : { error }), epsilon, states };
    return { steps: this.steps, episodes: counters.episodes, meanReturn, losses };
  }

  /** One step of every world, and one of learning; the returns of what ended. */
  async #step(): Promise<number[]> {
    const { compute, worlds, agent, returns, options } = this.#parts;
    const { observations, actions, rewards, ends } = worlds.buffers;
    const N = options.worldCount;
    const before = await this.#places(observations);
    const taken = Array.from(before, (state) => agent.act(state, 'mixed'));
    const padded = new Int32Array(actions.bytes / 4);
    padded.set(taken.map(Number));
    compute.write(actions, padded);
    worlds.step();
    const gained = new Float32Array((await compute.read(rewards)).buffer);
    const end = new Uint32Array((await compute.read(ends)).buffer);
    const after = await this.#places(observations);
    const ended: number[] = [];
    for (let n = 0; n < N; n++) {
      if (end[n] === RESET) continue;
      const [reward, terminated] = [gained[n]!, (end[n]! & TERMINATED) !== 0];
      if (!Number.isFinite(reward)) this.#refuse(`the reward of world ${n} is ${reward}`);
      agent.observe({ state: before[n]!, action: taken[n]!, reward, next: after[n]!, terminated });
      returns[n]! += reward;
      if (end[n] === 0) continue;
      ended.push(returns[n]!);
      returns[n] = 0;
    }
    agent.learn();
    return ended;
  }

  #refuse(operator: string): never {
    const { updates } = this.#parts.agent.statistics;
    throw new NotFiniteError({ algorithm: ALGORITHM, update: updates, operator });
  }

  async #places(buffer: VectorEnvironment['buffers']['observations']): Promise<Int32Array> {
    const { compute, options } = this.#parts;
    const bytes = await compute.read(buffer, { byteOffset: 0, bytes: 4 * options.worldCount });
    return new Int32Array(bytes.buffer);
  }

  async checkpoint(): Promise<Uint8Array<ArrayBuffer>> {
    const { compute, worlds, agent, options, seed, counters, returns } = this.#parts;
    const text = new TextEncoder().encode(agent.save());
    const words = new Uint32Array(Math.ceil(text.length / 4));
    new Uint8Array(words.buffer).set(text);
    const { environment } = worlds;
    return encodeTraining({
      algorithm: ALGORITHM,
      environment: environment.id,
      version: await versionOf(environment),
      seed,
      options,
      counters: { ...counters, bytes: text.length },
      kept: {
        ...(await readKept(compute, buffersOf(worlds))),
        agent: words,
        returns: new Uint32Array(returns.slice().buffer),
      },
    });
  }

  /** The table as a layer without bias: `0.weight` [A, S] of Q. */
  weights(): Promise<Record<string, NamedTensor>> {
    const { agent, worlds } = this.#parts;
    const [S, A] = spacesOf(worlds.environment);
    const data = new Float32Array(A * S);
    for (let s = 0; s < S; s++) {
      for (const [action, value] of Object.entries(agent.values(s))) {
        data[Number(action) * S + s] = value;
      }
    }
    const bias = { shape: [A], data: new Float32Array(A) };
    return Promise.resolve({ '0.weight': { shape: [A, S], data }, '0.bias': bias });
  }

  async policyNetwork(): Promise<PolicyNetwork> {
    const { environment } = this;
    return {
      algorithm: ALGORITHM,
      environment: environment.id,
      version: await versionOf(environment),
      ticksPerAction: 1,
      seed: this.seed,
      steps: this.steps,
      activation: 'relu',
      output: 'choice',
      sizes: [...spacesOf(environment)],
      weights: await this.weights(),
    };
  }

  async evaluate(o: EvaluateOptions): Promise<number[]> {
    const { compute, worlds } = this.#parts;
    const policy = policyOf(await this.policyNetwork());
    return returnsOf(compute, { ...o, environment: worlds.environment, policy });
  }

  setOpponents(): Promise<void> {
    return Promise.reject(new Error('An environment with one agent has no opponents.'));
  }

  [Symbol.dispose](): void {
    this.#parts.worlds[Symbol.dispose]();
  }
}

function openWorlds(
  compute: Compute,
  environment: Environment,
  options: QLearningRunOptions,
): Promise<VectorEnvironment> {
  const problem = whyNotTable(environment);
  if (problem !== null) throw new Error(problem);
  checkOptions(Q_LEARNING_OPTIONS, options);
  return VectorEnvironment.create(compute, environment, { worldCount: options.worldCount });
}

/** Examples as the table takes them. Throws where they are not of such an environment. */
function transitionsOf({ id }: Environment, batch: TransitionBatch): Transition[] {
  const [N, D, A] = batch.shape;
  if (D !== 1 || A !== 1) {
    throw new Error(`The examples have ${D} observed numbers and ${A} done; ${id} has 1 and 1.`);
  }
  return Array.from({ length: N }, (_, n) => ({
    state: batch.observations[n]!,
    action: String(batch.actions[n]!),
    reward: batch.rewards[n]!,
    next: batch.nextObservations[n]!,
    terminated: (batch.ends[n]! & TERMINATED) !== 0,
  }));
}

/** What it takes to go on playing exactly so. */
function buffersOf({ buffers }: VectorEnvironment): KeptBuffers {
  const { worlds, observations, ends } = buffers;
  return {
    worlds: { buffer: worlds },
    observations: { buffer: observations },
    ends: { buffer: ends },
  };
}
