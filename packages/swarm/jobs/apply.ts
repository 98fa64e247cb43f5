/** Every command on the job ledger. Nothing here decides: leaders and peers do (plan.ts). */
import { audited, createReputation, type Reputation } from '../trust/reputation.ts';
import type { JobCommand, JobSpec } from './command.ts';
import { isFinal, type Attempt } from './job.ts';
import {
  ATTEMPTS_MAX,
  endAttempt,
  endAttemptsOf,
  failAttempt,
  finish,
  jobBytes,
  JOB_OK,
  loseAttempt,
  moveTo,
  peerRecordOf,
  refusedJob,
  settle,
  type Change,
  type JobResult,
  type Ledger,
  type LedgerContext,
} from './ledger.ts';
import { speedOf } from './budget.ts';
import { predictMs, recordFailed, recordFinished, recordOvertaken } from './peer-record.ts';

/** Expected work of one job, at most. */
const COST_UNITS_MAX = 1e9;

export function applyJobCommand(
  ledger: Ledger,
  context: LedgerContext,
  command: JobCommand,
): JobResult {
  if (command.type === 'submit') return submit(ledger, context, command.spec);
  const job = ledger.jobs.get(command.job);
  if (job === undefined) return refusedJob('unknown');
  const late = command.type === 'result' && !context.machine.rules.acceptsOnce;
  if (isFinal(job.state) && !late) return refusedJob('finished');
  const change = { ledger, context, job };
  switch (command.type) {
    case 'cancel':
      if (context.peer !== job.submittedBy && context.peer !== '') return refusedJob('not-owner');
      return finish(change, 'cancelled');
    case 'assign':
      return assign(change, command);
    case 'revoke':
      return withAttempt(change, command.token, (attempt) => {
        // Pinned work runs until it is cancelled: how long it ran says nothing of its peer.
        if (job.spec.lifetime === 'burst') overtaken(change, attempt);
        endAttempt(change, attempt);
        return settle(change);
      });
    case 'progress':
      return withAttempt(change, command.token, (attempt) => {
        attempt.share = Math.max(attempt.share, Math.min(1, command.share));
        return JOB_OK;
      });
    case 'result':
      return withAttempt(change, command.token, (attempt) => result(change, attempt, command.hash));
    case 'fail':
      return withAttempt(change, command.token, (attempt) => fail(change, attempt, command));
    case 'accept':
      return withResult(change, command.token, (attempt) => {
        if (command.audited) audited(trustOf(context, attempt.peer), true, context.machine.clockMs);
        return accept(change, attempt);
      });
    case 'reject':
      return withResult(change, command.token, (attempt) => reject(change, attempt));
    case 'agree':
      return withResult(change, command.token, (attempt) =>
        agree(change, attempt, command.replica),
      );
    default:
      throw new Error(`unreachable: ${(command satisfies never as JobCommand).type}`);
  }
}

/** Submitting the same job again is answered like the first time: the answer may have been lost. */
function submit(ledger: Ledger, context: LedgerContext, spec: JobSpec): JobResult {
  const old = ledger.jobs.get(spec.job);
  if (old !== undefined) {
    const same = old.submittedBy === context.peer && old.spec.kind === spec.kind;
    return same ? JOB_OK : refusedJob('conflict');
  }
  // What it earns and what is predicted from it are sums, which have to stay exact.
  if (!(spec.costUnits >= 0 && spec.costUnits <= COST_UNITS_MAX)) return refusedJob('bad-cost');
  const { machine, peer } = context;
  const reason = machine.holdings.whyNot('jobs', peer, jobBytes(spec));
  if (reason !== null) return refusedJob(reason);
  machine.holdings.add('jobs', peer, jobBytes(spec));
  const endsMs = machine.clockMs + spec.deadlineInMs;
  const isEndless = spec.deadlineInMs === 0 || endsMs > Number.MAX_SAFE_INTEGER;
  const deadlineMs = isEndless ? Infinity : endsMs;
  const job = {
    spec: { ...spec, payload: spec.payload.slice() },
    submittedBy: peer,
    order: context.index,
    submittedAtMs: machine.clockMs,
    deadlineMs,
    state: 'queued' as const,
    notBeforeMs: 0,
    failures: 0,
    ownFailures: 0,
    losses: 0,
    attempts: [],
    accepted: null,
    reason: '',
  };
  ledger.jobs.set(spec.job, job);
  ledger.open.set(spec.job, job);
  machine.dueMs = Math.min(machine.dueMs, deadlineMs);
  context.emit({ type: 'job', job: spec.job, state: 'queued' });
  return JOB_OK;
}

function assign(change: Change, command: Extract<JobCommand, { type: 'assign' }>): JobResult {
  const { context, job } = change;
  const { members, reputations, clockMs } = context.machine;
  const liveness = members.get(command.member)?.liveness;
  if (liveness === undefined || liveness === 'dead') return refusedJob('unknown');
  const first = command.purpose === 'first';
  const fits =
    first === (job.state === 'queued') &&
    job.state !== 'waiting' &&
    (first || job.spec.lifetime === 'burst') &&
    job.attempts.length < ATTEMPTS_MAX &&
    reputations.get(command.member)?.standing !== 'quarantined' &&
    !job.attempts.some((attempt) => attempt.peer === command.member);
  if (!fits) return refusedJob('not-assignable');
  const { token } = context;
  job.attempts.push({
    token,
    peer: command.member,
    purpose: command.purpose,
    startedAtMs: clockMs,
    share: 0,
    result: null,
  });
  const at = { job: job.spec.job, peer: command.member, token };
  context.emit({ type: 'attempt', ...at, change: 'assigned' });
  if (first) moveTo(change, 'running');
  return { type: 'assigned', token };
}

/** Runs `apply` on the attempt of that token, if the one who asks may touch it. */
function withAttempt(
  change: Change,
  token: number,
  apply: (attempt: Attempt) => JobResult,
): JobResult {
  const { context, job } = change;
  const checked = context.machine.rules.attemptTokenIsChecked;
  let attempt = job.attempts.find((live) => live.token === token);
  if (attempt === undefined && !checked) attempt = job.attempts[0];
  if (attempt === undefined && isFinal(job.state)) {
    attempt = { ...NO_ATTEMPT, token, peer: context.peer }; // only with acceptsOnce turned off
  }
  if (attempt === undefined) return refusedJob('stale-token');
  if (checked && context.peer !== '' && context.peer !== attempt.peer) {
    return refusedJob('not-owner');
  }
  return apply(attempt);
}

const NO_ATTEMPT = { purpose: 'first', startedAtMs: 0, share: 1, result: null } as const;

function withResult(
  change: Change,
  token: number,
  apply: (attempt: Attempt) => JobResult,
): JobResult {
  return withAttempt(change, token, (attempt) =>
    attempt.result === null ? refusedJob('no-result') : apply(attempt),
  );
}

/** The same attempt may say it again: only its first word counts. */
function result(change: Change, attempt: Attempt, hash: Uint8Array): JobResult {
  const { ledger, context, job } = change;
  if (attempt.result !== null) return JOB_OK;
  const { clockMs, reputations } = context.machine;
  attempt.result = {
    hash: hash.slice(),
    atMs: clockMs,
    passedAt: reputations.get(attempt.peer)?.passed ?? 0,
  };
  attempt.share = 1;
  recordFinished(peerRecordOf(ledger, attempt.peer), {
    costUnits: job.spec.costUnits,
    tookMs: clockMs - attempt.startedAtMs,
  });
  if (job.spec.acceptance === 'first') return accept(change, attempt);
  moveTo(change, 'verifying');
  return JOB_OK;
}

function fail(
  change: Change,
  attempt: Attempt,
  failure: { reason: string; retry: boolean },
): JobResult {
  const { ledger, context, job } = change;
  if (context.peer === '') {
    job.reason = failure.reason; // the leader's: of the job, not of one attempt
    return finish(change, 'failed');
  }
  // What is delivered its peer cannot take back: a liar would, whenever it sees an audit begin.
  if (attempt.result !== null) return refusedJob('stale-token');
  recordFailed(peerRecordOf(ledger, attempt.peer), context.machine.clockMs);
  return failAttempt(change, attempt, failure);
}

function accept(change: Change, attempt: Attempt): JobResult {
  const { context, job } = change;
  const { token, peer, result } = attempt;
  for (const other of job.attempts) if (other !== attempt) overtaken(change, other);
  job.accepted = { token, peer, hash: result!.hash };
  const trust = trustOf(context, peer);
  trust.credit = Math.min(trust.credit + Math.round(job.spec.costUnits), Number.MAX_SAFE_INTEGER);
  return finish(change, 'done');
}

/** What took longer than it should have is remembered, though nobody knows how long. */
function overtaken({ ledger, context, job }: Change, attempt: Attempt): void {
  const { members, clockMs } = context.machine;
  const info = members.get(attempt.peer)?.info;
  if (info === undefined || attempt.result !== null) return;
  const record = peerRecordOf(ledger, attempt.peer);
  const { costUnits } = job.spec;
  const tookMs = clockMs - attempt.startedAtMs;
  if (tookMs > predictMs(record, { costUnits, speedPerSecond: speedOf(info) }))
    recordOvertaken(record, { costUnits, tookMs });
}

/** Shown to be wrong. Enough of it, and everything else the peer has is taken from it too. */
function reject(change: Change, attempt: Attempt): JobResult {
  const { ledger, context } = change;
  const reputation = trustOf(context, attempt.peer);
  audited(reputation, false, context.machine.clockMs);
  const answer = loseAttempt(change, attempt, 'result rejected');
  if (reputation.standing === 'quarantined') endAttemptsOf(ledger, context, attempt.peer);
  return answer;
}

function agree(change: Change, attempt: Attempt, replica: number): JobResult {
  const second = change.job.attempts.find((live) => live.token === replica);
  if (second === undefined || second === attempt) return refusedJob('stale-token');
  audited(trustOf(change.context, attempt.peer), true, change.context.machine.clockMs);
  endAttempt(change, second);
  return JOB_OK;
}

/** Kept after a peer has left: who comes back in a new session is who it was. */
export function trustOf(context: LedgerContext, peer: string): Reputation {
  const { reputations } = context.machine;
  const known = reputations.get(peer);
  if (known !== undefined) return known;
  const created = createReputation();
  reputations.set(peer, created);
  return created;
}
