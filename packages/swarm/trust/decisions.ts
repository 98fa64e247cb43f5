/** What the leader may decide of a delivered result, as commands. */
import type { Attempt, Job } from '../jobs/job.ts';
import type { Command } from '../state-machine/command.ts';

export const accept = (job: Job, { token }: Attempt, audited: boolean): Command => ({
  type: 'accept',
  job: job.spec.job,
  token,
  audited,
});

export const reject = (job: Job, { token }: Attempt): Command => ({
  type: 'reject',
  job: job.spec.job,
  token,
});

export const revoke = (job: Job, { token }: Attempt): Command => ({
  type: 'revoke',
  job: job.spec.job,
  token,
});

/** A fail of the leader's own ends the job. */
export const giveUp = (job: Job, { token }: Attempt): Command => ({
  type: 'fail',
  job: job.spec.job,
  token,
  reason: 'no two results are equal: a trusted peer has to join',
  retry: false,
});

export const agree = (job: Job, first: Attempt, second: Attempt): Command => ({
  type: 'agree',
  job: job.spec.job,
  token: first.token,
  replica: second.token,
});
