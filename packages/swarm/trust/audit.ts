/**
 * Which results are checked, how, and when the unchecked ones may be accepted. Acceptance is
 * final, so an unchecked result waits until its peer has passed RELEASE_AUDITS further audits:
 * nobody can know, when it delivers, whether this result or one of the next will be looked at.
 * A peer that lies once in five gets through with probability 0.8^16 = 0.03 per wrong result
 * (acceptance sampling of lots, after Dodge 1943, with the lot in motion); what a caught peer has
 * waiting is checked or done again. The price is the wait: 16 audits at one in twelve are about
 * 200 results of that peer. A job that cannot wait has a deadline: half way to it, its result is
 * recomputed. A peer that delivers no more is audited on samples of what it has waiting, after
 * `holdMsMax`: 16 of them release the rest.
 */
import type { Rng } from '../rng.ts';
import type { Reputation } from './reputation.ts';

export type AuditOptions = {
  readonly newcomerAudits: number; // so many passed: until then every result draws an audit
  readonly shareMin: number; // of an established peer's results
  readonly releaseAudits: number; // passed after delivery, before an unchecked result is accepted
  readonly replicaShare: number; // of all audits: a second peer; the rest: a trusted one
  readonly knownShare: number; // of all audits: a question with a known answer in its place
  readonly holdMsMax: number; // while results wait longer, their peer is audited one by one
  readonly bytesWithinMs: number; // a result whose bytes are asked for so long in vain is rejected
};

/** Found by simulation (`npm run simulate -- --trust`): least overhead that keeps every kind. */
export const AUDIT_DEFAULTS: AuditOptions = {
  newcomerAudits: 10,
  shareMin: 0.08,
  releaseAudits: 16,
  replicaShare: 0.4,
  knownShare: 0.25,
  holdMsMax: 1_800_000,
  bytesWithinMs: 120_000, // a hidden tab answers once a minute
};

/**
 * Share of a peer's results that draw an audit: all at first and under suspicion, then fewer. A
 * question may take the place of any (`knownShare`): then the result itself stays unchecked, and
 * waits like all such until its peer has passed more.
 */
export function auditShare(reputation: Reputation, options: AuditOptions): number {
  const { newcomerAudits, shareMin } = options;
  if (reputation.suspicion > 0 || reputation.passed < newcomerAudits) return 1;
  // Halves with each tenth of a newcomer's time: passed audits are fewer the longer it goes well.
  const beyond = (reputation.passed - newcomerAudits) / newcomerAudits;
  return Math.max(shareMin, 2 ** (-4 * beyond));
}

export type AuditKind = 'none' | 'replica' | 'recompute';

/**
 * Drawn when a result arrives, never before: its peer cannot know. Newcomers and suspects are
 * recomputed by trusted peers, because a replica may be by their accomplice.
 */
export function drawAudit(reputation: Reputation, options: AuditOptions, rng: Rng): AuditKind {
  const share = auditShare(reputation, options);
  if (rng.nextFloat() >= share) return 'none';
  if (share === 1) return 'recompute';
  return rng.nextFloat() < options.replicaShare ? 'replica' : 'recompute';
}

/** May an unchecked result be accepted now? `passedAt`: its peer's count when it arrived. */
export function isReleased(
  reputation: Reputation,
  passedAt: number,
  options: AuditOptions,
): boolean {
  if (reputation.standing !== 'good' || reputation.suspicion > 0) return false;
  return reputation.passed - passedAt >= options.releaseAudits;
}
