/** One world of an environment, reset and stepped as in Gymnasium: `make`, `reset`, `step`. */
import { openWasm } from '@dreampitch/compute';
import type { WasmCompute } from '@dreampitch/compute';
import { SingleWorld } from '../match/world.ts';
import type { Disturbance } from './disturb.ts';
import { type Environment, LOOP_BUDGET, TERMINATED, TRUNCATED } from './environment.ts';
import { invariant } from './invariant.ts';
import { putState, type RecordedState, recordedState } from './recorded-states.ts';
import { environmentById, environments } from './registry.ts';
import { pcgHash } from './seeds.ts';
import type { GivenValue, Space, Value } from './spaces.ts';
import { isAction, numbersOf, sizeOf, valueIn, wordsOf } from './spaces.ts';

/** Of one agent a value of its space; of several [R, D] row-major, of dicts one of each agent. */
export type Observation = Value | readonly Value[];
/** The same for actions. */
export type Action = GivenValue | readonly { readonly [name: string]: GivenValue }[];

export type StepResult = {
  readonly observation: Observation;
  /** Of the first agent; all of them are in `rewards`. */
  readonly reward: number;
  readonly rewards: Float32Array; // [R]
  readonly terminated: boolean;
  readonly truncated: boolean;
};

export type MakeOptions = {
  /** Replaces single rules of the environment, such as `stepsMax` or `slippery`. */
  readonly rules?: Readonly<Record<string, number>>;
  /** Replaces physical parameters of the environment, such as `{ GRAVITY: 9.81 }`. */
  readonly parameters?: Readonly<Record<string, number>>;
  /** Late and lost actions, inexact observations; drawn anew in every episode, by its seed. */
  readonly disturbance?: Disturbance;
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

function knownEnvironment(id: string): Environment {
  const found = environmentById(id);
  if (found) return found;
  const ids = environments().map((one) => one.id);
  throw new Error(`There is no environment '${id}'; there are ${ids.join(', ')}.`);
}

/** What `make` opens: of text whose author is unknown, loops are stopped that do not end. */
function opened(given: string | Environment, { parameters = {}, disturbance }: MakeOptions) {
  const environment =
    typeof given === 'string'
      ? knownEnvironment(given)
      : { ...given, loopBudget: given.loopBudget ?? LOOP_BUDGET };
  for (const name of Object.keys(parameters)) {
    const known = environment.parameters.map((parameter) => parameter.name);
    invariant(
      known.includes(name),
      `${environment.id} has no parameter '${name}'; it has ${known.join(', ')}.`,
    );
  }
  return {
    ...environment,
    constants: { ...environment.constants, ...parameters },
    ...(disturbance && { disturbance }),
  };
}

/**
 * Opens the environment with this id, or one of one's own. Throws where there is none, naming those
 * that there are. `using environment = await make('CartPole-v1')`.
 */
export async function make(
  environment: string | Environment,
  options: MakeOptions = {},
): Promise<SingleEnvironment> {
  const found = opened(environment, options);
  const compute = await openWasm({ threadCount: 1, sharedMemory: false });
  try {
    return await SingleEnvironment.create(compute, found, options);
  } catch (error) {
    compute[Symbol.dispose]();
    throw error;
  }
}

const U32_MAX = 2 ** 32 - 1;

function checkedSeed(seed: number): number {
  const isSeed = Number.isInteger(seed) && seed >= 0 && seed <= U32_MAX;
  invariant(isSeed, `seed ${seed}: want a whole number, 0 .. ${U32_MAX}.`);
  return seed;
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
    const { rules = {} } = options;
    const seed = checkedSeed(options.seed ?? 0);
    const world = await SingleWorld.create(compute, environment, { rules, seed });
    return new SingleEnvironment(compute, world, seed);
  }

  /** Begins an episode, by seed or from a state. Throws on a state of another length. */
  reset(options: ResetOptions = {}): { observation: Observation } {
    const { seed, state } = options;
    if (seed !== undefined) this.#seed = checkedSeed(seed);
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
   * One step. `action` is a value of the action space; of several agents [R, A] row-major, or of dicts
   * one of each. Numbers of a box may lie outside of it: the environment clips them, as in Gymnasium.
   * Throws on an action that the space cannot have, and where the episode is over.
   */
  step(action: Action): StepResult {
    invariant(this.#phase === 'running', 'The episode is over or has not begun: call reset().');
    const { agentCount, actionSize, buffers } = this.#world.environment;
    const numbers = this.#numbersOf(action);
    invariant(
      numbers.length === agentCount * actionSize,
      `action: want [${agentCount}, ${actionSize}], got ${numbers.length} numbers`,
    );
    const words = new Int32Array(numbers.length);
    for (let agent = 0; agent < agentCount; agent++) {
      const own = numbers.slice(agent * actionSize, (agent + 1) * actionSize);
      invariant(
        isAction(this.actionSpace, own),
        `action ${own.join(', ')} is not in ${JSON.stringify(this.actionSpace)}`,
      );
      words.set(wordsOf(this.actionSpace, own), agent * actionSize);
    }
    this.#compute.write(buffers.actions, words);
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

  #numbersOf(action: Action): number[] {
    const space = this.actionSpace;
    if (space.kind !== 'dict' || !Array.isArray(action)) {
      return numbersOf(space, action as GivenValue);
    }
    return (action as readonly GivenValue[]).flatMap((one) => numbersOf(space, one));
  }

  #observation(): Observation {
    const { buffer, byteOffset, length } = this.#world.observations;
    const words = new Int32Array(buffer, byteOffset, length);
    const space = this.observationSpace;
    const size = sizeOf(space);
    const { agentCount } = this.environment;
    if (agentCount === 1) return valueIn(space, words);
    if (space.kind === 'dict') {
      return Array.from({ length: agentCount }, (_, agent) =>
        valueIn(space, words.subarray(agent * size, (agent + 1) * size)),
      );
    }
    const all = words.slice();
    return space.kind === 'box' && space.type === 'f32' ? new Float32Array(all.buffer) : all;
  }
}
