import { openCompute, openWasm } from '@dreampitch/compute';
import { expect, test } from 'vitest';
import { decodeCheckpoint } from './checkpoint.ts';
import { expectFirstStep } from './expect-first-step.ts';
import { soccerTask } from './task.ts';
import { EvolutionTrainer } from './trainer.ts';

const SEED = 0x5eed;
const SMALL = {
  memberCount: 8,
  worldsPerMember: 4,
  evaluationWorlds: 4,
  stepsPerGeneration: 20,
  poolGenerations: 2,
};
const openWebGpu = () => openCompute({ target: 'webgpu', allowSoftwareAdapter: true });

test('on WebGPU the first generation is what plain arithmetic makes of it', async () => {
  using compute = await openWebGpu();
  const task = soccerTask(1);
  using trainer = await EvolutionTrainer.create(compute, { task, seed: SEED, options: SMALL });
  await expectFirstStep(trainer, SEED);
});

test('a run moves from WebGPU to WASM and back by its checkpoint', async () => {
  const task = soccerTask(1);
  using gpu = await openWebGpu();
  using first = await EvolutionTrainer.create(gpu, { task, seed: SEED, options: SMALL });
  await first.generation();
  using wasm = await openWasm();
  using second = await resumed(wasm, first);
  expect(await second.checkpoint()).toEqual(await first.checkpoint());
  await second.generation();
  using third = await resumed(gpu, second);
  const report = await third.generation();
  expect(report.generation).toBe(3);
  expect(Number.isFinite(report.fitness.mean)).toBe(true);
});

async function resumed(
  compute: Parameters<typeof EvolutionTrainer.resume>[0],
  from: EvolutionTrainer,
) {
  const decoded = decodeCheckpoint(await from.checkpoint());
  if (!decoded.ok) throw new Error(decoded.message);
  const { checkpoint } = decoded;
  return EvolutionTrainer.resume(compute, { task: soccerTask(1), checkpoint });
}
