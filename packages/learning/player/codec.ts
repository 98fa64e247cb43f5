import { decodeContainer, encodeContainer, refusal, type Refusal } from '../binary/container.ts';
import { parameterCount, type NetworkShape, type Player, type TrainingRecord } from './player.ts';

const KIND = { magic: 'DPPL', what: 'player' };

export type DecodedPlayer = { readonly ok: true; readonly player: Player } | Refusal;

/** A player as bytes, with a check sum. */
export function encodePlayer(player: Player): Uint8Array<ArrayBuffer> {
  const { weights, ...header } = player;
  return encodeContainer(KIND.magic, { header, arrays: [weights] });
}

/** The player in these bytes; whatever they are, it does not throw. */
export function decodePlayer(bytes: Uint8Array): DecodedPlayer {
  const decoded = decodeContainer(bytes, KIND);
  if (!decoded.ok) return decoded;
  const header = decoded.content.header as Partial<Player>;
  const weights = decoded.content.arrays[0];
  const { name, environment, version, ticksPerAction, network, training } = header;
  const sound =
    typeof name === 'string' &&
    typeof environment === 'string' &&
    typeof version === 'string' &&
    isCount(ticksPerAction) &&
    isNetworkShape(network) &&
    isTrainingRecord(training) &&
    weights?.length === parameterCount(network) &&
    weights.every((weight) => Number.isFinite(weight));
  if (!sound) return refusal('corrupt', 'This player lacks parts, or its weights are no numbers.');
  const player = { name, environment, version, ticksPerAction, network, weights, training };
  return { ok: true, player };
}

export function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) > 0;
}

export function isNetworkShape(value: unknown): value is NetworkShape {
  const shape = value as NetworkShape | null | undefined;
  const outputs = shape?.outputs === undefined || isCount(shape.outputs);
  const counts = outputs && isCount(shape?.inputs) && isCount(shape.hidden);
  return counts && shape.hidden % 4 === 0 && parameterCount(shape) <= 1 << 24;
}

function isTrainingRecord(value: unknown): value is TrainingRecord {
  const record = value as TrainingRecord | null | undefined;
  return (
    record?.algorithm === 'evolution-strategy' &&
    [record.seed, record.generations, record.steps].every((n) => Number.isSafeInteger(n)) &&
    (record.winRate === null || Number.isFinite(record.winRate)) &&
    (record.startedFrom === null || typeof record.startedFrom === 'string')
  );
}
