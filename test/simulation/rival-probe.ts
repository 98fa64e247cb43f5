/**
 * A client with unusual luck: whenever two peers believe that they lead, it writes at the newer
 * one and then reads at the older, where a stale answer would come from.
 */
import { valueOf } from '@dreampitch/swarm';
import type { Machine, NodeInfo } from '@dreampitch/swarm';
import { ASKER } from './given.ts';
import type { Answer, Peer } from './peer.ts';
import type { World } from './world.ts';

const LOOK_EVERY_MS = 5;
const PATIENCE_MS = 3_000;
const KEY = 'v0';
const PEER = 'probe';

const INFO: NodeInfo = {
  ...ASKER,
  budget: { ...ASKER.budget, computeShare: 0, memoryBytes: 0 },
};

export class RivalProbe {
  readonly #world: World;
  #session = 0;
  #joins = 0;
  #sequence = 0;
  #value = 0;
  #busyUntilMs = 0;

  constructor(world: World) {
    this.#world = world;
  }

  start(isOver: () => boolean): void {
    const { queue } = this.#world;
    const look = () => {
      if (isOver()) return;
      this.#look();
      queue.after(LOOK_EVERY_MS, look);
    };
    queue.after(LOOK_EVERY_MS, look);
  }

  #look(): void {
    const { queue, peers } = this.#world;
    if (queue.nowMs < this.#busyUntilMs) return;
    const leaders = peers.filter(
      ({ status, state }) => status !== 'down' && state.role.type === 'leader',
    );
    const newest = leaders.reduce<Peer | null>(
      (best, peer) => (best === null || peer.state.term > best.state.term ? peer : best),
      null,
    );
    if (newest === null) return;
    if (this.#session === 0) return this.#join(newest);
    const older = leaders.filter((peer) => peer !== newest);
    const { role } = newest.state;
    const isReady = role.type === 'leader' && newest.machine.index >= role.termStart;
    if (older.length > 0 && isReady) this.#write(newest, older);
  }

  #join(leader: Peer): void {
    const { queue } = this.#world;
    this.#busyUntilMs = queue.nowMs + PATIENCE_MS;
    const command = { type: 'join', info: INFO } as const;
    const sequence = ++this.#joins; // another join, not a repeat of the last: another session
    leader.ask({ type: 'command', peer: PEER, session: 0, sequence, command }, (answer) => {
      if (answer.type !== 'result' || answer.result.type !== 'joined') return;
      this.#session = answer.result.session;
      this.#sequence = 0;
      this.#busyUntilMs = queue.nowMs;
    });
  }

  #write(newest: Peer, older: readonly Peer[]): void {
    const { history, queue } = this.#world;
    this.#busyUntilMs = queue.nowMs + PATIENCE_MS;
    const value = ++this.#value;
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setUint32(0, value);
    const done = history.value(KEY, { type: 'write', value, token: 0 });
    const command = { type: 'write', key: KEY, value: bytes, guard: null } as const;
    const sequence = ++this.#sequence;
    const request = { type: 'command', peer: PEER, session: this.#session, sequence, command };
    newest.ask(request as Parameters<Peer['ask']>[0], (answer) => {
      this.#busyUntilMs = queue.nowMs + LOOK_EVERY_MS;
      if (answer.type !== 'result') return;
      if (answer.result.type !== 'ok') {
        this.#session = 0;
        return;
      }
      done({ type: 'written' });
      for (const peer of older) this.#read(peer);
    });
  }

  #read(peer: Peer): void {
    const done = this.#world.history.value(KEY, { type: 'read' });
    const query = (machine: Machine) => numberOf(valueOf(machine, KEY));
    peer.ask({ type: 'query', peer: PEER, query }, (answer: Answer) => {
      if (answer.type === 'value') done({ type: 'value', value: Number(answer.value) });
    });
  }
}

function numberOf(bytes: Uint8Array | null): number {
  return bytes === null ? 0 : new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
}
