/** One world of an environment, reset and stepped as in Gymnasium: `make`, `reset`, `step`. */
import { openWasm } from '@dreampitch/compute';
import type { WasmCompute } from '@dreampitch/compute';
import { SingleWorld } from '../match/world.ts';
import { type Environment, TERMINATED, TRUNCATED } from './environment.ts';
import { invariant } from './invariant.ts';
import { putState, type RecordedState, recordedState } from './recorded-states.ts';
import { environmentById, environments } from './registry.ts';
import { pcgHash } from './seeds.ts';
import { isAction, type Space } from './spaces.ts';

/** A number for a discrete space, else an array: of one agent [D], of several [R, D] row-major. */
export type Value = number | Float32Array | Int32Array;

export type StepResult = {
  readonly observation: Value;
  /** Of the first agent; all of them are in `rewards`. */
  readonly reward: number;
  readonly rewards: Float32Array; // [R]
  readonly terminated: boolean;
  readonly truncated: boolean;
};

export type MakeOptions = {
  /** Replaces single rules of the environment, such as `stepsMax` or `slippery`. */
  readonly rules?: Readonly<Record<string, number>>;
  /** Of the first episode; later ones follow from it unless `reset` is given one. Default 0. */
  readonly seed?: number;
};

export type ResetOptions = {
  /** The same seed begins the same episode; without one, the next in line. */
  readonly seed?: number;
  /**
   * Begins in this state instead: numbers of the text's `struct State` in its order, as recordings
   * give them. Random numbers still come from the seed.
   */
  readonly state?: RecordedState;
};

const I32_MAX = 2 ** 31 - 1;
/** Or a number beyond would come round to the other side. */
const clampToI32 = (value: number) => Math.max(-I32_MAX - 1, Math.min(I32_MAX, value));

function knownEnvironment(id: string): Environment {
  const found = environmentById(id);
  if (found) return found;
  const ids = environments().map((one) => one.id);
  throw new Error(`There is no environment '${id}'; there are ${ids.join(', ')}.`);
}

/**
 * Opens the environment with this id. Throws where there is none, naming those that there are.
 * `using environment = await make('CartPole-v1')`.
 */
export async function make(
  environment: string | Environment,
  options: MakeOptions = {},
): Promise<SingleEnvironment> {
  const found = typeof environment === 'string' ? knownEnvironment(environment) : environment;
  const compute = await openWasm({ threadCount: 1, sharedMemory: false });
  try {
    return await SingleEnvironment.create(compute, found, options);
  } catch (error) {
    compute[Symbol.dispose]();
    throw error;
  }
}

export class SingleEnvironment implements Disposable {
  readonly environment: Environment;
  readonly observationSpace: Space; // of one agent
  readonly actionSpace: Space; // of one agent
  readonly #compute: WasmCompute;
  readonly #world: SingleWorld;
  #seed: number;
  /** 'new': before the first reset; 'over': before the next. */
  #phase: 'new' | 'running' | 'over' = 'new';

  private constructor(compute: WasmCompute, world: SingleWorld, seed: number) {
    this.environment = world.environment.environment;
    this.observationSpace = this.environment.observationSpace;
    this.actionSpace = this.environment.actionSpace;
    this.#compute = compute;
    this.#world = world;
    this.#seed = seed;
  }

  /** Takes the compute over: it is disposed with the environment. */
  static async create(
    compute: WasmCompute,
    environment: Environment,
    options: MakeOptions,
  ): Promise<SingleEnvironment> {
    const { rules = {}, seed = 0 } = options;
    const world = await SingleWorld.create(compute, environment, { rules, seed });
    return new SingleEnvironment(compute, world, seed);
  }

  /** Begins an episode, by seed or from a state. Throws on a state of another length. */
  reset(options: ResetOptions = {}): { observation: Value } {
    const { seed, state } = options;
    if (seed !== undefined) this.#seed = seed >>> 0;
    else if (this.#phase !== 'new') this.#seed = pcgHash(this.#seed);
    this.#world.environment.reset(Uint32Array.of(this.#seed));
    if (state !== undefined) {
      const world = this.#world.read();
      putState(world, state, { environment: this.environment, layout: this.#world.fields });
      this.#world.write(world);
      this.#world.observe();
    }
    this.#phase = 'running';
    return { observation: this.#observation() };
  }

  /** What `reset({ state })` takes, of now: a number where the state has one, else a copy [S]. */
  get state(): number | Float64Array {
    return recordedState(this.#world.read(), this.#world.fields);
  }

  /**
   * One step. `action` is a number for one agent with a space of one number, else [R, A] row-major.
   * Numbers of a box may lie outside of it: the environment clips them, as in Gymnasium. Throws on an
   * action that the space cannot have, and where the episode is over.
   */
  step(action: number | ArrayLike<number>): StepResult {
    invariant(this.#phase === 'running', 'The episode is over or has not begun: call reset().');
    const { agentCount, actionSize, buffers } = this.#world.environment;
    const numbers = typeof action === 'number' ? [action] : Array.from(action);
    invariant(
      numbers.length === agentCount * actionSize,
      `action: want [${agentCount}, ${actionSize}], got ${numbers.length} numbers`,
    );
    for (let agent = 0; agent < agentCount; agent++) {
      const own = numbers.slice(agent * actionSize, (agent + 1) * actionSize);
      invariant(
        isAction(this.actionSpace, own),
        `action ${own.join(', ')} is not in ${JSON.stringify(this.actionSpace)}`,
      );
    }
    const floats = this.actionSpace.kind === 'box' && this.actionSpace.type === 'f32';
    this.#compute.write(
      buffers.actions,
      floats ? Float32Array.from(numbers) : Int32Array.from(numbers, clampToI32),
    );
    this.#world.step();
    this.#world.observe();
    const { end } = this.#world;
    if (end !== 0) this.#phase = 'over';
    const rewards = this.#world.rewards.slice();
    return {
      observation: this.#observation(),
      reward: rewards[0]!,
      rewards,
      terminated: (end & TERMINATED) !== 0,
      truncated: (end & TRUNCATED) !== 0,
    };
  }

  [Symbol.dispose](): void {
    this.#world[Symbol.dispose]();
    this.#compute[Symbol.dispose]();
  }

  #observation(): Value {
    const floats = this.#world.observations;
    if (this.observationSpace.kind === 'box') return floats.slice();
    const whole = new Int32Array(floats.buffer, floats.byteOffset, floats.length);
    return whole.length === 1 ? whole[0]! : whole.slice();
  }
}
