/**
 * Differences between two replicas: by state vector, addressed, in parts that fit a message, with
 * a window that doubles with each acknowledgement. This is how a late joiner gets the whole
 * document, how a healed partition becomes one again, and how whatever gossip lost is found. One
 * comes in at a time, a few go out; a peer that trickles holds no place that another wants.
 */
import type { PeerId } from '../state-machine/command.ts';
import { PART_BYTES_MAX } from '../wire/limits.ts';
import type { Emit } from './effect.ts';
import type { DocumentMessage, Summary } from './message.ts';
import { TRANSFER_BYTES_MAX, TRANSFERS_MAX, type DocumentSettings } from './settings.ts';

type Of<K extends DocumentMessage['type']> = Extract<DocumentMessage, { type: K }>;

type Outgoing = {
  readonly transfer: number;
  readonly bytes: Uint8Array;
  acknowledged: number;
  sent: number;
  windowParts: number;
  readonly startedMs: number;
  progressMs: number;
  sentMs: number;
};

type Incoming = {
  readonly from: PeerId;
  readonly transfer: number;
  readonly totalBytes: number;
  readonly parts: Map<number, Uint8Array>; // by offset; some may be ahead of `received`
  keptBytes: number;
  received: number; // without a gap
  arrivals: number;
  readonly startedMs: number;
  progressMs: number;
};

/** A difference is only taken from a peer that was told our summary so recently. */
const ASKED_MS_MAX = 30_000;
/** Of a part that others follow: to keep one costs some 250 bytes, however small it is. */
const PART_BYTES_MIN = 1_024;
/** Acknowledge every so many parts: a quarter of the window. */
const PARTS_PER_MORE = 2;

export class Exchange {
  readonly #emit: Emit;
  readonly #settings: DocumentSettings;
  readonly #outgoing = new Map<PeerId, Outgoing>();
  readonly #asked = new Map<PeerId, number>();
  #incoming: Incoming | null = null;
  /** The last one that came in whole is not applied yet: it may be large, so no other may come. */
  #isFull = false;
  #transfers = 0;

  constructor(options: { emit: Emit; settings: DocumentSettings }) {
    this.#emit = options.emit;
    this.#settings = options.settings;
  }

  /** While a difference comes in, asking others would bring the same bytes once more. */
  isReceiving(nowMs: number): boolean {
    if (this.#isFull) return true;
    const incoming = this.#incoming;
    return incoming !== null && !this.#isSlow(incoming, incoming.received, nowMs);
  }

  #isSlow({ startedMs }: { startedMs: number }, bytes: number, nowMs: number): boolean {
    const { transferMsMax, bytesPerSecondMin } = this.#settings;
    const ms = nowMs - startedMs;
    return ms > transferMsMax && bytes < (ms / 1000) * bytesPerSecondMin;
  }

  /** What `part` returned last was applied, or could not be. */
  taken(): void {
    this.#isFull = false;
  }

  hello(to: PeerId, summary: Summary, options: { isReply: boolean; nowMs: number }): void {
    this.#asked.set(to, options.nowMs);
    const { isReply } = options;
    this.#emit({ type: 'send', to, message: { type: 'hello', isReply, ...summary } });
  }

  /** Would an answer to this peer's hello be sent now? If not, it asks again later. */
  canOffer(to: PeerId, nowMs: number): boolean {
    if (this.#outgoing.has(to)) return false;
    return this.#outgoing.size < TRANSFERS_MAX || this.#slowest(nowMs) !== null;
  }

  #slowest(nowMs: number): PeerId | null {
    for (const [peer, outgoing] of this.#outgoing)
      if (this.#isSlow(outgoing, outgoing.acknowledged, nowMs)) return peer;
    return null;
  }

  offer(to: PeerId, bytes: Uint8Array, nowMs: number): void {
    // What the other side would have to refuse is not begun: this document has outgrown its room.
    if (bytes.length > TRANSFER_BYTES_MAX || !this.canOffer(to, nowMs)) return;
    const slow = this.#outgoing.size < TRANSFERS_MAX ? null : this.#slowest(nowMs);
    if (slow !== null) this.#outgoing.delete(slow);
    this.#transfers++;
    const outgoing = {
      transfer: this.#transfers,
      bytes,
      acknowledged: 0,
      sent: 0,
      windowParts: 1, // who is served by another says stop: it costs that one a single part
      startedMs: nowMs,
      progressMs: nowMs,
      sentMs: nowMs,
    };
    this.#outgoing.set(to, outgoing);
    this.#pump(to, outgoing, nowMs);
  }

  #pump(to: PeerId, outgoing: Outgoing, nowMs: number): void {
    const { partBytes } = this.#settings;
    const { transfer, bytes, windowParts } = outgoing;
    const end = Math.min(bytes.length, outgoing.acknowledged + windowParts * partBytes);
    while (outgoing.sent < end) {
      const offset = outgoing.sent;
      const part = bytes.subarray(offset, Math.min(end, offset + partBytes));
      outgoing.sent += part.length;
      outgoing.sentMs = nowMs;
      const message = { type: 'part', transfer, totalBytes: bytes.length, offset, bytes: part };
      this.#emit({ type: 'send', to, message: message as Of<'part'> });
    }
  }

  more(from: PeerId, { transfer, offset }: Of<'more'>, nowMs: number): void {
    const outgoing = this.#outgoing.get(from);
    if (outgoing === undefined || outgoing.transfer !== transfer) return;
    if (offset > outgoing.bytes.length || offset <= outgoing.acknowledged) return;
    outgoing.acknowledged = offset;
    outgoing.sent = Math.max(outgoing.sent, offset);
    outgoing.windowParts = Math.min(this.#settings.windowParts, 2 * outgoing.windowParts);
    outgoing.progressMs = nowMs;
    if (offset >= outgoing.bytes.length) this.#outgoing.delete(from);
    else this.#pump(from, outgoing, nowMs);
  }

  stopped(from: PeerId, transfer: number): void {
    if (this.#outgoing.get(from)?.transfer === transfer) this.#outgoing.delete(from);
  }

  /** The whole difference once its last part is here. */
  part(from: PeerId, message: Of<'part'>, nowMs: number): Uint8Array | null {
    const { transfer, totalBytes, offset, bytes } = message;
    if (totalBytes > TRANSFER_BYTES_MAX || offset + bytes.length > totalBytes) {
      this.#emit({ type: 'blame', peer: from, reason: 'a difference beyond its limits' });
      return null;
    }
    const incoming = this.#incomingOf(from, message, nowMs);
    if (incoming === null) {
      this.#emit({ type: 'send', to: from, message: { type: 'stop', transfer } });
      return null;
    }
    const ahead = offset - incoming.received;
    const fits = ahead >= 0 && ahead < 2 * this.#settings.windowParts * PART_BYTES_MAX;
    const before = incoming.received;
    if (fits && bytes.length > 0) this.#keep(incoming, offset, bytes);
    if (incoming.received > before) incoming.progressMs = nowMs;
    incoming.arrivals++;
    const done = incoming.received >= totalBytes;
    // A gap is said at once, so that the sender knows how far it got.
    if (done || incoming.received === before || incoming.arrivals % PARTS_PER_MORE === 1) {
      const more = { type: 'more', transfer, offset: incoming.received } as const;
      this.#emit({ type: 'send', to: from, message: more });
    }
    if (!done) return null;
    this.#incoming = null;
    this.#isFull = true;
    return concatenated(incoming);
  }

  /** The transfer that this part belongs to, if it may come in. */
  #incomingOf(from: PeerId, message: Of<'part'>, nowMs: number): Incoming | null {
    const { transfer, totalBytes } = message;
    if (this.#isFull) return null;
    const current = this.#incoming;
    if (current?.from === from && current.transfer === transfer)
      return current.totalBytes === totalBytes ? current : null;
    if (nowMs - (this.#asked.get(from) ?? -Infinity) > ASKED_MS_MAX) return null;
    if (current !== null) {
      if (!this.#isSlow(current, current.received, nowMs)) return null;
      const stop = { type: 'stop', transfer: current.transfer } as const;
      this.#emit({ type: 'send', to: current.from, message: stop });
    }
    const parts = new Map<number, Uint8Array>();
    const none = { keptBytes: 0, received: 0, arrivals: 0 };
    const times = { startedMs: nowMs, progressMs: nowMs };
    this.#incoming = { from, transfer, totalBytes, parts, ...none, ...times };
    return this.#incoming;
  }

  #keep(incoming: Incoming, offset: number, bytes: Uint8Array): void {
    const isLast = offset + bytes.length === incoming.totalBytes;
    if (bytes.length < PART_BYTES_MIN && !isLast) return;
    // Parts do not overlap: together they are no more than the whole, whatever a peer sends.
    if (incoming.parts.has(offset) || incoming.keptBytes + bytes.length > incoming.totalBytes)
      return;
    incoming.parts.set(offset, bytes.slice());
    incoming.keptBytes += bytes.length;
    let next = incoming.parts.get(incoming.received);
    while (next !== undefined) {
      incoming.received += next.length;
      next = incoming.parts.get(incoming.received);
    }
  }

  disconnect(peer: PeerId): void {
    this.#outgoing.delete(peer);
    this.#asked.delete(peer);
    if (this.#incoming?.from === peer) this.#incoming = null;
  }

  tick(nowMs: number): void {
    const { resendMs, transferMsMax } = this.#settings;
    for (const [peer, outgoing] of this.#outgoing) {
      if (nowMs - outgoing.progressMs >= transferMsMax) this.#outgoing.delete(peer);
      else if (nowMs - Math.max(outgoing.sentMs, outgoing.progressMs) >= resendMs) {
        outgoing.sent = outgoing.acknowledged; // go back: something of the window was lost
        this.#pump(peer, outgoing, nowMs);
      }
    }
    const incoming = this.#incoming;
    if (incoming !== null && nowMs - incoming.progressMs >= transferMsMax) this.#incoming = null;
  }
}

function concatenated({ parts, received }: Incoming): Uint8Array {
  const out = new Uint8Array(received);
  let at = 0;
  while (at < received) {
    const part = parts.get(at)!;
    out.set(part, at);
    at += part.length;
  }
  return out;
}
