/** What survives a crash, and how a disk carries out a save. */
import { NO_MEMBERS } from './configuration.ts';
import type { Save } from './input.ts';
import type { Entry, NodeId, Snapshot } from './message.ts';

/** `entries` follow the snapshot without a gap. */
export type Durable = {
  readonly term: number;
  readonly vote: NodeId | null;
  readonly snapshot: Snapshot;
  readonly entries: readonly Entry[];
};

/** The disk of a founding member, or (without founders) of one that waits to be invited. */
export function emptyDurable(founders: readonly NodeId[] = []): Durable {
  const configuration = { ...NO_MEMBERS, voters: founders };
  const snapshot = { index: 0, term: 0, configuration, bytes: new Uint8Array(0) };
  return { term: 0, vote: null, snapshot, entries: [] };
}

/**
 * The disk after a save: term and vote, then the snapshot, then the entries in order. A disk that
 * fails half way may keep any prefix of that, as long as nothing of it was acknowledged.
 */
export function applySave(durable: Durable, save: Save): Durable {
  const { term, vote } = save;
  const based = save.snapshot === null ? durable : withSnapshot(durable, save.snapshot);
  const first = save.entries[0];
  if (first === undefined) return { ...based, term, vote };
  const kept = based.entries.slice(0, first.index - based.snapshot.index - 1);
  return { term, vote, snapshot: based.snapshot, entries: [...kept, ...save.entries] };
}

/** Entries after the snapshot stay only where the log already agreed with it (chapter 5). */
function withSnapshot(durable: Durable, snapshot: Snapshot): Durable {
  const covered = snapshot.index - durable.snapshot.index;
  const agrees =
    covered === 0 || (covered > 0 && durable.entries[covered - 1]?.term === snapshot.term);
  return { ...durable, snapshot, entries: agrees ? durable.entries.slice(covered) : [] };
}
