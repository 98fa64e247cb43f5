/** Every task held against trajectories of Gymnasium itself: re-stepped from each recorded state. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openWasm } from '@dreampitch/compute';
import { expect, test } from 'vitest';
import { TERMINATED } from '../environment/environment.ts';
import { environmentById } from '../environment/registry.ts';
import { make } from '../environment/single-environment.ts';
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

const numbersOf = (value: unknown) =>
  typeof value === 'number' ? [value] : Array.from(value as ArrayLike<number>);
const apart = (a: number, b: number) => Math.abs(a - b) / Math.max(1, Math.abs(b));

function rulesOf({ options }: Recording): Record<string, number> {
  // Where ice slips, a step has three outcomes, and nobody recorded which random number it was.
  expect(options.is_slippery ?? false).toBe(false);
  return options.is_slippery === false ? { slippery: 0 } : {};
}

/** Every recorded step with the state before it. */
function stepsOf({ episodes }: Recording): (Step & { before: Numbers })[] {
  return episodes.flatMap(({ initialState, steps }) =>
    steps.map((step, t) => ({ ...step, before: t === 0 ? initialState : steps[t - 1]!.state })),
  );
}

const IDS = [
  'CartPole-v1',
  'MountainCar-v0',
  'MountainCarContinuous-v0',
  'Pendulum-v1',
  'Acrobot-v1',
  'FrozenLake-v1',
  'CliffWalking-v1',
  'Taxi-v4',
];

test.each(IDS)('%s steps as Gymnasium does, from every recorded state', async (id) => {
  const recording = recordingOf(id);
  const environment = environmentById(id)!;
  const steps = stepsOf(recording);
  expect(steps.length).toBeGreaterThan(50);
  using compute = await openWasm({ threadCount: 1 });
  // Every recorded step is a world of its own.
  using worlds = await VectorEnvironment.create(compute, environment, {
    worldCount: steps.length,
    rules: rulesOf(recording),
  });
  await worlds.setStates(steps.map(({ before }) => before));
  const isFloat = environment.actionSpace.kind === 'box';
  const actions = steps.flatMap(({ action }) => numbersOf(action));
  compute.write(
    worlds.buffers.actions,
    isFloat ? Float32Array.from(actions) : Int32Array.from(actions),
  );
  worlds.step();
  const { buffer } = compute.readSync(worlds.buffers.observations);
  const seen =
    environment.observationSpace.kind === 'box' ? new Float32Array(buffer) : new Int32Array(buffer);
  const rewards = new Float32Array(compute.readSync(worlds.buffers.rewards).buffer);
  const ends = new Uint32Array(compute.readSync(worlds.buffers.ends).buffer);
  const D = worlds.observationSize;
  let worst = 0;
  steps.forEach((step, n) => {
    numbersOf(step.observation).forEach(
      (b, d) => (worst = Math.max(worst, apart(seen[n * D + d]!, b))),
    );
    worst = Math.max(worst, apart(rewards[n]!, step.reward));
    expect((ends[n]! & TERMINATED) !== 0, `step ${n}`).toBe(step.terminated);
  });
  expect(worst).toBeLessThanOrEqual(TOLERANCE);
});

test.each(IDS)('%s steps so by reset({ state }) and step too', async (id) => {
  const recording = recordingOf(id);
  using environment = await make(id, { rules: rulesOf(recording) });
  for (const episode of recording.episodes) {
    const first = numbersOf(environment.reset({ state: episode.initialState }).observation);
    numbersOf(episode.initialObservation).forEach((b, d) =>
      expect(apart(first[d]!, b)).toBeLessThanOrEqual(TOLERANCE),
    );
  }
  for (const step of stepsOf(recording)) {
    environment.reset({ state: step.before });
    const { observation, reward, terminated } = environment.step(step.action);
    expect(terminated).toBe(step.terminated);
    expect(apart(reward, step.reward)).toBeLessThanOrEqual(TOLERANCE);
    const seen = numbersOf(observation);
    numbersOf(step.observation).forEach((b, d) =>
      expect(apart(seen[d]!, b)).toBeLessThanOrEqual(TOLERANCE),
    );
  }
});

/** Ends that the recordings do not reach, worked out from Gymnasium's sources. */
test.each([
  ['MountainCar-v0', [0.49, 0.05], 2, -1],
  ['MountainCarContinuous-v0', [0.449, 0.05], [0.5], 99.975],
  ['Acrobot-v1', [Math.PI, 0, 0, 0], 1, 0],
  ['CliffWalking-v1', 35, 2, -1],
  ['Taxi-v4', 16, 5, 20],
] as const)('%s from %j by %j is over', async (id, state, action, wanted) => {
  using environment = await make(id);
  environment.reset({ state });
  const { reward, terminated } = environment.step(action);
  expect(terminated).toBe(true);
  expect(apart(reward, wanted)).toBeLessThanOrEqual(TOLERANCE);
});

test.each([5, 7, 11, 12, 15])('FrozenLake-v1 stays in the hole or goal %i', async (state) => {
  using environment = await make('FrozenLake-v1');
  for (const action of [0, 1, 2, 3]) {
    environment.reset({ state });
    expect(environment.step(action)).toMatchObject({
      observation: state,
      reward: 0,
      terminated: true,
    });
  }
});
