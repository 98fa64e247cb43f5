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

const FORMAT = 1;
const [ACTION_STREAM, BATCH_STREAM] = [1, 2] as const;

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
  readonly #replay: Replay<Transition>;
  #epsilon: number;
  #draws = 0;
  #transitions = 0;
  #updates = 0;
  #error: number | null = null;

  constructor(options: Partial<QLearningOptions> & Pick<QLearningOptions, 'actions' | 'seed'>) {
    this.options = { ...Q_LEARNING_DEFAULTS, ...options };
    const { actions } = this.options;
    if (actions.length === 0 || new Set(actions).size !== actions.length) {
      throw new Error(`Actions [${actions.join(', ')}]: want at least one, each once.`);
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

  /** Keeps a transition for learning. Throws on an action that is not named in the options. */
  observe(transition: Transition): void {
    this.#placeOf(transition.action);
    this.#replay.add(transition);
    this.#transitions++;
  }

  /**
   * Keeps transitions in the order in which they came and learns once from each, the last one first: what
   * an episode ended with reaches its beginning in one pass (Lin 1992, doi 10.1007/BF00992699, section
   * 3.2.2). Returns the mean absolute temporal-difference error; null of none.
   */
  replay(transitions: readonly Transition[]): number | null {
    for (const transition of transitions) this.observe(transition);
    if (transitions.length === 0) return null;
    return this.#learnFrom(transitions.toReversed());
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
    const values = this.#valuesOf(state);
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
      replay: this.#replay.toArray(),
      epsilon: this.#epsilon,
      draws: this.#draws,
      transitions: this.#transitions,
      updates: this.#updates,
      error: this.#error,
    };
    return JSON.stringify(saved);
  }

  static load(text: string): { readonly ok: true; readonly agent: QLearning } | Refusal {
    try {
      const saved = JSON.parse(text) as Saved;
      if (saved.format > FORMAT) {
        return refusal('newer-format', `This agent has format ${saved.format}; ${FORMAT} is read.`);
      }
      const agent = new QLearning(saved.options);
      for (const [key, values] of saved.table) {
        const sound =
          values.length === agent.options.actions.length && values.every(Number.isFinite);
        if (!sound)
          return refusal('corrupt', `This agent's values of the state ${key} are damaged.`);
        agent.#table.set(key, Float64Array.from(values));
      }
      for (const transition of saved.replay) agent.#replay.add(transition);
      agent.#epsilon = saved.epsilon;
      agent.#draws = saved.draws;
      agent.#transitions = saved.transitions;
      agent.#updates = saved.updates;
      agent.#error = saved.error;
      return { ok: true, agent };
    } catch (error) {
      return refusal('not-this-kind', `This text is no saved agent: ${String(error)}`);
    }
  }

  /** From each in turn; the mean absolute error. */
  #learnFrom(transitions: readonly Transition[]): number {
    const { learningRate, discount } = this.options;
    let total = 0;
    for (const { state, action, reward, next, terminated } of transitions) {
      const values = this.#rowOf(state);
      const place = this.#placeOf(action);
      const after = terminated ? 0 : Math.max(...this.#valuesOf(next));
      const error = reward + discount * after - values[place]!;
      values[place]! += learningRate * error;
      total += Math.abs(error);
    }
    return total / transitions.length;
  }

  #valuesOf(state: Json): Float64Array {
    return this.#table.get(keyOf(state)) ?? this.#freshRow();
  }

  #rowOf(state: Json): Float64Array {
    const key = keyOf(state);
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

/** JSON with the keys of every object in order. */
function keyOf(state: Json): string {
  return JSON.stringify(state, (_, value: Json) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
    return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  });
}
