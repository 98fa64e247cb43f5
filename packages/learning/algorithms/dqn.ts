/**
 * Deep Q-learning (Mnih et al. 2015, doi 10.1038/nature14236) with double targets (van Hasselt et al.
 * 2016, arXiv 1509.06461), dueling heads (Wang et al. 2016, arXiv 1511.06581), n-step returns and
 * prioritised replay (Schaul et al. 2016, arXiv 1511.05952), on worlds that are stepped side by side.
 * The replay buffer stays on the device. Read from `iteration`. Axes: L actors, D features, B batch.
 */
import type { Compute, ComputeBuffer, Dispatch } from '@dreampitch/compute';
import { type Environment, type Policy, versionOf } from '@dreampitch/sim';
import type { NamedTensor } from '../formats/safetensors.ts';
import { pcgHashOf } from '../random/pcg.ts';
import { mean } from '../tensor/functions.ts';
import { gradients } from '../tensor/gradient.ts';
import {
  abs,
  add,
  argmax,
  concatenate,
  divide,
  equal,
  exp,
  indices,
  input,
  log,
  max,
  maximum,
  minimum,
  multiply,
  reshape,
  slice,
  state,
  stopGradient,
  subtract,
  sum,
} from '../tensor/operators.ts';
import { adam, clipByNorm } from '../tensor/optimisers.ts';
import { Program, type Update } from '../tensor/program.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { whyNoActor } from './actor-space.ts';
import type {
  CreateOptions,
  EvaluateOptions,
  Report,
  ResumeOptions,
  Trainee,
} from './algorithm.ts';
import { checkOrigin, type KeptBuffers, writeKept } from './checkpoint.ts';
import { actProgram, type Networks, QNetwork } from './dqn-networks.ts';
import { DQN_OPTIONS, dqnDefaultsFor, type DqnOptions } from './dqn-options.ts';
import { returnsOf } from './evaluate.ts';
import { notFiniteError, whileFinite } from './finite.ts';
import { initialValues } from './mlp.ts';
import { foldInto } from './normalise.ts';
import { checkOptions } from './options.ts';
import { Play } from './play.ts';
import { type PolicyNetwork, policyOf } from './policy-network.ts';
import { DeviceReplay } from './replay-device.ts';
import { checkpointOf, layersNamed, madeOf, type Own, type Run, statesOf } from './run.ts';

const ALGORITHM = 'dqn';
const [WORLD_STREAM, ACTION_STREAM, SAMPLE_STREAM] = [1, 2, 3] as const;
/** An iteration is rounds of acting and learning, together at least so many steps of all worlds. */
const ITERATION_STEPS = 64;

/** Why it does not learn this environment, in words; null: it does. */
export function whyNotDqn(environment: Environment): string | null {
  const choices = environment.actionSpace.kind === 'discrete';
  const problem = `Deep Q-learning wants choices; actions of ${environment.id} are numbers.`;
  return whyNoActor(environment) ?? (choices ? null : problem);
}

type Parts = Run & {
  readonly options: DqnOptions;
  readonly play: Play;
  readonly replay: DeviceReplay;
  readonly networks: Networks;
  readonly learn: Program;
  readonly act: Program;
  readonly acting: readonly Dispatch[];
  readonly keeping: readonly Dispatch[];
  readonly summing: readonly Dispatch[];
  readonly update: readonly Dispatch[];
  readonly states: KeptBuffers;
};

export class Dqn implements Trainee {
  readonly algorithm = ALGORITHM;
  readonly #parts: Parts;
  #opponents: readonly Policy[];
  #decision: readonly Dispatch[];
  #rows = 0; // decisions of each world
  #episodes = 0;
  #learned = false;

  private constructor(parts: Parts, opponents: readonly Policy[]) {
    this.#parts = parts;
    this.#opponents = opponents;
    this.#decision = decisionOf(parts);
  }

  /** Throws where the environment, the options or the weights to start from do not fit. */
  static async create(compute: Compute, o: CreateOptions): Promise<Dqn> {
    const options = { ...dqnDefaultsFor(o.environment), ...o.options } as DqnOptions;
    const dqn = new Dqn(
      await madeOf((own) => build(own, compute, { ...o, options })),
      o.opponents ?? [],
    );
    const { networks, learn, act, play } = dqn.#parts;
    for (const [name, data] of initialValues(networks.online.parameters.all, o.from)) {
      learn.write(name, data);
      learn.write(name.replace(/^q/, 'target'), data);
    }
    act.write('seed', Uint32Array.of(pcgHashOf(o.seed, ACTION_STREAM)));
    play.reset(pcgHashOf(o.seed, WORLD_STREAM));
    return dqn;
  }

  /** Goes on exactly where the checkpoint was made, its replay buffer included. */
  static async resume(compute: Compute, o: ResumeOptions): Promise<Dqn> {
    const { environment, checkpoint } = o;
    await checkOrigin(checkpoint, { algorithm: ALGORITHM, environment });
    const { seed, counters } = checkpoint;
    const options = checkpoint.options as DqnOptions;
    const dqn = new Dqn(
      await madeOf((own) => build(own, compute, { ...o, seed, options })),
      o.opponents ?? [],
    );
    dqn.#rows = counters['rows']!;
    dqn.#episodes = counters['episodes']!;
    dqn.#learned = counters['learned'] === 1;
    dqn.#parts.play.reset(0); // the target's further worlds, which mean nothing, are worlds as well
    await writeKept(compute, dqn.#kept, checkpoint.kept);
    return dqn;
  }

  /** Rounds of `trainSteps` of play, then `updates` of learning from what is kept. */
  async iteration(): Promise<Report> {
    const { compute, options, learn, play, summing, update } = this.#parts;
    const { worldCount: N, startSteps, trainSteps, stepsMax } = options;
    const rows = Math.max(1, Math.round(trainSteps / N));
    const rounds = Math.max(1, Math.floor(ITERATION_STEPS / (rows * N)));
    const done = Math.min(1, this.steps / stepsMax);
    learn.write('rate', Float32Array.of(options.learningRate * (options.falls ? 1 - done : 1)));
    const { priorityCorrection: beta } = options;
    learn.write('beta', Float32Array.of(beta + done * (1 - beta)));
    for (let round = 0; round < rounds; round++) {
      compute.submit(this.#decision, { times: rows });
      this.#rows += rows;
      if (this.steps < startSteps || this.#rows < options.nStep) continue;
      compute.submit(summing);
      compute.submit(update, { times: options.updates });
      this.#learned = true;
    }
    const [loss, value, broken, count] = await learn.read('report');
    if (broken === 1) throw await notFiniteError(learn, { algorithm: ALGORITHM, update: count! });
    const { episodes, meanReturn } = await play.takeTally();
    this.#episodes += episodes;
    const losses: Record<string, number> = this.#learned ? { loss: loss!, value: value! } : {};
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
      episodes: this.#episodes,
      learned: this.#learned ? 1 : 0,
    };
    return checkpointOf(this.#parts, { counters, buffers: this.#kept });
  }

  async weights(): Promise<Record<string, NamedTensor>> {
    const { networks, learn } = this.#parts;
    const named: Record<string, NamedTensor> = {};
    for (const { name, tensor } of networks.online.parameters.all) {
      named[name] = { shape: tensor.shape, data: await learn.read(name) };
    }
    return named;
  }

  /** The best choice has the largest advantage, so the value's head is left out. */
  async policyNetwork(): Promise<PolicyNetwork> {
    const { environment, options, play } = this.#parts;
    const { bounds } = play.actors.space;
    const { weights, sizes } = layersNamed(await this.weights(), 'q');
    foldInto(weights, { mean: () => 0, spread: (d) => bounds[d]! });
    return {
      algorithm: ALGORITHM,
      environment: environment.id,
      version: await versionOf(environment),
      ticksPerAction: options.ticksPerAction,
      seed: this.seed,
      steps: this.steps,
      activation: 'relu',
      output: 'choice',
      sizes,
      weights,
    };
  }

  async setOpponents(opponents: readonly Policy[]): Promise<void> {
    await this.#parts.play.setOpponents(opponents);
    this.#opponents = opponents;
    this.#decision = decisionOf(this.#parts);
  }

  get environment(): Environment {
    return this.#parts.environment;
  }

  get options(): DqnOptions {
    return this.#parts.options;
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
    const { act, learn, replay, play } = this.#parts;
    for (const part of [act, learn, replay, play]) part[Symbol.dispose]();
  }

  get #kept(): KeptBuffers {
    const { states, play, replay } = this.#parts;
    return { ...states, ...play.kept, ...replay.kept(this.#rows) };
  }
}

function decisionOf({ play, acting, keeping }: Parts): Dispatch[] {
  return [...play.decision(acting), ...keeping];
}

async function build(
  own: Own,
  compute: Compute,
  o: Pick<CreateOptions, 'environment' | 'seed' | 'opponents'> & { options: DqnOptions },
): Promise<Parts> {
  const { environment, options, seed, opponents = [] } = o;
  const problem = whyNotDqn(environment);
  if (problem !== null) throw new Error(problem);
  checkOptions(DQN_OPTIONS, options);
  const { worldCount, ticksPerAction, batchSize, capacity, nStep, discount } = options;
  const shape = { environment, worldCount, ticksPerAction, opponents, keepsAfter: true };
  const play = own(await Play.create(compute, shape));
  const { space } = play.actors;
  const replay = own(
    DeviceReplay.create(play, {
      capacity,
      actionWords: 1,
      batchSize,
      nStep,
      discount,
      priorityPower: options.prioritised ? options.priorityPower : null,
      seed: pcgHashOf(seed, SAMPLE_STREAM),
    }),
  );
  const sizes = [space.inputs, ...options.hidden, space.count];
  const bounds = state('seen.bounds', [space.inputs]);
  const shaped = { sizes, bounds, dueling: options.dueling, seed };
  const network = (name: string) => new QNetwork(name, shaped);
  const networks: Networks = { online: network('q'), target: network('target') };
  const learning = await learnProgram(compute, { networks, batch: replay.batch, options });
  const learn = own(learning.program);
  learn.write('seen.bounds', space.bounds);
  const acting = await actProgram(compute, { networks, play, replay, learn, options });
  const act = own(acting.program);
  const [updates, broken] = [learn.buffer('updates'), learn.buffer('broken')];
  const sources = { drawn: act.buffer('choices'), updates, broken };
  const { before, after } = await replay.keeping(sources);
  const decide = await play.actors.decide(act.buffer('choices'));
  const errors = learn.buffer('errors');
  return {
    algorithm: ALGORITHM,
    compute,
    environment,
    options,
    seed,
    play,
    replay,
    networks,
    learn,
    act,
    acting: [play.actors.see, ...before, ...act.dispatches, decide],
    keeping: after,
    summing: await replay.summing(sources),
    update: [
      ...(await replay.drawing(sources)),
      ...learn.dispatches,
      ...(await replay.learning({ ...sources, errors })),
    ],
    states: { ...statesOf(learn, learning.updates), ...statesOf(act, acting.updates) },
  };
}

/** The error of Q (Huber's, beyond errorMax) against the return and the target network's value after it. */
async function learnProgram(
  compute: Compute,
  o: { networks: Networks; batch: Readonly<Record<string, ComputeBuffer>>; options: DqnOptions },
): Promise<{ program: Program; updates: readonly Update[] }> {
  const { networks, batch, options } = o;
  const { online, target } = networks;
  const B = options.batchSize;
  const D = online.parameters.all[0]!.tensor.shape[1]!;
  const [seen, after] = [input('batchSeen', [B, D]), input('batchAfter', [B, D])];
  const taken = input('batchDrawn', [B], 'u32');
  const outcome = input('batchOutcome', [B, 4]);
  const column = (i: number) => reshape(slice(outcome, { axis: 1, start: i, end: i + 1 }), [B]);
  const [total, factor, counts, chance] = [0, 1, 2, 3].map(column) as [
    Tensor,
    Tensor,
    Tensor,
    Tensor,
  ];

  const later = target.q(after);
  const best = argmax(options.double ? online.q(after) : later);
  const wanted = stopGradient(add(total, multiply(factor, chosen(later, best))));
  const now = chosen(online.q(seen), taken);
  const off = abs(subtract(now, wanted));
  const near = minimum(off, options.errorMax);
  const huber = multiply(near, subtract(off, multiply(near, 0.5)));
  // Importance sampling weights (Schaul et al., section 3.4), of which the largest is 1.
  const beta = input('beta', []);
  const made = exp(multiply(log(maximum(chance, 1e-20)), multiply(beta, -1)));
  const weights = options.prioritised ? divide(made, max(made)) : counts;
  const loss = divide(sum(multiply(huber, multiply(weights, counts))), maximum(sum(counts), 1));

  const parameters = online.parameters.all;
  const slopes = gradients(
    loss,
    parameters.map(({ tensor }) => tensor),
  );
  const { clipped, norm } = clipByNorm(slopes, options.gradientNormMax);
  const trained = parameters.map(({ name, tensor }, i) => {
    return { name, weight: tensor, gradient: clipped[i]! };
  });
  const steps = adam(trained, { rate: input('rate', []) });
  const followed = parameters.map(({ tensor }, i) => {
    const { value } = steps.find((update) => update.state === tensor)!;
    const old = target.parameters.all[i]!.tensor;
    return { state: old, value: add(old, multiply(subtract(value, old), options.targetShare)) };
  });
  const updates = whileFinite([...steps, ...followed], [loss, norm]);
  const [count, broken] = updates.slice(-2).map(({ value }) => value) as [Tensor, Tensor];
  const reported = [loss, mean(now), broken, count];
  const report = concatenate(
    reported.map((one) => reshape(one, [1])),
    0,
  );
  const outputs = { report, errors: multiply(off, 1), beta };
  return { program: await Program.create(compute, { outputs, updates, bound: batch }), updates };
}

/** Of each row [B, choices] the element of its choice, u32 [B]. */
function chosen(q: Tensor, choice: Tensor): Tensor {
  const [B, count] = q.shape as [number, number];
  const isChosen = equal(indices([count]), reshape(choice, [B, 1]));
  return sum(multiply(q, isChosen), { axes: [1] });
}
