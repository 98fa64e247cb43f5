/**
 * Tabular Q-learning (Watkins 1989; Sutton and Barto 2018, section 6.5) with named actions and any
 * state that JSON can hold, learning from a replay buffer.
 */
import { refusal, type Refusal } from '../binary/container.ts';
import { pcgHashOf } from '../random/pcg.ts';
import { Replay } from './replay.ts';

/** What JSON can hold. States are equal where their JSON is, whatever the order of their keys. */
export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [key: string]: Json };

export type Transition = {
  readonly state: Json;
  readonly action: string;
  readonly reward: number;
  readonly next: Json;
  /** The episode ended there by its rules: nothing follows. */
  readonly terminated: boolean;
};

/** 'explore': at random. 'exploit': the best known. 'mixed': at random with probability epsilon. */
export type Mode = 'explore' | 'exploit' | 'mixed';

export type QLearningOptions = {
  readonly actions: readonly string[];
  readonly seed: number; // u32
  readonly learningRate: number; // alpha
  readonly discount: number; // gamma, per step
  readonly epsilon: number; // share of random actions in 'mixed', at first
  readonly epsilonDecay: number; // factor per learning step
  readonly epsilonLeast: number;
  readonly initialValue: number; // optimistic ones explore by themselves
  readonly replayCapacity: number;
  readonly batchSize: number; // transitions per learning step
};

export const Q_LEARNING_DEFAULTS: Omit<QLearningOptions, 'actions' | 'seed'> = {
  learningRate: 0.1,
  discount: 0.99,
  epsilon: 1,
  epsilonDecay: 0.999,
  epsilonLeast: 0.05,
  initialValue: 0,
  replayCapacity: 10_000,
  batchSize: 32,
};

export type Statistics = {
  readonly states: number; // in the table
  readonly transitions: number; // observed
  readonly updates: number;
  readonly epsilon: number;
  /** Mean absolute temporal-difference error of the latest learning step; null before the first. */
  readonly error: number | null;
};

/** Least and most of every number; `whole` ones are integers. */
const RANGES = {
  seed: { low: 0, high: 2 ** 32 - 1, whole: true },
  learningRate: { low: 0, high: 1, whole: false },
  discount: { low: 0, high: 1, whole: false },
  epsilon: { low: 0, high: 1, whole: false },
  epsilonDecay: { low: 0, high: 1, whole: false },
  epsilonLeast: { low: 0, high: 1, whole: false },
  initialValue: { low: -1e30, high: 1e30, whole: false },
  replayCapacity: { low: 1, high: 2 ** 32 - 1, whole: true },
  batchSize: { low: 1, high: 2 ** 32 - 1, whole: true },
} as const;

const FORMAT = 1;
const [ACTION_STREAM, BATCH_STREAM] = [1, 2] as const;

/** A transition as it is learned from: states by their keys, the action by its place. */
type Kept = {
  readonly state: string;
  readonly place: number;
  readonly reward: number;
  readonly next: string;
  readonly terminated: boolean;
};

type Saved = {
  format: number;
  options: QLearningOptions;
  table: [string, number[]][];
  replay: Transition[];
  epsilon: number;
  draws: number;
  transitions: number;
  updates: number;
  error: number | null;
};

export class QLearning {
  readonly options: QLearningOptions;
  readonly #table = new Map<string, Float64Array>();
  readonly #replay: Replay<Kept>;
  #epsilon: number;
  #draws = 0;
  #transitions = 0;
  #updates = 0;
  #error: number | null = null;

  /** Throws on actions that are none or named twice, and on a number out of its range. */
  constructor(options: Partial<QLearningOptions> & Pick<QLearningOptions, 'actions' | 'seed'>) {
    this.options = { ...Q_LEARNING_DEFAULTS, ...options };
    const { actions } = this.options;
    if (actions.length === 0 || new Set(actions).size !== actions.length) {
      throw new Error(`Actions [${actions.join(', ')}]: want at least one, each once.`);
    }
    for (const [name, range] of Object.entries(RANGES)) {
      checkNumber(name, this.options[name as keyof typeof RANGES], range);
    }
    this.#replay = new Replay(this.options.replayCapacity);
    this.#epsilon = this.options.epsilon;
  }

  /** An action for the state. Among equally good ones chance decides. */
  act(state: Json, mode: Mode): string {
    const { actions } = this.options;
    const random = this.#random();
    const explores = mode === 'explore' || (mode === 'mixed' && random < this.#epsilon);
    const values = this.#table.get(keyOf(state));
    if (explores || !values) return actions[Math.floor(this.#random() * actions.length)]!;
    const best = Math.max(...values);
    const equals = actions.filter((_, i) => values[i] === best);
    return equals[Math.floor(this.#random() * equals.length)]!;
  }

  /**
   * Keeps a transition for learning. Throws on an action that is not named in the options, on a reward
   * that is no finite number and on a state that JSON cannot hold; nothing is kept then.
   */
  observe(transition: Transition): void {
    this.#keep(this.#keptOf(transition));
  }

  /**
   * Keeps transitions in the order in which they came and learns once from each, the last one first: what
   * an episode ended with reaches its beginning in one pass (Lin 1992, doi 10.1007/BF00992699, section
   * 3.2.2). Returns the mean absolute temporal-difference error; null of none. Throws as `observe` does.
   */
  replay(transitions: readonly Transition[]): number | null {
    const all = transitions.map((transition) => this.#keptOf(transition));
    if (all.length === 0) return null;
    for (const one of all) this.#keep(one);
    return this.#learnFrom(all.toReversed());
  }

  /**
   * One learning step from a batch of the replay buffer: Q(s, a) moves towards
   * r + gamma max Q(s', .). Returns the mean absolute temporal-difference error; null without any
   * transition.
   */
  learn(): number | null {
    const { batchSize, epsilonDecay, epsilonLeast, seed } = this.options;
    const batch = this.#replay.sample(batchSize, pcgHashOf(seed, BATCH_STREAM, this.#updates));
    if (batch.length === 0) return null;
    this.#error = this.#learnFrom(batch);
    this.#updates++;
    this.#epsilon = Math.max(epsilonLeast, this.#epsilon * epsilonDecay);
    return this.#error;
  }

  /** Q of every action in a state, by name. */
  values(state: Json): Record<string, number> {
    const values = this.#valuesOf(keyOf(state));
    return Object.fromEntries(this.options.actions.map((action, i) => [action, values[i]!]));
  }

  get statistics(): Statistics {
    const [transitions, updates, error] = [this.#transitions, this.#updates, this.#error];
    return { states: this.#table.size, transitions, updates, epsilon: this.#epsilon, error };
  }

  /** Everything, as JSON text: what is loaded goes on exactly where this stands. */
  save(): string {
    const saved: Saved = {
      format: FORMAT,
      options: this.options,
      table: [...this.#table].map(([key, values]) => [key, [...values]]),
      replay: this.#replay.toArray().map((kept) => this.#transitionOf(kept)),
      epsilon: this.#epsilon,
      draws: this.#draws,
      transitions: this.#transitions,
      updates: this.#updates,
      error: this.#error,
    };
    return JSON.stringify(saved);
  }

  /** Refuses what is no saved agent, of a newer format, or damaged. */
  static load(text: string): { readonly ok: true; readonly agent: QLearning } | Refusal {
    let saved: Saved;
    try {
      saved = JSON.parse(text) as Saved;
    } catch (error) {
      return refusal('not-this-kind', `This text is no saved agent: ${String(error)}`);
    }
    if (typeof saved !== 'object' || typeof saved?.format !== 'number') {
      return refusal('not-this-kind', 'This JSON is no saved agent.');
    }
    if (saved.format > FORMAT) {
      return refusal('newer-format', `This agent has format ${saved.format}; ${FORMAT} is read.`);
    }
    try {
      return { ok: true, agent: QLearning.#restored(saved) };
    } catch (error) {
      return refusal('corrupt', `This saved agent is damaged. ${String(error)}`);
    }
  }

  static #restored({ options, table, replay, ...counts }: Saved): QLearning {
    const agent = new QLearning(options);
    for (const [key, values] of table) {
      if (values.length !== agent.options.actions.length || !values.every(Number.isFinite)) {
        throw new Error(`The values of the state ${key} are [${values.join(', ')}].`);
      }
      agent.#table.set(key, Float64Array.from(values));
    }
    for (const transition of replay) agent.#replay.add(agent.#keptOf(transition));
    const count = { low: 0, high: Number.MAX_SAFE_INTEGER, whole: true };
    for (const name of ['draws', 'transitions', 'updates'] as const) {
      checkNumber(name, counts[name], count);
    }
    checkNumber('epsilon', counts.epsilon, RANGES.epsilon);
    const error = { low: 0, high: Number.MAX_VALUE, whole: false };
    if (counts.error !== null) checkNumber('error', counts.error, error);
    agent.#epsilon = counts.epsilon;
    agent.#draws = counts.draws;
    agent.#transitions = counts.transitions;
    agent.#updates = counts.updates;
    agent.#error = counts.error;
    return agent;
  }

  #keep(kept: Kept): void {
    this.#replay.add(kept);
    this.#transitions++;
  }

  #keptOf({ state, action, reward, next, terminated }: Transition): Kept {
    const place = this.#placeOf(action);
    if (!Number.isFinite(reward)) {
      throw new Error(`The reward of '${action}' is ${reward}; want a finite number.`);
    }
    return { state: keyOf(state), place, reward, next: keyOf(next), terminated };
  }

  #transitionOf({ state, place, reward, next, terminated }: Kept): Transition {
    const action = this.options.actions[place]!;
    return { state: stateOf(state), action, reward, next: stateOf(next), terminated };
  }

  /** From each in turn; the mean absolute error. */
  #learnFrom(transitions: readonly Kept[]): number {
    const { learningRate, discount } = this.options;
    let total = 0;
    for (const { state, place, reward, next, terminated } of transitions) {
      const values = this.#rowOf(state);
      const after = terminated ? 0 : Math.max(...this.#valuesOf(next));
      const error = reward + discount * after - values[place]!;
      values[place]! += learningRate * error;
      total += Math.abs(error);
    }
    return total / transitions.length;
  }

  #valuesOf(key: string): Float64Array {
    return this.#table.get(key) ?? this.#freshRow();
  }

  #rowOf(key: string): Float64Array {
    const row = this.#table.get(key) ?? this.#freshRow();
    this.#table.set(key, row);
    return row;
  }

  #freshRow(): Float64Array {
    return new Float64Array(this.options.actions.length).fill(this.options.initialValue);
  }

  #placeOf(action: string): number {
    const place = this.options.actions.indexOf(action);
    if (place >= 0) return place;
    throw new Error(`'${action}' is none of the actions ${this.options.actions.join(', ')}.`);
  }

  #random(): number {
    return pcgHashOf(this.options.seed, ACTION_STREAM, this.#draws++) / 2 ** 32;
  }
}

function checkNumber(
  name: string,
  value: unknown,
  { low, high, whole }: { low: number; high: number; whole: boolean },
): void {
  const fits = typeof value === 'number' && value >= low && value <= high;
  if (fits && (!whole || Number.isInteger(value))) return;
  const kind = whole ? 'a whole number' : 'a number';
  throw new RangeError(`${name} is ${String(value)}; want ${kind} of ${low} to ${high}.`);
}

/**
 * JSON with the keys of every object in order. Throws where JSON cannot hold the state: it would write
 * NaN as null and leave undefined out, and states that differ would be one.
 */
function keyOf(state: Json): string {
  return JSON.stringify(state, (name, value: unknown) => {
    const isOfJson =
      typeof value === 'number' ? Number.isFinite(value) : JSON_TYPES.has(typeof value);
    if (!isOfJson) {
      const where = name === '' ? 'The state' : `In a state, '${name}'`;
      throw new Error(`${where} is ${String(value)}, which JSON cannot hold.`);
    }
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
    return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  });
}

const JSON_TYPES = new Set(['boolean', 'string', 'object']);

const stateOf = (key: string) => JSON.parse(key) as Json;
