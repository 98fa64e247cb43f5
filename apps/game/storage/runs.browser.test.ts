/** Training runs in a real IndexedDB: whole or not at all, two checkpoints, older pages' run. */
import { Dexie } from 'dexie';
import { afterEach, expect, test, vi } from 'vitest';
import { Database } from './database.ts';
import { RUN_FOR_TESTS } from './run-for-tests.ts';
import type { RunRow } from './run-rows.ts';
import {
  addRun,
  checkpointIds,
  deleteRun,
  goBack,
  listRuns,
  NO_INPUTS,
  readCheckpoint,
  readCurve,
  readInputs,
  readLatest,
  readRecordings,
  readRun,
  RECORDINGS_KEPT,
  runName,
  saveCheckpoint,
  superfluous,
} from './runs.ts';

const opened: Dexie[] = [];

function open(name = `test-${crypto.randomUUID()}`): Database {
  const database = new Database(name);
  opened.push(database);
  return database;
}

afterEach(async () => {
  vi.restoreAllMocks();
  for (const database of opened.splice(0)) await database.delete();
});

const ROW: Omit<RunRow, 'id'> = { ...RUN_FOR_TESTS, wish: 'go', vainStarts: 1 };

const point = (i: number) => ({ steps: 100 * i, seconds: i, values: { meanReturn: i } });

/** The checkpoint after so many hundred steps, with its curve and an episode. */
function save(database: Database, runId: number, n: number): Promise<boolean> {
  const bytes = Uint8Array.of(n);
  return saveCheckpoint(database, {
    runId,
    steps: 100 * n,
    seconds: n,
    savedAt: n,
    bytes,
    policy: bytes,
    tensors: bytes,
    matches: [{ id: n, tickCount: 300 }],
    points: Array.from({ length: n }, (_, i) => point(i + 1)),
    league: null,
    recording: {
      steps: 100 * n,
      version: 'v',
      seed: n,
      actions: Int32Array.of(0, 1),
      episodeReturn: n,
      ending: 'end',
    },
    row: {},
  });
}

/** Of its checkpoints in storage, latest first; null: it cannot be read. */
async function stepsOf(database: Database, runId: number): Promise<(number | null)[]> {
  const ids = await checkpointIds(database, runId);
  const all = await Promise.all(ids.map((id) => readCheckpoint(database, id)));
  return all.map((read) => (read.ok ? read.checkpoint.steps : null));
}

test('the last checkpoint and the one before it are kept, with the row of the last', async () => {
  const database = open();
  const id = await addRun(database, ROW);
  for (const n of [1, 2, 3]) await save(database, id, n);
  expect(await stepsOf(database, id)).toEqual([300, 200]);
  expect(await readRun(database, id)).toMatchObject({ steps: 300, seconds: 3, vainStarts: 0 });
  expect((await readCurve(database, id)).length).toBe(3);
  expect((await readRecordings(database, id)).length).toBe(3);
});

test('going back forgets the last checkpoint and what was known after the one before it', async () => {
  const database = open();
  const id = await addRun(database, { ...ROW, outcome: 'failed', reason: 'x' });
  for (const n of [1, 2, 3]) await save(database, id, n);
  await goBack(database, id);
  expect(await stepsOf(database, id)).toEqual([200]);
  expect(await readRun(database, id)).toMatchObject({ steps: 200, outcome: 'none', reason: null });
  expect((await readCurve(database, id)).map(({ steps }) => steps)).toEqual([100, 200]);
  expect((await readRecordings(database, id)).map(({ steps }) => steps)).toEqual([100, 200]);
  await expect(goBack(database, id)).rejects.toThrow('no checkpoint before it');
});

test('a full disk keeps what was kept: checkpoint, curve and row are of one moment', async () => {
  const database = open();
  const id = await addRun(database, ROW);
  await save(database, id, 1);
  vi.spyOn(IDBObjectStore.prototype, 'add').mockImplementation(() => {
    throw new DOMException('full', 'QuotaExceededError');
  });
  await expect(save(database, id, 2)).rejects.toThrow();
  vi.restoreAllMocks();
  expect(await stepsOf(database, id)).toEqual([100]);
  expect((await readCurve(database, id)).length).toBe(1);
  expect(await readRun(database, id)).toMatchObject({ steps: 100 });
});

/** As in Chromium where the file beside the database is gone. */
function cannotRead(): never {
  throw new DOMException('Failed to read large IndexedDB value', 'DataError');
}

test('a checkpoint that is damaged or cannot be read hides none of the others', async () => {
  const database = open();
  const id = await addRun(database, ROW);
  expect(await readLatest(database, id)).toBeNull();
  for (const n of [1, 2]) await save(database, id, n);
  const [latest] = await checkpointIds(database, id);
  const get = vi.spyOn(IDBObjectStore.prototype, 'get').mockImplementationOnce(cannotRead);
  expect(await readLatest(database, id)).toMatchObject({
    ok: false,
    reason: expect.stringContaining('Failed to read large IndexedDB value') as string,
  });
  get.mockImplementationOnce(cannotRead);
  expect(await stepsOf(database, id)).toEqual([null, 100]);
  vi.restoreAllMocks();
  const matches = [{ id: 2, tickCount: 300 }];
  expect(await readLatest(database, id)).toMatchObject({ ok: true, checkpoint: { matches } });
  for (const damage of [{ matches: [{ id: 2 }] }, { matches, bytes: 'x' }]) {
    await database.runCheckpoints.update(latest!, damage as never);
    expect(await readLatest(database, id)).toMatchObject({ ok: false });
  }
  await goBack(database, id);
  expect(await stepsOf(database, id)).toEqual([100]);
  expect(await readRun(database, id)).toMatchObject({ steps: 100, savedAt: 1 });
});

test('a name is cut to what a run can have, with room for what comes after it', () => {
  expect(runName(' First ', ' 2')).toBe('First 2');
  expect(runName('x'.repeat(99), ' changed')).toBe(`${'x'.repeat(52)} changed`);
  expect(runName(`${'x'.repeat(59)}⚽⚽🤖`)).toBe(`${'x'.repeat(59)}⚽`);
  expect(runName(`${'x'.repeat(59)}🤖`)).toBe('x'.repeat(59)); // half of it would be none
});

test('a deleted run leaves nothing, and a late checkpoint does not bring it back', async () => {
  const database = open();
  const id = await addRun(database, ROW, { ...NO_INPUTS, start: Uint8Array.of(1) });
  await save(database, id, 1);
  await deleteRun(database, id);
  await save(database, id, 2);
  const tables = ['runs', 'runInputs', 'runCurves', 'runCheckpoints', 'runRecordings'] as const;
  for (const table of tables) expect(await database.table(table).count(), table).toBe(0);
});

test('rows that are not what was written are told apart', async () => {
  const database = open();
  const id = await addRun(database, ROW);
  await database.runs.put({ ...ROW, id: 99, recipe: null } as unknown as RunRow);
  const { runs, damaged } = await listRuns(database);
  expect([runs.map((run) => run.id), damaged]).toEqual([[id], [99]]);
  expect(await readRun(database, 99)).toBeNull();
});

test('a run keeps what it was given, and a recipe of an earlier page is made whole', async () => {
  const database = open();
  const start = Uint8Array.of(1, 2, 3);
  const id = await addRun(database, ROW, { ...NO_INPUTS, start });
  expect(await readInputs(database, id)).toEqual({ ...NO_INPUTS, start });
  const { start: _, usesMatches: __, opponents: ___, keeps: ____, ...earlier } = ROW.recipe;
  await database.runs.put({ ...ROW, id, recipe: earlier } as unknown as RunRow);
  expect((await readRun(database, id))?.recipe).toEqual(ROW.recipe);
});

test('of many episodes the first and the last stay', () => {
  let kept: number[] = [];
  for (let id = 1; id <= 500; id++) {
    kept.push(id);
    const dropped = new Set(superfluous(kept));
    kept = kept.filter((one) => !dropped.has(one));
    expect(kept.length).toBeLessThanOrEqual(RECORDINGS_KEPT);
  }
  expect([kept[0], kept.at(-1)]).toEqual([1, 500]);
});

test('the one run of an earlier page is taken over', async () => {
  const name = `test-${crypto.randomUUID()}`;
  const earlier = new Dexie(name);
  earlier.version(1).stores({
    episodes: '++id, startedAt',
    episodeBytes: 'id',
    players: '++id, createdAt',
    checkpoints: 'id',
  });
  earlier.version(2).stores({ environments: '++id, savedAt', settings: 'name' });
  await earlier.table('checkpoints').put({
    id: 'current',
    savedAt: 5,
    generation: 9,
    bytes: Uint8Array.of(1, 2),
    curve: [],
    goal: { minutes: 3, secondsDone: 60 },
    robotsPerTeam: 2,
  });
  earlier.close();
  const database = open(name);
  const { runs } = await listRuns(database);
  expect(runs).toMatchObject([{ name: 'Soccer 2v2', outcome: 'none', seconds: 60, wish: 'rest' }]);
  const latest = await readLatest(database, runs[0]!.id);
  expect(latest).toMatchObject({ ok: true, checkpoint: { bytes: Uint8Array.of(1, 2) } });
});

test("a player that an earlier page was to start from becomes the run's own", async () => {
  const name = `test-${crypto.randomUUID()}`;
  const earlier = new Dexie(name);
  earlier.version(4).stores({
    episodes: '++id, startedAt',
    episodeBytes: 'id',
    players: '++id, createdAt',
    environments: '++id, savedAt',
    settings: 'name',
    runs: '++id, createdAt',
    runCurves: 'id',
    runCheckpoints: '++id, runId',
    runRecordings: '++id, runId',
  });
  await earlier.table('players').put({ id: 3, name: 'Ada', bytes: Uint8Array.of(9) });
  const { start: _, usesMatches: __, opponents: ___, keeps: ____, ...recipe } = ROW.recipe;
  await earlier.table('runs').put({ ...ROW, id: 5, recipe: { ...recipe, playerId: 3 } });
  await earlier.table('runs').put({ ...ROW, id: 6, recipe: { ...recipe, playerId: null } });
  earlier.close();
  const database = open(name);
  expect((await readRun(database, 5))?.recipe.start).toBe('the player Ada');
  expect((await readInputs(database, 5)).start).toEqual(Uint8Array.of(9));
  expect((await readRun(database, 6))?.recipe.start).toBeNull();
});
