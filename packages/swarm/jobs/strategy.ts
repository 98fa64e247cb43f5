/** Who gets the next job: strategies by name, compared in test/simulation under uneven peers. */
import type { Rng } from '../rng.ts';
import { predictMs, type PeerRecord } from './peer-record.ts';

export type Strategy =
  | 'round-robin'
  | 'random'
  | 'least-connections'
  | 'weighted' // by free speed, measured where there were results
  | 'response-time'
  | 'predictive'; // regression on what each peer took for which cost

export const STRATEGIES = [
  'round-robin',
  'random',
  'least-connections',
  'weighted',
  'response-time',
  'predictive',
] as const satisfies readonly Strategy[];

/** A peer that may take this job now. */
export type Candidate = {
  readonly peer: string;
  readonly running: number; // attempts without a result
  readonly slots: number;
  readonly speedPerSecond: number;
  readonly loadShare: number;
  readonly record: PeerRecord | undefined;
};

export type Choice = { readonly costUnits: number; readonly turn: number; readonly rng: Rng };

/** Index of the chosen candidate; there is at least one. Ties go to the first. */
export function chooseCandidate(
  strategy: Strategy,
  candidates: readonly Candidate[],
  choice: Choice,
): number {
  switch (strategy) {
    case 'round-robin':
      return choice.turn % candidates.length;
    case 'random':
      return choice.rng.nextInt(candidates.length);
    case 'least-connections':
      return least(candidates, ({ running, slots }) => running / slots);
    case 'weighted':
      return weighted(candidates, choice.rng);
    case 'response-time':
      // A peer without a result yet is tried first: its time is unknown, not long.
      return least(candidates, ({ record, running }) => (record?.meanMs ?? 0) * (running + 1));
    case 'predictive':
      return least(candidates, ({ record, speedPerSecond }) =>
        predictMs(record, { costUnits: choice.costUnits, speedPerSecond }),
      );
    default:
      throw new Error(`unreachable: ${String(strategy satisfies never)}`);
  }
}

function least(candidates: readonly Candidate[], of: (one: Candidate) => number): number {
  let best = 0;
  let bestValue = Infinity;
  for (const [i, candidate] of candidates.entries()) {
    const value = of(candidate);
    if (value >= bestValue) continue;
    best = i;
    bestValue = value;
  }
  return best;
}

function weighted(candidates: readonly Candidate[], rng: Rng): number {
  const weights = candidates.map(({ speedPerSecond, loadShare, record }) => {
    const measured = record !== undefined && record.sumY > 0;
    const speed = measured ? (1000 * record.sumX) / record.sumY : speedPerSecond;
    return Math.max(1e-9, speed * (1 - loadShare));
  });
  let left = rng.nextFloat() * weights.reduce((sum, weight) => sum + weight, 0);
  for (const [i, weight] of weights.entries()) {
    left -= weight;
    if (left < 0) return i;
  }
  return candidates.length - 1;
}
