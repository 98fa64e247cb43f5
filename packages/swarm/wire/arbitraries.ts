/** For tests: any message, entry and command that fits the caps, small ones mostly. */
import * as fc from 'fast-check';
import type { Configuration, Entry, Message } from '../consensus/message.ts';
import type { DocumentMessage } from '../document/message.ts';
import type { Command, NodeInfo, Proposal } from '../state-machine/command.ts';

const int = fc.oneof(fc.nat(300), fc.maxSafeNat());
const peer = fc.oneof(
  fc.string({ minLength: 1, maxLength: 16, unit: 'grapheme' }).filter((id) => id.length <= 64),
  fc.constantFrom('a', 'b', 'mZ3kq0'),
);
const name = fc.string({ maxLength: 20 });
const peers = fc.array(peer, { maxLength: 5 });
const blob = fc.uint8Array({ maxLength: 40 });
const number = fc
  .double({ noNaN: true, noDefaultInfinity: true })
  .map((value) => (value === 0 ? 0 : value));

const configuration: fc.Arbitrary<Configuration> = fc.record({
  voters: peers,
  votersOutgoing: peers,
  learners: peers,
});

const place = { index: int, term: int };
export const anyEntry: fc.Arbitrary<Entry> = fc.oneof(
  fc.record({ ...place, type: fc.constant('command' as const), command: blob }),
  fc.record({ ...place, type: fc.constant('no-op' as const) }),
  fc.record({ ...place, type: fc.constant('configuration' as const), configuration }),
);

const header = { from: peer, to: peer, term: int };
type Fields = Record<string, fc.Arbitrary<unknown>>;
function messageOf(type: Message['type'], fields: Fields) {
  return fc.record({ type: fc.constant(type), ...header, ...fields });
}

export const anyMessage = fc.oneof(
  messageOf('pre-vote', { lastIndex: int, lastTerm: int }),
  messageOf('pre-vote-reply', { granted: fc.boolean() }),
  messageOf('vote', { lastIndex: int, lastTerm: int, transfer: fc.boolean() }),
  messageOf('vote-reply', { granted: fc.boolean() }),
  messageOf('append', {
    previousIndex: int,
    previousTerm: int,
    entries: fc.array(anyEntry, { maxLength: 4 }),
    commit: int,
    round: int,
  }),
  messageOf('append-accepted', { match: int, round: int }),
  messageOf('append-rejected', {
    previousIndex: int,
    hintIndex: int,
    hintTerm: int,
    round: int,
  }),
  messageOf('heartbeat', { commit: int, round: int }),
  messageOf('heartbeat-reply', { round: int }),
  messageOf('snapshot', {
    index: int,
    snapshotTerm: int,
    configuration,
    totalBytes: int,
    offset: int,
    bytes: blob,
    round: int,
  }),
  messageOf('snapshot-reply', { index: int, offset: int, round: int }),
  messageOf('read', { ticket: int }),
  messageOf('read-reply', { ticket: int, index: fc.oneof(fc.constant(-1), fc.nat()) }),
  messageOf('timeout-now', {}),
  messageOf('fenced', {}),
) as fc.Arbitrary<Message>;

const nodeInfo: fc.Arbitrary<NodeInfo> = fc.record({
  kind: fc.constantFrom('relay' as const, 'tab' as const, 'headless' as const),
  capabilities: fc.array(name, { maxLength: 4 }),
  vouchedBy: peer,
  speedPerSecond: number,
  loadShare: number,
  slots: int,
  adapterClass: name,
  budget: fc.record({
    computeShare: number,
    memoryBytes: int,
    batteryShare: number,
    hidden: fc.boolean(),
  }),
});

const spec = fc.record({
  job: name,
  kind: name,
  payload: blob,
  priority: fc.nat(255),
  capabilities: fc.array(name, { maxLength: 3 }),
  costUnits: number,
  memoryBytes: int,
  deadlineInMs: int,
  attemptsMax: fc.nat(255),
  backoffMs: int,
  lifetime: fc.constantFrom('burst' as const, 'pinned' as const),
  acceptance: fc.constantFrom('first' as const, 'checked' as const),
  comparator: name,
});

const record = fc.record({
  instance: name,
  service: name,
  capabilities: fc.array(name, { maxLength: 3 }),
  metadata: fc.array(fc.tuple(name, name), { maxLength: 3 }).map((pairs) => new Map(pairs)),
  address: name,
});

function commandOf(type: Command['type'], fields: Fields) {
  return fc.record({ type: fc.constant(type), ...fields });
}

const guard = fc.option(fc.record({ lock: name, token: int }));
export const anyCommand = fc.oneof(
  commandOf('tick', {}),
  commandOf('join', { info: nodeInfo }),
  commandOf('info', { info: nodeInfo }),
  commandOf('leave', {}),
  commandOf('remove', { member: peer }),
  commandOf('liveness', { member: peer, to: fc.constantFrom('alive', 'suspect', 'dead') }),
  commandOf('register', { record }),
  commandOf('deregister', { instance: name }),
  commandOf('acquire', { lock: name, ttlMs: int, wait: fc.boolean() }),
  commandOf('renew', { lock: name, token: int, ttlMs: int }),
  commandOf('release', { lock: name, token: int }),
  commandOf('write', { key: name, value: blob, guard }),
  commandOf('publish', { topic: name, payload: blob }),
  commandOf('submit', { spec }),
  commandOf('cancel', { job: name }),
  commandOf('progress', { job: name, token: int, share: number }),
  commandOf('result', {
    job: name,
    token: int,
    hash: fc.uint8Array({ minLength: 32, maxLength: 32 }),
  }),
  commandOf('fail', { job: name, token: int, reason: name, retry: fc.boolean() }),
  commandOf('assign', {
    job: name,
    member: peer,
    purpose: fc.constantFrom('first', 'hedge', 'replica'),
  }),
  commandOf('revoke', { job: name, token: int }),
  commandOf('accept', { job: name, token: int, audited: fc.boolean() }),
  commandOf('reject', { job: name, token: int }),
  commandOf('agree', { job: name, token: int, replica: int }),
  commandOf('appeal', {}),
  commandOf('delete', { key: name, guard }),
) as fc.Arbitrary<Command>;

export const anyProposal: fc.Arbitrary<Proposal> = fc.record({
  atMs: int,
  peer,
  session: int,
  sequence: int,
  command: anyCommand,
});

const signature = fc.uint8Array({ minLength: 64, maxLength: 64 });
const ids = fc.array(fc.record({ origin: peer, sequence: int }), { maxLength: 4 });
function documentMessageOf(type: DocumentMessage['type'], fields: Fields) {
  return fc.record({ type: fc.constant(type), ...fields });
}

export const anyDocumentMessage = fc.oneof(
  documentMessageOf('update', { origin: peer, sequence: int, bytes: blob, signature }),
  documentMessageOf('have', { ids }),
  documentMessageOf('graft', { ids }),
  documentMessageOf('prune', {}),
  documentMessageOf('hello', {
    isReply: fc.boolean(),
    digest: fc.uint8Array({ minLength: 8, maxLength: 8 }),
    stateVector: blob,
  }),
  documentMessageOf('part', { transfer: int, totalBytes: int, offset: int, bytes: blob }),
  documentMessageOf('stop', { transfer: int }),
  documentMessageOf('more', { transfer: int, offset: int }),
  documentMessageOf('presence', { peer, clock: int, state: fc.option(blob), signature }),
) as fc.Arbitrary<DocumentMessage>;
