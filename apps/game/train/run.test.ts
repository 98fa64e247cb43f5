/** Who asks twice, or changes his mind while storage is slow, leaves no Worker and no lock behind. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Library } from '../storage/library.ts';
import { RUN_FOR_TESTS } from '../storage/run-for-tests.ts';
import type { RunRow } from '../storage/run-rows.ts';
import { NO_INPUTS } from '../storage/runs.ts';
import { Run } from './run.ts';
import { WorkerForTests } from './worker-for-tests.ts';

/** With the one checkpoint that the storage below gives. */
const ROW = (id: number): RunRow => ({ ...RUN_FOR_TESTS, id, steps: 1, seconds: 1, savedAt: 1 });

/** The curve before this visit, an episode of then, and the league. */
const POINTS = [{ steps: 1, seconds: 1, values: {} }];
const RECORDING = { steps: 1, seed: 1, version: 'x', actions: Int32Array.of(1) };
const STANDING = { id: 0, step: 0, rating: 0, error: 0, games: 0 };
const LEAGUE = {
  anchor: 'x',
  anchorRating: 0,
  left: 0,
  learner: STANDING,
  members: [],
  lineUp: [],
};

/** Storage that answers when it is told to. */
function slowStorage(id: number) {
  const bytes = new Uint8Array(4);
  const kept = { id: 1, runId: id, savedAt: 1, steps: 1, seconds: 1, bytes };
  const { promise: gate, resolve: open } = Promise.withResolvers<void>();
  const after = <T>(value: T) => gate.then(() => value);
  const database = {
    runs: { get: () => Promise.resolve(ROW(id)), update: () => Promise.resolve(1) },
    runCheckpoints: { where: () => ({ primaryKeys: () => after([1]) }), get: () => after(kept) },
    runInputs: { get: () => after(NO_INPUTS) },
    runCurves: { get: () => Promise.resolve<unknown>({ points: POINTS, league: LEAGUE }) },
    runRecordings: { where: () => ({ sortBy: () => Promise.resolve([RECORDING]) }) },
  };
  return { database, library: { database } as unknown as Library, open };
}

/** A lock is let go of a little after the run has rested. */
function untilFree(id: number): Promise<void> {
  return vi.waitFor(async () => {
    const { held = [] } = await navigator.locks.query();
    expect(held.map(({ name }) => name)).not.toContain(`dreampitch-run-${id}`);
  });
}

beforeEach(() => {
  WorkerForTests.made = [];
  vi.stubGlobal('Worker', WorkerForTests);
});
afterEach(() => vi.unstubAllGlobals());

test('a version that is asked for twice is taken once, and the run is free again', async () => {
  const { library, open } = slowStorage(901);
  const run = new Run(ROW(901), { library, inputs: NO_INPUTS, onRest: () => undefined });
  const asked = [run.takeVersion(), run.takeVersion()];
  expect(run.view.value.activity).toBe('taking');
  open();
  await Promise.all(asked);
  expect(WorkerForTests.made).toHaveLength(1);
  WorkerForTests.made[0]!.say({ type: 'no-version', message: 'x' });
  expect(run.view.value).toMatchObject({ activity: 'resting', isTaking: false });
  await untilFree(901);
});

test('a run that is stopped and started while it begins has one Worker; stopped again, none', async () => {
  const { library, open } = slowStorage(902);
  const run = new Run(ROW(902), { library, inputs: NO_INPUTS, onRest: () => undefined });
  await run.queue();
  const begun = [run.begin('wasm')];
  run.pause();
  expect(run.view.value.activity).toBe('resting');
  await run.queue();
  begun.push(run.begin('wasm'));
  open();
  await Promise.all(begun);
  expect(WorkerForTests.made).toHaveLength(1);
  run.end();
  expect(WorkerForTests.made.every(({ isEnded }) => isEnded)).toBe(true);
  await untilFree(902);
});

test('a run that is asked for twice at once goes on once, and is free again after a pause', async () => {
  const { library } = slowStorage(903);
  const run = new Run(ROW(903), { library, inputs: NO_INPUTS, onRest: () => undefined });
  const asked = await Promise.all([run.queue(), run.queue()]);
  expect(asked).toEqual([true, false]);
  expect(run.view.value).toMatchObject({ activity: 'queued', problem: null });
  run.pause();
  await untilFree(903);
  expect(await run.queue()).toBe(true);
  run.end();
  await untilFree(903);
});

test('a run that is paused before it has its lock rests, and leaves no lock behind', async () => {
  const { library } = slowStorage(904);
  const run = new Run(ROW(904), { library, inputs: NO_INPUTS, onRest: () => undefined });
  const asked = run.queue();
  expect(run.view.value.activity).toBe('queued');
  run.pause();
  expect(await asked).toBe(false);
  expect(run.view.value).toMatchObject({ activity: 'resting', row: { wish: 'rest' } });
  await untilFree(904);
});

test.each([
  ['the page was opened', 905, 1],
  ['another tab trained it', 906, 0],
])(
  'a run that goes on before what is kept of it was read has all of it, as %s',
  async (_, id, savedAt) => {
    const { database, library, open } = slowStorage(id);
    const first = Promise.withResolvers<unknown>();
    vi.spyOn(database.runCurves, 'get').mockReturnValueOnce(first.promise);
    const row = { ...ROW(id), savedAt };
    const run = new Run(row, { library, inputs: NO_INPUTS, onRest: () => undefined });
    const read = savedAt === 1 ? run.load() : run.follow(ROW(id));
    expect(await run.queue()).toBe(true);
    open();
    await run.begin('wasm');
    const kept = { points: POINTS, recordings: [RECORDING], league: LEAGUE };
    expect(run.view.value).toMatchObject(kept);
    first.resolve(undefined); // older than what was read since
    await read;
    expect(run.view.value).toMatchObject(kept);
    run.end();
    await untilFree(id);
  },
);

test('a run whose curve cannot be read does not go on without it', async () => {
  const { database, library } = slowStorage(907);
  vi.spyOn(database.runCurves, 'get').mockRejectedValueOnce(new Error('Not now.\nReally'));
  const run = new Run(ROW(907), { library, inputs: NO_INPUTS, onRest: () => undefined });
  expect(await run.queue()).toBe(false);
  const problem = 'The run does not go on: storage does not give its curve (Not now.).';
  expect(run.view.value).toMatchObject({ activity: 'resting', problem });
  await untilFree(907);
  expect(await run.queue()).toBe(true);
  expect(run.view.value).toMatchObject({ points: POINTS, problem: null });
  run.end();
  await untilFree(907);
});

test('an episode that cannot be read is not shown, and stops nothing', async () => {
  const { database, library } = slowStorage(908);
  vi.spyOn(database.runRecordings, 'where').mockReturnValue({
    sortBy: () => Promise.reject(new Error('Not now.')),
  });
  const run = new Run(ROW(908), { library, inputs: NO_INPUTS, onRest: () => undefined });
  expect(await run.queue()).toBe(true);
  expect(run.view.value).toMatchObject({ points: POINTS, recordings: [], problem: null });
  run.end();
  await untilFree(908);
});
