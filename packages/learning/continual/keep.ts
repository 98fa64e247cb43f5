/**
 * What a run must not forget while it learns another task: terms that are added to its loss. Axes: K kept
 * examples, R of them in a batch, D features, A outputs of the network.
 */
import type { NamedTensor } from '../formats/safetensors.ts';
import { logSoftmax, mean, square } from '../tensor/functions.ts';
import {
  add,
  exp,
  gather,
  indices,
  input,
  less,
  multiply,
  state,
  subtract,
  sum,
  where,
} from '../tensor/operators.ts';
import type { Program, Update } from '../tensor/program.ts';
import { shownShape } from '../tensor/shape.ts';
import type { Tensor } from '../tensor/tensor.ts';

type Tensors = Readonly<Record<string, NamedTensor>>;

/**
 * Elastic weight consolidation (Kirkpatrick et al. 2017, arXiv 1612.00796, equation 3): weights are held
 * where they were, each the harder the more the old tasks depend on it.
 */
export type Consolidation = {
  readonly strength: number; // the paper's lambda
  readonly anchors: Tensors; // weights by name, as they were
  readonly importance: Tensors; // of the same names: the diagonal of the Fisher information
};

/** What a network saw in its old tasks, in random order, and what it gave then. */
export type KeptExamples = {
  readonly kind: 'choice' | 'numbers';
  readonly shape: readonly [K: number, D: number, A: number];
  readonly seen: Float32Array<ArrayBuffer>; // [K, D]
  readonly given: Float32Array<ArrayBuffer>; // [K, A]: logits of choices, or numbers
};

/**
 * Rehearsal: beside the new task, some kept examples in every batch (Rolnick et al. 2019, CLEAR, arXiv
 * 1811.11682, section 3: behavioural cloning). The values are not cloned: nothing is played by them.
 */
export type Rehearsal = {
  readonly strength: number; // 1: one nat apart weighs as much as 1 of the run's own loss
  readonly batchSize: number; // R
  readonly examples: KeptExamples;
};

/** Either or both. */
export type Keep = {
  readonly consolidation?: Consolidation;
  readonly rehearsal?: Rehearsal;
};

export type KeepTerms = {
  readonly loss: Tensor; // a number
  readonly updates: readonly Update[];
  /** Writes what the terms read into the program that has them. */
  fill(program: Program): void;
};

type Term = Pick<KeepTerms, 'loss' | 'fill'>;

/** The network that learns: its weights by name, and its last layer [B, A] for observations [B, D]. */
export type KeepingNetwork = {
  readonly weights: readonly { readonly name: string; readonly tensor: Tensor }[];
  readonly kind: KeptExamples['kind'];
  outputs(seen: Tensor): Tensor;
};

/** State: the kept example that comes next; without any, a count of updates. Part of checkpoints. */
const AT = 'keep.at';

/** Throws in words where what is to be kept is of another network. */
export function keepTerms(keep: Keep, network: KeepingNetwork): KeepTerms {
  const { consolidation, rehearsal } = keep;
  const at = state(AT, [], 'u32');
  const parts = [
    ...(consolidation ? [consolidationTerms(consolidation, network)] : []),
    ...(rehearsal ? [rehearsalTerms(rehearsal, { network, at })] : []),
  ];
  if (parts.length === 0)
    throw new Error('Say what to keep: a consolidation, a rehearsal or both.');
  const next = rehearsal ? ringed(add(at, rehearsal.batchSize), rehearsal.examples) : add(at, 1);
  return {
    loss: parts.map(({ loss }) => loss).reduce((a, b) => add(a, b)),
    updates: [{ state: at, value: next }],
    fill: (program) => parts.forEach((part) => part.fill(program)),
  };
}

/** Throws where a run that kept something is resumed without it, or the other way round. */
export function checkResumed(
  kept: Readonly<Record<string, Uint32Array>>,
  keep: Keep | undefined,
): void {
  const at = kept[AT]?.[0];
  if (at !== undefined && keep && at >= (keep.rehearsal?.examples.shape[0] ?? Infinity)) {
    throw new Error(
      `The run of this checkpoint kept other examples; resume it with the same \`keep\`.`,
    );
  }
  if ((at !== undefined) === (keep !== undefined)) return;
  const has = keep ? 'kept nothing of other tasks' : 'kept something of other tasks';
  throw new Error(`The run of this checkpoint ${has}; resume it with the same \`keep\`.`);
}

/** lambda / 2 * sum of F (w - anchor)^2. */
function consolidationTerms(o: Consolidation, { weights }: KeepingNetwork): Term {
  const { anchors, importance, strength } = o;
  const terms = Object.entries(importance).map(([name, { shape }]) => {
    const weight = weights.find((one) => one.name === name)?.tensor;
    const shapes = [shape, anchors[name]?.shape ?? [], weight?.shape ?? []].map(shownShape);
    if (!weight || new Set(shapes).size > 1) {
      throw new Error(
        `'${name}' to be kept has the shape ${shapes[0]}, and ${shapes[1]} as it was; in this ` +
          `network ${weight ? `it has ${shapes[2]}` : 'there is none'}. Keep the hidden units as they were.`,
      );
    }
    const away = subtract(weight, input(`keep.anchor.${name}`, shape));
    return sum(multiply(input(`keep.importance.${name}`, shape), square(away)));
  });
  if (terms.length === 0) throw new Error('There is no importance of any weight to keep them by.');
  return {
    loss: multiply(
      terms.reduce((a, b) => add(a, b)),
      strength / 2,
    ),
    fill: (program) => {
      for (const name of Object.keys(importance)) {
        program.write(`keep.anchor.${name}`, anchors[name]!.data);
        program.write(`keep.importance.${name}`, importance[name]!.data);
      }
    },
  };
}

/**
 * How far the policy is from the old one where that was, in nats: the divergence of the old choices from
 * the new, or that of normal numbers of variance 1. The examples are gone through in their order, in a
 * ring, so that every one comes up as often.
 */
function rehearsalTerms(
  { examples, strength, batchSize: R }: Rehearsal,
  { network, at }: { readonly network: KeepingNetwork; readonly at: Tensor },
): Term {
  const { seen, given, kind, shape } = examples;
  const [K, D, A] = shape;
  if (!(R >= 1 && R <= K)) {
    throw new RangeError(`A batch of ${R} of ${K} kept examples: want 1 to ${K}.`);
  }
  if (seen.length !== K * D || given.length !== K * A) {
    throw new Error(`The kept examples are [${shape.join(', ')}], with numbers for others.`);
  }
  const places = ringed(add(at, indices([R])), examples);
  const now = network.outputs(gather(input('keep.seen', [K, D]), places));
  if (now.shape[1] !== A || kind !== network.kind) {
    throw new Error(
      `The kept examples are of ${A} ${kind}; this network gives ${now.shape[1]} ${network.kind}.`,
    );
  }
  const before = gather(input('keep.given', [K, A]), places);
  const apart = kind === 'choice' ? divergence(before, now) : halfSquares(before, now);
  return {
    loss: multiply(mean(apart), strength),
    fill: (program) => {
      program.write('keep.seen', seen);
      program.write('keep.given', given);
    },
  };
}

function ringed(place: Tensor, { shape: [K] }: KeptExamples): Tensor {
  return where(less(place, K), place, subtract(place, K));
}

function divergence(before: Tensor, now: Tensor): Tensor {
  const logs = logSoftmax(before);
  return sum(multiply(exp(logs), subtract(logs, logSoftmax(now))), { axes: [1] });
}

function halfSquares(before: Tensor, now: Tensor): Tensor {
  return multiply(sum(square(subtract(now, before)), { axes: [1] }), 0.5);
}
