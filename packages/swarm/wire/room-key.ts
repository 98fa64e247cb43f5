/**
 * What the room's key signs: who is vouched for (only those vote), and new epochs. The room's key
 * is an identity like any other; its holder is the host, or the relay.
 */
import type { EpochCertificate } from '../consensus/epoch.ts';
import type { PeerId } from '../state-machine/command.ts';
import { encode, fixed, struct, word } from './codec.ts';
import { peerId } from './commands.ts';
import { epochCertificate } from './frame.ts';
import { verify, type Identity } from './identity.ts';
import { ROOM_BYTES } from './limits.ts';

/** The purpose comes first: a signature given for one end never serves the other. */
const PURPOSES = ['voucher', 'epoch'] as const;
const purpose = word(PURPOSES);
const room = fixed(ROOM_BYTES);

const voucher = struct<{ purpose: 'voucher' | 'epoch'; room: Uint8Array; peer: PeerId }>({
  purpose,
  room,
  peer: peerId,
});

const opening = struct<{
  purpose: 'voucher' | 'epoch';
  room: Uint8Array;
  certificate: EpochCertificate;
}>({ purpose, room, certificate: epochCertificate });

export type Room = { readonly id: Uint8Array; readonly key: PeerId };

export async function signVoucher(
  roomKey: Identity,
  room: Uint8Array,
  peer: PeerId,
): Promise<Uint8Array> {
  return roomKey.sign(encode(voucher, { purpose: 'voucher', room, peer }));
}

export async function isVouchedFor(
  room: Room,
  peer: PeerId,
  signature: Uint8Array,
): Promise<boolean> {
  const signed = encode(voucher, { purpose: 'voucher', room: room.id, peer });
  return verify(room.key, { signed, signature });
}

export async function signEpoch(
  roomKey: Identity,
  room: Uint8Array,
  certificate: EpochCertificate,
): Promise<Uint8Array> {
  return roomKey.sign(encode(opening, { purpose: 'epoch', room, certificate }));
}

export async function isEpochOf(
  room: Room,
  certificate: EpochCertificate,
  signature: Uint8Array,
): Promise<boolean> {
  const signed = encode(opening, { purpose: 'epoch', room: room.id, certificate });
  return verify(room.key, { signed, signature });
}
