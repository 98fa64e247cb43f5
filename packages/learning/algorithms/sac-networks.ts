/** The actor and the critics of sac.ts, as graphs. Axes: B batch, D features, H units, A numbers. */
import type { Compute, ComputeBuffer } from '@dreampitch/compute';
import { pcgHashOf } from '../random/pcg.ts';
import { clamp, normal, relu, softplus, square } from '../tensor/functions.ts';
import {
  add,
  concatenate,
  divide,
  exp,
  input,
  less,
  log,
  matmul,
  multiply,
  reshape,
  state,
  stopGradient,
  subtract,
  sum,
  tanh,
  toFloat,
  uniform,
  where,
} from '../tensor/operators.ts';
import { Program, type Update } from '../tensor/program.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { type Layer, type Parameter, Parameters, through } from './mlp.ts';
import type { ActorSpace } from './actor-space.ts';
import { noiseSeed } from './noise-seed.ts';
import type { Play } from './play.ts';
import { LIMIT, type PolicyOutput } from './policy-network.ts';
import type { DeviceReplay } from './replay-device.ts';
import type { SacOptions } from './sac-options.ts';

/** Logs of standard deviations beyond which none is taken, as in the authors' code. */
const LOG_SPREAD = [-20, 2] as const;
const HALF_LOG_TURN = 0.5 * Math.log(2 * Math.PI);

/** Numbers before tanh: their mean and log of standard deviation [B, A], and the last features. */
type Normal = { readonly mean: Tensor; readonly logSpread: Tensor; readonly features: Tensor };

export class Actor {
  readonly parameters: readonly Parameter[];
  /** What its means are, without noise. */
  readonly output: PolicyOutput;
  readonly #bounds: Tensor;
  readonly #body: readonly Layer[];
  readonly #spread: readonly Layer[] | null;
  readonly #held: Tensor | null; // [H, A]: logs of what held noise is spread by

  /** sizes: inputs, hidden units, numbers. Observations are divided by the state `seen.bounds` [D]. */
  constructor(o: {
    sizes: readonly number[];
    bounds: Tensor;
    held: boolean;
    logSpread: number;
    seed: number;
  }) {
    this.#bounds = o.bounds;
    const [H, A] = o.sizes.slice(-2) as [number, number];
    const made = new Parameters(o.seed);
    this.#body = made.torchLayers('actor', o.sizes);
    this.#spread = o.held ? null : made.torchLayers('spread', [H, A]);
    this.#held = o.held ? made.constant('held.logSpread', [H, A], o.logSpread) : null;
    this.output = o.held ? 'limited' : 'squashed';
    this.parameters = made.all;
  }

  normal(seen: Tensor): Normal {
    const body = this.#body.slice(0, -1);
    const features = body.reduce(
      (x, layer) => relu(through([layer], x, 'relu')),
      divide(seen, this.#bounds),
    );
    const mean = through(this.#body.slice(-1), features, 'relu');
    if (this.#held) {
      // Raffin et al. 2022, arXiv 2005.05719: the noise is a linear function of the features.
      const of = square(stopGradient(features));
      const variance = add(matmul(of, square(exp(this.#held))), 1e-6);
      return {
        mean: clamp(mean, -LIMIT, LIMIT),
        logSpread: multiply(log(variance), 0.5),
        features,
      };
    }
    const spread = through(this.#spread!, features, 'relu');
    return { mean, logSpread: clamp(spread, ...LOG_SPREAD), features };
  }

  /** Numbers in -1 .. 1 and their log chance [B] (equation 26 of the paper's appendix C). */
  draw(seen: Tensor, o: { seed: Tensor; stream: number }): { action: Tensor; logChance: Tensor } {
    const { mean, logSpread } = this.normal(seen);
    const off = normal(o.seed, { shape: mean.shape, stream: o.stream });
    const u = add(mean, multiply(off, exp(logSpread)));
    return { action: tanh(u), logChance: squashedLogChance({ u, off, logSpread }) };
  }

  /** The same, with noise that is held as long as the seed. */
  drawHeld(seen: Tensor, seed: Tensor): Tensor {
    const { mean, features } = this.normal(seen);
    const [B, H] = features.shape as [number, number];
    const weights = multiply(
      normal(seed, { shape: [B, H, mean.shape[1]!], stream: 0 }),
      exp(this.#held!),
    );
    return tanh(add(mean, sum(multiply(reshape(features, [B, H, 1]), weights), { axes: [1] })));
  }
}

/** log(1 - tanh(u)^2) = 2 (log 2 - u - softplus(-2 u)), which does not overflow. */
export function squashedLogChance(o: { u: Tensor; off: Tensor; logSpread: Tensor }): Tensor {
  const { u, off, logSpread } = o;
  const gaussian = subtract(multiply(square(off), -0.5), add(logSpread, HALF_LOG_TURN));
  const squash = multiply(subtract(subtract(Math.LN2, u), softplus(multiply(u, -2))), 2);
  return sum(subtract(gaussian, squash), { axes: [1] });
}

/** Q of an observation and an action: two of them, against seeing too much in one. */
export class Critics {
  readonly parameters: readonly Parameter[];
  readonly #bounds: Tensor;
  readonly #both: readonly (readonly Layer[])[];

  /** sizes: inputs and numbers together, hidden units, 1. Observations as the actor's. */
  constructor(name: string, o: { sizes: readonly number[]; bounds: Tensor; seed: number }) {
    this.#bounds = o.bounds;
    const made = new Parameters(o.seed);
    this.#both = [1, 2].map((which) => made.torchLayers(`${name}.${which}`, o.sizes));
    this.parameters = made.all;
  }

  /** [B] of each. */
  q(seen: Tensor, action: Tensor): [Tensor, Tensor] {
    const x = concatenate([divide(seen, this.#bounds), action], 1);
    return this.#both.map((layers) => reshape(through(layers, x, 'relu'), [seen.shape[0]!])) as [
      Tensor,
      Tensor,
    ];
  }
}

export type Networks = {
  readonly actor: Actor;
  readonly critics: Critics;
  readonly targets: Critics;
  /** Log of alpha. */
  readonly temperature: Parameter;
};

export function networksOf(
  { inputs: D, count: A }: ActorSpace,
  options: SacOptions,
  seed: number,
): Networks {
  const { hidden, logSpread, noiseSteps } = options;
  const bounds = state('seen.bounds', [D]);
  const critic = { sizes: [D + A, ...hidden, 1], bounds, seed: pcgHashOf(seed, 1) };
  const held = noiseSteps > 0;
  return {
    actor: new Actor({ sizes: [D, ...hidden, A], bounds, held, logSpread, seed }),
    critics: new Critics('critic', critic),
    targets: new Critics('target', critic),
    temperature: temperatureOf(options.temperature),
  };
}

function temperatureOf(fixed: number): Parameter {
  const made = new Parameters(0);
  made.constant('temperature.log', [], fixed > 0 ? Math.log(fixed) : 0);
  return made.all[0]!;
}

/** What actors do: anything at first, then what the policy draws. */
export async function actProgram(
  compute: Compute,
  o: { actor: Actor; play: Play; replay: DeviceReplay; learn: Program; options: SacOptions },
): Promise<{ program: Program; updates: readonly Update[] }> {
  const { actor, play, replay, learn, options } = o;
  const { actors } = play;
  const { count: L, space } = actors;
  const bound: Record<string, ComputeBuffer> = { seen: actors.seen, time: replay.time };
  bound['seen.bounds'] = learn.buffer('seen.bounds');
  for (const { name } of actor.parameters) bound[name] = learn.buffer(name);
  const seen = input('seen', [L, space.inputs]);
  const { own, seed, updates } = noiseSeed(options.noiseSteps);
  const drawn =
    options.noiseSteps > 0
      ? actor.drawHeld(seen, seed)
      : actor.draw(seen, { seed, stream: 0 }).action;
  const any = uniform(own, { shape: [L, space.count], stream: 9 });
  const rows = toFloat(input('time', [1], 'u32'));
  const isFirst = less(rows, options.startSteps / options.worldCount);
  const numbers = where(isFirst, subtract(multiply(any, 2), 1), drawn);
  return {
    program: await Program.create(compute, { outputs: { numbers }, updates, bound }),
    updates,
  };
}
