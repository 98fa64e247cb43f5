/** The environment of a run, from the list or from a person's own text. */
import type { Environment } from '@dreampitch/sim';
import { environmentById, parseEnvironment } from '@dreampitch/sim';
import type { RunEnvironment } from '../storage/run-rows.ts';

/** Throws in words where it is none. */
export function environmentOf(of: RunEnvironment): Environment {
  if (of.kind === 'listed') {
    const found = environmentById(of.id);
    if (found) return found;
    throw new Error(`This Dreampitch has no environment '${of.id}'.`);
  }
  const parsed = parseEnvironment(of.text);
  if (parsed.ok) return parsed.environment;
  const { line, message } = parsed.problems[0]!;
  throw new Error(`Line ${line} of '${of.name}': ${message}`);
}

/** 1 .. 3 for robot soccer as people play it; null for everything else. */
export function soccerSizeOf(of: RunEnvironment): 1 | 2 | 3 | null {
  const size = of.kind === 'listed' ? /^soccer-([123])v\1$/.exec(of.id)?.[1] : undefined;
  return size === undefined ? null : (Number(size) as 1 | 2 | 3);
}

export function nameOf(of: RunEnvironment): string {
  return of.kind === 'listed' ? of.id : of.name;
}
