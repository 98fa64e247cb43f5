/** Peers with one document on a simulated network: latency, loss, duplicates, partitions. */
import {
  applyForeign,
  createRng,
  diffFor,
  DOCUMENT_POLL_MS,
  DocumentPeer,
  encodeFrame,
  meshOf,
  REMOTE,
  summaryOf,
  type DocumentEffect,
  type DocumentMessage,
  type Rng,
  type Update,
} from '@dreampitch/swarm';
import * as Y from 'yjs';
import { figureOf, type Figure } from '../bench/figure.ts';

const SIGNATURE = new Uint8Array(64);
/** What sealing adds to a frame: version, room, sender, recipient, signature. */
const SEAL_BYTES = 1 + 16 + 32 + 32 + 64;
/** An edit larger than this goes as a difference. */
const UPDATE_BYTES_MAX = 32 * 1024;

type Network = {
  readonly latencyMs: readonly [number, number];
  readonly lossShare: number;
  readonly duplicateShare: number;
};

const CALM: Network = { latencyMs: [10, 60], lossShare: 0, duplicateShare: 0 };
const ROUGH: Network = { latencyMs: [10, 200], lossShare: 0.05, duplicateShare: 0.02 };

type Delivery = { atMs: number; from: string; to: string; message: DocumentMessage };

class Member {
  readonly id: string;
  readonly doc = new Y.Doc();
  readonly peer: DocumentPeer;
  edits = 0;

  constructor(options: { id: string; rng: Rng; nowMs: number }) {
    this.id = options.id;
    this.peer = new DocumentPeer({ ...options, self: options.id });
  }
}

export class DocumentRoom {
  readonly members = new Map<string, Member>();
  readonly rng: Rng;
  network: Network = CALM;
  nowMs = 0;
  /** Peers of different sides do not reach each other; null: no partition. */
  sideOf: ((id: string) => number) | null = null;
  readonly sent: { type: DocumentMessage['type']; bytes: number }[] = [];
  readonly blamed: string[] = [];
  #deliveries: Delivery[] = [];

  constructor(seed: number) {
    this.rng = createRng(seed);
  }

  join(id: string): Member {
    const member = new Member({ id, rng: this.rng, nowMs: this.nowMs });
    this.members.set(id, member);
    member.doc.clientID = 1 + this.rng.nextInt(2 ** 31);
    member.doc.on('update', (bytes: Uint8Array, origin: unknown) => {
      if (origin === REMOTE) return;
      member.edits++;
      const update =
        bytes.length > UPDATE_BYTES_MAX
          ? null
          : { origin: id, sequence: member.edits, bytes, signature: SIGNATURE };
      this.#run(member, member.peer.edited(update, this.nowMs));
    });
    this.#link();
    return member;
  }

  /** The mesh of the members there are now: new links open, others close. */
  #link(): void {
    const ids = [...this.members.keys()];
    for (const member of this.members.values()) {
      this.#run(member, member.peer.arrange(meshOf(member.id, ids), this.nowMs));
    }
  }

  #run(member: Member, effects: readonly DocumentEffect[]): void {
    for (const effect of effects) this.#effect(member, effect);
  }

  #effect(member: Member, effect: DocumentEffect): void {
    const { peer, doc } = member;
    switch (effect.type) {
      case 'send':
        return this.#send(member.id, effect.to, effect.message);
      case 'apply': {
        const outcome = applyForeign(doc, effect.bytes);
        const answer = outcome.ok ? outcome : { ok: false as const, reason: 'invalid' as const };
        return this.#run(member, peer.applied(effect.ticket, answer, this.nowMs));
      }
      case 'summarise':
        return this.#run(member, peer.summarised(effect.ticket, summaryOf(doc), this.nowMs));
      case 'diff': {
        const bytes = diffFor(doc, effect.stateVector) ?? 'invalid';
        return this.#run(member, peer.diffed(effect.ticket, bytes, this.nowMs));
      }
      case 'blame':
        this.blamed.push(`${effect.peer}: ${effect.reason}`);
        return;
      case 'presence':
      case 'renew-presence':
        return;
      default:
        throw new Error(`unreachable: ${(effect satisfies never as DocumentEffect).type}`);
    }
  }

  #send(from: string, to: string, message: DocumentMessage): void {
    const frame = encodeFrame({ type: 'document', document: 'room', message });
    this.sent.push({ type: message.type, bytes: frame.length + SEAL_BYTES });
    const { lossShare, duplicateShare, latencyMs } = this.network;
    const [least, most] = latencyMs;
    const copies = this.rng.nextFloat() < duplicateShare ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) {
      if (this.rng.nextFloat() < lossShare) continue;
      const atMs = this.nowMs + least + this.rng.nextInt(most - least);
      this.#deliveries.push({ atMs, from, to, message });
    }
  }

  run(ms: number): void {
    const endMs = this.nowMs + ms;
    while (this.nowMs < endMs) {
      this.nowMs += 10;
      const due = this.#deliveries.filter((one) => one.atMs <= this.nowMs);
      this.#deliveries = this.#deliveries.filter((one) => one.atMs > this.nowMs);
      for (const { from, to, message } of due.sort((a, b) => a.atMs - b.atMs)) {
        if (this.sideOf !== null && this.sideOf(from) !== this.sideOf(to)) continue;
        const member = this.members.get(to)!;
        this.#run(member, member.peer.receive(from, message, this.nowMs));
      }
      if (this.nowMs % DOCUMENT_POLL_MS !== 0) continue;
      for (const member of this.members.values()) this.#run(member, member.peer.tick(this.nowMs));
    }
  }

  /** As if that member had made this update; it may be none. */
  spread(member: Member, update: Update): void {
    this.#run(member, member.peer.edited(update, this.nowMs));
  }

  /** One random edit: text typed and deleted, map entries set, list items moved about. */
  edit(member: Member): void {
    const { doc } = member;
    const text = doc.getText('text');
    const at = this.rng.nextInt(text.length + 1);
    const kind = this.rng.nextInt(4);
    if (kind === 0 && text.length > 10) text.delete(Math.min(at, text.length - 3), 3);
    else if (kind === 1) doc.getMap('map').set(`k${this.rng.nextInt(30)}`, this.rng.nextInt(1e6));
    else if (kind === 2) doc.getArray('list').insert(0, [this.rng.nextInt(1e6)]);
    else text.insert(at, member.id.repeat(1 + this.rng.nextInt(4)));
  }

  isConverged(): boolean {
    const digests = [...this.members.values()].map(({ doc }) => summaryOf(doc).digest.join());
    return new Set(digests).size === 1;
  }

  /** Runs until all documents are equal; the time it took, or null. */
  converge(msMax: number): number | null {
    const startMs = this.nowMs;
    while (this.nowMs - startMs < msMax) {
      if (this.isConverged()) return this.nowMs - startMs;
      this.run(500);
    }
    return this.isConverged() ? this.nowMs - startMs : null;
  }
}

const ids = (count: number) => Array.from({ length: count }, (_, i) => String.fromCharCode(97 + i));

/** Twelve peers, so many random edits each, loss all the time and three partitions. */
export function editUnderFaults(seed: number, editsPerPeer: number) {
  const room = new DocumentRoom(seed);
  for (const id of ids(12)) room.join(id);
  room.network = ROUGH;
  const sides = [
    (id: string) => Number(id < 'g'),
    (id: string) => Number(id < 'c'),
    (id: string) => Number('aceg'.includes(id)),
  ];
  for (let round = 0; round < editsPerPeer; round++) {
    for (const member of room.members.values()) room.edit(member);
    const phase = Math.floor((round * 7) / editsPerPeer);
    room.sideOf = phase % 2 === 1 ? sides[phase >> 1]! : null; // partitions in phases 1, 3, 5
    room.run(20 + 10 * room.rng.nextInt(4));
  }
  room.sideOf = null;
  const healedMs = room.converge(120_000);
  const text = new Set([...room.members.values()].map(({ doc }) => doc.getText('text').toJSON()));
  return { converged: healedMs !== null && text.size === 1, healedMs, blamed: room.blamed };
}

/** What one edit costs when nothing else happens. */
export function isolatedUpdate(seed: number) {
  const room = new DocumentRoom(seed);
  for (const id of ids(12)) {
    room.join(id);
    room.run(200);
  }
  room.run(3_000);
  room.sent.length = 0;
  room.members.get('e')!.doc.getText('text').insert(0, 'x'.repeat(500));
  room.run(2_000);
  const copies = room.sent.filter((one) => one.type === 'update').length;
  return { copies, messages: room.sent.length, converged: room.isConverged() };
}

/** A document of five megabytes, and one who comes late. */
export function lateJoiner(seed: number) {
  const room = new DocumentRoom(seed);
  for (const id of ids(6)) room.join(id);
  const { doc } = room.members.get('a')!;
  const list = doc.getArray('episodes');
  for (let i = 0; i < 50; i++) {
    const bytes = Uint8Array.from({ length: 100_000 }, () => room.rng.nextInt(256));
    doc.transact(() => list.push([bytes]));
  }
  room.converge(60_000);
  room.sent.length = 0;
  room.join('z');
  const tookMs = room.converge(60_000);
  const parts = room.sent.filter((one) => one.type === 'part');
  const total = parts.reduce((sum, part) => sum + part.bytes, 0);
  return {
    tookMs,
    largestBytes: Math.max(...room.sent.map((one) => one.bytes)),
    overheadShare: total / Y.encodeStateAsUpdate(doc).length - 1,
    documentBytes: Y.encodeStateAsUpdate(doc).length,
  };
}

export async function documentFigures(seeds: readonly number[] = [1, 2, 3]): Promise<Figure[]> {
  const edits = seeds.map((seed) => editUnderFaults(seed, 500));
  const isolated = seeds.map((seed) => isolatedUpdate(seed));
  const late = seeds.map((seed) => lateJoiner(seed));
  return [
    figureOf(
      'document.converged',
      'share',
      edits.map((one) => Number(one.converged)),
    ),
    figureOf(
      'document.healed',
      'ms simulated',
      edits.map((one) => one.healedMs ?? Infinity),
    ),
    figureOf(
      'document.isolatedCopies',
      'payloads',
      isolated.map((one) => one.copies),
    ),
    figureOf(
      'document.isolatedMessages',
      'messages',
      isolated.map((one) => one.messages),
    ),
    figureOf(
      'document.largestMessage',
      'bytes',
      late.map((one) => one.largestBytes),
    ),
    figureOf(
      'document.lateJoin',
      'ms simulated',
      late.map((one) => one.tookMs ?? Infinity),
    ),
    figureOf(
      'document.lateOverhead',
      'share',
      late.map((one) => one.overheadShare),
    ),
  ];
}
