/**
 * What a model remembers of the tasks that it learned: its weights, how much each of them counts, and what
 * it saw and did. As plain data, as bytes, and as what a run starts from and keeps. Axes: K examples, D
 * features, A outputs.
 */
import type { Environment } from '@dreampitch/sim';
import { type ActorSpace, actorSpaceOf, whyNoActor } from '../algorithms/actor-space.ts';
import { refusal, type Refusal } from '../binary/container.ts';
import {
  decodeSafetensors,
  encodeSafetensors,
  type NamedTensor,
  type TensorFile,
} from '../formats/safetensors.ts';
import { pcgHashOf } from '../random/pcg.ts';
import type { Keep, KeptExamples } from './keep.ts';

type Tensors = Readonly<Record<string, NamedTensor>>;

export type Memory = {
  /**
   * Those that act: `actor.0.weight`, ... They take observations as they are; statistics by which a run
   * normalised are folded in, so runs that do and that do not go on alike.
   */
  readonly weights: Tensors;
  /** Of the same names: the Fisher information of all tasks, each task's mean being 1. */
  readonly importance: Tensors;
  /** Oldest first; the examples lie in this order. */
  readonly tasks: readonly { readonly task: string; readonly examples: number }[];
  readonly examples: KeptExamples;
};

/** How hard to keep what is remembered; 0: not at all. */
export type KeepStrengths = {
  readonly consolidation: number;
  readonly rehearsal: number;
  readonly rehearsalBatch?: number; // examples per update
};

/**
 * What left most of three drills of soccer and learned the last of them as well
 * (test/evaluate/continual/results.md): rehearsal alone. Where no examples are to be kept, consolidation of
 * strength 1 keeps nearly as much, but learns what contradicts the old tasks badly.
 */
export const KEEP_DEFAULTS = { consolidation: 0, rehearsal: 1, rehearsalBatch: 256 } as const;

/**
 * What a run of another task starts from and must keep, for `create`. It begins with the weights that act
 * and with fresh values and exploration: what another task was worth says nothing of this one. Statistics by
 * which it would normalise stay at nothing where it keeps something, as the weights take things as they are.
 */
export function startFrom(
  memory: Memory,
  strengths: KeepStrengths,
): { readonly from: Tensors; readonly keep?: Keep } {
  const { weights: from, importance, examples } = memory;
  const { consolidation, rehearsal, rehearsalBatch } = { ...KEEP_DEFAULTS, ...strengths };
  const batchSize = Math.min(rehearsalBatch, examples.shape[0]);
  const keep: Keep = {
    ...(consolidation > 0 && {
      consolidation: { strength: consolidation, anchors: from, importance },
    }),
    ...(rehearsal > 0 && {
      rehearsal: { strength: rehearsal, batchSize, examples: mixed(examples) },
    }),
  };
  return consolidation > 0 || rehearsal > 0 ? { from, keep } : { from };
}

/** Why what is remembered is of no use in this environment, in words; null: it is. */
export function whyNotGoOn({ examples }: Memory, environment: Environment): string | null {
  const problem = whyNoActor(environment);
  if (problem !== null) return problem;
  const space = actorSpaceOf(environment);
  const [, D, A] = examples.shape;
  if (D === space.inputs && A === space.count && examples.kind === space.kind) return null;
  return (
    `It ${spaceWords({ inputs: D, count: A, kind: examples.kind })}; ${environment.id} ` +
    `${spaceWords(space)}. One network learns only tasks that are alike in this.`
  );
}

function spaceWords({
  inputs,
  count,
  kind,
}: Pick<ActorSpace, 'inputs' | 'count' | 'kind'>): string {
  return `sees ${inputs} numbers and does ${kind === 'choice' ? `one of ${count}` : `${count} numbers`}`;
}

/** In random order, always the same one, so that a resumed run goes on in it. */
export function mixed(examples: KeptExamples): KeptExamples {
  const [K, D, A] = examples.shape;
  const order = Array.from({ length: K }, (_, k) => k);
  for (let i = K - 1; i > 0; i--) {
    const j = Math.floor((pcgHashOf(K, i) / 2 ** 32) * (i + 1));
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return {
    ...examples,
    seen: rowsOf(examples.seen, order, D),
    given: rowsOf(examples.given, order, A),
  };
}

/** Rows of so many numbers, in this order. */
export function rowsOf(
  data: Float32Array<ArrayBuffer>,
  order: readonly number[],
  width: number,
): Float32Array<ArrayBuffer> {
  const rows = new Float32Array(order.length * width);
  order.forEach((k, i) => rows.set(data.subarray(k * width, (k + 1) * width), i * width));
  return rows;
}

const FORMAT = 'dreampitch memory 1';

/** A safetensors file: `weights/...`, `importance/...`, `examples/seen`, `examples/given`. */
export function encodeMemory(memory: Memory): Uint8Array<ArrayBuffer> {
  const { examples, tasks } = memory;
  const [K, D, A] = examples.shape;
  const under = (folder: 'weights' | 'importance') =>
    Object.entries(memory[folder]).map(([name, tensor]) => [`${folder}/${name}`, tensor] as const);
  const tensors = {
    ...Object.fromEntries([...under('weights'), ...under('importance')]),
    'examples/seen': { shape: [K, D], data: examples.seen },
    'examples/given': { shape: [K, A], data: examples.given },
  };
  const metadata = { format: FORMAT, kind: examples.kind, tasks: JSON.stringify(tasks) };
  return encodeSafetensors({ tensors, metadata });
}

export type DecodedMemory = { readonly ok: true; readonly memory: Memory } | Refusal;

/** The memory in these bytes; whatever they are, it does not throw. */
export function decodeMemory(bytes: Uint8Array): DecodedMemory {
  const decoded = decodeSafetensors(bytes);
  if (!decoded.ok) return decoded;
  const { file } = decoded;
  if (file.metadata['format'] !== FORMAT) {
    return refusal('not-this-kind', `This file of tensors is no memory: it lacks '${FORMAT}'.`);
  }
  const weights = folderOf(file, 'weights');
  const importance = folderOf(file, 'importance');
  const examples = examplesOf(file);
  const tasks = tasksOf(file.metadata['tasks'] ?? '');
  if (!examples)
    return refusal('corrupt', 'The examples of this memory are not what they should be.');
  if (tasks?.reduce((sum, one) => sum + one.examples, 0) !== examples.shape[0]) {
    return refusal('corrupt', 'The tasks of this memory do not fit its examples.');
  }
  const sizes = sizesOf(weights);
  if (!sizes) return refusal('corrupt', 'The weights of this memory are not what they should be.');
  if (sizes[0] !== examples.shape[1] || sizes.at(-1) !== examples.shape[2]) {
    return refusal('corrupt', 'The examples of this memory are of another network.');
  }
  const strange = Object.entries(importance).find(([name, { shape, data }]) => {
    const weight = Object.hasOwn(weights, name) ? weights[name] : undefined;
    return shape.join() !== weight?.shape.join() || !data.every((x) => x >= 0 && x < Infinity);
  });
  if (strange) {
    return refusal('corrupt', `The importance of '${strange[0]}' is not what it should be.`);
  }
  return { ok: true, memory: { weights, importance, tasks, examples } };
}

/** Units of the layers from inputs to outputs; null where these are no layers of finite numbers. */
function sizesOf(weights: Tensors): number[] | null {
  const count = Object.keys(weights).length / 2;
  const sizes: number[] = [];
  for (let i = 0; i < count; i++) {
    const [weight, bias] = [weights[`actor.${i}.weight`], weights[`actor.${i}.bias`]];
    if (weight?.shape.length !== 2 || bias?.shape.length !== 1) return null;
    const [outputs, inputs] = weight.shape as [number, number];
    if (bias.shape[0] !== outputs || (i > 0 && sizes.at(-1) !== inputs)) return null;
    const sound = [weight, bias].every(
      ({ data }) => data instanceof Float32Array && data.every((x) => Number.isFinite(x)),
    );
    if (!sound) return null;
    sizes.push(...(i === 0 ? [inputs, outputs] : [outputs]));
  }
  return sizes.length >= 2 ? sizes : null;
}

function folderOf({ tensors }: TensorFile, folder: string): Tensors {
  const own = Object.entries(tensors).filter(([name]) => name.startsWith(`${folder}/`));
  return Object.fromEntries(own.map(([name, one]) => [name.slice(folder.length + 1), one]));
}

function examplesOf({ tensors, metadata }: TensorFile): KeptExamples | null {
  const { kind } = metadata;
  const [seen, given] = ['examples/seen', 'examples/given'].map((name) => tensors[name]);
  const fits =
    (kind === 'choice' || kind === 'numbers') &&
    seen?.data instanceof Float32Array &&
    given?.data instanceof Float32Array &&
    seen.shape.length === 2 &&
    given.shape.length === 2 &&
    seen.shape[0]! > 0 &&
    seen.shape[0] === given.shape[0] &&
    [seen.data, given.data].every((data) => data.every((x) => Number.isFinite(x)));
  if (!fits) return null;
  const shape = [seen.shape[0]!, seen.shape[1]!, given.shape[1]!] as const;
  return { kind, shape, seen: seen.data, given: given.data };
}

function tasksOf(text: string): Memory['tasks'] | null {
  try {
    const tasks = JSON.parse(text) as Memory['tasks'];
    const sound = tasks.every(
      ({ task, examples }) =>
        typeof task === 'string' && Number.isSafeInteger(examples) && examples > 0,
    );
    return sound ? tasks : null;
  } catch {
    return null; // the caller reports it
  }
}
