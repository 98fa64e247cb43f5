/**
 * One peer's part in a shared document, pure: messages, ticks and answers in, effects out. The
 * document itself is elsewhere (replica.ts), so that foreign bytes are applied where a hang can
 * be killed. Signatures are checked before a message comes here.
 */
import type { PeerId } from '../state-machine/command.ts';
import type { Rng } from '../rng.ts';
import type { DocumentEffect } from './effect.ts';
import { Exchange } from './exchange.ts';
import { Gossip } from './gossip.ts';
import type { Neighbour } from './mesh.ts';
import type { DocumentMessage, News, Presence, Summary, Update } from './message.ts';
import { APPLYING_MAX, BLAMED_MAX, DOCUMENT_DEFAULTS, type DocumentSettings } from './settings.ts';
import { Presences } from './presences.ts';

/** What became of foreign bytes; busy: not tried. */
export type ApplyOutcome =
  | { readonly ok: true; readonly news: News }
  | { readonly ok: false; readonly reason: 'invalid' | 'timeout' | 'too-large' | 'busy' };

type Waiting =
  | { readonly type: 'update'; readonly from: PeerId; readonly update: Update }
  | { readonly type: 'difference'; readonly from: PeerId }
  | { readonly type: 'hello'; readonly to: PeerId; readonly isReply: boolean }
  | { readonly type: 'compare'; readonly from: PeerId; theirs: Summary; isReply: boolean }
  | { readonly type: 'diff'; readonly to: PeerId };

export class DocumentPeer {
  readonly #self: PeerId;
  readonly #rng: Rng;
  readonly #settings: DocumentSettings;
  readonly #gossip: Gossip;
  readonly #exchange: Exchange;
  readonly #presences: Presences;
  #effects: DocumentEffect[] = [];
  readonly #waiting = new Map<number, Waiting>();
  #tickets = 0;
  #applying = 0;
  /** The summary that each neighbour's latest hello waits for: one, however many it says. */
  readonly #comparing = new Map<PeerId, Extract<Waiting, { type: 'compare' }>>();
  /** Authors of updates that failed: each try may cost a worker. */
  readonly #blamed = new Set<PeerId>();
  /** Neighbours to say hello to, and when. */
  readonly #hellos = new Map<PeerId, number>();
  #repairMs: number;

  constructor(options: { self: PeerId; rng: Rng; nowMs: number; settings?: DocumentSettings }) {
    this.#self = options.self;
    this.#rng = options.rng;
    this.#settings = options.settings ?? DOCUMENT_DEFAULTS;
    const emit = (effect: DocumentEffect) => void this.#effects.push(effect);
    const shared = { emit, rng: options.rng, settings: this.#settings };
    this.#gossip = new Gossip(shared);
    this.#exchange = new Exchange(shared);
    this.#presences = new Presences({ ...shared, self: options.self });
    this.#repairMs = this.#nextRepairMs(options.nowMs);
  }

  #nextRepairMs(nowMs: number): number {
    const { repairMs } = this.#settings;
    return nowMs + repairMs + this.#rng.nextInt(repairMs);
  }

  #flush(): DocumentEffect[] {
    const effects = this.#effects;
    this.#effects = [];
    return effects;
  }

  /** Neighbours to which updates are pushed. */
  get eager(): PeerId[] {
    return this.#gossip.eager;
  }

  /**
   * The neighbours to which links are open now (mesh.ts); those that are not named are gone.
   * Eager links are reset only where the mesh's tree changed: else gossip knows better.
   */
  arrange(mesh: readonly Neighbour[], nowMs: number): DocumentEffect[] {
    const names = new Set(mesh.map(({ peer }) => peer));
    for (const peer of this.#gossip.neighbours) {
      if (names.has(peer)) continue;
      this.#gossip.disconnect(peer);
      this.#exchange.disconnect(peer);
      this.#hellos.delete(peer);
    }
    for (const { peer, isEager } of mesh) {
      const isNew = !this.#gossip.isNeighbour(peer);
      if (!this.#gossip.connect(peer, isEager) || !isNew) continue;
      this.#presences.greet(peer);
      if (this.#self < peer) this.#hellos.set(peer, nowMs); // one of the two begins
    }
    this.#gossip.reattach();
    this.#sayHellos(nowMs);
    return this.#flush();
  }

  /** An edit of our own, already in our document; null where it is too large for one frame. */
  edited(update: Update | null, nowMs: number): DocumentEffect[] {
    if (update !== null) this.#gossip.spread(update);
    else for (const peer of this.#gossip.neighbours) this.#hellos.set(peer, nowMs);
    this.#sayHellos(nowMs);
    return this.#flush();
  }

  /** Our own presence, signed; again whenever `renew-presence` asks for it. */
  present(presence: Presence, nowMs: number): DocumentEffect[] {
    this.#presences.arrived(null, presence, { eager: this.#gossip.eager, nowMs });
    return this.#flush();
  }

  receive(from: PeerId, message: DocumentMessage, nowMs: number): DocumentEffect[] {
    if (this.#gossip.isNeighbour(from)) this.#onMessage(from, message, nowMs);
    return this.#flush();
  }

  #onMessage(from: PeerId, message: DocumentMessage, nowMs: number): void {
    switch (message.type) {
      case 'update':
        return this.#onUpdate(from, message);
      case 'have':
        return this.#gossip.announced(from, message.ids, nowMs);
      case 'graft':
        if (!this.#gossip.grafted(from, message.ids)) this.#hellos.set(from, nowMs);
        return this.#sayHellos(nowMs);
      case 'prune':
        return this.#gossip.pruned(from);
      case 'hello': {
        const { digest, stateVector, isReply } = message;
        return this.#onHello(from, {
          theirs: { digest: digest.slice(), stateVector: stateVector.slice() },
          isReply,
        });
      }
      case 'part': {
        const bytes = this.#exchange.part(from, message, nowMs);
        if (bytes !== null && !this.#apply(bytes, { type: 'difference', from }))
          this.#exchange.taken();
        return;
      }
      case 'more':
        return this.#exchange.more(from, message, nowMs);
      case 'stop':
        return this.#exchange.stopped(from, message.transfer);
      case 'presence': {
        const { eager } = this.#gossip;
        return this.#presences.arrived(from, message, { eager, nowMs });
      }
      default:
        throw new Error(`unreachable: ${(message satisfies never as DocumentMessage).type}`);
    }
  }

  #onHello(from: PeerId, hello: { theirs: Summary; isReply: boolean }): void {
    const earlier = this.#comparing.get(from);
    if (earlier !== undefined) {
      earlier.theirs = hello.theirs;
      earlier.isReply &&= hello.isReply;
      return;
    }
    const waiting = { type: 'compare', from, ...hello } as const;
    const ticket = this.#wait(waiting);
    if (ticket === null) return;
    this.#comparing.set(from, waiting);
    this.#effects.push({ type: 'summarise', ticket });
  }

  #onUpdate(from: PeerId, message: Extract<DocumentMessage, { type: 'update' }>): void {
    if (message.origin === this.#self || this.#blamed.has(message.origin)) return;
    if (!this.#gossip.arrived(from, message)) return;
    const { origin, sequence } = message;
    const update = {
      origin,
      sequence,
      bytes: message.bytes.slice(),
      signature: message.signature.slice(),
    };
    if (!this.#apply(update.bytes, { type: 'update', from, update })) this.#gossip.forget(update);
  }

  #apply(bytes: Uint8Array, waiting: Waiting): boolean {
    if (this.#applying >= APPLYING_MAX) return false; // the repair brings it later
    const ticket = this.#wait(waiting);
    if (ticket === null) return false;
    this.#applying++;
    this.#effects.push({ type: 'apply', ticket, bytes });
    return true;
  }

  /** Null: so much is unanswered that this must wait for another occasion. */
  #wait(waiting: Waiting): number | null {
    if (this.#waiting.size >= 2 * APPLYING_MAX) return null;
    this.#tickets++;
    this.#waiting.set(this.#tickets, waiting);
    return this.#tickets;
  }

  #take(ticket: number): Waiting | undefined {
    const waiting = this.#waiting.get(ticket);
    this.#waiting.delete(ticket);
    if (waiting?.type === 'compare') this.#comparing.delete(waiting.from);
    return waiting;
  }

  applied(ticket: number, outcome: ApplyOutcome, nowMs: number): DocumentEffect[] {
    const waiting = this.#take(ticket);
    if (waiting?.type !== 'update' && waiting?.type !== 'difference') return [];
    this.#applying--;
    if (waiting.type === 'difference') this.#exchange.taken();
    if (!outcome.ok && outcome.reason === 'busy') {
      if (waiting.type === 'update') this.#gossip.forget(waiting.update);
    } else if (!outcome.ok) {
      // An update is its author's; a difference is whoever sent it's.
      const peer = waiting.type === 'update' ? waiting.update.origin : waiting.from;
      if (waiting.type === 'update') this.#blame(peer);
      this.#effects.push({ type: 'blame', peer, reason: outcome.reason });
    } else if (waiting.type === 'difference') {
      if (outcome.news === 'change') this.#tellOthers(waiting.from, nowMs);
    } else if (outcome.news !== 'none') {
      // What is known already is told by nobody: an old update, repeated, would go round again.
      this.#gossip.spread(waiting.update);
    }
    return this.#flush();
  }

  #blame(author: PeerId): void {
    this.#blamed.add(author);
    if (this.#blamed.size > BLAMED_MAX) this.#blamed.delete(this.#blamed.values().next().value!);
  }

  /** What a difference brought has no ids to announce: the neighbours compare. */
  #tellOthers(from: PeerId, nowMs: number): void {
    const dueMs = nowMs + this.#settings.helloDelayMs;
    for (const peer of this.#gossip.neighbours) {
      if (peer !== from && !this.#hellos.has(peer)) this.#hellos.set(peer, dueMs);
    }
  }

  #sayHellos(nowMs: number): void {
    for (const [peer, dueMs] of this.#hellos) {
      if (dueMs > nowMs || this.#exchange.isReceiving(nowMs)) continue;
      this.#hellos.delete(peer);
      if (!this.#gossip.isNeighbour(peer)) continue;
      const ticket = this.#wait({ type: 'hello', to: peer, isReply: false });
      if (ticket !== null) this.#effects.push({ type: 'summarise', ticket });
    }
  }

  summarised(ticket: number, ours: Summary, nowMs: number): DocumentEffect[] {
    const waiting = this.#take(ticket);
    if (waiting?.type === 'hello') {
      const { to, isReply } = waiting;
      this.#exchange.hello(to, ours, { isReply, nowMs });
    } else if (waiting?.type === 'compare') this.#compare(waiting, ours, nowMs);
    return this.#flush();
  }

  #compare(hello: Extract<Waiting, { type: 'compare' }>, ours: Summary, nowMs: number): void {
    const { from, theirs, isReply } = hello;
    if (!this.#gossip.isNeighbour(from)) return;
    if (theirs.digest.every((byte, i) => byte === ours.digest[i])) return;
    if (this.#exchange.canOffer(from, nowMs)) {
      const ticket = this.#wait({ type: 'diff', to: from });
      const { stateVector } = theirs;
      if (ticket !== null) this.#effects.push({ type: 'diff', ticket, stateVector });
    }
    if (isReply) return;
    if (this.#exchange.isReceiving(nowMs)) this.#hellos.set(from, nowMs);
    else this.#exchange.hello(from, ours, { isReply: true, nowMs });
  }

  /** `invalid`: the state vector was none, or hung who read it. */
  diffed(ticket: number, bytes: Uint8Array | 'invalid', nowMs: number): DocumentEffect[] {
    const waiting = this.#take(ticket);
    if (waiting?.type !== 'diff') return [];
    if (bytes !== 'invalid') this.#exchange.offer(waiting.to, bytes, nowMs);
    else this.#effects.push({ type: 'blame', peer: waiting.to, reason: 'no state vector' });
    return this.#flush();
  }

  /** No answer to a `summarise` or `diff`: as if it had not been asked; a later hello repairs. */
  unanswered(ticket: number): void {
    this.#take(ticket);
  }

  /** Every DOCUMENT_POLL_MS or so. */
  tick(nowMs: number): DocumentEffect[] {
    this.#gossip.tick(nowMs);
    this.#exchange.tick(nowMs);
    this.#presences.tick(nowMs);
    if (nowMs >= this.#repairMs) {
      this.#repairMs = this.#nextRepairMs(nowMs);
      const { neighbours } = this.#gossip;
      const peer = neighbours[this.#rng.nextInt(neighbours.length || 1)];
      if (peer !== undefined) this.#hellos.set(peer, nowMs);
    }
    this.#sayHellos(nowMs);
    return this.#flush();
  }
}
