/**
 * What agreement costs. A five-node group in one process: committed commands per second of one
 * core, with messages passed as they are and as unsigned frames of bytes; every replica applies
 * every command to its own state machine. And how long a room is without a leader, simulated.
 */
import {
  applyEntry,
  createMachine,
  createReplica,
  createRng,
  decodeFrame,
  emptyDurable,
  encodeFrame,
  encodeMachine,
  encodeProposal,
  SETTINGS_DEFAULTS,
  step,
} from '@dreampitch/swarm';
import type { Effect, Input, Machine, Message, NodeId, State } from '@dreampitch/swarm';
import { planOf } from '../simulation/plan.ts';
import type { Plan } from '../simulation/plan.ts';
import { NOTHING_PLANTED, World } from '../simulation/world.ts';
import { figureOf, type Figure } from './figure.ts';

const NODES = ['n1', 'n2', 'n3', 'n4', 'n5'] as const;
const COMMANDS = 20_000;
const BATCH = 64; // commands a client has under way
const RUNS = 5;
const COMPACT_EVERY = 5_000;
const CRASHES = 400;
const ELECTION_MS = 1_000;
const CLOSED_SEEN_MS = 100;

/** Replicas, instant disks, and one queue of messages between them. */
class Group {
  readonly #states = new Map<NodeId, State>();
  readonly #machines = new Map<NodeId, Machine>();
  readonly #asBytes: boolean;
  #messages: Message[] = [];
  #nowMs = 0;

  constructor(asBytes: boolean) {
    this.#asBytes = asBytes;
    for (const [i, id] of NODES.entries()) {
      const durable = emptyDurable(NODES);
      const settings = SETTINGS_DEFAULTS;
      this.#states.set(id, createReplica({ id, settings, durable, seed: i, nowMs: 0 }));
      this.#machines.set(id, createMachine());
    }
    this.#nowMs = 5_000;
    this.input('n1', { type: 'tick' });
    this.settle();
  }

  input(id: NodeId, input: Input): void {
    const { state, effects } = step(this.#states.get(id)!, input, this.#nowMs);
    this.#states.set(id, state);
    for (const effect of effects) this.#carryOut(id, effect);
  }

  #carryOut(id: NodeId, effect: Effect): void {
    if (effect.type === 'send') this.#messages.push(effect.message);
    if (effect.type !== 'apply') return;
    const machine = this.#machines.get(id)!;
    for (const entry of effect.entries) applyEntry(machine, entry);
    const { snapshot } = this.#states.get(id)!;
    if (machine.index - snapshot.index < COMPACT_EVERY) return;
    this.input(id, { type: 'compact', index: machine.index, bytes: encodeMachine(machine) });
  }

  settle(): void {
    while (this.#messages.length > 0) {
      const messages = this.#messages;
      this.#messages = [];
      for (const message of messages) {
        const arrived =
          this.#asBytes && message.to !== message.from ? overTheWire(message) : message;
        this.input(message.to, { type: 'message', message: arrived });
      }
    }
  }

  /** Commands that every replica has applied when this returns. */
  commit(commands: readonly Uint8Array[]): void {
    for (let i = 0; i < commands.length; i += BATCH) {
      this.#nowMs++;
      const batch = commands.slice(i, i + BATCH);
      this.input('n1', { type: 'propose', ticket: i, commands: batch, of: 'member' });
      this.settle();
    }
    this.#nowMs += SETTINGS_DEFAULTS.heartbeatMs; // the last commit index reaches everyone
    this.input('n1', { type: 'tick' });
    this.settle();
    const indexes = new Set([...this.#machines.values()].map((machine) => machine.index));
    if (indexes.size !== 1) throw new Error(`replicas differ: ${[...indexes].join()}`);
  }
}

function overTheWire(message: Message): Message {
  const decoded = decodeFrame(encodeFrame({ type: 'raft', message }));
  if (!decoded.ok || decoded.value.type !== 'raft') throw new Error('a frame of ours is refused');
  return decoded.value.message;
}

/** Guarded by nothing, of a member's session: what most commands look like. */
function commandsOf(count: number, run: number): Uint8Array[] {
  const info = {
    kind: 'tab',
    capabilities: [],
    vouchedBy: 'room',
    speedPerSecond: 1,
    loadShare: 0,
    slots: 0,
    adapterClass: 'wasm',
    budget: { computeShare: 1, memoryBytes: 0, batteryShare: 1, hidden: false },
  } as const;
  const from = { peer: 'client', session: 2, atMs: run };
  const join = encodeProposal({ ...from, sequence: 0, command: { type: 'join', info } });
  const value = new Uint8Array(16).fill(run);
  const writes = Array.from({ length: count - 1 }, (_, i) => {
    const command = { type: 'write', key: `k${i % 512}`, value, guard: null } as const;
    return encodeProposal({ ...from, sequence: i + 1, command });
  });
  return [join, ...writes];
}

function committedPerSecond(asBytes: boolean): number[] {
  return Array.from({ length: RUNS }, (_, run) => {
    const commands = commandsOf(COMMANDS, run);
    const group = new Group(asBytes);
    const start = process.cpuUsage();
    group.commit(commands);
    // CPU seconds, the collector's threads included: others may share this machine's cores.
    const { user, system } = process.cpuUsage(start);
    return COMMANDS / ((user + system) / 1e6);
  });
}

/** From a leader's crash until another has committed an entry of its own term. */
function recoveriesMs(closesLinks: boolean): number[] {
  const plan: Plan = {
    ...planOf(1, NODES.length),
    voterCount: NODES.length,
    electionMs: ELECTION_MS,
    heartbeatMs: ELECTION_MS / 5,
    reads: 'index',
    latencyMs: [5, 45],
    lossShare: 0,
    diskMs: [1, 5],
    appendEntriesMax: 64,
    kinds: [],
    hasLiar: false,
    losesMajority: false,
  };
  const world = new World(plan, NOTHING_PLANTED);
  const rng = createRng(7);
  const out: number[] = [];
  world.run(ELECTION_MS * 5);
  while (out.length < CRASHES) {
    world.run(world.queue.nowMs + 2_000 + rng.nextInt(2_000));
    const leader = world.leader()!;
    const startedMs = world.queue.nowMs;
    leader.crash('nothing');
    const close = () => {
      for (const peer of world.peers) peer.input({ type: 'link-closed', peer: leader.id });
    };
    if (closesLinks) world.queue.after(CLOSED_SEEN_MS, close); // after its last message
    let hasRecovered = false;
    while (!hasRecovered) {
      world.run(world.queue.nowMs + 1);
      const state = world.leader()?.state;
      hasRecovered = state?.role.type === 'leader' && state.commit >= state.role.termStart;
    }
    out.push(world.queue.nowMs - startedMs);
    leader.start();
  }
  return out;
}

function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)]!;
}

function recoveryFigures(name: string, measured: readonly number[]): Figure[] {
  const sorted = measured.toSorted((a, b) => a - b);
  const inElections = (share: number) => [quantile(sorted, share) / ELECTION_MS];
  return [
    figureOf(`${name}.median`, 'election time-outs', inElections(0.5)),
    figureOf(`${name}.p99`, 'election time-outs', inElections(0.99)),
  ];
}

export async function bench(): Promise<Figure[]> {
  committedPerSecond(false); // warm up
  return [
    figureOf('committedPerSecond', '1/s', committedPerSecond(false)),
    figureOf('committedPerSecondAsBytes', '1/s', committedPerSecond(true)),
    ...recoveryFigures('recovery', recoveriesMs(false)),
    ...recoveryFigures('recoveryLinkClosed', recoveriesMs(true)),
  ];
}
