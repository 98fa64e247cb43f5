/**
 * A run of an algorithm that learns from a replay buffer: rounds of play, each followed by updates from
 * what is kept. All that deep Q-learning and soft actor-critic do alike; their own files say what they
 * learn. The replay buffer stays on the device. Read from `iteration`. Axes: L actors, D features.
 */
import type { Compute, ComputeBuffer, Dispatch } from '@dreampitch/compute';
import { type Environment, type Policy, versionOf } from '@dreampitch/sim';
import type { TransitionBatch } from '../datasets/transitions.ts';
import type { NamedTensor } from '../formats/safetensors.ts';
import { pcgHashOf } from '../random/pcg.ts';
import type { Program } from '../tensor/program.ts';
import type { ActorSpace } from './actor-space.ts';
import type {
  CreateOptions,
  EvaluateOptions,
  Report,
  ResumeOptions,
  Trainee,
} from './algorithm.ts';
import { checkOrigin, type KeptBuffers, writeKept } from './checkpoint.ts';
import { returnsOf } from './evaluate.ts';
import { examplesOf } from './examples.ts';
import { notFiniteError } from './finite.ts';
import { initialValues, type Parameter } from './mlp.ts';
import { foldInto } from './normalise.ts';
import { checkOptions, type Options, optionsKept, type OptionTable } from './options.ts';
import { Play } from './play.ts';
import { type PolicyNetwork, type PolicyOutput, policyOf } from './policy-network.ts';
import { DeviceReplay, type DeviceReplayOptions } from './replay-device.ts';
import { checkpointOf, layersNamed, madeOf, type Own, type Run } from './run.ts';

/** Options that every table of such an algorithm has. */
export type ReplayOptions = Options & {
  readonly stepsMax: number;
  readonly worldCount: number;
  readonly ticksPerAction: number;
  readonly startSteps: number;
  readonly trainSteps: number;
  readonly updates: number;
  readonly batchSize: number;
  readonly capacity: number;
  readonly discount: number;
};

/** What an algorithm is, beside what all of them do. */
export type ReplayAlgorithm<O extends ReplayOptions> = {
  readonly id: string;
  readonly options: OptionTable;
  /** An iteration is rounds of play and updates, together at least so many steps of all worlds. */
  readonly iterationSteps: number;
  /** Of the program's output `report`, in order; behind them it has `broken` and `updates` (finite.ts). */
  readonly losses: readonly string[];
  defaultsFor(environment: Environment): O;
  /** Why it does not learn this environment, in words; null: it does. */
  whyNot(environment: Environment): string | null;
  remembers(
    options: O,
    space: ActorSpace,
  ): Pick<DeviceReplayOptions, 'actionWords' | 'nStep' | 'priorityPower'>;
  /** Every learned tensor that is worth keeping for another run, with its first values. */
  parameters(options: O, space: ActorSpace, seed: number): readonly Parameter[];
  /** Makes its programs; what it makes is the caller's, by `own`. */
  build(own: Own, compute: Compute, o: BuildOptions<O>): Promise<Method>;
};

export type BuildOptions<O> = {
  readonly options: O;
  readonly seed: number; // u32
  readonly play: Play;
  readonly replay: DeviceReplay;
};

export type Method = {
  /** One update from a batch; its states are the weights. */
  readonly learn: Program;
  /** What actors do, from what they see. */
  readonly act: Program;
  readonly decided: ComputeBuffer; // u32 [L] of choices or f32 [L, A] of numbers, of `act`
  /** Absolute errors [B], by which steps are drawn; null: it draws uniformly. */
  readonly errors: ComputeBuffer | null;
  /** All that both programs go on from. */
  readonly states: KeptBuffers;
  /** Layers `name.0`, `name.1`, ... among these states of `learn` are what plays. */
  readonly playing: {
    readonly name: string;
    readonly parameters: readonly Parameter[];
    readonly output: PolicyOutput;
  };
  /** States of `learn` that begin as the parameter of this name does, beside the one of that name. */
  followersOf(parameter: string): readonly string[];
  /** Before the first step, to draw what chance decides in its programs. */
  begin(): void;
  /** Before updates, with the share of the run that is done, 0 .. 1. */
  schedule(done: number): void;
  /** Steps of a return then, from 1 to those that it remembers for. */
  nStepAt(done: number): number;
};

type Parts = Run & {
  readonly options: ReplayOptions;
  readonly opponents: readonly Policy[];
  readonly play: Play;
  readonly replay: DeviceReplay;
  readonly method: Method;
  readonly parameters: readonly Parameter[];
  readonly acting: readonly Dispatch[];
  readonly keeping: readonly Dispatch[];
  readonly summing: readonly Dispatch[];
  /** By steps of a return. */
  readonly updates: ReadonlyMap<number, readonly Dispatch[]>;
};

const [WORLD_STREAM, SAMPLE_STREAM] = [1, 3] as const;

export class ReplayRun<O extends ReplayOptions> implements Trainee {
  readonly #of: ReplayAlgorithm<O>;
  readonly #parts: Parts;
  #opponents: readonly Policy[];
  #decision: readonly Dispatch[];
  #rows = 0; // decisions of each world
  #exampleRows = 0; // of the replay buffer, filled before
  #episodes = 0;
  #learned = false;

  private constructor(of: ReplayAlgorithm<O>, parts: Parts) {
    this.#of = of;
    this.#parts = parts;
    this.#opponents = parts.opponents;
    this.#decision = decisionOf(parts);
  }

  /** Throws where the environment, the options, the weights or the examples do not fit. */
  static async create<O extends ReplayOptions>(
    of: ReplayAlgorithm<O>,
    compute: Compute,
    o: CreateOptions,
  ): Promise<ReplayRun<O>> {
    const options = { ...of.defaultsFor(o.environment), ...o.options } as O;
    return await madeOf(async (own) => {
      const parts = await build(own, of, compute, { ...o, options });
      const run = new ReplayRun(of, parts);
      const { method, play, parameters } = parts;
      for (const [name, data] of initialValues(parameters, o.from)) {
        for (const one of [name, ...method.followersOf(name)]) method.learn.write(one, data);
      }
      method.begin();
      play.reset(pcgHashOf(o.seed, WORLD_STREAM));
      if (o.examples) run.#remember(o.examples);
      return run;
    });
  }

  /** Goes on exactly where the checkpoint was made, its replay buffer included. */
  static async resume<O extends ReplayOptions>(
    of: ReplayAlgorithm<O>,
    compute: Compute,
    o: ResumeOptions,
  ): Promise<ReplayRun<O>> {
    const { environment, checkpoint } = o;
    await checkOrigin(checkpoint, { algorithm: of.id, environment });
    const { seed, counters } = checkpoint;
    const options = optionsKept(of.options, checkpoint.options) as O;
    return await madeOf(async (own) => {
      const run = new ReplayRun(of, await build(own, of, compute, { ...o, seed, options }));
      run.#rows = counters['rows']!;
      run.#exampleRows = counters['exampleRows'] ?? 0;
      run.#episodes = counters['episodes']!;
      run.#learned = counters['learned'] === 1;
      const { play, replay } = run.#parts;
      play.reset(0); // the target's further worlds, which mean nothing, are worlds as well
      replay.beginAfter(run.#exampleRows);
      await writeKept(compute, run.#kept, checkpoint.kept);
      return run;
    });
  }

  /** Rounds of `trainSteps` of play, then `updates` of learning from what is kept. */
  async iteration(): Promise<Report> {
    const { compute, options, method, play, summing, updates } = this.#parts;
    const { worldCount: N, startSteps, trainSteps, stepsMax } = options;
    const rows = Math.max(1, Math.round(trainSteps / N));
    const rounds = Math.max(1, Math.floor(this.#of.iterationSteps / (rows * N)));
    const done = Math.min(1, this.steps / stepsMax);
    method.schedule(done);
    const update = updates.get(method.nStepAt(done))!;
    for (let round = 0; round < rounds; round++) {
      compute.submit(this.#decision, { times: rows });
      this.#rows += rows;
      if (this.#keptRows * N < startSteps || this.#keptRows < this.#parts.replay.rowsMin) continue;
      if (summing.length > 0) compute.submit(summing);
      compute.submit(update, { times: options.updates });
      this.#learned = true;
    }
    const report = [...(await method.learn.read('report'))];
    const [broken, count] = report.slice(this.#of.losses.length) as [number, number];
    if (broken === 1) {
      throw await notFiniteError(method.learn, { algorithm: this.algorithm, update: count });
    }
    const { episodes, meanReturn } = await play.takeTally();
    this.#episodes += episodes;
    const named = this.#of.losses.map((name, i) => [name, report[i]!]);
    const losses = this.#learned ? (Object.fromEntries(named) as Record<string, number>) : {};
    return { steps: this.steps, episodes: this.#episodes, meanReturn, losses };
  }

  async evaluate(o: EvaluateOptions): Promise<number[]> {
    const { compute, environment } = this.#parts;
    const policy = policyOf(await this.policyNetwork());
    return await returnsOf(compute, { ...o, environment, policy, opponents: this.#opponents });
  }

  checkpoint(): Promise<Uint8Array<ArrayBuffer>> {
    const counters = {
      rows: this.#rows,
      exampleRows: this.#exampleRows,
      episodes: this.#episodes,
      learned: this.#learned ? 1 : 0,
    };
    return checkpointOf(this.#parts, { counters, buffers: this.#kept });
  }

  weights(): Promise<Record<string, NamedTensor>> {
    return this.#read(this.#parts.parameters);
  }

  async #read(parameters: readonly Parameter[]): Promise<Record<string, NamedTensor>> {
    const named: Record<string, NamedTensor> = {};
    for (const { name, tensor } of parameters) {
      named[name] = { shape: tensor.shape, data: await this.#parts.method.learn.read(name) };
    }
    return named;
  }

  async policyNetwork(): Promise<PolicyNetwork> {
    const { environment, options, play, method } = this.#parts;
    const { bounds } = play.actors.space;
    const { name, parameters, output } = method.playing;
    const { weights, sizes } = layersNamed(await this.#read(parameters), name);
    foldInto(weights, { mean: () => 0, spread: (d) => bounds[d]! });
    return {
      algorithm: this.algorithm,
      environment: environment.id,
      version: await versionOf(environment),
      ticksPerAction: options.ticksPerAction,
      seed: this.seed,
      steps: this.steps,
      activation: 'relu',
      output,
      sizes,
      weights,
    };
  }

  async setOpponents(opponents: readonly Policy[]): Promise<void> {
    await this.#parts.play.setOpponents(opponents);
    this.#opponents = opponents;
    this.#decision = decisionOf(this.#parts);
  }

  get algorithm(): string {
    return this.#of.id;
  }

  get environment(): Environment {
    return this.#parts.environment;
  }

  get options(): O {
    return this.#parts.options as O;
  }

  get seed(): number {
    return this.#parts.seed;
  }

  get steps(): number {
    return this.#rows * this.#parts.options.worldCount;
  }

  get isDone(): boolean {
    return this.steps >= this.#parts.options.stepsMax;
  }

  [Symbol.dispose](): void {
    const { method, replay, play } = this.#parts;
    for (const part of [method.act, method.learn, replay, play]) part[Symbol.dispose]();
  }

  get #keptRows(): number {
    return this.#exampleRows + this.#rows;
  }

  get #kept(): KeptBuffers {
    const { method, play, replay } = this.#parts;
    return { ...method.states, ...play.kept, ...replay.kept(this.#keptRows) };
  }

  /** The replay buffer begins with the examples, which count among the first steps. */
  #remember(batch: TransitionBatch): void {
    const { environment, options, play, replay } = this.#parts;
    const problem = whyNotRemembered(options);
    if (problem !== null) throw new Error(problem);
    this.#exampleRows = replay.startWith(examplesOf(environment, play.actors.space, batch));
  }
}

/** Why a run with these options cannot start from kept examples, in words; null: it can. */
export function whyNotRemembered({ ticksPerAction }: Options): string | null {
  if (ticksPerAction === 1) return null;
  return (
    `Kept examples are decisions of one tick each; this run holds its actions for ` +
    `${String(ticksPerAction)}. Choose 1 tick per decision to start from them.`
  );
}

function decisionOf({ play, acting, keeping }: Parts): Dispatch[] {
  return [...play.decision(acting), ...keeping];
}

async function build<O extends ReplayOptions>(
  own: Own,
  of: ReplayAlgorithm<O>,
  compute: Compute,
  o: Pick<CreateOptions, 'environment' | 'seed' | 'opponents' | 'keep'> & { options: O },
): Promise<Parts> {
  const { environment, options, seed, opponents = [], keep } = o;
  const problem = of.whyNot(environment);
  if (problem !== null) throw new Error(problem);
  if (keep) throw new Error(`Only PPO and behaviour cloning keep old tasks; ${of.id} does not.`);
  checkOptions(of.options, options);
  const { worldCount, ticksPerAction, batchSize, capacity, discount } = options;
  const shape = { environment, worldCount, ticksPerAction, opponents, keepsAfter: true };
  const play = own(await Play.create(compute, shape));
  const remembered = {
    ...of.remembers(options, play.actors.space),
    capacity,
    batchSize,
    discount,
    seed: pcgHashOf(seed, SAMPLE_STREAM),
  };
  const replay = own(DeviceReplay.create(play, remembered));
  const method = await of.build(own, compute, { options, seed, play, replay });
  const { learn, act, decided, errors } = method;
  learn.write('seen.bounds', play.actors.space.bounds);
  const [updates, broken] = [learn.buffer('updates'), learn.buffer('broken')];
  const sources = { drawn: decided, updates, broken };
  const { before, after } = await replay.keeping(sources);
  const decide = await play.actors.decide(decided);
  const run: Run = { algorithm: of.id, compute, environment, options, seed };
  const updatesBy = new Map<number, readonly Dispatch[]>();
  for (let n = method.nStepAt(0); n >= method.nStepAt(1); n--) {
    updatesBy.set(n, [
      ...(await replay.drawing(sources, n)),
      ...learn.dispatches,
      ...(errors ? await replay.learning({ ...sources, errors }) : []),
    ]);
  }
  return {
    ...run,
    options,
    opponents,
    play,
    replay,
    method,
    parameters: of.parameters(options, play.actors.space, seed),
    acting: [play.actors.see, ...before, ...act.dispatches, decide],
    keeping: after,
    summing: await replay.summing(sources),
    updates: updatesBy,
  };
}
