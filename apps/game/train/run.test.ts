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
  };
  return { library: { database } as unknown as Library, open };
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
