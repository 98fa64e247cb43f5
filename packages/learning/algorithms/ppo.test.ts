import { openWasm, type WasmCompute } from '@dreampitch/compute';
import { environmentById, soccer } from '@dreampitch/sim';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { noise, pcgHashOf } from '../random/pcg.ts';
import { Ppo, PPO_CART_POLE } from './ppo.ts';
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
  const options = { ...PPO_CART_POLE, stepsMax: 50_000 };
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
  using ppo = await Ppo.create(compute, { environment: cartPole, options: PPO_CART_POLE, seed });
  return [await ppo.iteration(), await ppo.iteration(), await ppo.iteration()];
}

test('the same seed gives the same reports, another seed others', async () => {
  const one = await run(7);
  expect(await run(7)).toEqual(one);
  expect(await run(8)).not.toEqual(one);
});

test('numbers are learned as well: a pendulum costs less than at the start', async () => {
  const options = {
    ...PPO_CART_POLE,
    worldCount: 16,
    stepCount: 256,
    batchSize: 512,
    epochCount: 10,
    discount: 0.9,
    lambda: 0.95,
    stepsMax: 120_000,
  };
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
  const constants = { WORLDS: N, STEPS: T, DISCOUNT: discount, LAMBDA: lambda };
  const label = 'look back';
  const kernel = await compute.createKernel({ label, wgsl: ppoWgsl, entry: 'lookBack', constants });
  using keptBuffer = compute.createBuffer({ label: 'kept', bytes: kept.byteLength });
  using values = compute.createBuffer({ label: 'values', bytes: 4 * N });
  using learned = compute.createBuffer({ label: 'learned', bytes: kept.byteLength });
  compute.write(keptBuffer, kept);
  compute.write(values, last);
  compute.submit([
    kernel.prepare({ bindings: { kept: keptBuffer, values, learned }, invocations: N }),
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

test('what cannot be trained is said', async () => {
  const make = (environment: typeof cartPole, batchSize = 256) =>
    Ppo.create(compute, { environment, options: { ...PPO_CART_POLE, batchSize }, seed: 1 });
  await expect(make(soccer(1))).rejects.toThrow('soccer-1v1 has 2 agents; one is trained here.');
  await expect(make(cartPole, 100)).rejects.toThrow('batchSize 100 does not divide 32 steps');
});
