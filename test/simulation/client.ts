/**
 * One client of the room: asks, waits, asks again elsewhere, gives up, and writes down what it
 * asked and what it was told. It never learns more than a real client would.
 */
import { valueOf } from '@dreampitch/swarm';
import type { Command, JobSpec } from '@dreampitch/swarm';
import { Caller } from './caller.ts';
import type { CallerSurroundings, Session } from './caller.ts';
import { ASKER, JOB } from './given.ts';
import type { History } from './history.ts';
import type { Request } from './peer.ts';
import { chance, pick } from './plan.ts';

export type ClientSurroundings = CallerSurroundings & {
  readonly history: History;
  readonly thinkMs: number;
  /** The room took the job. */
  submitted(job: string): void;
};

const KEYS = 3;
const LOCKS = 2;
const INSTANCES = 2;
const LOCK_TTL_MS = 1_500;
const DELETES_SHARE = 0.1; // of unguarded writes
const NOTHING = 0; // what is read of a key that has no value

/** Neither failures nor deaths use it up. */
const SPEC: JobSpec = { ...JOB, kind: 'work', costUnits: 1, attemptsMax: 100, backoffMs: 200 };

export class Client {
  readonly number: number;
  isStopped = false; // starts nothing new
  readonly #around: ClientSurroundings;
  readonly #caller: Caller;
  /** Of the objects asked about: others after an epoch that lost something. */
  #keyPrefix = '';
  #valueNumber = 0;

  constructor(number: number, around: ClientSurroundings) {
    this.number = number;
    this.#around = around;
    this.#caller = new Caller(`c${number}`, around);
    around.queue.after(around.rng.nextFloat() * around.thinkMs, () => this.#next());
  }

  /** Other objects from now on. */
  moveTo(keyPrefix: string): void {
    this.#keyPrefix = keyPrefix;
  }

  #next(): void {
    const { queue, rng, thinkMs } = this.#around;
    if (this.isStopped) return;
    const then = () => queue.after(rng.nextFloat() * thinkMs, () => this.#next());
    const { session } = this.#caller;
    if (session === null) return this.#caller.join(ASKER, then);
    const draw = rng.nextFloat();
    if (draw < 0.3) this.write(then);
    else if (draw < 0.6) this.read(then);
    else if (draw < 0.76) this.#useLock(session, then);
    else if (draw < 0.9) this.#useRegistry(session, then);
    else this.#submit(session, then);
  }

  #instances(): string[] {
    return Array.from({ length: INSTANCES }, (_, i) => `${this.#keyPrefix}s${i}`);
  }

  /** An unguarded write, or a deletion; joins first where it must. */
  write(then: (isDone: boolean) => void): void {
    const { session } = this.#caller;
    if (session === null) return this.#caller.join(ASKER, () => this.write(then));
    const { history, rng } = this.#around;
    const key = `${this.#keyPrefix}v${rng.nextInt(KEYS)}`;
    const isDelete = chance(rng, DELETES_SHARE);
    const value = isDelete ? NOTHING : this.#newValue();
    const done = history.value(key, { type: 'write', value, token: 0 });
    const command: Command = isDelete
      ? { type: 'delete', key, guard: null } // 'unknown' where there is none: as good
      : { type: 'write', key, value: bytesOf(value), guard: null };
    this.#caller.command(session, command, (result) => {
      if (result !== null) done({ type: 'written' });
      then(result !== null);
    });
  }

  read(then: (isDone: boolean) => void): void {
    const { history, rng } = this.#around;
    const name = chance(rng, 0.3) ? `g${rng.nextInt(LOCKS)}` : `v${rng.nextInt(KEYS)}`;
    const key = this.#keyPrefix + name;
    const done = history.value(key, { type: 'read' });
    const { peer } = this.#caller;
    const query: Request = {
      type: 'query',
      peer,
      query: (machine) => numberOf(valueOf(machine, key)),
    };
    this.#caller.call(query, (answer) => {
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
    this.#caller.command(session, command, (result) => {
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
    this.#caller.command(
      session,
      { type: 'write', key, value: bytesOf(value), guard },
      (result) => {
        if (result === null) return then();
        done(result.type === 'ok' ? { type: 'written' } : { type: 'stale' });
        const released = history.lock(lock, { type: 'release', peer: session.peer, token });
        this.#caller.command(session, { type: 'release', lock, token }, (answer) => {
          if (answer !== null)
            released(answer.type === 'ok' ? { type: 'released' } : { type: 'stale' });
          then();
        });
      },
    );
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
        peer,
        query: (machine) => machine.services.get(instance)?.owner ?? '',
      };
      return this.#caller.call(query, (answer) => {
        if (answer?.type === 'value') done({ type: 'owner', peer: String(answer.value) });
        then();
      });
    }
    const record = { instance, service: 's', capabilities: [], metadata: NO_METADATA, address: '' };
    const command: Command = type === 'register' ? { type, record } : { type, instance };
    const done = history.service(instance, { type, peer });
    this.#caller.command(session, command, (result) => {
      if (result !== null) done(result.type === 'ok' ? { type: 'ok' } : { type: 'refused' });
      then();
    });
  }

  #submit(session: Session, then: () => void): void {
    const job = `j${this.number}.${this.#newValue()}`;
    const acceptance = chance(this.#around.rng, 0.5) ? 'first' : 'checked';
    const spec = { ...SPEC, job, acceptance } as const;
    this.#caller.command(session, { type: 'submit', spec }, (result) => {
      if (result?.type === 'ok') this.#around.submitted(job);
      then();
    });
  }

  /** Whoever held this lock is long gone or has let go: it can be had. */
  acquire(which: number, then: (isDone: boolean) => void): void {
    const { session } = this.#caller;
    if (session === null) return this.#caller.join(ASKER, () => this.acquire(which, then));
    const lock = `${this.#keyPrefix}l${which % LOCKS}`;
    const command: Command = { type: 'acquire', lock, ttlMs: LOCK_TTL_MS, wait: false };
    const { peer } = session;
    const done = this.#around.history.lock(lock, { type: 'acquire', peer });
    this.#caller.command(session, command, (result) => {
      if (result?.type === 'refused') done({ type: 'held' });
      if (result?.type === 'granted') done({ type: 'granted', token: result.token });
      then(result?.type === 'granted');
    });
  }
}

const NO_METADATA: ReadonlyMap<string, string> = new Map();
function bytesOf(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}

function numberOf(bytes: Uint8Array | null): number {
  if (bytes === null) return NOTHING;
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
}
