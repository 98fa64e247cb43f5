/** Transitions for learning: of kept episodes, or of a LeRobotDataset, in batches as they stream by. */
import type { WasmCompute } from '@dreampitch/compute';
import { type Episode, RESET, TERMINATED, transitions } from '@dreampitch/sim';
import { DatasetError } from './lerobot/format.ts';
import type { LeRobotDataset } from './lerobot/reader.ts';

/** Axes: N transitions, D numbers of an observation, A of an action; row-major. */
export type TransitionBatch = {
  readonly shape: readonly [N: number, D: number, A: number];
  readonly observations: Float32Array<ArrayBuffer>; // [N, D]
  /** In the units of the environment's action space: of soccer, wheels from -127 to 127. */
  readonly actions: Float32Array<ArrayBuffer>; // [N, A]
  readonly rewards: Float32Array<ArrayBuffer>; // [N]
  readonly nextObservations: Float32Array<ArrayBuffer>; // [N, D]
  readonly ends: Uint8Array<ArrayBuffer>; // [N]: 0, TERMINATED, TRUNCATED
};

/** Which robots' view is taken, by who drove them: `(controller) => controller === 'human'`. */
export type RobotFilter = (controller: string, robot: number) => boolean;

/**
 * What one robot saw and did from a start to an end, T steps; the last observation is what it came to.
 * observations [T + 1, D], the others as in a batch.
 */
export type Play = Pick<TransitionBatch, 'observations' | 'actions' | 'rewards' | 'ends'> & {
  readonly shape: readonly [T: number, D: number, A: number];
  readonly controller: string;
};

/** Every start to its end, of every robot that is asked for. Throws what `transitions` throws. */
export async function* playsOf(
  compute: WasmCompute,
  episode: Episode,
  robots: RobotFilter = () => true,
): AsyncGenerator<Play> {
  const wanted = episode.controllers.map((controller, robot) => robots(controller, robot));
  if (!wanted.includes(true)) return;
  const whole = await transitions(compute, episode);
  const [T, R, D] = whole.shape;
  const A = whole.actions.length / (T * R);
  for (const [from, to] of spans(whole.ends)) {
    for (const [robot, controller] of episode.controllers.entries()) {
      if (!wanted[robot]) continue;
      const rows = (source: ArrayLike<number>, size: number, count: number) => {
        const picked = new Float32Array(count * size);
        for (let i = 0; i < count * size; i++) {
          const t = from + Math.floor(i / size);
          picked[i] = source[(t * R + robot) * size + (i % size)]!;
        }
        return picked;
      };
      const count = to - from;
      yield {
        shape: [count, D, A],
        controller,
        observations: rows(whole.observations, D, count + 1),
        actions: rows(whole.actions, A, count),
        rewards: rows(whole.rewards, 1, count),
        ends: whole.ends.slice(from, to),
      };
    }
  }
}

/** Steps from a start up to, not with, the step after an end. A step that only resets is in none. */
function* spans(ends: Uint8Array): Generator<[from: number, to: number]> {
  let from = 0;
  for (let t = 0; t < ends.length; t++) {
    if (ends[t]! & RESET) from = t + 1;
    else if (ends[t]! !== 0 || t === ends.length - 1) {
      yield [from, t + 1];
      from = t + 1;
    }
  }
}

type Source<T> = AsyncIterable<T> | Iterable<T>;
type BatchOptions = { readonly batchSize: number };

/** Exactly what was seen and done, by stepping every episode again: one of them in memory at a time. */
export async function* episodeTransitions(
  compute: WasmCompute,
  episodes: Source<Episode>,
  o: BatchOptions & { readonly robots?: RobotFilter },
): AsyncGenerator<TransitionBatch> {
  async function* plays() {
    for await (const episode of episodes) yield* playsOf(compute, episode, o.robots);
  }
  yield* batches(plays(), o.batchSize);
}

export type DatasetFeatureNames = {
  readonly observation?: string;
  readonly action?: string;
};

/**
 * Of a dataset's episodes. What an unfinished or truncated one came to is not in a dataset, so its
 * last step is left out; rewards are 0 where it has none. Throws DatasetError, naming what is missing.
 */
export async function* datasetTransitions(
  dataset: LeRobotDataset,
  o: BatchOptions & { readonly features?: DatasetFeatureNames },
): AsyncGenerator<TransitionBatch> {
  const { observation = 'observation.state', action = 'action' } = o.features ?? {};
  const [D, A] = [dataset.sizeOf(observation), dataset.sizeOf(action)];
  const optional = ['next.reward', 'next.done', 'next.truncated'] as const;
  const present = optional.filter((name) => Object.hasOwn(dataset.info.features, name));
  for (const name of present) {
    const size = dataset.sizeOf(name);
    if (size !== 1) throw new DatasetError(`feature '${name}' has ${size} numbers; want 1 a frame`);
  }
  async function* plays() {
    for (const [episode, { length }] of dataset.episodes.entries()) {
      const read: Record<string, Float32Array<ArrayBuffer>> = await dataset.read(episode, [
        observation,
        action,
        ...present,
      ]);
      const flag = (name: string, t: number) => (read[name]?.[t] ?? 0) !== 0;
      const last = length - 1;
      const terminated = flag('next.done', last) && !flag('next.truncated', last);
      const T = terminated ? length : last;
      if (T === 0) continue;
      const observations = new Float32Array((T + 1) * D);
      observations.set(read[observation]!.subarray(0, observations.length));
      const ends = new Uint8Array(T);
      if (terminated) ends[last] = TERMINATED;
      const rewards = (read['next.reward'] ?? new Float32Array(length)).slice(0, T);
      const actions = read[action]!.slice(0, T * A);
      yield { shape: [T, D, A], controller: '', observations, actions, rewards, ends } as const;
    }
  }
  yield* batches(plays(), o.batchSize);
}

/** All of them in one: for data that fits in memory. Null where there is none. */
export async function collectTransitions(
  source: Source<TransitionBatch>,
): Promise<TransitionBatch | null> {
  const all: TransitionBatch[] = [];
  for await (const batch of source) all.push(batch);
  const first = all[0];
  if (!first) return null;
  const [, D, A] = first.shape;
  const N = all.reduce((sum, { shape }) => sum + shape[0], 0);
  const joined = emptyBatch(N, D, A);
  let at = 0;
  for (const batch of all) {
    joined.observations.set(batch.observations, at * D);
    joined.actions.set(batch.actions, at * A);
    joined.rewards.set(batch.rewards, at);
    joined.nextObservations.set(batch.nextObservations, at * D);
    joined.ends.set(batch.ends, at);
    at += batch.shape[0];
  }
  return joined;
}

async function* batches(plays: Source<Play>, batchSize: number): AsyncGenerator<TransitionBatch> {
  let batch: TransitionBatch | null = null;
  let filled = 0;
  for await (const play of plays) {
    const [T, D, A] = play.shape;
    if (batch && (batch.shape[1] !== D || batch.shape[2] !== A)) {
      const sizes = [batch.shape.slice(1), [D, A]].map((size) => `[${size.join(', ')}]`);
      throw new Error(`Observations and actions differ in size: ${sizes.join(' and ')}.`);
    }
    for (let t = 0; t < T;) {
      batch ??= emptyBatch(batchSize, D, A);
      const count = Math.min(T - t, batchSize - filled);
      const rows = (values: Float32Array, size: number, from: number) =>
        values.subarray(from * size, (from + count) * size);
      batch.observations.set(rows(play.observations, D, t), filled * D);
      batch.nextObservations.set(rows(play.observations, D, t + 1), filled * D);
      batch.actions.set(rows(play.actions, A, t), filled * A);
      batch.rewards.set(rows(play.rewards, 1, t), filled);
      batch.ends.set(play.ends.subarray(t, t + count), filled);
      filled += count;
      t += count;
      if (filled < batchSize) continue;
      yield batch;
      batch = null;
      filled = 0;
    }
  }
  if (batch && filled > 0) yield cut(batch, filled);
}

function emptyBatch(N: number, D: number, A: number): TransitionBatch {
  return {
    shape: [N, D, A],
    observations: new Float32Array(N * D),
    actions: new Float32Array(N * A),
    rewards: new Float32Array(N),
    nextObservations: new Float32Array(N * D),
    ends: new Uint8Array(N),
  };
}

function cut(batch: TransitionBatch, N: number): TransitionBatch {
  const [, D, A] = batch.shape;
  return {
    shape: [N, D, A],
    observations: batch.observations.slice(0, N * D),
    actions: batch.actions.slice(0, N * A),
    rewards: batch.rewards.slice(0, N),
    nextObservations: batch.nextObservations.slice(0, N * D),
    ends: batch.ends.slice(0, N),
  };
}
