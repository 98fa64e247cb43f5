import { openWasm, type WasmCompute } from '@dreampitch/compute';
import {
  type Environment,
  environmentById,
  Match,
  randomPolicy,
  scriptedPolicy,
  soccer,
  TERMINATED,
  TRUNCATED,
} from '@dreampitch/sim';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  collectTransitions,
  episodeTransitions,
  type TransitionBatch,
} from '../datasets/transitions.ts';
import { actorSpaceOf } from './actor-space.ts';
import type { Trainee } from './algorithm.ts';
import { decodeTraining } from './checkpoint.ts';
import { examplesOf } from './examples.ts';
import { Play } from './play.ts';
import { returnsOfExamples, statisticsOfExamples } from './ppo-cloning.ts';
import { algorithmById } from './registry.ts';

const cartPole = environmentById('CartPole-v1')!;
const pendulum = environmentById('Pendulum-v1')!;
const lake = environmentById('FrozenLake-v1')!;
let compute: WasmCompute;
beforeAll(async () => {
  compute = await openWasm({ threadCount: 1 });
});
afterAll(() => compute[Symbol.dispose]());

const meanOf = (values: readonly number[]) => values.reduce((a, b) => a + b) / values.length;

/** What is seen and done in one world, step by step; actions as networks give them. */
async function played(
  environment: Environment,
  o: { steps: number; act: (seen: Float32Array, step: number) => number },
): Promise<TransitionBatch> {
  const shape = { environment, worldCount: 1, ticksPerAction: 1, keepsAfter: true };
  using play = await Play.create(compute, shape);
  play.reset(7);
  const D = play.actors.space.inputs;
  const batch = {
    observations: [] as number[],
    actions: [] as number[],
    rewards: [] as number[],
    nextObservations: [] as number[],
    ends: [] as number[],
  };
  const words = play.actors.space.kind === 'choice' ? Uint32Array : Float32Array;
  using drawn = compute.createBuffer({ label: 'drawn', bytes: 4 });
  const decision = play.decision([await play.actors.decide(drawn)]);
  while (batch.rewards.length < o.steps) {
    compute.submit([play.actors.see]);
    const seen = new Float32Array(compute.readSync(play.actors.seen).buffer);
    const action = o.act(seen, batch.rewards.length);
    compute.write(drawn, words.of(action));
    compute.submit(decision);
    const [reward, end] = new Float32Array(compute.readSync(play.outcome).buffer);
    if ((end! & 4) !== 0) continue; // a step that only began the next episode
    const { space } = play.actors;
    const taken = space.kind === 'numbers' ? action * space.ranges[1]! : action + space.first;
    batch.observations.push(...seen);
    batch.actions.push(taken);
    batch.rewards.push(reward!);
    batch.nextObservations.push(...new Float32Array(compute.readSync(play.after).buffer));
    batch.ends.push(end! & (TERMINATED | TRUNCATED));
  }
  return {
    shape: [o.steps, D, 1],
    observations: Float32Array.from(batch.observations),
    actions: Float32Array.from(batch.actions),
    rewards: Float32Array.from(batch.rewards),
    nextObservations: Float32Array.from(batch.nextObservations),
    ends: Uint8Array.from(batch.ends),
  };
}

/** A linear controller that keeps the pole up and the cart near the middle. */
const balance = ([x, speed, lean, fall]: Float32Array) =>
  Number(0.3 * x! + 0.5 * speed! + 6 * lean! + 1.5 * fall! > 0);
/** The same, but every fifth step the other way, so that both are known. */
const waver = (seen: Float32Array, step: number) => balance(seen) ^ Number(step % 5 === 4);

/** Swings up by its energy (Astrom and Furuta 2000), and holds the pendulum near the top. */
function swing(seen: Float32Array): number {
  const [cosine, sine, speed] = seen as unknown as [number, number, number];
  const energy = (speed * speed) / 6 + 5 * (cosine - 1); // 0 upright and at rest
  const torque = cosine > 0.9 ? -10 * sine - 2 * speed : -energy * Math.sign(speed || 1);
  return Math.min(Math.max(torque / 2, -1), 1);
}

/** The same, but every third step anything, so that it is known what that brings. */
const swinging = (seen: Float32Array, step: number) =>
  step % 3 === 2 ? Math.sin(step * step) : swing(seen);

async function returnsAfter(trainee: Trainee, iterations: number, stepsMax: number) {
  for (let i = 0; i < iterations; i++) await trainee.iteration();
  return meanOf(await trainee.evaluate({ episodes: 20, seed: 3, stepsMax }));
}

/** The same few steps, from examples and from nothing. */
async function both(
  id: string,
  o: {
    environment: Environment;
    examples: TransitionBatch;
    options: object;
    iterations: number;
    stepsMax: number;
  },
): Promise<{ from: number; without: number }> {
  const algorithm = algorithmById(id)!;
  const { environment, options, examples } = o;
  using from = await algorithm.create(compute, { environment, options, seed: 1, examples });
  using without = await algorithm.create(compute, { environment, options, seed: 1 });
  const result = {
    from: await returnsAfter(from, o.iterations, o.stepsMax),
    without: await returnsAfter(without, o.iterations, o.stepsMax),
  };
  expect(from.steps).toBe(without.steps);
  return result;
}

test('DQN balances the pole soon where its memory begins with examples', async () => {
  const environment = cartPole;
  const examples = await played(environment, { steps: 3000, act: waver });
  const options = {
    trainSteps: 64,
    updates: 64,
    hidden: [32],
    learningRate: 2e-3,
    nStep: 3,
    errorMax: 100,
  };
  const o = { environment, examples, options, iterations: 12, stepsMax: 501 };
  const { from, without } = await both('dqn', o);
  expect(without).toBeLessThan(60);
  expect(from).toBeGreaterThan(3 * without);
});

test('SAC swings the pendulum up soon where its memory begins with examples', async () => {
  const environment = pendulum;
  const examples = await played(environment, { steps: 3000, act: swinging });
  const options = {
    hidden: [64, 64],
    batchSize: 64,
    updates: 2,
    learningRate: 2e-3,
    discount: 0.95,
  };
  const o = { environment, examples, options, iterations: 45, stepsMax: 201 };
  const { from, without } = await both('sac', o);
  expect(without).toBeLessThan(-600);
  expect(from).toBeGreaterThan(without / 2);
});

test('PPO does what the examples do from the first step on', async () => {
  const environment = cartPole;
  const examples = await played(environment, { steps: 3000, act: balance });
  const options = { cloneEpochs: 50 };
  const o = { environment, examples, options, iterations: 1, stepsMax: 501 };
  const { from, without } = await both('ppo', o);
  expect(without).toBeLessThan(100);
  expect(from).toBeGreaterThan(250);
});

test('PPO: numbers too, normalised by what was seen, before any step', async () => {
  const environment = pendulum;
  const examples = await played(environment, { steps: 3000, act: swing });
  const options = { normalises: true, cloneEpochs: 60 };
  const o = { environment, examples, options, iterations: 0, stepsMax: 201 };
  const { from, without } = await both('ppo', o);
  expect(without).toBeLessThan(-900);
  expect(from).toBeGreaterThan(without / 2);
});

test('Q-learning knows the way over the ice from one episode', async () => {
  const environment = { ...lake, rules: { ...lake.rules, slippery: 0 } };
  const way = [1, 1, 2, 1, 2, 2]; // down, down, right, down, right, right
  const examples = await played(environment, { steps: 6, act: (_, step) => way[step]! });
  const one = { ...examples, observations: placesOf(examples.observations) };
  const batch: TransitionBatch = {
    ...one,
    shape: [6, 1, 1],
    nextObservations: placesOf(examples.nextObservations),
  };
  expect([...batch.observations]).toEqual([0, 4, 8, 9, 13, 14]);
  const options = { initialValue: 0 };
  const o = { environment, examples: batch, options, iterations: 0, stepsMax: 101 };
  expect(await both('q-learning', o)).toEqual({ from: 1, without: 0 });
});

/** One-hot rows of 16 as places. */
function placesOf(seen: Float32Array): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length: seen.length / 16 }, (_, n) =>
    seen.subarray(16 * n, 16 * n + 16).indexOf(1),
  );
}

async function resumed(trainee: Trainee): Promise<Trainee> {
  const decoded = decodeTraining(await trainee.checkpoint());
  if (!decoded.ok) throw new Error(decoded.message);
  const { checkpoint } = decoded;
  const { environment } = trainee;
  return algorithmById(trainee.algorithm)!.resume(compute, { environment, checkpoint });
}

test.each([
  ['dqn', { nStep: 3, prioritised: true, capacity: 400, trainSteps: 16, updates: 4 }],
  ['dqn', { worldCount: 4, nStep: 2, trainSteps: 16, updates: 4 }],
  ['ppo', { cloneEpochs: 1, normalises: true }],
] as const)(
  '%s with %j, begun from examples, is resumed to the bit without them',
  async (id, options) => {
    const environment = cartPole;
    const examples = await played(environment, { steps: 300, act: balance });
    const o = { environment, options, seed: 2, examples };
    using trainee = await algorithmById(id)!.create(compute, o);
    for (let i = 0; i < 4; i++) await trainee.iteration();
    using again = await resumed(trainee);
    for (let i = 0; i < 3; i++) expect(await again.iteration()).toEqual(await trainee.iteration());
    expect(await again.weights()).toEqual(await trainee.weights());
    expect(await again.checkpoint()).toEqual(await trainee.checkpoint());
  },
);

test('kept matches drive robots: SAC and PPO begin with them, others say why not', async () => {
  using match = await Match.create(compute, {
    robotsPerTeam: 1,
    seed: 4,
    startedAt: 0,
    controllers: [scriptedPolicy, randomPolicy(5)],
  });
  for (let t = 0; t < 600; t++) match.step();
  const source = episodeTransitions(compute, [match.finish()], {
    batchSize: 1024,
    robots: (_, robot) => robot === 0,
  });
  const examples = (await collectTransitions(source))!;
  const environment = soccer(1);
  const [sac, ppo, dqn] = ['sac', 'ppo', 'dqn'].map((id) => algorithmById(id)!);
  const options = { worldCount: 4, trainSteps: 16, batchSize: 32, hidden: [16] };
  using run = await sac!.create(compute, { environment, options, seed: 1, examples });
  // Two robots of four worlds: eight lanes, with as many rows as the examples fill.
  expect(Object.keys((await run.iteration()).losses)).toContain('critic');
  expect(
    sac!.whyNotExamples(environment, { ...sac!.defaultsFor(environment), ticksPerAction: 4 }),
  ).toContain('this run holds its actions for 4');
  const held = { environment, options: { ticksPerAction: 4 }, seed: 1, examples };
  await expect(sac!.create(compute, held)).rejects.toThrow('Choose 1 tick per decision');
  expect(ppo!.whyNotExamples(environment, ppo!.defaultsFor(environment))).toBeNull();
  expect(dqn!.whyNot(environment)).toContain('wants choices');
  const wrong = { environment: pendulum, seed: 1, examples };
  await expect(sac!.create(compute, wrong)).rejects.toThrow('observed numbers');
});

test('examples end where the recording stops or goes on elsewhere', () => {
  const batch: TransitionBatch = {
    shape: [5, 1, 1],
    observations: Float32Array.of(0, 1, 5, 6, 9),
    nextObservations: Float32Array.of(1, 2, 6, 7, 10),
    actions: Float32Array.of(0, 0, 0, 0, 0),
    rewards: Float32Array.of(1, 1, 1, 1, 1),
    ends: Uint8Array.of(0, 0, 0, TERMINATED, 0),
  };
  const space = { ...actorSpaceOf(cartPole), inputs: 1 };
  const { ends } = examplesOf(cartPole, space, batch);
  expect([...ends]).toEqual([0, TRUNCATED, 0, TERMINATED, TRUNCATED]);
});

test('returns of examples: by decisions, to an end, and only where they are known', () => {
  const o = { discount: 0.5, ticksPerAction: 2, scale: 2, rewardMax: 3 };
  const ends = Uint8Array.of(0, 0, 0, TERMINATED, 0, 0, 0, 0, 0, 0, TRUNCATED);
  const rewards = new Float32Array(11).fill(1).with(1, 5);
  const { values, known } = returnsOfExamples({ count: 11, rewards, ends }, o);
  // Rewards 1 5 1 1 | 1 1 1 1 1 1 1, doubled, two ticks a decision, at most 3 each.
  const first = [3 + 0.5 * 3, 3 + 0.5 * 2, 3, 2];
  expect([...values.subarray(0, 4)]).toEqual(first);
  expect(values[10]).toBe(2);
  expect(values[9]).toBe(3);
  expect(values[8]).toBe(3 + 0.5 * 2);
  // What follows the cut counts 0.5 to the power of the decisions before it: 0.0625 at four.
  expect([...known]).toEqual([1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0]);
});

test('statistics of examples are those of their observations and running sums, by decisions', () => {
  const seen = Float32Array.of(1, 10, 3, 30);
  const batch = { count: 2, seen, rewards: Float32Array.of(2, 4), ends: new Uint8Array(2) };
  const o = { discount: 0.5, ticksPerAction: 1, weight: 2 };
  const statistics = statisticsOfExamples(batch, o);
  expect([...statistics.get('seen.mean')!]).toEqual([2, 20]);
  expect([...statistics.get('seen.variance')!]).toEqual([1, 100]);
  expect([...statistics.get('gained.mean')!]).toEqual([3.5]); // of 2 and 1 + 4
  expect(statistics.get('gained.scale')![0]).toBeCloseTo(1 / 1.5, 5);
  expect([...statistics.get('seen.count')!]).toEqual([2]);

  // Two ticks a decision, an end after three: sums 1 + 2, 2 + 4, 4 + 3 / 2, then 8 + 16, 16.
  const rewards = Float32Array.of(1, 2, 4, 8, 16);
  const ends = Uint8Array.of(0, 0, TERMINATED, 0, 0);
  const five = { count: 5, seen: new Float32Array(5), rewards, ends };
  const held = statisticsOfExamples(five, { ...o, ticksPerAction: 2 });
  expect(held.get('gained.mean')![0]).toBeCloseTo((3 + 6 + 5.5 + 24 + 16) / 5, 5);
});
