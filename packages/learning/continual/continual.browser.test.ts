import { openCompute, openWasm } from '@dreampitch/compute';
import { environmentById } from '@dreampitch/sim';
import { expect, test } from 'vitest';
import { decodeTraining } from '../algorithms/checkpoint.ts';
import { Ppo } from '../algorithms/ppo.ts';
import { startFrom } from './memory.ts';
import { rememberTask } from './remember.ts';

const OPTIONS = { worldCount: 8, stepCount: 16, batchSize: 64, epochCount: 2, hidden: [16] };

/** The examples are drawn on the device: a lost one goes on elsewhere with the next. */
test('a task is remembered on WebGPU as on WASM; a run that keeps it moves between them', async () => {
  const environment = environmentById('Pendulum-v1')!;
  using gpu = await openCompute({ target: 'webgpu', allowSoftwareAdapter: true });
  using wasm = await openWasm();
  const o = { environment, options: OPTIONS, seed: 1 };
  using first = await Ppo.create(wasm, o);
  await first.iteration();
  using same = await Ppo.create(gpu, { ...o, from: await first.weights() });
  const [wanted, got] = await Promise.all(
    [first, same].map((trainee, i) =>
      rememberTask([wasm, gpu][i]!, { trainee, seed: 3, examplesMax: 320 }),
    ),
  );
  for (const [name, { data }] of Object.entries(wanted!.importance)) {
    data.forEach((value, i) => {
      const other = got!.importance[name]!.data[i]!;
      expect(Math.abs(other - value), `${name}, ${i}`).toBeLessThan(0.05 * value + 0.01);
    });
  }

  const start = startFrom(got!, { consolidation: 1, rehearsal: 1, rehearsalBatch: 48 });
  using learner = await Ppo.create(gpu, { ...o, ...start });
  await learner.iteration();
  const decoded = decodeTraining(await learner.checkpoint());
  if (!decoded.ok) throw new Error(decoded.message);
  const { checkpoint } = decoded;
  // Four updates of 48 in a ring of 320.
  expect(checkpoint.kept['keep.at']).toEqual(Uint32Array.of(4 * 48));
  using moved = await Ppo.resume(wasm, { environment, checkpoint, keep: start.keep! });
  for (let i = 0; i < 2; i++) await moved.iteration();
  const after = decodeTraining(await moved.checkpoint());
  expect(after.ok && after.checkpoint.kept['keep.at']![0]).toBe((12 * 48) % 320);
  expect(moved.steps).toBe(3 * 8 * 16);
}, 60_000);
