/** What can be done to a simulated room, one thing at a time, each for a while. */
import type { Crash } from './disk.ts';
import type { Peer } from './peer.ts';
import { chance, pick } from './plan.ts';
import type { World } from './world.ts';

const CLOSED_LINK_SEEN_MS = 150;

type Degree = 'lossShare' | 'extraDelayMs' | 'doubledShare' | 'lateShare';

export class Faults {
  isOver = false;
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  anyPlace(): number {
    return this.#world.rng.nextInt(this.#world.peers.length);
  }

  anyPeer(): Peer {
    return pick(this.#world.rng, this.#world.peers);
  }

  leaderOrAny(): Peer {
    return this.#world.leader() ?? this.anyPeer();
  }

  later(delayMs: number, run: () => void): void {
    this.#world.queue.after(delayMs, () => {
      if (!this.isOver) run();
    });
  }

  during(lastsMs: number, what: Degree, value: number): void {
    const { network, plan } = this.#world;
    network[what] = value;
    this.later(lastsMs, () => {
      network[what] = what === 'lossShare' ? plan.lossShare : 0;
    });
  }

  cut(lastsMs: number, directions: readonly (readonly [number, number])[]): void {
    const { network } = this.#world;
    for (const [from, to] of directions) network.block(from, to);
    this.later(lastsMs, () => {
      for (const [from, to] of directions) network.unblock(from, to);
    });
  }

  between(some: readonly number[]): [number, number][] {
    const others = this.#world.peers.map((peer) => peer.place).filter((p) => !some.includes(p));
    const there = some.flatMap((a) => others.map((b): [number, number] => [a, b]));
    return [...there, ...there.map(([a, b]): [number, number] => [b, a])];
  }

  /** Cuts these places off, and both sides may see their links close. */
  cutOff(some: readonly number[], lastsMs: number): void {
    const directions = this.between(some);
    this.cut(lastsMs, directions);
    const { peers } = this.#world;
    for (const [from, to] of directions) this.seeClosed(peers[to]!, peers[from]!);
  }

  /** With at most one follower left to it: where entries are lost that were counted too early. */
  isolate(peer: Peer, lastsMs: number): void {
    const { rng } = this.#world;
    const some = chance(rng, 0.5) ? [peer.place] : [peer.place, this.anyPlace()];
    if (!chance(rng, 0.3)) return this.cutOff(some, lastsMs);
    this.cut(
      lastsMs,
      this.between(some).filter(([from]) => some.includes(from)),
    );
  }

  pause(peer: Peer, lastsMs: number): void {
    peer.pause();
    this.later(lastsMs, () => peer.resume());
  }

  crash(peer: Peer, crash: Crash, lastsMs: number): void {
    if (peer.status === 'down') return;
    peer.crash(crash);
    for (const other of this.#world.peers) this.seeClosed(other, peer);
    this.later(lastsMs, () => {
      if (peer.status === 'down' && this.#world.peers[peer.place] === peer) peer.start();
    });
  }

  seeClosed(peer: Peer, other: Peer): void {
    const { queue, rng, plan } = this.#world;
    if (!plan.closesLinks || peer === other) return;
    const seenMs = rng.nextFloat() * CLOSED_LINK_SEEN_MS;
    queue.after(seenMs, () => peer.input({ type: 'link-closed', peer: other.id }));
  }
}
