/**
 * A Yjs document shared over links: joins the pure peer with the guarded replica and the keys.
 * What links and timers are is the caller's: `send` carries a message to a neighbour (in a sealed
 * frame), `receive` takes one from it, `tick` wants to be called every DOCUMENT_POLL_MS.
 */
import * as Y from 'yjs';
import type { PeerId } from '../state-machine/command.ts';
import type { Rng } from '../rng.ts';
import { bytes, encode, fixed, optional, struct, varint } from '../wire/codec.ts';
import { name, peerId } from '../wire/commands.ts';
import { verify, type Identity } from '../wire/identity.ts';
import {
  FRAME_BYTES_MAX,
  PRESENCE_BYTES_MAX,
  ROOM_BYTES,
  UPDATE_BYTES_MAX,
} from '../wire/limits.ts';
import { DocumentPeer } from './document-peer.ts';
import type { DocumentEffect } from './effect.ts';
import type { GuardedReplica } from './guarded-replica.ts';
import type { Neighbour } from './mesh.ts';
import type { DocumentMessage } from './message.ts';
import { REMOTE } from './replica.ts';
import { VERIFYING_MAX } from './settings.ts';

export type SharedDocumentOptions = {
  readonly doc: Y.Doc;
  readonly name: string; // of the document in the room
  readonly room: Uint8Array; // 16 bytes
  readonly identity: Identity;
  readonly guard: GuardedReplica;
  readonly rng: Rng;
  readonly nowMs: () => number; // since 1970: what a peer numbers goes on after a restart
  /** Who may write here: members of the room. Names are free, and each could cost a worker. */
  readonly isMember: (peer: PeerId) => boolean;
  readonly send: (to: PeerId, message: DocumentMessage) => void;
  readonly onPresence?: (peer: PeerId, state: Uint8Array | null) => void;
  /** This peer's bytes cannot be: cut its link, and tell the room. */
  readonly onBlame?: (peer: PeerId, reason: string) => void;
};

/** What an author signs: the purpose first, so that no signature serves two ends. */
const signedUpdate = struct<{
  room: Uint8Array;
  purpose: string;
  document: string;
  origin: PeerId;
  sequence: number;
  bytes: Uint8Array;
}>({
  room: fixed(ROOM_BYTES),
  purpose: name,
  document: name,
  origin: peerId,
  sequence: varint,
  bytes: bytes(FRAME_BYTES_MAX),
});
const signedPresence = struct<{
  room: Uint8Array;
  purpose: string;
  document: string;
  peer: PeerId;
  clock: number;
  state: Uint8Array | null;
}>({
  room: fixed(ROOM_BYTES),
  purpose: name,
  document: name,
  peer: peerId,
  clock: varint,
  state: optional(bytes(PRESENCE_BYTES_MAX)),
});

export class SharedDocument implements Disposable {
  readonly #options: SharedDocumentOptions;
  readonly #peer: DocumentPeer;
  #sequence: number;
  #state: Uint8Array | null = null;
  #presenceClock = 0;
  #verifying = 0;
  #disposed = false;
  readonly #onUpdate = (update: Uint8Array, origin: unknown): void => {
    if (origin !== REMOTE) void this.#edited(update);
  };

  constructor(options: SharedDocumentOptions) {
    this.#options = options;
    const { identity, rng, doc } = options;
    // A peer that comes back counts on from the clock: its old numbers are known as repeats.
    this.#sequence = Math.floor(options.nowMs()) * 1_000;
    this.#peer = new DocumentPeer({ self: identity.peer, rng, nowMs: options.nowMs() });
    doc.on('update', this.#onUpdate);
  }

  /** The neighbours with an open link now. */
  arrange(mesh: readonly Neighbour[]): void {
    this.#run(this.#peer.arrange(mesh, this.#options.nowMs()));
  }

  tick(): void {
    this.#run(this.#peer.tick(this.#options.nowMs()));
  }

  /** What the neighbours see of us; null: we leave. */
  async present(state: Uint8Array | null): Promise<void> {
    const { identity, name: document, room, nowMs } = this.#options;
    this.#state = state;
    // Only what is later counts, also where two are said in one millisecond.
    this.#presenceClock = Math.max(this.#presenceClock + 1, Math.floor(nowMs()));
    const presence = { peer: identity.peer, clock: this.#presenceClock, state };
    const signed = encode(signedPresence, { room, purpose: 'presence', document, ...presence });
    const signature = await identity.sign(signed);
    if (!this.#disposed) this.#run(this.#peer.present({ ...presence, signature }, nowMs()));
  }

  /** From a neighbour, whose frame was opened: authors' signatures are checked here. */
  async receive(from: PeerId, message: DocumentMessage): Promise<void> {
    const { identity, isMember } = this.#options;
    const author = authorOf(message);
    if (author !== null && author !== identity.peer && !isMember(author)) return;
    if (this.#verifying >= VERIFYING_MAX) return; // the repair brings what it was
    this.#verifying++;
    const isGenuine = await this.#isGenuine(message);
    this.#verifying--;
    if (!isGenuine) {
      this.#options.onBlame?.(from, 'passed on what its author did not sign');
      return;
    }
    if (!this.#disposed) this.#run(this.#peer.receive(from, message, this.#options.nowMs()));
  }

  async #isGenuine(message: DocumentMessage): Promise<boolean> {
    const { room, name: document } = this.#options;
    if (message.type === 'update') {
      const { origin, signature } = message;
      const { sequence, bytes } = message;
      const value = { room, purpose: 'update', document, origin, sequence, bytes };
      return verify(origin, { signed: encode(signedUpdate, value), signature });
    }
    if (message.type !== 'presence') return true;
    const { peer, clock, state, signature } = message;
    const value = { room, purpose: 'presence', document, peer, clock, state };
    return verify(peer, { signed: encode(signedPresence, value), signature });
  }

  async #edited(update: Uint8Array): Promise<void> {
    const { identity, guard, name: document, room, nowMs } = this.#options;
    this.#sequence++;
    const sequence = this.#sequence;
    const followed = guard.follow(update);
    if (update.length > UPDATE_BYTES_MAX) {
      await followed; // neighbours compare with the copy
      if (!this.#disposed) this.#run(this.#peer.edited(null, nowMs()));
      return;
    }
    const origin = identity.peer;
    const value = { room, purpose: 'update', document, origin, sequence, bytes: update };
    const signature = await identity.sign(encode(signedUpdate, value));
    if (this.#disposed) return;
    this.#run(this.#peer.edited({ origin, sequence, bytes: update, signature }, nowMs()));
  }

  #run(effects: readonly DocumentEffect[]): void {
    for (const effect of effects) {
      if (effect.type === 'send') this.#options.send(effect.to, effect.message);
      else if (effect.type === 'presence') this.#options.onPresence?.(effect.peer, effect.state);
      else if (effect.type === 'blame') this.#options.onBlame?.(effect.peer, effect.reason);
      else if (effect.type === 'renew-presence') void this.present(this.#state);
      else void this.#answer(effect);
    }
  }

  async #answer(effect: Extract<DocumentEffect, { ticket: number }>): Promise<void> {
    const { guard, doc, nowMs } = this.#options;
    const { ticket } = effect;
    if (effect.type === 'apply') {
      const applied = await guard.apply(effect.bytes);
      if (this.#disposed) return;
      try {
        if (applied.ok && applied.update !== null) Y.applyUpdate(doc, applied.update, REMOTE);
      } finally {
        // An observer of the caller's that throws is its own affair.
        this.#run(this.#peer.applied(ticket, applied, nowMs()));
      }
    } else if (effect.type === 'summarise') {
      const summary = await guard.summary();
      if (this.#disposed) return;
      if (summary === null) this.#peer.unanswered(ticket);
      else this.#run(this.#peer.summarised(ticket, summary, nowMs()));
    } else {
      const diff = await guard.diff(effect.stateVector);
      if (this.#disposed) return;
      if (!diff.ok && diff.reason === 'busy') this.#peer.unanswered(ticket);
      else this.#run(this.#peer.diffed(ticket, diff.ok ? diff.bytes : 'invalid', nowMs()));
    }
  }

  [Symbol.dispose](): void {
    this.#disposed = true;
    this.#options.doc.off('update', this.#onUpdate);
    this.#options.guard[Symbol.dispose]();
  }
}

/** Who signed it, where it is more than what neighbours say to each other. */
function authorOf(message: DocumentMessage): PeerId | null {
  if (message.type === 'update') return message.origin;
  return message.type === 'presence' ? message.peer : null;
}
