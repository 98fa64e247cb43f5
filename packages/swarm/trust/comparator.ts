/** How two results of one job are compared; the job's kind names the way. */

import type { Attempt, Job } from '../jobs/job.ts';

export type Verdict = 'same' | 'different' | 'malformed';

/** `classes`: the adapter classes that made the two results; floats differ more across them. */
export type Comparator = (
  results: readonly [Uint8Array, Uint8Array],
  classes: readonly [string, string],
) => Verdict;

/** Integers, strict WASM, anything that is the same everywhere. */
export const exact: Comparator = ([a, b]) => {
  if (a.length !== b.length) return 'different';
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return 'different';
  return 'same';
};

export type Tolerance = { readonly absolute: number; readonly relative: number };

/**
 * Little-endian float32 arrays, equal within a tolerance: `within` where both adapters are of one
 * class, `across` where not (GPUs fuse and reassociate). NaN is a wrong result, not an equal one.
 */
export function tolerant(options: { within: Tolerance; across: Tolerance }): Comparator {
  return ([a, b], classes) => {
    if (a.length % 4 !== 0 || b.length % 4 !== 0) return 'malformed';
    if (a.length !== b.length) return 'different';
    const { absolute, relative } = classes[0] === classes[1] ? options.within : options.across;
    const x = new DataView(a.buffer, a.byteOffset, a.byteLength);
    const y = new DataView(b.buffer, b.byteOffset, b.byteLength);
    for (let at = 0; at < a.length; at += 4) {
      const left = x.getFloat32(at, true);
      const right = y.getFloat32(at, true);
      const largest = Math.max(Math.abs(left), Math.abs(right));
      if (!(Math.abs(left - right) <= absolute + relative * largest)) return 'different';
    }
    return 'same';
  };
}

export type CompareOptions = {
  /** By the names that jobs give (JobSpec.comparator). */
  readonly comparators: ReadonlyMap<string, Comparator>;
  /** A result's bytes by its hash; null while they are under way. */
  readonly bytesOf: (hash: Uint8Array) => Uint8Array | null;
  readonly classOf: (peer: string) => string; // adapter class
};

/** For LeaderDuties: two results of a job, by the comparator that it names. */
export function compareResults(options: CompareOptions) {
  return (job: Job, a: Attempt, b: Attempt): Verdict | 'pending' => {
    const hashes = [a.result!.hash, b.result!.hash] as const;
    const classes = [options.classOf(a.peer), options.classOf(b.peer)] as const;
    if (exact(hashes, classes) === 'same') return 'same';
    const comparator = options.comparators.get(job.spec.comparator) ?? exact;
    if (comparator === exact) return 'different'; // no bytes needed
    const first = options.bytesOf(hashes[0]);
    const second = options.bytesOf(hashes[1]);
    if (first === null || second === null) return 'pending';
    return comparator([first, second], classes);
  };
}

/** One simulated transition that the result claims: `after` follows from `before` by `input`. */
export type Transition = {
  readonly before: Uint8Array;
  readonly input: Uint8Array;
  readonly after: Uint8Array;
};

export type RestepOptions = {
  /** Reads the claimed transitions; null: the bytes are no such result. */
  readonly transitionsOf: (result: Uint8Array) => readonly Transition[] | null;
  /** One step of the environment, strict. */
  readonly step: (before: Uint8Array, input: Uint8Array) => Uint8Array;
  readonly compare: Comparator; // of two states
  readonly sampleCount: number;
  readonly draw: (bound: number) => number; // an integer in [0, bound), unknown to the peer
};

export type RestepVerdict = 'right' | 'wrong' | 'malformed';

/**
 * Checks a trajectory by stepping sampled transitions from their own stated state: chaos (contacts)
 * lets honest trajectories drift apart end to end, but no single step. The states must also join:
 * each sampled `before` is the `after` of the transition before it.
 */
export function restep(
  result: Uint8Array,
  classes: readonly [string, string],
  options: RestepOptions,
): RestepVerdict {
  const transitions = options.transitionsOf(result);
  if (transitions === null || transitions.length === 0) return 'malformed';
  for (let sample = 0; sample < options.sampleCount; sample++) {
    const at = options.draw(transitions.length);
    const { before, input, after } = transitions[at]!;
    const previous = transitions[at - 1];
    if (previous !== undefined && exact([previous.after, before], classes) !== 'same') {
      return 'wrong';
    }
    if (options.compare([options.step(before, input), after], classes) !== 'same') return 'wrong';
  }
  return 'right';
}
