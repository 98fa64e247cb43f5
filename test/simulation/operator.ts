/**
 * The hands that run a room: the leader's policy of who votes (state-machine/electorate.ts), which
 * invites who is new and replaces who is gone, and a will of their own that changes everything.
 */
import { planElectorate } from '@dreampitch/swarm';
import type { Resident } from '@dreampitch/swarm';
import type { Peer } from './peer.ts';
import { chance, pick, shuffled } from './plan.ts';
import type { World } from './world.ts';

const REPAIR_EVERY_MS = 400;
const VOTERS_MIN = 3;
const GONE_ELECTIONS = 12; // silent for so many: replaced
/** Any number of voters stays for a while before the policy makes them odd. */
const WILL_LASTS_MS = 6_000;

export class Operator {
  readonly #world: World;
  /** Identities whose storage was cleared and that still stand in the configuration. */
  readonly #gone = new Set<string>();
  readonly #roundTripsMs: readonly number[]; // by place: who is near is asked first
  #policyFromMs = 0;
  #ticket = 1_000_000_000;

  constructor(world: World) {
    this.#world = world;
    this.#roundTripsMs = world.peers.map(() => world.rng.nextInt(100));
    world.queue.after(REPAIR_EVERY_MS, () => this.#repair());
  }

  /**
   * Clears one peer's storage; one at a time, and only while the others still hold everything: no
   * promise survives more. Returns who stands there then.
   */
  clear(): Peer | null {
    const { world, leader } = { world: this.#world, leader: this.#world.leader() };
    if (leader === null || this.#gone.size > 0) return null;
    // Not by the word of a leader that another has followed meanwhile.
    if (world.peers.some((peer) => peer.state.term > leader.state.term)) return null;
    const { voters, votersOutgoing } = leader.state.log.configuration;
    if (votersOutgoing.length > 0 || voters.length < VOTERS_MIN) return null;
    const isCalm = leader.state.log.configurationIndex <= leader.state.commit;
    const peer = pick(world.rng, world.peers);
    if (!isCalm || peer === leader) return null;
    if (voters.includes(peer.id)) this.#gone.add(peer.id);
    const next = world.clear(peer);
    next.start();
    return next;
  }

  /** Any other set of voters, of any size. */
  changeMembers(): readonly string[] {
    const { rng, peers, queue } = this.#world;
    if (this.#gone.size > 0) return [];
    this.#policyFromMs = queue.nowMs + rng.nextFloat() * WILL_LASTS_MS;
    const ids = shuffled(
      rng,
      peers.map((peer) => peer.id),
    );
    const count = Math.min(ids.length, pick(rng, [2, 3, 3, 4, 5, 6, 7]));
    const voters = ids.slice(0, count);
    for (const leader of this.#world.leaders()) this.#configure(leader, voters, ids.slice(count));
    // Changes its mind at once, which every leader has to refuse: one change at a time.
    if (chance(rng, 0.5)) {
      for (const leader of this.#world.leaders())
        this.#configure(leader, [leader.id], without(ids, leader.id));
    }
    return voters;
  }

  #repair(): void {
    const { queue, plan } = this.#world;
    queue.after(REPAIR_EVERY_MS, () => this.#repair());
    const leader = this.#world.leader();
    if (leader === null) return;
    const { configuration, configurationIndex } = leader.state.log;
    const { voters, votersOutgoing } = configuration;
    if (votersOutgoing.length > 0 || configurationIndex > leader.state.commit) return;
    for (const id of this.#gone) if (!voters.includes(id)) this.#gone.delete(id);
    if (queue.nowMs < this.#policyFromMs && this.#gone.size === 0) return;
    const options = {
      votersMax: plan.voterCount,
      goneMs: plan.electionMs * GONE_ELECTIONS,
      stableMs: 0,
      roundTripMsMax: Infinity,
    };
    const change = planElectorate(leader.state, leader.localMs(), {
      residents: this.#residents(),
      options,
    });
    if (change !== null) this.#configure(leader, change.voters, change.learners);
  }

  #residents(): Resident[] {
    return this.#world.peers.map(({ id, place }) => ({
      peer: id,
      kind: 'tab',
      isHidden: false, // nobody knows before it is silent
      presentMs: Infinity,
      roundTripMs: this.#roundTripsMs[place]!,
    }));
  }

  #configure(leader: Peer, voters: readonly string[], learners: readonly string[]): void {
    leader.input({ type: 'configure', ticket: ++this.#ticket, voters, learners });
  }
}

const without = (ids: readonly string[], one: string) => ids.filter((id) => id !== one);
