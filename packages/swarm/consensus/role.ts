/** The way down: how every role becomes a follower (dissertation section 3.3). */
import type { NodeId } from './message.ts';
import { armElection, refuse, send } from './state.ts';
import type { Draft } from './state.ts';

/** Section 3.3: a later term makes everyone a follower. `leader` if this message names it. */
export function becomeFollower(draft: Draft, term: number, leader: NodeId | null): void {
  if (term > draft.term) {
    draft.term = term;
    draft.vote = null;
    draft.unsaved = true;
    draft.incoming = null;
  }
  if (draft.role.type === 'leader') {
    for (const read of draft.role.reads) {
      if (read.from === draft.id) refuse(draft, read.ticket, 'not-leader');
      else refuseRead(draft, read);
    }
  }
  if (draft.leader !== leader) {
    // Whoever was to answer these will not any more.
    for (const read of draft.pendingReads)
      if (read.index === null) refuse(draft, read.ticket, 'not-leader');
    draft.pendingReads = draft.pendingReads.filter((read) => read.index !== null);
  }
  draft.role = { type: 'follower' };
  draft.leader = leader;
  armElection(draft);
}

/** The leader of this term spoke: obey it, and help to depose it no sooner than 4.2.3 allows. */
export function followLeader(draft: Draft, leader: NodeId): void {
  if (draft.role.type !== 'follower' || draft.leader !== leader)
    becomeFollower(draft, draft.term, leader);
  else armElection(draft);
  draft.contactMs = draft.nowMs;
}

export function refuseRead(draft: Draft, read: { from: NodeId; ticket: number }): void {
  const { from: to, ticket } = read;
  send(draft, { type: 'read-reply', to, term: draft.term, ticket, index: -1 });
}
