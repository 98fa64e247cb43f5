/** The actor and the critic of ppo.ts, as graphs. Axes: B batch, D features, H units, A numbers. */
import { categorical, logSoftmax, normal, square } from '../tensor/functions.ts';
import {
  add,
  argmax,
  divide,
  equal,
  exp,
  indices,
  log,
  matmul,
  multiply,
  negate,
  reshape,
  sqrt,
  state,
  stopGradient,
  subtract,
  sum,
  tanh,
} from '../tensor/operators.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { ActorSpace } from './actor-space.ts';
import { type Layer, type Parameter, Parameters, through } from './mlp.ts';

export type ActorCriticOptions = {
  readonly hidden: readonly number[]; // tanh units
  readonly logSpread: number; // log of the standard deviation of numbers, at first
  /** The noise is a function of the state, held for some decisions. */
  readonly stateNoise: boolean;
  /** Observations by the statistics of normalise.ts. */
  readonly normalises: boolean;
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
  /** Learned by gradients. */
  readonly weights: readonly Parameter[];
  readonly space: ActorSpace;
  readonly #actor: readonly Layer[];
  readonly #critic: readonly Layer[];
  readonly #logSpread: Tensor | null;
  readonly #stateNoise: boolean;
  readonly #seen: { readonly mean: Tensor; readonly variance: Tensor } | null;

  constructor(space: ActorSpace, o: ActorCriticOptions & { readonly seed: number }) {
    this.space = space;
    const weights = new Parameters(o.seed);
    const sizes = [space.inputs, ...o.hidden];
    // Gains as in stable-baselines3: small last layers, so that all actions are about as likely.
    const gain = (last: number) => (i: number) => (i === o.hidden.length ? last : Math.SQRT2);
    this.#actor = weights.layers('actor', [...sizes, space.count], gain(0.01));
    this.#critic = weights.layers('critic', [...sizes, 1], gain(1));
    this.#stateNoise = o.stateNoise;
    const rows = o.stateNoise ? [sizes.at(-1)!] : [];
    const spread = [...rows, space.count];
    const numbers = space.kind === 'numbers';
    this.#logSpread = numbers ? weights.constant('actor.logSpread', spread, o.logSpread) : null;
    this.weights = weights.all;
    const D = [space.inputs];
    const [mean, variance] = [state('seen.mean', D), state('seen.variance', D)];
    this.#seen = o.normalises ? { mean, variance } : null;
  }

  get kind(): ActorSpace['kind'] {
    return this.space.kind;
  }

  /** observations [B, D]: values [B]. */
  values(observations: Tensor): Tensor {
    const x = this.#normalised(observations);
    return reshape(through(this.#critic, x, 'tanh'), [observations.shape[0]!]);
  }

  /** observations [B, D]: logits of the choices or means of the numbers [B, A]. */
  outputs(observations: Tensor): Tensor {
    return through(this.#actor, this.#normalised(observations), 'tanh');
  }

  chances(observations: Tensor): Chances {
    const x = this.#normalised(observations);
    const body = this.#actor.slice(0, -1);
    const h = body.reduce((one, layer) => tanh(through([layer], one, 'tanh')), x);
    const out = through(this.#actor.slice(-1), h, 'tanh');
    if (!this.#logSpread) return choiceChances(out);
    const spread = exp(this.#logSpread);
    if (!this.#stateNoise) {
      const draw = (seed: Tensor) =>
        multiply(normal(seed, { shape: out.shape, stream: 0 }), spread);
      return numberChances(out, { logSpread: this.#logSpread, draw });
    }
    return stateNoiseChances(out, { features: stopGradient(h), spread });
  }

  #normalised(observations: Tensor): Tensor {
    if (!this.#seen) return observations;
    const { mean, variance } = this.#seen;
    return divide(subtract(observations, mean), sqrt(add(variance, 1e-8)));
  }
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

/**
 * State-dependent exploration (Raffin et al. 2022, arXiv 2005.05719, section 3): the noise is a linear
 * function of the last features, drawn anew when the seed changes. A little of its own, so that
 * features of zero are no certainty.
 */
function stateNoiseChances(out: Tensor, o: { features: Tensor; spread: Tensor }): Chances {
  const { features, spread } = o;
  const [B, H] = features.shape as [number, number];
  const [, A] = spread.shape as [number, number];
  const variance = add(matmul(square(features), square(spread)), 1e-6);
  const draw = (seed: Tensor) => {
    const weights = multiply(normal(seed, { shape: [B, H, A], stream: 0 }), spread);
    return sum(multiply(reshape(features, [B, H, 1]), weights), { axes: [1] });
  };
  return numberChances(out, { logSpread: multiply(log(variance), 0.5), draw });
}

const HALF_LOG_TURN = 0.5 * Math.log(2 * Math.PI);

/** Normal numbers around `average` [B, A]; `logSpread` [A] or [B, A]. */
function numberChances(
  average: Tensor,
  o: { logSpread: Tensor; draw: (seed: Tensor) => Tensor },
): Chances {
  const spread = exp(o.logSpread);
  const logSpreads = add(multiply(average, 0), o.logSpread);
  return {
    draw: (seed) => add(average, o.draw(seed)),
    best: average,
    entropy: sum(add(logSpreads, HALF_LOG_TURN + 0.5), { axes: [1] }),
    logChance: (drawn) => {
      const off = divide(subtract(drawn, average), spread);
      const logs = negate(add(add(multiply(square(off), 0.5), o.logSpread), HALF_LOG_TURN));
      return sum(logs, { axes: [1] });
    },
  };
}
