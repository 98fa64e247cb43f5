/**
 * Small updates to everyone, at about one copy each: Plumtree (Leitao, Pereira, Rodrigues 2007).
 * Links of a spanning tree are eager (updates are pushed), the others lazy (only announced). A
 * duplicate makes its link lazy; an announced update that does not come makes its link eager. So
 * the tree mends itself, and the bounded-degree mesh under it is its spare part.
 */
import type { PeerId } from '../state-machine/command.ts';
import type { Rng } from '../rng.ts';
import { UPDATE_IDS_MAX } from '../wire/limits.ts';
import type { Emit } from './effect.ts';
import type { Update, UpdateId } from './message.ts';
import {
  CACHE_BYTES_MAX,
  CACHE_MAX,
  MISSING_MAX,
  NEIGHBOURS_MAX,
  SEEN_MAX,
  type DocumentSettings,
} from './settings.ts';

/** `from`: announcers not asked yet; `first`: in whose part of the table it is. */
type Missing = {
  readonly id: UpdateId;
  readonly from: PeerId[];
  readonly first: PeerId;
  dueMs: number;
};

/** A neighbour that announces what does not exist fills its own part of the table only. */
const MISSING_OF_ONE_MAX = MISSING_MAX / NEIGHBOURS_MAX;

const keyOf = ({ origin, sequence }: UpdateId) => `${sequence} ${origin}`;
const idOf = ({ origin, sequence }: UpdateId): UpdateId => ({ origin, sequence });

export class Gossip {
  readonly #emit: Emit;
  readonly #rng: Rng;
  readonly #settings: DocumentSettings;
  readonly #isEager = new Map<PeerId, boolean>();
  /** As the mesh's tree had it last. */
  readonly #arranged = new Map<PeerId, boolean>();
  /** Known updates, oldest first, and the neighbours that have them as far as we know. */
  readonly #seen = new Map<string, Set<PeerId>>();
  readonly #cache = new Map<string, Update>();
  #cacheBytes = 0;
  readonly #missing = new Map<string, Missing>();
  readonly #missingOf = new Map<PeerId, number>();

  constructor(options: { emit: Emit; rng: Rng; settings: DocumentSettings }) {
    this.#emit = options.emit;
    this.#rng = options.rng;
    this.#settings = options.settings;
  }

  get neighbours(): PeerId[] {
    return [...this.#isEager.keys()];
  }

  get eager(): PeerId[] {
    return this.neighbours.filter((peer) => this.#isEager.get(peer));
  }

  isNeighbour(peer: PeerId): boolean {
    return this.#isEager.has(peer);
  }

  /** Opens a link, or moves it into or out of the arranged tree. False: too many neighbours. */
  connect(peer: PeerId, isEager: boolean): boolean {
    if (!this.#isEager.has(peer) && this.#isEager.size >= NEIGHBOURS_MAX) return false;
    if (this.#arranged.get(peer) !== isEager) this.#isEager.set(peer, isEager);
    this.#arranged.set(peer, isEager);
    return true;
  }

  disconnect(peer: PeerId): void {
    this.#isEager.delete(peer);
    this.#arranged.delete(peer);
  }

  /** Whoever has no eager link left takes one, rather than wait for an announcement. */
  reattach(): void {
    const { neighbours } = this;
    if (neighbours.length === 0 || this.eager.length > 0) return;
    this.#graft(neighbours[this.#rng.nextInt(neighbours.length)]!, []);
  }

  #graft(peer: PeerId, ids: readonly UpdateId[]): void {
    this.#isEager.set(peer, true);
    this.#emit({ type: 'send', to: peer, message: { type: 'graft', ids } });
  }

  /** Is it new? Then the caller applies it, and calls `spread` if it was good. */
  arrived(from: PeerId, update: Update): boolean {
    const key = keyOf(update);
    const known = this.#seen.get(key);
    this.#endMissing(key);
    if (known === undefined) {
      this.#remember(key, from);
      this.#isEager.set(from, true); // whoever is first to bring news may go on
      return true;
    }
    known.add(from);
    if (this.#isEager.get(from) === true) {
      this.#isEager.set(from, false);
      this.#emit({ type: 'send', to: from, message: { type: 'prune' } });
    }
    return false;
  }

  #remember(key: string, from: PeerId | null): void {
    this.#seen.set(key, new Set(from === null ? [] : [from]));
    if (this.#seen.size > SEEN_MAX) this.#seen.delete(this.#seen.keys().next().value!);
  }

  /** Not taken for want of room: as if it had never come. */
  forget(update: UpdateId): void {
    this.#seen.delete(keyOf(update));
  }

  /** An update that is applied here: pushed along the tree, announced on the other links. */
  spread(update: Update): void {
    const key = keyOf(update);
    if (!this.#seen.has(key)) this.#remember(key, null);
    this.#keep(key, update);
    const known = this.#seen.get(key)!;
    for (const [peer, isEager] of this.#isEager) {
      if (known.has(peer)) continue;
      if (isEager) this.#emit({ type: 'send', to: peer, message: { type: 'update', ...update } });
      else this.#emit({ type: 'send', to: peer, message: { type: 'have', ids: [idOf(update)] } });
    }
  }

  #keep(key: string, update: Update): void {
    this.#cache.set(key, update);
    this.#cacheBytes += update.bytes.length;
    while (this.#cache.size > CACHE_MAX || this.#cacheBytes > CACHE_BYTES_MAX) {
      const [oldest, dropped] = this.#cache.entries().next().value!;
      this.#cache.delete(oldest);
      this.#cacheBytes -= dropped.bytes.length;
    }
  }

  announced(from: PeerId, ids: readonly UpdateId[], nowMs: number): void {
    for (const id of ids) {
      const key = keyOf(id);
      const known = this.#seen.get(key);
      if (known !== undefined) {
        known.add(from);
        continue;
      }
      const missing = this.#missing.get(key);
      if (missing?.from.includes(from) === true) continue;
      if (missing !== undefined) missing.from.push(from);
      else
        this.#miss(key, { id, from: [from], first: from, dueMs: nowMs + this.#settings.graftMs });
    }
  }

  #miss(key: string, missing: Missing): void {
    const count = this.#missingOf.get(missing.first) ?? 0;
    if (count >= MISSING_OF_ONE_MAX) return; // the repair will bring it
    this.#missingOf.set(missing.first, count + 1);
    this.#missing.set(key, missing);
  }

  #endMissing(key: string): void {
    const missing = this.#missing.get(key);
    if (missing === undefined) return;
    this.#missing.delete(key);
    const count = this.#missingOf.get(missing.first)! - 1;
    if (count === 0) this.#missingOf.delete(missing.first);
    else this.#missingOf.set(missing.first, count);
  }

  /** The ids that are not here any more: the caller offers the difference instead. */
  grafted(from: PeerId, ids: readonly UpdateId[]): boolean {
    this.#isEager.set(from, true);
    let complete = true;
    for (const id of ids) {
      const update = this.#cache.get(keyOf(id));
      if (update === undefined) complete = false;
      else this.#emit({ type: 'send', to: from, message: { type: 'update', ...update } });
    }
    return complete;
  }

  pruned(from: PeerId): void {
    this.#isEager.set(from, false);
  }

  /** Asks for what was announced and did not come, one announcer after the other. */
  tick(nowMs: number): void {
    const wanted = new Map<PeerId, UpdateId[]>();
    for (const [key, missing] of this.#missing) {
      if (missing.dueMs > nowMs) continue;
      while (missing.from.length > 0 && !this.#isEager.has(missing.from[0]!)) missing.from.shift();
      const [from] = missing.from;
      if (from === undefined) {
        this.#endMissing(key); // the repair will bring it
        continue;
      }
      const ids = wanted.get(from) ?? [];
      if (ids.length >= UPDATE_IDS_MAX) continue; // asked for in the next tick
      missing.from.shift();
      missing.dueMs = nowMs + this.#settings.resendMs;
      ids.push(missing.id);
      wanted.set(from, ids);
    }
    for (const [peer, ids] of wanted) this.#graft(peer, ids);
  }
}
