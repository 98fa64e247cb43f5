/** Training runs in storage: put, list, read. What is read is not trusted to be what was written. */
import type { LeagueTable, Standing } from '@dreampitch/learning';
import type { Database } from './database.ts';
import { wholeRecipe } from './recipe.ts';
import type {
  Recording,
  RunCheckpointRow,
  RunEnvironment,
  RunInputs,
  RunMatch,
  RunPoint,
  RunRecordingRow,
  RunRow,
} from './run-rows.ts';

/** The last good one and the one before it, should the last one be damaged. */
const CHECKPOINTS_KEPT = 2;
export const RECORDINGS_KEPT = 24;
export const RUN_NAME_LENGTH_MAX = 60;

/** A name that a run can have, cut so that what comes after it still fits; half an emoji is none. */
export function runName(name: string, after = ''): string {
  const cut = name.trim().slice(0, RUN_NAME_LENGTH_MAX - after.length);
  return cut.replace(/[\uD800-\uDBFF]$/, '').trim() + after;
}

export const NO_INPUTS: RunInputs = { start: null, opponent: null, memory: null };

/** The run and what it is given, all of it or nothing. */
export function addRun(
  database: Database,
  run: Omit<RunRow, 'id'>,
  inputs: RunInputs = NO_INPUTS,
): Promise<number> {
  const { runs, runInputs } = database;
  return database.transaction('rw', [runs, runInputs], async () => {
    const id = await runs.add(run);
    if (Object.values(inputs).some((bytes) => bytes !== null))
      await runInputs.put({ ...inputs, id });
    return id;
  });
}

export async function readInputs(database: Database, id: number): Promise<RunInputs> {
  const row: Partial<RunInputs> = (await database.runInputs.get(id)) ?? {};
  const { start, opponent, memory } = row;
  return { start: bytesOf(start), opponent: bytesOf(opponent), memory: bytesOf(memory) };
}

function bytesOf(value: unknown): Uint8Array<ArrayBuffer> | null {
  return value instanceof Uint8Array ? (value as Uint8Array<ArrayBuffer>) : null;
}

/** What the runs of a line of versions train on. */
export async function tasksOfLine(database: Database, line: number): Promise<RunEnvironment[]> {
  const { runs } = await listRuns(database);
  return runs.filter(({ history }) => history?.id === line).map((run) => run.recipe.environment);
}

/** Newest first; a damaged row is one that can only be deleted. */
export async function listRuns(
  database: Database,
): Promise<{ runs: RunRow[]; damaged: readonly number[] }> {
  const rows = (await database.runs.orderBy('createdAt').toArray()).toReversed();
  const whole = rows.map((row) => wholeRow(row));
  const damaged = rows.filter((_, i) => whole[i] === null).map(({ id }) => id);
  return { runs: whole.filter((row) => row !== null), damaged };
}

export async function readRun(database: Database, id: number): Promise<RunRow | null> {
  return wholeRow((await database.runs.get(id)) ?? {});
}

const OUTCOMES: ReadonlySet<unknown> = new Set(['none', 'finished', 'stopped', 'failed']);

/** Null: it is not what was written. */
function wholeRow(row: Partial<RunRow>): RunRow | null {
  const { name, outcome, steps, seconds, savedAt, createdAt } = row;
  const recipe = wholeRecipe(row.recipe);
  const isWhole =
    recipe !== null &&
    typeof name === 'string' &&
    OUTCOMES.has(outcome) &&
    [steps, seconds, createdAt].every(Number.isFinite) &&
    (savedAt === null || Number.isFinite(savedAt));
  if (!isWhole) return null;
  const { history } = row;
  const isLine = Number.isSafeInteger(history?.id) && typeof history?.version === 'string';
  return { ...(row as RunRow), recipe, history: isLine ? history : null };
}

/** The curve; what of it is damaged is left out. */
export async function readCurve(database: Database, id: number): Promise<RunPoint[]> {
  const points: unknown = (await database.runCurves.get(id))?.points;
  if (!Array.isArray(points)) return [];
  return (points as Partial<RunPoint>[]).filter(
    (point): point is RunPoint =>
      Number.isFinite(point?.steps) &&
      Number.isFinite(point?.seconds) &&
      typeof point?.values === 'object',
  );
}

/** Null: it plays in none, or what is kept of it is damaged. */
export async function readLeague(database: Database, id: number): Promise<LeagueTable | null> {
  const league: Partial<LeagueTable> | null = (await database.runCurves.get(id))?.league ?? null;
  const isWhole =
    typeof league?.anchor === 'string' &&
    Number.isFinite(league.anchorRating) &&
    Number.isFinite(league.left) &&
    isStanding(league.learner) &&
    [league.members, league.lineUp].every(Array.isArray) &&
    league.members!.every(isStanding) &&
    league.lineUp!.every((one) => Number.isFinite(one?.share));
  return isWhole ? (league as LeagueTable) : null;
}

function isStanding(one: Partial<Standing> | undefined): boolean {
  return [one?.id, one?.step, one?.rating, one?.error, one?.games].every(Number.isFinite);
}

/** Latest first. */
export async function checkpointIds(database: Database, runId: number): Promise<number[]> {
  return (await database.runCheckpoints.where({ runId }).primaryKeys()).toSorted((a, b) => b - a);
}

export type ReadCheckpoint =
  | { readonly ok: true; readonly checkpoint: RunCheckpointRow }
  | { readonly ok: false; readonly reason: string };

/** Read by itself: of several rows, one that the browser cannot read any more hides all. */
export async function readCheckpoint(database: Database, id: number): Promise<ReadCheckpoint> {
  try {
    const row: Partial<RunCheckpointRow> = (await database.runCheckpoints.get(id)) ?? {};
    const { savedAt, steps, seconds, policy, tensors } = row;
    const bytes = bytesOf(row.bytes);
    const isWhole =
      bytes !== null &&
      [savedAt, steps, seconds].every(Number.isFinite) &&
      areMatches(row.matches ?? []);
    if (!isWhole) return { ok: false, reason: 'what storage has of it is damaged' };
    // The next checkpoint has them.
    const shown = { policy: bytesOf(policy) ?? NONE, tensors: bytesOf(tensors) ?? NONE };
    return { ok: true, checkpoint: { ...(row as RunCheckpointRow), ...shown } };
  } catch (error) {
    return { ok: false, reason: `storage does not give it (${firstLine(error)})` };
  }
}

function areMatches(value: unknown): boolean {
  if (!Array.isArray(value)) return false;
  return (value as Partial<RunMatch>[]).every(
    (one) => Number.isSafeInteger(one?.id) && Number.isSafeInteger(one?.tickCount),
  );
}

/** Dexie adds the error that it wraps. */
const firstLine = (error: unknown) => (error as Error).message.split('\n')[0]!;

const NONE = new Uint8Array(0);

/** Null: there is none. */
export async function readLatest(
  database: Database,
  runId: number,
): Promise<ReadCheckpoint | null> {
  try {
    const [latest] = await checkpointIds(database, runId);
    return latest === undefined ? null : await readCheckpoint(database, latest);
  } catch (error) {
    return { ok: false, reason: `storage does not answer (${firstLine(error)})` };
  }
}

/** Oldest first. */
export async function readRecordings(
  database: Database,
  runId: number,
): Promise<RunRecordingRow[]> {
  const rows = await database.runRecordings.where({ runId }).sortBy('id');
  return rows.filter(
    ({ actions, seed, version }) =>
      ArrayBuffer.isView(actions) && Number.isSafeInteger(seed) && typeof version === 'string',
  );
}

/** What there is of a run beside its row and its checkpoints. Throws in words. */
export async function readProgress(database: Database, id: number) {
  try {
    const points = await readCurve(database, id);
    const league = await readLeague(database, id);
    // Only shown, and never written over: one that the browser cannot read stops nothing.
    const recordings = await readRecordings(database, id).catch(() => []);
    return { points, recordings, league };
  } catch (error) {
    const reason = `storage does not give its curve (${firstLine(error)})`;
    throw new Error(reason, { cause: error });
  }
}

export type Saved = Omit<RunCheckpointRow, 'id'> & {
  points: RunPoint[];
  league: LeagueTable | null;
  recording: Recording | null;
  /** What of the row changes with it: the outcome, where this is the last one. */
  row: Partial<Omit<RunRow, 'id'>>;
};

/** A checkpoint with its curve and recording, all of it or nothing. False: the run was deleted. */
export async function saveCheckpoint(database: Database, saved: Saved): Promise<boolean> {
  const { runId, steps, seconds, savedAt, points, league, recording, row } = saved;
  const { bytes, policy, tensors, matches = null } = saved;
  const { runs, runCurves, runCheckpoints, runRecordings } = database;
  const tables = [runs, runCurves, runCheckpoints, runRecordings];
  return database.transaction('rw', tables, async () => {
    const found = await runs.update(runId, { ...row, steps, seconds, savedAt, vainStarts: 0 });
    if (found === 0 && !(await runs.get(runId))) return false;
    await runCurves.put({ id: runId, points, league });
    await runCheckpoints.add({ runId, savedAt, steps, seconds, bytes, policy, tensors, matches });
    const kept = await checkpointIds(database, runId);
    await runCheckpoints.bulkDelete(kept.slice(CHECKPOINTS_KEPT));
    if (!recording) return true;
    await runRecordings.add({ ...recording, runId });
    const recorded = (await runRecordings.where({ runId }).primaryKeys()).toSorted((a, b) => a - b);
    await runRecordings.bulkDelete(superfluous(recorded));
    return true;
  });
}

/** Of more than are kept: every second one, the first and the last stay. Pure. */
export function superfluous(ids: readonly number[]): number[] {
  if (ids.length <= RECORDINGS_KEPT) return [];
  return ids.filter((_, i) => i % 2 === 1 && i < ids.length - 1);
}

/** Forgets the latest checkpoint, and what was known after the one before it. */
export async function goBack(database: Database, runId: number): Promise<void> {
  const { runs, runCurves, runCheckpoints, runRecordings } = database;
  const tables = [runs, runCurves, runCheckpoints, runRecordings];
  await database.transaction('rw', tables, async () => {
    const [latest, before] = await checkpointIds(database, runId);
    if (latest === undefined || before === undefined) {
      throw new Error('There is no checkpoint before it.');
    }
    const read = await readCheckpoint(database, before);
    if (!read.ok) throw new Error(`The checkpoint before it cannot be read: ${read.reason}.`);
    const { steps, seconds, savedAt } = read.checkpoint;
    await runCheckpoints.delete(latest);
    const points = await readCurve(database, runId);
    const league = await readLeague(database, runId); // the Worker tells what it was
    const earlier = points.filter((point) => point.seconds <= seconds);
    await runCurves.put({ id: runId, points: earlier, league });
    await runRecordings
      .where({ runId })
      .filter((one) => one.steps > steps)
      .delete();
    const outcome = { outcome: 'none', reason: null } as const;
    await runs.update(runId, { steps, seconds, savedAt, ...outcome });
  });
}

/** The run and all that it left behind. Kept players stay. */
export async function deleteRun(database: Database, runId: number): Promise<void> {
  const { runs, runCurves, runCheckpoints, runRecordings, runInputs, histories } = database;
  const tables = [runs, runCurves, runCheckpoints, runRecordings, runInputs, histories];
  await database.transaction('rw', tables, async () => {
    const line = (await runs.get(runId))?.history?.id;
    await runs.delete(runId);
    // Versions stay as long as there is a run of their line.
    const isLast = (await runs.filter(({ history }) => history?.id === line).count()) === 0;
    if (line !== undefined && isLast) await histories.delete(line);
    await runInputs.delete(runId);
    await runCurves.delete(runId);
    await runCheckpoints.where({ runId }).delete();
    await runRecordings.where({ runId }).delete();
  });
}
