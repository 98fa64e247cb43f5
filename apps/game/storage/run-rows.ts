/** What a training run is in storage: what it is to do, how far it is, what it left behind. */
import type { LeagueTable, Score } from '@dreampitch/learning';

/** An environment of the list by its id, or one that a person wrote, as its text was at the start. */
export type RunEnvironment =
  | { kind: 'listed'; id: string }
  | { kind: 'own'; name: string; text: string };

export type RunOptionValue = number | boolean | readonly number[];
export type RunOptions = Readonly<Record<string, RunOptionValue>>;

/** All that decides a run. Plain data: it goes to a Worker and into the exported file as it is. */
export type RunRecipe = {
  environment: RunEnvironment;
  algorithm: string;
  options: RunOptions;
  seed: number; // u32
  /** Trains for so long; null: for the `stepsMax` of the options. */
  goalSeconds: number | null;
  /** Whose weights it begins with, in words; null: with random ones. */
  start: string | null;
  /** It begins with what a person did in kept matches. */
  usesMatches: boolean;
  /** Whom it plays against, where the environment has two teams. */
  opponents: RunOpponents;
  /** What it must not forget of the tasks before it; null: it begins a line of its own. */
  keeps: RunKeeps | null;
};

export type RunKeeps = {
  from: string; // the version that it goes on from, in words
  version: string; // its id in the line's history
  consolidation: number; // strengths, of `startFrom` of learning
  rehearsal: number;
};

export type RunOpponents =
  | { kind: 'scripted' }
  | { kind: 'self' }
  | { kind: 'player'; name: string }
  | { kind: 'league'; options: RunOptions };

/**
 * What a run is given beside its recipe, as it was when the run was set up: a run, a player or a file
 * that is deleted later takes nothing away from it.
 */
export type RunInputs = {
  /** Of `start`: safetensors, or an encoded player for the evolution strategy. */
  start: Uint8Array<ArrayBuffer> | null;
  /** Of a `player` among the opponents: for learnedPolicy. */
  opponent: Uint8Array<ArrayBuffer> | null;
  /** Of `keeps`: the memory of the version that it goes on from. */
  memory: Uint8Array<ArrayBuffer> | null;
};

export type RunInputsRow = RunInputs & { id: number };

export type RunRow = {
  id: number;
  createdAt: number; // milliseconds since 1970
  name: string;
  recipe: RunRecipe;
  /** 'go': it goes on by itself when the page is opened again. */
  wish: 'go' | 'rest';
  outcome: 'none' | 'finished' | 'stopped' | 'failed';
  /** Why it failed, in words; else null. */
  reason: string | null;
  steps: number; // of all worlds together, as of its latest checkpoint
  seconds: number; // of training, as of its latest checkpoint
  savedAt: number | null; // when that was; null: there is none
  /** Times that it was begun without coming to a checkpoint. */
  vainStarts: number;
  /** Its line of versions, and the one that it is at; null: it has none. */
  history: { id: number; version: string } | null;
};

/** As one is set up: at rest, nothing trained yet. */
export function newRunRow(
  o: Pick<RunRow, 'createdAt' | 'name' | 'recipe' | 'history'>,
): Omit<RunRow, 'id'> {
  const nothing = { reason: null, steps: 0, seconds: 0, savedAt: null, vainStarts: 0 };
  return { ...o, ...nothing, wish: 'rest', outcome: 'none' };
}

export type HistoryRow = { id: number; bytes: Uint8Array<ArrayBuffer> };

/** What a run can do at a moment, to be kept as a version. */
export type TakenVersion = {
  task: string; // its environment's id
  steps: number;
  memory: Uint8Array<ArrayBuffer>; // encodeMemory
  policy: Uint8Array<ArrayBuffer>; // for learnedPolicy
  scores: Omit<Score, 'version' | 'when'>[]; // in its task and those before
};

/** What was known after an iteration; the numbers by their metric's name. */
export type RunPoint = {
  steps: number;
  seconds: number;
  values: Readonly<Record<string, number>>;
};

export type RunCurveRow = {
  id: number;
  points: RunPoint[];
  /** As of the latest checkpoint; null: it plays in none. */
  league?: LeagueTable | null;
};

export type RunCheckpointRow = {
  id: number;
  runId: number;
  savedAt: number;
  steps: number;
  seconds: number;
  bytes: Uint8Array<ArrayBuffer>; // all that it takes to go on
  policy: Uint8Array<ArrayBuffer>; // what plays
  tensors: Uint8Array<ArrayBuffer>; // safetensors of all weights
  /** What it goes on learning from, oldest first; none: it learns from none, or an earlier page wrote it. */
  matches?: readonly RunMatch[] | null;
};

/** A kept match as far as it was played when a run began to learn from it. */
export type RunMatch = { id: number; tickCount: number };

/** An episode of the policy as it was: what it takes to play it again to the bit. */
export type Recording = {
  steps: number; // of training, when it was played
  version: string; // of the environment
  seed: number; // u32
  actions: Int32Array<ArrayBuffer> | Float32Array<ArrayBuffer>; // [T, R, A]
  episodeReturn: number; // of the first agent
  /** 'end': the episode's rules or its time limit ended it; 'cut': it was long enough. */
  ending: 'end' | 'cut';
};

export type RunRecordingRow = Recording & { id: number; runId: number };
