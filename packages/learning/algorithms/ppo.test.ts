import { openWasm, type WasmCompute } from '@dreampitch/compute';
import { environmentById, type Policy, scriptedPolicy } from '@dreampitch/sim';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { noise, pcgHashOf } from '../random/pcg.ts';
import { decodeTraining } from './checkpoint.ts';
import { Ppo } from './ppo.ts';
import ppoWgsl from './ppo.wgsl';

const SEED = 1;
const cartPole = environmentById('CartPole-v1')!;
const pendulum = environmentById('Pendulum-v1')!;
let compute: WasmCompute;
beforeAll(async () => {
  compute = await openWasm({ threadCount: 1 });
});
afterAll(() => compute[Symbol.dispose]());

const meanOf = (values: readonly number[]) => values.reduce((a, b) => a + b) / values.length;

test('it balances the pole after 50,000 steps, and leaves nothing behind', async () => {
  const before = compute.arena.bufferCount;
  const options = { stepsMax: 50_000 };
  const ppo = await Ppo.create(compute, { environment: cartPole, options, seed: SEED });
  const first = await ppo.evaluate({ episodes: 20, seed: 5, stepsMax: 501 });
  let report = await ppo.iteration();
  const use = compute.arena;
  while (!ppo.isDone) report = await ppo.iteration();
  expect(compute.arena).toEqual(use);
  expect(report.steps).toBeGreaterThanOrEqual(50_000);
  const last = await ppo.evaluate({ episodes: 20, seed: 5, stepsMax: 501 });
  expect(meanOf(first)).toBeLessThan(200);
  expect(meanOf(last)).toBeGreaterThan(450);
  ppo[Symbol.dispose]();
  expect(compute.arena.bufferCount).toBe(before);
}, 60_000);

async function run(seed: number) {
  using ppo = await Ppo.create(compute, { environment: cartPole, seed });
  return [await ppo.iteration(), await ppo.iteration(), await ppo.iteration()];
}

test('the same seed gives the same reports, another seed others', async () => {
  const one = await run(7);
  expect(await run(7)).toEqual(one);
  expect(await run(8)).not.toEqual(one);
});

const SMALL = { worldCount: 5, stepCount: 12, batchSize: 20, epochCount: 2, normalises: true };

test.each([
  ['CartPole-v1', {}],
  ['Pendulum-v1', { noiseSteps: 4 }],
  ['FrozenLake-v1', {}],
  ['soccer-1v1', { ticksPerAction: 4, worldCount: 10 }],
])('resumed, a run in %s goes on as if it had not stopped, to the bit', async (id, more) => {
  const environment = environmentById(id)!;
  const opponents = environment.agentCount > 1 ? [scriptedPolicy] : [];
  const options = { ...SMALL, ...more };
  using ppo = await Ppo.create(compute, { environment, options, seed: SEED, opponents });
  for (let i = 0; i < 5; i++) await ppo.iteration();
  const decoded = decodeTraining(await ppo.checkpoint());
  if (!decoded.ok) throw new Error(decoded.message);
  const { checkpoint } = decoded;
  using again = await Ppo.resume(compute, { environment, checkpoint, opponents });
  expect(again.steps).toBe(ppo.steps);
  for (let i = 0; i < 3; i++) expect(await again.iteration()).toEqual(await ppo.iteration());
  expect(await again.weights()).toEqual(await ppo.weights());
  expect(await again.checkpoint()).toEqual(await ppo.checkpoint());
});

test('numbers are learned as well: a pendulum costs less than at the start', async () => {
  const options = { stepsMax: 60_000, noiseSteps: 0 };
  using ppo = await Ppo.create(compute, { environment: pendulum, options, seed: SEED });
  const before = meanOf(await ppo.evaluate({ episodes: 20, seed: 5, stepsMax: 201 }));
  while (!ppo.isDone) await ppo.iteration();
  const after = meanOf(await ppo.evaluate({ episodes: 20, seed: 5, stepsMax: 201 }));
  expect(after).toBeGreaterThan(before + 300);
}, 60_000);

test('advantages are those of the paper, across ends and fresh starts', async () => {
  const [N, T, discount, lambda] = [5, 12, 0.9, 0.8];
  const kept = new Float32Array(T * N * 4).map((_, i) => noise(3, i));
  for (let i = 0; i < T * N; i++) {
    // An end, then the step that only starts anew.
    const before = i >= N ? kept[4 * (i - N) + 3]! : 0;
    const drawn = pcgHashOf(4, i) % 8;
    kept[4 * i + 3] = before === 1 || before === 2 ? 4 : drawn === 1 || drawn === 2 ? drawn : 0;
  }
  const last = Float32Array.from({ length: N }, (_, n) => noise(5, n));
  const constants = { ACTORS: N, STEPS: T, DISCOUNT: discount, LAMBDA: lambda };
  const label = 'look back';
  const kernel = await compute.createKernel({ label, wgsl: ppoWgsl, entry: 'lookBack', constants });
  using keptBuffer = compute.createBuffer({ label: 'kept', bytes: kept.byteLength });
  using values = compute.createBuffer({ label: 'values', bytes: 4 * N });
  using rewardScale = compute.createBuffer({ label: 'scale', bytes: 4 });
  using learned = compute.createBuffer({ label: 'learned', bytes: kept.byteLength });
  compute.write(keptBuffer, kept);
  compute.write(values, last);
  compute.write(rewardScale, Float32Array.of(1));
  compute.submit([
    kernel.prepare({
      bindings: { kept: keptBuffer, values, rewardScale, learned },
      invocations: N,
    }),
  ]);
  const got = new Float32Array(compute.readSync(learned).buffer);
  for (let n = 0; n < N; n++) {
    let running = 0;
    for (let t = T - 1; t >= 0; t--) {
      const at = 4 * (t * N + n);
      const [value, reward, end] = [kept[at + 1]!, kept[at + 2]!, kept[at + 3]!];
      const next = t === T - 1 ? last[n]! : kept[at + 4 * N + 1]!;
      const error = reward + (end === 1 ? 0 : discount * next) - value;
      running = end === 4 ? 0 : error + (end === 0 ? discount * lambda * running : 0);
      expect(got[at + 1]).toBeCloseTo(running, 5);
      expect(got[at + 2]).toBeCloseTo(running + value, 5);
      expect(got[at + 3]).toBe(end === 4 ? 0 : 1);
    }
  }
});

const make = (options: object) => Ppo.create(compute, { environment: cartPole, options, seed: 1 });

test('what cannot be trained is said', async () => {
  await expect(make({ batchSize: 100 })).rejects.toThrow('batchSize 100 does not divide 32 steps');
  await expect(make({ discount: 2 })).rejects.toThrow(
    'Option discount is 2; want a number of 0 to 1',
  );
  await expect(make({ speed: 2 })).rejects.toThrow("There is no option 'speed'");
});

test('opponents of whom one cannot play leave nothing behind', async () => {
  const environment = environmentById('soccer-1v1')!;
  const absent: Policy = { name: 'absent', attach: () => Promise.reject(new Error('not here')) };
  const opponents = [scriptedPolicy, absent];
  const options = { worldCount: 8, stepCount: 8, batchSize: 64, ticksPerAction: 4 };
  const before = compute.arena.bufferCount;
  const made = Ppo.create(compute, { environment, options, seed: 1, opponents });
  await expect(made).rejects.toThrow('not here');
  expect(compute.arena.bufferCount).toBe(before);
});
