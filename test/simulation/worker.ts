/**
 * One who does the room's jobs: asks what is assigned to it, takes its time, reports the result,
 * sometimes long after the room gave up on it, and sometimes dies with the work in its hands.
 */
import type { Machine, NodeInfo } from '@dreampitch/swarm';
import { Caller } from './caller.ts';
import type { CallerSurroundings, Session } from './caller.ts';
import { isLiar, LIE_SHARE, rightAnswer } from './answers.ts';
import { chance, HIDDEN_MS } from './plan.ts';

const POLL_MS = 700;
const WORK_MS = 1_500;
const SLEEP_MS = 20_000; // frozen: longer than the room waits for its members
const HIDES_SHARE = 0.1; // of those who sleep: a hidden tab
const SLEEPS_SHARE = 0.03;
const DIES_SHARE = 0.01;
const REBORN_MS = 2_000;

const INFO: NodeInfo = {
  kind: 'tab',
  capabilities: ['work'],
  vouchedBy: 'room',
  speedPerSecond: 1,
  loadShare: 0,
  slots: 2,
  adapterClass: 'wasm',
  budget: { computeShare: 1, memoryBytes: 2 ** 30, batteryShare: 1, hidden: false },
};

type Assigned = { readonly job: string; readonly token: number };

export class Worker {
  isWell = false; // neither sleeps nor dies any more
  readonly #around: CallerSurroundings;
  readonly #name: string;
  #caller: Caller;
  #life = 0;
  #awakeAtMs = 0;
  readonly #begun = new Set<number>(); // tokens
  readonly #reportedMs = new Map<number, number>(); // by token: when the room answered its result

  constructor(name: string, around: CallerSurroundings) {
    this.#name = name;
    this.#around = around;
    this.#caller = this.#born();
    this.#pollLater(around.rng.nextFloat() * POLL_MS);
  }

  #born(): Caller {
    this.#life++;
    return new Caller(`${this.#name}.${this.#life}`, this.#around);
  }

  #pollLater(delayMs: number): void {
    this.#around.queue.after(delayMs, () => this.#poll());
  }

  #poll(): void {
    const { rng } = this.#around;
    const { session } = this.#caller;
    const soon = () => this.#pollLater(POLL_MS * (0.5 + rng.nextFloat()));
    if (session === null) return this.#caller.join(INFO, soon);
    if (!this.isWell && chance(rng, DIES_SHARE)) {
      this.#caller = this.#born(); // what the dead one began is never reported
      return this.#pollLater(REBORN_MS);
    }
    const { peer } = session;
    if (!this.isWell && chance(rng, SLEEPS_SHARE)) return this.#sleep(peer);
    const query = (machine: Machine) => assignedTo(machine, session);
    const caller = this.#caller;
    const askedMs = this.#around.queue.nowMs;
    caller.call({ type: 'query', peer, query }, (answer) => {
      if (answer?.type === 'value' && answer.value === UNKNOWN) caller.session = null;
      else if (answer?.type === 'value') this.#begin(session, String(answer.value), askedMs);
      soon();
    });
  }

  /** Frozen, in the middle of its work; its neighbours may see the link close. */
  #sleep(peer: string): void {
    const { queue, rng } = this.#around;
    const sleepMs = (chance(rng, HIDES_SHARE) ? HIDDEN_MS : SLEEP_MS) * rng.nextFloat();
    this.#awakeAtMs = queue.nowMs + sleepMs;
    if (chance(rng, 0.5)) for (const one of this.#around.peers()) one.seeMemberClosed(peer);
    this.#pollLater(sleepMs);
  }

  /** What was assigned when it asked, at `askedMs`. */
  #begin(session: Session, assigned: string, askedMs: number): void {
    const { queue, rng } = this.#around;
    for (const one of parsed(assigned)) {
      // The room answered, and later knows nothing of it: lost with an epoch, so it is said again.
      if (askedMs > (this.#reportedMs.get(one.token) ?? Infinity)) {
        this.#reportedMs.delete(one.token);
        this.#report(session, one);
      }
      if (this.#begun.has(one.token)) continue;
      this.#begun.add(one.token);
      const caller = this.#caller;
      const isLate = chance(rng, 0.1);
      const report = () => {
        if (queue.nowMs < this.#awakeAtMs) queue.after(this.#awakeAtMs - queue.nowMs, report);
        else if (caller === this.#caller) this.#report(session, one);
      };
      queue.after(rng.nextFloat() * (isLate ? SLEEP_MS : WORK_MS), report);
    }
  }

  #report(session: Session, { job, token }: Assigned): void {
    const lies = isLiar(session.peer) && chance(this.#around.rng, LIE_SHARE);
    const hash = lies ? new Uint8Array(32).fill(token % 251) : rightAnswer(job);
    this.#caller.command(session, { type: 'result', job, token, hash }, (result) => {
      // Nobody knows whether it arrived: say it again, for as long as the session lasts.
      if (result !== null) this.#reportedMs.set(token, this.#around.queue.nowMs);
      else if (this.#caller.session === session) this.#report(session, { job, token });
    });
  }
}

/** The room has no such session: it ended, or was lost with an epoch. */
const UNKNOWN = 'unknown';

function assignedTo(machine: Machine, { peer, session }: Session): string {
  if (machine.members.get(peer)?.session !== session) return UNKNOWN;
  const out: string[] = [];
  for (const { spec, attempts } of machine.ledger.open.values()) {
    for (const attempt of attempts)
      if (attempt.peer === peer && attempt.result === null)
        out.push(`${spec.job}:${attempt.token}`);
  }
  return out.join();
}

function parsed(assigned: string): Assigned[] {
  if (assigned === '') return [];
  return assigned.split(',').map((text) => {
    const [job, token] = text.split(':');
    return { job: job!, token: Number(token) };
  });
}
