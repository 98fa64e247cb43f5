/**
 * The whole state as bytes, and back. Canonical: replicas with equal states have equal bytes, so
 * a hash of them compares replicas. Maps keep their order (state.ts), which is part of the state.
 */
import type { Attempt, Job } from '../jobs/job.ts';
import { isFinal } from '../jobs/job.ts';
import { jobBytes } from '../jobs/ledger.ts';
import type { PeerRecord } from '../jobs/peer-record.ts';
import type { Reputation } from '../trust/reputation.ts';
import {
  bool,
  decode,
  encode,
  f64,
  list,
  optional,
  struct,
  text,
  union,
  varint,
  word,
  type Codec,
} from '../wire/codec.ts';
import {
  attemptPurpose,
  commandResult,
  hash,
  jobSpec,
  nodeInfo,
  payload,
  peerId,
  serviceRecord,
} from '../wire/commands.ts';
import { NAME_CHARS_MAX, REASON_CHARS_MAX } from '../wire/limits.ts';
import { inLock } from './locks.ts';
import { dueMsOf } from './machine.ts';
import { serviceBytes } from './members.ts';
import type { MachineRules } from './rules.ts';
import {
  createMachine,
  type Lock,
  type Machine,
  type MachineEvent,
  type Member,
  type Value,
} from './state.ts';
import { valueBytes } from './values.ts';

const FORMAT_VERSION = 4;
const COUNT_MAX = 65_536; // every table's own limit is below

const name = text(NAME_CHARS_MAX);
const jobState = word([
  'waiting',
  'queued',
  'running',
  'verifying',
  'done',
  'failed',
  'cancelled',
  'expired',
]);
const liveness = word(['alive', 'suspect', 'dead']);

/** Infinity, `never`, is the absence of a number on the wire. */
const due: Codec<number> = {
  grammar: 'int?',
  write: (writer, value) => optional(varint).write(writer, value === Infinity ? null : value),
  read: (reader) => optional(varint).read(reader) ?? Infinity,
};

const member = struct<Member>({
  peer: peerId,
  session: varint,
  joinedAtMs: varint,
  info: nodeInfo,
  liveness,
  lastSequence: varint,
  answers: list(struct({ sequence: varint, result: commandResult }), COUNT_MAX) as Codec<
    Member['answers']
  >,
});

const service = struct<{ owner: string; record: Parameters<typeof serviceRecord.write>[1] }>({
  owner: peerId,
  record: serviceRecord,
});

const lock = struct<Lock>({
  name,
  holder: optional(struct({ peer: peerId, token: varint, expiresAtMs: varint })),
  waiters: list(struct({ peer: peerId, ttlMs: varint }), COUNT_MAX) as Codec<Lock['waiters']>,
});

const value = struct<{ key: string } & Value>({
  key: name,
  value: payload,
  token: varint,
  lock: name,
  owner: peerId,
});

const stamp = { sequence: varint, atMs: varint };
const event: Codec<MachineEvent> = union<MachineEvent>('Event', {
  published: { tag: 0, fields: { ...stamp, topic: name, peer: peerId, payload } },
  member: {
    tag: 1,
    fields: {
      ...stamp,
      peer: peerId,
      change: word(['joined', 'left', 'alive', 'suspect', 'dead']),
    },
  },
  service: {
    tag: 2,
    fields: { ...stamp, instance: name, change: word(['registered', 'gone']) },
  },
  lock: {
    tag: 3,
    fields: {
      ...stamp,
      lock: name,
      peer: peerId,
      token: varint,
      change: word(['granted', 'released', 'expired']),
    },
  },
  job: { tag: 4, fields: { ...stamp, job: name, state: jobState } },
  attempt: {
    tag: 5,
    fields: {
      ...stamp,
      job: name,
      peer: peerId,
      token: varint,
      change: word(['assigned', 'ended']),
    },
  },
});

const attempt = struct<Attempt>({
  token: varint,
  peer: peerId,
  purpose: attemptPurpose,
  startedAtMs: varint,
  share: f64,
  result: optional(struct({ hash, atMs: varint, passedAt: varint })),
});

const job = struct<Job>({
  spec: jobSpec,
  submittedBy: peerId,
  order: varint,
  submittedAtMs: varint,
  deadlineMs: due,
  state: jobState,
  notBeforeMs: varint,
  failures: varint,
  ownFailures: varint,
  losses: varint,
  attempts: list(attempt, COUNT_MAX) as Codec<Attempt[]>,
  accepted: optional(struct({ token: varint, peer: peerId, hash })),
  reason: text(REASON_CHARS_MAX),
});

const peerRecord = struct<{ peer: string } & PeerRecord>({
  peer: peerId,
  finished: varint,
  failed: varint,
  failuresInARow: varint,
  openUntilMs: varint,
  meanMs: f64,
  weight: f64,
  sumX: f64,
  sumY: f64,
  sumXX: f64,
  sumXY: f64,
});

const reputation = struct<{ peer: string } & Reputation>({
  peer: peerId,
  passed: varint,
  failed: varint,
  suspicion: varint,
  credit: varint,
  standing: word(['good', 'quarantined']),
  quarantinedAtMs: varint,
  appeals: varint,
});

type Picture = {
  version: number;
  clockMs: number;
  index: number;
  epoch: number;
  eventSequence: number;
  members: readonly Member[];
  services: readonly { owner: string; record: Parameters<typeof serviceRecord.write>[1] }[];
  locks: readonly Lock[];
  values: readonly ({ key: string } & Value)[];
  events: readonly MachineEvent[];
  jobs: readonly Job[];
  open: readonly string[]; // in their order, which is not that of `jobs`
  finished: readonly string[];
  peers: readonly ({ peer: string } & PeerRecord)[];
  reputations: readonly ({ peer: string } & Reputation)[];
  complete: boolean;
};

const picture = struct<Picture>({
  version: varint,
  clockMs: varint,
  index: varint,
  epoch: varint,
  eventSequence: varint,
  members: list(member, COUNT_MAX),
  services: list(service, COUNT_MAX),
  locks: list(lock, COUNT_MAX),
  values: list(value, COUNT_MAX),
  events: list(event, COUNT_MAX),
  jobs: list(job, COUNT_MAX),
  open: list(name, COUNT_MAX),
  finished: list(name, COUNT_MAX),
  peers: list(peerRecord, COUNT_MAX),
  reputations: list(reputation, COUNT_MAX),
  complete: bool,
});

export function encodeMachine(machine: Machine): Uint8Array<ArrayBuffer> {
  return encode(picture, {
    version: FORMAT_VERSION,
    clockMs: machine.clockMs,
    index: machine.index,
    epoch: machine.epoch,
    eventSequence: machine.eventSequence,
    members: [...machine.members.values()],
    services: [...machine.services.values()],
    locks: [...machine.locks.values()],
    values: Array.from(machine.values, ([key, of]) => ({ key, ...of })),
    events: machine.events,
    jobs: [...machine.ledger.jobs.values()],
    open: [...machine.ledger.open.keys()],
    finished: machine.ledger.finished,
    peers: Array.from(machine.ledger.peers, ([peer, of]) => ({ peer, ...of })),
    reputations: Array.from(machine.reputations, ([peer, of]) => ({ peer, ...of })),
    complete: true,
  });
}

export type DecodedMachine = { ok: true; machine: Machine } | { ok: false; reason: string };

/** `bytes` come from a disk or from the leader: unreadable ones are an answer, not an exception. */
export function decodeMachine(bytes: Uint8Array, rules: MachineRules): DecodedMachine {
  const machine = createMachine(rules);
  if (bytes.length === 0) return { ok: true, machine }; // the state before the first entry
  const decoded = decode(picture, bytes.slice()); // a copy: what is read are views of it
  if (!decoded.ok) return decoded;
  const { value: from } = decoded;
  if (from.version !== FORMAT_VERSION) return { ok: false, reason: 'unknown-version' };
  machine.clockMs = from.clockMs;
  machine.index = from.index;
  machine.epoch = from.epoch;
  machine.eventSequence = from.eventSequence;
  machine.events = [...from.events];
  for (const one of from.members) machine.members.set(one.peer, one);
  for (const one of from.services) machine.services.set(one.record.instance, one);
  for (const one of from.locks) machine.locks.set(one.name, one);
  for (const { key, ...of } of from.values) machine.values.set(key, of);
  for (const { peer, ...of } of from.reputations) machine.reputations.set(peer, of);
  restoreLedger(machine, from);
  restoreHoldings(machine);
  machine.dueMs = dueMsOf(machine);
  return { ok: true, machine };
}

function restoreLedger({ ledger }: Machine, from: Picture): void {
  ledger.finished = [...from.finished];
  for (const one of from.jobs) ledger.jobs.set(one.spec.job, one);
  for (const id of from.open) {
    const one = ledger.jobs.get(id);
    if (one === undefined || isFinal(one.state)) continue;
    ledger.open.set(id, one);
  }
  for (const { peer, ...of } of from.peers) ledger.peers.set(peer, of);
}

function restoreHoldings({ holdings, ledger, services, locks, values }: Machine): void {
  for (const { spec, submittedBy } of ledger.open.values())
    holdings.add('jobs', submittedBy, jobBytes(spec));
  for (const { owner, record } of services.values())
    holdings.add('services', owner, serviceBytes(record));
  for (const one of locks.values())
    for (const { peer, bytes } of inLock(one)) holdings.add('locks', peer, bytes);
  for (const [key, one] of values) holdings.add('values', one.owner, valueBytes(key, one));
}
