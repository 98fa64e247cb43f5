/** Everything that goes wrong, in the seed's own mix. */
import { startLiar } from './liar.ts';
import { Operator } from './operator.ts';
import type { Crash } from './disk.ts';
import type { Peer } from './peer.ts';
import { chance, KINDS_MIN, pick, shuffled } from './plan.ts';
import type { FaultKind } from './plan.ts';
import type { World } from './world.ts';

const FIRST_FAULT_MS = 2_000;
const CLOSED_LINK_SEEN_MS = 150;
const LOOK_EVERY_MS = 7;
const QUICK_RESTART_MS = 15;

type Degree = 'lossShare' | 'extraDelayMs' | 'doubledShare' | 'lateShare';

export class Nemesis {
  faults = 0;
  readonly kindsSeen = new Set<FaultKind>();
  readonly #world: World;
  readonly #operator: Operator;
  #isOver = false;

  constructor(world: World) {
    this.#world = world;
    this.#operator = new Operator(world);
    world.queue.after(FIRST_FAULT_MS, () => this.#strike());
    if (world.plan.hasLiar) startLiar(world, () => this.#isOver);
  }

  #strike(): void {
    if (this.#isOver) return;
    const { queue, rng, plan } = this.#world;
    // Each seed begins with as many different kinds as it must have.
    const kind = this.faults < KINDS_MIN ? plan.kinds[this.faults]! : pick(rng, plan.kinds);
    this.#do(kind);
    this.faults++;
    this.kindsSeen.add(kind);
    queue.after(plan.faultGapMs * (0.3 + rng.nextFloat()), () => this.#strike());
  }

  /** The faults end: links are whole, everyone runs, disks behave. */
  heal(): void {
    this.#isOver = true;
    this.#world.network.heal();
    for (const peer of this.#world.peers) {
      peer.slowDiskMs = 0;
      if (peer.status === 'paused') peer.resume();
      if (peer.status === 'down') peer.start();
    }
  }

  #do(kind: FaultKind): void {
    const { rng, plan } = this.#world;
    const lastsMs = plan.electionMs * (0.5 + rng.nextFloat() * 6);
    switch (kind) {
      case 'loss':
        return this.#during(lastsMs, 'lossShare', 0.1 + rng.nextFloat() * 0.4);
      case 'delay':
        return this.#during(lastsMs, 'extraDelayMs', plan.electionMs * rng.nextFloat());
      case 'duplication':
        return this.#during(lastsMs, 'doubledShare', 0.1 + rng.nextFloat() * 0.3);
      case 'reorder':
        return this.#during(lastsMs, 'lateShare', 0.05 + rng.nextFloat() * 0.3);
      case 'partition':
        return this.#partition(lastsMs);
      case 'one-way':
        return this.#cut(lastsMs, [[this.#anyPlace(), this.#anyPlace()]]);
      case 'flapping':
        return this.#flap();
      case 'isolate-leader':
        return this.#isolate(this.#leaderOrAny(), lastsMs);
      case 'hunt-leaders':
        return this.#huntLeaders(lastsMs * 4);
      case 'two-leaders':
        return this.#twoLeaders(lastsMs);
      case 'split-votes':
        return this.#splitVotes(lastsMs);
      case 'pause':
        return this.#pauseSomeone(lastsMs);
      case 'crash':
        return this.#crash(this.#anyPeer(), 'nothing', lastsMs);
      case 'crash-flushed':
        return this.#crash(this.#anyPeer(), 'everything', lastsMs);
      case 'crash-torn':
        return this.#crash(this.#anyPeer(), 'torn', lastsMs);
      case 'crash-leader':
        return this.#crash(this.#leaderOrAny(), 'torn', lastsMs);
      case 'restart-all':
        for (const peer of this.#world.peers) this.#crash(peer, 'nothing', lastsMs / 8);
        return;
      case 'cleared-disk':
        this.#operator.clear();
        return;
      case 'slow-disk':
        return this.#slowDisk(lastsMs);
      case 'clock': {
        const rate = 1 + (rng.nextFloat() * 2 - 1) * plan.clockDriftMax;
        return this.#anyPeer().setClockRate(rate);
      }
      case 'membership':
        this.#operator.changeMembers();
        return;
      case 'membership-cut':
        return this.#changeAndCut(lastsMs);
      case 'transfer':
        return this.#transfer(lastsMs);
      case 'freeze': {
        const peer = this.#leaderOrAny();
        peer.input({ type: 'freeze' });
        return this.#pause(peer, lastsMs * 2);
      }
      default:
        throw new Error(`unreachable: ${String(kind satisfies never)}`);
    }
  }

  #anyPlace(): number {
    return this.#world.rng.nextInt(this.#world.peers.length);
  }

  #anyPeer(): Peer {
    return pick(this.#world.rng, this.#world.peers);
  }

  #leaderOrAny(): Peer {
    return this.#world.leader() ?? this.#anyPeer();
  }

  #later(delayMs: number, run: () => void): void {
    this.#world.queue.after(delayMs, () => {
      if (!this.#isOver) run();
    });
  }

  #during(lastsMs: number, what: Degree, value: number): void {
    const { network, plan } = this.#world;
    network[what] = value;
    this.#later(lastsMs, () => {
      network[what] = what === 'lossShare' ? plan.lossShare : 0;
    });
  }

  #cut(lastsMs: number, directions: readonly (readonly [number, number])[]): void {
    const { network } = this.#world;
    for (const [from, to] of directions) network.block(from, to);
    this.#later(lastsMs, () => {
      for (const [from, to] of directions) network.unblock(from, to);
    });
  }

  #between(some: readonly number[]): [number, number][] {
    const others = this.#world.peers.map((peer) => peer.place).filter((p) => !some.includes(p));
    const there = some.flatMap((a) => others.map((b): [number, number] => [a, b]));
    return [...there, ...there.map(([a, b]): [number, number] => [b, a])];
  }

  /** Cuts these places off, and both sides may see their links close. */
  #cutOff(some: readonly number[], lastsMs: number): void {
    const directions = this.#between(some);
    this.#cut(lastsMs, directions);
    const { peers } = this.#world;
    for (const [from, to] of directions) this.#seeClosed(peers[to]!, peers[from]!);
  }

  #partition(lastsMs: number): void {
    const { rng, peers } = this.#world;
    const places = shuffled(
      rng,
      peers.map((peer) => peer.place),
    );
    this.#cutOff(places.slice(0, 1 + rng.nextInt(places.length - 1)), lastsMs);
  }

  #flap(): void {
    const { rng, plan } = this.#world;
    const directions = this.#between([this.#anyPlace()]);
    for (let i = 0; i < 8; i++)
      this.#later(i * plan.electionMs * (0.3 + rng.nextFloat() / 2), () =>
        this.#cut(plan.electionMs * 0.25, directions),
      );
  }

  /** With at most one follower left to it: where entries are lost that were counted too early. */
  #isolate(peer: Peer, lastsMs: number): void {
    const { rng } = this.#world;
    const some = chance(rng, 0.5) ? [peer.place] : [peer.place, this.#anyPlace()];
    if (!chance(rng, 0.3)) return this.#cutOff(some, lastsMs);
    this.#cut(
      lastsMs,
      this.#between(some).filter(([from]) => some.includes(from)),
    );
  }

  /** For a while, no leader leads for long: figure 3.7 of the dissertation needs three in a row. */
  #huntLeaders(lastsMs: number): void {
    const { queue, rng, plan } = this.#world;
    const untilMs = queue.nowMs + lastsMs;
    let hunted = 0;
    const look = () => {
      const leader = this.#world.leader();
      if (leader !== null && leader.state.term !== hunted) {
        hunted = leader.state.term;
        const mercyMs = rng.nextFloat() * plan.latencyMs[1] * 4;
        const restMs = plan.electionMs * (1 + rng.nextFloat() * 3);
        this.#later(mercyMs, () =>
          chance(rng, 0.5) ? this.#isolate(leader, restMs) : this.#crash(leader, 'torn', restMs),
        );
      }
      if (queue.nowMs < untilMs) this.#later(LOOK_EVERY_MS, look);
    };
    look();
  }

  /**
   * One follower stops hearing the leader and campaigns; the others are restarted, so that they
   * may forget whom they heard; and the old leader does not hear of the new one.
   */
  #twoLeaders(lastsMs: number): void {
    const { queue, rng, plan, peers } = this.#world;
    const old = this.#world.leader();
    if (old === null) return;
    const deaf = this.#anyPeer();
    const restarts = chance(rng, 0.5);
    this.#cut(lastsMs + plan.electionMs * 3, [[old.place, deaf.place]]);
    this.#hide(old, lastsMs + plan.electionMs * 3);
    const untilMs = queue.nowMs + plan.electionMs * 3;
    const look = () => {
      if (deaf.status === 'up' && deaf.state.role.type === 'pre-candidate' && restarts) {
        for (const peer of peers)
          if (peer !== deaf && peer !== old) this.#crash(peer, 'nothing', QUICK_RESTART_MS);
      } else if (queue.nowMs < untilMs) this.#later(LOOK_EVERY_MS, look);
    };
    look();
  }

  /** Two candidates of one term, voters that restart after voting, and questions that come twice. */
  #splitVotes(lastsMs: number): void {
    const { queue, plan, peers, network } = this.#world;
    const leader = this.#world.leader();
    if (leader === null) return;
    this.#crash(leader, 'nothing', lastsMs);
    for (const peer of peers) peer.input({ type: 'link-closed', peer: leader.id });
    network.doubledShare = 0.8;
    const untilMs = queue.nowMs + plan.electionMs * 4;
    const look = () => {
      const rivals = this.#rivals();
      if (rivals.length > 1) {
        for (const { place } of rivals) this.#cut(plan.electionMs * 3, this.#among(place, rivals));
        for (const peer of peers)
          if (!rivals.includes(peer)) this.#crash(peer, 'nothing', QUICK_RESTART_MS);
      } else if (queue.nowMs < untilMs) return this.#later(1, look);
      this.#later(plan.electionMs * 4, () => {
        network.doubledShare = 0;
      });
    };
    look();
  }

  /** Everyone who is up for election in one term. */
  #rivals(): Peer[] {
    const standing = this.#world.peers.filter(
      ({ status, state }) =>
        status === 'up' && (state.role.type === 'candidate' || state.role.type === 'leader'),
    );
    const latest = Math.max(...standing.map((peer) => peer.state.term));
    return standing.filter((peer) => peer.state.term === latest);
  }

  #among(place: number, others: readonly Peer[]): [number, number][] {
    return others.flatMap((other): [number, number][] =>
      other.place === place ? [] : [[place, other.place]],
    );
  }

  /** Cuts the leader off as soon as anyone is ahead of its term. */
  #hide(old: Peer, lastsMs: number): void {
    const { queue, plan } = this.#world;
    const untilMs = queue.nowMs + lastsMs;
    const { term } = old.state;
    const look = () => {
      if (old.state.role.type !== 'leader' || old.state.term !== term) return;
      if (this.#world.peers.some((peer) => peer.state.term > term))
        this.#cut(plan.electionMs * 2, this.#between([old.place]));
      else if (queue.nowMs < untilMs) this.#later(1, look);
    };
    look();
  }

  #transfer(lastsMs: number): void {
    const leader = this.#world.leader();
    if (leader === null) return;
    leader.input({ type: 'transfer', to: this.#anyPeer().id });
    if (chance(this.#world.rng, 0.5)) this.#hide(leader, lastsMs);
  }

  /** The leader changes the voters and is cut off with some of them. */
  #changeAndCut(lastsMs: number): void {
    const { rng, peers, plan } = this.#world;
    const leader = this.#world.leader();
    const voters = this.#operator.changeMembers();
    if (leader === null || voters.length === 0) return;
    const side = peers.filter(
      (peer) => peer === leader || (voters.includes(peer.id) && chance(rng, 0.7)),
    );
    const places = side.map((peer) => peer.place);
    this.#later(rng.nextFloat() * plan.latencyMs[1] * 3, () => this.#cutOff(places, lastsMs));
  }

  /** A suspended leader may wake before anyone tells it that others went on. */
  #pauseSomeone(lastsMs: number): void {
    const { rng } = this.#world;
    const peer = chance(rng, 0.5) ? this.#leaderOrAny() : this.#anyPeer();
    if (chance(rng, 0.5)) this.#cut(lastsMs * 1.2, this.#between([peer.place]));
    this.#pause(peer, lastsMs);
  }

  #pause(peer: Peer, lastsMs: number): void {
    peer.pause();
    this.#later(lastsMs, () => peer.resume());
  }

  #crash(peer: Peer, crash: Crash, lastsMs: number): void {
    if (peer.status === 'down') return;
    peer.crash(crash);
    for (const other of this.#world.peers) this.#seeClosed(other, peer);
    this.#later(lastsMs, () => {
      if (peer.status === 'down' && this.#world.peers[peer.place] === peer) peer.start();
    });
  }

  #seeClosed(peer: Peer, other: Peer): void {
    const { queue, rng, plan } = this.#world;
    if (!plan.closesLinks || peer === other) return;
    const seenMs = rng.nextFloat() * CLOSED_LINK_SEEN_MS;
    queue.after(seenMs, () => peer.input({ type: 'link-closed', peer: other.id }));
  }

  #slowDisk(lastsMs: number): void {
    const { rng, plan, peers } = this.#world;
    const slow = chance(rng, 0.3) ? peers : [this.#anyPeer()];
    for (const peer of slow) peer.slowDiskMs = plan.electionMs * rng.nextFloat() * 0.5;
    this.#later(lastsMs, () => {
      for (const peer of slow) peer.slowDiskMs = 0;
    });
  }
}
