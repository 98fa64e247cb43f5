/**
 * What each peer makes the room keep, and how much it may. Names cost nothing: without shares one
 * peer, or one person under a thousand names, could fill a table and close the room to all others.
 * So of every table a peer that the room's key does not vouch for has a small share, all of those
 * together at most half, and who is vouched for at most three quarters.
 *
 * Bytes are what stands in a snapshot for it, at most: all tables full of the longest names still
 * fit the 64 MiB that a snapshot may have (held by a test), or nobody could ever compact again.
 */
import type { PeerId } from './command.ts';

const MIB = 2 ** 20;

export const TABLES = {
  jobs: { count: 32_768, bytes: 33 * MIB }, // open ones, by who submitted them
  services: { count: 4_096, bytes: 4 * MIB },
  locks: { count: 8_192, bytes: 2 * MIB }, // held or waited for
  values: { count: 4_096, bytes: 6 * MIB }, // by who wrote them last
} as const;
export type Table = keyof typeof TABLES;

/** Of count and of bytes: 256 jobs and 264 KiB, 32 services, 64 locks, 32 values and 48 KiB. */
const STRANGER_SHARE = 1 / 128;
export const STRANGERS_SHARE = 1 / 2;
const VOUCHED_SHARE = 3 / 4;

export type Held = { readonly count: number; readonly bytes: number };
const NOTHING: Held = { count: 0, bytes: 0 };

export class Holdings {
  /** Does the room's key not vouch for this member? Who is gone and left something was vouched for. */
  readonly isStranger: (peer: PeerId) => boolean;
  readonly #held: Readonly<Record<Table, Map<PeerId, Held>>> = {
    jobs: new Map(),
    services: new Map(),
    locks: new Map(),
    values: new Map(),
  };
  readonly #totals: Record<Table, Held> = {
    jobs: NOTHING,
    services: NOTHING,
    locks: NOTHING,
    values: NOTHING,
  };

  constructor(isStranger: (peer: PeerId) => boolean) {
    this.isStranger = isStranger;
  }

  of(table: Table, peer: PeerId): Held {
    return this.#held[table].get(peer) ?? NOTHING;
  }

  /** Why this peer may not hold one more of so many bytes; null: it may. */
  whyNot(table: Table, peer: PeerId, bytes: number): 'full' | 'over-share' | null {
    const more = { count: 1, bytes };
    const fits = (held: Held, share: number) => isWithin(plus(held, more), TABLES[table], share);
    if (!fits(this.#totals[table], 1)) return 'full';
    if (!this.isStranger(peer))
      return fits(this.of(table, peer), VOUCHED_SHARE) ? null : 'over-share';
    if (!fits(this.of(table, peer), STRANGER_SHARE)) return 'over-share';
    return fits(this.#ofStrangers(table), STRANGERS_SHARE) ? null : 'full';
  }

  #ofStrangers(table: Table): Held {
    let sum = NOTHING;
    for (const [peer, held] of this.#held[table]) if (this.isStranger(peer)) sum = plus(sum, held);
    return sum;
  }

  add(table: Table, peer: PeerId, bytes: number): void {
    this.#change(table, peer, { count: 1, bytes });
  }

  remove(table: Table, peer: PeerId, bytes: number): void {
    this.#change(table, peer, { count: -1, bytes: -bytes });
  }

  #change(table: Table, peer: PeerId, by: Held): void {
    this.#totals[table] = plus(this.#totals[table], by);
    const held = plus(this.of(table, peer), by);
    if (held.count === 0) this.#held[table].delete(peer);
    else this.#held[table].set(peer, held);
  }
}

const plus = (a: Held, b: Held): Held => ({ count: a.count + b.count, bytes: a.bytes + b.bytes });

const isWithin = (held: Held, most: Held, share: number): boolean =>
  held.count <= most.count * share && held.bytes <= most.bytes * share;

/** Of a text in a snapshot, at most: three bytes for a UTF-16 unit, and its length. */
export const textBytes = (text: string): number => 3 * text.length + 2;

export function textsBytes(texts: Iterable<string>): number {
  let bytes = 2;
  for (const text of texts) bytes += textBytes(text);
  return bytes;
}
