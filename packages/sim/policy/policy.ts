/** What drives robots: kernels from observations to actions. Bots and trained players alike. */
import type { ComputeBuffer, Dispatch } from '@dreampitch/compute';
import type { VectorEnvironment } from '../environment/vector-environment.ts';

export type Policy = {
  readonly name: string;
  /** Decides every so many ticks and holds its action between. Default 1. */
  readonly ticksPerAction?: number;
  /**
   * Binds the policy to agents of an environment; each is `world * agentCount + agent`. The
   * dispatches read the environment's observations and write those agents' actions.
   */
  attach(environment: VectorEnvironment, agents: Uint32Array): Promise<AttachedPolicy>;
};

export type AttachedPolicy = Disposable & {
  readonly dispatches: readonly Dispatch[];
  /** What it remembers from one decision to the next, to be kept with the worlds. */
  readonly memory?: readonly ComputeBuffer[];
};
