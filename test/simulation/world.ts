/** A whole room of peers from one seed: places, identities, links, clients and the observer. */
import {
  ALL_MACHINE_RULES,
  ALL_RULES,
  applyEntry,
  createRng,
  decodeMachine,
  emptyDurable,
  enterEpoch,
  epochOf,
  planEpoch,
  SETTINGS_DEFAULTS,
  survivorOf,
} from '@dreampitch/swarm';
import type {
  Durable,
  EpochCertificate,
  Machine,
  MachineRules,
  Message,
  NodeId,
  Rng,
  Rules,
  Settings,
} from '@dreampitch/swarm';
import { Client } from './client.ts';
import { EventQueue } from './event-queue.ts';
import { History } from './history.ts';
import { Network } from './network.ts';
import { Observer } from './observer.ts';
import { Peer } from './peer.ts';
import type { Surroundings } from './peer.ts';
import type { Plan } from './plan.ts';
import { Worker } from './worker.ts';

/** What a test turns off; the simulated surroundings have a rule of their own. */
export type PlantedRules = {
  readonly rules: Rules;
  readonly machineRules: MachineRules;
  /** A peer whose storage was cleared comes back under a new identity. */
  readonly clearedIsNew: boolean;
};

export const NOTHING_PLANTED: PlantedRules = {
  rules: ALL_RULES,
  machineRules: ALL_MACHINE_RULES,
  clearedIsNew: true,
};

const WORKERS = 3;

/** A stranger's name starts so; the room's key vouches for everyone else. */
export const STRANGER = 'x';

export class World {
  readonly plan: Plan;
  readonly planted: PlantedRules;
  readonly queue = new EventQueue();
  readonly observer = new Observer();
  readonly history: History;
  readonly network: Network;
  readonly peers: Peer[] = [];
  readonly clients: Client[] = [];
  readonly workers: Worker[] = [];
  jobs: string[] = []; // that the room took
  clientsAreHeld = false;
  readonly rng: Rng; // of the faults
  readonly settings: Settings;
  certificate: EpochCertificate | null = null;
  readonly #around: Surroundings;
  readonly #places = new Map<NodeId, Peer>();
  #identities = 0;

  constructor(plan: Plan, planted: PlantedRules) {
    this.plan = plan;
    this.planted = planted;
    const stream = (which: number) => createRng(plan.seed * 8 + which);
    this.rng = stream(1);
    this.history = new History(this.queue);
    this.network = new Network(this.queue, stream(2), plan);
    this.settings = settingsOf(plan, planted.rules);
    this.#around = this.#surroundings(stream(3));
    const ids = Array.from({ length: plan.nodeCount }, () => this.#newId());
    const founders = ids.slice(0, plan.voterCount);
    for (const [place, id] of ids.entries()) {
      const durable = emptyDurable(place < plan.voterCount ? founders : []);
      this.#settle(new Peer(place, id, durable, this.#around));
    }
    for (const peer of this.peers) peer.start();
    const around = {
      queue: this.queue,
      rng: stream(4),
      history: this.history,
      thinkMs: plan.thinkMs,
      submitted: (job: string) => this.jobs.push(job),
      retryMs: plan.electionMs + 300, // a follower's read is four hops and a disk or two
      peers: () => this.peers,
      isHeld: () => this.clientsAreHeld,
    };
    for (let i = 1; i <= plan.clientCount; i++) this.clients.push(new Client(i, around));
    for (let i = 1; i <= WORKERS; i++) this.workers.push(new Worker(`w${i}`, around));
    this.observer.onServiceGone = (instance) => this.history.service(instance, { type: 'gone' });
  }

  #surroundings(rng: Rng): Surroundings {
    const { plan, planted, queue, settings } = this;
    const [least, spread] = plan.diskMs;
    return {
      queue,
      rng,
      settings,
      machineRules: planted.machineRules,
      compactEvery: plan.compactEvery,
      carry: (from, message) => this.carry(from.place, message),
      diskMs: () => (spread === 0 ? 0 : least + rng.nextFloat() * spread),
      stepped: (peer, input, before) => this.observer.stepped(peer, input, before, queue.nowMs),
      applied: (peer, entry, applied) => this.observer.applied(peer, entry, applied, queue.nowMs),
      fenced: (peer) => this.#onFenced(peer),
    };
  }

  #newId(): NodeId {
    return `n${++this.#identities}`;
  }

  #settle(peer: Peer): void {
    this.peers[peer.place] = peer;
    this.#places.set(peer.id, peer);
  }

  carry(from: number, message: Message): void {
    if (!message.from.startsWith(STRANGER)) this.observer.voted(message);
    const to = this.#places.get(message.to);
    if (to === undefined) return this.observer.lost(message); // an identity that is no more
    this.network.carry(from, to.place, () => to.receive(message));
  }

  /** The storage is cleared: whoever stands at that place next is somebody else. */
  clear(peer: Peer): Peer {
    peer.crash('nothing');
    const id = this.planted.clearedIsNew ? this.#newId() : peer.id;
    if (id !== peer.id) this.#places.delete(peer.id);
    const next = new Peer(peer.place, id, emptyDurable(), this.#around);
    this.#settle(next);
    return next;
  }

  leaders(): Peer[] {
    return this.peers.filter((peer) => peer.status === 'up' && peer.state.role.type === 'leader');
  }

  /** Who leads in the latest term, if anyone does. */
  leader(): Peer | null {
    const sorted = this.leaders().sort((a, b) => b.state.term - a.state.term);
    return sorted[0] ?? null;
  }

  run(untilMs: number): void {
    while (this.queue.next(untilMs));
  }

  /**
   * The room's key opens a new epoch from those who are up. Returns how many committed commands
   * are gone, whether the plan said so, and the jobs that survived.
   */
  openEpoch(): { lost: number; mayHaveLost: boolean; jobs: ReadonlySet<string> } {
    const up = this.peers.filter((peer) => peer.status === 'up');
    const { certificate, mayHaveLost, source } = planEpoch(
      up.map((peer) => survivorOf(peer.id, peer.durable)),
    );
    this.certificate = certificate;
    for (const peer of up) this.#enter(peer);
    const { state, durable } = this.#places.get(source)!;
    const lost = this.observer.enter(certificate.epoch, state.log);
    const { ledger } = machineOf(durable, this.planted.machineRules);
    return { lost, mayHaveLost, jobs: new Set(ledger.jobs.keys()) };
  }

  #enter(peer: Peer): void {
    const { certificate } = this;
    if (certificate === null || epochOf(peer.durable.term) >= certificate.epoch) return;
    peer.crash('nothing');
    peer.durable = enterEpoch(peer.durable, certificate).durable;
    peer.start();
  }

  /** Fetching the certificate takes a moment; a peer learns of it whenever it meets the others. */
  #onFenced(peer: Peer): void {
    this.queue.after(this.network.latencyMs(), () => this.#enter(peer));
  }
}

/** The whole log of a disk, applied: what a peer will know once all of it is committed. */
function machineOf({ snapshot, entries }: Durable, rules: MachineRules): Machine {
  const decoded = decodeMachine(snapshot.bytes, rules);
  if (!decoded.ok) throw new Error(`a snapshot of ours does not decode: ${decoded.reason}`);
  for (const entry of entries) applyEntry(decoded.machine, entry);
  return decoded.machine;
}

function settingsOf(plan: Plan, rules: Rules): Settings {
  const { electionMs, heartbeatMs, reads, clockDriftMax, appendEntriesMax, compactEvery } = plan;
  return {
    ...SETTINGS_DEFAULTS,
    electionMs,
    heartbeatMs,
    reads,
    clockDriftMax,
    snapshotChunkBytes: 4_096,
    appendEntriesMax,
    inflightMax: 16,
    trailingMax: compactEvery * plan.trailingShare,
    rules,
    isVouched: (id) => !id.startsWith(STRANGER),
  };
}
