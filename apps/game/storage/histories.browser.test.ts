/** Lines of versions in a real IndexedDB: they grow, go back, outlive single runs, and end with the last. */
import { afterEach, expect, test } from 'vitest';
import { Database } from './database.ts';
import { goBackTo, keepVersionOf, partOf, readHistory } from './histories.ts';
import { RUN_FOR_TESTS } from './run-for-tests.ts';
import type { RunRow, TakenVersion } from './run-rows.ts';
import { addRun, deleteRun, readRun, tasksOfLine } from './runs.ts';

let database: Database | null = null;

function open(): Database {
  database = new Database(`test-${crypto.randomUUID()}`);
  return database;
}

afterEach(async () => {
  await database?.delete();
});

const row = (name: string, history: RunRow['history'] = null): Omit<RunRow, 'id'> => {
  return { ...RUN_FOR_TESTS, name, history };
};

function taken(n: number): TakenVersion {
  const scores = [{ task: 'CartPole-v1', mean: n, error: 1, episodes: 32 }];
  const memory = Uint8Array.of(n, 1);
  return { task: 'CartPole-v1', steps: n, memory, policy: Uint8Array.of(n, 2), scores };
}

function keep(on: Database, id: number, n: number) {
  const run = { id, name: `run ${id}` };
  return keepVersionOf(on, { run, algorithm: 'ppo', taken: taken(n), when: n });
}

test('versions follow one another, across runs of a line, and back', async () => {
  const kept = open();
  const first = await addRun(kept, row('First'));
  const one = await keep(kept, first, 1);
  const second = await addRun(kept, row('Second', one));
  const two = await keep(kept, second, 2);
  expect((await readRun(kept, second))?.history).toEqual(two);
  expect(await tasksOfLine(kept, one.id)).toHaveLength(2);
  await goBackTo(kept, one.id, { to: one.version, by: 'me', when: 3 });
  const history = await readHistory(kept, one.id);
  expect(history.versions.map(({ parent, made }) => [parent, made])).toEqual([
    [null, 'trained'],
    [one.version, 'trained'],
    [one.version, 'rollback'],
  ]);
  expect(partOf(history, history.versions[2]!, 'memory')).toEqual(Uint8Array.of(1, 1));
  expect(history.scores.map(({ mean }) => mean)).toEqual([1, 2]);
  await expect(goBackTo(kept, one.id, { to: 'x', by: 'me', when: 4 })).rejects.toThrow('no such');
});

test('a line ends with its last run; a run whose line is gone begins another', async () => {
  const kept = open();
  const first = await addRun(kept, row('First'));
  const one = await keep(kept, first, 1);
  const second = await addRun(kept, row('Second', one));
  await deleteRun(kept, first);
  expect((await readHistory(kept, one.id)).versions).toHaveLength(1);
  await deleteRun(kept, second);
  await expect(readHistory(kept, one.id)).rejects.toThrow('are gone');
  const third = await addRun(kept, row('Third', one));
  const anew = await keep(kept, third, 3);
  expect((await readHistory(kept, anew.id)).versions[0]).toMatchObject({ parent: null });
});

test('a damaged history is refused in words, and stays as it is', async () => {
  const kept = open();
  const first = await addRun(kept, row('First'));
  const one = await keep(kept, first, 1);
  const { bytes } = (await kept.histories.get(one.id))!;
  bytes[bytes.length - 1]! ^= 1;
  await kept.histories.put({ id: one.id, bytes });
  await expect(keep(kept, first, 2)).rejects.toThrow(/cannot be read: .*check sum/);
  expect((await kept.histories.get(one.id))?.bytes).toEqual(bytes);
});

test('a run of a longer name than a history takes keeps versions all the same', async () => {
  const kept = open();
  const id = await addRun(kept, row('x'.repeat(200)));
  const run = { id, name: 'x'.repeat(200) };
  const one = await keepVersionOf(kept, { run, algorithm: 'ppo', taken: taken(1), when: 1 });
  await goBackTo(kept, one.id, { to: one.version, by: run.name, when: 2 }).catch(() => undefined);
  expect((await readHistory(kept, one.id)).versions[0]!.by).toBe('x'.repeat(60));
});
