/** The numbers of one replica, and where they come from. */
import type { NodeId } from './message.ts';
import { ALL_RULES } from './rules.ts';
import type { Rules } from './rules.ts';

export type Settings = {
  /**
   * No vote within this time of hearing from a leader; a follower campaigns after one to two of
   * it (section 3.4 wants it well above a round trip: tabs on home networks need 50-400 ms).
   */
  readonly electionMs: number;
  readonly heartbeatMs: number; // a fifth of electionMs, so that four may be lost (etcd: a tenth)
  /**
   * 'lease' answers from the leader's memory while a majority's vote rejection lasts (6.4.1). Only
   * with a clock that counts the machine's sleep: one that stands still keeps a lease that is over.
   */
  readonly reads: 'index' | 'lease';
  /** Section 6.4.1's clock drift bound: clocks run within 1 +- this of each other's rate. */
  readonly clockDriftMax: number;
  readonly appendEntriesMax: number; // entries in one message
  readonly appendBytesMax: number; // command bytes in one message; one entry may exceed it
  readonly inflightMax: number; // unacknowledged appends per follower (10.2.1, etcd MaxInflightMsgs)
  readonly uncommittedMax: number; // entries; members' beyond it are refused as 'busy'
  readonly uncommittedBytesMax: number; // of commands; likewise (etcd MaxUncommittedEntriesSize)
  readonly commandBytesMax: number;
  readonly readsMax: number; // waiting reads, own and others' each; more are refused as 'busy'
  readonly snapshotChunkBytes: number; // with the configuration; a message is at most 64 KiB
  readonly snapshotBytesMax: number; // a leader holds at most three (replication.ts)
  readonly trailingMax: number; // entries kept in memory that a snapshot covers: for who is behind
  readonly promotionLagMax: number; // entries a learner may lack and still become a voter (4.2.1)
  readonly votersMax: number; // 3 to 7: more only makes every decision slower
  readonly membersMax: number; // voters and learners together
  readonly rules: Rules;
  /** Does the room's key vouch for this peer? Only those vote and only those are obeyed. */
  readonly isVouched: (id: NodeId) => boolean;
};

export const SETTINGS_DEFAULTS: Settings = {
  electionMs: 1_000,
  heartbeatMs: 200,
  reads: 'index',
  clockDriftMax: 0.05,
  appendEntriesMax: 256,
  appendBytesMax: 48 * 1024,
  inflightMax: 32,
  uncommittedMax: 8_192,
  uncommittedBytesMax: 8 * 1024 * 1024,
  commandBytesMax: 32 * 1024,
  readsMax: 1_024,
  snapshotChunkBytes: 48 * 1024,
  snapshotBytesMax: 64 * 1024 * 1024,
  trailingMax: 512,
  promotionLagMax: 64,
  votersMax: 7,
  membersMax: 256,
  rules: ALL_RULES,
  isVouched: () => true,
};
