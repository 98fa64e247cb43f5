/**
 * What the leader assigns now: the queue by priority and age to peers that can and may, and a
 * second attempt (a hedge) for what is stuck on a slow one. A function of the replicated state and
 * a turn counter, so a new leader plans as the old one did.
 */
import type { Command } from '../state-machine/command.ts';
import type { Machine, Member } from '../state-machine/state.ts';
import type { Rng } from '../rng.ts';
import { STRANGERS_SHARE } from '../state-machine/holdings.ts';
import { slotsWithin, speedOf } from './budget.ts';
import type { Job } from './job.ts';
import { ATTEMPTS_MAX, pinnedByPeer } from './ledger.ts';
import { placesOf, predictMs, type PeerRecord } from './peer-record.ts';
import { Stalls } from './stalls.ts';
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
/** Of a job's places hedges leave one: who audits its results must find room. */
const HEDGED_ATTEMPTS_MAX = ATTEMPTS_MAX - 1;
/** Jobs assigned in one plan, at most, and how far down the queue busy peers are planned for. */
export const PLAN_MAX = 512;

/** A peer as the plan sees it; running jobs are counted as the plan adds them. */
type Worker = {
  readonly member: Member;
  readonly isOwn: boolean; // the room's key vouches for it
  readonly slots: number;
  readonly record: PeerRecord | undefined;
  readonly tags: ReadonlySet<string>;
  readonly limit: number; // jobs at once: slots, or what its breaker leaves of them
  running: number;
  memoryBytes: number;
  /** Expected milliseconds until each running job ends; the plan's own additions too. */
  readonly busyMs: number[];
};

type Workers = ReadonlyMap<string, Worker>;
type Assignment = Extract<Command, { type: 'assign' }>;

export function planAssignments(machine: Machine, options: PlanOptions): Command[] {
  const workers = workersOf(machine, options.nowMs);
  return [
    ...firsts(machine, workers, options),
    ...hedges(machine, workers, options),
    ...moves(machine, workers),
  ];
}

function firsts(machine: Machine, workers: Workers, options: PlanOptions): Assignment[] {
  const out: Assignment[] = [];
  const queue = queueOf(machine, options.nowMs);
  const all = [...workers.values()];
  const isFor = byWants((job) => all.some((worker) => canRun(job, worker)));
  const isForIdle = byWants((job) =>
    all.some((worker) => hasRoom(job, worker) && canRun(job, worker)),
  );
  let slots = 0;
  let looked = 0;
  for (const { limit, running } of workers.values()) slots += Math.max(0, limit - running);
  let hogPlaces = hogPlacesOf(machine, workers);
  for (const job of queue) {
    // Only a prediction has something to say of jobs that nobody has room for, and not of all.
    const isPlanned = options.strategy === 'predictive' && looked < PLAN_MAX;
    if (out.length >= PLAN_MAX || (slots === 0 && !isPlanned)) break;
    if (!(isPlanned ? isFor(job) : isForIdle(job))) continue;
    const hogsMore = isHog(machine, job);
    if (hogsMore && hogPlaces <= 0) continue;
    looked++;
    const turn = options.turn + out.length;
    const worker = pick(job, workers, { ...options, turn, isPlanned });
    if (worker === null) continue;
    const now = hasRoom(job, worker); // else: planned for a busy peer, which still ends sooner
    take(worker, job, freeInMs(job, worker) + expectedMs(worker, job));
    if (!now) continue;
    slots--;
    if (hogsMore) hogPlaces--;
    out.push(assign(job, worker, 'first'));
  }
  return out;
}

/** Pinned work gives no slot back; of strangers, it may have half of the room's slots. */
const isHog = ({ holdings }: Machine, { spec, submittedBy }: Job): boolean =>
  spec.lifetime === 'pinned' && holdings.isStranger(submittedBy);

/** Slots that such work may still take. */
function hogPlacesOf(machine: Machine, workers: Workers): number {
  let places = 0;
  for (const { limit } of workers.values()) places += limit * STRANGERS_SHARE;
  for (const job of machine.ledger.open.values())
    if (isHog(machine, job) && job.attempts.length > 0) places--;
  return places;
}

/**
 * Whether anybody can take such a job. That nobody can holds until the plan's end, whose workers
 * only grow busier: so thousands of jobs that all want the same in vain cost one look.
 */
function byWants(someoneCan: (job: Job) => boolean): (job: Job) => boolean {
  const vain = new Set<string>();
  return (job) => {
    const { capabilities, memoryBytes, lifetime } = job.spec;
    const wants = `${lifetime} ${memoryBytes} ${capabilities.join('\n')}`;
    if (vain.has(wants)) return false;
    const can = someoneCan(job);
    if (!can) vain.add(wants);
    return can;
  };
}

/** Pinned work leaves a peer that is hidden or lends nothing any more, if another has room. */
function moves(machine: Machine, workers: Workers): Command[] {
  const out: Command[] = [];
  const hogPlaces = hogPlacesOf(machine, workers);
  for (const job of machine.ledger.open.values()) {
    const [attempt] = job.attempts;
    if (job.spec.lifetime !== 'pinned' || job.state !== 'running' || attempt === undefined)
      continue;
    if (isHog(machine, job) && hogPlaces + 1 <= 0) continue; // it would not be given out again
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
  return queued.sort((a, b) => rank(b) - rank(a) || a.order - b.order);
}

function workersOf(machine: Machine, nowMs: number): Workers {
  const workers = new Map<string, Worker>();
  const pinnedBy = pinnedByPeer(machine.ledger);
  for (const member of machine.members.values()) {
    if (member.liveness !== 'alive') continue;
    if (machine.reputations.get(member.peer)?.standing === 'quarantined') continue;
    const record = machine.ledger.peers.get(member.peer);
    const slots = slotsWithin(member.info.budget, member.info.slots);
    const limit = placesOf(record, { slots, pinned: pinnedBy.get(member.peer) ?? 0, nowMs });
    if (limit === 0) continue;
    const tags = new Set(member.info.capabilities);
    const isOwn = !machine.holdings.isStranger(member.peer);
    const idle = { running: 0, memoryBytes: 0, busyMs: [] };
    workers.set(member.peer, { member, isOwn, slots, record, tags, limit, ...idle });
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
  worker.busyMs.push(job.spec.lifetime === 'pinned' ? Infinity : endsInMs);
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

function pick(job: Job, workers: Workers, options: PlanOptions & { isPlanned: boolean }) {
  const only = options.peerFor?.(job.spec.job) ?? null;
  const able = [...workers.values()].filter(
    (worker) => canRun(job, worker) && (only === null || worker.member.peer === only),
  );
  const free = able.filter((worker) => hasRoom(job, worker));
  // What came to nothing goes to who has not failed last and has shown that it works, where one is
  // free; else by lot: who claims most, and fails or goes, would have it until its end.
  const isRetry = job.failures + job.losses > 0;
  const untried = isRetry ? free.filter((worker) => !hasFailed(worker)) : [];
  const proven = untried.filter(({ isOwn, record }) => isOwn || (record?.finished ?? 0) > 0);
  if (untried.length > 0 && proven.length === 0) return byLot(untried, options.rng);
  const from = proven.length > 0 ? proven : options.isPlanned ? able : free;
  // Of whom nothing can be expected, one is as good as another.
  if (options.strategy === 'predictive') return earliest(job, from) ?? byLot(untried, options.rng);
  if (from.length === 0) return null;
  const { costUnits } = job.spec;
  const candidates = from.map((worker) => candidateOf(worker, options));
  return from[chooseCandidate(options.strategy, candidates, { ...options, costUnits })]!;
}

const hasFailed = ({ record }: Worker) => record !== undefined && record.failuresInARow > 0;

function candidateOf({ member, running, slots, record }: Worker, options: PlanOptions): Candidate {
  const { peer, info } = member;
  const said = options.loadOf?.(peer) ?? info.loadShare; // whatever a peer likes to say
  const loadShare = Math.min(Math.max(said, 0), 1);
  return { peer, running, slots, record, speedPerSecond: speedOf(info), loadShare };
}

const byLot = (from: readonly Worker[], rng: Rng): Worker | null =>
  from.length > 0 ? from[rng.nextInt(from.length)]! : null;

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
function hedges(machine: Machine, workers: Workers, options: PlanOptions): Command[] {
  const out: Command[] = [];
  const stalls = new Stalls(machine, options.nowMs);
  for (const job of machine.ledger.open.values()) {
    if (job.state !== 'running' || job.spec.lifetime === 'pinned') continue;
    if ((options.peerFor?.(job.spec.job) ?? null) !== null) continue;
    const wantedMs = hedgeWithinMs(job, workers, { stalls, nowMs: options.nowMs });
    if (wantedMs === 0) continue;
    const free = [...workers.values()].filter(
      (worker) =>
        job.attempts.every(({ peer }) => peer !== worker.member.peer) &&
        canRun(job, worker) &&
        hasRoom(job, worker),
    );
    const next = stalls.has(job, job.attempts.at(-1)!)
      ? relief(free, options.rng)
      : earliest(job, free);
    if (next === null) continue;
    if (wantedMs < Infinity && expectedMs(next, job) >= wantedMs) continue;
    take(next, job, expectedMs(next, job));
    // Where all places are taken by who does nothing, the first makes room.
    if (job.attempts.length >= HEDGED_ATTEMPTS_MAX)
      out.push({ type: 'revoke', job: job.spec.job, token: job.attempts[0]!.token });
    out.push(assign(job, next, 'hedge'));
    if (out.length >= PLAN_MAX) break;
  }
  return out;
}

/**
 * Who is given what stalled: one of the room's own, else by lot among whom nothing is known against.
 * What strangers claim counts for nothing here: five names that boast, stall, leave and come back
 * would have one job for ever beside honest idle peers.
 */
function relief(free: readonly Worker[], rng: Rng): Worker | null {
  const own = free.filter(({ isOwn }) => isOwn);
  if (own.length > 0) return byLot(own, rng);
  const others = free.filter(({ record }) => !hasOnlyStalled(record));
  return byLot(others.length > 0 ? others : free, rng);
}

const hasOnlyStalled = (record: PeerRecord | undefined): boolean =>
  record !== undefined && record.weight > 0 && record.finished === 0;

/**
 * How soon another peer must end this job to be worth a hedge; 0: none is. There is one hedge, and
 * one more whenever the last of them stalls too.
 */
function hedgeWithinMs(job: Job, workers: Workers, at: { stalls: Stalls; nowMs: number }): number {
  const last = job.attempts.at(-1);
  if (last === undefined) return 0;
  if (job.attempts.length >= HEDGED_ATTEMPTS_MAX)
    return job.attempts.every((one) => at.stalls.has(job, one)) ? Infinity : 0;
  if (at.stalls.has(job, last)) return Infinity; // whatever it says of its progress
  if (job.attempts.length > 1) return 0;
  const slow = workers.get(last.peer);
  if (slow === undefined) return Infinity; // suspect, dead or out
  const elapsedMs = at.nowMs - last.startedAtMs;
  if (elapsedMs < Math.max(HEDGE_MS_MIN, HEDGE_FACTOR * expectedMs(slow, job))) return 0;
  return last.share > 0.05 ? elapsedMs / last.share - elapsedMs : elapsedMs;
}
