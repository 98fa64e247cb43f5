/** Everything one replica knows, as a value, and the draft that a step works on. */
import type { Durable } from './durable.ts';
import type { Effect } from './input.ts';
import { invariant } from './invariant.ts';
import { Log } from './log.ts';
import type { Entry, Message, NodeId, RefusalReason, Snapshot } from './message.ts';
import type { Settings } from './settings.ts';

/** What the leader knows of one other replica (etcd's tracker.Progress). */
export type Progress = {
  readonly match: number;
  readonly next: number;
  /** probe: one append at a time until the logs meet. replicate: optimistic. */
  readonly mode: 'probe' | 'replicate' | 'snapshot';
  readonly paused: boolean; // in probe: an append is under way
  readonly inflight: readonly number[]; // last index of each unacknowledged append
  readonly checkedMs: number; // when it was last looked whether anything was lost,
  readonly reachedAtCheck: number; // and how far it had come then
  readonly rejectedMs: number; // when a rejection was last answered by going back
  readonly activeMs: number; // when it was last heard from
  readonly round: number; // the latest confirmation of our leadership
  readonly snapshot: SnapshotSending | null;
};

export type SnapshotSending = {
  readonly of: Snapshot;
  readonly offset: number;
  readonly movedMs: number; // when it last came further, or began
};

export type WaitingRead = {
  readonly ticket: number;
  readonly from: NodeId;
  readonly index: number;
  readonly round: number; // confirmed by this round or a later one
};

export type Leader = {
  readonly type: 'leader';
  readonly termStart: number; // index of the first entry of its own term
  readonly heartbeatDueMs: number;
  readonly round: number;
  readonly confirmedRound: number;
  readonly roundsSentMs: readonly number[]; // of the rounds after confirmedRound
  readonly leaseEndMs: number;
  readonly leaseAllowed: boolean; // a transfer forfeits the lease for the rest of the term
  readonly reads: readonly WaitingRead[];
  /** Oldest first: entries up to `index`, and after the one before, wait since `sinceMs` or later. */
  readonly waits: readonly {
    readonly index: number;
    readonly sinceMs: number;
    readonly bytes: number; // of their commands
  }[];
  readonly transfer: {
    readonly to: NodeId;
    readonly deadlineMs: number;
    readonly sent: boolean;
  } | null;
  readonly progress: ReadonlyMap<NodeId, Progress>;
};

export type Role =
  | { readonly type: 'follower' }
  | {
      readonly type: 'pre-candidate' | 'candidate';
      readonly votes: ReadonlyMap<NodeId, boolean>;
    }
  | Leader;

/** A read that a follower waits to serve. `index` is null until the leader answered. */
export type PendingRead = {
  readonly ticket: number;
  readonly index: number | null;
  readonly askedMs: number;
};

export type Incoming = {
  readonly index: number;
  readonly term: number;
  readonly from: NodeId;
  readonly received: number;
  readonly chunks: readonly Uint8Array[];
};

export type State = {
  readonly id: NodeId;
  readonly settings: Settings;
  readonly term: number;
  readonly vote: NodeId | null;
  readonly log: Log;
  readonly snapshot: Snapshot;
  readonly commit: number;
  readonly role: Role;
  readonly leader: NodeId | null; // of this term, if known
  readonly contactMs: number; // when the leader was last heard from; starts the vote rejection
  readonly electionDueMs: number;
  readonly wakeMs: number; // send a tick then
  readonly pendingReads: readonly PendingRead[];
  readonly incoming: Incoming | null;
  readonly rng: number;
};

/** A State under change: one per step, never kept. */
export type Draft = { -readonly [K in keyof State]: State[K] } & {
  nowMs: number;
  effects: Effect[];
  unsaved: boolean; // term or vote changed and no save says so yet
  ownsProgress: boolean; // the progress map was copied in this step
};

/** A replica as it starts: as a follower, from what its disk holds. */
export function createReplica(options: {
  id: NodeId;
  settings: Settings;
  durable: Durable;
  seed: number; // drawn anew at every start
  nowMs: number;
}): State {
  const { id, settings, durable, seed, nowMs } = options;
  const log = Log.of(durable.snapshot, durable.entries);
  const state: State = {
    id,
    settings,
    term: durable.term,
    vote: durable.vote,
    log,
    snapshot: durable.snapshot,
    commit: durable.snapshot.index,
    role: { type: 'follower' },
    leader: null,
    // It may have heard from a leader just before it stopped (6.4.1).
    contactMs: settings.rules.restartRejectsVotes ? nowMs : Number.NEGATIVE_INFINITY,
    electionDueMs: 0,
    wakeMs: 0,
    pendingReads: [],
    incoming: null,
    rng: seed >>> 0,
  };
  const draft = draftOf(state, nowMs);
  armElection(draft);
  return stateOf(draft);
}

export function draftOf(state: State, nowMs: number): Draft {
  return { ...state, nowMs, effects: [], unsaved: false, ownsProgress: false };
}

export function stateOf(draft: Draft): State {
  const { role } = draft;
  return {
    id: draft.id,
    settings: draft.settings,
    term: draft.term,
    vote: draft.vote,
    log: draft.log,
    snapshot: draft.snapshot,
    commit: draft.commit,
    role,
    leader: draft.leader,
    contactMs: draft.contactMs,
    electionDueMs: draft.electionDueMs,
    wakeMs: role.type === 'leader' ? role.heartbeatDueMs : draft.electionDueMs,
    pendingReads: draft.pendingReads,
    incoming: draft.incoming,
    rng: draft.rng,
  };
}

/** Section 3.4: time-outs are drawn anew every time, or split votes would repeat. */
export function armElection(draft: Draft): void {
  const { electionMs } = draft.settings;
  draft.electionDueMs = draft.nowMs + electionMs + drawBelow(draft, electionMs);
}

/**
 * A question that found no majority is asked again sooner: nobody leads whom that could disturb,
 * and voters that heard the old leader a moment later refuse the first (99th percentile of
 * recovery: 2.7 election time-outs before, see test/bench/swarm.ts).
 */
export function armRetry(draft: Draft): void {
  const half = draft.settings.electionMs / 2;
  draft.electionDueMs = draft.nowMs + half + drawBelow(draft, Math.max(1, Math.floor(half)));
}

/** Mulberry32: small, and the state is one integer of the replica's. */
export function drawBelow(draft: Draft, limit: number): number {
  draft.rng = (draft.rng + 0x6d2b79f5) >>> 0;
  let x = draft.rng;
  x = Math.imul(x ^ (x >>> 15), x | 1);
  x ^= x + Math.imul(x ^ (x >>> 7), x | 61);
  return ((x ^ (x >>> 14)) >>> 0) % limit;
}

/** Records what must be durable; everything emitted afterwards waits for it. */
export function save(draft: Draft, entries: readonly Entry[], snapshot: Snapshot | null): void {
  const { term, vote } = draft;
  const kept = draft.settings.rules.voteIsDurable ? vote : null;
  draft.effects.push({ type: 'save', save: { term, vote: kept, entries, snapshot } });
  draft.unsaved = false;
}

type Unsent = Message extends infer M ? (M extends Message ? Omit<M, 'from'> : never) : never;

/** Term and vote are durable before anything that speaks of them (section 3.8). */
export function send(draft: Draft, message: Unsent): void {
  if (draft.unsaved) save(draft, [], null);
  draft.effects.push({ type: 'send', message: { ...message, from: draft.id } });
}

/** `waitedMs`: whoever is refused as 'busy' need not come back before that time passed again. */
export function refuse(draft: Draft, ticket: number, reason: RefusalReason, waitedMs = 0): void {
  const { leader, settings } = draft;
  const afterMs = reason === 'busy' ? Math.ceil(Math.max(waitedMs, settings.heartbeatMs)) : 0;
  draft.effects.push({ type: 'refused', ticket, reason, leader, afterMs });
}

export function newProgress(lastIndex: number, nowMs: number): Progress {
  return {
    match: 0,
    next: lastIndex + 1,
    mode: 'probe',
    paused: false,
    inflight: [],
    checkedMs: nowMs,
    reachedAtCheck: -1,
    rejectedMs: Number.NEGATIVE_INFINITY,
    activeMs: nowMs,
    round: 0,
    snapshot: null,
  };
}

export function leaderOf(draft: Draft): Leader {
  invariant(draft.role.type === 'leader', 'only a leader leads');
  return draft.role;
}

export function setLeader(draft: Draft, change: Partial<Omit<Leader, 'type' | 'progress'>>): void {
  draft.role = { ...leaderOf(draft), ...change };
}

export function setProgress(draft: Draft, id: NodeId, change: Partial<Progress>): Progress {
  const role = leaderOf(draft);
  const before = role.progress.get(id);
  invariant(before !== undefined, `progress of ${id} is tracked`);
  if (!draft.ownsProgress) {
    draft.role = { ...role, progress: new Map(role.progress) };
    draft.ownsProgress = true;
  }
  const after = { ...before, ...change };
  (leaderOf(draft).progress as Map<NodeId, Progress>).set(id, after);
  return after;
}
