/** The actor and the critic of ppo.ts, as graphs. */
import type { Environment } from '@dreampitch/sim';
import { sizeOf } from '@dreampitch/sim';
import { noise, pcgHashOf } from '../random/pcg.ts';
import { categorical, linear, logSoftmax, normal, square } from '../tensor/functions.ts';
import {
  add,
  argmax,
  divide,
  equal,
  exp,
  indices,
  multiply,
  negate,
  reshape,
  state,
  subtract,
  sum,
  tanh,
} from '../tensor/operators.ts';
import type { Shape } from '../tensor/shape.ts';
import { elementCount } from '../tensor/shape.ts';
import type { Tensor } from '../tensor/tensor.ts';

export type ActionSpace =
  | { readonly kind: 'choice'; readonly count: number }
  | {
      readonly kind: 'numbers';
      readonly count: number;
      readonly max: number;
      readonly whole: boolean;
    };

/** Throws where the environment's actions or agents are of another kind. */
export function actionSpaceOf(environment: Environment): ActionSpace {
  const { actionSpace: space, id, agentCount } = environment;
  if (agentCount !== 1) throw new Error(`${id} has ${agentCount} agents; one is trained here.`);
  if (space.kind === 'discrete' && space.start === 0) return { kind: 'choice', count: space.count };
  if (space.kind === 'box') {
    const high = typeof space.high === 'number' ? [space.high] : space.high;
    const max = high[0]!;
    const even = high.every((one) => one === max) && Number.isFinite(max);
    if (even) return { kind: 'numbers', count: space.size, max, whole: space.type === 'int8' };
  }
  throw new Error(`Actions of ${id} are neither choices from 0 nor numbers of one bound.`);
}

export type Weight = {
  readonly name: string;
  readonly tensor: Tensor;
  readonly initial: Float32Array;
};

/** What is drawn from an actor's output, and how likely it is. */
export type Chances = {
  /** Log chance [B] of choices u32 [B], or of numbers [B, A]. */
  logChance(drawn: Tensor): Tensor;
  readonly entropy: Tensor; // [B]
  draw(seed: Tensor): Tensor;
  /** The likeliest. */
  readonly best: Tensor;
};

export class ActorCritic {
  readonly weights: Weight[] = [];
  readonly space: ActionSpace;
  readonly #layers: readonly number[];
  readonly #actor: Layer[];
  readonly #critic: Layer[];
  readonly #logSpread: Tensor | null;
  readonly #seed: number;

  constructor(environment: Environment, o: { hidden: readonly number[]; seed: number }) {
    this.space = actionSpaceOf(environment);
    this.#seed = o.seed;
    this.#layers = [sizeOf(environment.observationSpace), ...o.hidden];
    this.#actor = this.#stack('actor', { size: this.space.count, gain: 0.01 });
    this.#critic = this.#stack('critic', { size: 1, gain: 1 });
    const numbers = this.space.kind === 'numbers';
    this.#logSpread = numbers ? this.#weight('actor.logSpread', [this.space.count], 0) : null;
  }

  /** observations [B, D]: values [B]. */
  values(observations: Tensor): Tensor {
    return reshape(through(this.#critic, observations), [observations.shape[0]!]);
  }

  chances(observations: Tensor): Chances {
    const out = through(this.#actor, observations);
    return this.#logSpread ? numberChances(out, this.#logSpread) : choiceChances(out);
  }

  #stack(name: string, last: { size: number; gain: number }): Layer[] {
    const sizes = [...this.#layers, last.size];
    return sizes.slice(1).map((size, i) => {
      const inputs = sizes[i]!;
      const gain = i === sizes.length - 2 ? last.gain : Math.SQRT2;
      const weight = this.#weight(`${name}.${i}.weight`, [size, inputs], gain / Math.sqrt(inputs));
      return { weight, bias: this.#weight(`${name}.${i}.bias`, [size], 0) };
    });
  }

  #weight(name: string, shape: Shape, scale: number): Tensor {
    const tensor = state(name, shape);
    const key = pcgHashOf(this.#seed, this.weights.length);
    const draw = (_: unknown, i: number) => scale * noise(key, i);
    const initial = Float32Array.from({ length: elementCount(shape) }, draw);
    this.weights.push({ name, tensor, initial });
    return tensor;
  }
}

type Layer = { readonly weight: Tensor; readonly bias: Tensor };

function through(layers: readonly Layer[], x: Tensor): Tensor {
  return layers.reduce((h, layer, i) => {
    const out = linear(h, layer);
    return i === layers.length - 1 ? out : tanh(out);
  }, x);
}

function choiceChances(logits: Tensor): Chances {
  const [B, count] = logits.shape as [number, number];
  const logs = logSoftmax(logits);
  return {
    draw: (seed) => categorical(logits, seed, 0),
    best: argmax(logits),
    entropy: negate(sum(multiply(exp(logs), logs), { axes: [1] })),
    logChance: (drawn) =>
      sum(multiply(logs, equal(indices([count]), reshape(drawn, [B, 1]))), { axes: [1] }),
  };
}

const HALF_LOG_TURN = 0.5 * Math.log(2 * Math.PI);

function numberChances(average: Tensor, logSpread: Tensor): Chances {
  const { shape } = average;
  const spread = exp(logSpread);
  const entropy = sum(add(logSpread, HALF_LOG_TURN + 0.5));
  return {
    draw: (seed) => add(average, multiply(normal(seed, { shape, stream: 0 }), spread)),
    best: average,
    entropy: add(multiply(sum(average, { axes: [1] }), 0), entropy),
    logChance: (drawn) => {
      const off = divide(subtract(drawn, average), spread);
      const logs = negate(add(add(multiply(square(off), 0.5), logSpread), HALF_LOG_TURN));
      return sum(logs, { axes: [1] });
    },
  };
}
