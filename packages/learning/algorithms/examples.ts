/**
 * What was seen and done in kept episodes, as networks take it. Axes: N examples in the order of play,
 * D features, A numbers of an action.
 */
import { type Environment, TERMINATED, TRUNCATED } from '@dreampitch/sim';
import type { TransitionBatch } from '../datasets/transitions.ts';
import type { ActorSpace } from './actor-space.ts';

export type Examples = {
  readonly count: number; // N
  readonly seen: Float32Array<ArrayBuffer>; // [N, D]
  /** Choices from 0 [N, 1], or numbers in -1 .. 1 [N, A]. */
  readonly done: Float32Array<ArrayBuffer> | Uint32Array<ArrayBuffer>;
  readonly rewards: Float32Array<ArrayBuffer>; // [N]
  readonly after: Float32Array<ArrayBuffer>; // [N, D]: what is seen then
  /** [N]: TERMINATED; TRUNCATED also where the recording stops or goes on elsewhere; else 0. */
  readonly ends: Uint8Array<ArrayBuffer>;
};

/** Throws where they are none, or not of this environment. */
export function examplesOf(
  { id }: Environment,
  space: ActorSpace,
  batch: TransitionBatch,
): Examples {
  const [N, D, A] = batch.shape;
  if (N === 0) throw new Error(`There are no examples of ${id} to learn from.`);
  const wanted = [space.seesChoice ? 1 : space.inputs, space.kind === 'choice' ? 1 : space.count];
  if (D !== wanted[0] || A !== wanted[1]) {
    throw new Error(
      `The examples have ${D} observed numbers and ${A} done; ${id} has ${wanted.join(' and ')}.`,
    );
  }
  return {
    count: N,
    seen: seenOf(space, batch.observations),
    done: doneOf(id, space, batch.actions),
    rewards: batch.rewards,
    after: seenOf(space, batch.nextObservations),
    ends: endsOf(batch),
  };
}

/** An observation that is one of D choices is 1 at its place, else 0. */
function seenOf(
  { seesChoice, inputs }: ActorSpace,
  observations: Float32Array<ArrayBuffer>,
): Float32Array<ArrayBuffer> {
  if (!seesChoice) return observations;
  const seen = new Float32Array(observations.length * inputs);
  observations.forEach((at, n) => (seen[n * inputs + at] = 1));
  return seen;
}

function doneOf(id: string, space: ActorSpace, actions: Float32Array): Examples['done'] {
  if (space.kind === 'choice') {
    const done = Uint32Array.from(actions, (action) => action - space.first);
    const strange = done.findIndex((choice) => choice >= space.count);
    if (strange < 0) return done;
    throw new Error(`Example ${strange} does ${actions[strange]}, which ${id} has not.`);
  }
  return Float32Array.from(actions, (action, i) => {
    const a = i % space.count;
    const [low, high] = [space.ranges[2 * a]!, space.ranges[2 * a + 1]!];
    return Math.min(Math.max((2 * (action - low)) / (high - low) - 1, -1), 1);
  });
}

/** Where the next example does not begin with what this one came to, the play was cut there. */
function endsOf(batch: TransitionBatch): Examples['ends'] {
  const [N, D] = batch.shape;
  const { observations, nextObservations } = batch;
  return batch.ends.map((end, n) => {
    if (end !== 0) return end & (TERMINATED | TRUNCATED);
    let goesOn = n + 1 < N;
    for (let d = 0; d < D && goesOn; d++) {
      goesOn = observations[(n + 1) * D + d] === nextObservations[n * D + d];
    }
    return goesOn ? 0 : TRUNCATED;
  });
}
