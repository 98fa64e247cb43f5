/** Training runs in storage: put, list, read. What is read is not trusted to be what was written. */
import type { Database } from './database.ts';
import type {
  Recording,
  RunCheckpointRow,
  RunPoint,
  RunRecipe,
  RunRecordingRow,
  RunRow,
} from './run-rows.ts';

/** The last good one and the one before it, should the last one be damaged. */
const CHECKPOINTS_KEPT = 2;
export const RECORDINGS_KEPT = 24;
export const RUN_NAME_LENGTH_MAX = 60;

export function addRun(database: Database, run: Omit<RunRow, 'id'>): Promise<number> {
  return database.runs.add(run);
}

/** Newest first; a damaged row is one that can only be deleted. */
export async function listRuns(
  database: Database,
): Promise<{ runs: RunRow[]; damaged: readonly number[] }> {
  const rows = (await database.runs.orderBy('createdAt').toArray()).toReversed();
  const runs = rows.filter(isWhole);
  return { runs, damaged: rows.filter((row) => !isWhole(row)).map(({ id }) => id) };
}

export async function readRun(database: Database, id: number): Promise<RunRow | null> {
  const row = await database.runs.get(id);
  return row && isWhole(row) ? row : null;
}

const OUTCOMES: ReadonlySet<unknown> = new Set(['none', 'finished', 'stopped', 'failed']);

function isWhole(row: Partial<RunRow>): boolean {
  const { name, recipe, outcome, steps, seconds, savedAt, createdAt } = row;
  return (
    typeof name === 'string' &&
    isRecipe(recipe) &&
    OUTCOMES.has(outcome) &&
    [steps, seconds, createdAt].every(Number.isFinite) &&
    (savedAt === null || Number.isFinite(savedAt))
  );
}

/** Of storage or of a file that somebody gave. */
export function isRecipe(value: unknown): value is RunRecipe {
  if (typeof value !== 'object' || value === null) return false;
  const { environment, algorithm, options, seed, goalSeconds, playerId } =
    value as Partial<RunRecipe>;
  const own = environment?.kind === 'own' && typeof environment.text === 'string';
  const listed = environment?.kind === 'listed' && typeof environment.id === 'string';
  return (
    (own || listed) &&
    typeof algorithm === 'string' &&
    typeof options === 'object' &&
    options !== null &&
    Number.isSafeInteger(seed) &&
    (goalSeconds === null || Number.isFinite(goalSeconds)) &&
    (playerId === null || Number.isSafeInteger(playerId))
  );
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

/** Latest first. */
export async function readCheckpoints(
  database: Database,
  runId: number,
): Promise<RunCheckpointRow[]> {
  const rows = await database.runCheckpoints.where({ runId }).sortBy('id');
  return rows.toReversed().filter(({ bytes }) => bytes instanceof Uint8Array);
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

export type Saved = {
  runId: number;
  steps: number;
  seconds: number;
  savedAt: number;
  bytes: Uint8Array<ArrayBuffer>;
  policy: Uint8Array<ArrayBuffer>;
  tensors: Uint8Array<ArrayBuffer>;
  points: RunPoint[];
  recording: Recording | null;
  /** What of the row changes with it: the outcome, where this is the last one. */
  row: Partial<Omit<RunRow, 'id'>>;
};

/** A checkpoint with its curve and recording, all of it or nothing. */
export async function saveCheckpoint(database: Database, saved: Saved): Promise<void> {
  const { runId, steps, seconds, savedAt, points, recording, row } = saved;
  const { bytes, policy, tensors } = saved;
  const { runs, runCurves, runCheckpoints, runRecordings } = database;
  const tables = [runs, runCurves, runCheckpoints, runRecordings];
  await database.transaction('rw', tables, async () => {
    // Of a run that was deleted meanwhile nothing is kept.
    const found = await runs.update(runId, { ...row, steps, seconds, savedAt, vainStarts: 0 });
    if (found === 0 && !(await runs.get(runId))) return;
    await runCurves.put({ id: runId, points });
    await runCheckpoints.add({ runId, savedAt, steps, seconds, bytes, policy, tensors });
    const kept = await runCheckpoints.where({ runId }).primaryKeys();
    await runCheckpoints.bulkDelete(kept.toSorted((a, b) => a - b).slice(0, -CHECKPOINTS_KEPT));
    if (!recording) return;
    await runRecordings.add({ ...recording, runId });
    const recorded = (await runRecordings.where({ runId }).primaryKeys()).toSorted((a, b) => a - b);
    await runRecordings.bulkDelete(superfluous(recorded));
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
    const [latest, before] = await readCheckpoints(database, runId);
    if (!latest || !before) throw new Error('There is no checkpoint before it.');
    const { steps, seconds, savedAt } = before;
    await runCheckpoints.delete(latest.id);
    const points = await readCurve(database, runId);
    await runCurves.put({ id: runId, points: points.filter((point) => point.seconds <= seconds) });
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
  const { runs, runCurves, runCheckpoints, runRecordings } = database;
  await database.transaction('rw', [runs, runCurves, runCheckpoints, runRecordings], async () => {
    await runs.delete(runId);
    await runCurves.delete(runId);
    await runCheckpoints.where({ runId }).delete();
    await runRecordings.where({ runId }).delete();
  });
}
