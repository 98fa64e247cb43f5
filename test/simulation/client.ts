/**
 * One client of the room: asks, waits, asks again elsewhere, gives up, and writes down what it
 * asked and what it was told. It never learns more than a real client would.
 */
import { discover, valueOf } from '@dreampitch/swarm';
import type { Command, CommandResult, NodeInfo, Rng } from '@dreampitch/swarm';
import type { EventQueue } from './event-queue.ts';
import type { History } from './history.ts';
import type { Answer, Peer, Request } from './peer.ts';
import { chance, pick } from './plan.ts';

export type ClientSurroundings = {
  readonly queue: EventQueue;
  readonly rng: Rng;
  readonly history: History;
  readonly thinkMs: number;
  readonly retryMs: number;
  peers(): readonly Peer[];
};

const GIVE_UP_MS = 6_000;
const LATENCY_MS = 6;
const LOST_SHARE = 0.01;
const DOUBLED_SHARE = 0.03;
const DOUBLED_DELAY_MS = 4_000;
const FORGETS_LEADER_SHARE = 0.3; // so that it may meet another
const KEYS = 3;
const LOCKS = 2;
const INSTANCES = 2;
const LOCK_TTL_MS = 1_500;

const INFO: NodeInfo = {
  kind: 'tab',
  capabilities: [],
  vouchedBy: 'room',
  speedPerSecond: 1,
  loadShare: 0,
  slots: 1,
  adapterClass: 'wasm',
  budget: { computeShare: 1, memoryBytes: 2 ** 30, batteryShare: 1, hidden: false },
};

type Session = { readonly peer: string; readonly session: number; sequence: number };

export class Client {
  readonly number: number;
  operations = 0;
  isIdle = true;
  isStopped = false;
  readonly #around: ClientSurroundings;
  #generation = 0;
  #session: Session | null = null;
  #leader: string | null = null;
  /** Of the objects asked about: others after an epoch that lost something. */
  #keyPrefix = '';
  #valueNumber = 0;

  constructor(number: number, around: ClientSurroundings) {
    this.number = number;
    this.#around = around;
    around.queue.after(around.rng.nextFloat() * around.thinkMs, () => this.#next());
  }

  /** Other objects from now on. A join under way may still end what is registered among them. */
  moveTo(keyPrefix: string): void {
    if (keyPrefix === this.#keyPrefix) return;
    this.#keyPrefix = keyPrefix;
    for (let generation = 1; generation <= this.#generation; generation++)
      this.#mayEnd(`c${this.number}.${generation}`);
  }

  #mayEnd(peer: string): void {
    for (const instance of this.#instances())
      this.#around.history.service(instance, { type: 'deregister', peer });
  }

  resume(): void {
    this.isStopped = false;
    if (this.isIdle) this.#next();
  }

  #next(): void {
    const { queue, rng, thinkMs } = this.#around;
    this.isIdle = this.isStopped;
    if (this.isStopped) return;
    const then = () => queue.after(rng.nextFloat() * thinkMs, () => this.#next());
    const session = this.#session;
    if (session === null) return this.#join(then);
    const draw = rng.nextFloat();
    if (draw < 0.3) this.write(then);
    else if (draw < 0.6) this.read(then);
    else if (draw < 0.8) this.#useLock(session, then);
    else this.#useRegistry(session, then);
  }

  #instances(): string[] {
    return Array.from({ length: INSTANCES }, (_, i) => `${this.#keyPrefix}s${i}`);
  }

  #join(then: () => void): void {
    const { rng } = this.#around;
    // A client that lost its session comes back as itself, or is never seen again.
    if (this.#generation === 0 || chance(rng, 0.5)) this.#generation++;
    const peer = `c${this.number}.${this.#generation}`;
    // Whenever this join is applied (perhaps twice), what the peer had registered ends.
    this.#mayEnd(peer);
    const command: Command = { type: 'join', info: INFO };
    this.#call({ type: 'command', peer, session: 0, sequence: 0, command }, (answer) => {
      const result = answer?.type === 'result' ? answer.result : null;
      if (result?.type === 'joined') this.#session = { peer, session: result.session, sequence: 0 };
      then();
    });
  }

  /** An unguarded write; joins first where it must. */
  write(then: (isDone: boolean) => void): void {
    const session = this.#session;
    if (session === null) return this.#join(() => this.write(then));
    const { history, rng } = this.#around;
    const key = `${this.#keyPrefix}v${rng.nextInt(KEYS)}`;
    const value = this.#newValue();
    const done = history.value(key, { type: 'write', value, token: 0 });
    const command: Command = { type: 'write', key, value: bytesOf(value), guard: null };
    this.#command(session, command, (result) => {
      if (result !== null) done({ type: 'written' });
      then(result !== null);
    });
  }

  read(then: (isDone: boolean) => void): void {
    const { history, rng } = this.#around;
    const name = chance(rng, 0.3) ? `g${rng.nextInt(LOCKS)}` : `v${rng.nextInt(KEYS)}`;
    const key = this.#keyPrefix + name;
    const done = history.value(key, { type: 'read' });
    const query: Request = { type: 'query', query: (machine) => numberOf(valueOf(machine, key)) };
    this.#call(query, (answer) => {
      if (answer?.type === 'value') done({ type: 'value', value: Number(answer.value) });
      then(answer !== null);
    });
  }

  #newValue(): number {
    this.#valueNumber++;
    return this.number * 1_000_000 + this.#valueNumber;
  }

  /** Takes a lock, writes what it guards (perhaps too late), and lets go. */
  #useLock(session: Session, then: () => void): void {
    const { history, queue, rng } = this.#around;
    const which = rng.nextInt(LOCKS);
    const lock = `${this.#keyPrefix}l${which}`;
    const { peer } = session;
    const command: Command = { type: 'acquire', lock, ttlMs: LOCK_TTL_MS, wait: false };
    const done = history.lock(lock, { type: 'acquire', peer });
    this.#command(session, command, (result) => {
      if (result?.type === 'refused') done({ type: 'held' });
      if (result?.type !== 'granted') return then();
      const { token } = result;
      done({ type: 'granted', token });
      const late = chance(rng, 0.2) ? LOCK_TTL_MS * 1.5 : 20;
      queue.after(rng.nextFloat() * late, () =>
        this.#writeGuarded(session, { lock, token, key: `${this.#keyPrefix}g${which}` }, then),
      );
    });
  }

  #writeGuarded(
    session: Session,
    at: { lock: string; token: number; key: string },
    then: () => void,
  ): void {
    const { history } = this.#around;
    const { lock, token, key } = at;
    const value = this.#newValue();
    const done = history.value(key, { type: 'write', value, token });
    const guard = { lock, token };
    this.#command(session, { type: 'write', key, value: bytesOf(value), guard }, (result) => {
      if (result === null) return then();
      done(result.type === 'ok' ? { type: 'written' } : { type: 'stale' });
      const released = history.lock(lock, { type: 'release', peer: session.peer, token });
      this.#command(session, { type: 'release', lock, token }, (answer) => {
        if (answer !== null)
          released(answer.type === 'ok' ? { type: 'released' } : { type: 'stale' });
        then();
      });
    });
  }

  #useRegistry(session: Session, then: () => void): void {
    const { history, rng } = this.#around;
    const instance = pick(rng, this.#instances());
    const { peer } = session;
    const type = pick(rng, ['register', 'deregister', 'look'] as const);
    if (type === 'look') {
      const done = history.service(instance, { type });
      const query: Request = {
        type: 'query',
        query: (machine) =>
          discover(machine, {}).find(({ record }) => record.instance === instance)?.owner ?? '',
      };
      return this.#call(query, (answer) => {
        if (answer?.type === 'value') done({ type: 'owner', peer: String(answer.value) });
        then();
      });
    }
    const record = { instance, service: 's', capabilities: [], metadata: NO_METADATA, address: '' };
    const command: Command = type === 'register' ? { type, record } : { type, instance };
    const done = history.service(instance, { type, peer });
    this.#command(session, command, (result) => {
      if (result !== null) done(result.type === 'ok' ? { type: 'ok' } : { type: 'refused' });
      then();
    });
  }

  /** Null: given up, and nobody knows whether it happened. */
  #command(session: Session, command: Command, then: (result: CommandResult | null) => void): void {
    const { peer } = session;
    const sequence = ++session.sequence;
    const request: Request = { type: 'command', peer, session: session.session, sequence, command };
    this.#call(request, (answer) => {
      const result = answer?.type === 'result' ? answer.result : null;
      const isLost = result === null || (result.type === 'refused' && ENDED.has(result.reason));
      if (isLost && this.#session === session) this.#session = null;
      then(isLost ? null : result);
    });
  }

  #call(request: Request, then: (answer: Answer | null) => void): void {
    const { queue } = this.#around;
    const untilMs = queue.nowMs + GIVE_UP_MS;
    this.operations++;
    if (chance(this.#around.rng, FORGETS_LEADER_SHARE)) this.#leader = null;
    let open = true;
    const settle = (answer: Answer | null) => {
      if (!open) return;
      open = false;
      then(answer);
    };
    this.#attempt(request, { untilMs, isOpen: () => open, settle });
  }

  #attempt(
    request: Request,
    call: { untilMs: number; isOpen: () => boolean; settle: (answer: Answer | null) => void },
  ): void {
    const { queue, rng, retryMs } = this.#around;
    if (!call.isOpen()) return;
    if (queue.nowMs >= call.untilMs) return call.settle(null);
    const again = (delayMs: number) => queue.after(delayMs, () => this.#attempt(request, call));
    let answered = false;
    const onAnswer = (answer: Answer) => {
      if (answered || chance(rng, LOST_SHARE)) return;
      queue.after(1 + rng.nextFloat() * LATENCY_MS, () => {
        if (answered) return;
        answered = true;
        if (answer.type !== 'refused') return call.settle(answer);
        this.#leader = answer.leader;
        again(10 + rng.nextFloat() * 60);
      });
    };
    const target = this.#target(request);
    if (target !== null) this.#carry(target, request, onAnswer);
    queue.after(retryMs, () => {
      if (answered) return;
      answered = true;
      this.#leader = null;
      again(0);
    });
  }

  #carry(target: Peer, request: Request, onAnswer: (answer: Answer) => void): void {
    const { queue, rng } = this.#around;
    if (chance(rng, LOST_SHARE)) return;
    const ask = () => target.ask(request, onAnswer);
    queue.after(1 + rng.nextFloat() * LATENCY_MS, ask);
    if (chance(rng, DOUBLED_SHARE)) queue.after(rng.nextFloat() * DOUBLED_DELAY_MS, ask);
  }

  /** Commands go to whom they say leads; questions anywhere, for followers answer them too. */
  #target(request: Request): Peer | null {
    const { rng } = this.#around;
    const peers = this.#around.peers().filter((peer) => peer.status !== 'down'); // a closed link
    const leader = peers.find((peer) => peer.id === this.#leader);
    const elsewhere = request.type === 'query' && chance(rng, 0.5);
    if (leader !== undefined && !elsewhere) return leader;
    return peers.length === 0 ? null : pick(rng, peers);
  }
}

const NO_METADATA: ReadonlyMap<string, string> = new Map();
/** Answers after which a client cannot know whether its command happened earlier. */
const ENDED: ReadonlySet<string> = new Set(['stale-session', 'not-a-member', 'forgotten']);

function bytesOf(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}

function numberOf(bytes: Uint8Array | null): number {
  if (bytes === null) return 0;
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
}
