/** What replicas say to each other, as bytes. Tags are for ever: never reuse one. */
import type { Configuration, Entry, Message } from '../consensus/message.ts';
import {
  bool,
  keptBytes,
  list,
  struct,
  union,
  unionGrammar,
  varint,
  type Codec,
  type VariantTable,
} from './codec.ts';
import { peerId } from './commands.ts';
import { COMMAND_BYTES_MAX, ENTRIES_MAX, FRAME_BYTES_MAX, MEMBERS_WIRE_MAX } from './limits.ts';

const ids = list(peerId, MEMBERS_WIRE_MAX);
const configuration = struct<Configuration>(
  { voters: ids, votersOutgoing: ids, learners: ids },
  'Configuration',
);

const ENTRIES: VariantTable<Entry> = {
  command: {
    tag: 0,
    fields: { index: varint, term: varint, command: keptBytes(COMMAND_BYTES_MAX) },
  },
  'no-op': { tag: 1, fields: { index: varint, term: varint } },
  configuration: { tag: 2, fields: { index: varint, term: varint, configuration } },
};
export const entry: Codec<Entry> = union('Entry', ENTRIES);
const entries = list(entry, ENTRIES_MAX);

/** -1 (refused) .. 2^53 - 2: shifted by one. */
const indexOrNone: Codec<number> = {
  grammar: 'int - 1',
  write: (writer, value) => varint.write(writer, value + 1),
  read: (reader) => varint.read(reader) - 1,
};

const header = { from: peerId, to: peerId, term: varint };
const last = { lastIndex: varint, lastTerm: varint };

const MESSAGES: VariantTable<Message> = {
  'pre-vote': { tag: 0, fields: { ...header, ...last } },
  'pre-vote-reply': { tag: 1, fields: { ...header, granted: bool } },
  vote: { tag: 2, fields: { ...header, ...last, transfer: bool } },
  'vote-reply': { tag: 3, fields: { ...header, granted: bool } },
  append: {
    tag: 4,
    fields: {
      ...header,
      previousIndex: varint,
      previousTerm: varint,
      entries,
      commit: varint,
      round: varint,
    },
  },
  'append-accepted': { tag: 5, fields: { ...header, match: varint, round: varint } },
  'append-rejected': {
    tag: 6,
    fields: {
      ...header,
      previousIndex: varint,
      hintIndex: varint,
      hintTerm: varint,
      round: varint,
    },
  },
  heartbeat: { tag: 7, fields: { ...header, commit: varint, round: varint } },
  'heartbeat-reply': { tag: 8, fields: { ...header, round: varint } },
  snapshot: {
    tag: 9,
    fields: {
      ...header,
      index: varint,
      snapshotTerm: varint,
      configuration,
      totalBytes: varint,
      offset: varint,
      bytes: keptBytes(FRAME_BYTES_MAX),
      round: varint,
    },
  },
  'snapshot-reply': {
    tag: 10,
    fields: { ...header, index: varint, offset: varint, round: varint },
  },
  read: { tag: 11, fields: { ...header, ticket: varint } },
  'read-reply': { tag: 12, fields: { ...header, ticket: varint, index: indexOrNone } },
  'timeout-now': { tag: 13, fields: { ...header } },
  fenced: { tag: 14, fields: { ...header } },
};

export const message: Codec<Message> = union('Message', MESSAGES);

/** For the README (grammar.ts). */
export const MESSAGE_GRAMMAR = unionGrammar(MESSAGES);
export const ENTRY_GRAMMAR = unionGrammar(ENTRIES);
