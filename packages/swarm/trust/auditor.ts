/**
 * The leader's part of trust: for every result that waits for acceptance, draw whether it is
 * audited, give the audit to a peer, read its outcome, and accept or reject. What must survive a
 * leader (records, results, who ran what) is replicated; only the draws are not, and are redrawn.
 */
import { slotsWithin } from '../jobs/budget.ts';
import type { Attempt, Job } from '../jobs/job.ts';
import { ATTEMPTS_MAX } from '../jobs/ledger.ts';
import type { Rng } from '../rng.ts';
import type { Command } from '../state-machine/command.ts';
import type { Machine } from '../state-machine/state.ts';
import { drawAudit, isReleased, type AuditKind, type AuditOptions } from './audit.ts';
import type { Verdict } from './comparator.ts';
import { createReputation } from './reputation.ts';

export type AuditorOptions = {
  readonly audit: AuditOptions;
  readonly rng: Rng;
  /** Peers whose results are the truth: the relay, and who the room's key vouches for. */
  readonly isTrusted: (peer: string) => boolean;
  /** By the comparator that the job names; 'pending' while the bytes are still under way. */
  readonly compare: (job: Job, a: Attempt, b: Attempt) => Verdict | 'pending';
  /** The hash of the right result, where the job is a question with a known answer. */
  readonly knownHashOf: (job: Job) => Uint8Array | null;
};

/** What one call looks at; `busy` counts the attempts that each peer runs. */
type Room = {
  readonly machine: Machine;
  readonly busy: Map<string, number>;
  readonly nowMs: number;
};

const NO_RECORD = createReputation();

export class Auditor {
  readonly #options: AuditorOptions;
  /** By token of the audited attempt. Entries go with their attempts. */
  readonly #draws = new Map<number, AuditKind>();

  constructor(options: AuditorOptions) {
    this.#options = options;
  }

  due(machine: Machine, nowMs: number): Command[] {
    const out: Command[] = [];
    const live = new Set<number>();
    const busy = new Map<string, number>();
    const verifying: Job[] = [];
    for (const job of machine.ledger.open.values()) {
      if (job.state === 'verifying') verifying.push(job);
      for (const { peer, result } of job.attempts) {
        if (result === null) busy.set(peer, (busy.get(peer) ?? 0) + 1);
      }
    }
    for (const job of verifying) {
      for (const attempt of job.attempts) live.add(attempt.token);
      out.push(...this.#judge({ machine, busy, nowMs }, job));
    }
    for (const token of this.#draws.keys()) if (!live.has(token)) this.#draws.delete(token);
    return out;
  }

  #judge(room: Room, job: Job): Command[] {
    const { isTrusted, knownHashOf } = this.#options;
    const known = knownHashOf(job);
    const delivered = job.attempts.filter((attempt) => attempt.result !== null);
    if (known !== null) return delivered.map((attempt) => byKnownAnswer(job, attempt, known));
    const truth = delivered.find((attempt) => isTrusted(attempt.peer));
    if (truth !== undefined) return this.#byTruth(job, truth, delivered);
    if (job.attempts.length > delivered.length) return []; // an audit or a hedge is under way
    const [first, second] = delivered;
    if (second === undefined) return this.#hold(room, job, first!);
    return this.#byReplicas(room, job, delivered);
  }

  /** Two that agree count for the first; if any differ, who is wrong only a trusted peer says. */
  #byReplicas(room: Room, job: Job, delivered: readonly Attempt[]): Command[] {
    for (const [i, a] of delivered.entries()) {
      for (const b of delivered.slice(i + 1)) {
        const verdict = this.#options.compare(job, a, b);
        if (verdict === 'pending') return [];
        if (verdict !== 'same') continue;
        if (delivered.length === 2) return [agree(job, a, b)];
        const asked = this.#audit(room, job, 'recompute');
        return asked.length > 0 ? asked : [accept(job, a, false)]; // no better word to be had
      }
    }
    return this.#audit(room, job, 'recompute');
  }

  #hold(room: Room, job: Job, attempt: Attempt): Command[] {
    const { audit, rng } = this.#options;
    const reputation = room.machine.reputations.get(attempt.peer) ?? NO_RECORD;
    const { atMs, passedAt } = attempt.result!;
    let draw = this.#draws.get(attempt.token);
    if (draw === undefined) {
      draw = drawAudit(reputation, audit, rng);
      this.#draws.set(attempt.token, draw);
    }
    if (draw !== 'none') {
      const asked = this.#audit(room, job, draw);
      if (asked.length > 0) this.#draws.set(attempt.token, 'none'); // once; then it waits like all
      return asked;
    }
    if (isReleased(reputation, passedAt, audit)) return [accept(job, attempt, false)];
    const late = room.nowMs - atMs >= audit.holdMsMax;
    // Everything a suspect has waiting is looked at.
    if (late || reputation.suspicion > 0) return this.#audit(room, job, 'recompute');
    return [];
  }

  /** A trusted peer's result decides over all others of that job, and is itself accepted. */
  #byTruth(job: Job, truth: Attempt, delivered: readonly Attempt[]): Command[] {
    const { compare, isTrusted } = this.#options;
    const others = delivered.filter((attempt) => !isTrusted(attempt.peer));
    const out: Command[] = [];
    let right: Attempt | null = null;
    for (const attempt of others) {
      const verdict = compare(job, attempt, truth);
      if (verdict === 'pending') return [];
      if (verdict === 'same') right ??= attempt;
      else out.push({ type: 'reject', job: job.spec.job, token: attempt.token });
    }
    // The rejects leave the job open: the truth still stands in it.
    out.push(right === null ? accept(job, truth, false) : accept(job, right, true));
    return out;
  }

  /** Gives the job to one more peer; nothing when none is free, and it is asked again later. */
  #audit(room: Room, job: Job, kind: 'replica' | 'recompute'): Command[] {
    const { isTrusted, rng } = this.#options;
    const { machine, busy } = room;
    const able = [...machine.members.values()].filter(({ peer, liveness, info }) => {
      if (liveness !== 'alive') return false;
      if (job.attempts.some((attempt) => attempt.peer === peer)) return false;
      if (machine.reputations.get(peer)?.standing === 'quarantined') return false;
      if ((busy.get(peer) ?? 0) >= slotsWithin(info.budget, info.slots)) return false;
      return job.spec.capabilities.every((tag) => info.capabilities.includes(tag));
    });
    const trusted = able.filter(({ peer }) => isTrusted(peer));
    // A room without trusted peers has only replicas: colluders that are many can fool it.
    const anyTrusted = kind === 'recompute' && [...machine.members.keys()].some(isTrusted);
    const from = anyTrusted ? trusted : able;
    if (from.length === 0 || job.attempts.length >= ATTEMPTS_MAX) return [];
    const { peer } = from[rng.nextInt(from.length)]!;
    busy.set(peer, (busy.get(peer) ?? 0) + 1);
    return [{ type: 'assign', job: job.spec.job, member: peer, purpose: 'replica' }];
  }
}

const accept = (job: Job, { token }: Attempt, audited: boolean): Command => ({
  type: 'accept',
  job: job.spec.job,
  token,
  audited,
});

const agree = (job: Job, first: Attempt, second: Attempt): Command => ({
  type: 'agree',
  job: job.spec.job,
  token: first.token,
  replica: second.token,
});

function byKnownAnswer(job: Job, attempt: Attempt, known: Uint8Array): Command {
  const { hash } = attempt.result!;
  const right = hash.length === known.length && hash.every((byte, i) => byte === known[i]);
  if (right) return accept(job, attempt, true);
  return { type: 'reject', job: job.spec.job, token: attempt.token };
}
