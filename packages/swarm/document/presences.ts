/** Who is here right now (Yjs calls it awareness): the latest of each peer, gone when it is. */
import type { PeerId } from '../state-machine/command.ts';
import type { Emit } from './effect.ts';
import type { Presence } from './message.ts';
import { PRESENCES_MAX, type DocumentSettings } from './settings.ts';

/** One that is gone stays known by its clock: who repeats its last word does not bring it back. */
type Known = { readonly presence: Presence; heardMs: number; isGone: boolean };

export class Presences {
  readonly #self: PeerId;
  readonly #emit: Emit;
  readonly #settings: DocumentSettings;
  readonly #known = new Map<PeerId, Known>();
  #renewedMs = -Infinity;

  constructor(options: { self: PeerId; emit: Emit; settings: DocumentSettings }) {
    this.#self = options.self;
    this.#emit = options.emit;
    this.#settings = options.settings;
  }

  /** A new neighbour hears of everyone at once. */
  greet(peer: PeerId): void {
    for (const { presence, isGone } of this.#known.values())
      if (!isGone) this.#send(peer, presence);
  }

  #send(to: PeerId, presence: Presence): void {
    this.#emit({ type: 'send', to, message: { type: 'presence', ...presence } });
  }

  /** Along the eager links; a clock that is not new ends it. `from` null: our own. */
  arrived(
    from: PeerId | null,
    presence: Presence,
    at: { eager: readonly PeerId[]; nowMs: number },
  ): void {
    const { peer, clock, state, signature } = presence;
    if (from !== null && peer === this.#self) return;
    const known = this.#known.get(peer);
    if (known !== undefined && clock <= known.presence.clock) return;
    if (known === undefined && !this.#makeRoom()) return;
    const kept = { peer, clock, state: state?.slice() ?? null, signature: signature.slice() };
    this.#known.set(peer, { presence: kept, heardMs: at.nowMs, isGone: false });
    if (from === null) this.#renewedMs = at.nowMs;
    else this.#emit({ type: 'presence', peer, state: kept.state });
    for (const to of at.eager) if (to !== from) this.#send(to, kept);
  }

  /** For one more: of those that are gone, the one known longest is forgotten. */
  #makeRoom(): boolean {
    if (this.#known.size < PRESENCES_MAX) return true;
    for (const [peer, { isGone }] of this.#known) if (isGone) return this.#known.delete(peer);
    return false;
  }

  tick(nowMs: number): void {
    const { presenceMs } = this.#settings;
    for (const [peer, known] of this.#known) {
      const { heardMs, presence, isGone } = known;
      if (isGone || peer === this.#self || nowMs - heardMs < 2 * presenceMs) continue;
      const { state } = presence;
      this.#known.set(peer, { presence: { ...presence, state: null }, heardMs, isGone: true });
      if (state !== null) this.#emit({ type: 'presence', peer, state: null });
    }
    const own = this.#known.get(this.#self);
    if (own === undefined || own.presence.state === null) return; // who left says so once
    if (nowMs - this.#renewedMs < presenceMs) return;
    this.#renewedMs = nowMs;
    this.#emit({ type: 'renew-presence' });
  }
}
