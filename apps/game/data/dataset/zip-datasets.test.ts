import { openWasm } from '@dreampitch/compute';
import { encodeEpisode, Match } from '@dreampitch/sim';
import { expect, test } from 'vitest';
import { type KeptMatch, zipDatasets } from './zip-datasets.ts';

async function played(robotsPerTeam: 1 | 2): Promise<Uint8Array> {
  using compute = await openWasm({ threadCount: 1 });
  const controllers = Array.from({ length: 2 * robotsPerTeam }, () => 'human' as const);
  using match = await Match.create(compute, { robotsPerTeam, seed: 1, controllers, startedAt: 0 });
  for (let t = 0; t < 30; t++) match.step();
  return encodeEpisode(match.finish());
}

test('every size of teams is a dataset of its own; what cannot be read is left out in words', async () => {
  using compute = await openWasm({ threadCount: 1 });
  const [one, two] = await Promise.all([played(1), played(2)]);
  const kept: Record<number, Uint8Array> = { 1: one, 2: two, 3: one.slice(0, 40), 5: two };
  const environments = ['soccer-1v1', 'soccer-2v2', 'soccer-1v1', 'soccer-1v1', 'soccer-2v2'];
  const matches: KeptMatch[] = environments.map((environment, i) => ({ id: i + 1, environment }));
  const told: number[] = [];
  const { zip, matchCount, leftOut } = await zipDatasets(compute, {
    matches: [...matches, { id: 9, environment: 'chess' }],
    bytesOf: (id) => Promise.resolve(kept[id] ?? null),
    progress: (done) => told.push(done),
  });
  expect(matchCount).toBe(3);
  expect(leftOut).toEqual([
    'Damaged: its recording ends too early.',
    'Damaged: its recording is missing or is no recording.',
    "'chess' is not known here.",
  ]);
  expect(told).toEqual([0, 1, 2, 3, 4]);
  const text = await zip.text();
  for (const [environment, episodes] of [
    ['soccer-1v1', 2],
    ['soccer-2v2', 8],
  ] as const) {
    expect(text).toContain(`${environment}/data/chunk-000/file-000.parquet`);
    expect(text).toContain(`"total_episodes": ${episodes}`);
  }
  await expect(
    zipDatasets(compute, {
      matches: [{ id: 4, environment: 'soccer-1v1' }],
      bytesOf: () => Promise.resolve(null),
      progress: () => undefined,
    }),
  ).rejects.toThrow(/missing/);
});
