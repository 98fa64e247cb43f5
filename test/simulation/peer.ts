/**
 * One simulated peer: carries out what its replica asks for, as a real one must. It has a clock
 * that runs wrong, a disk that is slow, and it is paused, crashed and cleared from outside.
 */
import {
  applyEntry,
  applySave,
  AUDIT_DEFAULTS,
  createMachine,
  createReplica,
  decodeMachine,
  encodeMachine,
  encodeProposal,
  Intake,
  LeaderDuties,
  proposalOf,
  step,
} from '@dreampitch/swarm';
import type {
  Applied,
  Command,
  CommandResult,
  Durable,
  Effect,
  Entry,
  Input,
  Machine,
  MachineRules,
  Message,
  NodeId,
  Rng,
  Save,
  Settings,
  State,
} from '@dreampitch/swarm';
import { isTrusted } from './answers.ts';
import { afterCrash } from './disk.ts';
import type { Crash } from './disk.ts';
import type { EventQueue } from './event-queue.ts';

export type CommandRequest = {
  readonly type: 'command';
  readonly peer: string;
  readonly session: number;
  readonly sequence: number;
  readonly command: Command;
};
export type Request =
  | CommandRequest
  | {
      readonly type: 'query';
      readonly peer: string;
      readonly query: (machine: Machine) => number | string;
    };
export type Answer =
  | { readonly type: 'result'; readonly result: CommandResult }
  | { readonly type: 'value'; readonly value: number | string }
  | { readonly type: 'refused'; readonly leader: NodeId | null }
  | { readonly type: 'busy'; readonly afterMs: number };
type Tell = (answer: Answer) => void;
type Leadership = {
  readonly term: number;
  readonly duties: LeaderDuties;
  readonly intake: Intake<Tell>;
};

/** What the peer's surroundings do for it, and what they watch. */
export type Surroundings = {
  readonly queue: EventQueue;
  readonly rng: Rng;
  readonly settings: Settings;
  readonly machineRules: MachineRules;
  readonly compactEvery: number;
  carry(from: Peer, message: Message): void;
  diskMs(): number;
  stepped(peer: Peer, input: Input, before: State): void;
  applied(peer: Peer, entry: Entry, applied: Applied): void;
  fenced(peer: Peer): void;
};

const INBOX_MAX = 512; // of a paused peer; more is lost, as a link that is not read is closed
const WAITING_MAX = 256;
const DUTIES_EVERY_MS = 40;
/** A seed is a minute long: what waits for trust does not wait half an hour. */
const AUDIT = { ...AUDIT_DEFAULTS, holdMsMax: 4_000 };

export class Peer {
  readonly place: number;
  id: NodeId;
  status: 'up' | 'paused' | 'down' = 'down';
  state!: State;
  machine!: Machine;
  durable: Durable;
  slowDiskMs = 0;
  #timersEveryMs = 0; // 0: whenever they are due
  clock: { offsetMs: number; rate: number; sinceMs: number };
  readonly #around: Surroundings;
  #life = 0; // counts starts: what was scheduled in an earlier life does nothing
  #effects: Effect[] = [];
  #writing = false;
  #carrying = false;
  #wakeAtMs = Infinity; // simulated time of the earliest wake-up under way
  #inbox: (() => void)[] = [];
  #ticket = 0;
  #asked = new Map<number, { request: Request; tell: Tell }>(); // by ticket
  #leadership: Leadership | null = null; // the latest
  #dutiesDueMs = 0;

  constructor(place: number, id: NodeId, durable: Durable, around: Surroundings) {
    this.place = place;
    this.id = id;
    this.durable = durable;
    this.#around = around;
    const { rng, settings } = around;
    const rate = 1 + (rng.nextFloat() * 2 - 1) * settings.clockDriftMax;
    this.clock = { offsetMs: rng.nextInt(1_000_000), rate, sinceMs: 0 };
  }

  /** This peer's monotonic clock. */
  localMs(): number {
    const { offsetMs, rate, sinceMs } = this.clock;
    return offsetMs + (this.#around.queue.nowMs - sinceMs) * rate;
  }

  setClockRate(rate: number): void {
    this.clock = { offsetMs: this.localMs(), rate, sinceMs: this.#around.queue.nowMs };
    this.#wakeAtMs = Infinity;
    if (this.status === 'up') this.#arm();
  }

  start(): void {
    const { settings, machineRules, rng } = this.#around;
    const { durable, id } = this;
    this.#life++;
    this.status = 'up';
    this.#forget();
    const seed = rng.nextInt(2 ** 32);
    this.state = createReplica({ id, settings, durable, seed, nowMs: this.localMs() });
    const { bytes, index } = durable.snapshot;
    this.machine = createMachine(machineRules);
    if (index > 0) this.#restore(bytes);
    this.#arm();
  }

  #forget(): void {
    this.#effects = [];
    this.#writing = false;
    this.#wakeAtMs = Infinity;
    this.#inbox = [];
    this.#asked = new Map();
    this.#leadership = null;
    this.#dutiesDueMs = 0;
  }

  crash(crash: Crash): void {
    if (this.status === 'down') return;
    const { rng } = this.#around;
    const pending = this.#pendingSaves();
    const keep = (records: number) => rng.nextInt(records + 1);
    this.durable = afterCrash(this.durable, pending, crash, keep);
    this.status = 'down';
    this.#life++;
    this.#forget();
  }

  pause(): void {
    if (this.status === 'up') this.status = 'paused';
  }

  resume(): void {
    if (this.status !== 'paused') return;
    this.status = 'up';
    // Whether timers or messages come first, no browser promises.
    if ((this.localMs() | 0) % 2 === 0) this.input({ type: 'tick' });
    for (const held of this.#inbox.splice(0)) held();
    this.#wakeAtMs = Infinity;
    this.#arm();
    this.#drain();
  }

  /** Timers fire on multiples of this, as in a hidden tab; 0: when they are due. */
  throttle(everyMs: number): void {
    this.#timersEveryMs = everyMs;
    this.#wakeAtMs = Infinity;
    if (this.status === 'up') this.#arm();
  }

  receive(message: Message): void {
    this.#whenUp(() => this.input({ type: 'message', message }));
  }

  ask(request: Request, tell: Tell): void {
    this.#whenUp(() => this.#take(request, tell));
  }

  /** The link to a member that is no peer of the consensus. */
  seeMemberClosed(member: string): void {
    this.#whenUp(() => this.#leading()?.duties.linkClosed(member, this.localMs()));
  }

  /** What arrives while paused waits, within limits; what arrives while down is lost. */
  #whenUp(run: () => void): void {
    if (this.status === 'up') run();
    else if (this.status === 'paused' && this.#inbox.length < INBOX_MAX) this.#inbox.push(run);
  }

  input(input: Input): void {
    if (this.status !== 'up') return;
    const before = this.state;
    const { state, effects } = step(before, input, this.localMs());
    this.state = state;
    this.#around.stepped(this, input, before);
    for (const effect of effects) this.#effects.push(effect);
    this.#arm();
    this.#drain();
  }

  /** Carries out effects in order; whatever follows a save waits until it is on disk. */
  #drain(): void {
    if (this.#carrying) return; // an effect's effect: the loop below comes to it
    this.#carrying = true;
    while (!this.#writing && this.status === 'up') {
      const effect = this.#effects[0];
      if (effect === undefined) break;
      if (effect.type === 'save') this.#write();
      else {
        this.#effects.shift();
        this.#carryOut(effect);
      }
    }
    this.#carrying = false;
    if (this.status === 'up') this.#lead();
  }

  /** Group commit: everything that waits for the disk is written at once. */
  #write(): void {
    const delayMs = this.#around.diskMs() + this.slowDiskMs;
    const saves = this.#pendingSaves();
    const life = this.#life;
    const written = () => {
      this.durable = saves.reduce(applySave, this.durable);
      let left = saves.length;
      this.#effects = this.#effects.filter((effect) => effect.type !== 'save' || left-- <= 0);
      this.#writing = false;
    };
    if (delayMs === 0) return written();
    this.#writing = true;
    this.#around.queue.after(delayMs, () => {
      if (life !== this.#life) return;
      written();
      this.#drain();
    });
  }

  #pendingSaves(): Save[] {
    return this.#effects.flatMap((effect) => (effect.type === 'save' ? [effect.save] : []));
  }

  #carryOut(effect: Exclude<Effect, { type: 'save' }>): void {
    switch (effect.type) {
      case 'send':
        if (effect.message.to === this.id) this.input({ type: 'message', message: effect.message });
        else this.#around.carry(this, effect.message);
        return;
      case 'apply':
        for (const entry of effect.entries) this.#apply(entry);
        return this.#compact();
      case 'restore':
        return this.#restore(effect.snapshot.bytes);
      case 'proposed':
        this.#asked.delete(effect.ticket); // its intake tells who asked
        return;
      case 'refused': {
        const { ticket, reason, leader, afterMs } = effect;
        const isBusy = reason === 'busy';
        return this.#tell(ticket, isBusy ? { type: 'busy', afterMs } : { type: 'refused', leader });
      }
      case 'read-ready': {
        const request = this.#asked.get(effect.ticket)?.request;
        if (request?.type !== 'query') return;
        return this.#tell(effect.ticket, { type: 'value', value: request.query(this.machine) });
      }
      case 'fenced':
        return this.#around.fenced(this);
      default:
        throw new Error(`unreachable: ${String(effect satisfies never)}`);
    }
  }

  #tell(ticket: number, answer: Answer): void {
    const asked = this.#asked.get(ticket);
    this.#asked.delete(ticket);
    asked?.tell(answer);
  }

  #apply(entry: Entry): void {
    const applied = applyEntry(this.machine, entry);
    this.#around.applied(this, entry, applied);
    const { proposal, result } = applied;
    if (proposal === null || this.#leadership === null) return;
    for (const tell of this.#leadership.intake.applied(proposal)) tell({ type: 'result', result });
  }

  #restore(bytes: Uint8Array): void {
    const decoded = decodeMachine(bytes, this.#around.machineRules);
    if (!decoded.ok) throw new Error(`a snapshot of ours does not decode: ${decoded.reason}`);
    this.machine = decoded.machine;
  }

  #compact(): void {
    const { machine, state } = this;
    if (machine.index - state.snapshot.index < this.#around.compactEvery) return;
    this.input({ type: 'compact', index: machine.index, bytes: encodeMachine(machine) });
  }

  #take(request: Request, tell: Tell): void {
    if (this.#asked.size >= WAITING_MAX) return; // the client asks again
    const ticket = ++this.#ticket;
    const leadership = this.#leading();
    leadership?.duties.heard(request.peer, this.localMs());
    if (request.type === 'query') {
      this.#asked.set(ticket, { request, tell });
      return this.input({ type: 'read', ticket });
    }
    if (leadership === null) return tell({ type: 'refused', leader: this.state.leader });
    const { duties, intake } = leadership;
    const { peer: sender } = request;
    const { isVouched, heartbeatMs } = this.state.settings;
    const from = { sender, isVouched: isVouched(sender), atMs: duties.timeMs(this.localMs()) };
    const proposal = proposalOf(request, from);
    const taken = intake.take(proposal, tell);
    if (taken === 'waits') return;
    if (taken === 'busy') return tell({ type: 'busy', afterMs: heartbeatMs });
    if (taken !== 'propose') return tell({ type: 'result', result: taken });
    const tellAll = (answer: Answer) => {
      for (const told of intake.refused(request)) told(answer);
    };
    this.#asked.set(ticket, { request, tell: tellAll });
    this.input({ type: 'propose', ticket, commands: [encodeProposal(proposal)], of: 'member' });
  }

  /** The leader's duties, once everything of earlier terms is applied. */
  #leading(): Leadership | null {
    const { role, term } = this.state;
    if (role.type !== 'leader' || this.machine.index < role.termStart) return null;
    if (this.#leadership?.term !== term) {
      const options = {
        self: this.id,
        strategy: 'least-connections' as const,
        rng: this.#around.rng,
        isTrusted,
        comparators: new Map(),
        bytesOf: () => null,
        audit: AUDIT,
      };
      const duties = new LeaderDuties(this.machine, options, this.localMs());
      this.#leadership = { term, duties, intake: new Intake(this.machine) };
    }
    return this.#leadership;
  }

  /** What a leader does of its own accord. */
  #lead(): void {
    if (this.state.role.type !== 'leader') return;
    const localMs = this.localMs();
    if (localMs < this.#dutiesDueMs) return;
    const duties = this.#leading()?.duties;
    if (duties === undefined) return;
    this.#dutiesDueMs = localMs + DUTIES_EVERY_MS;
    const atMs = duties.timeMs(localMs);
    const commands = duties
      .due(localMs)
      .map((command) => encodeProposal({ atMs, peer: '', session: 0, sequence: 0, command }));
    if (commands.length === 0) return;
    const { lastIndex } = this.state.log;
    this.input({ type: 'propose', ticket: ++this.#ticket, commands, of: 'leader' });
    if (this.state.log.lastIndex > lastIndex) duties.placed(this.state.log.lastIndex);
  }

  /** Wakes no later than the replica asked for. */
  #arm(): void {
    const { queue } = this.#around;
    const every = this.#timersEveryMs;
    const { wakeMs } = this.state;
    const fireMs = every === 0 ? wakeMs : Math.ceil(wakeMs / every) * every;
    const delayMs = Math.max(0, (fireMs - this.localMs()) / this.clock.rate);
    const atMs = queue.nowMs + delayMs;
    if (atMs >= this.#wakeAtMs) return;
    this.#wakeAtMs = atMs;
    const life = this.#life;
    queue.after(delayMs, () => {
      if (life !== this.#life || this.#wakeAtMs !== atMs) return;
      this.#wakeAtMs = Infinity;
      if (this.status !== 'up') return;
      // Heartbeats moved it on meanwhile; a thousandth forgives the rounding of two clocks.
      if (this.localMs() + 0.001 < this.state.wakeMs) return this.#arm();
      this.input({ type: 'tick' });
    });
  }
}
