/** The replicated state machine: one committed entry in, one answer and its events out. */
import { applyJobCommand } from '../jobs/apply.ts';
import { expireJobs, ledgerDueMs } from '../jobs/ledger.ts';
import { appeal } from '../trust/reputation.ts';
import type { Entry } from '../consensus/message.ts';
import { epochOf } from '../consensus/epoch.ts';
import { decodeProposal } from '../wire/commands.ts';
import { OK, refused, type Command, type CommandResult, type Proposal } from './command.ts';
import { appendEvent } from './events.ts';
import { tokenAt } from './guard.ts';
import { acquire, endLocks, expireLocks, release, renew } from './locks.ts';
import { deregister, join, leave, register, setLiveness, updateInfo } from './members.ts';
import {
  ANSWERS_RETAINED,
  type Context,
  type Machine,
  type MachineEvent,
  type Member,
} from './state.ts';
import { remove, write } from './values.ts';

/** `proposal` is null for entries that are Raft's own (no-op, configuration). */
export type Applied = {
  readonly proposal: Proposal | null;
  readonly result: CommandResult;
  readonly events: readonly MachineEvent[];
};

/** What only the leader may propose, with an empty `peer`. */
const LEADER_ONLY: ReadonlySet<Command['type']> = new Set([
  'tick',
  'liveness',
  'remove',
  'assign',
  'revoke',
  'accept',
  'reject',
  'agree',
]);
/** Of the members' commands, those that a leader needs too: known-answer jobs, and their end. */
const LEADER_TOO: ReadonlySet<Command['type']> = new Set(['submit', 'cancel', 'fail']);

/** Applies the entry at `machine.index + 1`; throws on a gap, which would be a bug of the caller. */
export function applyEntry(machine: Machine, entry: Entry): Applied {
  if (entry.index !== machine.index + 1) {
    throw new Error(`Entry ${entry.index} does not follow ${machine.index}: apply in log order.`);
  }
  const isNewEpoch = epochOf(entry.term) > machine.epoch;
  machine.index = entry.index;
  machine.epoch = epochOf(entry.term);
  const events: MachineEvent[] = [];
  const contextOf = (peer: string): Context => ({
    machine,
    peer,
    index: entry.index,
    token: tokenAt(machine.epoch, entry.index),
    emit: (happening) => events.push(appendEvent(machine, happening)),
  });
  if (isNewEpoch) endLocks(contextOf(''));
  if (entry.type !== 'command') return { proposal: null, result: OK, events };
  const decoded = decodeProposal(entry.command);
  if (!decoded.ok) return { proposal: null, result: refused('malformed'), events };
  const proposal = decoded.value;
  const context = contextOf(proposal.peer);
  machine.clockMs = Math.max(machine.clockMs, proposal.atMs);
  return { proposal, result: answer(context, proposal), events };
}

/**
 * Ends what is due. Only a `tick` does, never another command on the way: so an entry passes a
 * lock on at most once, and its position is a token that no other grant of that lock has.
 */
function tick(context: Context): CommandResult {
  const { machine } = context;
  if (machine.clockMs < machine.dueMs) return OK;
  expireLocks(context);
  expireJobs(machine.ledger, context);
  machine.dueMs = dueMsOf(machine);
  return OK;
}

/** When the next lock or job is due. */
export function dueMsOf(machine: Machine): number {
  let dueMs = ledgerDueMs(machine.ledger);
  if (!machine.rules.locksExpire) return dueMs;
  for (const { holder } of machine.locks.values()) {
    if (holder !== null) dueMs = Math.min(dueMs, holder.expiresAtMs);
  }
  return dueMs;
}

function answer(context: Context, proposal: Proposal): CommandResult {
  const { command, peer } = proposal;
  const leaders = LEADER_ONLY.has(command.type);
  if (peer === '') {
    return leaders || LEADER_TOO.has(command.type)
      ? execute(context, command)
      : refused('not-a-member');
  }
  if (leaders) return refused('leader-only');
  if (command.type === 'join') return join(context, command.info);
  const member = context.machine.members.get(peer);
  if (member === undefined) return refused('not-a-member');
  const { rules } = context.machine;
  if (rules.sessionIsChecked && member.session !== proposal.session) {
    return refused('stale-session');
  }
  if (!rules.sessionsDeduplicate) return execute(context, command);
  return once(context, member, proposal);
}

/**
 * Every command of a session is applied at most once, however often it is sent (dissertation
 * section 6.3). Commands may arrive out of order, but never more than ANSWERS_RETAINED apart.
 */
function once(context: Context, member: Member, proposal: Proposal): CommandResult {
  const { sequence } = proposal;
  if (sequence <= member.lastSequence - ANSWERS_RETAINED) return refused('forgotten');
  const before = member.answers.find((given) => given.sequence === sequence);
  if (before !== undefined) return before.result;
  const result = execute(context, proposal.command);
  member.answers.push({ sequence, result });
  if (sequence > member.lastSequence) {
    member.lastSequence = sequence;
    const oldest = sequence - ANSWERS_RETAINED;
    if (member.answers[0]!.sequence <= oldest) {
      member.answers = member.answers.filter((given) => given.sequence > oldest);
    }
  }
  return result;
}

function execute(context: Context, command: Command): CommandResult {
  switch (command.type) {
    case 'tick':
      return tick(context);
    case 'join':
      return join(context, command.info);
    case 'info':
      return updateInfo(context, command.info);
    case 'leave':
      return leave(context, context.peer);
    case 'remove':
      return leave(context, command.member);
    case 'liveness':
      return setLiveness(context, command);
    case 'register':
      return register(context, command.record);
    case 'deregister':
      return deregister(context, command.instance);
    case 'acquire':
      return acquire(context, command);
    case 'renew':
      return renew(context, command);
    case 'release':
      return release(context, command);
    case 'write':
      return write(context, command);
    case 'delete':
      return remove(context, command);
    case 'appeal':
      return appealOf(context);
    case 'publish': {
      const { topic, payload } = command;
      context.emit({ type: 'published', topic, peer: context.peer, payload: payload.slice() });
      return { type: 'published', sequence: context.machine.eventSequence };
    }
    case 'submit':
    case 'cancel':
    case 'progress':
    case 'result':
    case 'fail':
    case 'assign':
    case 'revoke':
    case 'accept':
    case 'reject':
    case 'agree':
      return applyJobCommand(context.machine.ledger, context, command);
    default:
      throw new Error(`unreachable: ${(command satisfies never as Command).type}`);
  }
}

function appealOf(context: Context): CommandResult {
  const reputation = context.machine.reputations.get(context.peer);
  if (reputation === undefined) return refused('unknown');
  const answer = appeal(reputation, context.machine.clockMs);
  return answer === 'too-early' ? refused('too-early') : OK;
}
