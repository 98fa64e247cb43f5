import { openWasm } from '@dreampitch/compute';
import { expect, test } from 'vitest';
import { cartPole, mountainCarContinuous, pendulum } from '../classic/classic.ts';
import { soccer } from '../soccer/soccer.ts';
import type { Disturbance } from './disturb.ts';
import { stateFields } from './state-fields.ts';
import { VectorEnvironment } from './vector-environment.ts';

/** Forward speed of a robot in 1v1 after each step of full throttle. */
async function speeds(disturbance: Disturbance | undefined, steps: number): Promise<number[]> {
  using compute = await openWasm({ threadCount: 1 });
  const environment = soccer(1);
  using worlds = await VectorEnvironment.create(compute, environment, {
    worldCount: 4,
    rules: { randomStartPercent: 0 },
    disturbance,
  });
  worlds.reset(Uint32Array.of(1, 1, 1, 1));
  const { wordOf } = stateFields(environment);
  return Array.from({ length: steps }, () => {
    compute.write(worlds.buffers.actions, new Int32Array(16).fill(127));
    worlds.step();
    const state = new Float32Array(compute.readSync(worlds.buffers.worlds).buffer);
    return Math.hypot(
      state[wordOf('robots[0].velocity.x')]!,
      state[wordOf('robots[0].velocity.y')]!,
    );
  });
}

test('an action that comes late comes by as many steps', async () => {
  const [usual, late] = [await speeds(undefined, 8), await speeds({ actionDelaySteps: 3 }, 8)];
  expect(late.slice(0, 3)).toEqual([0, 0, 0]);
  expect(late.slice(3)).toEqual(usual.slice(0, 5));
});

test('no disturbance is none', async () => {
  expect(await speeds({}, 6)).toEqual(await speeds(undefined, 6));
});

test('actions that are all lost never arrive, some of them arrive later', async () => {
  expect(await speeds({ actionDropChance: 1 }, 5)).toEqual([0, 0, 0, 0, 0]);
  const [usual, some] = [await speeds(undefined, 9), await speeds({ actionDropChance: 0.5 }, 9)];
  expect(some.at(-1)).toBeLessThanOrEqual(usual.at(-1)!);
  expect(some.at(-1)).toBeGreaterThan(0.3);
});

test('noise is bounded, drawn by seed, and leaves the world alone', async () => {
  const N = 32;
  const seen = async (disturbance?: Disturbance) => {
    using compute = await openWasm({ threadCount: 1 });
    using worlds = await VectorEnvironment.create(compute, pendulum, {
      worldCount: N,
      disturbance,
    });
    worlds.reset(3);
    compute.submit(worlds.stepDispatches, { times: 7 });
    return {
      observations: [...new Float32Array(compute.readSync(worlds.buffers.observations).buffer)],
      worlds: compute.readSync(worlds.buffers.worlds),
    };
  };
  const usual = await seen();
  const noisy = await seen({ observationNoise: 0.05, seed: 1 });
  const other = await seen({ observationNoise: 0.05, seed: 2 });
  expect(noisy.worlds).toEqual(usual.worlds);
  const off = noisy.observations.map((value, i) => value - usual.observations[i]!);
  expect(Math.max(...off.map(Math.abs))).toBeLessThanOrEqual(0.0501);
  expect(off.filter((value) => Math.abs(value) > 0.01).length).toBeGreaterThan(N);
  expect(await seen({ observationNoise: 0.05, seed: 1 })).toEqual(noisy);
  expect(other.observations).not.toEqual(noisy.observations);
});

test('what is under way at the end of an episode does not arrive in the next', async () => {
  using compute = await openWasm({ threadCount: 1 });
  using worlds = await VectorEnvironment.create(compute, mountainCarContinuous, {
    worldCount: 1,
    rules: { stepsMax: 3 },
    disturbance: { actionDelaySteps: 2 },
  });
  worlds.reset(1);
  const arrived: number[] = [];
  for (let step = 0; step < 8; step++) {
    compute.write(worlds.buffers.actions, Float32Array.of(step + 1));
    worlds.step();
    // An action costs a tenth of its square.
    const reward = new Float32Array(compute.readSync(worlds.buffers.rewards).buffer)[0]!;
    arrived.push(Math.round(Math.sqrt(Math.abs(10 * reward))));
  }
  // Three steps, one that only begins the next episode, three steps, and so on.
  expect(arrived).toEqual([0, 0, 1, 0, 0, 0, 5, 0]);
});

test('what cannot be is refused, and everything is given back', async () => {
  using compute = await openWasm({ threadCount: 1 });
  const create = (disturbance: Disturbance) =>
    VectorEnvironment.create(compute, cartPole, { worldCount: 2, disturbance });
  await expect(create({ actionDelaySteps: -1 })).rejects.toThrow('want 0 .. 64');
  await expect(create({ actionDropChance: 2 })).rejects.toThrow('want 0 .. 1');
  const worlds = await create({ actionDelaySteps: 1 });
  worlds[Symbol.dispose]();
  expect(compute.arena.bufferCount).toBe(0);
});
