/** Leader election: dissertation sections 3.4, 3.6.1, 3.8, 4.2.3 (lease) and 9.6 (PreVote). */
import { isQuorum, isVoter, members, quorumValue } from './configuration.ts';
import type { NodeId, PreVote, PreVoteReply, Vote, VoteReply } from './message.ts';
import { expireReads } from './commit.ts';
import { appendOwn } from './replication.ts';
import { becomeFollower } from './role.ts';
import { broadcastHeartbeat } from './rounds.ts';
import { armElection, armRetry, drawBelow, newProgress, send, setLeader } from './state.ts';
import type { Draft } from './state.ts';

/** Asks for pre-votes: without disturbing anyone's term, would a majority elect me (9.6)? */
function preCampaign(draft: Draft): void {
  draft.role = { type: 'pre-candidate', votes: new Map([[draft.id, true]]) };
  draft.leader = null;
  armRetry(draft);
  if (wins(draft)) return campaign(draft, false);
  askForVotes(draft, 'pre-vote', false);
}

/** Section 3.4. `transfer`: the leader asked for it, so voters skip the vote rejection (3.10). */
export function campaign(draft: Draft, transfer: boolean): void {
  draft.term += 1;
  draft.vote = draft.id;
  draft.unsaved = true;
  draft.leader = null;
  draft.role = { type: 'candidate', votes: new Map() };
  armRetry(draft);
  askForVotes(draft, 'vote', transfer);
  // Its own vote counts like any other: once it is durable.
  send(draft, { type: 'vote-reply', to: draft.id, term: draft.term, granted: true });
}

function askForVotes(draft: Draft, type: 'pre-vote' | 'vote', transfer: boolean): void {
  const { voters, votersOutgoing } = draft.log.configuration;
  const { lastIndex, lastTerm } = draft.log;
  for (const to of new Set([...voters, ...votersOutgoing])) {
    if (to === draft.id) continue;
    if (type === 'vote') send(draft, { type, to, term: draft.term, lastIndex, lastTerm, transfer });
    else send(draft, { type, to, term: draft.term + 1, lastIndex, lastTerm });
  }
}

function tally(draft: Draft, granted: boolean): boolean {
  const { role, log, settings } = draft;
  if (role.type !== 'pre-candidate' && role.type !== 'candidate') return false;
  return isQuorum(log.configuration, settings.rules, (id) => role.votes.get(id) === granted);
}

const wins = (draft: Draft) => tally(draft, true);

/** Has this voter heard from a leader so recently that it must not help to depose it (4.2.3)? */
export function rejectsVotes(draft: Draft): boolean {
  if (!draft.settings.rules.leaseRejectsVotes) return false;
  if (draft.role.type === 'leader') return true; // until CheckQuorum says otherwise
  return draft.nowMs - draft.contactMs < draft.settings.electionMs;
}

/** Section 3.6.1: the candidate's log is at least as complete as ours. */
function isUpToDate(draft: Draft, candidate: { lastIndex: number; lastTerm: number }): boolean {
  if (!draft.settings.rules.logUpToDate) return true;
  const { lastIndex, lastTerm } = draft.log;
  if (candidate.lastTerm !== lastTerm) return candidate.lastTerm > lastTerm;
  return candidate.lastIndex >= lastIndex;
}

/** Granting tells the candidate's term, so that a grant of an old question cannot count. */
export function onPreVote(draft: Draft, message: PreVote): void {
  if (rejectsVotes(draft)) return;
  const granted = message.term > draft.term && isUpToDate(draft, message);
  if (granted && draft.role.type === 'pre-candidate' && outranks(draft, message)) {
    draft.role = { type: 'follower' };
    armRetry(draft);
  }
  const term = granted ? message.term : draft.term;
  send(draft, { type: 'pre-vote-reply', to: message.from, term, granted });
}

/**
 * Two who ask at once would split the votes, and ask again at once: of equal logs, one gives way.
 * Nothing rests on it; it takes the 99th percentile of recovery from 2.4 to under 2 time-outs.
 */
function outranks(draft: Draft, other: PreVote): boolean {
  const { lastIndex, lastTerm } = draft.log;
  return other.lastTerm !== lastTerm || other.lastIndex !== lastIndex || other.from < draft.id;
}

export function onPreVoteReply(draft: Draft, message: PreVoteReply): void {
  if (draft.role.type !== 'pre-candidate') return;
  if (message.granted && message.term !== draft.term + 1) return;
  countVote(draft, message.from, message.granted);
  if (wins(draft)) campaign(draft, false);
}

/** Called with the message's term adopted: `message.term === draft.term`. */
export function onVote(draft: Draft, message: Vote): void {
  const { rules } = draft.settings;
  const free = draft.vote === null && draft.leader === null;
  const mayVote = free || draft.vote === message.from || !rules.oneVotePerTerm;
  const granted = mayVote && isUpToDate(draft, message) && draft.role.type !== 'leader';
  if (granted) {
    if (draft.vote !== message.from) draft.unsaved = true;
    draft.vote = message.from;
    armElection(draft);
  }
  send(draft, { type: 'vote-reply', to: message.from, term: draft.term, granted });
}

export function onVoteReply(draft: Draft, message: VoteReply): void {
  if (draft.role.type !== 'candidate') return;
  countVote(draft, message.from, message.granted);
  if (wins(draft)) becomeLeader(draft);
}

function countVote(draft: Draft, from: NodeId, granted: boolean): void {
  const { role } = draft;
  if (role.type !== 'pre-candidate' && role.type !== 'candidate') return;
  if (role.votes.has(from)) return;
  draft.role = { ...role, votes: new Map(role.votes).set(from, granted) };
  // A lost election is over at once; the next one waits for its time (etcd: stepCandidate).
  if (tally(draft, false)) becomeFollower(draft, draft.term, null);
}

function becomeLeader(draft: Draft): void {
  const { lastIndex } = draft.log;
  const others = members(draft.log.configuration);
  draft.role = {
    type: 'leader',
    termStart: lastIndex + 1,
    heartbeatDueMs: draft.nowMs,
    round: 0,
    confirmedRound: 0,
    roundsSentMs: [],
    leaseEndMs: Number.NEGATIVE_INFINITY,
    leaseAllowed: true,
    reads: [],
    waits: [],
    transfer: null,
    progress: new Map(others.map((id) => [id, newProgress(lastIndex, draft.nowMs)])),
  };
  draft.ownsProgress = true;
  draft.leader = draft.id;
  // Section 6.4: only an entry of its own lets it commit, and so know, what came before.
  if (draft.settings.rules.noOpAtTermStart) appendOwn(draft, [{ type: 'no-op' }]);
  broadcastHeartbeat(draft);
}

/**
 * A voter, also one that a change not yet committed removes: it may be the only one whose log is
 * long enough to lead, and whoever still votes by the old configuration may need it (4.2.2).
 */
export function mayCampaign({ id, log, commit }: Draft): boolean {
  return log.configurations.some(({ configuration }, i, all) => {
    const isPast = (all[i + 1]?.index ?? Infinity) <= commit;
    return !isPast && isVoter(configuration, id);
  });
}

/** Time passed: campaigns, heartbeats, and a leader nobody listens to steps down (CheckQuorum). */
export function onTick(draft: Draft): void {
  const { nowMs, settings, log } = draft;
  expireReads(draft);
  if (draft.role.type !== 'leader') {
    if (nowMs < draft.electionDueMs) return;
    if (mayCampaign(draft)) preCampaign(draft);
    else armElection(draft); // learners and strangers never campaign (4.2.1)
    return;
  }
  const { progress, transfer, heartbeatDueMs } = draft.role;
  const heardMs = quorumValue(log.configuration, settings.rules, (id) =>
    id === draft.id ? nowMs : (progress.get(id)?.activeMs ?? Number.NEGATIVE_INFINITY),
  );
  if (nowMs - heardMs > settings.electionMs) return becomeFollower(draft, draft.term, null);
  if (transfer !== null && nowMs >= transfer.deadlineMs) setLeader(draft, { transfer: null });
  if (nowMs >= heartbeatDueMs) broadcastHeartbeat(draft);
}

/** A closed link is suspicion at once. */
export function onLinkClosed(draft: Draft, peer: NodeId): void {
  if (draft.role.type === 'leader' || draft.leader !== peer) return;
  const { electionMs, reads } = draft.settings;
  if (reads === 'index') draft.contactMs = Number.NEGATIVE_INFINITY;
  // A short random wait keeps the others from campaigning in the same instant. A candidate's own
  // vote is a vote too: where leases stand on its rejection, it waits like any other (6.4.1).
  const mayVoteMs = rejectsVotes(draft) ? draft.contactMs + electionMs : draft.nowMs;
  const soonMs = mayVoteMs + drawBelow(draft, Math.max(1, electionMs >> 2));
  draft.electionDueMs = Math.min(draft.electionDueMs, soonMs);
}
