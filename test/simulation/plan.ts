/**
 * What one seed does: drawn once, then followed. Every seed has its own cluster, network, disks,
 * clocks, faults and clients (swarm testing, Groce et al. 2012): a rare bug needs an unusual mix.
 */
import { createRng } from '@dreampitch/swarm';
import type { Rng } from '@dreampitch/swarm';

export const FAULT_KINDS = [
  'loss',
  'delay',
  'duplication',
  'reorder',
  'partition',
  'one-way',
  'flapping',
  'isolate-leader',
  'hunt-leaders',
  'two-leaders',
  'split-votes',
  'pause',
  'hidden',
  'throttled',
  'crash',
  'crash-flushed',
  'crash-torn',
  'crash-leader',
  'cleared-disk',
  'slow-disk',
  'clock',
  'membership',
  'membership-cut',
  'transfer',
  'freeze',
  'restart-all',
] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

export type Plan = {
  readonly seed: number;
  readonly nodeCount: number;
  readonly voterCount: number;
  readonly electionMs: number;
  readonly heartbeatMs: number;
  readonly reads: 'index' | 'lease';
  readonly clockDriftMax: number;
  readonly latencyMs: readonly [least: number, spread: number];
  readonly lossShare: number;
  readonly diskMs: readonly [least: number, spread: number];
  readonly appendEntriesMax: number;
  readonly compactEvery: number; // entries
  readonly trailingShare: number; // of them that stay in memory behind a snapshot
  readonly kinds: readonly FaultKind[];
  readonly faultGapMs: number;
  readonly clientCount: number;
  readonly thinkMs: number;
  readonly hasLiar: boolean;
  readonly closesLinks: boolean;
  /** A majority is gone for good when the faults end, and the room's key opens an epoch. */
  readonly losesMajority: boolean;
  readonly chaosMs: number;
};

export const KINDS_MIN = 5;
const CHAOS_MS = 44_000;
/** A hidden tab may be frozen for a minute, and must still meet faults when it wakes. */
export const HIDDEN_MS = 60_000;
const CHAOS_WITH_HIDDEN_MS = HIDDEN_MS + 14_000;

export function planOf(seed: number, nodeCount: number | null): Plan {
  const rng = createRng(seed);
  const nodes = nodeCount ?? 3 + rng.nextInt(7);
  const voters = Math.min(pick(rng, [3, 3, 3, 5, 5, 7]), nodes % 2 === 1 ? nodes : nodes - 1);
  const electionMs = pick(rng, [200, 400, 1_000]);
  const slow = chance(rng, 0.25);
  const reads = chance(rng, 0.4) ? 'lease' : 'index';
  const kinds = kindsOf(rng, reads);
  // Entry by entry, a leader can fall between two of them (figure 3.7).
  const appendEntriesMax = pick(
    rng,
    kinds.includes('hunt-leaders') ? [1, 1, 1, 16] : [1, 2, 16, 64],
  );
  return {
    seed,
    nodeCount: nodes,
    voterCount: voters,
    electionMs,
    heartbeatMs: electionMs / 5,
    reads,
    clockDriftMax: 0.05,
    latencyMs: slow ? [electionMs / 20, electionMs / 4] : [1, electionMs / 40],
    lossShare: chance(rng, 0.5) ? 0 : rng.nextFloat() * 0.05,
    diskMs: pick(rng, [
      [0, 0],
      [0, 0],
      [0.1, 2],
      [1, electionMs / 20],
      [electionMs / 20, electionMs / 5],
    ]),
    appendEntriesMax,
    compactEvery: pick(rng, [20, 60, 200, 1_000]),
    kinds,
    faultGapMs: pick(rng, [600, 1_200, 2_500]),
    clientCount: 4 + rng.nextInt(3),
    thinkMs: pick(rng, [200, 400]),
    hasLiar: chance(rng, 0.3),
    closesLinks: chance(rng, 0.5),
    losesMajority: chance(rng, 0.1),
    chaosMs: kinds.includes('hidden') ? CHAOS_WITH_HIDDEN_MS : CHAOS_MS,
    trailingShare: pick(rng, [0, 0.5]), // drawn last: what was added last
  };
}

/** Leases are only interesting beside what could outlive them. Who hides does so first. */
function kindsOf(rng: Rng, reads: Plan['reads']): FaultKind[] {
  const drawn = shuffled(rng, FAULT_KINDS).slice(0, KINDS_MIN + rng.nextInt(8));
  const first: FaultKind[] = drawn.includes('hidden') ? ['hidden'] : [];
  if (reads === 'lease')
    first.push(...shuffled(rng, ['two-leaders', 'transfer', 'pause'] as const).slice(0, 2));
  return [...first, ...drawn.filter((kind) => !first.includes(kind))];
}

export function pick<T>(rng: Rng, values: readonly T[]): T {
  return values[rng.nextInt(values.length)]!;
}

export function chance(rng: Rng, share: number): boolean {
  return rng.nextFloat() < share;
}

/** Fisher and Yates. */
export function shuffled<T>(rng: Rng, values: readonly T[]): T[] {
  const out = [...values];
  for (let i = out.length - 1; i > 0; i--) {
    const j = rng.nextInt(i + 1);
    [out[i], out[j]] = [out[j]!, out[i]!];
  }
  return out;
}
