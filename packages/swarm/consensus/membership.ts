/**
 * What a leader is asked to do: commands, changes of membership (dissertation chapter 4, joint
 * consensus 4.3) and leadership transfer (3.10).
 */
import { isJoint, isVoter } from './configuration.ts';
import type { Input } from './input.ts';
import type { Configuration, NodeId, RefusalReason } from './message.ts';
import { isBusy, queueMs } from './queue.ts';
import { appendOwn, continueTransfer, sendAppends } from './replication.ts';
import { leaderOf, refuse, setLeader } from './state.ts';
import type { Draft } from './state.ts';

export const NODE_ID_CHARACTERS_MAX = 64;

export function propose(draft: Draft, input: Extract<Input, { type: 'propose' }>): void {
  const { ticket, commands, of } = input;
  const { settings } = draft;
  if (draft.role.type !== 'leader') return refuse(draft, ticket, 'not-leader');
  if (draft.role.transfer !== null) return refuse(draft, ticket, 'transferring');
  const fits = (command: Uint8Array) => command.length <= settings.commandBytesMax;
  if (commands.length === 0 || !commands.every(fits)) return refuse(draft, ticket, 'invalid');
  if (of === 'member' && isBusy(draft, commands))
    return refuse(draft, ticket, 'busy', queueMs(draft));
  promise(draft, ticket);
  appendOwn(
    draft,
    commands.map((command) => ({ type: 'command', command })),
  );
}

function promise(draft: Draft, ticket: number): void {
  const index = draft.log.lastIndex + 1;
  draft.effects.push({ type: 'proposed', ticket, index, term: draft.term });
}

type Change = { readonly voters: readonly NodeId[]; readonly learners: readonly NodeId[] };

export function configure(draft: Draft, input: Extract<Input, { type: 'configure' }>): void {
  const { ticket, voters, learners } = input;
  const reason = whyNot(draft, input);
  if (reason !== null) return refuse(draft, ticket, reason);
  const { configuration } = draft.log;
  const same =
    voters.length === configuration.voters.length &&
    voters.every((id) => configuration.voters.includes(id));
  const joint = draft.settings.rules.jointChange && !same;
  const votersOutgoing = joint ? configuration.voters : [];
  const next: Configuration = { voters, votersOutgoing, learners };
  promise(draft, ticket);
  appendOwn(draft, [{ type: 'configuration', configuration: next }]);
}

function whyNot(draft: Draft, change: Change): RefusalReason | null {
  const { settings, log, commit } = draft;
  if (draft.role.type !== 'leader') return 'not-leader';
  if (draft.role.transfer !== null) return 'transferring';
  const busy = isJoint(log.configuration) || log.configurationIndex > commit;
  if (busy && settings.rules.oneChangeAtATime) return 'change-in-progress';
  // Ongaro, raft-dev 2015: a change before the term's first commit can meet another leader's.
  if (commit < draft.role.termStart && settings.rules.oneChangeAtATime) return 'not-ready';
  const { voters, learners } = change;
  const all = [...voters, ...learners];
  const sized =
    voters.length > 0 && voters.length <= settings.votersMax && all.length <= settings.membersMax;
  const named = all.every((id) => id.length > 0 && id.length <= NODE_ID_CHARACTERS_MAX);
  if (!sized || !named || new Set(all).size !== all.length) return 'invalid';
  const added = voters.filter((id) => !isVoter(log.configuration, id));
  // Of the others another leader was shown the voucher: this one may never have met them.
  if (!added.every((id) => settings.isVouched(id))) return 'not-vouched';
  return added.every((id) => hasCaughtUp(draft, id)) ? null : 'learner-behind';
}

/** Section 4.2.1: whoever is to vote has the log first, or nothing could be committed meanwhile. */
function hasCaughtUp(draft: Draft, id: NodeId): boolean {
  const { nowMs, settings, log } = draft;
  const progress = leaderOf(draft).progress.get(id);
  if (progress === undefined || nowMs - progress.activeMs > settings.electionMs) return false;
  return progress.match > 0 && log.lastIndex - progress.match <= settings.promotionLagMax;
}

/** Hands leadership to `to`, or, if it does not take it within an election time-out, keeps it. */
export function transfer(draft: Draft, to: NodeId): void {
  if (draft.role.type !== 'leader' || draft.role.transfer !== null || to === draft.id) return;
  if (!draft.log.configuration.voters.includes(to)) return;
  const deadlineMs = draft.nowMs + draft.settings.electionMs;
  setLeader(draft, { transfer: { to, deadlineMs, sent: false } });
  sendAppends(draft, to);
  continueTransfer(draft);
}
