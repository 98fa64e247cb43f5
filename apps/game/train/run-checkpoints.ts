/**
 * The checkpoints of one run: two in storage, and in memory the latest of this visit until storage has
 * taken it. A full disk, or a page without storage, takes nothing away from who stays on the page.
 */
import type { Database } from '../storage/database.ts';
import type { RunCheckpointRow, RunRow } from '../storage/run-rows.ts';
import * as storage from '../storage/runs.ts';

export type Checkpoint = Omit<RunCheckpointRow, 'id' | 'runId'>;

type SavedWith = Pick<storage.Saved, 'points' | 'league' | 'recording' | 'row'>;

/** There is a latest checkpoint, and it cannot be read. */
export class UnreadableError extends Error {
  override readonly name = 'UnreadableError';
  constructor(reason: string) {
    super(`The latest checkpoint cannot be read: ${reason}.`);
  }
}

/** A row of storage that is behind this page, as far as the page is. */
export function withProgress(stored: RunRow, here: RunRow): RunRow {
  const { steps, seconds, savedAt, outcome, reason, wish, vainStarts } = here;
  return { ...stored, steps, seconds, savedAt, outcome, reason, wish, vainStarts };
}

export class RunCheckpoints {
  readonly #database: Database;
  readonly #runId: number; // below 0: it never was in storage
  /** The latest of this visit, until storage has taken it. */
  #unkept: Checkpoint | null = null;
  #isOnlyHere = false;

  constructor(database: Database, runId: number) {
    this.#database = database;
    this.#runId = runId;
  }

  /** Rejects where storage does not take it; then it stays in memory. */
  async save(checkpoint: Checkpoint, o: SavedWith): Promise<void> {
    this.#unkept = checkpoint;
    const saved = { runId: this.#runId, ...checkpoint, ...o };
    let isKept = false;
    try {
      isKept = await storage.saveCheckpoint(this.#database, saved);
    } finally {
      this.#isOnlyHere = !isKept;
    }
    if (isKept && this.#unkept === checkpoint) this.#unkept = null;
  }

  /** Storage did not take the latest that it was given. */
  get isOnlyHere(): boolean {
    return this.#isOnlyHere;
  }

  /** The one in memory is as new as this row, or newer. */
  isAheadOf({ savedAt }: Pick<RunRow, 'savedAt'>): boolean {
    return this.#unkept !== null && (savedAt ?? 0) <= this.#unkept.savedAt;
  }

  /** Null: there never was one. Throws UnreadableError. */
  async latest(): Promise<Checkpoint | null> {
    const unkept = this.#unkept;
    if (this.#runId < 0) return unkept;
    const row = await this.#row();
    if (unkept && (row?.savedAt ?? 0) <= unkept.savedAt) return unkept;
    const read = await storage.readLatest(this.#database, this.#runId);
    if (read?.ok) return read.checkpoint;
    if (!read && row?.savedAt === null) return null;
    throw new UnreadableError(read?.reason ?? 'it is not in storage any more');
  }

  /** The one before the latest; null: there is none that can be read. */
  async before(): Promise<Checkpoint | null> {
    const isLatest = await this.#isUnkeptLatest();
    const ids = await storage.checkpointIds(this.#database, this.#runId).catch(() => []);
    const id = ids[isLatest ? 0 : 1];
    const read = id === undefined ? null : await storage.readCheckpoint(this.#database, id);
    return read?.ok ? read.checkpoint : null;
  }

  /** Forgets the latest and goes back to the one before it. Throws in words where there is none. */
  async goBack(): Promise<void> {
    const isLatest = await this.#isUnkeptLatest();
    if (!isLatest) await storage.goBack(this.#database, this.#runId);
    this.#unkept = null;
  }

  async #isUnkeptLatest(): Promise<boolean> {
    return this.isAheadOf((await this.#row()) ?? { savedAt: null });
  }

  /** As storage has it. */
  #row(): Promise<RunRow | null> {
    return storage.readRun(this.#database, this.#runId).catch(() => null);
  }
}
