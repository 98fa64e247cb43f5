/** The leader's side of the log: dissertation sections 3.5, 3.6.2, 4.3, 10.2.1 and chapter 5. */
import { commitTo } from './commit.ts';
import { configurationBytes, isJoint, isVoter, quorumValue, members } from './configuration.ts';
import type {
  AppendAccepted,
  AppendRejected,
  Entry,
  HeartbeatReply,
  NodeId,
  Snapshot,
  SnapshotReply,
} from './message.ts';
import { startWait } from './queue.ts';
import { becomeFollower } from './role.ts';
import { onRoundReply } from './rounds.ts';
import { leaderOf, newProgress, save, send, setLeader, setProgress } from './state.ts';
import type { Draft, SnapshotSending } from './state.ts';

type Unplaced = Entry extends infer E
  ? E extends Entry
    ? Omit<E, 'index' | 'term'>
    : never
  : never;

/** Appends to the leader's own log. The followers' copies travel while ours is written. */
export function appendOwn(draft: Draft, unplaced: readonly Unplaced[]): void {
  const first = draft.log.lastIndex + 1;
  const { term, settings } = draft;
  const entries: Entry[] = unplaced.map((entry, i) => ({ ...entry, index: first + i, term }));
  draft.log = draft.log.append(entries);
  let bytes = 0;
  for (const entry of entries) if (entry.type === 'command') bytes += entry.command.length;
  startWait(draft, bytes);
  if (unplaced.some((entry) => entry.type === 'configuration')) trackMembers(draft);
  if (!settings.rules.selfIsDurable) acceptOwn(draft, draft.log.lastIndex);
  if (draft.role.type !== 'leader') return; // it just committed its own removal
  for (const id of draft.role.progress.keys()) sendAppends(draft, id);
  save(draft, entries, null);
  // Section 10.2.1: the leader counts itself like any other, once its copy is on disk.
  const match = draft.log.lastIndex;
  send(draft, { type: 'append-accepted', to: draft.id, term, match, round: 0 });
}

/** A configuration holds from when it is in the log (4.1). */
function trackMembers(draft: Draft): void {
  const role = leaderOf(draft);
  const { lastIndex } = draft.log;
  const progress = new Map(
    members(draft.log.configuration).map((id) => [
      id,
      role.progress.get(id) ?? newProgress(lastIndex, draft.nowMs),
    ]),
  );
  draft.role = { ...role, progress };
  draft.ownsProgress = true;
}

/** Everything this follower lacks, as far as flow control lets it. */
export function sendAppends(draft: Draft, to: NodeId): void {
  if (to === draft.id) return;
  const { settings, log, term } = draft;
  const limits = { entriesMax: settings.appendEntriesMax, bytesMax: settings.appendBytesMax };
  const { round } = leaderOf(draft);
  let progress = leaderOf(draft).progress.get(to);
  while (progress !== undefined) {
    const { mode, next } = progress;
    if (mode === 'snapshot' || (mode === 'probe' && progress.paused)) return;
    if (mode === 'replicate' && next > log.lastIndex) return;
    if (mode === 'replicate' && progress.inflight.length >= settings.inflightMax) return;
    const previousIndex = next - 1;
    const previousTerm = log.termAt(previousIndex);
    if (previousTerm === undefined) return startSnapshot(draft, to);
    const entries = log.batch(next, limits);
    const commit = draft.commit;
    send(draft, { type: 'append', to, term, previousIndex, previousTerm, entries, commit, round });
    if (mode === 'probe') {
      setProgress(draft, to, { paused: true });
      return;
    }
    const last = previousIndex + entries.length;
    const inflight = [...progress.inflight, last];
    progress = setProgress(draft, to, { next: last + 1, inflight });
  }
}

/** Chapter 5: what the follower lacks is compacted away. */
function startSnapshot(draft: Draft, to: NodeId): void {
  const snapshot = begin(draft);
  setProgress(draft, to, { mode: 'snapshot', snapshot, inflight: [], paused: false });
  sendChunk(draft, to);
}

const begin = ({ snapshot: of, nowMs: movedMs }: Draft): SnapshotSending => ({
  of,
  offset: 0,
  movedMs,
});

/** However long the names of the members are. */
const CHUNK_BYTES_MIN = 1_024;

/** The configuration travels along, and both together must fit one message. */
function chunkBytes({ settings }: Draft, of: Snapshot): number {
  const { snapshotChunkBytes } = settings;
  const least = Math.min(CHUNK_BYTES_MIN, snapshotChunkBytes);
  return Math.max(least, snapshotChunkBytes - configurationBytes(of.configuration));
}

function sendChunk(draft: Draft, to: NodeId): void {
  const role = leaderOf(draft);
  const sending = role.progress.get(to)?.snapshot ?? null;
  if (sending === null) return;
  const { of, offset } = sending;
  send(draft, {
    type: 'snapshot',
    to,
    term: draft.term,
    index: of.index,
    snapshotTerm: of.term,
    configuration: of.configuration,
    totalBytes: of.bytes.length,
    offset,
    bytes: of.bytes.subarray(offset, offset + chunkBytes(draft, of)),
    round: role.round,
  });
}

/** One chunk is under way at a time, and a round trip is well below an election time-out. */
const hasStopped = ({ nowMs, settings }: Draft, { movedMs }: SnapshotSending): boolean =>
  nowMs - movedMs > settings.electionMs;

/** A lost chunk comes again; whoever lost what it had, or takes no more, begins anew. */
function resendChunk(draft: Draft, to: NodeId): void {
  const sending = leaderOf(draft).progress.get(to)?.snapshot ?? null;
  if (sending !== null && hasStopped(draft, sending)) startSnapshot(draft, to);
  else sendChunk(draft, to);
}

/** In a leader's memory: its latest, and those before it that are still under way. */
const SNAPSHOTS_MAX = 3;

/**
 * The leader has a newer snapshot, and all but SNAPSHOTS_MAX begin with that. Of voters and who is
 * vouched for the oldest stay, which are nearest to their end: however slow, they finish. Of
 * strangers, who can be slow for ever, the newest stay, where there is room.
 */
export function letGoOfSnapshots(draft: Draft): void {
  const { settings, log, role } = draft;
  if (role.type !== 'leader') return;
  const [ours, strangers] = [new Set<Snapshot>(), new Set<Snapshot>()];
  for (const [id, { snapshot }] of role.progress) {
    if (snapshot === null || hasStopped(draft, snapshot)) continue;
    const isOurs = isVoter(log.configuration, id) || settings.isVouched(id);
    (isOurs ? ours : strangers).add(snapshot.of);
  }
  const oldestOurs = [...ours].toSorted((a, b) => a.index - b.index);
  const newestStrangers = [...strangers].toSorted((a, b) => b.index - a.index);
  const older = new Set([...oldestOurs, ...newestStrangers]);
  const kept = new Set([...older].slice(0, SNAPSHOTS_MAX - 1));
  for (const [id, { snapshot }] of role.progress)
    if (snapshot !== null && !kept.has(snapshot.of))
      setProgress(draft, id, { snapshot: begin(draft) });
}

export function onSnapshotReply(draft: Draft, message: SnapshotReply): void {
  onRoundReply(draft, message.from, message.round);
  const progress = leaderOf(draft).progress.get(message.from);
  const sending = progress?.snapshot ?? null;
  if (progress === undefined || sending === null || sending.of.index !== message.index) return;
  const { of } = sending;
  const { offset } = message;
  if (offset < of.bytes.length) {
    if (offset <= sending.offset) return; // late, or it lost what it had: it begins anew soon
    setProgress(draft, message.from, { snapshot: { of, offset, movedMs: draft.nowMs } });
    // Whoever wants another place waits for a heartbeat: a stranger that says so all the time would
    // get a chunk for every word.
    if (offset === sending.offset + chunkBytes(draft, of)) sendChunk(draft, message.from);
    return;
  }
  accept(draft, message.from, message.index);
}

export function onAppendAccepted(draft: Draft, message: AppendAccepted): void {
  if (message.from === draft.id) return acceptOwn(draft, message.match);
  onRoundReply(draft, message.from, message.round);
  accept(draft, message.from, message.match);
}

function acceptOwn(draft: Draft, match: number): void {
  const own = leaderOf(draft).progress.get(draft.id);
  if (own !== undefined && match > own.match) setProgress(draft, draft.id, { match });
  countCommit(draft); // a leader that is no member any more still counts the others
}

/** The follower's log is known to match ours up to `match`. */
function accept(draft: Draft, from: NodeId, match: number): void {
  const progress = leaderOf(draft).progress.get(from);
  if (progress === undefined) return; // removed meanwhile
  const known = Math.max(progress.match, match);
  const stays = progress.mode === 'snapshot' && known < (progress.snapshot?.of.index ?? 0);
  setProgress(draft, from, {
    match: known,
    next: Math.max(progress.mode === 'probe' ? 0 : progress.next, known + 1),
    mode: stays ? 'snapshot' : 'replicate',
    paused: false,
    inflight: progress.inflight.filter((last) => last > known),
    snapshot: stays ? progress.snapshot : null,
  });
  if (known > progress.match) countCommit(draft);
  if (draft.role.type !== 'leader') return; // it just committed its own removal
  sendAppends(draft, from);
  continueTransfer(draft);
}

export function onAppendRejected(draft: Draft, message: AppendRejected): void {
  onRoundReply(draft, message.from, message.round);
  const progress = leaderOf(draft).progress.get(message.from);
  if (progress === undefined || progress.mode === 'snapshot') return;
  // What matched matches for ever: whoever rejects that is late, or a stranger that wants to be sent
  // it all the time.
  if (message.previousIndex <= progress.match) return;
  if (progress.mode === 'probe' && message.previousIndex !== progress.next - 1) return;
  // A link that reorders makes a rejection of every append that came early. Answering each would
  // send everything under way again each time: once per heartbeat is enough (127 in the simulator:
  // 38,000 appends for 700 entries before).
  const { nowMs, settings } = draft;
  if (progress.mode === 'replicate' && nowMs - progress.rejectedMs < settings.heartbeatMs) return;
  // Both sides skip whole terms, so the logs meet in as many messages as terms differ (5.3).
  const meeting = draft.log.meetingPoint(message.hintIndex, message.hintTerm);
  const next = Math.max(Math.min(meeting, message.previousIndex - 1), progress.match) + 1;
  const resent = { next, paused: false, inflight: [], rejectedMs: nowMs };
  setProgress(draft, message.from, { mode: 'probe', ...resent });
  sendAppends(draft, message.from);
}

/** A heartbeat is answered although appends are not: something was lost, so send it again. */
export function onHeartbeatReply(draft: Draft, message: HeartbeatReply): void {
  onRoundReply(draft, message.from, message.round);
  const progress = leaderOf(draft).progress.get(message.from);
  if (progress === undefined) return;
  // Reads ask more often than appends come back: look once per heartbeat.
  if (draft.nowMs - progress.checkedMs < draft.settings.heartbeatMs) return;
  const reached = progress.snapshot?.offset ?? progress.match;
  setProgress(draft, message.from, { checkedMs: draft.nowMs, reachedAtCheck: reached });
  if (reached !== progress.reachedAtCheck) return;
  if (progress.mode === 'snapshot') return resendChunk(draft, message.from);
  if (progress.match === draft.log.lastIndex) return;
  const next = progress.mode === 'probe' ? progress.next : progress.match + 1;
  setProgress(draft, message.from, { mode: 'probe', next, paused: false, inflight: [] });
  sendAppends(draft, message.from);
}

/** Section 3.6.2: counting replicas commits an entry of this term, and with it all before it. */
function countCommit(draft: Draft): void {
  const { log, settings, term, commit } = draft;
  const { progress } = leaderOf(draft);
  const index = quorumValue(
    log.configuration,
    settings.rules,
    (id) => progress.get(id)?.match ?? 0,
  );
  if (index <= commit) return;
  if (settings.rules.commitOwnTermOnly && log.termAt(index) !== term) return;
  commitTo(draft, index);
  if (log.configurationIndex <= index) afterConfiguration(draft);
}

/** The latest configuration is committed: leave the joint one (4.3), or leave altogether (4.2.2). */
function afterConfiguration(draft: Draft): void {
  const { configuration } = draft.log;
  if (isJoint(configuration)) {
    const next = { ...configuration, votersOutgoing: [] };
    appendOwn(draft, [{ type: 'configuration', configuration: next }]);
  } else if (!configuration.voters.includes(draft.id)) {
    handOver(draft);
  }
}

/** Section 3.10: the target campaigns at once when it has the whole log. */
export function continueTransfer(draft: Draft): void {
  const { transfer, progress } = leaderOf(draft);
  if (transfer === null || transfer.sent) return;
  if (progress.get(transfer.to)?.match !== draft.log.lastIndex) return;
  setLeader(draft, { transfer: { ...transfer, sent: true } });
  // The target's election skips the vote rejection on which the lease stands.
  if (draft.settings.rules.transferEndsLease) setLeader(draft, { leaseAllowed: false });
  send(draft, { type: 'timeout-now', to: transfer.to, term: draft.term });
}

/** Leads no more: whoever has most of the log campaigns without waiting. */
export function handOver(draft: Draft): void {
  const { progress } = leaderOf(draft);
  let best: NodeId | null = null;
  for (const id of draft.log.configuration.voters) {
    if (id === draft.id) continue;
    const match = progress.get(id)?.match ?? 0;
    if (best === null || match > (progress.get(best)?.match ?? 0)) best = id;
  }
  if (best !== null) send(draft, { type: 'timeout-now', to: best, term: draft.term });
  becomeFollower(draft, draft.term, null);
}
