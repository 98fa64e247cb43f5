/**
 * Every rule that keeps the replicated state right, by name. Production has them all; only a test
 * turns one off, to show that the simulation finds the bug that follows.
 */
export type MachineRules = {
  readonly tokenIsChecked: boolean; // a guarded write with a stale token is refused
  readonly tokensIncrease: boolean; // every grant has a token above all before it
  readonly locksExpire: boolean; // a holder that does not renew loses the lock in time
  readonly sessionsDeduplicate: boolean; // a repeated command is answered, not applied again
  readonly sessionIsChecked: boolean; // a command of a session that ended is refused
  readonly acceptsOnce: boolean; // one result per job, whatever arrives later
  readonly attemptTokenIsChecked: boolean; // a result of a revoked attempt is refused
  readonly deadLoseTheirWork: boolean; // a dead peer's locks, services and jobs move on
};

export const ALL_MACHINE_RULES: MachineRules = Object.freeze({
  tokenIsChecked: true,
  tokensIncrease: true,
  locksExpire: true,
  sessionsDeduplicate: true,
  sessionIsChecked: true,
  acceptsOnce: true,
  attemptTokenIsChecked: true,
  deadLoseTheirWork: true,
});
