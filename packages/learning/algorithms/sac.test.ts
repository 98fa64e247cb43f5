import { openWasm, type WasmCompute } from '@dreampitch/compute';
import { environmentById } from '@dreampitch/sim';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { noise } from '../random/pcg.ts';
import { input } from '../tensor/operators.ts';
import { Program } from '../tensor/program.ts';
import { decodeTraining } from './checkpoint.ts';
import { algorithmById } from './registry.ts';
import { softTarget } from './sac.ts';
import { squashedLogChance } from './sac-networks.ts';

const SEED = 1;
const softActorCritic = algorithmById('sac')!;
const pendulum = environmentById('Pendulum-v1')!;
let compute: WasmCompute;
beforeAll(async () => {
  compute = await openWasm({ threadCount: 1 });
});
afterAll(() => compute[Symbol.dispose]());

const meanOf = (values: readonly number[]) => values.reduce((a, b) => a + b) / values.length;

test('it swings the pendulum up within 5,000 steps, and leaves nothing behind', async () => {
  const before = compute.arena.bufferCount;
  const options = { stepsMax: 5000, batchSize: 64 };
  const sac = await softActorCritic.create(compute, { environment: pendulum, options, seed: SEED });
  const first = meanOf(await sac.evaluate({ episodes: 20, seed: 5, stepsMax: 201 }));
  let report = await sac.iteration();
  expect(report.losses).toEqual({});
  while (!sac.isDone) report = await sac.iteration();
  const last = meanOf(await sac.evaluate({ episodes: 20, seed: 5, stepsMax: 201 }));
  expect(first).toBeLessThan(-800);
  expect(last).toBeGreaterThan(-300);
  expect(report.losses['entropy']).toBeGreaterThan(-2); // wanted: -1 of the one number
  expect(report.losses['entropy']).toBeLessThan(0);
  sac[Symbol.dispose]();
  expect(compute.arena.bufferCount).toBe(before);
}, 60_000);

test('chances of squashed numbers are those of the change of variables', async () => {
  const [B, A] = [50, 2];
  const shape = [B, A];
  const [u, off, logSpread] = [input('u', shape), input('off', shape), input('logSpread', shape)];
  const logChance = squashedLogChance({ u, off, logSpread });
  using program = await Program.create(compute, { outputs: { logChance } });
  const values = { u: 3, off: 1, logSpread: 0.5 };
  const filled = Object.entries(values).map(([name, size], k) => {
    const data = Float32Array.from({ length: B * A }, (_, i) => size * noise(k, i));
    program.write(name, data);
    return data;
  }) as [Float32Array, Float32Array, Float32Array];
  program.run();
  const got = await program.read('logChance');
  for (let b = 0; b < B; b++) {
    let wanted = 0;
    for (let i = b * A; i < b * A + A; i++) {
      const [x, z, s] = filled.map((data) => data[i]!) as [number, number, number];
      wanted += -0.5 * z * z - s - 0.5 * Math.log(2 * Math.PI);
      wanted -= Math.log(1 - Math.tanh(x) ** 2);
    }
    expect(Math.abs(got[b]! - wanted)).toBeLessThan(1e-4 * Math.max(1, Math.abs(wanted)));
  }
});

test('targets of the critics are the gain and the soft value of what follows, unless it ended', async () => {
  const names = ['gained', 'factor', 'later', 'logChance'] as const;
  const [gained, factor, later, logChance] = names.map((name) => input(name, [4]));
  const parts = { gained: gained!, factor: factor!, later: later!, logChance: logChance! };
  const wanted = softTarget({ ...parts, alpha: input('alpha', []) });
  using program = await Program.create(compute, { outputs: { wanted } });
  program.write('gained', Float32Array.of(1, 1, -2, 0.5));
  program.write('factor', Float32Array.of(0.9, 0, 0.9, 0.5));
  program.write('later', Float32Array.of(10, 10, -4, 0));
  program.write('logChance', Float32Array.of(-2, -2, 3, 1));
  program.write('alpha', Float32Array.of(0.5));
  program.run();
  // 1 + 0.9 (10 + 1), 1, -2 + 0.9 (-4 - 1.5), 0.5 + 0.5 (0 - 0.5)
  const byHand = [10.9, 1, -6.95, 0.25];
  const got = await program.read('wanted');
  byHand.forEach((value, i) => expect(got[i]).toBeCloseTo(value, 5));
});

test.each([{}, { noiseSteps: 8, trainSteps: 8, updates: 4, temperature: 0.1 }])(
  'resumed with %j it goes on to the bit',
  async (more) => {
    const options = { startSteps: 40, batchSize: 32, capacity: 200, hidden: [16], ...more };
    using sac = await softActorCritic.create(compute, {
      environment: pendulum,
      options,
      seed: SEED,
    });
    for (let i = 0; i < 8; i++) await sac.iteration(); // the buffer is full, and goes on
    const decoded = decodeTraining(await sac.checkpoint());
    if (!decoded.ok) throw new Error(decoded.message);
    const { checkpoint } = decoded;
    using again = await softActorCritic.resume(compute, { environment: pendulum, checkpoint });
    for (let i = 0; i < 3; i++) expect(await again.iteration()).toEqual(await sac.iteration());
    expect(await again.weights()).toEqual(await sac.weights());
    expect(await again.checkpoint()).toEqual(await sac.checkpoint());
  },
);

test('what has no numbers is refused', async () => {
  const environment = environmentById('CartPole-v1')!;
  const made = softActorCritic.create(compute, { environment, seed: 1 });
  await expect(made).rejects.toThrow('Soft actor-critic wants numbers; actions of CartPole-v1');
});
