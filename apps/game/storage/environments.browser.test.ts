import { afterEach, expect, test, vi } from 'vitest';
import type { EnvironmentRow } from './database.ts';
import { Database } from './database.ts';
import { listEnvironments, putEnvironment, readEnvironment } from './environments.ts';

const opened: Database[] = [];

function open(): Database {
  const database = new Database(`test-${crypto.randomUUID()}`);
  opened.push(database);
  return database;
}

afterEach(async () => {
  vi.restoreAllMocks();
  for (const database of opened.splice(0)) await database.delete();
});

test('an environment is kept on disk, changed, listed and deleted', async () => {
  const spy = vi.spyOn(IDBDatabase.prototype, 'transaction');
  const database = open();
  const id = await putEnvironment(database, { savedAt: 1, name: 'One', text: 'a' }, null);
  const other = await putEnvironment(database, { savedAt: 2, name: 'Two', text: 'b' }, null);
  await putEnvironment(database, { savedAt: 3, name: 'One more', text: 'c' }, id);
  expect((await listEnvironments(database)).map(({ name }) => name)).toEqual(['One more', 'Two']);
  expect(await readEnvironment(database, id)).toBe('c');
  await database.environments.delete(id);
  expect(await readEnvironment(database, id)).toBeNull();
  expect(await readEnvironment(database, other)).toBe('b');
  const writes = spy.mock.calls.filter((call) => call[1] === 'readwrite');
  expect(writes.length).toBeGreaterThan(0);
  for (const call of writes) expect(call[2]).toEqual({ durability: 'strict' });
});

test('a damaged row does not hide the others', async () => {
  const database = open();
  await database.environments.put({ id: 9, text: 7 } as unknown as EnvironmentRow);
  const id = await putEnvironment(database, { savedAt: 1, name: 'Sound', text: 'a' }, null);
  expect((await listEnvironments(database)).map((entry) => entry.id)).toEqual([id]);
  expect(await readEnvironment(database, 9)).toBeNull();
});
