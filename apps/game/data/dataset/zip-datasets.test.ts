import { openWasm } from '@dreampitch/compute';
import { encodeEpisode, Match } from '@dreampitch/sim';
import { expect, test } from 'vitest';
import { type ExportProgress, type KeptMatch, zipDatasets } from './zip-datasets.ts';

/** Of a match, as it is told; the played ones have 30 per robot, of two or four of them. */
const FRAMES = 120;

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
  const matches: KeptMatch[] = environments.map((environment, i) => {
    return { id: i + 1, environment, frames: FRAMES };
  });
  const told: ExportProgress[] = [];
  const { zip, matchCount, leftOut } = await zipDatasets(compute, {
    matches: [...matches, { id: 9, environment: 'chess', frames: FRAMES }],
    bytesOf: (id) => Promise.resolve(kept[id] ?? null),
    progress: (done) => told.push(done),
  });
  expect(matchCount).toBe(3);
  expect(leftOut).toEqual([
    'Damaged: its recording ends too early.',
    'Damaged: its recording is missing or is no recording.',
    "'chess' is not known here.",
  ]);
  expect([...new Set(told.map((one) => one.matches))]).toEqual([0, 1, 2, 3, 4]);
  // After every robot's play, and whole matches for those that are left out.
  const frames = told.map((one) => one.frames);
  expect(frames).toEqual(frames.toSorted((a, b) => a - b));
  expect(frames).toContain(30);
  expect(frames.at(-1)).toBe(4 * FRAMES + 4 * 30);
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
      matches: [{ id: 4, environment: 'soccer-1v1', frames: FRAMES }],
      bytesOf: () => Promise.resolve(null),
      progress: () => undefined,
    }),
  ).rejects.toThrow(/missing/);
});
