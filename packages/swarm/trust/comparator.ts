/** How results of one job are judged; the job's type names the way (JobSpec.comparator). */
import type { JobSpec } from '../jobs/command.ts';
import type { Rng } from '../rng.ts';

export type Verdict = 'same' | 'different' | 'malformed';

/** A result, and what made it: floats differ between adapters. */
export type Made = { readonly bytes: Uint8Array; readonly adapterClass: string };

export type Comparator =
  /** Equal hashes and nothing else: integers, strict WASM, whatever is the same everywhere. */
  | { readonly type: 'exact' }
  | { readonly type: 'tolerant'; readonly compare: (a: Made, b: Made) => Verdict }
  /** Needs no second result: the leader checks samples of the one there is. */
  | {
      readonly type: 're-stepped';
      readonly check: (spec: JobSpec, result: Made, rng: Rng) => Verdict;
    };

export const EXACT: Comparator = { type: 'exact' };

export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** How far an adapter's floats may be from the strict ones. */
export type Tolerance = { readonly absolute: number; readonly relative: number };
export type ToleranceOf = (adapterClass: string) => Tolerance;

/**
 * Little-endian float32 arrays, equal within what both adapters may be off together (GPUs fuse and
 * reassociate; strict WASM is off by nothing). NaN is a wrong result, not an equal one.
 */
export function tolerant(toleranceOf: ToleranceOf): Comparator {
  const compare = (a: Made, b: Made): Verdict => {
    if (a.bytes.length % 4 !== 0 || b.bytes.length % 4 !== 0) return 'malformed';
    const x = toleranceOf(a.adapterClass);
    const y = toleranceOf(b.adapterClass);
    const both = { absolute: x.absolute + y.absolute, relative: x.relative + y.relative };
    return closeFloats(a.bytes, b.bytes, both) ? 'same' : 'different';
  };
  return { type: 'tolerant', compare };
}

export function closeFloats(a: Uint8Array, b: Uint8Array, within: Tolerance): boolean {
  if (a.length !== b.length) return false;
  const x = new DataView(a.buffer, a.byteOffset, a.byteLength);
  const y = new DataView(b.buffer, b.byteOffset, b.byteLength);
  for (let at = 0; at + 4 <= a.length; at += 4) {
    const left = x.getFloat32(at, true);
    const right = y.getFloat32(at, true);
    const largest = Math.max(Math.abs(left), Math.abs(right));
    if (!(Math.abs(left - right) <= within.absolute + within.relative * largest)) return false;
  }
  return true;
}

/** One simulated transition that the result claims: `after` follows from `before` by `input`. */
export type Transition = {
  readonly before: Uint8Array;
  readonly input: Uint8Array;
  readonly after: Uint8Array;
};

export type RestepOptions = {
  /** Reads the claimed transitions; null: the bytes are no result of that job. */
  readonly transitionsOf: (spec: JobSpec, result: Uint8Array) => readonly Transition[] | null;
  /** One step of the environment, strict. */
  readonly step: (before: Uint8Array, input: Uint8Array) => Uint8Array;
  readonly toleranceOf: ToleranceOf;
  /** Two states within a tolerance; as float32 arrays where they are nothing else. */
  readonly isClose?: (a: Uint8Array, b: Uint8Array, within: Tolerance) => boolean;
  readonly sampleCount: number;
};

/**
 * Checks a trajectory by stepping sampled transitions from their own stated state: chaos (contacts)
 * lets honest trajectories drift apart end to end, but no single step. The states must also join:
 * each sampled `before` is the `after` of the transition before it. Which are sampled is drawn
 * once the result is here; a lie in a share p of them passes with probability (1 - p)^sampleCount.
 */
export function restepped(options: RestepOptions): Comparator {
  const { transitionsOf, step, toleranceOf, sampleCount, isClose = closeFloats } = options;
  const check = (spec: JobSpec, result: Made, rng: Rng): Verdict => {
    const transitions = transitionsOf(spec, result.bytes);
    if (transitions === null || transitions.length === 0) return 'malformed';
    const within = toleranceOf(result.adapterClass);
    for (let sample = 0; sample < sampleCount; sample++) {
      const at = rng.nextInt(transitions.length);
      const { before, input, after } = transitions[at]!;
      const previous = transitions[at - 1];
      if (previous !== undefined && !equalBytes(previous.after, before)) return 'different';
      if (!isClose(step(before, input), after, within)) return 'different';
    }
    return 'same';
  };
  return { type: 're-stepped', check };
}
