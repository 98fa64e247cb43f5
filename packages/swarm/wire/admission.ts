/**
 * What a link's frames may claim: a command is its sender's own, and only who showed the room
 * key's voucher is vouched for. Everything behind here believes what it is told.
 */
import type { Command, PeerId, Proposal } from '../state-machine/command.ts';
import type { Frame } from './frame.ts';
import { isVouchedFor, type Room } from './room-key.ts';

/** `NodeInfo.vouchedBy` of whoever has the room key's voucher. */
export const VOUCHED_BY_ROOM = 'room';
const VOUCHED_MAX = 4_096;

/**
 * Who the room's key vouches for, as far as this peer was shown: consensus asks `has`. A peer greets
 * itself first, with its own voucher, or its replica counts its own vote as a stranger's.
 */
export class Vouchers {
  readonly #room: Room;
  readonly #vouched = new Set<PeerId>();

  constructor(room: Room) {
    this.#room = room;
  }

  has(peer: PeerId): boolean {
    return this.#vouched.has(peer);
  }

  /** The first frame of every link; a voucher that is none leaves its bearer a stranger. */
  async greeted(sender: PeerId, voucher: Uint8Array | null): Promise<boolean> {
    if (this.has(sender)) return true;
    if (voucher === null || this.#vouched.size >= VOUCHED_MAX) return false;
    const isGenuine = await isVouchedFor(this.#room, sender, voucher);
    if (isGenuine) this.#vouched.add(sender);
    return isGenuine;
  }
}

/** What the leader proposes for a request: in the name of who sealed its frame, whoever that is. */
export function proposalOf(
  request: Omit<Extract<Frame, { type: 'request' }>, 'type' | 'ticket'>,
  from: { readonly sender: PeerId; readonly isVouched: boolean; readonly atMs: number },
): Proposal {
  const { session, sequence, command } = request;
  const { sender: peer, isVouched, atMs } = from;
  return { atMs, peer, session, sequence, command: vouched(command, isVouched) };
}

function vouched(command: Command, isVouched: boolean): Command {
  if (command.type !== 'join' && command.type !== 'info') return command;
  const vouchedBy = isVouched ? VOUCHED_BY_ROOM : '';
  return { ...command, info: { ...command.info, vouchedBy } };
}
