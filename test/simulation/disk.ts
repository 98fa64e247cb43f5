/** One peer's disk: slow, and cut off in the middle of what it does. */
import { applySave } from '@dreampitch/swarm';
import type { Durable, Save } from '@dreampitch/swarm';

/** What a crash leaves of the saves that were not acknowledged. */
export type Crash = 'nothing' | 'everything' | 'torn';

/**
 * A save as the records a log-structured disk writes: term and vote, the snapshot, then entry by
 * entry. A record that is cut in the middle is recognised by its checksum and dropped.
 */
function recordsOf(save: Save): Save[] {
  const { term, vote } = save;
  const records: Save[] = [{ term, vote, entries: [], snapshot: null }];
  if (save.snapshot !== null) records.push({ ...save, entries: [] });
  for (const entry of save.entries) records.push({ term, vote, entries: [entry], snapshot: null });
  return records;
}

/** `keep`: how many records of the unacknowledged saves a torn write leaves, given their number. */
export function afterCrash(
  durable: Durable,
  pending: readonly Save[],
  crash: Crash,
  keep: (records: number) => number,
): Durable {
  if (crash === 'nothing') return durable;
  const records = pending.flatMap(recordsOf);
  const kept = crash === 'everything' ? records.length : keep(records.length);
  return records.slice(0, kept).reduce(applySave, durable);
}
