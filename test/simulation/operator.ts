/** The hands that run a room: they invite who is new, replace who is gone, and change their mind. */
import type { Peer } from './peer.ts';
import { pick, shuffled } from './plan.ts';
import type { World } from './world.ts';

const REPAIR_EVERY_MS = 400;
const VOTERS_MIN = 3;

export class Operator {
  readonly #world: World;
  /** Identities whose storage was cleared and that still stand in the configuration. */
  readonly #gone = new Set<string>();
  #ticket = 1_000_000_000;

  constructor(world: World) {
    this.#world = world;
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
    const { rng, peers } = this.#world;
    if (this.#gone.size > 0) return [];
    const ids = shuffled(
      rng,
      peers.map((peer) => peer.id),
    );
    const count = Math.min(ids.length, pick(rng, [2, 3, 3, 4, 5, 6, 7]));
    const voters = ids.slice(0, count);
    for (const leader of this.#world.leaders()) this.#configure(leader, voters, ids.slice(count));
    return voters;
  }

  #repair(): void {
    const { queue, peers, plan } = this.#world;
    queue.after(REPAIR_EVERY_MS, () => this.#repair());
    const leader = this.#world.leader();
    if (leader === null) return;
    const { configuration, configurationIndex } = leader.state.log;
    const { voters, learners, votersOutgoing } = configuration;
    if (votersOutgoing.length > 0 || configurationIndex > leader.state.commit) return;
    for (const id of this.#gone) if (!voters.includes(id)) this.#gone.delete(id);
    const present = peers.map((peer) => peer.id);
    const staying = voters.filter((id) => present.includes(id));
    const others = present.filter((id) => !staying.includes(id));
    const isInvited = others.every((id) => learners.includes(id));
    const isFew = staying.length < Math.min(VOTERS_MIN, plan.voterCount);
    if (!isInvited) this.#configure(leader, voters, others);
    else if (staying.length < voters.length || isFew) this.#promoteOne(leader, staying, others);
    else if (learners.some((id) => !present.includes(id))) this.#configure(leader, voters, others);
  }

  #promoteOne(leader: Peer, staying: readonly string[], others: readonly string[]): void {
    const id = pick(this.#world.rng, others);
    const learners = others.filter((other) => other !== id);
    this.#configure(leader, [...staying, id], learners);
  }

  #configure(leader: Peer, voters: readonly string[], learners: readonly string[]): void {
    leader.input({ type: 'configure', ticket: ++this.#ticket, voters, learners });
  }
}
