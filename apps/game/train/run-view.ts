/** What the page knows of a run, and the words for it. Pure. */
import type { LeagueTable } from '@dreampitch/learning';
import type { Recording, RunPoint, RunRow } from '../storage/run-rows.ts';

export type Activity =
  | 'resting'
  | 'elsewhere' // another tab trains it
  | 'queued' // for cores
  | 'starting'
  | 'running'
  | 'pausing' // the last iteration is under way
  | 'taking'; // a version of its latest checkpoint

export type RunView = {
  readonly row: RunRow;
  readonly activity: Activity;
  readonly points: readonly RunPoint[];
  readonly steps: number;
  readonly seconds: number; // of training
  readonly stepsPerSecond: number | null;
  readonly memoryBytes: number | null; // of all buffers
  readonly device: string | null;
  readonly worldCount: number | null;
  readonly recordings: readonly Recording[];
  readonly league: LeagueTable | null;
  /** A version of it is being taken. */
  readonly isTaking: boolean;
  readonly problem: string | null;
  /** The checkpoint before a damaged one, to go on from. */
  readonly offer: { readonly steps: number; readonly seconds: number } | null;
};

export function viewOf(row: RunRow): RunView {
  return {
    row,
    activity: 'resting',
    points: [],
    steps: row.steps,
    seconds: row.seconds,
    stepsPerSecond: null,
    memoryBytes: null,
    device: null,
    worldCount: null,
    recordings: [],
    league: null,
    isTaking: false,
    problem: null,
    offer: null,
  };
}

/** Begun so often without coming to a checkpoint, a run does not begin by itself again. */
export const VAIN_STARTS_MAX = 2;

/** It goes on by itself when the page is opened again. */
export function goesOn({ wish, outcome, vainStarts }: RunRow): boolean {
  return wish === 'go' && outcome === 'none' && vainStarts < VAIN_STARTS_MAX;
}

export type RunState = Exclude<Activity, 'resting'> | 'paused' | 'finished' | 'stopped' | 'failed';

export function stateOf({ activity, row }: RunView): RunState {
  if (activity !== 'resting') return activity;
  return row.outcome === 'none' ? 'paused' : row.outcome;
}

const STATE_WORDS: Readonly<Record<RunState, string>> = {
  elsewhere: 'Training in another tab',
  queued: 'Waiting for a free core',
  starting: 'Getting ready…',
  running: 'Training',
  pausing: 'Finishing this step…',
  taking: 'Taking a version…',
  paused: 'Paused',
  finished: 'Trained',
  stopped: 'Stopped',
  failed: 'Failed',
};

export function stateWords(view: RunView): string {
  return STATE_WORDS[stateOf(view)];
}

/** What is left of a run that failed; `isHere`: storage did not take it. */
export function wordsOfKept({ savedAt, steps }: RunRow, isHere: boolean): string {
  if (savedAt === null) return 'Nothing was learned yet that could be kept.';
  const checkpoint = `The checkpoint at step ${steps.toLocaleString()}`;
  if (!isHere) return `${checkpoint} is kept.`;
  return `${checkpoint} is in this page only: export it before the page is closed.`;
}

/** A sentence, to stand in another one. */
export function plain(words: string): string {
  return words.replace(/\.$/, '');
}

/** True while a Worker is at it, here or in another tab. */
export function isActive({ activity }: RunView): boolean {
  return activity !== 'resting';
}

/** True while this page has it, or is about to. */
export function isHere({ activity }: RunView): boolean {
  return activity !== 'resting' && activity !== 'elsewhere';
}

/** Share of its goal, 0 .. 1. */
export function shareDone({ row, steps, seconds }: RunView): number {
  if (row.outcome === 'finished') return 1;
  const { goalSeconds, options } = row.recipe;
  if (goalSeconds !== null) return Math.min(1, seconds / Math.max(goalSeconds, 1e-9));
  const stepsMax = Number(options['stepsMax']);
  return stepsMax > 0 ? Math.min(1, steps / stepsMax) : 0;
}

/** Seconds of training to the goal at the pace so far; null: not known yet. */
export function secondsLeft(view: RunView): number | null {
  const share = shareDone(view);
  const { goalSeconds } = view.row.recipe;
  if (goalSeconds !== null) return Math.max(0, goalSeconds - view.seconds);
  return share > 0 && view.seconds > 0 ? (view.seconds * (1 - share)) / share : null;
}

/** The latest number of a metric; null: there was none. */
export function latest(points: readonly RunPoint[], metric: string): number | null {
  for (let i = points.length - 1; i >= 0; i--) {
    const value = points[i]!.values[metric];
    if (value !== undefined) return value;
  }
  return null;
}
