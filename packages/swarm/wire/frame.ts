/**
 * One frame of a link: what is said (`encodeFrame`), and the same sealed by its sender's Ed25519
 * key for one recipient in one room (`sealFrame`):
 *
 *   version u8, room byte[16], sender byte[32], recipient byte[32], Frame, signature byte[64]
 *
 * The signature covers everything before it. A frame of another room, version or sender, or to
 * another recipient, never opens: else a leader's answer to one member, passed on, would answer the
 * question of another. A repeated one opens, and every layer above takes repeats; so a `ticket` is
 * never used twice by one peer, across its restarts too.
 */
import type { EpochCertificate } from '../consensus/epoch.ts';
import type { Message } from '../consensus/message.ts';
import type { DocumentMessage, UpdateId } from '../document/message.ts';
import type { Command, CommandResult, PeerId } from '../state-machine/command.ts';
import { Reader, Writer, type ReadFailure } from './buffer.ts';
import {
  bool,
  bytes,
  decode,
  encode,
  f64,
  fixed,
  list,
  optional,
  struct,
  union,
  unionGrammar,
  varint,
  type Codec,
  type Decoded,
  type VariantTable,
} from './codec.ts';
import { command, commandResult, name, peerId } from './commands.ts';
import { keyOf, peerOf, verify, type Identity } from './identity.ts';
import {
  DIGEST_BYTES,
  FRAME_BYTES_MAX,
  MEMBERS_WIRE_MAX,
  PART_BYTES_MAX,
  PRESENCE_BYTES_MAX,
  ROOM_BYTES,
  SIGNATURE_BYTES,
  STATE_VECTOR_BYTES_MAX,
  UPDATE_BYTES_MAX,
  UPDATE_IDS_MAX,
} from './limits.ts';
import { message } from './messages.ts';

export type Frame =
  | { readonly type: 'raft'; readonly message: Message }
  /** A member's command to the leader, under its session. */
  | {
      readonly type: 'request';
      readonly ticket: number;
      readonly session: number;
      readonly sequence: number;
      readonly command: Command;
    }
  | { readonly type: 'reply'; readonly ticket: number; readonly result: CommandResult }
  /** Not me: `leader` is, as far as I know ('' when nobody is known); nothing was applied. */
  | { readonly type: 'redirect'; readonly ticket: number; readonly leader: PeerId }
  /** I am here, so busy: at least every heartbeat interval. */
  | { readonly type: 'alive'; readonly loadShare: number }
  | { readonly type: 'document'; readonly document: string; readonly message: DocumentMessage }
  /** A new epoch, signed by the room's key. */
  | {
      readonly type: 'epoch';
      readonly certificate: EpochCertificate;
      readonly signature: Uint8Array;
    }
  /** First on every link: who the room's key vouches for says so (room-key.ts). */
  | { readonly type: 'greeting'; readonly voucher: Uint8Array | null }
  /** I lead, and take nothing now: nothing was applied. Come back then, give or take a half of it. */
  | { readonly type: 'busy'; readonly ticket: number; readonly afterMs: number };

const updateId = struct<UpdateId>({ origin: peerId, sequence: varint }, 'UpdateId');
const ids = list(updateId, UPDATE_IDS_MAX);
const signature = fixed(SIGNATURE_BYTES);

const DOCUMENT_MESSAGES: VariantTable<DocumentMessage> = {
  update: {
    tag: 0,
    fields: { origin: peerId, sequence: varint, bytes: bytes(UPDATE_BYTES_MAX), signature },
  },
  have: { tag: 1, fields: { ids } },
  graft: { tag: 2, fields: { ids } },
  prune: { tag: 3, fields: {} },
  hello: {
    tag: 4,
    fields: {
      isReply: bool,
      digest: fixed(DIGEST_BYTES),
      stateVector: bytes(STATE_VECTOR_BYTES_MAX),
    },
  },
  part: {
    tag: 5,
    fields: {
      transfer: varint,
      totalBytes: varint,
      offset: varint,
      bytes: bytes(PART_BYTES_MAX),
    },
  },
  more: { tag: 6, fields: { transfer: varint, offset: varint } },
  stop: { tag: 7, fields: { transfer: varint } },
  presence: {
    tag: 8,
    fields: {
      peer: peerId,
      clock: varint,
      state: optional(bytes(PRESENCE_BYTES_MAX)),
      signature,
    },
  },
};

const members = list(peerId, MEMBERS_WIRE_MAX);
export const epochCertificate = struct<EpochCertificate>(
  { epoch: varint, baseIndex: varint, baseTerm: varint, voters: members, learners: members },
  'EpochCertificate',
);

const FRAMES: VariantTable<Frame> = {
  raft: { tag: 0, fields: { message } },
  request: { tag: 1, fields: { ticket: varint, session: varint, sequence: varint, command } },
  reply: { tag: 2, fields: { ticket: varint, result: commandResult } },
  redirect: { tag: 3, fields: { ticket: varint, leader: peerId } },
  alive: { tag: 4, fields: { loadShare: f64 } },
  document: {
    tag: 5,
    fields: {
      document: name,
      message: union('DocumentMessage', DOCUMENT_MESSAGES),
    },
  },
  epoch: { tag: 6, fields: { certificate: epochCertificate, signature } },
  greeting: { tag: 7, fields: { voucher: optional(signature) } },
  busy: { tag: 8, fields: { ticket: varint, afterMs: varint } },
};

const frame: Codec<Frame> = union('Frame', FRAMES);

export function encodeFrame(value: Frame): Uint8Array<ArrayBuffer> {
  return encode(frame, value);
}

export function decodeFrame(value: Uint8Array): Decoded<Frame> {
  if (value.length > FRAME_BYTES_MAX) return { ok: false, reason: 'too-large' };
  return decode(frame, value);
}

export const WIRE_VERSION = 1;
const KEY_BYTES = 32;
const HEADER_BYTES = 1 + ROOM_BYTES + 2 * KEY_BYTES;

/** Who it is for, and where. */
export type Envelope = { readonly room: Uint8Array; readonly to: PeerId };

/**
 * Throws RangeError where the frame breaks a cap, with its signature the 64 KiB of a message, and
 * where `to` is no identity.
 */
export async function sealFrame(
  identity: Identity,
  { room, to }: Envelope,
  value: Frame,
): Promise<Uint8Array<ArrayBuffer>> {
  const recipient = keyOf(to);
  if (recipient === null) throw new RangeError(`cannot seal for '${to}': that is no identity`);
  const writer = new Writer();
  writer.u8(WIRE_VERSION);
  writer.raw(room.subarray(0, ROOM_BYTES));
  writer.raw(identity.publicKey);
  writer.raw(recipient);
  frame.write(writer, value);
  const size = writer.length + SIGNATURE_BYTES;
  if (size > FRAME_BYTES_MAX) {
    throw new RangeError(`cannot seal: ${size} bytes, at most ${FRAME_BYTES_MAX} fit; split it`);
  }
  const signed = writer.finish();
  writer.raw(await identity.sign(signed));
  return writer.finish();
}

export type Opened =
  | { ok: true; sender: PeerId; frame: Frame }
  | {
      ok: false;
      reason:
        | ReadFailure
        | 'other-version'
        | 'other-room'
        | 'other-recipient'
        | 'impostor'
        | 'bad-signature';
    };

/**
 * `to` is who opens it. Decoding comes before the signature: it is a fiftieth of the work, and refuses
 * most garbage.
 */
export async function openFrame({ room, to }: Envelope, sealed: Uint8Array): Promise<Opened> {
  if (sealed.length > FRAME_BYTES_MAX) return { ok: false, reason: 'too-large' };
  const signedBytes = sealed.length - SIGNATURE_BYTES;
  if (signedBytes < HEADER_BYTES) return { ok: false, reason: 'truncated' };
  const reader = new Reader(sealed.subarray(0, signedBytes));
  if (reader.u8() !== WIRE_VERSION) return { ok: false, reason: 'other-version' };
  const named = reader.raw(ROOM_BYTES);
  if (named.some((byte, i) => byte !== room[i])) return { ok: false, reason: 'other-room' };
  const publicKey = reader.raw(KEY_BYTES);
  if (peerOf(reader.raw(KEY_BYTES)) !== to) return { ok: false, reason: 'other-recipient' };
  const value = frame.read(reader);
  if (reader.failure === null && reader.remaining > 0) reader.fail('trailing');
  if (reader.failure !== null) return { ok: false, reason: reader.failure };
  const sender = peerOf(publicKey);
  // Whoever speaks of itself must be itself.
  if (value.type === 'raft' && value.message.from !== sender) {
    return { ok: false, reason: 'impostor' };
  }
  const genuine = await verify(sender, {
    signed: sealed.subarray(0, signedBytes),
    signature: sealed.subarray(signedBytes),
  });
  return genuine ? { ok: true, sender, frame: value } : { ok: false, reason: 'bad-signature' };
}

/** For the README (grammar.ts). */
export const FRAME_GRAMMAR = unionGrammar(FRAMES);
export const DOCUMENT_GRAMMAR = unionGrammar(DOCUMENT_MESSAGES);
