/** The recipe of a run, from storage or from a file that somebody gave: checked, and made whole. Pure. */
import type { RunInputs, RunKeeps, RunOpponents, RunRecipe } from './run-rows.ts';

/** Of pages that knew less of a recipe the rest is as it was then. Null: it is none. */
export function wholeRecipe(value: unknown): RunRecipe | null {
  if (!isObject(value)) return null;
  const { environment, algorithm, options, seed, goalSeconds } = value as Partial<RunRecipe>;
  const { start = null, usesMatches = false, opponents = SCRIPTED } = value as Partial<RunRecipe>;
  const { keeps = null } = value as Partial<RunRecipe>;
  const own =
    environment?.kind === 'own' &&
    typeof environment.text === 'string' &&
    typeof environment.name === 'string';
  const listed = environment?.kind === 'listed' && typeof environment.id === 'string';
  const isSound =
    (own || listed) &&
    typeof algorithm === 'string' &&
    isOptions(options) &&
    Number.isSafeInteger(seed) &&
    (goalSeconds === null || Number.isFinite(goalSeconds)) &&
    (start === null || typeof start === 'string') &&
    typeof usesMatches === 'boolean' &&
    isOpponents(opponents) &&
    (keeps === null || isKeeps(keeps));
  if (!isSound) return null;
  const goal = goalSeconds ?? null;
  const what = { environment, algorithm, options: options!, seed: seed! };
  return { ...what, goalSeconds: goal, start, usesMatches, opponents, keeps };
}

/** What it names that is not among what it is given, in words; null: it has all. */
export function lackOf({ start, opponents, keeps }: RunRecipe, given: RunInputs): string | null {
  if (start !== null && !given.start) return `It began with ${start}`;
  if (opponents.kind === 'player' && !given.opponent) return `It plays against ${opponents.name}`;
  if (keeps && !given.memory) return `It goes on from ${keeps.from}`;
  return null;
}

function isKeeps({ from, version, consolidation, rehearsal }: Partial<RunKeeps>): boolean {
  const strengths = [consolidation, rehearsal];
  const isNamed = typeof from === 'string' && typeof version === 'string';
  return isNamed && strengths.every((one) => Number.isFinite(one) && one! >= 0);
}

const SCRIPTED: RunOpponents = { kind: 'scripted' };

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function isOptions(value: unknown): boolean {
  if (!isObject(value)) return false;
  return Object.values(value).every((one: unknown) =>
    Array.isArray(one) ? one.every(Number.isFinite) : typeof one === 'boolean' || isNumber(one),
  );
}

function isNumber(value: unknown): boolean {
  return typeof value === 'number';
}

function isOpponents(value: unknown): value is RunOpponents {
  if (!isObject(value)) return false;
  const { kind, name, options } = value as { kind?: unknown; name?: unknown; options?: unknown };
  if (kind === 'scripted' || kind === 'self') return true;
  return kind === 'player' ? typeof name === 'string' : kind === 'league' && isOptions(options);
}
