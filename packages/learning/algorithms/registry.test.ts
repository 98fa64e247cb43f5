import { openWasm, type WasmCompute } from '@dreampitch/compute';
import { environmentById } from '@dreampitch/sim';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { TransitionBatch } from '../datasets/transitions.ts';
import type { Algorithm, CreateOptions } from './algorithm.ts';
import { decodeTraining } from './checkpoint.ts';
import { ALGORITHMS } from './registry.ts';

let compute: WasmCompute;
beforeAll(async () => {
  compute = await openWasm({ threadCount: 1 });
});
afterAll(() => compute[Symbol.dispose]());

const TASKS: Readonly<Record<string, string>> = {
  ppo: 'CartPole-v1',
  dqn: 'CartPole-v1',
  sac: 'Pendulum-v1',
  'q-learning': 'FrozenLake-v1',
  cloning: 'CartPole-v1',
};

/** Of nothing in particular. */
function examples([N, D, A]: TransitionBatch['shape']): TransitionBatch {
  return {
    shape: [N, D, A],
    observations: new Float32Array(N * D),
    actions: new Float32Array(N * A),
    rewards: new Float32Array(N),
    nextObservations: new Float32Array(N * D),
    ends: new Uint8Array(N),
  };
}

function ordered({ id, imitates }: Algorithm): CreateOptions {
  const environment = environmentById(TASKS[id]!)!;
  const options: Record<string, object> = {
    ppo: { normalises: true },
    dqn: { averages: true, capacity: 1000 },
    sac: { capacity: 1000 },
  };
  const imitated = imitates ? { examples: examples([100, 4, 1]) } : {};
  return { environment, options: options[id] ?? {}, seed: 1, ...imitated };
}

test.each(ALGORITHMS)('$id takes the weights that it says', async (algorithm) => {
  const o = ordered(algorithm);
  using run = await algorithm.create(compute, o);
  const shapes = algorithm.weightShapes(o.environment, run.options);
  if (Object.keys(shapes).length === 0) return; // a run begins with an empty table
  const weights = await run.weights();
  expect(shapes).toEqual(
    Object.fromEntries(Object.entries(weights).map(([name, { shape }]) => [name, shape])),
  );
  using again = await algorithm.create(compute, { ...o, seed: 2, from: weights });
  expect(await again.weights()).toEqual(weights);
});

test.each(ALGORITHMS)('$id: what does not fit leaves nothing behind', async (algorithm) => {
  const o = ordered(algorithm);
  using run = await algorithm.create(compute, o);
  const before = compute.arena.bufferCount;
  const wrong = algorithm.create(compute, { ...o, examples: examples([5, 3, 2]) });
  await expect(wrong).rejects.toThrow('observed numbers');
  const [name] = Object.keys(algorithm.weightShapes(o.environment, run.options));
  if (name) {
    const one = { shape: [1], data: new Float32Array(1) };
    const misshapen = algorithm.create(compute, { ...o, from: { [name]: one } });
    await expect(misshapen).rejects.toThrow('to start from has the shape');
    const foreign = algorithm.create(compute, { ...o, from: { foreign: one } });
    await expect(foreign).rejects.toThrow('None of the weights to start from');
  }
  const decoded = decodeTraining(await run.checkpoint());
  if (!decoded.ok) throw new Error(decoded.message);
  const { checkpoint } = decoded;
  const names = Object.keys(checkpoint.kept);
  for (const lost of [names[0]!, names.at(-1)!]) {
    const { [lost]: _, ...kept } = checkpoint.kept;
    const damaged = algorithm.resume(compute, { ...o, checkpoint: { ...checkpoint, kept } });
    await expect(damaged).rejects.toThrow(`has nothing for '${lost}'`);
  }
  expect(compute.arena.bufferCount).toBe(before);
});

/** Options that tables did not have at first: runs of people's browsers do not name them. */
const NEWER: Readonly<Record<string, readonly string[]>> = {
  ppo: ['cloneEpochs'],
  dqn: ['averages', 'gapShare', 'nStepShare'],
};

test.each(ALGORITHMS.filter(({ id }) => id in NEWER))(
  '$id goes on with checkpoints from before it had an option',
  async (algorithm) => {
    const { environment } = ordered(algorithm);
    const newer = NEWER[algorithm.id]!;
    const defaults = newer.map((name) => [name, algorithm.options[name]!.value] as const);
    const options = Object.fromEntries(defaults);
    using run = await algorithm.create(compute, { environment, options, seed: 1 });
    await run.iteration();
    const decoded = decodeTraining(await run.checkpoint());
    if (!decoded.ok) throw new Error(decoded.message);
    const { checkpoint } = decoded;
    const entries = Object.entries(checkpoint.options).filter(([name]) => !newer.includes(name));
    expect(entries.length).toBe(Object.keys(checkpoint.options).length - newer.length);
    const old = { ...checkpoint, options: Object.fromEntries(entries) };
    using again = await algorithm.resume(compute, { environment, checkpoint: old });
    expect(again.options).toEqual(run.options);
    expect(await again.iteration()).toEqual(await run.iteration());
  },
);
