/** The part of an episode's file that is JSON, read with suspicion. */
import { MATCH_RULES, type Rules } from '../soccer/rules.ts';
import type { Episode } from './episode.ts';

export type Header = Omit<Episode, 'inputs' | 'keyStates'> & {
  readonly keyStateCount: number;
  readonly stateBytes: number;
};

/** Beyond these a file is not worth its memory: 46 hours, 6 hours of 3v3, 64 robots. */
const TICKS_MAX = 10_000_000;
const INPUTS_MAX = 16 * 2 ** 20; // bytes of all inputs
const ROBOTS_MAX = 64;
const STATE_BYTES_MAX = 65536;
const KEY_STATES_MAX = 64 * 2 ** 20; // bytes of all key states
/** One each so many ticks, one at the beginning, one at the end. */
const KEY_STATE_TICKS = 60;
/**
 * Range coding takes at least 0.022 bits for a decision (its likelihoods stay below 2017 / 2048), so
 * a byte cannot tell of more than 364.
 */
const DECISIONS_PER_BYTE = 400;
const NAME_MAX = 200;

const isWhole = (value: unknown, max: number): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value <= max;
const isText = (value: unknown): value is string =>
  typeof value === 'string' && value.length <= NAME_MAX;

function isRules(value: unknown): value is Rules {
  if (typeof value !== 'object' || value === null) return false;
  const rules = value as Record<string, unknown>;
  const names = Object.keys(MATCH_RULES);
  return (
    Object.keys(rules).length === names.length &&
    names.every((name) => isWhole(rules[name], 0xffffffff))
  );
}

/** The header in these bytes, or null where it is not one. */
export function headerOf(json: Uint8Array): Header | null {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(json));
  } catch {
    return null;
  }
  if (typeof value !== 'object' || value === null) return null;
  const { environment, version, seed, rules, startedAt, controllers, score, ...counts } =
    value as Partial<Record<keyof Header, unknown>>;
  const { tickCount, keyStateCount, stateBytes, ...unknown } = counts;
  if (!isText(environment) || !isText(version) || !isWhole(seed, 0xffffffff)) return null;
  if (!isRules(rules) || !isWhole(startedAt, Number.MAX_SAFE_INTEGER)) return null;
  if (!Array.isArray(controllers) || !controllers.every(isText)) return null;
  if (controllers.length < 1 || controllers.length > ROBOTS_MAX) return null;
  if (!Array.isArray(score) || score.length !== 2) return null;
  const [blue, orange] = score as unknown[];
  if (!isWhole(blue, TICKS_MAX) || !isWhole(orange, TICKS_MAX)) return null;
  if (!isWhole(tickCount, TICKS_MAX) || tickCount * controllers.length * 2 > INPUTS_MAX)
    return null;
  const keyStatesMax = Math.ceil(tickCount / KEY_STATE_TICKS) + 2;
  if (!isWhole(keyStateCount, keyStatesMax) || keyStateCount < 1) return null;
  if (!isWhole(stateBytes, STATE_BYTES_MAX) || stateBytes % 4 !== 0 || stateBytes === 0)
    return null;
  if (keyStateCount * stateBytes > KEY_STATES_MAX) return null;
  if (Object.keys(unknown).length > 0) return null;
  return {
    environment,
    version,
    seed,
    rules,
    startedAt,
    controllers,
    score: [blue, orange],
    tickCount,
    keyStateCount,
    stateBytes,
  };
}

/** Whether so many coded bytes can tell of all that the header promises. */
export function holds(codedBytes: number, header: Header): boolean {
  const { tickCount, controllers, keyStateCount, stateBytes } = header;
  const decisions = tickCount * controllers.length * 2 + keyStateCount * (stateBytes / 4);
  return decisions <= codedBytes * DECISIONS_PER_BYTE;
}
