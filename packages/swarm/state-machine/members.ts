/** Who is in the room, what each can do, who answers; and the registry of what they offer. */
import { endAttemptsOf } from '../jobs/ledger.ts';
import {
  OK,
  refused,
  type Command,
  type CommandResult,
  type NodeInfo,
  type PeerId,
  type ServiceRecord,
} from './command.ts';
import { releaseAllOf } from './locks.ts';
import { MEMBERS_MAX, SERVICES_MAX, type Context, type Machine, type Service } from './state.ts';

/**
 * Joining again starts a new session and drops what the old one held: the peer forgot it. A
 * repeated `join` (the answer was lost) is therefore safe, and only costs that.
 */
export function join(context: Context, info: NodeInfo): CommandResult {
  // With its epoch, like a token: the same index in a history that was lost is another session.
  const { machine, peer, token: session } = context;
  const old = machine.members.get(peer);
  if (old === undefined && machine.members.size >= MEMBERS_MAX) return refused('full');
  if (old !== undefined) dropWorkOf(context, peer);
  machine.members.set(peer, {
    peer,
    session,
    joinedAtMs: machine.clockMs,
    info,
    liveness: 'alive',
    lastSequence: 0,
    answers: [],
  });
  context.emit({ type: 'member', peer, change: 'joined' });
  return { type: 'joined', session };
}

/** A stranger cannot vouch for itself later: only `join` says who vouches. */
export function updateInfo(context: Context, info: NodeInfo): CommandResult {
  const member = context.machine.members.get(context.peer)!;
  member.info = { ...info, vouchedBy: member.info.vouchedBy };
  return OK;
}

export function leave(context: Context, peer: PeerId): CommandResult {
  if (!context.machine.members.has(peer)) return refused('unknown');
  dropWorkOf(context, peer);
  context.machine.members.delete(peer);
  context.machine.ledger.peers.delete(peer);
  context.emit({ type: 'member', peer, change: 'left' });
  return OK;
}

/** Only transitions are replicated; who decides them is liveness.ts, on the leader. */
export function setLiveness(context: Context, command: Extract<Command, { type: 'liveness' }>) {
  const member = context.machine.members.get(command.member);
  if (member === undefined) return refused('unknown');
  if (member.liveness === command.to) return OK;
  member.liveness = command.to;
  context.emit({ type: 'member', peer: member.peer, change: command.to });
  if (command.to === 'dead' && context.machine.rules.deadLoseTheirWork) {
    dropWorkOf(context, member.peer);
  }
  return OK;
}

function dropWorkOf(context: Context, peer: PeerId): void {
  const { machine } = context;
  releaseAllOf(context, peer);
  for (const service of machine.services.values()) {
    if (service.owner === peer) removeService(context, service.record.instance);
  }
  endAttemptsOf(machine.ledger, context, peer);
}

export function register(context: Context, record: ServiceRecord): CommandResult {
  const { machine, peer } = context;
  const old = machine.services.get(record.instance);
  if (old !== undefined && old.owner !== peer) return refused('not-owner');
  if (old === undefined && machine.services.size >= SERVICES_MAX) return refused('full');
  machine.services.set(record.instance, { owner: peer, record });
  context.emit({ type: 'service', instance: record.instance, change: 'registered' });
  return OK;
}

export function deregister(context: Context, instance: string): CommandResult {
  const old = context.machine.services.get(instance);
  if (old === undefined) return refused('unknown');
  if (old.owner !== context.peer) return refused('not-owner');
  removeService(context, instance);
  return OK;
}

function removeService(context: Context, instance: string): void {
  context.machine.services.delete(instance);
  context.emit({ type: 'service', instance, change: 'gone' });
}

export type Discovery = {
  readonly service?: string;
  readonly capabilities?: readonly string[]; // all of them
  readonly metadata?: ReadonlyMap<string, string>; // every pair
};

/** Services of members that are alive and in good standing, in order of registration. */
export function discover(machine: Machine, wanted: Discovery): Service[] {
  return [...machine.services.values()].filter(({ owner, record }) => {
    if (machine.members.get(owner)?.liveness !== 'alive') return false;
    if (machine.reputations.get(owner)?.standing === 'quarantined') return false;
    if (wanted.service !== undefined && record.service !== wanted.service) return false;
    const pairs = [...(wanted.metadata ?? [])];
    return (
      (wanted.capabilities ?? []).every((tag) => record.capabilities.includes(tag)) &&
      pairs.every(([key, value]) => record.metadata.get(key) === value)
    );
  });
}
