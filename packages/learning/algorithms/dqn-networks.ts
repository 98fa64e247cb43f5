/** The networks of dqn.ts and how they choose, as graphs. Axes: L actors, D features, B batch. */
import type { Compute, ComputeBuffer } from '@dreampitch/compute';
import { mean, relu } from '../tensor/functions.ts';
import {
  add,
  argmax,
  divide,
  input,
  less,
  minimum,
  multiply,
  state,
  subtract,
  toFloat,
  uniform,
  where,
} from '../tensor/operators.ts';
import { Program, type Update } from '../tensor/program.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { DqnOptions } from './dqn-options.ts';
import { type Layer, Parameters, through } from './mlp.ts';
import type { Play } from './play.ts';
import type { DeviceReplay } from './replay-device.ts';

/** Q of every choice, as a graph. `name` tells the learning network from the target. */
export class QNetwork {
  readonly parameters: Parameters;
  readonly #bounds: Tensor;
  readonly #body: readonly Layer[];
  readonly #value: readonly Layer[] | null;

  /** sizes: inputs, hidden units, choices. Observations are divided by the state `seen.bounds` [D]. */
  constructor(
    name: string,
    o: { sizes: readonly number[]; bounds: Tensor; dueling: boolean; seed: number },
  ) {
    this.#bounds = o.bounds;
    this.parameters = new Parameters(o.seed);
    this.#body = this.parameters.torchLayers(name, o.sizes);
    const value = [o.sizes.at(-2)!, 1];
    this.#value = o.dueling ? this.parameters.torchLayers(`${name}.value`, value) : null;
  }

  /** observations [B, D]: [B, choices]; with a value of its own, equation 9 of Wang et al. */
  q(observations: Tensor): Tensor {
    const last = this.#body.slice(-1);
    const scaled = divide(observations, this.#bounds);
    const body = this.#body.slice(0, -1);
    const h = body.reduce((x, one) => relu(through([one], x, 'relu')), scaled);
    const advantages = through(last, h, 'relu');
    if (!this.#value) return advantages;
    const centred = subtract(advantages, mean(advantages, { axes: [1], keep: true }));
    return add(through(this.#value, h, 'relu'), centred);
  }
}

export type Networks = {
  readonly online: QNetwork;
  readonly target: QNetwork;
  /** What plays in the end; null: the online one. */
  readonly average: QNetwork | null;
};

/** The best choice, or with probability epsilon, which falls linearly over time, any. */
export async function actProgram(
  compute: Compute,
  o: { networks: Networks; play: Play; replay: DeviceReplay; learn: Program; options: DqnOptions },
): Promise<{ program: Program; updates: readonly Update[] }> {
  const { networks, play, replay, learn, options } = o;
  const { explorationShare, explorationLeast, stepsMax, worldCount } = options;
  const { count: L, space, seen } = play.actors;
  const bound: Record<string, ComputeBuffer> = { seen, time: replay.time, first: replay.first };
  bound['seen.bounds'] = learn.buffer('seen.bounds');
  for (const { name } of networks.online.parameters.all) bound[name] = learn.buffer(name);
  const q = networks.online.q(input('seen', [L, space.inputs]));
  const seed = state('seed', [], 'u32');
  const rows = Math.max(1, (explorationShare * stepsMax) / worldCount);
  const played = subtract(input('time', [1], 'u32'), input('first', [1], 'u32'));
  const done = minimum(divide(toFloat(played), rows), 1);
  const epsilon = add(multiply(done, explorationLeast - 1), 1);
  const explores = less(uniform(seed, { shape: [L], stream: 1 }), epsilon);
  const anything = argmax(uniform(seed, { shape: q.shape, stream: 2 }));
  const choices = where(explores, anything, argmax(q));
  const updates = [{ state: seed, value: add(seed, 1) }];
  return {
    program: await Program.create(compute, { outputs: { choices }, updates, bound }),
    updates,
  };
}
