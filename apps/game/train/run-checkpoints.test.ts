/** What a run learned is neither lost nor begun anew while this page or storage still has it. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Library } from '../storage/library.ts';
import { RUN_FOR_TESTS } from '../storage/run-for-tests.ts';
import type { RunCheckpointRow, RunRow } from '../storage/run-rows.ts';
import { NO_INPUTS } from '../storage/runs.ts';
import { exportRun } from './export-run.ts';
import type { News } from './protocol.ts';
import { Run } from './run.ts';
import { WorkerForTests } from './worker-for-tests.ts';

const MATCHES = [{ id: 3, tickCount: 300 }];

const bytesOf = (steps: number) => Uint8Array.of(steps & 255);

/** The checkpoint at this step, which is also when it was made. */
function checkpoint(steps: number): RunCheckpointRow {
  const bytes = bytesOf(steps);
  const at = { savedAt: steps, steps, seconds: steps };
  return { id: steps, runId: 1, ...at, bytes, policy: bytes, tensors: bytes };
}

/** By its id; null: this browser cannot read it any more. */
type Kept = Record<number, RunCheckpointRow | null>;

/** Storage that is read and takes nothing: the disk is full. */
function fullStorage(kept: Kept, steps = 10) {
  const row: RunRow = { ...RUN_FOR_TESTS, id: 1, steps, seconds: steps, savedAt: steps || null };
  const read = (id: number) => {
    if (kept[id]) return Promise.resolve(kept[id]);
    return Promise.reject(new DOMException('Failed to read large IndexedDB value', 'DataError'));
  };
  const database = {
    runs: { get: () => Promise.resolve(row), update: () => Promise.resolve(1) },
    runCheckpoints: {
      where: () => ({ primaryKeys: () => Promise.resolve(Object.keys(kept).map(Number)) }),
      get: read,
    },
    runRecordings: { where: () => ({ sortBy: () => Promise.resolve([]) }) },
    runCurves: { get: () => Promise.resolve(undefined) },
    runInputs: { get: () => Promise.resolve(NO_INPUTS) },
    transaction: () => Promise.reject(new DOMException('full', 'QuotaExceededError')),
  };
  return { row, library: { database } as unknown as Library };
}

type Storage = ReturnType<typeof fullStorage>;

function runOf({ row, library }: Storage, id = row.id): Run {
  return new Run({ ...row, id }, { library, inputs: NO_INPUTS, onRest: () => undefined });
}

const worker = () => WorkerForTests.made.at(-1)!;

async function begin(run: Run): Promise<void> {
  await run.queue();
  await run.begin('wasm');
}

async function training(run: Run): Promise<void> {
  await begin(run);
  worker().say({ type: 'opened', device: 'x', worldCount: 1 });
}

function reached(steps: number, ending: 'more' | 'paused'): News {
  const { bytes, policy, tensors, seconds } = checkpoint(steps);
  const none = { recording: null, league: null, matches: MATCHES };
  return { type: 'checkpoint', bytes, policy, tensors, steps, seconds, ...none, ending };
}

const lost: News = { type: 'failed', reason: 'lost', message: 'gone' };

const untilResting = (run: Run) =>
  vi.waitFor(() => expect(run.view.value.activity).toBe('resting'));

/** What the latest Worker began with. */
function begun() {
  const [order] = worker().orders;
  return order?.type === 'begin' ? order : null;
}

beforeEach(() => {
  WorkerForTests.made = [];
  vi.stubGlobal('Worker', WorkerForTests);
  vi.stubGlobal('navigator', {}); // without locks, which are let go of a little later
});
afterEach(() => vi.unstubAllGlobals());

test('a full disk: paused and resumed, the run goes on from what this page has', async () => {
  const storage = fullStorage({ 10: checkpoint(10) });
  const run = runOf(storage);
  await training(run);
  expect(begun()).toMatchObject({ checkpoint: bytesOf(10), matches: null, secondsBefore: 10 });
  worker().say(reached(200, 'more'));
  run.pause();
  worker().say(reached(201, 'paused'));
  await untilResting(run);
  expect(run.view.value.problem).toMatch(/The disk is full.* this page has it, to be exported/);
  const { savedAt } = run.view.value.row;
  await run.follow({ ...storage.row, name: 'Renamed elsewhere' });
  const row = { name: 'Renamed elsewhere', steps: 201, savedAt };
  expect(run.view.value).toMatchObject({ steps: 201, row });
  await begin(run);
  expect(begun()).toMatchObject({
    checkpoint: bytesOf(201),
    matches: MATCHES,
    secondsBefore: 201,
  });
  run.end();
});

test('a full disk and a clock that was set back: what this page has is the latest all the same', async () => {
  const savedAt = Date.now() + 1e9;
  const { row, library } = fullStorage({ 10: { ...checkpoint(10), savedAt } });
  Object.assign(row, { savedAt });
  const run = runOf({ row, library });
  await training(run);
  worker().say(reached(200, 'paused'));
  await untilResting(run);
  expect((await run.latest())?.steps).toBe(200);
});

test('a version that is asked for while the device is lost is taken by the Worker after it', async () => {
  const run = runOf(fullStorage({ 10: checkpoint(10) }));
  await training(run);
  await run.takeVersion();
  worker().say(lost);
  await vi.waitFor(() => expect(WorkerForTests.made).toHaveLength(2));
  await vi.waitFor(() => expect(worker().orders.at(-1)).toEqual({ type: 'take-version' }));
  worker().say({ type: 'no-version', message: 'x' });
  expect(run.view.value.isTaking).toBe(false);
  run.end();
});

test('a full disk and a lost device: it goes on from what this page has, at the step that is said', async () => {
  const run = runOf(fullStorage({ 10: checkpoint(10) }));
  await training(run);
  worker().say(reached(200, 'more'));
  await vi.waitFor(() => expect(run.view.value.problem).toContain('The disk is full'));
  worker().say(lost);
  await vi.waitFor(() => expect(begun()).toMatchObject({ checkpoint: bytesOf(200) }));
  expect(run.view.value.problem).toContain('from its checkpoint at step 200');
  run.end();
});

test.each([
  ['whose older checkpoint is in storage', 1, 10],
  ['that never was in storage', -1, 0],
])('what storage does not take of a run %s can be exported', async (_, id, steps) => {
  const run = runOf(fullStorage(steps ? { [steps]: checkpoint(steps) } : {}, steps), id);
  await training(run);
  worker().say(reached(200, 'more'));
  const file = await exportRun(run, 'safetensors');
  expect(file.bytes).toEqual(bytesOf(200));
  worker().say({ type: 'failed', reason: 'other', message: 'NaN.' });
  await untilResting(run);
  expect(run.view.value.row.reason).toMatch(/^NaN\. The checkpoint at step 200 is in this page/);
});

test('another tab trained on: its checkpoint in storage is newer than what this page has', async () => {
  const kept: Kept = { 10: checkpoint(10) };
  const { row, library } = fullStorage(kept);
  const run = runOf({ row, library });
  await training(run);
  run.pause();
  worker().say(reached(200, 'paused'));
  await untilResting(run);
  const savedAt = Date.now() + 1000;
  kept[300] = { ...checkpoint(300), savedAt };
  Object.assign(row, { steps: 300, seconds: 300, savedAt });
  await run.follow({ ...row });
  expect(run.view.value.steps).toBe(300);
  expect((await run.latest())?.steps).toBe(300);
});

const UNREADABLE: readonly (readonly [string, Kept, RegExp, number | null])[] = [
  ['cannot be read', { 5: checkpoint(5), 10: null }, /Failed to read large IndexedDB value/, 5],
  [
    'is damaged',
    { 5: checkpoint(5), 10: { ...checkpoint(10), bytes: 'x' as never } },
    /is damaged/,
    5,
  ],
  ['and the one before it cannot be read', { 5: null, 10: null }, /There is none before it/, null],
  ['is gone', {}, /is not in storage any more/, null],
];

test.each(UNREADABLE)(
  'a latest checkpoint that %s: nothing is begun, and the reason is said',
  async (_, kept, reason, before) => {
    const run = runOf(fullStorage(kept));
    await begin(run);
    await untilResting(run);
    expect(WorkerForTests.made).toEqual([]);
    expect(run.view.value.problem).toMatch(/^The latest checkpoint cannot be read: /);
    expect(run.view.value.problem).toMatch(reason);
    expect(run.view.value.offer).toEqual(before && { steps: before, seconds: before });
    expect(run.view.value.row).toMatchObject({ wish: 'rest', vainStarts: 0, steps: 10 });
    await run.takeVersion();
    expect(run.view.value.problem).toMatch(/^No version was kept: The latest checkpoint cannot be/);
    await expect(exportRun(run, 'onnx')).rejects.toThrow('The latest checkpoint cannot be read');
  },
);

test('a run without a checkpoint begins at its start', async () => {
  const run = runOf(fullStorage({}, 0));
  await begin(run);
  expect(begun()).toMatchObject({ checkpoint: null, secondsBefore: 0 });
  run.end();
});

test.each(['pause', 'stop'] as const)(
  'a device that is lost in the last iteration after %s: the run rests at its checkpoint',
  async (deed) => {
    const run = runOf(fullStorage({ 10: checkpoint(10) }));
    await training(run);
    run[deed]();
    expect(run.view.value.activity).toBe('pausing');
    worker().say(lost);
    await untilResting(run);
    expect(WorkerForTests.made).toHaveLength(1);
    const outcome = deed === 'stop' ? 'stopped' : 'none';
    expect(run.view.value).toMatchObject({ steps: 10, row: { wish: 'rest', outcome } });
    expect(run.view.value.problem).toContain('The run is as of its checkpoint at step 10');
  },
);
