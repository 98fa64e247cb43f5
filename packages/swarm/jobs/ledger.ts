/** The replicated table of jobs and how one moves through its states; commands in apply.ts. */
import { textsBytes, type Holdings } from '../state-machine/holdings.ts';
import type { Reputation } from '../trust/reputation.ts';
import { REASON_CHARS_MAX } from '../wire/limits.ts';
import type { Lender } from './budget.ts';
import type { JobRefusal, JobSpec } from './command.ts';
import {
  backoffMs,
  isFinal,
  JOB_LOSSES_MAX,
  moveJob,
  type Attempt,
  type Job,
  type JobState,
} from './job.ts';
import { createPeerRecord, type PeerRecord } from './peer-record.ts';

export type Ledger = {
  readonly jobs: Map<string, Job>;
  /** Jobs that are not final, in order of submission: what leaders look through. */
  readonly open: Map<string, Job>;
  /** Ids of final jobs, oldest first: kept, so that a repeated submission is recognised. */
  finished: string[];
  readonly peers: Map<string, PeerRecord>;
};

export const JOBS_FINISHED_RETAINED = 2_048;
/** One job's live attempts: the first, hedges and replicas. */
export const ATTEMPTS_MAX = 5;

/**
 * What an open job takes in a snapshot beside its texts, at most: its numbers, all attempts
 * and the reason of a failure. The share of who is vouched for is some 24,000 small ones: a hundred
 * peers have some 200 results each that wait for trust (../trust/audit.ts).
 */
const JOB_BYTES = 150 + ATTEMPTS_MAX * 120 + 3 * REASON_CHARS_MAX;

export const jobBytes = ({ job, kind, comparator, capabilities, payload }: JobSpec): number =>
  JOB_BYTES + textsBytes([job, job, kind, comparator]) + textsBytes(capabilities) + payload.length;

export function createLedger(): Ledger {
  return { jobs: new Map(), open: new Map(), finished: [], peers: new Map() };
}

type JobHappening =
  | { readonly type: 'job'; readonly job: string; readonly state: JobState }
  | {
      readonly type: 'attempt';
      readonly job: string;
      readonly peer: string;
      readonly token: number;
      readonly change: 'assigned' | 'ended';
    };

/** What the ledger needs of the machine that carries it. */
export type LedgerContext = {
  readonly peer: string;
  readonly index: number;
  readonly token: number;
  readonly machine: {
    readonly clockMs: number;
    dueMs: number;
    readonly members: ReadonlyMap<string, { readonly liveness: string; readonly info: Lender }>;
    readonly reputations: Map<string, Reputation>;
    readonly holdings: Holdings;
    readonly rules: { readonly acceptsOnce: boolean; readonly attemptTokenIsChecked: boolean };
  };
  emit(happening: JobHappening): void;
};

export type JobResult =
  | { readonly type: 'ok' }
  | { readonly type: 'assigned'; readonly token: number }
  | {
      readonly type: 'refused';
      readonly reason: JobRefusal | 'full' | 'over-share' | 'unknown' | 'not-owner' | 'stale-token';
    };

export const JOB_OK: JobResult = Object.freeze({ type: 'ok' });
export const refusedJob = (reason: (JobResult & { type: 'refused' })['reason']): JobResult => ({
  type: 'refused',
  reason,
});

/** One command's work on one job. */
export type Change = {
  readonly ledger: Ledger;
  readonly context: LedgerContext;
  readonly job: Job;
};

export function moveTo(change: Change, state: JobState): void {
  if (change.job.state === state && !isFinal(state)) return;
  moveJob(change.job, state);
  change.context.emit({ type: 'job', job: change.job.spec.job, state });
}

export function finish(
  change: Change,
  state: 'done' | 'failed' | 'cancelled' | 'expired',
): JobResult {
  const { ledger, context, job } = change;
  if (isFinal(job.state)) {
    moveTo(change, job.state); // only with acceptsOnce turned off
    return JOB_OK;
  }
  for (const attempt of job.attempts) endAttempt(change, attempt);
  moveTo(change, state);
  ledger.open.delete(job.spec.job);
  context.machine.holdings.remove('jobs', job.submittedBy, jobBytes(job.spec));
  job.spec = { ...job.spec, payload: NO_BYTES, capabilities: [] };
  ledger.finished.push(job.spec.job);
  if (ledger.finished.length >= 2 * JOBS_FINISHED_RETAINED) {
    for (const id of ledger.finished.splice(0, JOBS_FINISHED_RETAINED)) ledger.jobs.delete(id);
  }
  return JOB_OK;
}

const NO_BYTES = new Uint8Array(0);

export function endAttempt(change: Change, attempt: Attempt): void {
  const { job, context } = change;
  job.attempts = job.attempts.filter((live) => live !== attempt);
  const { peer, token } = attempt;
  context.emit({ type: 'attempt', job: job.spec.job, peer, token, change: 'ended' });
}

/** Failures of the room's own after which nobody waits that a stranger's result is checked. */
const OWN_FAILURES_MAX = 3;

/**
 * An attempt failed: another after a while, or the end of the job. That no retry would help only the
 * room's own can say; a stranger's failure is one of `attemptsMax`, whatever it says. What somebody
 * else delivered already, or still runs, goes on; but what stands of strangers and the room's own
 * cannot do again would be asked for again without end.
 */
export function failAttempt(
  change: Change,
  attempt: Attempt,
  failure: { reason: string; retry: boolean },
): JobResult {
  const { job, context } = change;
  const { isStranger } = context.machine.holdings;
  const isOwn = !isStranger(attempt.peer);
  const isHopeless = isOwn && !failure.retry;
  job.failures++;
  if (isOwn) job.ownFailures++;
  job.reason = failure.reason;
  endAttempt(change, attempt);
  if (job.attempts.length > 0) {
    settle(change);
    const isVain = isHopeless || (isOwn && job.ownFailures >= OWN_FAILURES_MAX);
    const isUnchecked =
      job.state === 'verifying' && job.attempts.every(({ peer }) => isStranger(peer));
    return isVain && isUnchecked ? finish(change, 'failed') : JOB_OK;
  }
  if (isHopeless || job.failures >= job.spec.attemptsMax) return finish(change, 'failed');
  return settle(change, backoffMs(job.spec, job.failures));
}

/** The state that follows from the attempts that are left. */
export function settle(change: Change, waitMs = 0): JobResult {
  const { job, context } = change;
  if (job.attempts.some((attempt) => attempt.result !== null)) moveTo(change, 'verifying');
  else if (job.attempts.length > 0) moveTo(change, 'running');
  else if (waitMs === 0) moveTo(change, 'queued');
  else {
    job.notBeforeMs = context.machine.clockMs + waitMs;
    context.machine.dueMs = Math.min(context.machine.dueMs, job.notBeforeMs);
    moveTo(change, 'waiting');
  }
  return JOB_OK;
}

/** Its peer died, or lied: no failure of the job, up to a limit. */
export function loseAttempt(change: Change, attempt: Attempt, reason: string): JobResult {
  const { job } = change;
  endAttempt(change, attempt);
  job.losses++;
  job.reason = reason;
  if (job.attempts.length === 0 && job.losses >= JOB_LOSSES_MAX) return finish(change, 'failed');
  return settle(change);
}

/** A peer is gone or out: everything it has is lost. */
export function endAttemptsOf(ledger: Ledger, context: LedgerContext, peer: string): void {
  for (const job of ledger.open.values()) {
    const lost = job.attempts.find((attempt) => attempt.peer === peer);
    if (lost === undefined) continue;
    // Who goes when it sees an audit begin cannot be caught; it begins again as a newcomer.
    const isAudited = job.attempts.some(({ purpose }) => purpose === 'replica');
    const reputation = context.machine.reputations.get(peer);
    if (lost.result !== null && isAudited && reputation !== undefined) reputation.passed = 0;
    loseAttempt({ ledger, context, job }, lost, 'peer lost');
  }
}

/** Who asked for them is gone. */
export function cancelJobsOf(ledger: Ledger, context: LedgerContext, peer: string): void {
  for (const job of ledger.open.values())
    if (job.submittedBy === peer) finish({ ledger, context, job }, 'cancelled');
}

export function peerRecordOf(ledger: Ledger, peer: string): PeerRecord {
  const known = ledger.peers.get(peer);
  if (known !== undefined) return known;
  const created = createPeerRecord();
  ledger.peers.set(peer, created);
  return created;
}

/** How many pinned jobs each peer runs. */
export function pinnedByPeer({ open }: Ledger): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { spec, attempts } of open.values()) {
    if (spec.lifetime !== 'pinned') continue;
    for (const { peer, result } of attempts) {
      if (result === null) counts.set(peer, (counts.get(peer) ?? 0) + 1);
    }
  }
  return counts;
}

/** Ends back-offs and deadlines that machine time has passed. */
export function expireJobs(ledger: Ledger, context: LedgerContext): void {
  const { clockMs } = context.machine;
  for (const job of ledger.open.values()) {
    const change = { ledger, context, job };
    if (job.deadlineMs <= clockMs) finish(change, 'expired');
    else if (job.state === 'waiting' && job.notBeforeMs <= clockMs) moveTo(change, 'queued');
  }
}

/** When the ledger next needs machine time to pass; Infinity: never. */
export function ledgerDueMs(ledger: Ledger): number {
  let dueMs = Infinity;
  for (const job of ledger.open.values()) {
    dueMs = Math.min(dueMs, job.deadlineMs);
    if (job.state === 'waiting') dueMs = Math.min(dueMs, job.notBeforeMs);
  }
  return dueMs;
}
