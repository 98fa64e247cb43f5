/**
 * After a task is learned: what to remember of it, beside what was remembered before. Axes: N worlds, L
 * actors, K examples, D features, A outputs.
 */
import type { Compute } from '@dreampitch/compute';
import type { Environment, Policy } from '@dreampitch/sim';
import { actorSpaceOf } from '../algorithms/actor-space.ts';
import type { Trainee } from '../algorithms/algorithm.ts';
import { type Layer, through } from '../algorithms/mlp.ts';
import { Play } from '../algorithms/play.ts';
import { type PolicyNetwork, policyOf } from '../algorithms/policy-network.ts';
import type { NamedTensor } from '../formats/safetensors.ts';
import { pcgHashOf } from '../random/pcg.ts';
import { input, state } from '../tensor/operators.ts';
import { Program } from '../tensor/program.ts';
import { fisherDiagonal } from './fisher.ts';
import type { KeptExamples } from './keep.ts';
import { type Memory, mixed, rowsOf, whyNotGoOn } from './memory.ts';

export type RememberOptions = {
  /** A run that has learned the task: of PPO, or of behaviour cloning. */
  readonly trainee: Trainee;
  /** What was remembered when it began; null or none: it is the first task. */
  readonly before?: Memory | null;
  /** Whom it plays against meanwhile, as in `create`. */
  readonly opponents?: readonly Policy[];
  readonly seed: number; // u32
  /** Of all tasks together; each has an equal share. */
  readonly examplesMax?: number;
};

/** About 400 KiB of soccer. */
const EXAMPLES_MAX = 4096;
const WORLDS = 64; // N
/** Every so many decisions the worlds are looked at: those in a row are much alike. */
const STRIDE = 3;
/** Draws of the Fisher information per example. */
const PASSES = 16;
const [PLAY_STREAM, FISHER_STREAM] = [1, 2] as const;

/** Plays the task for a moment. Throws in words where the run's algorithm has no such memory. */
export async function rememberTask(compute: Compute, o: RememberOptions): Promise<Memory> {
  const { trainee, before = null, examplesMax = EXAMPLES_MAX } = o;
  const { environment } = trainee;
  const network = await trainee.policyNetwork();
  const weights = await trainee.weights();
  if (!weights['actor.0.weight'] || network.activation !== 'tanh') {
    throw new Error(`${trainee.algorithm} cannot keep tasks; PPO and behaviour cloning can.`);
  }
  const problem = before && whyNotGoOn(before, environment);
  if (problem) throw new Error(problem);
  const kind = actorSpaceOf(environment).kind;
  const older = (before?.tasks ?? []).filter(({ task }) => task !== environment.id);
  const share = Math.floor(examplesMax / (older.length + 1));
  if (share < 1)
    throw new RangeError(`${examplesMax} examples are too few for ${older.length + 1} tasks.`);
  const seed = (stream: number) => pcgHashOf(o.seed, stream);
  const played = { network, environment, count: share, seed: seed(PLAY_STREAM) };
  const seen = await seenWhile(compute, { ...played, opponents: o.opponents ?? [] });
  const [D, A] = [network.sizes[0]!, network.sizes.at(-1)!];
  const taken = asTaken(seen, { weights, D });
  const shape = [share, D] as const;
  const given = await givenFor(compute, { weights, shape, taken });
  const fisher = await fisherDiagonal(compute, {
    weights,
    kind,
    shape,
    seen: taken,
    passes: PASSES,
    seed: seed(FISHER_STREAM),
  });
  const own: KeptExamples = mixed({ kind, shape: [share, D, A], seen, given });
  const kept = before ? sharesOf(before, older, share) : [];
  return {
    weights,
    importance: addedUp(before?.importance ?? {}, fisher),
    tasks: [
      ...kept.map(({ task, examples }) => ({ task, examples: examples.shape[0] })),
      { task: environment.id, examples: share },
    ],
    examples: joined([...kept.map(({ examples }) => examples), own]),
  };
}

/** What the policy's agents see [K, D] in so many of its decisions, in 64 worlds from fresh starts. */
async function seenWhile(
  compute: Compute,
  o: {
    network: PolicyNetwork;
    environment: Environment;
    opponents: readonly Policy[];
    count: number;
    seed: number;
  },
): Promise<Float32Array<ArrayBuffer>> {
  const { network, environment, opponents, count } = o;
  const { ticksPerAction } = network;
  const shape = { environment, worldCount: WORLDS, ticksPerAction, opponents, keepsAfter: true };
  using play = await Play.create(compute, shape);
  using attached = await policyOf(network).attach(play.worlds, play.actors.agents);
  const decision = play.decision(attached.dispatches);
  play.reset(o.seed);
  const D = play.actors.space.inputs;
  const seen = new Float32Array(count * D);
  for (let at = 0; at < seen.length;) {
    compute.submit(decision, { times: STRIDE });
    const rows = new Float32Array((await compute.read(play.after)).buffer).subarray(
      0,
      Math.min(play.actors.count * D, seen.length - at),
    );
    seen.set(rows, at);
    at += rows.length;
  }
  return seen;
}

type Tensors = Readonly<Record<string, NamedTensor>>;

/** As the first layer takes it: by the statistics of normalise.ts where the run has them. */
function asTaken(
  seen: Float32Array<ArrayBuffer>,
  { weights, D }: { weights: Tensors; D: number },
): Float32Array<ArrayBuffer> {
  const [mean, variance] = [weights['seen.mean']?.data, weights['seen.variance']?.data];
  if (!mean || !variance) return seen;
  return seen.map((x, i) => (x - mean[i % D]!) / Math.sqrt(variance[i % D]! + 1e-8));
}

/** The last layer [K, A] for what the first one takes [K, D]. */
async function givenFor(
  compute: Compute,
  o: { weights: Tensors; shape: readonly [number, number]; taken: Float32Array<ArrayBuffer> },
): Promise<Float32Array<ArrayBuffer>> {
  const { weights, shape, taken } = o;
  const layers: Layer[] = [];
  for (let i = 0; weights[`actor.${i}.weight`]; i++) {
    const [weight, bias] = [`actor.${i}.weight`, `actor.${i}.bias`].map((name) =>
      state(name, weights[name]!.shape),
    );
    layers.push({ weight: weight!, bias: bias! });
  }
  const given = through(layers, input('taken', shape), 'tanh');
  using program = await Program.create(compute, { outputs: { given } });
  program.write('taken', taken);
  for (let i = 0; i < layers.length; i++) {
    for (const name of [`actor.${i}.weight`, `actor.${i}.bias`]) {
      program.write(name, weights[name]!.data);
    }
  }
  program.run();
  return await program.read('given');
}

/** The first examples of each of these tasks; a task's lie in random order, so any are as good. */
function sharesOf({ tasks, examples }: Memory, wanted: Memory['tasks'], share: number) {
  const [, D, A] = examples.shape;
  let at = 0;
  return tasks.flatMap(({ task, examples: K }) => {
    const first = at;
    at += K;
    if (!wanted.some((one) => one.task === task)) return [];
    const rows = Array.from({ length: Math.min(K, share) }, (_, k) => first + k);
    const seen = rowsOf(examples.seen, rows, D);
    const given = rowsOf(examples.given, rows, A);
    return [{ task, examples: { ...examples, shape: [rows.length, D, A] as const, seen, given } }];
  });
}

function joined(all: readonly KeptExamples[]): KeptExamples {
  const [first] = all as readonly [KeptExamples, ...KeptExamples[]];
  const join = (key: 'seen' | 'given') =>
    Float32Array.from(all.flatMap((one) => Array.from(one[key])));
  const K = all.reduce((sum, { shape }) => sum + shape[0], 0);
  return {
    ...first,
    shape: [K, first.shape[1], first.shape[2]],
    seen: join('seen'),
    given: join('given'),
  };
}

/**
 * Online elastic weight consolidation (Schwarz et al. 2018, arXiv 1805.06370, section 4): one sum for all
 * tasks, each counting as much as another, and once more where it is learned again.
 */
function addedUp(before: Tensors, fisher: Tensors): Tensors {
  let [total, count] = [0, 0];
  for (const { data } of Object.values(fisher)) {
    for (const one of data) total += one;
    count += data.length;
  }
  const scale = total > 0 ? count / total : 0;
  return Object.fromEntries(
    Object.entries(fisher).map(([name, { shape, data }]) => {
      const old = before[name]?.data;
      const sums = Float32Array.from(data, (one, i) => one * scale + (old?.[i] ?? 0));
      return [name, { shape, data: sums }];
    }),
  );
}
