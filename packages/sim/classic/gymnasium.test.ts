/** Every task held against trajectories of Gymnasium itself: re-stepped from each recorded state. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openWasm } from '@dreampitch/compute';
import { expect, test } from 'vitest';
import { TERMINATED } from '../environment/environment.ts';
import { environmentById } from '../environment/registry.ts';
import { stateFields } from '../environment/state-fields.ts';
import { VectorEnvironment } from '../environment/vector-environment.ts';

const TOLERANCE = 1e-5;

type Numbers = number | number[];
type Step = {
  action: Numbers;
  observation: Numbers;
  reward: number;
  terminated: boolean;
  state: Numbers;
};
type Recording = {
  environment: string;
  options: { is_slippery?: boolean };
  episodes: { initialState: Numbers; initialObservation: Numbers; steps: Step[] }[];
};

function recordingOf(id: string): Recording {
  const folder = join(import.meta.dirname, '../../../test/reference/gymnasium');
  return JSON.parse(readFileSync(join(folder, `${id}.json`), 'utf8')) as Recording;
}

const list = (numbers: Numbers) => (typeof numbers === 'number' ? [numbers] : numbers);

test.each([
  'CartPole-v1',
  'MountainCar-v0',
  'MountainCarContinuous-v0',
  'Pendulum-v1',
  'Acrobot-v1',
  'FrozenLake-v1',
  'CliffWalking-v1',
  'Taxi-v4',
])('%s steps as Gymnasium does, from every recorded state', async (id) => {
  const recording = recordingOf(id);
  const environment = environmentById(id)!;
  // Every recorded step is a world of its own.
  const steps = recording.episodes.flatMap((episode) =>
    episode.steps.map((step, t) => {
      return { ...step, before: t === 0 ? episode.initialState : episode.steps[t - 1]!.state };
    }),
  );
  using compute = await openWasm({ threadCount: 1 });
  const rules: Record<string, number> = {};
  if (recording.options.is_slippery === false) rules['slippery'] = 0;
  using worlds = await VectorEnvironment.create(compute, environment, {
    worldCount: steps.length,
    rules,
  });
  worlds.reset(1);
  const { bytes, fields } = stateFields(environment);
  const state = compute.readSync(worlds.buffers.worlds);
  const places = fields.filter(({ name }) => name.startsWith('state.'));
  const isFloat = environment.actionSpace.kind === 'box';
  const actions = isFloat ? new Float32Array(steps.length) : new Int32Array(steps.length);
  steps.forEach(({ before, action }, n) => {
    list(before).forEach((value, i) => {
      const { word, type } = places[i]!;
      const at = (n * bytes) / 4 + word;
      if (type === 'f32') new Float32Array(state.buffer)[at] = value;
      else new Uint32Array(state.buffer)[at] = value;
    });
    actions[n] = list(action)[0]!;
  });
  compute.write(worlds.buffers.worlds, state);
  compute.write(worlds.buffers.actions, actions);
  worlds.step();
  const { buffer } = compute.readSync(worlds.buffers.observations);
  const seen =
    environment.observationSpace.kind === 'box' ? new Float32Array(buffer) : new Int32Array(buffer);
  const rewards = new Float32Array(compute.readSync(worlds.buffers.rewards).buffer);
  const ends = new Uint32Array(compute.readSync(worlds.buffers.ends).buffer);
  const D = worlds.observationSize;
  let worst = 0;
  steps.forEach((step, n) => {
    const pairs: [number, number][] = list(step.observation).map((b, d) => [seen[n * D + d]!, b]);
    for (const [a, b] of [...pairs, [rewards[n]!, step.reward] as const]) {
      worst = Math.max(worst, Math.abs(a - b) / Math.max(1, Math.abs(b)));
    }
    expect((ends[n]! & TERMINATED) !== 0, `step ${n}`).toBe(step.terminated);
  });
  expect(worst).toBeLessThanOrEqual(TOLERANCE);
});
