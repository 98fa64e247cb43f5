/** What replicas say to each other and what stands in their logs. Plain data; bytes in `wire/`. */

/** A peer's identity: text, at most 64 bytes of UTF-8. A cleared storage is a new identity. */
export type NodeId = string;

/**
 * Who decides (dissertation section 4.3): every decision needs a majority of `voters` and, while
 * `votersOutgoing` is not empty (joint consensus), also a majority of `votersOutgoing`.
 * Learners receive the log and neither vote nor count.
 */
export type Configuration = {
  readonly voters: readonly NodeId[];
  readonly votersOutgoing: readonly NodeId[];
  readonly learners: readonly NodeId[];
};

/** One place of the replicated log. `index` counts from 1; `term` includes the epoch (epoch.ts). */
export type Entry = { readonly index: number; readonly term: number } & (
  | { readonly type: 'command'; readonly command: Uint8Array }
  | { readonly type: 'no-op' }
  | { readonly type: 'configuration'; readonly configuration: Configuration }
);

/** The state machine's bytes after applying everything up to and including `index`. */
export type Snapshot = {
  readonly index: number;
  readonly term: number;
  readonly configuration: Configuration;
  readonly bytes: Uint8Array;
};

/** Why the leader, or a peer that is not the leader, will not take a proposal or a read. */
export type RefusalReason =
  | 'not-leader' // `leader` names who may be, if anyone is known
  | 'busy' // what was taken before is not committed in time; come back later
  | 'transferring' // leadership is being handed over
  | 'change-in-progress' // one membership change at a time
  | 'not-ready' // nothing of this term is committed yet
  | 'learner-behind' // a learner must catch up before it votes
  | 'not-vouched' // the room's key does not vouch for a proposed voter
  | 'invalid'; // the proposal breaks a stated limit

type Header = { readonly from: NodeId; readonly to: NodeId; readonly term: number };

/** May I, would I win? Carries the term it would campaign in; changes nothing (9.6). */
export type PreVote = Header & {
  readonly type: 'pre-vote';
  readonly lastIndex: number;
  readonly lastTerm: number;
};
export type PreVoteReply = Header & { readonly type: 'pre-vote-reply'; readonly granted: boolean };

/** RequestVote (3.4). `transfer`: the leader itself asked for this election (3.10). */
export type Vote = Header & {
  readonly type: 'vote';
  readonly lastIndex: number;
  readonly lastTerm: number;
  readonly transfer: boolean;
};
export type VoteReply = Header & { readonly type: 'vote-reply'; readonly granted: boolean };

/** AppendEntries (3.5). `round` numbers the leader's confirmations of its leadership (6.4). */
export type Append = Header & {
  readonly type: 'append';
  readonly previousIndex: number;
  readonly previousTerm: number;
  readonly entries: readonly Entry[];
  readonly commit: number;
  readonly round: number;
};
/** The follower's log matches the leader's up to `match`. */
export type AppendAccepted = Header & {
  readonly type: 'append-accepted';
  readonly match: number;
  readonly round: number;
};
/** The log differs at `previousIndex`; it may match at `hintIndex`, of term `hintTerm`. */
export type AppendRejected = Header & {
  readonly type: 'append-rejected';
  readonly previousIndex: number;
  readonly hintIndex: number;
  readonly hintTerm: number;
  readonly round: number;
};

export type Heartbeat = Header & {
  readonly type: 'heartbeat';
  readonly commit: number;
  readonly round: number;
};
export type HeartbeatReply = Header & { readonly type: 'heartbeat-reply'; readonly round: number };

/** InstallSnapshot (chapter 5), one chunk. The configuration travels with every chunk. */
export type SnapshotChunk = Header & {
  readonly type: 'snapshot';
  readonly index: number;
  readonly snapshotTerm: number;
  readonly configuration: Configuration;
  readonly totalBytes: number;
  readonly offset: number;
  readonly bytes: Uint8Array;
  readonly round: number;
};
/** The next byte wanted of the snapshot at `index`; `totalBytes` once it is durable. */
export type SnapshotReply = Header & {
  readonly type: 'snapshot-reply';
  readonly index: number;
  readonly offset: number;
  readonly round: number;
};

/** A follower's linearizable read: from which index may I serve it (6.4)? */
export type Read = Header & { readonly type: 'read'; readonly ticket: number };
export type ReadReply = Header & {
  readonly type: 'read-reply';
  readonly ticket: number;
  readonly index: number; // -1: refused, ask another
};

/** Campaign now, without waiting: leadership transfer (3.10). */
export type TimeoutNow = Header & { readonly type: 'timeout-now' };

/** Your epoch is over: fetch the certificate of the epoch of `term` (epoch.ts). */
export type Fenced = Header & { readonly type: 'fenced' };

export type Message =
  | PreVote
  | PreVoteReply
  | Vote
  | VoteReply
  | Append
  | AppendAccepted
  | AppendRejected
  | Heartbeat
  | HeartbeatReply
  | SnapshotChunk
  | SnapshotReply
  | Read
  | ReadReply
  | TimeoutNow
  | Fenced;
