import { expect, test } from 'vitest';
import { runCampaign } from './trust.ts';

test.each(['liars', 'sleepers', 'colluders'] as const)(
  '%s: at most one accepted result in a thousand is wrong, at a fifth of overhead',
  (kind) => {
    const { accepted, acceptedWrong, spent, adversariesQuarantined } = runCampaign({
      kind,
      seed: 4,
      peerCount: 100,
      resultsPerPeer: 2_000,
    });
    const extra = spent.replicas + spent.known + spent.recomputed + spent.wasted;
    expect(acceptedWrong / accepted).toBeLessThanOrEqual(0.001);
    expect(extra / accepted).toBeLessThanOrEqual(0.2);
    expect(adversariesQuarantined).toBe(20);
    for (const kind of ['replicas', 'known', 'recomputed'] as const) {
      expect(spent[kind], kind).toBeGreaterThan(100);
    }
  },
);
