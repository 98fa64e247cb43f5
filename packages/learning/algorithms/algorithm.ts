/**
 * What all algorithms have in common: one way to create a run, to go on with it and to see how it
 * does. Plain data in and out, so that a page's Worker, a peer and the tests use the same few calls.
 */
import type { Compute } from '@dreampitch/compute';
import type { Environment, Policy } from '@dreampitch/sim';
import type { Keep } from '../continual/keep.ts';
import type { TransitionBatch } from '../datasets/transitions.ts';
import type { NamedTensor } from '../formats/safetensors.ts';
import type { Checkpoint } from './checkpoint.ts';
import type { Shape } from '../tensor/shape.ts';
import type { Options, OptionTable } from './options.ts';
import type { PolicyNetwork } from './policy-network.ts';

/** One iteration, in the same words for all algorithms. Time is the caller's. */
export type Report = {
  /** Decisions of all worlds together since the beginning. */
  readonly steps: number;
  /** Episodes that ended since the beginning, counted per actor. */
  readonly episodes: number;
  /** Mean return of those that ended in this iteration; null: none did. */
  readonly meanReturn: number | null;
  /** Of the last update, by names that an algorithm never changes; empty before the first. */
  readonly losses: Readonly<Record<string, number>>;
};

export type EvaluateOptions = {
  readonly episodes: number; // the first one of so many worlds
  readonly seed: number; // u32
  readonly stepsMax: number; // ticks after which an episode counts as it stands
};

/**
 * A run of an algorithm. One call at a time. To pause, do not call `iteration`; to stop, dispose; to go
 * on another day, keep `checkpoint`.
 */
export interface Trainee extends Disposable {
  readonly algorithm: string; // AlgorithmId
  readonly environment: Environment;
  readonly options: Options;
  readonly seed: number;
  readonly steps: number; // as in the report
  readonly isDone: boolean; // steps have reached options.stepsMax
  /**
   * Plays a little and learns from it. Throws NotFiniteError where a loss is no number any more: the
   * weights then still are those before that update, and so is `checkpoint`.
   */
  iteration(): Promise<Report>;
  /** All that it takes to go on as if nothing had been, the replay buffer included. */
  checkpoint(): Promise<Uint8Array<ArrayBuffer>>;
  /** Every learned tensor by name, for safetensors and as `from` of another run. */
  weights(): Promise<Record<string, NamedTensor>>;
  /** What plays, as plain data: for bytes, ONNX, and `policyOf`, which plays on any device. */
  policyNetwork(): Promise<PolicyNetwork>;
  /** Returns of episodes in which the policy always does what it thinks best. */
  evaluate(o: EvaluateOptions): Promise<number[]>;
  /** Whom the learning team plays against from the next iteration on, where there are two. */
  setOpponents(opponents: readonly Policy[]): Promise<void>;
}

export type CreateOptions = {
  readonly environment: Environment;
  /** Replaces single ones of the algorithm's defaults for this environment. */
  readonly options?: Partial<Options>;
  readonly seed: number; // u32; decides everything
  /** To start from, by name; what is not named begins as usual. Throws on another shape. */
  readonly from?: Readonly<Record<string, NamedTensor>>;
  /**
   * Who plays for the other team, where the environment has two: world n meets number
   * floor(n / 2) % count, and the learning team is blue in even worlds, orange in odd ones. Without any,
   * one policy drives all agents, against itself. Actors share the policy in any case.
   */
  readonly opponents?: readonly Policy[];
  /**
   * What was seen and done in kept episodes, in the order of play, to start from (`withExamples` says
   * how); `imitates` needs it. The agents' own actions; rewards and ends as the environment gave them.
   */
  readonly examples?: TransitionBatch;
  /** What must not be forgotten meanwhile, by algorithms that can keep something: PPO and cloning. */
  readonly keep?: Keep;
};

export type ResumeOptions = {
  readonly environment: Environment;
  readonly checkpoint: Checkpoint; // decodeTraining gives it
  /** All as given to `create`: they are not in the checkpoint. */
  readonly opponents?: readonly Policy[];
  /** Only of what `imitates`: the others have in the checkpoint what they made of them. */
  readonly examples?: TransitionBatch;
  readonly keep?: Keep;
};

export type Algorithm = {
  readonly id: string;
  readonly name: string;
  readonly words: string; // one sentence for people
  readonly options: OptionTable;
  /** It learns from examples, which `create` and `resume` want; it plays nothing itself. */
  readonly imitates?: true;
  /** It can learn without forgetting: `create` and `resume` take `keep`. */
  readonly keeps?: true;
  /** What it does with examples, in a sentence for people. */
  readonly withExamples: string;
  /** All options: the defaults, or what is known to work for this environment. */
  defaultsFor(environment: Environment): Options;
  /** Why it cannot learn this environment, in words; null: it can. */
  whyNot(environment: Environment): string | null;
  /** Why a run with these options cannot start from examples, in words; null: it can. */
  whyNotExamples(environment: Environment, options: Options): string | null;
  /** Names and shapes of what `from` takes. Throws where the environment is none for it. */
  weightShapes(environment: Environment, options: Options): Readonly<Record<string, Shape>>;
  /** Throws where environment, options, weights or examples do not fit, in words. */
  create(compute: Compute, o: CreateOptions): Promise<Trainee>;
  /** Throws where the checkpoint is of another algorithm, environment or version of it. */
  resume(compute: Compute, o: ResumeOptions): Promise<Trainee>;
};
