/**
 * Rounds: the leader asks everyone whether it still leads, and counts who agrees. Reads wait for
 * one (dissertation section 6.4), leases grow from one (6.4.1), and heartbeats are one.
 */
import { expireReads, serveReads } from './commit.ts';
import { quorumValue } from './configuration.ts';
import type { NodeId, Read, ReadReply } from './message.ts';
import { refuseRead } from './role.ts';
import { leaderOf, refuse, send, setLeader, setProgress } from './state.ts';
import type { Draft } from './state.ts';

/** Of the followers' waiting reads, at most so many are one's. */
const READS_OF_ONE_SHARE = 0.25;
/** Unconfirmed rounds remembered for the lease; older ones would only end it sooner. */
const ROUNDS_MAX = 64;

/** Starts a round: a heartbeat to everyone. */
export function broadcastHeartbeat(draft: Draft): void {
  const { nowMs, settings, term, commit } = draft;
  const before = leaderOf(draft);
  const round = before.round + 1;
  const roundsSentMs = [...before.roundsSentMs, nowMs].slice(-ROUNDS_MAX);
  setLeader(draft, { round, roundsSentMs, heartbeatDueMs: nowMs + settings.heartbeatMs });
  for (const [to, progress] of before.progress) {
    if (to === draft.id) continue;
    // No further than the follower's log is known to match: what follows may differ there.
    const known = settings.rules.commitWithinMatch ? Math.min(commit, progress.match) : commit;
    send(draft, { type: 'heartbeat', to, term, commit: known, round });
  }
  confirmRounds(draft); // alone, it agrees with itself
}

/** A follower agreed, in this term, that we lead; it said so after `round` began. */
export function onRoundReply(draft: Draft, from: NodeId, round: number): void {
  const progress = leaderOf(draft).progress.get(from);
  if (progress === undefined) return;
  setProgress(draft, from, { activeMs: draft.nowMs, round: Math.max(progress.round, round) });
  if (round > leaderOf(draft).confirmedRound) confirmRounds(draft);
}

function confirmRounds(draft: Draft): void {
  const role = leaderOf(draft);
  const confirmedRound = quorumValue(draft.log.configuration, draft.settings.rules, (id) =>
    id === draft.id ? role.round : (role.progress.get(id)?.round ?? 0),
  );
  if (confirmedRound <= role.confirmedRound) return;
  const first = role.round + 1 - role.roundsSentMs.length; // the round of roundsSentMs[0]
  const sentMs = role.roundsSentMs[confirmedRound - first];
  const leaseEndMs = sentMs === undefined ? role.leaseEndMs : sentMs + leaseMs(draft);
  const roundsSentMs = role.roundsSentMs.slice(Math.max(0, confirmedRound + 1 - first));
  const answered = role.reads.filter((read) => read.round <= confirmedRound);
  const reads = role.reads.filter((read) => read.round > confirmedRound);
  setLeader(draft, { confirmedRound, roundsSentMs, leaseEndMs, reads });
  for (const read of answered) answer(draft, read);
  // Reads that came while the last round was under way share the next one (6.4).
  if (reads.some((read) => read.round > role.round)) broadcastHeartbeat(draft);
}

/**
 * Section 6.4.1: a follower rejects votes for electionMs of its clock from when it heard us, which
 * was after we sent. Its clock may run fast and ours slow, each by clockDriftMax.
 */
function leaseMs(draft: Draft): number {
  const { electionMs, clockDriftMax, rules } = draft.settings;
  if (!rules.leaseWithinRejection) return electionMs * 2;
  return (electionMs * (1 - clockDriftMax)) / (1 + clockDriftMax);
}

function answer(draft: Draft, read: { from: NodeId; ticket: number; index: number }): void {
  const { from: to, ticket, index } = read;
  if (to === draft.id) draft.effects.push({ type: 'read-ready', ticket, index });
  else send(draft, { type: 'read-reply', to, term: draft.term, ticket, index });
}

/** A read asked for here: answered by the leader, served here once that much is applied. */
export function read(draft: Draft, ticket: number): void {
  const { id, leader, settings } = draft;
  if (draft.role.type === 'leader') return lead(draft, { from: id, ticket });
  expireReads(draft);
  if (leader === null) return refuse(draft, ticket, 'not-leader');
  if (draft.pendingReads.length >= settings.readsMax) return refuse(draft, ticket, 'busy');
  const pending = { ticket, index: null, askedMs: draft.nowMs };
  draft.pendingReads = [...draft.pendingReads, pending];
  send(draft, { type: 'read', to: leader, term: draft.term, ticket });
}

export function onRead(draft: Draft, message: Read): void {
  if (draft.role.type === 'leader') lead(draft, message);
  else refuseRead(draft, message);
}

function lead(draft: Draft, asked: { from: NodeId; ticket: number }): void {
  const { settings, nowMs, commit } = draft;
  const { rules } = settings;
  const role = leaderOf(draft);
  const { from, ticket } = asked;
  const refused = (reason: 'not-ready' | 'busy') =>
    from === draft.id ? refuse(draft, ticket, reason) : refuseRead(draft, asked);
  // Until an entry of its own term is committed, it cannot know what earlier terms decided.
  if (rules.readAfterOwnCommit && commit < role.termStart) return refused('not-ready');
  const leased = settings.reads === 'lease' && role.leaseAllowed && nowMs < role.leaseEndMs;
  if (leased || !rules.readConfirmed) return answer(draft, { from, ticket, index: commit });
  if (hasTooMany(draft, from)) return refused('busy');
  const waiting = { from, ticket, index: commit, round: role.round + 1 };
  setLeader(draft, { reads: [...role.reads, waiting] });
  if (role.confirmedRound === role.round) broadcastHeartbeat(draft);
}

/** A stranger that asks without end keeps neither the leader nor most others from their reads. */
function hasTooMany(draft: Draft, from: NodeId): boolean {
  const { readsMax } = draft.settings;
  const { reads } = leaderOf(draft);
  const countOf = (peer: NodeId) => reads.filter((read) => read.from === peer).length;
  if (from === draft.id) return countOf(from) >= readsMax;
  const others = reads.length - countOf(draft.id);
  return others >= readsMax || countOf(from) >= readsMax * READS_OF_ONE_SHARE;
}

export function onReadReply(draft: Draft, message: ReadReply): void {
  const { ticket, index } = message;
  const pending = draft.pendingReads.find((read) => read.ticket === ticket);
  if (pending === undefined || pending.index !== null) return; // given up, or answered before
  const others = draft.pendingReads.filter((read) => read !== pending);
  draft.pendingReads = index < 0 ? others : [...others, { ...pending, index }];
  if (index < 0) refuse(draft, ticket, 'not-ready');
  else serveReads(draft);
}
