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

// Five in every place of a job had 32 of 4,378 wrong results accepted while hedges filled the last.
test.each([3, 5])('%i stallers that wait for each other get nothing through', (ring) => {
  const shape = { seed: 4, peerCount: 30, resultsPerPeer: 150 };
  const outcome = runCampaign({ kind: 'stallers', ring, ...shape });
  expect(outcome.acceptedWrong).toBe(0);
  expect(outcome.overhead).toBeLessThanOrEqual(0.25);
  expect(outcome.honestQuarantined).toBe(0);
});
