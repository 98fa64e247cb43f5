/** A training run at rest: enough to go on as if it had never stopped. */
import { decodeContainer, encodeContainer, refusal, type Refusal } from '../binary/container.ts';
import { isCount, isNetworkShape } from '../player/codec.ts';
import { parameterCount, type NetworkShape } from '../player/player.ts';
import { checkOptions, EVOLUTION_DEFAULTS, type EvolutionOptions } from './options.ts';
import type { PoolEntry } from './pool.ts';
import type { Games } from './report.ts';
import type { ShapingWeights } from './task.ts';

const KIND = { magic: 'DPEV', what: 'training checkpoint' };

export type Checkpoint = {
  readonly environment: string; // 'soccer-1v1'
  readonly version: string; // versionOf(environment)
  readonly seed: number; // u32
  readonly options: EvolutionOptions;
  readonly shaping: ShapingWeights;
  readonly rules: Readonly<Record<string, number>>;
  readonly network: NetworkShape;
  readonly generation: number;
  readonly steps: number;
  readonly startedFrom: string | null;
  /** Powers of Adam's decays: beta 1 ^ t, beta 2 ^ t. */
  readonly decayPowers: readonly [number, number];
  readonly games: readonly Games[]; // of the latest generations
  readonly parameters: Float32Array<ArrayBuffer>; // [P]
  readonly moments: Float32Array<ArrayBuffer>; // [2, P]
  readonly pool: readonly PoolEntry[];
};

export type DecodedCheckpoint = { readonly ok: true; readonly checkpoint: Checkpoint } | Refusal;

export function encodeCheckpoint(checkpoint: Checkpoint): Uint8Array<ArrayBuffer> {
  const { parameters, moments, pool, ...rest } = checkpoint;
  const header = { ...rest, poolGenerations: pool.map((entry) => entry.generation) };
  const arrays = [parameters, moments, ...pool.map((entry) => entry.weights)];
  return encodeContainer(KIND.magic, { header, arrays });
}

/** The checkpoint in these bytes; whatever they are, it does not throw. */
export function decodeCheckpoint(bytes: Uint8Array): DecodedCheckpoint {
  const decoded = decodeContainer(bytes, KIND);
  if (!decoded.ok) return decoded;
  const { header, arrays } = decoded.content;
  const { poolGenerations, ...rest } = header as Checkpoint & { poolGenerations: number[] };
  const [parameters, moments, ...poolWeights] = arrays;
  const broken = brokenPart(rest, poolGenerations);
  if (broken !== null) return refusal('corrupt', `This training checkpoint: ${broken}.`);
  const size = parameterCount(rest.network);
  const sized =
    parameters?.length === size &&
    moments?.length === 2 * size &&
    poolWeights.length === poolGenerations.length &&
    poolWeights.every((weights) => weights.length === size);
  const numbers = arrays.every((array) => array.every((value) => Number.isFinite(value)));
  if (!sized || !numbers) {
    return refusal('corrupt', 'This training checkpoint: its weights are not what they should be.');
  }
  const pool = poolWeights.map((weights, i) => ({ generation: poolGenerations[i]!, weights }));
  const { environment, version, seed, shaping, rules, network, generation, steps } = rest;
  const { startedFrom, decayPowers, games } = rest;
  const options = { ...EVOLUTION_DEFAULTS, ...rest.options };
  const plain = { environment, version, seed, options, shaping, rules, network, generation, steps };
  const checkpoint = { ...plain, startedFrom, decayPowers, games, parameters, moments, pool };
  return { ok: true, checkpoint };
}

/** What of the header is not as written by `encodeCheckpoint`; null: nothing. */
function brokenPart(header: Partial<Checkpoint>, poolGenerations: unknown): string | null {
  const { environment, version, seed, generation, steps, startedFrom } = header;
  if (typeof environment !== 'string' || typeof version !== 'string') return 'no environment';
  if (![seed, generation, steps].every((n) => Number.isSafeInteger(n))) return 'no counters';
  if (startedFrom !== null && typeof startedFrom !== 'string') return 'no origin';
  if (!isNetworkShape(header.network)) return 'no network';
  for (const name of ['options', 'shaping', 'rules'] as const) {
    if (!isNumbers(header[name])) return `no ${name}`;
  }
  const powers: unknown = header.decayPowers;
  if (!Array.isArray(powers) || powers.length !== 2 || !powers.every(isFraction)) return 'no Adam';
  if (!Array.isArray(poolGenerations) || poolGenerations.length === 0) return 'no pool';
  if (!poolGenerations.every((n) => n === 0 || isCount(n))) return 'no pool';
  if (!Array.isArray(header.games) || !header.games.every(isNumbers)) return 'no games';
  try {
    checkOptions({ ...EVOLUTION_DEFAULTS, ...header.options });
  } catch (error) {
    return (error as Error).message.replace(/\.$/, '');
  }
  return null;
}

function isNumbers(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return Object.values(value).every((number) => Number.isFinite(number));
}

function isFraction(value: unknown): boolean {
  return typeof value === 'number' && value >= 0 && value <= 1;
}
