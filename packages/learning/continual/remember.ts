/**
 * After a task is learned: what to remember of it, beside what was remembered before. Axes: K examples, D
 * features, A outputs.
 */
import type { Compute } from '@dreampitch/compute';
import type { Policy } from '@dreampitch/sim';
import { actorSpaceOf } from '../algorithms/actor-space.ts';
import type { Trainee } from '../algorithms/algorithm.ts';
import { type Layer, through } from '../algorithms/mlp.ts';
import type { PolicyNetwork } from '../algorithms/policy-network.ts';
import type { NamedTensor } from '../formats/safetensors.ts';
import { pcgHashOf } from '../random/pcg.ts';
import { input, state } from '../tensor/operators.ts';
import { Program } from '../tensor/program.ts';
import { fisherDiagonal } from './fisher.ts';
import type { KeptExamples } from './keep.ts';
import { type Memory, mixed, rowsOf, whyNotGoOn } from './memory.ts';
import { seenInPlay } from './seen-in-play.ts';

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
/** Draws of the Fisher information per example. */
const PASSES = 16;
const [PLAY_STREAM, FISHER_STREAM] = [1, 2] as const;

/** Plays the task for a moment. Throws in words where the run's algorithm has no such memory. */
export async function rememberTask(compute: Compute, o: RememberOptions): Promise<Memory> {
  const { trainee, before = null, examplesMax = EXAMPLES_MAX } = o;
  const { environment } = trainee;
  const network = await trainee.policyNetwork();
  if (!(await trainee.weights())['actor.0.weight'] || network.activation !== 'tanh') {
    throw new Error(`${trainee.algorithm} cannot keep tasks; PPO and behaviour cloning can.`);
  }
  const weights = actingOf(network);
  const problem = before && (whyNotGoOn(before, environment) ?? whyOtherLayers(before, weights));
  if (problem) throw new Error(problem);
  const kind = actorSpaceOf(environment).kind;
  const older = (before?.tasks ?? []).filter(({ task }) => task !== environment.id);
  const share = Math.floor(examplesMax / (older.length + 1));
  if (share < 1)
    throw new RangeError(`${examplesMax} examples are too few for ${older.length + 1} tasks.`);
  const seed = (stream: number) => pcgHashOf(o.seed, stream);
  const played = { network, environment, count: share, seed: seed(PLAY_STREAM) };
  const seen = await seenInPlay(compute, { ...played, opponents: o.opponents ?? [] });
  const [D, A] = [network.sizes[0]!, network.sizes.at(-1)!];
  const shape = [share, D] as const;
  const given = await givenFor(compute, { weights, shape, seen });
  const fisher = await fisherDiagonal(compute, {
    weights,
    kind,
    shape,
    seen,
    passes: PASSES,
    seed: seed(FISHER_STREAM),
  });
  const own: KeptExamples = mixed({ kind, shape: [share, D, A], seen, given });
  const kept = before ? sharesOf(before, older, share) : [];
  return {
    weights,
    importance: addedUp(fisher, { before, others: older.length }),
    tasks: [
      ...kept.map(({ task, examples }) => ({ task, examples: examples.shape[0] })),
      { task: environment.id, examples: share },
    ],
    examples: joined([...kept.map(({ examples }) => examples), own]),
  };
}

type Tensors = Readonly<Record<string, NamedTensor>>;

/** The weights that act, for observations as they are: normalising statistics are folded in. */
function actingOf(network: PolicyNetwork): Tensors {
  const named = Object.entries(network.weights).map(([name, one]) => [`actor.${name}`, one]);
  return Object.fromEntries(named) as Tensors;
}

function whyOtherLayers(before: Memory, weights: Tensors): string | null {
  const shapes = (of: Tensors) =>
    Object.entries(of).map(([name, { shape }]) => `${name} [${shape.join(', ')}]`);
  const [old, now] = [before.weights, weights].map((of) => shapes(of).toSorted().join(', '));
  return old === now
    ? null
    : `What was remembered is of the layers ${old}; this network has ${now}.`;
}

/** The last layer [K, A] for what is seen [K, D]. */
async function givenFor(
  compute: Compute,
  o: { weights: Tensors; shape: readonly [number, number]; seen: Float32Array<ArrayBuffer> },
): Promise<Float32Array<ArrayBuffer>> {
  const { weights, shape, seen } = o;
  const layers: Layer[] = [];
  for (let i = 0; weights[`actor.${i}.weight`]; i++) {
    const [weight, bias] = [`actor.${i}.weight`, `actor.${i}.bias`].map((name) =>
      state(name, weights[name]!.shape),
    );
    layers.push({ weight: weight!, bias: bias! });
  }
  const given = through(layers, input('seen', shape), 'tanh');
  using program = await Program.create(compute, { outputs: { given } });
  program.write('seen', seen);
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
 * tasks, each counting as much as another. What a task that is learned again had of it is not known any
 * more: an equal share of the sum makes room for it.
 */
function addedUp(
  fisher: Tensors,
  { before, others }: { readonly before: Memory | null; readonly others: number },
): Tensors {
  let [total, count] = [0, 0];
  for (const { data } of Object.values(fisher)) {
    for (const one of data) total += one;
    count += data.length;
  }
  const scale = total > 0 ? count / total : 0;
  const left = before ? others / before.tasks.length : 0;
  return Object.fromEntries(
    Object.entries(fisher).map(([name, { shape, data }]) => {
      const old = before?.importance[name]?.data;
      const sums = Float32Array.from(data, (one, i) => one * scale + left * (old?.[i] ?? 0));
      return [name, { shape, data: sums }];
    }),
  );
}
