/** Many worlds of one environment, stepped together on either target. */
import { layoutOf, WORKGROUPS_MAX } from '@dreampitch/compute';
import type { Compute, ComputeBuffer, Dispatch } from '@dreampitch/compute';
import { disturb, type Disturbance, type Disturbed } from './disturb.ts';
import { type Environment, RESET } from './environment.ts';
import { invariant } from './invariant.ts';
import { putState, type RecordedState } from './recorded-states.ts';
import { worldSeeds } from './seeds.ts';
import { sizeOf } from './spaces.ts';
import { stateFields } from './state-fields.ts';

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
  /** Relaxed arithmetic on WASM: faster where the engine has it, not the same on all machines. */
  readonly relaxed?: boolean;
  /** Late and lost actions, inexact observations; in place of the environment's own. */
  readonly disturbance?: Disturbance;
};

/** One invocation per world, so a workgroup is one vector on WASM. */
const WORKGROUP = { wasm: 4, webgpu: 64 } as const;

/** The constants of the environment's kernels on a target. */
export function constantsOn(
  target: Compute['target'],
  environment: Environment,
): Readonly<Record<string, number>> {
  return { ...environment.constants, WORKGROUP: WORKGROUP[target] };
}

/** Bindings whose layout is private to the environment's kernels. */
export const INTERLEAVED = ['worlds'] as const;

/** The environment's entry points, to be put into batches of one's own. */
export type EnvironmentDispatches = {
  readonly reset: Dispatch; // from `seeds`
  readonly step: Dispatch; // with `actions`; an episode that was over starts anew
  readonly observe: Dispatch; // writes `observations`
};

type Parts = {
  compute: Compute;
  environment: Environment;
  worldCount: number;
  buffers: EnvironmentBuffers;
  dispatches: EnvironmentDispatches;
  disturbed: Disturbed | null;
};

export class VectorEnvironment implements Disposable {
  readonly compute: Compute;
  readonly environment: Environment;
  readonly worldCount: number; // N
  readonly agentCount: number; // R
  readonly observationSize: number; // D
  readonly actionSize: number; // A
  readonly buffers: EnvironmentBuffers;
  readonly dispatches: EnvironmentDispatches;
  /** Appended to a batch: one step of every world, auto-reset, then its observations. */
  readonly stepDispatches: readonly Dispatch[];
  /** Appended to a batch: every world starts anew from `seeds`, then its observations. */
  readonly resetDispatches: readonly Dispatch[];
  readonly #own: EnvironmentBuffers;
  readonly #disturbed: Disturbed | null;
  /** u32, of whole workgroups; null until the first reset. */
  #seeds: Uint32Array<ArrayBuffer> | null = null;

  private constructor(parts: Parts) {
    this.compute = parts.compute;
    this.environment = parts.environment;
    this.worldCount = parts.worldCount;
    this.agentCount = parts.environment.agentCount;
    this.observationSize = sizeOf(parts.environment.observationSpace);
    this.actionSize = sizeOf(parts.environment.actionSpace);
    const { reset, step, observe } = (this.dispatches = parts.dispatches);
    const { disturbed } = parts;
    this.#own = parts.buffers;
    this.#disturbed = disturbed;
    this.buffers = disturbed ? { ...parts.buffers, actions: disturbed.commands } : parts.buffers;
    const steps = parts.environment.stepObserves ? [step] : [step, observe];
    const blur = disturbed?.blur ? [disturbed.blur] : [];
    this.stepDispatches = disturbed ? [disturbed.deliver, ...steps, ...blur] : steps;
    this.resetDispatches = [reset, observe, ...blur];
  }

  /** Worlds of zeros: `reset` first. Throws WgslError, or ArenaError where they do not fit. */
  static async create(
    compute: Compute,
    environment: Environment,
    options: VectorEnvironmentOptions,
  ): Promise<VectorEnvironment> {
    const { worldCount } = options;
    invariant(
      Number.isSafeInteger(worldCount) && worldCount > 0,
      `worldCount ${worldCount}: want a positive integer.`,
    );
    const worldsMax = WORKGROUPS_MAX[compute.target] * WORKGROUP[compute.target];
    invariant(
      worldCount <= worldsMax,
      `worldCount ${worldCount}: at most ${worldsMax} on ${compute.target}; ` +
        `create ${Math.ceil(worldCount / worldsMax)} of them, and submit their dispatches together.`,
    );
    const rules = rulesOf(environment, options.rules ?? {});
    const workgroup = WORKGROUP[compute.target];
    const paddedCount = Math.ceil(worldCount / workgroup) * workgroup;
    const buffers = createBuffers(compute, environment, paddedCount);
    try {
      compute.write(buffers.rules, rules);
      const { disturbance = environment.disturbance, relaxed = false } = options;
      const kernels = { buffers, paddedCount, relaxed };
      const dispatches = await prepareDispatches(compute, environment, kernels);
      const disturbed = disturbance
        ? await disturb(compute, environment, { disturbance, buffers, paddedCount, workgroup })
        : null;
      const parts = { compute, environment, worldCount, buffers, dispatches, disturbed };
      return new VectorEnvironment(parts);
    } catch (error) {
      for (const buffer of Object.values(buffers)) buffer[Symbol.dispose]();
      throw error;
    }
  }

  /** Starts every world anew. A number gives every world its own seed; an array [N] sets them. */
  reset(seed: number | Uint32Array): void {
    const count = this.buffers.seeds.bytes / 4;
    invariant(
      typeof seed === 'number' || seed.length === this.worldCount,
      `seeds: want [${this.worldCount}], got ${typeof seed === 'number' ? '' : seed.length} items`,
    );
    this.#seeds =
      typeof seed === 'number'
        ? worldSeeds(seed, count)
        : Uint32Array.from({ length: count }, (_, n) => seed[n % seed.length]!);
    this.compute.write(this.buffers.seeds, this.#seeds);
    this.#disturbed?.reset(this.#seeds);
    this.compute.submit(this.resetDispatches);
  }

  /**
   * Begins an episode in every world from a given state, [N] of them: numbers of the text's
   * `struct State` in its order, as recordings give them, each world on its own. As after `reset`,
   * `observations` are those of the states; random numbers still come from the seeds of the latest
   * `reset` (of seed 0 where there was none). Throws where a state does not have the state's numbers.
   */
  async setStates(states: ArrayLike<RecordedState>): Promise<void> {
    invariant(
      states.length === this.worldCount,
      `states: want [${this.worldCount}], got ${states.length}`,
    );
    if (!this.#seeds) this.reset(0);
    const { compute, environment } = this;
    const { worlds, rewards, ends } = this.#own;
    const layout = stateFields(environment);
    const all = await compute.read(worlds);
    for (let n = 0; n < states.length; n++) {
      const world = all.subarray(n * layout.bytes, (n + 1) * layout.bytes);
      putState(world, states[n]!, { environment, layout });
    }
    compute.write(worlds, all);
    compute.write(rewards, new Uint8Array(rewards.bytes));
    compute.write(ends, new Uint32Array(ends.bytes / 4).fill(RESET));
    this.#disturbed?.reset(this.#seeds!);
    compute.submit(this.resetDispatches.slice(1)); // without the kernel `reset`
  }

  /** One step of every world with `buffers.actions`. */
  step(): void {
    this.compute.submit(this.stepDispatches);
  }

  [Symbol.dispose](): void {
    for (const buffer of Object.values(this.#own)) buffer[Symbol.dispose]();
    this.#disturbed?.[Symbol.dispose]();
  }
}

function createBuffers(
  compute: Compute,
  environment: Environment,
  paddedCount: number,
): EnvironmentBuffers {
  const agents = paddedCount * environment.agentCount;
  const world = layoutOf(environment.wgsl, 'World', environment.constants);
  const made: ComputeBuffer[] = [];
  const create = (name: string, bytes: number, interleavedStrideBytes?: number) => {
    const label = `${environment.id} ${name}`;
    const buffer = compute.createBuffer({ label, bytes, interleavedStrideBytes });
    made.push(buffer);
    return buffer;
  };
  try {
    return {
      worlds: create('worlds', paddedCount * world.bytes, world.bytes),
      observations: create('observations', 4 * agents * sizeOf(environment.observationSpace)),
      actions: create('actions', 4 * agents * sizeOf(environment.actionSpace)),
      rewards: create('rewards', 4 * agents),
      ends: create('ends', 4 * paddedCount),
      seeds: create('seeds', 4 * paddedCount),
      rules: create('rules', layoutOf(environment.wgsl, 'Rules', environment.constants).bytes),
    };
  } catch (error) {
    for (const buffer of made) buffer[Symbol.dispose]();
    throw error;
  }
}

async function prepareDispatches(
  compute: Compute,
  environment: Environment,
  parts: { buffers: EnvironmentBuffers; paddedCount: number; relaxed: boolean },
): Promise<EnvironmentDispatches> {
  const constants = constantsOn(compute.target, environment);
  const prepare = async (entry: 'reset' | 'step' | 'observe') => {
    const label = `${environment.id} ${entry}`;
    const { wgsl } = environment;
    const kernel = await compute.createKernel({
      label,
      wgsl,
      entry,
      constants,
      interleaved: INTERLEAVED,
      relaxed: parts.relaxed,
      loopBudget: loopBudgetOn(compute.target, environment, parts.paddedCount),
    });
    return kernel.prepare({ bindings: parts.buffers, invocations: parts.paddedCount });
  };
  const [reset, step, observe] = await Promise.all([
    prepare('reset'),
    prepare('step'),
    prepare('observe'),
  ]);
  return { reset, step, observe };
}

const BUDGET_MAX = 2 ** 31 - 1;
/** One world may take a budget of its own; many in one call, a fiftieth each. */
const VECTORS_PER_BUDGET = 50;

/** The budget of one call on WASM, where it counts the loops of all worlds, or of one invocation. */
function loopBudgetOn(
  target: Compute['target'],
  { loopBudget }: Environment,
  paddedCount: number,
): number | undefined {
  if (loopBudget === undefined || target === 'webgpu') return loopBudget;
  const vectors = paddedCount / WORKGROUP.wasm;
  return Math.min(loopBudget * Math.max(1, Math.ceil(vectors / VECTORS_PER_BUDGET)), BUDGET_MAX);
}

/** The kernel's struct Rules as bytes. Throws on a rule that it does not have. */
function rulesOf(
  environment: Environment,
  replaced: Readonly<Record<string, number>>,
): Uint8Array<ArrayBuffer> {
  const { bytes, fields } = layoutOf(environment.wgsl, 'Rules', environment.constants);
  const given: Readonly<Record<string, number>> = { ...environment.rules, ...replaced };
  for (const name of Object.keys(given)) {
    const rules = Object.keys(fields).join(', ');
    invariant(name in fields, `${environment.id} has no rule '${name}'; it has ${rules}.`);
  }
  const view = new DataView(new ArrayBuffer(bytes));
  for (const [name, { offset, type }] of Object.entries(fields)) {
    const value = given[name];
    invariant(value !== undefined, `${environment.id}: rule '${name}' has no value.`);
    if (type === 'f32') view.setFloat32(offset, value, true);
    else if (type === 'i32') view.setInt32(offset, value, true);
    else view.setUint32(offset, value, true);
  }
  return new Uint8Array(view.buffer);
}
