/** Lines of versions in storage: what a model could do at times, one history for a line of runs. */
import type { History, Version } from '@dreampitch/learning';
import {
  addScore,
  commitVersion,
  decodeHistory,
  dropParts,
  EMPTY_HISTORY,
  encodeHistory,
  headOf,
  rollBack,
} from '@dreampitch/learning';
import type { Database } from './database.ts';
import type { RunRow, TakenVersion } from './run-rows.ts';
import { readRun, runName } from './runs.ts';

/** Of one line, about 40 versions in soccer; beyond it the oldest keep their scores only. */
const HISTORY_BYTES_MAX = 24_000_000;

/** Throws in words where it cannot be read. */
export async function readHistory(database: Database, id: number): Promise<History> {
  const bytes: unknown = (await database.histories.get(id))?.bytes;
  if (!(bytes instanceof Uint8Array)) throw new Error('The versions of this line are gone.');
  const decoded = decodeHistory(bytes);
  if (decoded.ok) return decoded.history;
  throw new Error(`The versions of this line cannot be read: ${decoded.message}`);
}

export type VersionToKeep = {
  readonly run: { readonly id: number; readonly name: string };
  readonly algorithm: string;
  readonly taken: TakenVersion;
  readonly when: number;
};

/**
 * A further version of the run; begins a history where the run has none. Hashes every part of it. Throws
 * in words.
 */
export async function keepVersionOf(
  database: Database,
  { run, algorithm, taken, when }: VersionToKeep,
): Promise<NonNullable<RunRow['history']>> {
  const { histories, runs } = database;
  return database.transaction('rw', [histories, runs], async () => {
    const named = (await readRun(database, run.id))?.history ?? null;
    // With the last run of a line its versions went: another one begins.
    const at = named && (await histories.get(named.id)) ? named : null;
    const before = at ? await readHistory(database, at.id) : EMPTY_HISTORY;
    const { task, memory, policy, steps, scores } = taken;
    let history = commitVersion(before, {
      parent: at?.version ?? null,
      task,
      algorithm,
      steps,
      by: runName(run.name),
      when,
      parts: { memory, policy },
    });
    const version = headOf(history)!.id;
    for (const score of scores) history = addScore(history, { ...score, version, when });
    const bytes = encodeHistory(dropParts(history, { bytesMax: HISTORY_BYTES_MAX }));
    const id = at?.id ?? (await histories.add({ bytes }));
    if (at) await histories.put({ id, bytes });
    await runs.update(run.id, { history: { id, version } });
    return { id, version };
  });
}

/** The old version is the latest again; nothing is lost. Throws in words. */
export async function goBackTo(
  database: Database,
  id: number,
  o: { to: string; by: string; when: number },
): Promise<void> {
  const { histories } = database;
  await database.transaction('rw', histories, async () => {
    const history = rollBack(await readHistory(database, id), { ...o, by: runName(o.by) });
    await histories.put({ id, bytes: encodeHistory(history) });
  });
}

/** Bytes of a part of a version. Throws in words where they were dropped. */
export function partOf(history: History, version: Version, name: 'memory' | 'policy') {
  const bytes = history.blobs.get(version.parts[name] ?? '');
  if (bytes) return bytes;
  throw new Error('This version was dropped to save space; only its scores are left.');
}
