/** The faults that know what they do: they wait for the moment in which an election can go wrong. */
import type { Faults } from './faults.ts';
import type { Peer } from './peer.ts';
import { chance, pick } from './plan.ts';
import type { World } from './world.ts';

const LOOK_EVERY_MS = 7;
const QUICK_RESTART_MS = 2;

export class ElectionFaults {
  readonly #world: World;
  readonly #faults: Faults;

  constructor(world: World, faults: Faults) {
    this.#world = world;
    this.#faults = faults;
  }

  /** For a while, no leader leads for long: figure 3.7 of the dissertation needs three in a row. */
  huntLeaders(lastsMs: number): void {
    const { queue, rng, plan } = this.#world;
    const untilMs = queue.nowMs + lastsMs;
    let hunted = 0;
    const look = () => {
      const leader = this.#world.leader();
      if (leader !== null && leader.state.term !== hunted) {
        hunted = leader.state.term;
        const mercyMs = rng.nextFloat() * plan.latencyMs[1] * 4;
        const restMs = plan.electionMs * (1 + rng.nextFloat() * 3);
        this.#faults.later(mercyMs, () =>
          chance(rng, 0.5)
            ? this.#faults.isolate(leader, restMs)
            : this.#faults.crash(leader, 'torn', restMs),
        );
      }
      if (queue.nowMs < untilMs) this.#faults.later(LOOK_EVERY_MS, look);
    };
    look();
  }

  /**
   * One follower stops hearing the leader and campaigns; just before, the others are restarted, so
   * that they may forget whom they heard; and the old leader does not hear of the new one.
   */
  twoLeaders(lastsMs: number): void {
    const { queue, rng, plan, peers } = this.#world;
    const old = this.#world.leader();
    if (old === null) return;
    const { voters } = old.state.log.configuration;
    const deaf = pick(
      rng,
      peers.filter((peer) => peer === old || voters.includes(peer.id)),
    );
    if (old === deaf) return;
    const apartMs = lastsMs + plan.electionMs * 3;
    this.#faults.cut(apartMs, [
      [old.place, deaf.place],
      [deaf.place, old.place],
    ]);
    this.hide(old, apartMs);
    // Soon, and while nothing is written: a log that is behind wins no votes.
    deaf.input({ type: 'link-closed', peer: old.id });
    this.#world.clientsAreHeld = chance(rng, 0.7);
    this.#faults.later(plan.electionMs * 2, () => {
      this.#world.clientsAreHeld = false;
    });
    if (chance(rng, 0.3)) return;
    const untilMs = queue.nowMs + plan.electionMs * 3;
    const look = () => {
      const leftMs = deaf.state.electionDueMs - deaf.localMs();
      if (deaf.status === 'up' && leftMs < QUICK_RESTART_MS * 2) {
        for (const peer of peers)
          if (peer !== deaf && peer !== old) this.#faults.crash(peer, 'nothing', QUICK_RESTART_MS);
      } else if (queue.nowMs < untilMs) this.#faults.later(1, look);
    };
    look();
  }

  /** A leader that loses what its disk had not written, just when the best follower is cut off. */
  forgetfulLeader(lastsMs: number): void {
    const { rng, plan, peers } = this.#world;
    const leader = this.#faults.leaderOrAny();
    leader.slowDiskMs = plan.electionMs * 0.4;
    this.#faults.later(plan.electionMs * (0.2 + rng.nextFloat()), () => {
      leader.slowDiskMs = 0;
      const others = peers.filter((peer) => peer !== leader && peer.status === 'up');
      const best = others.sort((a, b) => b.state.log.lastIndex - a.state.log.lastIndex)[0];
      this.#faults.crash(leader, 'nothing', QUICK_RESTART_MS);
      if (best !== undefined) this.#faults.cut(lastsMs, this.#faults.between([best.place]));
    });
  }

  /**
   * Two candidates of one term, voters that restart after voting, and questions that come twice.
   * A leader that hands over twice asks two followers to campaign at once.
   */
  splitVotes(lastsMs: number): void {
    const { queue, rng, plan, peers, network } = this.#world;
    const leader = this.#world.leader();
    if (leader === null) return;
    if (chance(rng, 0.3)) {
      this.#faults.crash(leader, 'nothing', lastsMs);
      for (const peer of peers) peer.input({ type: 'link-closed', peer: leader.id });
    } else {
      leader.input({ type: 'transfer', to: this.#faults.anyPeer().id });
      leader.input({ type: 'freeze' });
    }
    network.doubledShare = 0.9;
    const apartMs = plan.electionMs * 4;
    this.#faults.later(apartMs, () => {
      network.doubledShare = 0;
    });
    const untilMs = queue.nowMs + apartMs;
    let muted: Peer | null = null;
    const look = () => {
      const rivals = this.#rivals();
      const first = rivals.find((peer) => peer.state.role.type === 'leader');
      const second = rivals.find((peer) => peer !== first && peer.state.role.type === 'candidate');
      if (muted === null && rivals.length > 1 && second !== undefined) {
        muted = second; // it must not hear at once that it lost
        const inward = this.#faults.between([second.place]).filter(([, to]) => to === second.place);
        this.#faults.cut(plan.electionMs * 0.3, inward);
      }
      if (rivals.length > 1 && first !== undefined) {
        this.#faults.cut(apartMs, this.#faults.between([first.place]));
        for (const peer of peers)
          if (!rivals.includes(peer)) this.#faults.crash(peer, 'nothing', QUICK_RESTART_MS);
      } else if (queue.nowMs < untilMs) this.#faults.later(1, look);
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

  /** Cuts the leader off as soon as anyone is ahead of its term. */
  hide(old: Peer, lastsMs: number): void {
    const { queue, plan } = this.#world;
    const untilMs = queue.nowMs + lastsMs;
    const { term } = old.state;
    const look = () => {
      if (old.state.role.type !== 'leader' || old.state.term !== term) return;
      if (this.#world.peers.some((peer) => peer.state.term > term))
        this.#faults.cut(plan.electionMs * 2, this.#faults.between([old.place]));
      else if (queue.nowMs < untilMs) this.#faults.later(1, look);
    };
    look();
  }

  /** Half the time the old leader does not hear of the election that it asked for. */
  transfer(lastsMs: number): void {
    const leader = this.#world.leader();
    if (leader === null) return;
    const target = this.#faults.anyPeer();
    leader.input({ type: 'transfer', to: target.id });
    if (target === leader || chance(this.#world.rng, 0.5)) return;
    this.#faults.cut(lastsMs, [[target.place, leader.place]]);
    this.hide(leader, lastsMs);
  }

  /** A suspended leader may wake when another leads, before anyone tells it so. */
  pauseSomeone(lastsMs: number): void {
    const { rng, plan } = this.#world;
    if (chance(rng, 0.4)) return this.#faults.pause(this.#faults.anyPeer(), lastsMs);
    const old = this.#faults.leaderOrAny();
    if (chance(rng, 0.7)) this.#faults.cut(lastsMs * 1.2, this.#faults.between([old.place]));
    this.#faults.pause(old, lastsMs);
    const soonMs = plan.latencyMs[1] * rng.nextFloat() * 8;
    const look = () => {
      if (old.status !== 'paused') return;
      const next = this.#world.leader();
      if (next === null || next.state.term <= old.state.term) return this.#faults.later(2, look);
      this.#faults.later(soonMs, () => old.resume());
    };
    if (chance(rng, 0.7)) look();
  }
}
