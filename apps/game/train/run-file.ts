/** A run as JSON: what it is to do, what it was given, and its curve; and the way back. */
import { wholeRecipe } from '../storage/recipe.ts';
import type { RunInputs, RunPoint, RunRecipe, RunRow } from '../storage/run-rows.ts';
import { NO_INPUTS } from '../storage/runs.ts';

/** 1: without inputs. */
const FORMAT = 2;
/** As text they are a third longer, and a string of JavaScript ends at 512 MiB. */
const INPUT_BYTES_MAX = 100_000_000;

export function encodeRunFile(
  row: RunRow,
  { points, inputs }: { points: readonly RunPoint[]; inputs: RunInputs },
): string {
  const { name, recipe, outcome, reason, steps, seconds, createdAt } = row;
  const size = Object.values(inputs).reduce((sum, bytes) => sum + (bytes?.length ?? 0), 0);
  if (size > INPUT_BYTES_MAX) {
    throw new Error('What it began with is too large for JSON; export its weights instead.');
  }
  const created = new Date(createdAt).toISOString();
  const given = Object.entries(inputs).map(([what, bytes]) => [what, bytes ? textOf(bytes) : null]);
  const run = { name, created, recipe, inputs: Object.fromEntries(given) as unknown, outcome };
  const file = { dreampitchRun: FORMAT, ...run, reason, steps, seconds, curve: points };
  return JSON.stringify(file, null, 1);
}

export type RunFile = {
  readonly name: string | null;
  readonly recipe: RunRecipe;
  readonly inputs: RunInputs;
};

/** Throws in words where it is none. */
export function decodeRunFile(text: string): RunFile {
  let file: { name?: unknown; recipe?: unknown; inputs?: Record<string, unknown> } | null;
  try {
    file = JSON.parse(text) as typeof file;
  } catch {
    throw new Error('This file is no run: it is not JSON.');
  }
  const recipe = wholeRecipe(file?.recipe);
  if (!recipe) throw new Error('This file is no run: it has no recipe.');
  const given = Object.keys(NO_INPUTS).map((what) => [what, bytesOf(file?.inputs?.[what])]);
  const inputs = Object.fromEntries(given) as RunInputs;
  const name = typeof file?.name === 'string' ? file.name : null;
  return { name, recipe, inputs };
}

const CHUNK = 0x8000; // arguments of one call

function textOf(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += CHUNK) {
    text += String.fromCharCode(...bytes.subarray(at, at + CHUNK));
  }
  return btoa(text);
}

/** Null where there are none, and where they are damaged: a run without them says so. */
function bytesOf(text: unknown): Uint8Array<ArrayBuffer> | null {
  if (typeof text !== 'string') return null;
  try {
    return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  } catch {
    return null;
  }
}
