/**
 * An environment is one WGSL text and this plain description of it; everything else is derived.
 * The text has the entry points `reset`, `step` and `observe` and the bindings of group 0 that
 * `vector-environment.ts` lists.
 */
import type { Disturbance } from './disturb.ts';
import type { Space } from './spaces.ts';

/** A physical parameter: a `const` of the kernel's text. */
export type Parameter = {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly source: string;
};

export type Environment = {
  readonly id: string;
  readonly wgsl: string;
  /** Replaced values of module-scope constants of the text. */
  readonly constants: Readonly<Record<string, number>>;
  /** R: agents per world. */
  readonly agentCount: number;
  readonly observationSpace: Space; // of one agent, D numbers
  readonly actionSpace: Space; // of one agent, A numbers
  /** Values of the text's `struct Rules` where nobody gives others. */
  readonly rules: Readonly<Record<string, number>>;
  readonly parameters: readonly Parameter[];
  readonly tickSeconds: number;
  readonly substeps: number;
  /** True: `step` writes the observations itself, as it has the world at hand. */
  readonly stepObserves: boolean;
  /**
   * What happens after `terminated` or `truncated`. 'next-step': the observation beside the flag is
   * the final one of its episode; the next step ignores its action, starts the next episode, gives
   * that episode's first observation, reward 0 and the flag RESET (Gymnasium's
   * AutoresetMode.NEXT_STEP).
   */
  readonly autoReset: 'next-step';
  /**
   * Numbers of the state that are angles which may grow by whole turns without a difference: a state
   * that is set (`setStates`) takes them within half a turn of 0.
   */
  readonly turns?: readonly string[];
  /** For text from strangers: loops are stopped after so many iterations of one world's step. */
  readonly loopBudget?: number;
  /** What lies between policies and this environment, where nobody says otherwise. */
  readonly disturbance?: Disturbance;
  /** What it is drawn as, from the numbers of its state by name: 'cart-pole'. */
  readonly picture?: string;
};

/** Iterations of all loops: far more than a step needs, and over in milliseconds. */
export const LOOP_BUDGET = 1_000_000;

/** Bits of `ends`, one u32 per world and step. */
export const TERMINATED = 1; // the rules ended the episode
export const TRUNCATED = 2; // the time limit ended it
export const RESET = 4; // this step only started the next episode
