/**
 * A job's life. At-least-once execution: an attempt may be lost, repeated or hedged. Exactly-once
 * acceptance: `done` is entered once, with one result, and nothing leaves a final state.
 *
 *   queued ──assign──> running ──result (acceptance 'first')──────────────> done
 *     ^                  │  └──result ('checked')──> verifying ──accept───> done
 *     │                  │                               │
 *     │<──(attempts lost)┤<──────────reject──────────────┘
 *     └── waiting <──fail┴──fail (attempts used up) ──> failed
 *          (back-off)
 *   any state that is not final ──cancel──> cancelled, ──deadline──> expired
 */
import type { AttemptPurpose, JobSpec } from './command.ts';

export type JobState =
  | 'waiting' // until `notBeforeMs`
  | 'queued'
  | 'running' // at least one live attempt, no result
  | 'verifying' // at least one result that is not accepted yet
  | 'done'
  | 'failed'
  | 'cancelled'
  | 'expired';

export const JOB_TRANSITIONS: Readonly<Record<JobState, readonly JobState[]>> = {
  waiting: ['queued', 'failed', 'cancelled', 'expired'],
  queued: ['running', 'failed', 'cancelled', 'expired'],
  running: ['verifying', 'waiting', 'queued', 'done', 'failed', 'cancelled', 'expired'],
  verifying: ['running', 'waiting', 'queued', 'done', 'failed', 'cancelled', 'expired'],
  done: [],
  failed: [],
  cancelled: [],
  expired: [],
};

export type Attempt = {
  readonly token: number; // fencing token: the log position of its assignment
  readonly peer: string;
  readonly purpose: AttemptPurpose;
  readonly startedAtMs: number;
  share: number; // 0 .. 1 done
  result: {
    readonly hash: Uint8Array;
    readonly atMs: number; // machine time
    readonly passedAt: number; // audits its peer had passed by then (../trust/audit.ts)
  } | null;
};

export type Job = {
  spec: JobSpec; // without payload and capabilities once final
  readonly submittedBy: string;
  readonly order: number; // log index of its submission: the queue's tie-break
  readonly submittedAtMs: number;
  readonly deadlineMs: number; // machine time; Infinity: none
  state: JobState;
  notBeforeMs: number; // while waiting
  failures: number; // attempts that failed
  ownFailures: number; // those of peers that the room's key vouches for
  losses: number; // attempts whose peer died or lied: a job that kills its peers ends too
  attempts: Attempt[]; // live ones
  accepted: { token: number; peer: string; hash: Uint8Array } | null;
  reason: string; // of the last failure
};

/** Names are free: who has most of the idle ones can lose or fail a job to its end (plan.ts). */
export const JOB_LOSSES_MAX = 8;
export const JOB_BACKOFF_MS_MAX = 60_000;

export function isFinal(state: JobState): boolean {
  return JOB_TRANSITIONS[state].length === 0;
}

/** The only way a job's state changes. */
export function moveJob(job: Job, to: JobState): void {
  if (job.state === to) return;
  if (!JOB_TRANSITIONS[job.state].includes(to)) {
    throw new Error(`job '${job.spec.job}': ${job.state} never becomes ${to}; see JOB_TRANSITIONS`);
  }
  job.state = to;
  if (isFinal(to)) job.attempts = [];
}

/** Exponential back-off, capped: the wait before the next attempt after `failures` failures. */
export function backoffMs(spec: JobSpec, failures: number): number {
  return Math.min(JOB_BACKOFF_MS_MAX, spec.backoffMs * 2 ** Math.max(0, failures - 1));
}
