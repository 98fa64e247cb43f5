/** Many worlds of one environment, stepped together on either target. */
import type { Compute, ComputeBuffer, Dispatch } from '@dreampitch/compute';
import type { Environment } from './environment.ts';

/**
 * Axes: N worlds, R agents, D features, A action numbers; row-major. Buffers hold whole workgroups,
 * so they may be longer than N worlds; what lies behind N means nothing.
 */
export type EnvironmentBuffers = {
  readonly worlds: ComputeBuffer; // private state, interleaved on WASM
  readonly observations: ComputeBuffer; // f32 [N, R, D]
  readonly actions: ComputeBuffer; // i32 [N, R, A]; int8 spaces are clamped by the kernel
  readonly rewards: ComputeBuffer; // f32 [N, R]
  readonly ends: ComputeBuffer; // u32 [N]: TERMINATED, TRUNCATED, RESET
  readonly seeds: ComputeBuffer; // u32 [N], read by `reset`
  readonly rules: ComputeBuffer; // the text's struct Rules
};

export type VectorEnvironmentOptions = {
  readonly worldCount: number; // N
  /** Replaces single rules of the environment. */
  readonly rules?: Readonly<Record<string, number>>;
};

export class VectorEnvironment implements Disposable {
  readonly compute: Compute;
  readonly environment: Environment;
  readonly worldCount: number; // N
  readonly agentCount: number; // R
  readonly observationSize: number; // D
  readonly actionSize: number; // A
  readonly buffers: EnvironmentBuffers;
  /** Appended to a batch: one step of every world, auto-reset, then its observations. */
  readonly stepDispatches: readonly Dispatch[];
  /** Appended to a batch: every world starts anew from `seeds`, then its observations. */
  readonly resetDispatches: readonly Dispatch[];

  private constructor(parts: Omit<VectorEnvironment, 'reset' | 'step' | typeof Symbol.dispose>) {
    this.compute = parts.compute;
    this.environment = parts.environment;
    this.worldCount = parts.worldCount;
    this.agentCount = parts.agentCount;
    this.observationSize = parts.observationSize;
    this.actionSize = parts.actionSize;
    this.buffers = parts.buffers;
    this.stepDispatches = parts.stepDispatches;
    this.resetDispatches = parts.resetDispatches;
  }

  static create(
    compute: Compute,
    environment: Environment,
    options: VectorEnvironmentOptions,
  ): Promise<VectorEnvironment> {
    void compute;
    void environment;
    void options;
    return Promise.reject(new Error('being written'));
  }

  /** Starts every world anew. A number gives every world its own seed; an array [N] sets them. */
  reset(seed: number | Uint32Array): void {
    void seed;
  }

  /** One step of every world with `buffers.actions`. */
  step(): void {
    this.compute.submit(this.stepDispatches);
  }

  [Symbol.dispose](): void {
    for (const buffer of Object.values(this.buffers)) buffer[Symbol.dispose]();
  }
}
