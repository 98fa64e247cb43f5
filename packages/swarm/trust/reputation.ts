/**
 * What is known of a peer's results. It stands in the replicated state, changes only by audits
 * whose verdict is certain (a recomputation by a trusted peer, a known answer) or by agreement,
 * and is counted in whole thousandths, so that every replica has the same.
 *
 * Suspicion is Page's cumulative sum (Biometrika 1954): the log of how much better "wrong once in
 * a hundred" explains the audits than "wrong once in ten thousand", never below zero. A peer that
 * flips a bit once a week stays; three wrong results within a few hundred audits are out.
 */

export type Reputation = {
  passed: number; // audits
  failed: number;
  suspicion: number; // thousandths of a natural logarithm
  credit: number; // accepted work, in whole cost units
  standing: 'good' | 'quarantined';
  quarantinedAtMs: number; // machine time
  appeals: number; // granted so far
};

/** ln((1 - 1/100) / (1 - 1/10,000)) and ln((1/100) / (1/10,000)), in thousandths. */
const SUSPICION_OF_RIGHT = -10;
const SUSPICION_OF_WRONG = 4605;
/** Two wrong results in a row are 9,210; three are out unless hundreds of right ones lie between. */
export const SUSPICION_QUARANTINE = 9_500;

/** After this long a quarantined peer may ask for another chance, this often in all. */
export const APPEAL_AFTER_MS = 600_000;
export const APPEALS_MAX = 2;

export function createReputation(): Reputation {
  return {
    passed: 0,
    failed: 0,
    suspicion: 0,
    credit: 0,
    standing: 'good',
    quarantinedAtMs: 0,
    appeals: 0,
  };
}

/** One of its results was found right or wrong. */
export function audited(reputation: Reputation, right: boolean, nowMs: number): void {
  if (right) reputation.passed++;
  else reputation.failed++;
  const change = right ? SUSPICION_OF_RIGHT : SUSPICION_OF_WRONG;
  reputation.suspicion = Math.max(0, reputation.suspicion + change);
  if (reputation.suspicion < SUSPICION_QUARANTINE || reputation.standing !== 'good') return;
  reputation.standing = 'quarantined';
  reputation.quarantinedAtMs = nowMs;
}

/**
 * Back to work, on probation: every result is audited until the suspicion is gone, and one more
 * wrong result is enough for the next quarantine.
 */
export function appeal(reputation: Reputation, nowMs: number): 'granted' | 'too-early' | 'no-need' {
  if (reputation.standing === 'good') return 'no-need';
  const waited = nowMs - reputation.quarantinedAtMs >= APPEAL_AFTER_MS * 2 ** reputation.appeals;
  if (!waited || reputation.appeals >= APPEALS_MAX) return 'too-early';
  reputation.standing = 'good';
  reputation.appeals++;
  reputation.passed = 0; // a newcomer's audits again
  reputation.suspicion = SUSPICION_QUARANTINE - SUSPICION_OF_WRONG;
  return 'granted';
}
