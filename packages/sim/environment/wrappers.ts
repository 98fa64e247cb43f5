/** Wrappers around an environment with one agent, as Gymnasium has them: each is one again. */
import { invariant } from './invariant.ts';
import type { Action, Observation, ResetOptions, StepResult } from './single-environment.ts';
import type { Space } from './spaces.ts';

/** What `make` opens and what wrappers take and give. */
export interface OpenEnvironment extends Disposable {
  readonly observationSpace: Space;
  readonly actionSpace: Space;
  reset(options?: ResetOptions): { observation: Observation };
  step(action: Action): StepResult;
}

type Parts = Partial<Omit<OpenEnvironment, typeof Symbol.dispose>>;

function wrap(inner: OpenEnvironment, parts: Parts): OpenEnvironment {
  return {
    observationSpace: parts.observationSpace ?? inner.observationSpace,
    actionSpace: parts.actionSpace ?? inner.actionSpace,
    reset: parts.reset ?? ((options) => inner.reset(options)),
    step: parts.step ?? ((action) => inner.step(action)),
    [Symbol.dispose]: () => inner[Symbol.dispose](),
  };
}

/** Truncates episodes after `stepsMax` steps. */
export function timeLimit(inner: OpenEnvironment, stepsMax: number): OpenEnvironment {
  let steps = 0;
  return wrap(inner, {
    reset(options) {
      steps = 0;
      return inner.reset(options);
    },
    step(action) {
      invariant(steps < stepsMax, 'The episode is over or has not begun: call reset().');
      const result = inner.step(action);
      steps++;
      return { ...result, truncated: result.truncated || steps >= stepsMax };
    },
  });
}

/** Every action is done `count` times, or until the episode ends; the rewards are summed. */
export function repeatActions(inner: OpenEnvironment, count: number): OpenEnvironment {
  return wrap(inner, {
    step(action) {
      let result = inner.step(action);
      const rewards = result.rewards.slice();
      for (let i = 1; i < count && !result.terminated && !result.truncated; i++) {
        result = inner.step(action);
        result.rewards.forEach((reward, agent) => (rewards[agent]! += reward));
      }
      return { ...result, reward: rewards[0]!, rewards };
    },
  });
}

/** The last `count` observations, oldest first; an episode's first one stands for those before it. */
export function frameStack(inner: OpenEnvironment, count: number): OpenEnvironment {
  const space = inner.observationSpace;
  invariant(space.kind === 'box', `frameStack wants a box of observations, not ${space.kind}`);
  const repeated = (bound: number | readonly number[]) =>
    typeof bound === 'number' ? bound : Array.from({ length: count }, () => bound).flat();
  let frames: Float32Array[] = [];
  const stacked = () => Float32Array.from(frames.flatMap((frame) => [...frame]));
  return wrap(inner, {
    observationSpace: {
      kind: 'box',
      type: 'f32',
      size: space.size * count,
      low: repeated(space.low),
      high: repeated(space.high),
    },
    reset(options) {
      const first = inner.reset(options).observation as Float32Array;
      frames = Array.from({ length: count }, () => first);
      return { observation: stacked() };
    },
    step(action) {
      const result = inner.step(action);
      frames = [...frames.slice(1), result.observation as Float32Array];
      return { ...result, observation: stacked() };
    },
  });
}

const EPSILON = 1e-8;

/** Mean and variance of what was seen so far (Welford 1962; Chan et al. 1979 start at 1e-4). */
class Running {
  #count = 0;
  readonly #mean: Float64Array;
  readonly #squares: Float64Array;

  constructor(size: number) {
    this.#mean = new Float64Array(size);
    this.#squares = new Float64Array(size);
  }

  add(values: ArrayLike<number>): void {
    this.#count++;
    for (let i = 0; i < values.length; i++) {
      const before = values[i]! - this.#mean[i]!;
      this.#mean[i]! += before / this.#count;
      this.#squares[i]! += before * (values[i]! - this.#mean[i]!);
    }
  }

  mean(i: number): number {
    return this.#mean[i]!;
  }

  deviation(i: number): number {
    if (this.#count < 2) return 1;
    return Math.sqrt(this.#squares[i]! / this.#count + EPSILON);
  }
}

/** Observations with the mean and deviation of all seen so far taken out. */
export function normaliseObservations(inner: OpenEnvironment): OpenEnvironment {
  const space = inner.observationSpace;
  invariant(space.kind === 'box', `only boxes of observations are normalised, not ${space.kind}`);
  const running = new Running(space.size);
  const normalised = (observation: Float32Array) => {
    running.add(observation);
    return observation.map((value, i) => (value - running.mean(i)) / running.deviation(i));
  };
  return wrap(inner, {
    observationSpace: {
      kind: 'box',
      type: 'f32',
      size: space.size,
      low: Number.NEGATIVE_INFINITY,
      high: Number.POSITIVE_INFINITY,
    },
    reset(options) {
      return { observation: normalised(inner.reset(options).observation as Float32Array) };
    },
    step(action) {
      const result = inner.step(action);
      return { ...result, observation: normalised(result.observation as Float32Array) };
    },
  });
}

/** Rewards divided by the deviation of the discounted return so far (as in OpenAI's baselines). */
export function normaliseRewards(inner: OpenEnvironment, discount = 0.99): OpenEnvironment {
  const running = new Running(1);
  let discounted = 0;
  return wrap(inner, {
    reset(options) {
      discounted = 0;
      return inner.reset(options);
    },
    step(action) {
      const result = inner.step(action);
      discounted = discount * discounted + result.reward;
      running.add([discounted]);
      const rewards = result.rewards.map((reward) => reward / running.deviation(0));
      return { ...result, reward: rewards[0]!, rewards };
    },
  });
}
