/** Kept matches: put, list, read, delete. What is read is not trusted to be what was written. */
import type { DecodedEpisode, Episode } from '@dreampitch/sim';
import { decodeEpisode, encodeEpisode } from '@dreampitch/sim';
import type { Database, EpisodeRow } from './database.ts';

export type EpisodeEntry =
  | ({ readonly sound: true } & Readonly<EpisodeRow>)
  | { readonly sound: false; readonly id: number };

/**
 * Writes a match, its row and its bytes together or not at all. Without `id` it is new. Gives the
 * id, or null where the row of `id` was deleted meanwhile: then nothing is written.
 */
export async function putEpisode(
  database: Database,
  episode: Episode,
  options: { id: number | null; state: EpisodeRow['state'] },
): Promise<number | null> {
  const bytes = encodeEpisode(episode);
  const { environment, version, startedAt, controllers, score, tickCount } = episode;
  const row: Omit<EpisodeRow, 'id'> = {
    startedAt,
    environment,
    version,
    controllers: [...controllers],
    score: [score[0], score[1]],
    tickCount,
    bytes: bytes.length,
    state: options.state,
  };
  return database.transaction('rw', database.episodes, database.episodeBytes, async () => {
    let { id } = options;
    if (id === null) id = await database.episodes.add(row);
    else if ((await database.episodes.update(id, row)) === 0) {
      // `update` also gives 0 where nothing differs; only a missing row means deleted.
      if ((await database.episodes.get(id)) === undefined) return null;
    }
    await database.episodeBytes.put({ id, bytes });
    return id;
  });
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** A row as it should be; whatever else was stored is listed as damaged. */
export function entryOf(row: unknown): EpisodeEntry | null {
  const { id, score, controllers, ...rest } = (row ?? {}) as Partial<EpisodeRow>;
  if (!isCount(id)) return null;
  const sound =
    Number.isFinite(rest.startedAt) &&
    typeof rest.environment === 'string' &&
    typeof rest.version === 'string' &&
    Array.isArray(controllers) &&
    controllers.every((name) => typeof name === 'string') &&
    Array.isArray(score) &&
    score.length === 2 &&
    score.every(isCount) &&
    isCount(rest.tickCount) &&
    isCount(rest.bytes);
  if (!sound) return { sound: false, id };
  const state = rest.state === 'whole' ? 'whole' : 'part';
  return { ...(rest as EpisodeRow), id, score, controllers, state, sound: true };
}

/** Newest first. */
export async function listEpisodes(database: Database): Promise<EpisodeEntry[]> {
  const rows = await database.episodes.toArray();
  const entries = rows.map(entryOf).filter((entry) => entry !== null);
  const at = (entry: EpisodeEntry) => (entry.sound ? entry.startedAt : Infinity);
  return entries.sort((a, b) => (at(b) === at(a) ? b.id - a.id : at(b) > at(a) ? 1 : -1));
}

export async function episodeBytes(
  database: Database,
  id: number,
): Promise<Uint8Array<ArrayBuffer> | null> {
  const row = await database.episodeBytes.get(id);
  return row?.bytes instanceof Uint8Array ? row.bytes : null;
}

export async function readEpisode(database: Database, id: number): Promise<DecodedEpisode> {
  const bytes = await episodeBytes(database, id);
  if (!bytes) return { ok: false, reason: 'no-episode' };
  return decodeEpisode(bytes);
}

export function deleteEpisode(database: Database, id: number): Promise<void> {
  return database.transaction('rw', database.episodes, database.episodeBytes, async () => {
    await database.episodes.delete(id);
    await database.episodeBytes.delete(id);
  });
}

export function deleteAllEpisodes(database: Database): Promise<void> {
  return database.transaction('rw', database.episodes, database.episodeBytes, async () => {
    await database.episodes.clear();
    await database.episodeBytes.clear();
  });
}
