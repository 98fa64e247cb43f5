import { mathWgsl, openWasm, randomWgsl, type WasmCompute } from '@dreampitch/compute';
import { environmentById } from '@dreampitch/sim';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { noise, pcgHashOf } from '../random/pcg.ts';
import { input } from '../tensor/operators.ts';
import { Program } from '../tensor/program.ts';
import { decodeTraining } from './checkpoint.ts';
import { gapOf, importanceWeights } from './dqn.ts';
import { algorithmById } from './registry.ts';
import replayWgsl from './replay.wgsl';

const SEED = 1;
const deepQ = algorithmById('dqn')!;
const cartPole = environmentById('CartPole-v1')!;
const SMALL = {
  worldCount: 4,
  stepsMax: 9000,
  capacity: 2000, // so that the oldest steps are overwritten
  nStep: 3,
  trainSteps: 256,
  updates: 128,
  targetShare: 0.02,
  discount: 0.99,
  hidden: [64, 64],
  dueling: true,
  averages: false,
};
let compute: WasmCompute;
beforeAll(async () => {
  compute = await openWasm({ threadCount: 1 });
});
afterAll(() => compute[Symbol.dispose]());

const meanOf = (values: readonly number[]) => values.reduce((a, b) => a + b) / values.length;

test('it learns to balance the pole for longer, and leaves nothing behind', async () => {
  const before = compute.arena.bufferCount;
  const dqn = await deepQ.create(compute, { environment: cartPole, options: SMALL, seed: SEED });
  const first = meanOf(await dqn.evaluate({ episodes: 20, seed: 5, stepsMax: 501 }));
  while (!dqn.isDone) await dqn.iteration();
  const last = meanOf(await dqn.evaluate({ episodes: 20, seed: 5, stepsMax: 501 }));
  expect(last).toBeGreaterThan(Math.max(100, 3 * first));
  dqn[Symbol.dispose]();
  expect(compute.arena.bufferCount).toBe(before);
}, 60_000);

async function run(seed: number) {
  using dqn = await deepQ.create(compute, { environment: cartPole, options: SMALL, seed });
  const reports = [];
  for (let i = 0; i < 6; i++) reports.push(await dqn.iteration());
  return reports;
}

test('the same seed gives the same reports, another seed others', async () => {
  const one = await run(7);
  expect(one.at(-1)!.losses['loss']).toBeGreaterThan(0);
  expect(await run(7)).toEqual(one);
  expect(await run(8)).not.toEqual(one);
});

test('n-step transitions are those of the book, cut short at ends', async () => {
  const [L, C, D, B, n, discount] = [3, 10, 2, 40, 3, 0.9];
  const count = C * L;
  const gained = new Float32Array(2 * count).map((_, i) => noise(1, i));
  for (let i = 0; i < count; i++) gained[2 * i + 1] = [0, 0, 0, 1, 2, 4][pcgHashOf(2, i) % 6]!;
  const after = new Float32Array(count * D).map((_, i) => noise(3, i));
  const places = Uint32Array.from({ length: B }, (_, i) => pcgHashOf(4, i) % count);
  const constants = {
    ACTORS: L,
    CAPACITY: C,
    FEATURES: D,
    BATCH: B,
    N_STEP: n,
    DISCOUNT: discount,
  };
  const wgsl = replayWgsl + mathWgsl + randomWgsl;
  const kernel = await compute.createKernel({
    label: 'collect',
    wgsl,
    entry: 'collect',
    constants,
  });
  const sizes = {
    places: B,
    keptSeen: count * D,
    keptAfter: count * D,
    keptDrawn: count,
    keptOutcome: 2 * count,
    batchSeen: B * D,
    batchAfter: B * D,
    batchDrawn: B,
    batchOutcome: 4 * B,
  };
  const bindings = Object.fromEntries(
    Object.entries(sizes).map(([name, words]) => {
      return [name, compute.createBuffer({ label: name, bytes: 4 * words })];
    }),
  );
  compute.write(bindings['places']!, places);
  compute.write(bindings['keptAfter']!, after);
  compute.write(bindings['keptOutcome']!, gained);
  compute.submit([kernel.prepare({ bindings, invocations: B })]);
  const got = new Float32Array(compute.readSync(bindings['batchOutcome']!).buffer);
  const gotAfter = new Float32Array(compute.readSync(bindings['batchAfter']!).buffer);
  places.forEach((place, i) => {
    let [total, factor, last] = [0, 1, place];
    for (let k = 0; k < n; k++) {
      last = (place + k * L) % count;
      total += factor * gained[2 * last]!;
      factor *= discount;
      const end = gained[2 * last + 1]!;
      if (end === 1) factor = 0;
      if (end === 1 || end === 2) break;
    }
    expect(got[4 * i]).toBeCloseTo(total, 5);
    expect(got[4 * i + 1]).toBeCloseTo(factor, 5);
    expect(got[4 * i + 2]).toBe(gained[2 * place + 1] === 4 ? 0 : 1);
    expect(gotAfter[D * i]).toBe(after[D * last]);
  });
  for (const buffer of Object.values(bindings)) buffer[Symbol.dispose]();
});

test('importance weights undo what priorities favour: (N P)^-beta over the largest', async () => {
  const weights = importanceWeights(input('chance', [4]), input('beta', []));
  using program = await Program.create(compute, { outputs: { weights } });
  // Times as likely as uniformly, N P of section 3.4 of the paper.
  program.write('chance', Float32Array.of(1, 4, 0.25, 2));
  const expected = new Map([
    [0, [1, 1, 1, 1]],
    [0.5, [0.5, 0.25, 1, Math.SQRT1_2 / 2]], // 1, 1/2, 2, 0.7071 over 2
    [1, [0.25, 0.0625, 1, 0.125]], // 1, 1/4, 4, 1/2 over 4
  ]);
  for (const [beta, byHand] of expected) {
    program.write('beta', Float32Array.of(beta));
    program.run();
    const got = await program.read('weights');
    byHand.forEach((value, i) => expect(got[i]).toBeCloseTo(value, 5));
  }
});

test('a choice that was not the best is worth less by a share of its loss', async () => {
  const gap = gapOf(input('q', [3, 2]), { taken: input('taken', [3], 'u32'), share: 0.5 });
  using program = await Program.create(compute, { outputs: { gap } });
  program.write('q', Float32Array.of(1, 3, 2, -4, 2, -4));
  program.write('taken', Uint32Array.of(0, 0, 1));
  program.run();
  expect([...(await program.read('gap'))]).toEqual([1, 0, 3]);
});

/** Of the first choice: what plays, and what learned. */
async function biasesAfter(iterations: number, more: object) {
  const options = { ...SMALL, startSteps: 64, trainSteps: 64, averages: true, ...more };
  using dqn = await deepQ.create(compute, { environment: cartPole, options, seed: SEED });
  for (let i = 0; i < iterations; i++) await dqn.iteration();
  const { weights } = await dqn.policyNetwork();
  const learned = await dqn.weights();
  return [weights['2.bias']!, learned['q.2.bias']!].map(({ data }) => Number(data[0]));
}

test('what plays is the average of the network over its latest updates', async () => {
  // Update n, counted from 0, moves the average 10 / (n + 10) of its way: the first one all of it.
  const [first, learned] = await biasesAfter(1, { updates: 1 });
  expect(first).toBeCloseTo(learned!, 7);
  const [second, learnedThen] = await biasesAfter(2, { updates: 1 });
  expect(second).toBeCloseTo(first! + (10 / 11) * (learnedThen! - first!), 7);
  expect(second).not.toBe(learnedThen);
  const [plain, learnedPlain] = await biasesAfter(2, { updates: 1, averages: false });
  expect(plain).toBe(learnedPlain);
});

test('what has no choices is refused', async () => {
  const environment = environmentById('Pendulum-v1')!;
  const made = deepQ.create(compute, { environment, options: SMALL, seed: 1 });
  await expect(made).rejects.toThrow(
    'Deep Q-learning wants choices; actions of Pendulum-v1 are numbers.',
  );
});

test.each([{}, { prioritised: true, nStep: 3 }, { nStep: 3, nStepShare: 0.08 }])(
  'resumed with %j it goes on to the bit',
  async (more) => {
    const options = {
      ...SMALL,
      ...more,
      startSteps: 100,
      trainSteps: 16,
      updates: 4,
      capacity: 300,
    };
    using dqn = await deepQ.create(compute, { environment: cartPole, options, seed: SEED });
    for (let i = 0; i < 8; i++) await dqn.iteration(); // the buffer is full, and goes on
    const decoded = decodeTraining(await dqn.checkpoint());
    if (!decoded.ok) throw new Error(decoded.message);
    const { checkpoint } = decoded;
    using again = await deepQ.resume(compute, { environment: cartPole, checkpoint });
    for (let i = 0; i < 4; i++) expect(await again.iteration()).toEqual(await dqn.iteration());
    expect(await again.weights()).toEqual(await dqn.weights());
    expect(await again.checkpoint()).toEqual(await dqn.checkpoint());
  },
);
