/** Everything that goes wrong, in the seed's own mix. */
import { startLiar } from './liar.ts';
import { Operator } from './operator.ts';
import { RivalProbe } from './rival-probe.ts';
import { ElectionFaults } from './election-faults.ts';
import { Faults } from './faults.ts';
import { chance, HIDDEN_MS, KINDS_MIN, pick, shuffled } from './plan.ts';
import type { FaultKind } from './plan.ts';
import type { World } from './world.ts';

const FIRST_FAULT_MS = 2_000;

export class Nemesis {
  faults = 0;
  readonly kindsSeen = new Set<FaultKind>();
  readonly #world: World;
  readonly #operator: Operator;
  readonly #faults: Faults;
  readonly #elections: ElectionFaults;

  constructor(world: World) {
    this.#world = world;
    this.#operator = new Operator(world);
    this.#faults = new Faults(world);
    this.#elections = new ElectionFaults(world, this.#faults);
    new RivalProbe(world).start(() => this.#faults.isOver);
    world.queue.after(FIRST_FAULT_MS, () => this.#strike());
    if (world.plan.hasLiar) startLiar(world, () => this.#faults.isOver);
  }

  #strike(): void {
    if (this.#faults.isOver) return;
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
    this.#faults.isOver = true;
    this.#world.network.heal();
    this.#world.clientsAreHeld = false;
    for (const worker of this.#world.workers) worker.isWell = true;
    for (const peer of this.#world.peers) {
      peer.slowDiskMs = 0;
      peer.throttle(0);
      if (peer.status === 'paused') peer.resume();
      if (peer.status === 'down') peer.start();
    }
  }

  #do(kind: FaultKind): void {
    const { rng, plan } = this.#world;
    const lastsMs = plan.electionMs * (0.5 + rng.nextFloat() * 6);
    switch (kind) {
      case 'loss':
        return this.#faults.during(lastsMs, 'lossShare', 0.1 + rng.nextFloat() * 0.4);
      case 'delay':
        return this.#faults.during(lastsMs, 'extraDelayMs', plan.electionMs * rng.nextFloat());
      case 'duplication':
        return this.#faults.during(lastsMs, 'doubledShare', 0.1 + rng.nextFloat() * 0.3);
      case 'reorder':
        return this.#faults.during(lastsMs, 'lateShare', 0.05 + rng.nextFloat() * 0.3);
      case 'partition':
        return this.#partition(lastsMs);
      case 'one-way':
        return this.#faults.cut(lastsMs, [[this.#faults.anyPlace(), this.#faults.anyPlace()]]);
      case 'flapping':
        return this.#flap();
      case 'isolate-leader':
        return this.#faults.isolate(this.#faults.leaderOrAny(), lastsMs);
      case 'hunt-leaders':
        return this.#elections.huntLeaders(lastsMs * 4);
      case 'two-leaders':
        return this.#elections.twoLeaders(lastsMs);
      case 'split-votes':
        return this.#elections.splitVotes(lastsMs);
      case 'pause':
        return this.#elections.pauseSomeone(lastsMs);
      case 'hidden':
        return this.#hide();
      case 'throttled':
        return this.#throttle(lastsMs * 4);
      case 'crash':
        return this.#faults.crash(this.#faults.anyPeer(), 'nothing', lastsMs);
      case 'crash-flushed':
        return this.#faults.crash(this.#faults.anyPeer(), 'everything', lastsMs);
      case 'crash-torn':
        return this.#faults.crash(this.#faults.anyPeer(), 'torn', lastsMs);
      case 'crash-leader':
        if (chance(rng, 0.5)) return this.#elections.forgetfulLeader(lastsMs);
        return this.#faults.crash(this.#faults.leaderOrAny(), 'torn', lastsMs);
      case 'restart-all':
        for (const peer of this.#world.peers) this.#faults.crash(peer, 'nothing', lastsMs / 8);
        return;
      case 'cleared-disk':
        this.#operator.clear();
        return;
      case 'slow-disk':
        return this.#slowDisk(lastsMs);
      case 'clock': {
        const rate = 1 + (rng.nextFloat() * 2 - 1) * plan.clockDriftMax;
        return this.#faults.anyPeer().setClockRate(rate);
      }
      case 'membership':
        this.#operator.changeMembers();
        return;
      case 'membership-cut':
        return this.#changeAndCut(lastsMs);
      case 'transfer':
        return this.#elections.transfer(lastsMs);
      case 'freeze': {
        const peer = this.#faults.leaderOrAny();
        peer.input({ type: 'freeze' });
        return this.#faults.pause(peer, lastsMs * 2);
      }
      default:
        throw new Error(`unreachable: ${String(kind satisfies never)}`);
    }
  }

  /** A tab that nobody looks at is frozen, sometimes with a word before; one at a time. */
  #hide(): void {
    const { rng, peers } = this.#world;
    const peer = chance(rng, 0.5) ? this.#faults.leaderOrAny() : this.#faults.anyPeer();
    const hiddenMs = HIDDEN_MS * (chance(rng, 0.5) ? 1 : rng.nextFloat());
    if (peers.some((other) => other.status === 'paused')) return;
    if (chance(rng, 0.5)) peer.input({ type: 'freeze' });
    if (chance(rng, 0.5)) for (const other of peers) this.#faults.seeClosed(other, peer);
    this.#faults.pause(peer, hiddenMs);
  }

  /** Its timers fire once a second or once a minute; what arrives is still heard. */
  #throttle(lastsMs: number): void {
    const { rng } = this.#world;
    const peer = chance(rng, 0.5) ? this.#faults.leaderOrAny() : this.#faults.anyPeer();
    peer.throttle(pick(rng, [1_000, 1_000, HIDDEN_MS]));
    this.#faults.later(lastsMs, () => peer.throttle(0));
  }

  #partition(lastsMs: number): void {
    const { rng, peers } = this.#world;
    const places = shuffled(
      rng,
      peers.map((peer) => peer.place),
    );
    this.#faults.cutOff(places.slice(0, 1 + rng.nextInt(places.length - 1)), lastsMs);
  }

  #flap(): void {
    const { rng, plan } = this.#world;
    const directions = this.#faults.between([this.#faults.anyPlace()]);
    for (let i = 0; i < 8; i++)
      this.#faults.later(i * plan.electionMs * (0.3 + rng.nextFloat() / 2), () =>
        this.#faults.cut(plan.electionMs * 0.25, directions),
      );
  }

  /** The leader changes the voters and is cut off with some of them. */
  #changeAndCut(lastsMs: number): void {
    const { rng, peers, plan } = this.#world;
    const leader = this.#world.leader();
    const voters = this.#operator.changeMembers();
    if (chance(rng, 0.5)) this.#operator.changeMembers(); // refused: one at a time
    if (leader === null || voters.length === 0) return;
    const side = peers.filter(
      (peer) => peer === leader || (voters.includes(peer.id) && chance(rng, 0.7)),
    );
    const places = side.map((peer) => peer.place);
    this.#faults.later(rng.nextFloat() * plan.latencyMs[1] * 3, () =>
      this.#faults.cutOff(places, lastsMs),
    );
  }

  #slowDisk(lastsMs: number): void {
    const { rng, plan, peers } = this.#world;
    const slow = chance(rng, 0.3) ? peers : [this.#faults.anyPeer()];
    for (const peer of slow) peer.slowDiskMs = plan.electionMs * rng.nextFloat() * 0.5;
    this.#faults.later(lastsMs, () => {
      for (const peer of slow) peer.slowDiskMs = 0;
    });
  }
}
