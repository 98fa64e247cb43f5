import { describe, expect, test } from 'vitest';
import { simulateSeeds } from './batch.ts';
import { findPlanted, PLANTED } from './planted.ts';
import { simulate } from './run.ts';
import { TRACE_HASH, traceHashNow } from './trace.ts';

describe('whole clusters', () => {
  test(
    '300 seeds: nothing is violated, nothing is left undecided',
    { timeout: 600_000 },
    async () => {
      const seeds = Array.from({ length: 300 }, (_, i) => i + 1);
      const bad = (await simulateSeeds(seeds, null, () => {})).filter(
        (report) => report.violation !== null || report.undecided > 0,
      );
      expect(bad).toEqual([]);
    },
  );

  test('every seed is long, faulty and busy', () => {
    const report = simulate(2);
    expect(report.simulatedMs).toBeGreaterThanOrEqual(60_000);
    expect(report.faultKinds).toBeGreaterThanOrEqual(5);
    expect(report.operations).toBeGreaterThanOrEqual(200);
  });

  test('the same seeds do the same, to the bit', { timeout: 60_000 }, () => {
    expect(traceHashNow()).toBe(TRACE_HASH);
  });
});

describe('planted bugs', () => {
  // The whole list takes minutes: `npm run simulate -- --planted`.
  const QUICK = [
    'oneVotePerTerm',
    'logUpToDate',
    'commitWithinMatch',
    'readConfirmed',
    'tokenIsChecked',
    'acceptsOnce',
  ];
  test.each(QUICK)('%s turned off is noticed', { timeout: 60_000 }, (name) => {
    const planted = PLANTED.find((one) => one.name === name)!;
    expect(findPlanted(planted, { from: 1, seedsMax: 100 })).not.toBeNull();
  });
});
