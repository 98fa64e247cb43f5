/**
 * One replica of Raft, pure: `step` takes what it knows, what happened and when, and returns what
 * it knows then and what is to be done. Nothing here waits, sends, stores or draws entropy.
 */
import { compact, onAppend, onHeartbeat, onSnapshot } from './following.ts';
import {
  campaign,
  mayCampaign,
  onLinkClosed,
  onPreVote,
  onPreVoteReply,
  onTick,
  onVote,
  onVoteReply,
  rejectsVotes,
} from './election.ts';
import { epochOf } from './epoch.ts';
import type { Effect, Input } from './input.ts';
import { configure, propose, transfer } from './membership.ts';
import type { Message } from './message.ts';
import {
  handOver,
  onAppendAccepted,
  onAppendRejected,
  onHeartbeatReply,
  onSnapshotReply,
} from './replication.ts';
import { becomeFollower, refuseRead } from './role.ts';
import { onRead, onReadReply, read } from './rounds.ts';
import { draftOf, save, send, stateOf } from './state.ts';
import type { Draft, State } from './state.ts';

/** `nowMs`: this peer's monotonic clock, never less than at the step before. */
export function step(
  state: State,
  input: Input,
  nowMs: number,
): { state: State; effects: readonly Effect[] } {
  const draft = draftOf(state, nowMs);
  onInput(draft, input);
  if (draft.unsaved) save(draft, [], null);
  return { state: stateOf(draft), effects: draft.effects };
}

function onInput(draft: Draft, input: Input): void {
  switch (input.type) {
    case 'tick':
      return onTick(draft);
    case 'message':
      return onMessage(draft, input.message);
    case 'propose':
      return propose(draft, input);
    case 'configure':
      return configure(draft, input);
    case 'read':
      return read(draft, input.ticket);
    case 'transfer':
      return transfer(draft, input.to);
    case 'compact':
      return compact(draft, input.index, input.bytes);
    case 'link-closed':
      return onLinkClosed(draft, input.peer);
    case 'freeze':
      return draft.role.type === 'leader' ? handOver(draft) : undefined;
    default:
      throw new Error(`unreachable: ${String(input satisfies never)}`);
  }
}

/** What a peer may say that nobody vouches for: answers of a learner, and questions. */
const STRANGERS_SAY = new Set<Message['type']>([
  'append-accepted',
  'append-rejected',
  'heartbeat-reply',
  'snapshot-reply',
  'read',
]);

function onMessage(draft: Draft, message: Message): void {
  const { settings } = draft;
  if (message.to !== draft.id) return; // for an identity this peer no longer has
  if (settings.rules.strangersDecideNothing && !settings.isVouched(message.from)) {
    if (!STRANGERS_SAY.has(message.type) || message.term > draft.term) return;
  }
  if (message.type === 'fenced' || epochOf(message.term) !== epochOf(draft.term))
    return onOtherEpoch(draft, message);
  if (message.term > draft.term && !adopts(draft, message)) return;
  if (message.term < draft.term && settings.rules.staleTermIgnored)
    return answerStale(draft, message);
  dispatch(draft, message);
}

/** Only the room's key ends an epoch: the caller fetches its certificate and starts again. */
function onOtherEpoch(draft: Draft, message: Message): void {
  const theirs = epochOf(message.term);
  const ours = epochOf(draft.term);
  if (theirs > ours) draft.effects.push({ type: 'fenced', epoch: theirs });
  else if (theirs < ours && message.type !== 'fenced')
    send(draft, { type: 'fenced', to: message.from, term: draft.term });
}

/** Section 3.3: a later term is adopted. False: the message is dropped instead. */
function adopts(draft: Draft, message: Message): boolean {
  switch (message.type) {
    case 'pre-vote':
      return true; // asks about a term that may never be
    case 'pre-vote-reply':
      if (!message.granted) becomeFollower(draft, message.term, null);
      return message.granted;
    case 'vote':
      // Section 4.2.3: whoever still hears a leader does not even learn of the later term.
      if (!message.transfer && rejectsVotes(draft)) return false;
      becomeFollower(draft, message.term, null);
      return true;
    case 'append':
    case 'heartbeat':
    case 'snapshot':
      becomeFollower(draft, message.term, message.from);
      return true;
    case 'append-accepted':
    case 'append-rejected':
    case 'heartbeat-reply':
    case 'snapshot-reply':
    case 'vote-reply':
    case 'read':
    case 'read-reply':
    case 'timeout-now':
    case 'fenced':
      becomeFollower(draft, message.term, null);
      return true;
    default:
      throw new Error(`unreachable: ${String(message satisfies never)}`);
  }
}

/** A peer of an earlier term is told of the later one, or it would ask for ever (etcd: Step). */
function answerStale(draft: Draft, message: Message): void {
  const { term } = draft;
  const { from: to } = message;
  switch (message.type) {
    case 'append':
    case 'heartbeat':
    case 'snapshot':
      return send(draft, { type: 'heartbeat-reply', to, term, round: 0 });
    case 'pre-vote':
      return rejectsVotes(draft)
        ? undefined
        : send(draft, { type: 'pre-vote-reply', to, term, granted: false });
    case 'vote':
      return send(draft, { type: 'vote-reply', to, term, granted: false });
    case 'read':
      return refuseRead(draft, message);
    case 'append-accepted':
    case 'append-rejected':
    case 'heartbeat-reply':
    case 'snapshot-reply':
    case 'pre-vote-reply':
    case 'vote-reply':
    case 'read-reply':
    case 'timeout-now':
    case 'fenced':
      return;
    default:
      throw new Error(`unreachable: ${String(message satisfies never)}`);
  }
}

function dispatch(draft: Draft, message: Message): void {
  const leads = draft.role.type === 'leader';
  switch (message.type) {
    case 'pre-vote':
      return onPreVote(draft, message);
    case 'pre-vote-reply':
      return onPreVoteReply(draft, message);
    case 'vote':
      return onVote(draft, message);
    case 'vote-reply':
      return onVoteReply(draft, message);
    case 'append':
      return onAppend(draft, message);
    case 'append-accepted':
      return leads ? onAppendAccepted(draft, message) : undefined;
    case 'append-rejected':
      return leads ? onAppendRejected(draft, message) : undefined;
    case 'heartbeat':
      return onHeartbeat(draft, message);
    case 'heartbeat-reply':
      return leads ? onHeartbeatReply(draft, message) : undefined;
    case 'snapshot':
      return onSnapshot(draft, message);
    case 'snapshot-reply':
      return leads ? onSnapshotReply(draft, message) : undefined;
    case 'read':
      return onRead(draft, message);
    case 'read-reply':
      return onReadReply(draft, message);
    case 'timeout-now':
      return mayCampaign(draft) && !leads ? campaign(draft, true) : undefined;
    case 'fenced':
      return;
    default:
      throw new Error(`unreachable: ${String(message satisfies never)}`);
  }
}
