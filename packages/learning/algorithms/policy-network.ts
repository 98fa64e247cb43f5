/**
 * What a trained run plays with: layers from an observation to an action, as plain data. The same for
 * all algorithms, so one reader, one ONNX graph and one way onto a device serve them all.
 */
import type { AttachedPolicy, Environment, Policy, VectorEnvironment } from '@dreampitch/sim';
import { decodeContainer, encodeContainer, refusal, type Refusal } from '../binary/container.ts';
import type { NamedTensor } from '../formats/safetensors.ts';
import { clamp } from '../tensor/functions.ts';
import { argmax, input, state, tanh } from '../tensor/operators.ts';
import { Program } from '../tensor/program.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { actorSpaceOf } from './actor-space.ts';
import { Actors } from './actors.ts';
import { type Activation, through } from './mlp.ts';

/**
 * What the last layer's outputs stand for: the best choice's place, or numbers in -1 .. 1, held within
 * them, by tanh, or by tanh of what is held within -LIMIT .. LIMIT.
 */
export type PolicyOutput = 'choice' | 'clamped' | 'squashed' | 'limited';
const OUTPUTS = new Set<unknown>(['choice', 'clamped', 'squashed', 'limited']);
/** Means of held noise go no further: beyond, tanh leaves no gradient (stable-baselines3's `clip_mean`). */
export const LIMIT = 2;

export type PolicyNetwork = {
  readonly algorithm: string;
  readonly environment: string;
  readonly version: string; // versionOf(environment) at training
  readonly ticksPerAction: number;
  readonly seed: number;
  readonly steps: number;
  readonly activation: Activation;
  readonly output: PolicyOutput;
  /** Inputs, hidden units, outputs. */
  readonly sizes: readonly number[];
  /** `0.weight` [out, in], `0.bias` [out], `1.weight`, ... */
  readonly weights: Readonly<Record<string, NamedTensor>>;
};

const KIND = { magic: 'DPPN', what: 'policy' };
const SIZE_MAX = 1 << 16;
const isSize = (one: unknown) => Number.isSafeInteger(one) && Number(one) > 0;

export function encodePolicy(network: PolicyNetwork): Uint8Array<ArrayBuffer> {
  const { weights, ...header } = network;
  const arrays = weightShapes(network.sizes).map(({ name }) => weights[name]!.data as Float32Array);
  return encodeContainer(KIND.magic, { header, arrays: arrays.map((one) => one.slice()) });
}

/** The policy in these bytes; whatever they are, it does not throw. */
export function decodePolicy(
  bytes: Uint8Array,
): { readonly ok: true; readonly network: PolicyNetwork } | Refusal {
  const decoded = decodeContainer(bytes, KIND);
  if (!decoded.ok) return decoded;
  const { header, arrays } = decoded.content;
  const {
    algorithm,
    environment,
    version,
    ticksPerAction,
    seed,
    steps,
    activation,
    output,
    sizes,
  } = header as Partial<PolicyNetwork>;
  const sound =
    [algorithm, environment, version].every((one) => typeof one === 'string') &&
    [ticksPerAction, ...(sizes ?? [])].every((one) => isSize(one) && Number(one) <= SIZE_MAX) &&
    [seed, steps].every((one) => Number.isSafeInteger(one)) &&
    (activation === 'tanh' || activation === 'relu') &&
    OUTPUTS.has(output) &&
    Array.isArray(sizes) &&
    sizes.length >= 2;
  if (!sound) return refusal('corrupt', 'This policy lacks parts.');
  const shapes = weightShapes(sizes);
  const fits =
    arrays.length === shapes.length &&
    arrays.every((data, i) => {
      const wanted = shapes[i]!.shape.reduce((a, b) => a * b, 1);
      return data.length === wanted && data.every((value) => Number.isFinite(value));
    });
  if (!fits) return refusal('corrupt', 'The weights of this policy are not what they should be.');
  const weights = Object.fromEntries(
    shapes.map(({ name, shape }, i) => [name, { shape, data: arrays[i]! }]),
  );
  return { ok: true, network: { ...(header as PolicyNetwork), weights } };
}

function weightShapes(sizes: readonly number[]): { name: string; shape: readonly number[] }[] {
  return sizes.slice(1).flatMap((size, i) => [
    { name: `${i}.weight`, shape: [size, sizes[i]!] },
    { name: `${i}.bias`, shape: [size] },
  ]);
}

/**
 * The network as a graph over `count` observations at once: an input `observations` f32 [B, D] (a
 * discrete one as 1 at its place of D), states for its weights by their names, and the action: u32 [B]
 * of choices from 0, or f32 [B, A] in -1 .. 1, the bounds of the action space.
 */
export function policyGraph(
  network: Pick<PolicyNetwork, 'sizes' | 'activation' | 'output'>,
  count: number,
): { readonly observations: Tensor; readonly action: Tensor } {
  const { sizes, activation, output } = network;
  const observations = input('observations', [count, sizes[0]!]);
  const layers = sizes.slice(1).map((size, i) => ({
    weight: state(`${i}.weight`, [size, sizes[i]!]),
    bias: state(`${i}.bias`, [size]),
  }));
  const out = through(layers, observations, activation);
  return { observations, action: actionOf(out, output) };
}

function actionOf(out: Tensor, output: PolicyOutput): Tensor {
  if (output === 'choice') return argmax(out);
  if (output === 'clamped') return clamp(out, -1, 1);
  return tanh(output === 'limited' ? clamp(out, -LIMIT, LIMIT) : out);
}

/** Lets it play wherever a policy can. Attaching throws where it is of another environment. */
export function policyOf(network: PolicyNetwork, name = network.algorithm): Policy {
  const { ticksPerAction } = network;
  return {
    name,
    ticksPerAction,
    attach: async (environment, agents) => {
      checkFits(network, environment.environment, name);
      return await attach(network, environment, agents);
    },
  };
}

function checkFits(network: PolicyNetwork, environment: Environment, name: string): void {
  if (environment.id !== network.environment) {
    throw new Error(`'${name}' plays ${network.environment}, not ${environment.id}.`);
  }
  const space = actorSpaceOf(environment);
  const { sizes, output } = network;
  const fits = sizes[0] === space.inputs && sizes.at(-1) === space.count;
  if (fits && (output === 'choice') === (space.kind === 'choice')) return;
  throw new Error(
    `'${name}' takes ${sizes[0]} inputs and gives ${sizes.at(-1)}; ${environment.id} has ` +
      `${space.inputs} and ${space.count}.`,
  );
}

async function attach(
  network: PolicyNetwork,
  environment: VectorEnvironment,
  agents: Uint32Array,
): Promise<AttachedPolicy> {
  const actors = await Actors.create(environment, agents);
  const { action } = policyGraph(network, actors.count);
  const program = await Program.create(environment.compute, {
    outputs: { action },
    bound: { observations: actors.seen },
  });
  for (const [name, { data }] of Object.entries(network.weights)) program.write(name, data);
  const decide = await actors.decide(program.buffer('action'));
  return {
    dispatches: [actors.see, ...program.dispatches, decide],
    [Symbol.dispose]() {
      program[Symbol.dispose]();
      actors[Symbol.dispose]();
    },
  };
}
