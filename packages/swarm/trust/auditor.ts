/**
 * The leader's part of trust: for every result that waits for acceptance, draw whether it is
 * audited, give the audit to a peer, read its outcome, and accept or reject. What must survive a
 * leader (records, results, who ran what) is replicated; only the draws are not, and are redrawn.
 */
import { slotsWithin, speedOf } from '../jobs/budget.ts';
import type { Attempt, Job } from '../jobs/job.ts';
import { ATTEMPTS_MAX, pinnedByPeer } from '../jobs/ledger.ts';
import { placesOf, predictMs } from '../jobs/peer-record.ts';
import { Stalls } from '../jobs/stalls.ts';
import type { Rng } from '../rng.ts';
import type { Command } from '../state-machine/command.ts';
import type { Machine, Member } from '../state-machine/state.ts';
import { drawAudit, isReleased, type AuditKind, type AuditOptions } from './audit.ts';
import type { Verdict } from './comparator.ts';
import { accept, agree, giveUp, reject, revoke } from './decisions.ts';
import { Examiner } from './examiner.ts';
import { Judge, type Delivered, type JudgeOptions } from './judge.ts';
import { createReputation, type Reputation } from './reputation.ts';

export type AuditorOptions = JudgeOptions & {
  readonly audit: AuditOptions;
  readonly rng: Rng;
  /** Peers whose results are the truth: the relay, and who the room's key vouches for. */
  readonly isTrusted: (peer: string) => boolean;
};

/** What one call looks at. */
type Room = {
  readonly machine: Machine;
  readonly nowMs: number;
  readonly busy: Map<string, number>; // attempts that each peer runs
  readonly pinned: ReadonlyMap<string, number>; // those that need never end
  readonly examined: Set<string>; // peers of whom a result is just being audited
  readonly late: Map<string, Job[]>; // by peer: results that wait too long
  readonly stalls: Stalls;
};

/** What was drawn for a result; `rest`: nothing is to be done before one of these. */
type Draw = {
  readonly kind: AuditKind;
  readonly rest?: {
    readonly reputation: Reputation;
    readonly untilPassed: number; // audits of its peer
    readonly untilMs: number;
  };
};

const NO_RECORD = createReputation();
/** Draws of ended attempts that are kept before anyone looks for them. */
const DRAWS_SPARE = 1_024;
/**
 * Who is expected to take longer than this, and so much longer than half of the peers do, audits
 * only where all do: among them are those who take work and never deliver. Half of them: a few
 * boasters make nobody look slow.
 */
const SLOW_MS = 60_000;
const SLOW_FACTOR = 10;

export class Auditor {
  readonly #options: AuditorOptions;
  readonly #judge: Judge;
  readonly #examiner: Examiner;
  /** By token of the audited attempt. Entries go with their attempts. */
  readonly #draws = new Map<number, Draw>();
  /** By token: since when bytes are asked for. Entries go with their attempts. */
  readonly #asked = new Map<number, number>();

  constructor(options: AuditorOptions) {
    this.#options = options;
    this.#judge = new Judge(options);
    this.#examiner = new Examiner(options.rng);
  }

  /** Whom a job is for, where it is a question with a known answer. */
  peerFor(job: string): string | null {
    return this.#examiner.peerFor(job);
  }

  due(machine: Machine, nowMs: number): Command[] {
    const out = this.#examiner.due(machine, nowMs);
    const awake: Job[] = [];
    const room: Room = {
      machine,
      nowMs,
      busy: new Map(),
      pinned: pinnedByPeer(machine.ledger),
      examined: new Set(),
      late: new Map(),
      stalls: new Stalls(machine, nowMs),
    };
    const failed = new Map<string, number>(); // by who submitted what trusted peers failed
    let held = 0;
    for (const job of machine.ledger.open.values()) {
      const { state, attempts, submittedBy, ownFailures } = job;
      if (ownFailures > 0) failed.set(submittedBy, (failed.get(submittedBy) ?? 0) + ownFailures);
      if (state === 'verifying') {
        held += attempts.length;
        if (attempts.length === 1 && this.#isResting(attempts[0]!, nowMs)) continue;
        awake.push(job);
      }
      const live = attempts.filter((one) => !room.stalls.has(job, one));
      for (const { peer, result } of attempts) {
        if (result === null) room.busy.set(peer, (room.busy.get(peer) ?? 0) + 1);
        else if (live.length > 1) room.examined.add(peer);
      }
    }
    // What trusted peers failed stands behind what they have not tried, and strangers' jobs behind the
    // room's: all of a stranger whose jobs they fail, or it would have every trial of their breakers.
    const rank = ({ ownFailures, submittedBy }: Job) => {
      const isStranger = machine.holdings.isStranger(submittedBy);
      return ownFailures + (isStranger ? 1 + (failed.get(submittedBy) ?? 0) : 0);
    };
    for (const job of awake.toSorted((a, b) => rank(a) - rank(b)))
      out.push(...this.#onJob(room, job));
    out.push(...this.#auditTheLate(room));
    const known = Math.max(this.#draws.size, this.#asked.size);
    if (known > 2 * held + DRAWS_SPARE) this.#forgetEnded(machine);
    return out;
  }

  /** Most of what is held waits for its peer to pass more audits: thousands in a large room. */
  #isResting({ token, result }: Attempt, nowMs: number): boolean {
    const rest = this.#draws.get(token)?.rest;
    if (rest === undefined || result === null || nowMs >= rest.untilMs) return false;
    const { standing, suspicion, passed } = rest.reputation;
    return standing === 'good' && suspicion === 0 && passed < rest.untilPassed;
  }

  #forgetEnded({ ledger }: Machine): void {
    const live = new Set<number>();
    for (const { attempts } of ledger.open.values())
      for (const { token } of attempts) live.add(token);
    for (const known of [this.#draws, this.#asked])
      for (const token of known.keys()) if (!live.has(token)) known.delete(token);
  }

  #onJob(room: Room, job: Job): Command[] {
    const delivered = job.attempts.filter((attempt) => attempt.result !== null);
    const answer = this.#examiner.answerTo(job);
    if (answer !== null) return this.#byAnswer(room, { job, answer }, delivered);
    const truth = delivered.find((attempt) => this.#options.isTrusted(attempt.peer));
    if (truth !== undefined) return this.#byTruth(room, { job, truth }, delivered);
    const late = job.attempts.filter((one) => room.stalls.has(job, one));
    // An audit or a hedge is under way; of who never delivers nothing is awaited.
    if (job.attempts.length > delivered.length + late.length) return [];
    if (late.length > 0 && job.attempts.length >= ATTEMPTS_MAX) return [revoke(job, late[0]!)];
    const [first, second] = delivered;
    if (second === undefined) return this.#hold(room, job, first!);
    return this.#byReplicas(room, job, delivered);
  }

  /** A question with a known answer: only who was asked answers it, and once. */
  #byAnswer(
    room: Room,
    { job, answer }: { job: Job; answer: Delivered },
    delivered: readonly Attempt[],
  ): Command[] {
    return delivered.flatMap((attempt) => {
      const verdict = this.#judge.compare(job.spec, deliveredBy(room, attempt), answer);
      return this.#judged(room, { job, attempt, verdict });
    });
  }

  /** A trusted peer's result decides over all others of that job, and is itself accepted. */
  #byTruth(
    room: Room,
    { job, truth }: { job: Job; truth: Attempt },
    delivered: readonly Attempt[],
  ): Command[] {
    const answer = deliveredBy(room, truth);
    const out: Command[] = [];
    let right: Attempt | null = null;
    for (const attempt of delivered) {
      if (this.#options.isTrusted(attempt.peer)) continue;
      const verdict = this.#judge.compare(job.spec, deliveredBy(room, attempt), answer);
      if (verdict === 'pending') return this.#awaitBytes(room, job, [truth, attempt]);
      if (verdict === 'same') right ??= attempt;
      else out.push(reject(job, attempt));
    }
    // What a trusted peer did of its own accord is no question yet: nobody compared anything.
    if (delivered.length > 1 && !this.#judge.standsAlone(job.spec))
      this.#examiner.learn(job, answer, delivered);
    // The rejects leave the job open: the truth still stands in it.
    out.push(right === null ? accept(job, truth, false) : accept(job, right, true));
    return out;
  }

  /** Two that agree count for the first; if any differ, who is wrong only a trusted peer says. */
  #byReplicas(room: Room, job: Job, delivered: readonly Attempt[]): Command[] {
    if (this.#judge.standsAlone(job.spec)) return this.#check(room, job, delivered[0]!);
    for (const [i, a] of delivered.entries()) {
      for (const b of delivered.slice(i + 1)) {
        const pair = [deliveredBy(room, a), deliveredBy(room, b)] as const;
        const verdict = this.#judge.compare(job.spec, ...pair);
        if (verdict === 'pending') return this.#awaitBytes(room, job, [a, b]);
        if (verdict !== 'same') continue;
        if (delivered.length > 2) return this.#askTheTrusted(room, job, { same: [a, b] });
        // Nobody drew an audit of a hedge: who serves both ends of it would pass as many as it likes.
        return [b.purpose === 'replica' ? agree(job, a, b) : revoke(job, b)];
      }
    }
    return this.#askTheTrusted(room, job, { same: null });
  }

  /** Replicas do not decide it. Without a trusted peer that ever could, the best there is counts. */
  #askTheTrusted(
    room: Room,
    job: Job,
    { same }: { same: readonly [Attempt, Attempt] | null },
  ): Command[] {
    const asked = this.#audit(room, job, 'recompute');
    if (asked.length > 0) return asked;
    const { attempts } = job;
    const isFull = attempts.length >= ATTEMPTS_MAX;
    if (this.#isForTrusted(room, job)) {
      // One that has it and never delivers is asked again; else one of them has to be free first.
      const idle = attempts.find((one) => one.result === null && this.#options.isTrusted(one.peer));
      if (idle !== undefined) return [revoke(job, idle)];
      return isFull ? [revoke(job, same?.[1] ?? attempts.at(-1)!)] : [];
    }
    if (same !== null) return [accept(job, same[0], false)];
    return isFull ? [giveUp(job, attempts[0]!)] : [];
  }

  /** Is there a trusted peer that could do it, were it free? */
  #isForTrusted({ machine }: Room, job: Job): boolean {
    return ableTo(machine, job).some(({ peer }) => this.#options.isTrusted(peer));
  }

  #hold(room: Room, job: Job, attempt: Attempt): Command[] {
    const { audit, rng } = this.#options;
    const { machine, nowMs, late } = room;
    const { peer, token } = attempt;
    const reputation = machine.reputations.get(peer) ?? NO_RECORD;
    const { atMs, passedAt } = attempt.result!;
    let draw = this.#draws.get(token)?.kind;
    if (draw === undefined) {
      draw = drawAudit(reputation, audit, rng);
      this.#draws.set(token, { kind: draw });
      if (draw !== 'none' && rng.nextFloat() < audit.knownShare) {
        const asked = this.#ask(room, job, peer);
        if (asked.length > 0) return this.#done(token, asked);
      }
    }
    if (draw !== 'none') return this.#done(token, this.#examine(room, job, attempt, draw));
    if (isReleased(reputation, passedAt, audit)) return [accept(job, attempt, false)];
    // Everything a suspect has waiting is looked at; and what cannot wait until it is released.
    const urgentMs = job.submittedAtMs + (job.deadlineMs - job.submittedAtMs) / 2;
    const isUrgent = nowMs > urgentMs;
    if (isUrgent || reputation.suspicion > 0) return this.#examine(room, job, attempt, 'recompute');
    const lateMs = atMs + audit.holdMsMax;
    if (nowMs >= lateMs) {
      const others = late.get(peer);
      if (others === undefined) late.set(peer, [job]);
      else others.push(job);
    } else if (reputation !== NO_RECORD) {
      const untilMs = Math.min(urgentMs, lateMs);
      const untilPassed = passedAt + audit.releaseAudits;
      this.#draws.set(token, { kind: 'none', rest: { reputation, untilPassed, untilMs } });
    }
    return [];
  }

  /** Audited once; then it waits like all. Nobody free: the draw stands. */
  #done(token: number, asked: Command[]): Command[] {
    if (asked.length > 0) this.#draws.set(token, { kind: 'none' });
    return asked;
  }

  /** A question, in place of an audit of that very result. */
  #ask({ machine, nowMs }: Room, job: Job, peer: string): Command[] {
    const member = machine.members.get(peer);
    if (member === undefined || this.#judge.standsAlone(job.spec)) return [];
    return this.#examiner.ask(member, nowMs);
  }

  /** One sample of each late peer's results at a time: each that passes brings all nearer. */
  #auditTheLate(room: Room): Command[] {
    const out: Command[] = [];
    for (const [peer, jobs] of room.late) {
      if (room.examined.has(peer)) continue;
      const job = jobs[this.#options.rng.nextInt(jobs.length)]!;
      const attempt = job.attempts.find((one) => one.peer === peer)!;
      out.push(...this.#examine(room, job, attempt, 'recompute'));
    }
    return out;
  }

  #examine(room: Room, job: Job, attempt: Attempt, kind: 'replica' | 'recompute'): Command[] {
    return this.#judge.standsAlone(job.spec)
      ? this.#check(room, job, attempt)
      : this.#audit(room, job, kind);
  }

  /** By samples that this leader re-steps: as certain as a recomputation of them. */
  #check(room: Room, job: Job, attempt: Attempt): Command[] {
    const verdict = this.#judge.check(job.spec, deliveredBy(room, attempt));
    return this.#judged(room, { job, attempt, verdict });
  }

  /** What a verdict on one result asks for. */
  #judged(
    room: Room,
    { job, attempt, verdict }: { job: Job; attempt: Attempt; verdict: Verdict | 'pending' },
  ): Command[] {
    if (verdict === 'pending') return this.#awaitBytes(room, job, [attempt]);
    if (verdict === 'same') return [accept(job, attempt, true)];
    return [reject(job, attempt)];
  }

  /** Who names a hash and never shows what is behind it counts as a liar: else the job would wait. */
  #awaitBytes({ nowMs }: Room, job: Job, attempts: readonly Attempt[]): Command[] {
    const { audit, isTrusted } = this.#options;
    return attempts.flatMap((attempt) => {
      const { token, peer, result } = attempt;
      if (!this.#judge.lacksBytes(result!)) return [];
      const since = this.#asked.get(token) ?? nowMs;
      this.#asked.set(token, since);
      if (nowMs - since < audit.bytesWithinMs) return [];
      return [isTrusted(peer) ? revoke(job, attempt) : reject(job, attempt)];
    });
  }

  /** Gives the job to one more peer; nothing when none is free, and it is asked again later. */
  #audit(room: Room, job: Job, kind: 'replica' | 'recompute'): Command[] {
    const { isTrusted, rng } = this.#options;
    const { machine, nowMs, busy, pinned } = room;
    if (job.attempts.length >= ATTEMPTS_MAX) return [];
    // The last place is for who decides it. A room without trusted peers has only replicas:
    // colluders that are many can fool it.
    const isLast = job.attempts.length === ATTEMPTS_MAX - 1;
    const isForTrusted = (kind === 'recompute' || isLast) && this.#isForTrusted(room, job);
    const able = ableTo(machine, job).filter(({ peer }) => !isForTrusted || isTrusted(peer));
    const free = able.filter(({ peer, liveness, info }) => {
      if (liveness !== 'alive' || job.attempts.some((one) => one.peer === peer)) return false;
      const slots = slotsWithin(info.budget, info.slots);
      const at = { slots, pinned: pinned.get(peer) ?? 0, nowMs };
      return (busy.get(peer) ?? 0) < placesOf(machine.ledger.peers.get(peer), at);
    });
    if (free.length === 0) return [];
    const times = able.map((member) => expectedMs(room, job, member)).toSorted((a, b) => a - b);
    const slowMs = Math.max(SLOW_MS, SLOW_FACTOR * times[times.length >> 1]!);
    const quick = free.filter((member) => expectedMs(room, job, member) <= slowMs);
    const { peer } = pick(quick.length > 0 ? quick : free, rng);
    busy.set(peer, (busy.get(peer) ?? 0) + 1);
    return [{ type: 'assign', job: job.spec.job, member: peer, purpose: 'replica' }];
  }
}

function expectedMs({ machine }: Room, { spec }: Job, { peer, info }: Member): number {
  const work = { costUnits: spec.costUnits, speedPerSecond: speedOf(info) };
  return predictMs(machine.ledger.peers.get(peer), work);
}

const pick = (from: readonly Member[], rng: Rng) => from[rng.nextInt(from.length)]!;

/** Who may and could run it, were they free. */
function ableTo({ members, reputations }: Machine, { spec }: Job): Member[] {
  return [...members.values()].filter(({ peer, liveness, info }) => {
    if (liveness === 'dead' || reputations.get(peer)?.standing === 'quarantined') return false;
    if (slotsWithin(info.budget, info.slots) === 0) return false;
    if (spec.memoryBytes > info.budget.memoryBytes) return false;
    return spec.capabilities.every((tag) => info.capabilities.includes(tag));
  });
}

/** A result with what made it. */
function deliveredBy({ machine }: Room, { peer, result }: Attempt): Delivered {
  const adapterClass = machine.members.get(peer)?.info.adapterClass ?? '';
  return { hash: result!.hash, adapterClass };
}
