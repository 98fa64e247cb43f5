import { type Compute, openCompute, openWasm } from '@dreampitch/compute';
import { environmentById, scriptedPolicy } from '@dreampitch/sim';
import { expect, test } from 'vitest';
import { algorithmById } from '../algorithms/registry.ts';
import { decodeLeague } from './checkpoint.ts';
import { LeagueRun } from './league-run.ts';

const algorithm = algorithmById('ppo')!;
const environment = environmentById('soccer-1v1')!;
const anchor = scriptedPolicy;

async function resumed(compute: Compute, from: LeagueRun): Promise<LeagueRun> {
  const decoded = decodeLeague(await from.checkpoint());
  if (!decoded.ok) throw new Error(decoded.message);
  const { checkpoint } = decoded;
  return LeagueRun.resume(compute, { algorithm, environment, anchor, checkpoint });
}

test('a league plays on WebGPU, moves to WASM by its checkpoint, and back', async () => {
  using gpu = await openCompute({ target: 'webgpu', allowSoftwareAdapter: true });
  using wasm = await openWasm();
  const options = { worldCount: 8, stepCount: 12, batchSize: 24, epochCount: 1, hidden: [8] };
  const league = { roundIterations: 2, versionSteps: 1, gamesPerPair: 4 };
  const order = { algorithm, environment, anchor, options, league, seed: 1 };
  using first = await LeagueRun.create(gpu, order);
  for (let i = 0; i < 3; i++) await first.iteration();
  using second = await resumed(wasm, first);
  expect(await second.checkpoint()).toEqual(await first.checkpoint());
  await second.iteration();
  using third = await resumed(gpu, second);
  await third.iteration();
  const report = await third.iteration();
  const { members, learner } = report.league!;
  expect(members.map(({ step }) => step)).toEqual([0, 192, 384, 576]);
  expect(learner.games).toBe(4 * league.gamesPerPair);
  // Every game has its two sides, and the first who scores ends it: nobody untrained beats the script.
  const games = report.league!.pairs.filter(({ b }) => b === 0);
  expect(games.reduce((sum, { wins }) => sum + wins, 0)).toBeLessThan(8);
  expect(games.reduce((sum, { losses }) => sum + losses, 0)).toBeGreaterThanOrEqual(8);
}, 120_000);
