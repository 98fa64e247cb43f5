/**
 * The rules that keep replicas in agreement, one switch each, with the section of Ongaro's
 * dissertation ("Consensus: Bridging Theory and Practice", 2014) or the part of etcd's raft that
 * states it. Production runs ALL_RULES; the simulator turns one off at a time and must notice.
 */
export type Rules = {
  /** 3.8: term and vote are durable before a vote is given. */
  readonly voteIsDurable: boolean;
  /** 3.4: one vote per term. */
  readonly oneVotePerTerm: boolean;
  /** 3.6.1: no vote for a candidate whose log is behind. */
  readonly logUpToDate: boolean;
  /** 3.3: messages of earlier terms change nothing. */
  readonly staleTermIgnored: boolean;
  /** 3.6.2: only entries of the leader's own term are committed by counting. */
  readonly commitOwnTermOnly: boolean;
  /** 6.4: a leader starts its term with a no-op, so that what came before can be committed. */
  readonly noOpAtTermStart: boolean;
  /** 3.5: an append is taken only where the entry before it matches. */
  readonly previousEntryMatches: boolean;
  /** 3.5: only conflicting entries are removed; a late append must not remove newer ones. */
  readonly onlyConflictsRemoved: boolean;
  /** 3.5, step 5 of AppendEntries: a follower commits no further than what it matched. */
  readonly commitWithinMatch: boolean;
  /** 3.8: entries are durable before they are acknowledged. */
  readonly ackIsDurable: boolean;
  /** 10.2.1: the leader counts itself only for entries it has on disk. */
  readonly selfIsDurable: boolean;
  /** 3.5: a majority decides. Off: half is enough. */
  readonly majorityDecides: boolean;
  /** 4.2.1: learners do not count. */
  readonly learnersDoNotCount: boolean;
  /** 4.3: voters change through a joint configuration. Off: in one step. */
  readonly jointChange: boolean;
  /** 4.3: joint decisions need both majorities. Off: the new one. */
  readonly bothMajorities: boolean;
  /** 4.3: one change at a time. */
  readonly oneChangeAtATime: boolean;
  /** 6.4: a read waits until a majority confirms that the leader still leads. */
  readonly readConfirmed: boolean;
  /** 6.4: no read before an entry of the leader's own term is committed. */
  readonly readAfterOwnCommit: boolean;
  /** 4.2.3 and 6.4.1: no vote within an election time-out of hearing from the leader. */
  readonly leaseRejectsVotes: boolean;
  /** 6.4.1: a restarted voter cannot know whom it heard from, so it waits as if it just had. */
  readonly restartRejectsVotes: boolean;
  /** 6.4.1: the lease ends before the first follower may vote, whatever the clocks' drift. */
  readonly leaseWithinRejection: boolean;
  /** 3.10 with 6.4.1: a transfer skips the vote rejection, so it ends the lease. */
  readonly transferEndsLease: boolean;
  /** Chapter 5: a snapshot of what the log already holds removes nothing. */
  readonly snapshotKeepsLog: boolean;
  /** DESIGN 5: Raft is not Byzantine; peers that nobody vouches for decide nothing. */
  readonly strangersDecideNothing: boolean;
};

export const ALL_RULES: Rules = Object.freeze({
  voteIsDurable: true,
  oneVotePerTerm: true,
  logUpToDate: true,
  staleTermIgnored: true,
  commitOwnTermOnly: true,
  noOpAtTermStart: true,
  previousEntryMatches: true,
  onlyConflictsRemoved: true,
  commitWithinMatch: true,
  ackIsDurable: true,
  selfIsDurable: true,
  majorityDecides: true,
  learnersDoNotCount: true,
  jointChange: true,
  bothMajorities: true,
  oneChangeAtATime: true,
  readConfirmed: true,
  readAfterOwnCommit: true,
  leaseRejectsVotes: true,
  restartRejectsVotes: true,
  leaseWithinRejection: true,
  transferEndsLease: true,
  snapshotKeepsLog: true,
  strangersDecideNothing: true,
});
