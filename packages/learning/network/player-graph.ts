/** A player's network as tensors and as a graph, for files that others read. */
import type { Environment } from '@dreampitch/sim';
import { EVOLUTION_DEFAULTS } from '../evolution/options.ts';
import type { NamedTensor } from '../formats/safetensors.ts';
import type { NetworkShape, Player } from '../player/player.ts';
import {
  add,
  argmax,
  concatenate,
  input,
  matmul,
  maximum,
  minimum,
  multiply,
  slice,
  state,
  subtract,
  tanh,
} from '../tensor/operators.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { generalNetwork, networkShapeFor } from './general.ts';

/** In the order of a player's weights; inputs D, hidden units H, outputs K. */
function partsOf({ inputs: D, hidden: H, outputs: K = 2 }: NetworkShape) {
  return [
    ['hidden.bias', [H]],
    ['hidden.weight', [D, H]],
    ['output.bias', [K]],
    ['output.weight', [H, K]],
  ] as const;
}

/** The weights by name. */
export function playerTensors({ network, weights }: Player): Record<string, NamedTensor> {
  let at = 0;
  const tensors = partsOf(network).map(([name, shape]) => {
    const from = at;
    at += shape.reduce((product: number, size) => product * size, 1);
    return [name, { shape, data: weights.slice(from, at) }] as const;
  });
  return Object.fromEntries(tensors);
}

export type PlayerOrigin = {
  readonly name: string;
  readonly environment: Environment;
  readonly version: string; // versionOf(environment)
};

/** The way back: a player to start from. Throws in words where these are no player's, or of another. */
export function playerOfTensors(
  tensors: Readonly<Record<string, NamedTensor>>,
  { name, environment, version }: PlayerOrigin,
): Player {
  const network = networkShapeFor(environment, tensors['hidden.bias']?.shape[0] ?? 0);
  const weights: number[] = [];
  for (const [part, wanted] of partsOf(network)) {
    const found = tensors[part];
    if (!found) {
      const names = Object.keys(tensors).slice(0, 3).join(', ');
      throw new Error(`'${part}' of an evolved player is missing; there are ${names || 'none'}.`);
    }
    if (found.shape.join() !== wanted.join()) {
      throw new Error(
        `'${part}' is ${found.shape.join(' x ')}; a player of ${environment.id} has ` +
          `${wanted.join(' x ')}.`,
      );
    }
    for (const value of found.data) weights.push(value);
  }
  const [algorithm, winRate] = ['evolution-strategy' as const, null];
  return {
    name,
    environment: environment.id,
    version,
    ticksPerAction: EVOLUTION_DEFAULTS.ticksPerAction,
    network,
    weights: Float32Array.from(weights),
    training: { algorithm, seed: 0, generations: 0, steps: 0, winRate, startedFrom: name },
  };
}

function layer(x: Tensor, name: string, [from, to]: readonly [number, number]): Tensor {
  return add(matmul(x, state(`${name}.weight`, [from, to])), state(`${name}.bias`, [to]));
}

const within = (x: Tensor, most: number) => minimum(maximum(x, -most), most);

/** Inputs beyond are cut, as in general.wgsl. */
const INPUT_MAX = 8;

export type PlayerGraph = {
  /** u32 [B] of choices from 0, or f32 [B, A] in -1 .. 1, the bounds of the action space. */
  readonly action: Tensor;
  /** Values of the graph's states, by their names. */
  readonly weights: Readonly<Record<string, NamedTensor>>;
};

/**
 * What network.wgsl and general.wgsl compute, over B observations at once: an input `observations` f32
 * [B, D], a discrete one as 1 at its place of D. Throws where the environment is not the player's.
 */
export function playerGraph(player: Player, environment: Environment, count: number): PlayerGraph {
  if (environment.id !== player.environment) {
    throw new Error(`'${player.name}' plays ${player.environment}, not ${environment.id}.`);
  }
  const { inputs: D, hidden: H, outputs } = player.network;
  const [K, weights] = [outputs ?? 2, playerTensors(player)];
  const seen = input('observations', [count, D]);
  const through = (x: Tensor) => layer(tanh(layer(x, 'hidden', [D, H])), 'output', [H, K]);
  if (outputs === undefined) {
    const out = tanh(through(seen));
    const [drive, steer] = [0, 1].map((i) => slice(out, { axis: 1, start: i, end: i + 1 }));
    const wheels = concatenate([subtract(drive!, steer!), add(drive!, steer!)], 1);
    return { action: within(wheels, 1), weights };
  }
  const { scales, constants } = generalNetwork(environment, player.network);
  const isOneHot = constants['SEES_CHOICE'] === 1;
  const scaled = isOneHot ? seen : within(multiply(seen, state('input.scale', [D])), INPUT_MAX);
  const out = through(scaled);
  const action = constants['ACTION_KIND'] === 0 ? argmax(out) : tanh(out);
  if (isOneHot) return { action, weights };
  return { action, weights: { ...weights, 'input.scale': { shape: [D], data: scales } } };
}
