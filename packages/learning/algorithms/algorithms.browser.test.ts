import { type Compute, openCompute, openWasm } from '@dreampitch/compute';
import { environmentById } from '@dreampitch/sim';
import { expect, test } from 'vitest';
import type { Trainee } from './algorithm.ts';
import { decodeTraining } from './checkpoint.ts';
import { algorithmById } from './registry.ts';

const DQN = {
  worldCount: 5,
  startSteps: 20,
  trainSteps: 30,
  updates: 2,
  batchSize: 32,
  capacity: 200,
  prioritised: true,
};
const RUNS = {
  ppo: ['CartPole-v1', { worldCount: 5, stepCount: 16, batchSize: 40, normalises: true }],
  dqn: ['CartPole-v1', DQN],
  sac: ['Pendulum-v1', { worldCount: 5, startSteps: 20, trainSteps: 30, batchSize: 32 }],
} as const;

/** As after a lost device: what is available goes on from the checkpoint. */
test.each(['ppo', 'dqn', 'sac'] as const)(
  '%s runs on WebGPU, moves to WASM by its checkpoint, and back',
  async (id) => {
    const [name, options] = RUNS[id];
    const algorithm = algorithmById(id)!;
    const environment = environmentById(name)!;
    const resumed = async (compute: Compute, from: Trainee) => {
      const decoded = decodeTraining(await from.checkpoint());
      if (!decoded.ok) throw new Error(decoded.message);
      return algorithm.resume(compute, { environment, checkpoint: decoded.checkpoint });
    };
    using gpu = await openCompute({ target: 'webgpu', allowSoftwareAdapter: true });
    using wasm = await openWasm();
    using first = await algorithm.create(gpu, { environment, options, seed: 1 });
    for (let i = 0; i < 3; i++) await first.iteration();
    using second = await resumed(wasm, first);
    expect(await second.checkpoint()).toEqual(await first.checkpoint());
    await second.iteration();
    using third = await resumed(gpu, second);
    const report = await third.iteration();
    expect(report.steps).toBe((first.steps / 3) * 5);
    for (const loss of Object.values(report.losses)) expect(Number.isFinite(loss)).toBe(true);
    const returns = await third.evaluate({ episodes: 5, seed: 2, stepsMax: 20 });
    expect(returns.every((value) => Number.isFinite(value))).toBe(true);
  },
  120_000,
);
