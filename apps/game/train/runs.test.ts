/** Whose turn it is, when runs go away from under the queue. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Store } from '../app/store.ts';
import type { Library } from '../storage/library.ts';
import { RUN_FOR_TESTS } from '../storage/run-for-tests.ts';
import type { RunRow } from '../storage/run-rows.ts';
import { NO_INPUTS } from '../storage/runs.ts';
import { Runs } from './runs.ts';
import { WorkerForTests } from './worker-for-tests.ts';

const listed = vi.hoisted(() => ({ next: null as ((all: unknown) => void) | null }));

vi.mock('dexie', () => ({
  liveQuery: () => ({
    subscribe: ({ next }: { next: (all: unknown) => void }) => (listed.next = next),
  }),
}));

const ROWS = [1, 2, 3].map((id) => Object.assign({ id }, RUN_FOR_TESTS));

/** What storage has now. */
const tell = (runs: RunRow[]) => listed.next!({ runs, damaged: [] });

let all: Runs | null = null;

/** Three runs on one core: the first trains, the others wait. */
async function queued() {
  const database = {
    runs: {
      get: (id: number) => Promise.resolve(ROWS.find((row) => row.id === id)),
      update: () => Promise.resolve(1),
    },
    runCheckpoints: { where: () => ({ primaryKeys: () => Promise.resolve([]) }) },
    runInputs: { get: () => Promise.resolve(NO_INPUTS) },
    transaction: () => Promise.resolve(),
  };
  const view = new Store({ trained: null });
  const runs = new Runs({ database, view } as unknown as Library);
  all = runs;
  tell(ROWS);
  for (const run of runs.view.value.runs) await runs.go(run);
  const activities = () => runs.view.value.runs.map((run) => run.view.value.activity);
  expect(activities()).toEqual(['starting', 'queued', 'queued']);
  return { runs, activities };
}

beforeEach(() => {
  WorkerForTests.made = [];
  vi.stubGlobal('Worker', WorkerForTests);
  vi.stubGlobal('location', { search: '' });
  vi.stubGlobal('navigator', { hardwareConcurrency: 1 });
});
afterEach(() => {
  for (const run of all?.view.value.runs ?? []) run.end(); // what is begun needs the globals
  vi.unstubAllGlobals();
});

test('a run that another tab deletes leaves its turn to the next', async () => {
  const { activities } = await queued();
  tell(ROWS.slice(1));
  await vi.waitFor(() => expect(activities()).toEqual(['starting', 'queued']));
});

test('a run that is deleted while it waits never begins', async () => {
  const { runs } = await queued();
  const [first, second, third] = runs.view.value.runs;
  await runs.delete(second!.id);
  await runs.delete(first!.id);
  await vi.waitFor(() => expect(third!.view.value.activity).toBe('starting'));
  expect(second!.view.value.activity).toBe('queued');
});

test('a run that is paused while it waits and resumed has its turn', async () => {
  const { runs, activities } = await queued();
  const [first, , third] = runs.view.value.runs;
  third!.pause();
  await runs.go(third!);
  expect(activities()).toEqual(['starting', 'queued', 'queued']);
  for (const run of [first!, runs.view.value.runs[1]!]) await runs.delete(run.id);
  await vi.waitFor(() => expect(activities()).toEqual(['starting']));
});
