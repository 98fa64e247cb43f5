/** The follower's side: dissertation section 3.5 and chapter 5. */
import { commitTo, expireReads, serveReads } from './commit.ts';
import { invariant } from './invariant.ts';
import { Log } from './log.ts';
import type { Append, Entry, Heartbeat, Snapshot, SnapshotChunk } from './message.ts';
import { letGoOfSnapshots } from './replication.ts';
import { followLeader } from './role.ts';
import { save, send } from './state.ts';
import type { Draft } from './state.ts';

export function onAppend(draft: Draft, message: Append): void {
  followLeader(draft, message.from);
  expireReads(draft);
  const { previousIndex, previousTerm, entries, round } = message;
  const { rules } = draft.settings;
  const { from: to } = message;
  // What is committed matches already; the leader goes on from there (etcd: handleAppendEntries).
  if (previousIndex < draft.commit && rules.onlyConflictsRemoved) {
    const match = draft.commit;
    return send(draft, { type: 'append-accepted', to, term: draft.term, match, round });
  }
  const matches = draft.log.termAt(previousIndex) === previousTerm;
  const inReach = previousIndex <= draft.log.lastIndex && previousIndex >= draft.log.baseIndex;
  if (!matches && (rules.previousEntryMatches || !inReach)) {
    const hintIndex = draft.log.meetingPoint(previousIndex, previousTerm);
    const hintTerm = draft.log.termAt(hintIndex)!;
    const type = 'append-rejected';
    return send(draft, { type, to, term: draft.term, previousIndex, hintIndex, hintTerm, round });
  }
  const match = previousIndex + entries.length;
  const added = take(draft, entries, previousIndex);
  const reply = { type: 'append-accepted', to, term: draft.term, match, round } as const;
  if (!rules.ackIsDurable) send(draft, reply);
  if (added.length > 0) save(draft, added, null);
  if (rules.ackIsDurable) send(draft, reply);
  const limit = rules.commitWithinMatch ? match : draft.log.lastIndex;
  commitTo(draft, Math.min(message.commit, limit));
}

/** Puts in what is missing, after removing what conflicts. Returns what is new. */
function take(draft: Draft, entries: readonly Entry[], previousIndex: number): readonly Entry[] {
  let known = 0;
  if (draft.settings.rules.onlyConflictsRemoved) {
    while (
      known < entries.length &&
      draft.log.termAt(entries[known]!.index) === entries[known]!.term
    )
      known++;
    if (known === entries.length) return [];
  }
  const keep = previousIndex + known;
  invariant(keep >= draft.commit, `entry ${keep + 1} is committed and stays`);
  const added = entries.slice(known);
  draft.log = draft.log.truncate(keep).append(added);
  return added;
}

export function onHeartbeat(draft: Draft, message: Heartbeat): void {
  followLeader(draft, message.from);
  expireReads(draft);
  const { from: to, round } = message;
  send(draft, { type: 'heartbeat-reply', to, term: draft.term, round });
  commitTo(draft, Math.min(message.commit, draft.log.lastIndex));
}

export function onSnapshot(draft: Draft, message: SnapshotChunk): void {
  followLeader(draft, message.from);
  const { from, index, snapshotTerm: term, totalBytes, offset, bytes } = message;
  if (index <= draft.commit) return replySnapshot(draft, message, totalBytes);
  if (totalBytes > draft.settings.snapshotBytesMax) return; // nobody of ours makes such
  const old = draft.incoming;
  const same = old?.index === index && old.term === term && old.from === from;
  const incoming = same ? old : { index, term, from, received: 0, chunks: [] };
  if (offset !== incoming.received) {
    draft.incoming = incoming;
    return replySnapshot(draft, message, incoming.received);
  }
  const received = offset + bytes.length;
  const chunks = [...incoming.chunks, bytes];
  draft.incoming = { ...incoming, received, chunks };
  if (received >= totalBytes) {
    draft.incoming = null;
    const { configuration } = message;
    install(draft, { index, term, configuration, bytes: joined(chunks, received) });
  }
  replySnapshot(draft, message, received);
}

function replySnapshot(draft: Draft, message: SnapshotChunk, offset: number): void {
  const { from: to, index, round } = message;
  send(draft, { type: 'snapshot-reply', to, term: draft.term, index, offset, round });
}

function install(draft: Draft, snapshot: Snapshot): void {
  const keeps =
    draft.settings.rules.snapshotKeepsLog && draft.log.termAt(snapshot.index) === snapshot.term;
  draft.log = keeps ? draft.log.compact(snapshot.index) : Log.of(snapshot);
  draft.snapshot = snapshot;
  draft.commit = snapshot.index;
  save(draft, [], snapshot);
  draft.effects.push({ type: 'restore', snapshot });
  serveReads(draft);
}

function joined(chunks: readonly Uint8Array[], totalBytes: number): Uint8Array {
  const only = chunks[0];
  if (chunks.length === 1 && only !== undefined) return only;
  const bytes = new Uint8Array(totalBytes);
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.length;
  }
  return bytes;
}

/**
 * The state machine's own snapshot, at `index`, replaces the log up to there: on disk at once, in
 * memory but for a tail. A follower that is a little behind then gets the entries that it lacks and
 * not everything once more (etcd: SnapshotCatchUpEntries). In 120 seeds of the simulator a tail of
 * half the way to the next snapshot spares two snapshots in three (462 were sent, 1,301 before).
 */
export function compact(draft: Draft, index: number, bytes: Uint8Array): void {
  if (index <= draft.snapshot.index || index > draft.commit) return; // late, or of another life
  const { snapshotBytesMax, trailingMax } = draft.settings;
  invariant(bytes.length <= snapshotBytesMax, `a snapshot of at most ${snapshotBytesMax} bytes`);
  const term = draft.log.termAt(index)!;
  const configuration = draft.log.configurationAt(index);
  draft.snapshot = { index, term, configuration, bytes };
  draft.log = draft.log.compact(Math.max(draft.log.baseIndex, index - trailingMax));
  letGoOfSnapshots(draft);
  save(draft, [], draft.snapshot);
}
