import { openWasm, type WasmCompute } from '@dreampitch/compute';
import {
  environmentById,
  Match,
  randomPolicy,
  scriptedPolicy,
  soccer,
  TRAINING_RULES,
} from '@dreampitch/sim';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  collectTransitions,
  episodeTransitions,
  type TransitionBatch,
} from '../datasets/transitions.ts';
import { playMatches } from '../matches/play-matches.ts';
import { BehaviourCloning } from './behaviour-cloning.ts';
import { decodeTraining } from './checkpoint.ts';
import { policyOf } from './policy-network.ts';
import { Ppo } from './ppo.ts';

let compute: WasmCompute;
beforeAll(async () => {
  compute = await openWasm({ threadCount: 1 });
});
afterAll(() => compute[Symbol.dispose]());

/** N examples of pushing the cart of CartPole to where the pole leans. */
function leaning(N: number): TransitionBatch {
  const observations = Float32Array.from({ length: 4 * N }, (_, i) => Math.sin(i * 12.9898) / 4);
  return {
    shape: [N, 4, 1],
    observations,
    actions: Float32Array.from({ length: N }, (_, n) => {
      return observations[4 * n + 2]! + observations[4 * n + 3]! > 0 ? 1 : 0;
    }),
    rewards: new Float32Array(N),
    nextObservations: observations,
    ends: new Uint8Array(N),
  };
}

const cartPole = environmentById('CartPole-v1')!;
const SHORT = { stepsMax: 80_000, hidden: [32], batchSize: 64, learningRate: 3e-3 };

test('choices: it does what was done, in examples that it never saw as well', async () => {
  const examples = leaning(2000);
  const before = compute.arena.bufferCount;
  const o = { environment: cartPole, options: SHORT, seed: 1, examples };
  const cloning = await BehaviourCloning.create(compute, o);
  const first = await cloning.iteration();
  let last = first;
  while (!cloning.isDone) last = await cloning.iteration();
  expect(last.steps).toBe(80_000);
  expect(first.losses['heldOut']).toBeGreaterThan(0.4);
  expect(last.losses['heldOut']).toBeLessThan(0.1);
  const returns = await cloning.evaluate({ episodes: 20, seed: 3, stepsMax: 501 });
  expect(Math.min(...returns)).toBeGreaterThan(150); // by chance: 20
  cloning[Symbol.dispose]();
  expect(compute.arena.bufferCount).toBe(before);
});

test('resumed, it goes on as if it had not stopped, to the bit', async () => {
  const examples = leaning(300);
  const o = { environment: cartPole, options: SHORT, seed: 2, examples };
  using cloning = await BehaviourCloning.create(compute, o);
  await cloning.iteration();
  const decoded = decodeTraining(await cloning.checkpoint());
  if (!decoded.ok) throw new Error(decoded.message);
  const { checkpoint } = decoded;
  using again = await BehaviourCloning.resume(compute, {
    environment: cartPole,
    checkpoint,
    examples,
  });
  expect(await again.iteration()).toEqual(await cloning.iteration());
  expect(await again.weights()).toEqual(await cloning.weights());
});

const create = (examples?: TransitionBatch) =>
  BehaviourCloning.create(compute, { environment: cartPole, seed: 1, examples });

test('what does not fit is refused in words', async () => {
  await expect(create()).rejects.toThrow('nothing to imitate');
  const three = { ...leaning(3), shape: [4, 3, 1] as const };
  await expect(create(three)).rejects.toThrow('3 observed numbers and 1 done; CartPole-v1 has 4');
  const actions = Float32Array.of(0, 7, 1);
  await expect(create({ ...leaning(3), actions })).rejects.toThrow('Example 1 does 7');
});

test('kept matches: it plays like who was driving, and PPO goes on from it', async () => {
  using match = await Match.create(compute, {
    robotsPerTeam: 1,
    seed: 4,
    startedAt: 0,
    controllers: [scriptedPolicy, randomPolicy(5)],
  });
  while (match.state.phase !== 'over') match.step();
  const source = episodeTransitions(compute, [match.finish()], {
    batchSize: 1024,
    robots: (_, robot) => robot === 0,
  });
  const examples = (await collectTransitions(source))!;
  const environment = soccer(1);
  const o = { environment, options: { stepsMax: 400_000 }, seed: 1, examples };
  using cloning = await BehaviourCloning.create(compute, o);
  while (!cloning.isDone) await cloning.iteration();
  const network = await cloning.policyNetwork();
  const results = await playMatches(compute, {
    environment,
    rules: TRAINING_RULES,
    seed: 9,
    matchCount: 20,
    ticksMax: 3600,
    player: policyOf(network),
    opponent: randomPolicy(8),
  });
  const goals = (side: 'scored' | 'conceded') =>
    results.reduce((sum, result) => sum + result[side], 0);
  expect(goals('scored')).toBeGreaterThan(3 * goals('conceded') + 5);

  using ppo = await Ppo.create(compute, {
    environment,
    options: { worldCount: 8, stepCount: 8, batchSize: 64 },
    seed: 1,
    from: await cloning.weights(),
    opponents: [scriptedPolicy],
  });
  expect((await ppo.policyNetwork()).weights).toEqual(network.weights);
}, 60_000);
