/** Who is in the room, what each can do, who answers; and the registry of what they offer. */
import { cancelJobsOf, endAttemptsOf } from '../jobs/ledger.ts';
import { forgetOldest } from '../trust/reputation.ts';
import {
  OK,
  refused,
  type Command,
  type CommandResult,
  type NodeInfo,
  type PeerId,
  type ServiceRecord,
} from './command.ts';
import { STRANGERS_SHARE, textBytes, textsBytes } from './holdings.ts';
import { releaseAllOf } from './locks.ts';
import { MEMBERS_MAX, type Context, type Machine, type Service } from './state.ts';
import { dropValuesOf } from './values.ts';

/**
 * Joining again starts a new session and drops what the old one held: the peer forgot it. A
 * repeated `join` (the answer was lost) is therefore safe, and only costs that.
 */
export function join(context: Context, info: NodeInfo): CommandResult {
  // With its epoch, like a token: the same index in a history that was lost is another session.
  const { machine, peer, token: session } = context;
  const old = machine.members.get(peer);
  if (old === undefined && !hasPlace(machine, info)) return refused('full');
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

/** Strangers are many for whoever wants it: half of the places are not for them. */
function hasPlace({ members }: Machine, { vouchedBy }: NodeInfo): boolean {
  if (members.size >= MEMBERS_MAX) return false;
  if (vouchedBy !== '') return true;
  let strangers = 0;
  for (const { info } of members.values()) if (info.vouchedBy === '') strangers++;
  return strangers < MEMBERS_MAX * STRANGERS_SHARE;
}

/** A stranger cannot vouch for itself later: only `join` says who vouches. */
export function updateInfo(context: Context, info: NodeInfo): CommandResult {
  const member = context.machine.members.get(context.peer)!;
  member.info = { ...info, vouchedBy: member.info.vouchedBy };
  return OK;
}

/** Gone for good: what it asked for is cancelled, pinned jobs too, for nobody waits for it. */
export function leave(context: Context, peer: PeerId): CommandResult {
  const { machine } = context;
  const { members, ledger, reputations } = machine;
  if (!members.has(peer)) return refused('unknown');
  dropWorkOf(context, peer);
  cancelJobsOf(ledger, context, peer);
  if (machine.holdings.isStranger(peer)) dropValuesOf(machine, peer);
  members.delete(peer);
  ledger.peers.delete(peer);
  forgetOldest(reputations, (one) => members.has(one));
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
    if (service.owner === peer) removeService(context, service);
  }
  endAttemptsOf(machine.ledger, context, peer);
}

export function register(context: Context, record: ServiceRecord): CommandResult {
  const { machine, peer } = context;
  const old = machine.services.get(record.instance);
  if (old !== undefined && old.owner !== peer) return refused('not-owner');
  const { holdings } = machine;
  if (old !== undefined) holdings.remove('services', peer, serviceBytes(old.record));
  const reason = holdings.whyNot('services', peer, serviceBytes(record));
  if (reason !== null) {
    if (old !== undefined) holdings.add('services', peer, serviceBytes(old.record));
    return refused(reason);
  }
  holdings.add('services', peer, serviceBytes(record));
  machine.services.set(record.instance, { owner: peer, record });
  context.emit({ type: 'service', instance: record.instance, change: 'registered' });
  return OK;
}

export function deregister(context: Context, instance: string): CommandResult {
  const old = context.machine.services.get(instance);
  if (old === undefined) return refused('unknown');
  if (old.owner !== context.peer) return refused('not-owner');
  removeService(context, old);
  return OK;
}

const RECORD_BYTES = 72;
export const serviceBytes = (record: ServiceRecord): number =>
  RECORD_BYTES +
  textsBytes([record.instance, record.service, record.address]) +
  textsBytes(record.capabilities) +
  [...record.metadata].reduce((sum, [key, of]) => sum + textBytes(key) + textBytes(of), 0);

function removeService(context: Context, { owner, record }: Service): void {
  const { instance } = record;
  context.machine.holdings.remove('services', owner, serviceBytes(record));
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
