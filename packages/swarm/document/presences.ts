/** Who is here right now (Yjs calls it awareness): the latest of each peer, gone when it is. */
import type { PeerId } from '../state-machine/command.ts';
import type { Emit } from './effect.ts';
import type { Presence } from './message.ts';
import { PRESENCES_MAX, type DocumentSettings } from './settings.ts';

type Known = { readonly presence: Presence; heardMs: number };

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
    for (const { presence } of this.#known.values()) this.#send(peer, presence);
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
    if (known === undefined && this.#known.size >= PRESENCES_MAX) return; // a room is smaller
    const kept = { peer, clock, state: state?.slice() ?? null, signature: signature.slice() };
    this.#known.set(peer, { presence: kept, heardMs: at.nowMs });
    if (from === null) this.#renewedMs = at.nowMs;
    else this.#emit({ type: 'presence', peer, state: kept.state });
    for (const to of at.eager) if (to !== from) this.#send(to, kept);
  }

  tick(nowMs: number): void {
    const { presenceMs } = this.#settings;
    for (const [peer, { heardMs, presence }] of this.#known) {
      if (peer === this.#self || nowMs - heardMs < 2 * presenceMs) continue;
      this.#known.delete(peer);
      if (presence.state !== null) this.#emit({ type: 'presence', peer, state: null });
    }
    if (!this.#known.has(this.#self) || nowMs - this.#renewedMs < presenceMs) return;
    this.#renewedMs = nowMs;
    this.#emit({ type: 'renew-presence' });
  }
}
