/** What can be asked of the job ledger. The states are in job.ts. */

/** What a job is, fixed when it is submitted. Its id is the submitter's, unique in the room. */
export type JobSpec = {
  readonly job: string;
  readonly kind: string; // the job type, and so what runs it; `capabilities` say who can
  readonly payload: Uint8Array; // small inputs; large ones are named by hash in here
  readonly priority: number; // 0 .. 255, more is sooner
  readonly capabilities: readonly string[]; // skill tags a peer must have, all of them
  readonly costUnits: number; // expected work, 0 .. 1e9; with a peer's speed, expected seconds
  readonly memoryBytes: number; // what the running job needs
  readonly deadlineInMs: number; // after submission; 0: none
  readonly attemptsMax: number; // failures before it is given up
  readonly backoffMs: number; // before the first retry, doubled for each further one
  readonly lifetime: 'burst' | 'pinned'; // pinned: lives on one peer until cancelled
  readonly acceptance: 'first' | 'checked'; // checked: the leader accepts, after `trust`
  readonly comparator: string; // how `trust` compares two results of this kind
};

export type AttemptPurpose = 'first' | 'hedge' | 'replica';

export type JobCommand =
  // The submitter's.
  | { readonly type: 'submit'; readonly spec: JobSpec }
  | { readonly type: 'cancel'; readonly job: string }
  // The running peer's, each with its attempt's token.
  | {
      readonly type: 'progress';
      readonly job: string;
      readonly token: number;
      readonly share: number;
    }
  | {
      readonly type: 'result';
      readonly job: string;
      readonly token: number;
      readonly hash: Uint8Array; // SHA-256 of the result's bytes, which travel on their own
    }
  | {
      readonly type: 'fail'; // the leader's own ends the job: no attempt of it can help
      readonly job: string;
      readonly token: number;
      readonly reason: string;
      readonly retry: boolean;
    }
  // The leader's.
  | {
      readonly type: 'assign';
      readonly job: string;
      readonly member: string;
      readonly purpose: AttemptPurpose;
    }
  | { readonly type: 'revoke'; readonly job: string; readonly token: number }
  // `audited`: this very result was checked and is right; otherwise its peer's record vouches.
  | {
      readonly type: 'accept';
      readonly job: string;
      readonly token: number;
      readonly audited: boolean;
    }
  // Shown to be wrong, which its peer's record remembers.
  | { readonly type: 'reject'; readonly job: string; readonly token: number }
  // A replica came to the same result: it counts for the first one's peer; the replica ends.
  | {
      readonly type: 'agree';
      readonly job: string;
      readonly token: number;
      readonly replica: number;
    };

export type JobRefusal =
  | 'conflict' // that id is taken by a different job
  | 'finished' // the job is done, failed, cancelled or expired: nothing changes it
  | 'not-assignable' // in this state, or this peer already runs it
  | 'no-result' // the attempt has none to accept or reject
  | 'bad-cost'; // costUnits are none, negative or beyond COST_UNITS_MAX
