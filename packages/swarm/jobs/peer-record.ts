/**
 * What the ledger learned of one peer: its failures in a row (the circuit breaker), how long its
 * results take (response time) and how that depends on a job's cost (regression). Part of the
 * replicated state, so a new leader goes on where the old one stopped. Plain doubles with + - * /
 * only: IEEE 754 makes them equal on every replica.
 */

export type PeerRecord = {
  finished: number;
  failed: number;
  failuresInARow: number;
  openUntilMs: number; // machine time; the breaker takes no work before
  meanMs: number; // exponential mean of response times; 0: none yet
  // Least squares of milliseconds (y) on cost units (x), with old observations fading.
  weight: number;
  sumX: number;
  sumY: number;
  sumXX: number;
  sumXY: number;
};

export const BREAKER_FAILURES = 3;
export const BREAKER_OPEN_MS = 10_000;
export const BREAKER_OPEN_MS_MAX = 600_000;

/** Weight of the newest response time, and what an older observation keeps of its weight. */
const MEAN_SHARE = 0.2;
const REGRESSION_KEPT = 0.95;

export function createPeerRecord(): PeerRecord {
  return {
    finished: 0,
    failed: 0,
    failuresInARow: 0,
    openUntilMs: 0,
    meanMs: 0,
    weight: 0,
    sumX: 0,
    sumY: 0,
    sumXX: 0,
    sumXY: 0,
  };
}

type Observed = { readonly costUnits: number; readonly tookMs: number };

export function recordFinished(record: PeerRecord, job: Observed): void {
  record.finished++;
  record.failuresInARow = 0;
  observe(record, job);
}

/**
 * Somebody else was sooner, and it had taken longer than expected: at least so long, then. Else a
 * peer that claims much and never delivers would be given every job first.
 */
export function recordOvertaken(record: PeerRecord, job: Observed): void {
  observe(record, job);
}

function observe(record: PeerRecord, { costUnits: x, tookMs: y }: Observed): void {
  record.meanMs = record.weight === 0 ? y : record.meanMs + MEAN_SHARE * (y - record.meanMs);
  record.weight = record.weight * REGRESSION_KEPT + 1;
  record.sumX = record.sumX * REGRESSION_KEPT + x;
  record.sumY = record.sumY * REGRESSION_KEPT + y;
  record.sumXX = record.sumXX * REGRESSION_KEPT + x * x;
  record.sumXY = record.sumXY * REGRESSION_KEPT + x * y;
}

/** Three failures in a row open the breaker; each further one doubles its time. */
export function recordFailed(record: PeerRecord, nowMs: number): void {
  record.failed++;
  record.failuresInARow++;
  const beyond = record.failuresInARow - BREAKER_FAILURES;
  if (beyond < 0) return;
  record.openUntilMs = nowMs + Math.min(BREAKER_OPEN_MS_MAX, BREAKER_OPEN_MS * 2 ** beyond);
}

/** open: no work. half-open: one job to try. closed: as many as there are slots. */
export function breakerOf(
  record: PeerRecord | undefined,
  nowMs: number,
): 'closed' | 'half-open' | 'open' {
  if (record === undefined || record.failuresInARow < BREAKER_FAILURES) return 'closed';
  return nowMs < record.openUntilMs ? 'open' : 'half-open';
}

/**
 * Jobs at once: as many as there are slots, none on an open breaker, and on a half-open one a single
 * one beside its pinned work, which need never end.
 */
export function placesOf(
  record: PeerRecord | undefined,
  { slots, pinned, nowMs }: { slots: number; pinned: number; nowMs: number },
): number {
  const breaker = breakerOf(record, nowMs);
  if (breaker === 'open') return 0;
  return breaker === 'closed' ? slots : Math.min(pinned + 1, slots);
}

/** Measured where there were results, its claim where not. */
export function msPerUnit(record: PeerRecord | undefined, speedPerSecond: number): number {
  if (record !== undefined && record.sumX > 0) return record.sumY / record.sumX;
  return speedPerSecond > 0 ? 1000 / speedPerSecond : Infinity;
}

/**
 * Expected milliseconds of a job of that cost: regression where there were jobs of different
 * costs, their mean rate where not, the peer's own claim before its first result.
 */
export function predictMs(
  record: PeerRecord | undefined,
  job: { costUnits: number; speedPerSecond: number },
): number {
  const { costUnits, speedPerSecond } = job;
  if (record === undefined || record.weight === 0) {
    return speedPerSecond > 0 ? (1000 * costUnits) / speedPerSecond : Infinity;
  }
  const { weight, sumX, sumY, sumXX, sumXY } = record;
  const spread = weight * sumXX - sumX * sumX;
  // Rounding leaves a little spread between equal costs: a slope from it would be noise.
  if (weight > 2 && spread > 1e-6 * weight * sumXX) {
    const slope = (weight * sumXY - sumX * sumY) / spread;
    const offset = (sumY - slope * sumX) / weight;
    if (slope > 0) return Math.max(1, offset + slope * costUnits);
  }
  return sumX > 0 ? Math.max(1, (sumY / sumX) * costUnits) : Math.max(1, sumY / weight);
}
