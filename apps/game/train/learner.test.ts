/** A learner that is opened on a checkpoint goes on as if it had never ended. */
import { openWasm, type WasmCompute } from '@dreampitch/compute';
import { type DecodedEpisode, type Episode, Match, scriptedPolicy } from '@dreampitch/sim';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { RUN_FOR_TESTS } from '../storage/run-for-tests.ts';
import type { RunRecipe } from '../storage/run-rows.ts';
import { NO_INPUTS } from '../storage/runs.ts';
import { openLearner } from './learner.ts';
import type { BeginOrder } from './protocol.ts';

/** By their ids; the newest has the greatest. */
const episodes = vi.hoisted(() => new Map<number, Episode>());

vi.mock('../storage/database.ts', () => ({
  Database: class {
    close() {}
  },
}));
vi.mock('../storage/episodes.ts', () => ({
  listEpisodes: () =>
    [...episodes].toReversed().map(([id, episode]) => Object.assign({ sound: true, id }, episode)),
  readEpisode: (_: unknown, id: number): DecodedEpisode => {
    const episode = episodes.get(id);
    return episode ? { ok: true, episode } : { ok: false, reason: 'no-episode' };
  },
}));

const SOCCER = { kind: 'listed', id: 'soccer-1v1' } as const;

let compute: WasmCompute;
beforeAll(async () => {
  compute = await openWasm({ threadCount: 1 });
});
afterAll(() => compute[Symbol.dispose]());

/** A match that a person drove in, after so many ticks. */
async function played(ticks: number, seed: number): Promise<Episode> {
  const controllers = ['human' as const, scriptedPolicy];
  using match = await Match.create(compute, {
    robotsPerTeam: 1,
    seed,
    startedAt: seed,
    controllers,
  });
  for (let tick = 0; tick < ticks; tick++) {
    match.command(0, 127 * Math.sin(tick / 20), 127 * Math.cos(tick / 31));
    match.step();
  }
  return match.finish();
}

function order(recipe: Partial<RunRecipe>, part: Partial<BeginOrder> = {}): BeginOrder {
  const nothing = { checkpoint: null, inputs: NO_INPUTS, matches: null, tasks: [] };
  return {
    type: 'begin',
    run: { id: 1, name: 'x' },
    recipe: { ...RUN_FOR_TESTS.recipe, ...recipe },
    ...nothing,
    takesVersion: false,
    secondsBefore: 0,
    target: 'wasm',
    threadCount: 1,
    ...part,
  };
}

test('the evolution strategy counts its steps on from the checkpoint', async () => {
  const recipe = {
    environment: SOCCER,
    algorithm: 'evolution',
    options: { memberCount: 4, worldsPerMember: 4, evaluationWorlds: 4, stepsPerGeneration: 8 },
    goalSeconds: 60,
  };
  using first = await openLearner(compute, order(recipe));
  expect(first.steps).toBe(0);
  const { steps } = await first.iteration();
  expect(steps).toBeGreaterThan(0);
  const checkpoint = await first.checkpoint();
  using again = await openLearner(compute, order(recipe, { checkpoint }));
  expect(again.steps).toBe(steps);
});

const CLONING: Partial<RunRecipe> = {
  environment: SOCCER,
  algorithm: 'cloning',
  options: { stepsMax: 4096, hidden: [8], batchSize: 16, heldOut: 0.3 },
};

beforeEach(async () => {
  episodes.clear();
  for (const id of [1, 2]) episodes.set(id, await played(120, id));
});

test('behaviour cloning goes on with the examples that it began with, whatever was played since', async () => {
  using first = await openLearner(compute, order(CLONING));
  await first.iteration();
  const { matches } = first;
  expect(matches).toEqual([
    { id: 1, tickCount: 120 },
    { id: 2, tickCount: 120 },
  ]);
  const checkpoint = await first.checkpoint();
  episodes.set(2, await played(150, 2)); // it was under way
  episodes.set(3, await played(120, 3));
  using again = await openLearner(compute, order(CLONING, { checkpoint, matches }));
  expect(again.matches).toEqual(matches);
  expect(await again.iteration()).toEqual(await first.iteration());
});

test('behaviour cloning does not go on with other examples: a match that is gone is said', async () => {
  using first = await openLearner(compute, order(CLONING));
  await first.iteration();
  const begun = { checkpoint: await first.checkpoint(), matches: first.matches };
  episodes.delete(2);
  await expect(openLearner(compute, order(CLONING, begun))).rejects.toThrow(
    'Of the matches that it learns from (2), 1 cannot be read: deleted',
  );
  episodes.set(2, await played(100, 2)); // not as long as it was
  await expect(openLearner(compute, order(CLONING, begun))).rejects.toThrow('1 cannot be read');
});
