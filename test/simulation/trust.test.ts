import { expect, test } from 'vitest';
import { runCampaign } from './trust.ts';

// A twentieth of the results of `npm run simulate -- --trust`: newcomers, of whom all is checked, are
// a larger part of them, and so is the overhead.
test.each(['liars', 'sleepers', 'colluders'] as const)(
  '%s: at most one accepted result in a thousand is wrong',
  { timeout: 60_000 },
  (kind) => {
    const { accepted, acceptedWrong, delivered, overhead, ...quarantined } = runCampaign({
      kind,
      seed: 4,
      peerCount: 20,
      resultsPerPeer: 500,
    });
    expect(acceptedWrong / accepted).toBeLessThanOrEqual(0.001);
    expect(overhead).toBeLessThanOrEqual(0.25);
    expect(quarantined).toEqual({ honestQuarantined: 0, adversariesQuarantined: 4 });
    for (const audit of ['replica', 'known', 'recomputed'] as const)
      expect(delivered[audit], audit).toBeGreaterThan(100);
  },
);
