/**
 * Behaviour cloning (Pomerleau 1991, doi 10.1162/neco.1991.3.1.88): a network learns to do what was
 * done, from what was seen then, be it by people or by other players. It plays by itself, and its
 * weights are names and shapes that proximal policy optimisation goes on from. Axes: N examples, D
 * features, B batch, A numbers.
 */
import type { Compute } from '@dreampitch/compute';
import { type Environment, type Policy, versionOf } from '@dreampitch/sim';
import { checkResumed, type Keep, keepTerms } from '../continual/keep.ts';
import type { NamedTensor } from '../formats/safetensors.ts';
import { pcgHashOf } from '../random/pcg.ts';
import { crossEntropy, meanSquaredError } from '../tensor/functions.ts';
import { gradients } from '../tensor/gradient.ts';
import { add, gather, input, reshape } from '../tensor/operators.ts';
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
import { CLONING_DEFAULTS, CLONING_OPTIONS, type CloningOptions } from './cloning-options.ts';
import { returnsOf } from './evaluate.ts';
import { type Examples, examplesOf } from './examples.ts';
import { learningProgram, notFiniteError } from './finite.ts';
import { initialValues, type Layer, type Parameter, Parameters, through } from './mlp.ts';
import { checkOptions, optionsKept } from './options.ts';
import { type PolicyNetwork, policyOf } from './policy-network.ts';
import { checkpointOf, layersNamed, madeOf, type Own, type Run, statesOf } from './run.ts';

const ALGORITHM = 'cloning';
const UPDATES_PER_ITERATION = 32;
const GRADIENT_NORM_MAX = 1;

type Parts = Run & {
  readonly options: CloningOptions;
  readonly space: ActorSpace;
  readonly examples: Examples;
  readonly parameters: readonly Parameter[];
  readonly learn: Program;
  readonly judge: Program | null;
  readonly states: KeptBuffers;
};

export class BehaviourCloning implements Trainee {
  readonly algorithm = ALGORITHM;
  readonly #parts: Parts;
  #opponents: readonly Policy[];
  #updates = 0;

  private constructor(parts: Parts, opponents: readonly Policy[]) {
    this.#parts = parts;
    this.#opponents = opponents;
  }

  /** Throws where there are no examples, or they, the options or the weights do not fit. */
  static create(compute: Compute, o: CreateOptions): Promise<BehaviourCloning> {
    const options = { ...CLONING_DEFAULTS, ...o.options } as CloningOptions;
    return madeOf(async (own) => {
      const parts = await build(own, compute, { ...o, options });
      const first = initialValues(parts.parameters, o.from);
      for (const [name, data] of first) parts.learn.write(name, data);
      return new BehaviourCloning(parts, o.opponents ?? []);
    });
  }

  /** Goes on exactly where the checkpoint was made, given the same examples in the same order. */
  static async resume(compute: Compute, o: ResumeOptions): Promise<BehaviourCloning> {
    const { environment, checkpoint } = o;
    await checkOrigin(checkpoint, { algorithm: ALGORITHM, environment });
    checkResumed(checkpoint.kept, o.keep);
    const { seed, counters } = checkpoint;
    const options = optionsKept(CLONING_OPTIONS, checkpoint.options);
    return await madeOf(async (own) => {
      const parts = await build(own, compute, { ...o, seed, options });
      await writeKept(compute, parts.states, checkpoint.kept);
      const cloning = new BehaviourCloning(parts, o.opponents ?? []);
      cloning.#updates = counters['updates']!;
      return cloning;
    });
  }

  /** A few updates, each on examples drawn anew; `heldOut` is the loss on those never drawn. */
  async iteration(): Promise<Report> {
    const { options, learn, judge } = this.#parts;
    const before = this.#updates;
    for (let i = 0; i < UPDATES_PER_ITERATION; i++) {
      learn.write('places', this.#placesOf(before + i));
      learn.write('rate', Float32Array.of(this.#rateAt(before + i)));
      learn.run();
    }
    const [imitation, broken, updates] = await learn.read('report');
    if (broken === 1) {
      learn.write('places', this.#placesOf(updates!));
      throw await notFiniteError(learn, { algorithm: ALGORITHM, update: updates! });
    }
    this.#updates += UPDATES_PER_ITERATION;
    const losses: Record<string, number> = { imitation: imitation! };
    if (judge) {
      judge.run();
      losses['heldOut'] = (await judge.read('loss'))[0]!;
    }
    const { steps } = this;
    return { steps: Math.min(steps, options.stepsMax), episodes: 0, meanReturn: null, losses };
  }

  async evaluate(o: EvaluateOptions): Promise<number[]> {
    const { compute, environment } = this.#parts;
    const policy = policyOf(await this.policyNetwork());
    return await returnsOf(compute, { ...o, environment, policy, opponents: this.#opponents });
  }

  checkpoint(): Promise<Uint8Array<ArrayBuffer>> {
    const counters = { updates: this.#updates };
    return checkpointOf(this.#parts, { counters, buffers: this.#parts.states });
  }

  async weights(): Promise<Record<string, NamedTensor>> {
    const { parameters, learn } = this.#parts;
    const named: Record<string, NamedTensor> = {};
    for (const { name, tensor } of parameters) {
      named[name] = { shape: tensor.shape, data: await learn.read(name) };
    }
    return named;
  }

  async policyNetwork(): Promise<PolicyNetwork> {
    const { environment, options, space } = this.#parts;
    return {
      algorithm: ALGORITHM,
      environment: environment.id,
      version: await versionOf(environment),
      ticksPerAction: options.ticksPerAction,
      seed: this.seed,
      steps: this.steps,
      activation: 'tanh',
      output: space.kind === 'choice' ? 'choice' : 'clamped',
      ...layersNamed(await this.weights(), 'actor'),
    };
  }

  /** Against whom it is evaluated: learning plays nobody. */
  setOpponents(opponents: readonly Policy[]): Promise<void> {
    this.#opponents = opponents;
    return Promise.resolve();
  }

  get environment(): Environment {
    return this.#parts.environment;
  }

  get options(): CloningOptions {
    return this.#parts.options;
  }

  get seed(): number {
    return this.#parts.seed;
  }

  /** Examples looked at since the beginning. */
  get steps(): number {
    return this.#updates * this.#parts.options.batchSize;
  }

  get isDone(): boolean {
    return this.steps >= this.#parts.options.stepsMax;
  }

  [Symbol.dispose](): void {
    this.#parts.judge?.[Symbol.dispose]();
    this.#parts.learn[Symbol.dispose]();
  }

  /** Examples of an update: any of those that are not held out. */
  #placesOf(update: number): Uint32Array<ArrayBuffer> {
    const { examples, options, seed } = this.#parts;
    const learnedFrom = examples.count - heldOutOf(examples, options);
    const key = pcgHashOf(seed, update);
    return Uint32Array.from({ length: options.batchSize }, (_, i) =>
      Math.floor((pcgHashOf(key, i) / 2 ** 32) * learnedFrom),
    );
  }

  #rateAt(update: number): number {
    const { learningRate, batchSize, stepsMax } = this.#parts.options;
    const done = Math.min((update * batchSize) / stepsMax, 1);
    return (learningRate * (1 + Math.cos(Math.PI * done))) / 2;
  }
}

const heldOutOf = ({ count }: Examples, { heldOut }: CloningOptions) => Math.floor(count * heldOut);

async function build(
  own: Own,
  compute: Compute,
  o: Pick<CreateOptions, 'environment' | 'seed' | 'examples' | 'keep'> & {
    options: CloningOptions;
  },
): Promise<Parts> {
  const { environment, options, seed, keep } = o;
  checkOptions(CLONING_OPTIONS, options);
  const space = actorSpaceOf(environment);
  if (!o.examples || o.examples.shape[0] === 0) {
    const { id } = environment;
    throw new Error(`There is nothing to imitate: behaviour cloning wants examples of ${id}.`);
  }
  const examples = examplesOf(environment, space, o.examples);
  const { layers, parameters } = networkOf(space, options, seed);
  const graph = { layers, parameters, examples, options };
  const { learn, updates } = await learnProgram(compute, { ...graph, keep });
  own(learn);
  const judge = await judgeProgram(compute, { ...graph, learn });
  if (judge) own(judge);
  const run: Run = { algorithm: ALGORITHM, compute, environment, options, seed };
  const states = statesOf(learn, updates);
  return { ...run, options, space, examples, parameters, learn, judge, states };
}

function networkOf(space: ActorSpace, { hidden }: CloningOptions, seed: number) {
  const made = new Parameters(seed);
  const layers = made.layers('actor', [space.inputs, ...hidden, space.count], () => 1);
  return { layers, parameters: made.all };
}

/** What it learns, with its first values. */
export const cloningParameters = (
  space: ActorSpace,
  options: CloningOptions,
): readonly Parameter[] => networkOf(space, options, 0).parameters;

type Graph = {
  readonly layers: readonly Layer[];
  readonly parameters: readonly Parameter[];
  readonly examples: Examples;
  readonly options: CloningOptions;
};

/** How far what the network does is from what was done. */
function lossOf(layers: readonly Layer[], seen: Tensor, done: Tensor): Tensor {
  const out = through(layers, seen, 'tanh');
  if (done.type === 'u32') return crossEntropy(out, reshape(done, [done.shape[0]!]));
  return meanSquaredError(out, done);
}

function exampleInputs({ seen, done, count }: Pick<Examples, 'seen' | 'done' | 'count'>) {
  const type = done instanceof Uint32Array ? 'u32' : 'f32';
  return {
    seen: input('seen', [count, seen.length / count]),
    done: input('done', [count, done.length / count], type),
  };
}

async function learnProgram(
  compute: Compute,
  { layers, parameters, examples, options, keep }: Graph & { readonly keep: Keep | undefined },
): Promise<{ learn: Program; updates: readonly Update[] }> {
  const all = exampleInputs(examples);
  const places = input('places', [options.batchSize], 'u32');
  const own = lossOf(layers, gather(all.seen, places), gather(all.done, places));
  const outputs = (seen: Tensor) => through(layers, seen, 'tanh');
  const kind = examples.done instanceof Uint32Array ? 'choice' : 'numbers';
  const kept = keep ? keepTerms(keep, { weights: parameters, kind, outputs }) : null;
  const loss = kept ? add(own, kept.loss) : own;
  const weights = parameters.map(({ tensor }) => tensor);
  const { clipped, norm } = clipByNorm(gradients(loss, weights), GRADIENT_NORM_MAX);
  const trained = parameters.map(({ name, tensor }, i) => {
    return { name, weight: tensor, gradient: clipped[i]! };
  });
  const { weightDecay } = options;
  const steps = adam(trained, { rate: input('rate', []), weightDecay });
  const { program: learn, updates } = await learningProgram(compute, {
    updates: [...steps, ...(kept?.updates ?? [])],
    signals: [loss, norm],
    reported: [loss],
  });
  learn.write('seen', examples.seen);
  learn.write('done', examples.done);
  kept?.fill(learn);
  return { learn, updates };
}

/** The loss on the examples that are held out; null where there are none. */
async function judgeProgram(
  compute: Compute,
  { layers, parameters, examples, options, learn }: Graph & { readonly learn: Program },
): Promise<Program | null> {
  const count = heldOutOf(examples, options);
  if (count === 0) return null;
  const last = <T extends Float32Array | Uint32Array>(values: T) => {
    const from = (values.length / examples.count) * (examples.count - count);
    return values.slice(from) as T;
  };
  const held = { count, seen: last(examples.seen), done: last(examples.done) };
  const { seen, done } = exampleInputs(held);
  const bound = Object.fromEntries(parameters.map(({ name }) => [name, learn.buffer(name)]));
  const outputs = { loss: lossOf(layers, seen, done) };
  const judge = await Program.create(compute, { outputs, bound });
  judge.write('seen', held.seen);
  judge.write('done', held.done);
  return judge;
}
