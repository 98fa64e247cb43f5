/** Storage in a real IndexedDB: nothing half written, nothing lost, failures in words. */
import type { Episode } from '@dreampitch/sim';
import { decodeEpisode, MATCH_RULES } from '@dreampitch/sim';
import { Dexie } from 'dexie';
import { afterEach, expect, test, vi } from 'vitest';
import type { EpisodeRow } from './database.ts';
import { Database } from './database.ts';
import {
  deleteAllEpisodes,
  deleteEpisode,
  episodeBytes,
  listEpisodes,
  putEpisode,
  readEpisode,
} from './episodes.ts';
import { storageWords } from './failure.ts';

const opened: Database[] = [];

function open(name = `test-${crypto.randomUUID()}`): Database {
  const database = new Database(name);
  opened.push(database);
  return database;
}

afterEach(async () => {
  vi.restoreAllMocks();
  for (const database of opened.splice(0)) await database.delete();
});

function episodeOf(startedAt: number, tickCount = 60): Episode {
  return {
    environment: 'soccer-1v1',
    version: 'ab'.repeat(32),
    seed: 7,
    rules: MATCH_RULES,
    startedAt,
    controllers: ['human', 'scripted'],
    score: [1, 0],
    tickCount,
    inputs: new Int8Array(tickCount * 4).map((_, i) => i % 100),
    keyStates: [{ tick: 0, world: new Uint8Array(64).fill(9) }],
  };
}

test('a match is written whole and read back as it was', async () => {
  const database = open();
  const id = await putEpisode(database, episodeOf(1000), { id: null, state: 'part' });
  await putEpisode(database, episodeOf(1000, 120), { id, state: 'whole' });
  const entries = await listEpisodes(database);
  expect(entries).toMatchObject([{ sound: true, id, tickCount: 120, state: 'whole' }]);
  const decoded = await readEpisode(database, id!);
  expect(decoded.ok && decoded.episode.inputs).toEqual(episodeOf(1000, 120).inputs);
});

test('transactions are strict: done means on disk', async () => {
  const spy = vi.spyOn(IDBDatabase.prototype, 'transaction'); // Dexie binds it when it opens
  const database = open();
  await putEpisode(database, episodeOf(1), { id: null, state: 'part' });
  const modes = spy.mock.calls.filter((call) => call[1] === 'readwrite');
  expect(modes.length).toBeGreaterThan(0);
  for (const call of modes) expect(call[2]).toEqual({ durability: 'strict' });
});

test('saving a match that was deleted meanwhile does not bring it back', async () => {
  const database = open();
  const id = await putEpisode(database, episodeOf(1), { id: null, state: 'part' });
  await deleteEpisode(database, id!);
  expect(await putEpisode(database, episodeOf(1, 90), { id, state: 'part' })).toBeNull();
  expect(await listEpisodes(database)).toEqual([]);
  expect(await episodeBytes(database, id!)).toBeNull();
});

test('saving the same again is no deletion', async () => {
  const database = open();
  const id = await putEpisode(database, episodeOf(1), { id: null, state: 'part' });
  expect(await putEpisode(database, episodeOf(1), { id, state: 'part' })).toBe(id);
});

test('a full disk fails as a whole, keeps what was kept, and is said plainly', async () => {
  const database = open();
  await putEpisode(database, episodeOf(1), { id: null, state: 'whole' });
  vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(() => {
    throw new DOMException('full', 'QuotaExceededError');
  });
  const failed = await putEpisode(database, episodeOf(2), { id: null, state: 'part' }).then(
    () => null,
    (error: unknown) => error,
  );
  expect(storageWords(failed, 'this match')).toContain('The disk is full');
  expect(storageWords(failed, 'this match')).toContain('Everything kept before is safe');
  vi.restoreAllMocks();
  const entries = await listEpisodes(database);
  expect(entries.length).toBe(1); // the row of the failed one was rolled back
  expect((await readEpisode(database, entries[0]!.id)).ok).toBe(true);
});

test('damaged rows and bytes are listed as such and can be deleted; the rest works', async () => {
  const database = open();
  const first = await putEpisode(database, episodeOf(1), { id: null, state: 'whole' });
  const second = await putEpisode(database, episodeOf(2), { id: null, state: 'whole' });
  const bytes = (await episodeBytes(database, first!))!;
  bytes[Math.floor(bytes.length / 2)]! ^= 0xff;
  await database.episodeBytes.put({ id: first!, bytes });
  await database.episodes.put({ id: 99, score: 'much' } as unknown as EpisodeRow);
  const entries = await listEpisodes(database);
  expect(entries.map(({ id, sound }) => [id, sound])).toEqual([
    [99, false],
    [second, true],
    [first, true],
  ]);
  expect((await readEpisode(database, first!)).ok).toBe(false);
  expect((await readEpisode(database, 99)).ok).toBe(false);
  expect((await readEpisode(database, second!)).ok).toBe(true);
  await deleteEpisode(database, 99);
  await deleteEpisode(database, first!);
  expect((await listEpisodes(database)).map(({ id }) => id)).toEqual([second]);
});

test('deleting all leaves no row and no bytes', async () => {
  const database = open();
  for (const at of [1, 2, 3])
    await putEpisode(database, episodeOf(at), { id: null, state: 'part' });
  await deleteAllEpisodes(database);
  expect(await database.episodes.count()).toBe(0);
  expect(await database.episodeBytes.count()).toBe(0);
});

test('a database of an earlier page is opened with all that is in it', async () => {
  const name = `test-${crypto.randomUUID()}`;
  const earlier = open(name);
  const id = await putEpisode(earlier, episodeOf(5), { id: null, state: 'whole' });
  earlier.close();
  // A later page: one version up, with one table more.
  const later = new Dexie(name);
  later.version(6).stores({
    episodes: '++id, startedAt',
    episodeBytes: 'id',
    players: '++id, createdAt',
    dreams: '++id',
  });
  await later.open();
  const row = (await later.table('episodeBytes').get(id!)) as { bytes: Uint8Array };
  expect(decodeEpisode(row.bytes).ok).toBe(true);
  later.close();
});

test('a browser without storage is said as such', () => {
  const words = storageWords(new Dexie.MissingAPIError('IndexedDB API missing'), 'matches');
  expect(words).toContain('gives the page no storage');
  expect(words).toContain('play and train all the same');
});
