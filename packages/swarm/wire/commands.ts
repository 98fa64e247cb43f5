/** The state machine's commands and answers as bytes. Tags are for ever: never reuse one. */
import type { JobSpec } from '../jobs/command.ts';
import type { Budget } from '../jobs/budget.ts';
import type {
  Command,
  CommandResult,
  NodeInfo,
  Proposal,
  Refusal,
  ServiceRecord,
} from '../state-machine/command.ts';
import {
  bool,
  bytes,
  decode,
  dictionary,
  encode,
  f64,
  fixed,
  list,
  named,
  optional,
  struct,
  structLine,
  text,
  u8,
  union,
  unionGrammar,
  varint,
  word,
  type Codec,
  type Decoded,
  type FieldCodecs,
  type VariantTable,
} from './codec.ts';
import {
  ADDRESS_CHARS_MAX,
  EVENT_BYTES_MAX,
  HASH_BYTES,
  METADATA_CHARS_MAX,
  METADATA_MAX,
  NAME_CHARS_MAX,
  PAYLOAD_BYTES_MAX,
  PEER_CHARS_MAX,
  REASON_CHARS_MAX,
  TAG_CHARS_MAX,
  TAGS_MAX,
} from './limits.ts';

export const peerId = named('Peer', text(PEER_CHARS_MAX));
export const name = named('Name', text(NAME_CHARS_MAX));
const tag = named('Tag', text(TAG_CHARS_MAX));
const tags = named('Tags', list(tag, TAGS_MAX));
export const payload = bytes(PAYLOAD_BYTES_MAX);
export const hash = fixed(HASH_BYTES);
const reason = text(REASON_CHARS_MAX);
const liveness = word(['alive', 'suspect', 'dead']);

const budget = struct<Budget>({
  computeShare: f64,
  memoryBytes: varint,
  batteryShare: f64,
  hidden: bool,
});

const NODE_INFO: FieldCodecs<NodeInfo> = {
  kind: word(['relay', 'tab', 'headless']),
  capabilities: tags,
  vouchedBy: peerId,
  speedPerSecond: f64,
  loadShare: f64,
  slots: varint,
  adapterClass: tag,
  budget,
};
export const nodeInfo = struct(NODE_INFO, 'NodeInfo');

const SERVICE_RECORD: FieldCodecs<ServiceRecord> = {
  instance: name,
  service: tag,
  capabilities: tags,
  metadata: dictionary(text(METADATA_CHARS_MAX), {
    keyCharsMax: TAG_CHARS_MAX,
    countMax: METADATA_MAX,
  }),
  address: text(ADDRESS_CHARS_MAX),
};
export const serviceRecord = struct(SERVICE_RECORD, 'ServiceRecord');

const JOB_SPEC: FieldCodecs<JobSpec> = {
  job: name,
  kind: tag,
  payload,
  priority: u8,
  capabilities: tags,
  costUnits: f64,
  memoryBytes: varint,
  deadlineInMs: varint,
  attemptsMax: u8,
  backoffMs: varint,
  lifetime: word(['burst', 'pinned']),
  acceptance: word(['first', 'checked']),
  comparator: tag,
};
export const jobSpec = struct(JOB_SPEC, 'JobSpec');

const guard = struct<{ lock: string; token: number }>({ lock: name, token: varint });
export const attemptPurpose = word(['first', 'hedge', 'replica']);

const COMMANDS: VariantTable<Command> = {
  tick: { tag: 0, fields: {} },
  join: { tag: 1, fields: { info: nodeInfo } },
  info: { tag: 2, fields: { info: nodeInfo } },
  leave: { tag: 3, fields: {} },
  remove: { tag: 4, fields: { member: peerId } },
  liveness: { tag: 5, fields: { member: peerId, to: liveness } },
  register: { tag: 6, fields: { record: serviceRecord } },
  deregister: { tag: 7, fields: { instance: name } },
  acquire: { tag: 8, fields: { lock: name, ttlMs: varint, wait: bool } },
  renew: { tag: 9, fields: { lock: name, token: varint, ttlMs: varint } },
  release: { tag: 10, fields: { lock: name, token: varint } },
  write: { tag: 11, fields: { key: name, value: payload, guard: optional(guard) } },
  publish: { tag: 12, fields: { topic: name, payload: bytes(EVENT_BYTES_MAX) } },
  submit: { tag: 13, fields: { spec: jobSpec } },
  cancel: { tag: 14, fields: { job: name } },
  progress: { tag: 15, fields: { job: name, token: varint, share: f64 } },
  result: { tag: 16, fields: { job: name, token: varint, hash } },
  fail: { tag: 17, fields: { job: name, token: varint, reason, retry: bool } },
  assign: { tag: 18, fields: { job: name, member: peerId, purpose: attemptPurpose } },
  revoke: { tag: 19, fields: { job: name, token: varint } },
  accept: { tag: 20, fields: { job: name, token: varint, audited: bool } },
  reject: { tag: 21, fields: { job: name, token: varint } },
  agree: { tag: 22, fields: { job: name, token: varint, replica: varint } },
  appeal: { tag: 23, fields: {} },
  delete: { tag: 24, fields: { key: name, guard: optional(guard) } },
};

/** Positions are the encoding: append only. */
const REFUSALS = [
  'not-a-member',
  'stale-session',
  'forgotten',
  'leader-only',
  'full',
  'not-owner',
  'unknown',
  'held',
  'stale-token',
  'conflict',
  'finished',
  'not-assignable',
  'no-result',
  'bad-cost',
  'too-early',
  'malformed',
  'over-share',
] as const satisfies readonly Refusal[];
/** A refusal that has no position is a type error here. */
const _complete: Exclude<Refusal, (typeof REFUSALS)[number]> extends never ? true : never = true;
void _complete;

const RESULTS: VariantTable<CommandResult> = {
  ok: { tag: 0, fields: {} },
  joined: { tag: 1, fields: { session: varint } },
  granted: { tag: 2, fields: { token: varint, expiresAtMs: varint } },
  waiting: { tag: 3, fields: { position: varint } },
  published: { tag: 4, fields: { sequence: varint } },
  assigned: { tag: 5, fields: { token: varint } },
  refused: { tag: 6, fields: { reason: word(REFUSALS) } },
};

export const command: Codec<Command> = union('Command', COMMANDS);
export const commandResult: Codec<CommandResult> = union('Result', RESULTS);

const PROPOSAL: FieldCodecs<Proposal> = {
  atMs: varint,
  peer: peerId,
  session: varint,
  sequence: varint,
  command,
};
const proposal = struct(PROPOSAL, 'Proposal');

/** The bytes of a log entry. Throws RangeError where the command breaks a cap of limits.ts. */
export function encodeProposal(value: Proposal): Uint8Array<ArrayBuffer> {
  return encode(proposal, value);
}

export function decodeProposal(value: Uint8Array): Decoded<Proposal> {
  return decode(proposal, value);
}

/** For the README (grammar.ts): what runs, printed. */
export const COMMAND_GRAMMAR = unionGrammar(COMMANDS);
export const RESULT_GRAMMAR = unionGrammar(RESULTS);
export const STRUCT_GRAMMAR = [
  structLine('Proposal', PROPOSAL),
  structLine('NodeInfo', NODE_INFO),
  structLine('ServiceRecord', SERVICE_RECORD),
  structLine('JobSpec', JOB_SPEC),
];
