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

/** Records of peers that left: members' own come on top, so there are at most so many and theirs. */
export const LEFT_REPUTATIONS_MAX = 4_096;

/**
 * Forgets one who left where those are too many: first who has nothing against it, and of those the
 * one that earned least; then who is suspected; then of the quarantined the latest, so that no flood
 * of new names pushes an old liar out. Who comes back forgotten is a newcomer, whose every result is
 * audited: a name made up on the spot would get as much.
 */
export function forgetOldest(
  reputations: Map<string, Reputation>,
  isMember: (peer: string) => boolean,
): void {
  if (reputations.size <= LEFT_REPUTATIONS_MAX) return;
  let left = 0;
  let first: readonly [string, Reputation] | null = null;
  for (const one of reputations) {
    if (isMember(one[0])) continue;
    left++;
    if (first === null || goesBefore(one[1], first[1])) first = one;
  }
  if (first !== null && left > LEFT_REPUTATIONS_MAX) reputations.delete(first[0]);
}

function goesBefore(a: Reputation, b: Reputation): boolean {
  const weightOf = ({ standing, suspicion }: Reputation) =>
    standing === 'quarantined' ? 2 : suspicion > 0 ? 1 : 0;
  const [first, second] = [weightOf(a), weightOf(b)];
  if (first !== second) return first < second;
  return first === 2 ? a.quarantinedAtMs > b.quarantinedAtMs : a.credit < b.credit;
}
