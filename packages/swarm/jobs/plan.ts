/**
 * What the leader assigns now: the queue by priority and age to peers that can and may, and a
 * second attempt (a hedge) for what is stuck on a slow one. A function of the replicated state and
 * a turn counter, so a new leader plans as the old one did.
 */
import type { Command } from '../state-machine/command.ts';
import type { Machine, Member } from '../state-machine/state.ts';
import type { Rng } from '../rng.ts';
import { slotsWithin, speedOf } from './budget.ts';
import type { Attempt, Job } from './job.ts';
import { ATTEMPTS_MAX } from './ledger.ts';
import { breakerOf, predictMs, type PeerRecord } from './peer-record.ts';
import { chooseCandidate, type Candidate, type Strategy } from './strategy.ts';

export type PlanOptions = {
  readonly strategy: Strategy;
  readonly nowMs: number; // machine time
  readonly rng: Rng;
  readonly turn: number; // assignments so far
  /** What a peer said last of its load; undefined: only what stands in its NodeInfo. */
  readonly loadOf?: (peer: string) => number | undefined;
  /** The only peer that may have a job (../trust/examiner.ts); null: anyone. */
  readonly peerFor?: (job: string) => string | null;
};

/** Waiting this long is worth one step of priority: nothing starves. */
export const AGING_MS = 30_000;
/** What a stranger's priority counts less: its most urgent job stands beside an ordinary one. */
const STRANGER_PRIORITY_LESS = 255;
/** An attempt this much over its expected time is hedged, and one of a suspect peer at once. */
export const HEDGE_FACTOR = 2;
/** Before its first results an expectation is a guess: no hedge earlier than this. */
export const HEDGE_MS_MIN = 1_000;
/** So much over its expected time an attempt counts for nothing: its peer lives, but may never deliver. */
const STALLED_FACTOR = 10;
const STALLED_MS_MIN = 60_000;
/** Jobs looked at in one plan; the rest wait for the next one. */
export const PLAN_MAX = 512;

/** A peer as the plan sees it; running jobs are counted as the plan adds them. */
type Worker = {
  readonly member: Member;
  readonly slots: number;
  readonly record: PeerRecord | undefined;
  readonly tags: ReadonlySet<string>;
  readonly limit: number; // jobs at once: slots, one on a half-open breaker, none on an open one
  running: number;
  memoryBytes: number;
  /** Expected milliseconds until each running job ends; the plan's own additions too. */
  readonly busyMs: number[];
};

/** Nothing is to be expected of it any more, though its peer is there. It may still deliver. */
export function isStalled(machine: Machine, job: Job, attempt: Attempt, nowMs: number): boolean {
  if (attempt.result !== null) return false;
  const info = machine.members.get(attempt.peer)?.info;
  if (info === undefined) return true;
  const work = { costUnits: job.spec.costUnits, speedPerSecond: speedOf(info) };
  const wantedMs = STALLED_FACTOR * predictMs(machine.ledger.peers.get(attempt.peer), work);
  return nowMs - attempt.startedAtMs > Math.max(STALLED_MS_MIN, wantedMs);
}

type Assignment = Extract<Command, { type: 'assign' }>;

export function planAssignments(machine: Machine, options: PlanOptions): Command[] {
  const workers = workersOf(machine, options.nowMs);
  const assignments: Assignment[] = [];
  const queue = queueOf(machine, options.nowMs);
  let slots = 0;
  for (const { limit, running } of workers.values()) slots += Math.max(0, limit - running);
  for (const job of queue) {
    // Only a prediction has something to say of jobs that nobody has room for.
    if (slots === 0 && options.strategy !== 'predictive') break;
    const worker = pick(job, workers, { ...options, turn: options.turn + assignments.length });
    if (worker === null) continue;
    const now = hasRoom(job, worker); // else: planned for a busy peer, which still ends sooner
    take(worker, job, freeInMs(job, worker) + expectedMs(worker, job));
    if (!now) continue;
    slots--;
    assignments.push(assign(job, worker, 'first'));
  }
  return [...assignments, ...hedges(machine, workers, options), ...moves(machine, workers)];
}

/** Pinned work leaves a peer that is hidden or lends nothing any more, if another has room. */
function moves(machine: Machine, workers: ReadonlyMap<string, Worker>): Command[] {
  const out: Command[] = [];
  for (const job of machine.ledger.open.values()) {
    const [attempt] = job.attempts;
    if (job.spec.lifetime !== 'pinned' || job.state !== 'running' || attempt === undefined)
      continue;
    const info = machine.members.get(attempt.peer)?.info;
    if (info === undefined) continue;
    const stays = !info.budget.hidden && slotsWithin(info.budget, info.slots) > 0;
    const free = (worker: Worker) => canRun(job, worker) && hasRoom(job, worker);
    if (stays || ![...workers.values()].some(free)) continue;
    out.push({ type: 'revoke', job: job.spec.job, token: attempt.token });
  }
  return out;
}

function assign(job: Job, worker: Worker, purpose: Assignment['purpose']): Assignment {
  return { type: 'assign', job: job.spec.job, member: worker.member.peer, purpose };
}

/** Higher priority first; older first within it; age lifts. */
function queueOf(machine: Machine, nowMs: number): Job[] {
  const rank = ({ spec, submittedBy, submittedAtMs }: Job) =>
    spec.priority +
    Math.floor((nowMs - submittedAtMs) / AGING_MS) -
    (machine.holdings.isStranger(submittedBy) ? STRANGER_PRIORITY_LESS : 0);
  const queued: Job[] = [];
  for (const job of machine.ledger.open.values()) if (job.state === 'queued') queued.push(job);
  return queued.sort((a, b) => rank(b) - rank(a) || a.order - b.order).slice(0, PLAN_MAX);
}

function workersOf(machine: Machine, nowMs: number): Map<string, Worker> {
  const workers = new Map<string, Worker>();
  for (const member of machine.members.values()) {
    if (member.liveness !== 'alive') continue;
    if (machine.reputations.get(member.peer)?.standing === 'quarantined') continue;
    const record = machine.ledger.peers.get(member.peer);
    const slots = slotsWithin(member.info.budget, member.info.slots);
    const breaker = breakerOf(record, nowMs);
    const limit = breaker === 'closed' ? slots : breaker === 'half-open' ? Math.min(1, slots) : 0;
    if (limit === 0) continue;
    const tags = new Set(member.info.capabilities);
    const worker = { member, slots, record, tags, limit, running: 0, memoryBytes: 0, busyMs: [] };
    workers.set(member.peer, worker);
  }
  for (const job of machine.ledger.open.values()) {
    // Most jobs in a large room: delivered, and waiting for trust.
    if (job.state === 'verifying' && job.attempts.length === 1) continue;
    for (const attempt of job.attempts) {
      const worker = workers.get(attempt.peer);
      if (worker === undefined || attempt.result !== null) continue;
      const total = expectedMs(worker, job);
      take(worker, job, Math.max(0, total - (nowMs - attempt.startedAtMs)));
    }
  }
  return workers;
}

function take(worker: Worker, job: Job, endsInMs: number): void {
  worker.running++;
  worker.memoryBytes += job.spec.memoryBytes;
  worker.busyMs.push(endsInMs);
}

function expectedMs(worker: Worker, job: Job): number {
  const { costUnits } = job.spec;
  return predictMs(worker.record, { costUnits, speedPerSecond: speedOf(worker.member.info) });
}

/** Could this peer run it at all, were it free? */
function canRun(job: Job, worker: Worker): boolean {
  const { spec } = job;
  const { budget } = worker.member.info;
  if (spec.lifetime === 'pinned' && budget.hidden) return false;
  if (spec.memoryBytes > budget.memoryBytes) return false;
  return spec.capabilities.every((tag) => worker.tags.has(tag));
}

const hasRoom = (job: Job, worker: Worker): boolean =>
  worker.running < worker.limit &&
  worker.memoryBytes + job.spec.memoryBytes <= worker.member.info.budget.memoryBytes;

function pick(job: Job, workers: ReadonlyMap<string, Worker>, options: PlanOptions): Worker | null {
  const only = options.peerFor?.(job.spec.job) ?? null;
  const able = [...workers.values()].filter(
    (worker) => canRun(job, worker) && (only === null || worker.member.peer === only),
  );
  if (options.strategy === 'predictive') return earliest(job, able);
  const free = able.filter((worker) => hasRoom(job, worker));
  if (free.length === 0) return null;
  const { costUnits } = job.spec;
  const candidates = free.map((worker) => candidateOf(worker, options));
  return free[chooseCandidate(options.strategy, candidates, { ...options, costUnits })]!;
}

function candidateOf({ member, running, slots, record }: Worker, options: PlanOptions): Candidate {
  const { peer, info } = member;
  const said = options.loadOf?.(peer) ?? info.loadShare; // whatever a peer likes to say
  const loadShare = Math.min(Math.max(said, 0), 1);
  return { peer, running, slots, record, speedPerSecond: speedOf(info), loadShare };
}

/**
 * Earliest expected end, waiting for a busy fast peer included (list scheduling after Topcuoglu
 * et al. 2002, HEFT): at the tail of a queue a slow idle peer would hold everything up.
 */
function earliest(job: Job, able: readonly Worker[]): Worker | null {
  let best: Worker | null = null;
  let bestMs = Infinity;
  for (const worker of able) {
    const endMs = freeInMs(job, worker) + expectedMs(worker, job);
    if (endMs >= bestMs) continue;
    best = worker;
    bestMs = endMs;
  }
  return best;
}

/** When a slot is free: now, or as the running jobs end one after the other. */
function freeInMs(job: Job, worker: Worker): number {
  if (hasRoom(job, worker)) return 0;
  const ends = worker.busyMs.toSorted((a, b) => a - b);
  return ends[Math.max(0, ends.length - worker.limit)] ?? 0;
}

/** Only with peers idle: a hedge never takes a place from a job that has none. */
function hedges(machine: Machine, workers: Map<string, Worker>, options: PlanOptions) {
  const out: Assignment[] = [];
  for (const job of machine.ledger.open.values()) {
    if (job.state !== 'running' || job.spec.lifetime === 'pinned') continue;
    if ((options.peerFor?.(job.spec.job) ?? null) !== null) continue;
    // One hedge, and one more whenever the last of them stalls too.
    const attempt = job.attempts.at(-1);
    if (attempt === undefined || job.attempts.length >= ATTEMPTS_MAX) continue;
    const isHedged = job.attempts.length > 1;
    if (isHedged && !isStalled(machine, job, attempt, options.nowMs)) continue;
    const slow = workers.get(attempt.peer);
    const elapsedMs = options.nowMs - attempt.startedAtMs;
    // No worker: the peer is suspect, dead or out. Nothing is expected of it any more.
    const wantedMs = slow === undefined ? 0 : HEDGE_FACTOR * expectedMs(slow, job);
    if (slow !== undefined && elapsedMs < Math.max(HEDGE_MS_MIN, wantedMs)) continue;
    const remainingMs = attempt.share > 0.05 ? elapsedMs / attempt.share - elapsedMs : elapsedMs;
    const free = [...workers.values()].filter(
      (worker) =>
        job.attempts.every(({ peer }) => peer !== worker.member.peer) &&
        canRun(job, worker) &&
        hasRoom(job, worker),
    );
    const fast = earliest(job, free);
    if (fast === null) continue;
    if (slow !== undefined && !isHedged && expectedMs(fast, job) >= remainingMs) continue;
    take(fast, job, expectedMs(fast, job));
    out.push(assign(job, fast, 'hedge'));
    if (out.length >= PLAN_MAX) break;
  }
  return out;
}
