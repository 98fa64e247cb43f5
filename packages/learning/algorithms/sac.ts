/**
 * Soft actor-critic (Haarnoja et al. 2018, arXiv 1812.05905): numbers from a squashed normal
 * distribution, two critics with slow targets, and a temperature that keeps the entropy where it should
 * be, on worlds that are stepped side by side. The replay buffer stays on the device. Read from
 * `iteration`. Axes: L actors, D features, A numbers, B batch.
 */
import type { Compute, ComputeBuffer, Dispatch } from '@dreampitch/compute';
import { type Environment, type Policy, versionOf } from '@dreampitch/sim';
import type { NamedTensor } from '../formats/safetensors.ts';
import { pcgHashOf } from '../random/pcg.ts';
import { square } from '../tensor/functions.ts';
import { gradients } from '../tensor/gradient.ts';
import {
  add,
  concatenate,
  divide,
  exp,
  input,
  maximum,
  minimum,
  multiply,
  negate,
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
import { returnsOf } from './evaluate.ts';
import { notFiniteError, whileFinite } from './finite.ts';
import { initialValues, type Parameter } from './mlp.ts';
import { foldInto } from './normalise.ts';
import { checkOptions } from './options.ts';
import { Play } from './play.ts';
import { type PolicyNetwork, policyOf } from './policy-network.ts';
import { DeviceReplay } from './replay-device.ts';
import { checkpointOf, layersNamed, madeOf, type Own, type Run, statesOf } from './run.ts';
import { actProgram, type Networks, networksOf } from './sac-networks.ts';
import { SAC_OPTIONS, sacDefaultsFor, type SacOptions } from './sac-options.ts';

const ALGORITHM = 'sac';
const [WORLD_STREAM, ACTION_STREAM, SAMPLE_STREAM, LEARN_STREAM] = [1, 2, 3, 4] as const;
/** An iteration is rounds of acting and learning, together at least so many steps of all worlds. */
const ITERATION_STEPS = 32;

/** Why it does not learn this environment, in words; null: it does. */
export function whyNotSac(environment: Environment): string | null {
  const numbers = environment.actionSpace.kind === 'box';
  const problem = `Soft actor-critic wants numbers; actions of ${environment.id} are choices.`;
  return whyNoActor(environment) ?? (numbers ? null : problem);
}

type Parts = Run & {
  readonly options: SacOptions;
  readonly play: Play;
  readonly replay: DeviceReplay;
  readonly networks: Networks;
  readonly learn: Program;
  readonly act: Program;
  readonly acting: readonly Dispatch[];
  readonly keeping: readonly Dispatch[];
  readonly update: readonly Dispatch[];
  readonly states: KeptBuffers;
};

export class Sac implements Trainee {
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
  static async create(compute: Compute, o: CreateOptions): Promise<Sac> {
    const options = { ...sacDefaultsFor(o.environment), ...o.options } as SacOptions;
    const sac = new Sac(
      await madeOf((own) => build(own, compute, { ...o, options })),
      o.opponents ?? [],
    );
    const { networks, learn, act, play } = sac.#parts;
    for (const [name, data] of initialValues(learnedOf(networks), o.from)) {
      learn.write(name, data);
      if (name.startsWith('critic')) learn.write(name.replace('critic', 'target'), data);
    }
    act.write('seed', Uint32Array.of(pcgHashOf(o.seed, ACTION_STREAM)));
    learn.write('noise', Uint32Array.of(pcgHashOf(o.seed, LEARN_STREAM)));
    play.reset(pcgHashOf(o.seed, WORLD_STREAM));
    return sac;
  }

  /** Goes on exactly where the checkpoint was made, its replay buffer included. */
  static async resume(compute: Compute, o: ResumeOptions): Promise<Sac> {
    const { environment, checkpoint } = o;
    await checkOrigin(checkpoint, { algorithm: ALGORITHM, environment });
    const { seed, counters } = checkpoint;
    const options = checkpoint.options as SacOptions;
    const sac = new Sac(
      await madeOf((own) => build(own, compute, { ...o, seed, options })),
      o.opponents ?? [],
    );
    sac.#rows = counters['rows']!;
    sac.#episodes = counters['episodes']!;
    sac.#learned = counters['learned'] === 1;
    sac.#parts.play.reset(0); // the target's further worlds, which mean nothing, are worlds as well
    await writeKept(compute, sac.#kept, checkpoint.kept);
    return sac;
  }

  /** Rounds of `trainSteps` of play, then `updates` of learning from what is kept. */
  async iteration(): Promise<Report> {
    const { compute, options, learn, play, update } = this.#parts;
    const { worldCount: N, startSteps, trainSteps, stepsMax } = options;
    const rows = Math.max(1, Math.round(trainSteps / N));
    const rounds = Math.max(1, Math.floor(ITERATION_STEPS / (rows * N)));
    const left = options.falls ? Math.max(0, 1 - this.steps / stepsMax) : 1;
    learn.write('rate', Float32Array.of(options.learningRate * left));
    for (let round = 0; round < rounds; round++) {
      compute.submit(this.#decision, { times: rows });
      this.#rows += rows;
      if (this.steps < startSteps) continue;
      compute.submit(update, { times: options.updates });
      this.#learned = true;
    }
    const [critic, actor, entropy, alpha, broken, count] = await learn.read('report');
    if (broken === 1) throw await notFiniteError(learn, { algorithm: ALGORITHM, update: count! });
    const { episodes, meanReturn } = await play.takeTally();
    this.#episodes += episodes;
    const values = { critic: critic!, actor: actor!, entropy: entropy!, temperature: alpha! };
    const losses: Record<string, number> = this.#learned ? values : {};
    return { steps: this.steps, episodes: this.#episodes, meanReturn, losses };
  }

  async evaluate(o: EvaluateOptions): Promise<number[]> {
    const { compute, environment } = this.#parts;
    const policy = policyOf(await this.policyNetwork());
    return await returnsOf(compute, { ...o, environment, policy, opponents: this.#opponents });
  }

  checkpoint(): Promise<Uint8Array<ArrayBuffer>> {
    const learned = this.#learned ? 1 : 0;
    const counters = { rows: this.#rows, episodes: this.#episodes, learned };
    return checkpointOf(this.#parts, { counters, buffers: this.#kept });
  }

  async weights(): Promise<Record<string, NamedTensor>> {
    const { networks, learn } = this.#parts;
    const named: Record<string, NamedTensor> = {};
    for (const { name, tensor } of learnedOf(networks)) {
      named[name] = { shape: tensor.shape, data: await learn.read(name) };
    }
    return named;
  }

  async policyNetwork(): Promise<PolicyNetwork> {
    const { environment, options, play } = this.#parts;
    const { bounds } = play.actors.space;
    const { weights, sizes } = layersNamed(await this.weights(), 'actor');
    foldInto(weights, { mean: () => 0, spread: (d) => bounds[d]! });
    return {
      algorithm: ALGORITHM,
      environment: environment.id,
      version: await versionOf(environment),
      ticksPerAction: options.ticksPerAction,
      seed: this.seed,
      steps: this.steps,
      activation: 'relu',
      output: 'squashed',
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

  get options(): SacOptions {
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

/** What gradients or targets change, as far as it is worth keeping for another run. */
function learnedOf({ actor, critics, temperature }: Networks): readonly Parameter[] {
  return [...actor.parameters, ...critics.parameters, temperature];
}

async function build(
  own: Own,
  compute: Compute,
  o: Pick<CreateOptions, 'environment' | 'seed' | 'opponents'> & { options: SacOptions },
): Promise<Parts> {
  const { environment, options, seed, opponents = [] } = o;
  const problem = whyNotSac(environment);
  if (problem !== null) throw new Error(problem);
  checkOptions(SAC_OPTIONS, options);
  const { worldCount, ticksPerAction, batchSize, capacity, discount } = options;
  const shape = { environment, worldCount, ticksPerAction, opponents, keepsAfter: true };
  const play = own(await Play.create(compute, shape));
  const { space } = play.actors;
  const replay = own(
    DeviceReplay.create(play, {
      capacity,
      actionWords: space.count,
      batchSize,
      nStep: 1,
      discount,
      priorityPower: null,
      seed: pcgHashOf(seed, SAMPLE_STREAM),
    }),
  );
  const networks = networksOf(space, options, seed);
  const learning = await learnProgram(compute, { networks, batch: replay.batch, options });
  const learn = own(learning.program);
  learn.write('seen.bounds', space.bounds);
  const acting = await actProgram(compute, {
    actor: networks.actor,
    play,
    replay,
    learn,
    options,
  });
  const act = own(acting.program);
  const [updates, broken] = [learn.buffer('updates'), learn.buffer('broken')];
  const sources = { drawn: act.buffer('numbers'), updates, broken };
  const { before, after } = await replay.keeping(sources);
  const decide = await play.actors.decide(act.buffer('numbers'));
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
    update: [...(await replay.drawing(sources)), ...learn.dispatches],
    states: {
      [networks.temperature.name]: { buffer: learn.buffer(networks.temperature.name) },
      ...statesOf(learn, learning.updates),
      ...statesOf(act, acting.updates),
    },
  };
}

/** Algorithm 1 of the paper, one gradient step. */
async function learnProgram(
  compute: Compute,
  o: { networks: Networks; batch: Readonly<Record<string, ComputeBuffer>>; options: SacOptions },
): Promise<{ program: Program; updates: readonly Update[] }> {
  const { networks, batch, options } = o;
  const { actor, critics, targets, temperature } = networks;
  const B = options.batchSize;
  const D = actor.parameters[0]!.tensor.shape[1]!;
  const A = critics.parameters[0]!.tensor.shape[1]! - D;
  const [seen, after] = [input('batchSeen', [B, D]), input('batchAfter', [B, D])];
  const taken = input('batchDrawn', [B, A]);
  const outcome = input('batchOutcome', [B, 4]);
  const column = (i: number) => reshape(slice(outcome, { axis: 1, start: i, end: i + 1 }), [B]);
  const [gained, factor, counts] = [0, 1, 2].map(column) as [Tensor, Tensor, Tensor];
  const counted = maximum(sum(counts), 1);
  const average = (x: Tensor) => divide(sum(multiply(x, counts)), counted);
  const noise = state('noise', [], 'u32');
  const alpha = stopGradient(exp(temperature.tensor));

  // Equations 5 and 6: the critics towards the reward and the soft value of what follows.
  const next = actor.draw(after, { seed: noise, stream: 0 });
  const later = minimum(...targets.q(after, next.action));
  const soft = subtract(later, multiply(alpha, next.logChance));
  const wanted = stopGradient(add(gained, multiply(factor, soft)));
  const errors = critics.q(seen, taken).map((q) => average(square(subtract(q, wanted))));
  const criticLoss = multiply(add(errors[0]!, errors[1]!), 0.5);
  // Equation 9: the actor towards what the critics hold for good, and towards chance.
  const now = actor.draw(seen, { seed: noise, stream: 1 });
  const better = minimum(...critics.q(seen, now.action));
  const actorLoss = average(subtract(multiply(alpha, now.logChance), better));
  // Equation 18: the temperature towards an entropy of -1 per number.
  const entropy = negate(average(now.logChance));
  const off = stopGradient(add(entropy, A));
  const temperatureLoss = multiply(temperature.tensor, off);

  const learned: [Tensor, readonly Parameter[]][] = [
    [criticLoss, critics.parameters],
    [actorLoss, actor.parameters],
  ];
  if (options.temperature === 0) learned.push([temperatureLoss, [temperature]]);
  const trained = learned.flatMap(([loss, parameters]) => {
    const weights = parameters.map(({ tensor }) => tensor);
    return gradients(loss, weights).map((gradient, i) => {
      return { name: parameters[i]!.name, weight: weights[i]!, gradient };
    });
  });
  const steps = adam(trained, { rate: input('rate', []) });
  const followed = critics.parameters.map(({ tensor }, i) => {
    const { value } = steps.find((update) => update.state === tensor)!;
    const old = targets.parameters[i]!.tensor;
    return { state: old, value: add(old, multiply(subtract(value, old), options.targetShare)) };
  });
  const drawn = { state: noise, value: add(noise, 1) };
  const { norm } = clipByNorm(
    trained.map(({ gradient }) => gradient),
    1,
  );
  const updates = whileFinite([...steps, ...followed, drawn], [criticLoss, actorLoss, norm]);
  const [count, broken] = updates.slice(-2).map(({ value }) => value) as [Tensor, Tensor];
  const reported = [criticLoss, actorLoss, entropy, exp(temperature.tensor), broken, count];
  const report = concatenate(
    reported.map((one) => reshape(one, [1])),
    0,
  );
  return {
    program: await Program.create(compute, { outputs: { report }, updates, bound: batch }),
    updates,
  };
}
