import { LoopBudgetError } from '@dreampitch/compute';
import { expect, test } from 'vitest';
import { environmentById, environments } from './registry.ts';
import { make } from './single-environment.ts';
import { contains, sizeOf, type Space } from './spaces.ts';
import { pcgHash } from './seeds.ts';

/** Some value of a space. */
function sample(space: Space, seed: number): number[] {
  const part = (i: number) => pcgHash(seed + i) * 2 ** -32;
  if (space.kind === 'discrete') return [space.start + Math.floor(part(0) * space.count)];
  if (space.kind !== 'box') throw new Error(`no samples of ${space.kind} are needed`);
  return Array.from({ length: space.size }, (_, i) => {
    const low = typeof space.low === 'number' ? space.low : space.low[i]!;
    const high = typeof space.high === 'number' ? space.high : space.high[i]!;
    const value = low + part(i) * (high - low);
    return space.type === 'int8' ? Math.round(value) : value;
  });
}

const numbersOf = (value: unknown) =>
  typeof value === 'number' ? [value] : Array.from(value as ArrayLike<number>);

test.each(environments().map(({ id }) => id))(
  '%s: the same seed gives the same episode, and values lie in their spaces',
  async (id) => {
    const run = async () => {
      using environment = await make(id);
      const { observationSpace, actionSpace } = environment;
      const { agentCount } = environment.environment;
      const seen = [numbersOf(environment.reset({ seed: 5 }).observation)];
      const rewards: number[] = [];
      for (let step = 0; step < 60; step++) {
        const action = Array.from({ length: agentCount }, (_, agent) =>
          sample(actionSpace, 1000 * step + 10 * agent),
        ).flat();
        const result = environment.step(action);
        seen.push(numbersOf(result.observation));
        rewards.push(...result.rewards);
        if (result.terminated || result.truncated) {
          expect(() => environment.step(action)).toThrow('call reset()');
          break;
        }
      }
      for (const observation of seen) {
        const one = observation.slice(0, sizeOf(observationSpace));
        expect(contains(observationSpace, one.map(Math.fround)), one.join(' ')).toBe(true);
        expect(observation.every(Number.isFinite)).toBe(true);
      }
      return { seen, rewards };
    };
    expect(await run()).toEqual(await run());
  },
);

async function starts(): Promise<number[][]> {
  using environment = await make('CartPole-v1', { seed: 3 });
  return [1, 2, 3].map(() => numbersOf(environment.reset().observation));
}

test('episodes follow from the seed: each is another, and all of them repeat', async () => {
  const [first, second, third] = await starts();
  expect(first).not.toEqual(second);
  expect(second).not.toEqual(third);
  expect(await starts()).toEqual([first, second, third]);
});

test('a time limit truncates, and rules can be replaced', async () => {
  using environment = await make('MountainCar-v0', { rules: { stepsMax: 3 } });
  environment.reset({ seed: 1 });
  const ends = [1, 1, 1].map((action) => environment.step(action).truncated);
  expect(ends).toEqual([false, false, true]);
});

test('slippery ice leads astray, a third of the time each way', async () => {
  using environment = await make('FrozenLake-v1');
  const cells = new Map<unknown, number>();
  for (let seed = 0; seed < 300; seed++) {
    environment.reset({ seed });
    const { observation } = environment.step(1); // down; across are left and right
    cells.set(observation, (cells.get(observation) ?? 0) + 1);
  }
  expect(new Set(cells.keys())).toEqual(new Set([0, 1, 4]));
  for (const count of cells.values()) expect(count).toBeGreaterThan(70);
});

test('mistakes are answered in words', async () => {
  await expect(make('CartPole-v9')).rejects.toThrow(
    "no environment 'CartPole-v9'; there are CartPole-v1",
  );
  using environment = await make('CartPole-v1');
  expect(() => environment.step(0)).toThrow('has not begun');
  environment.reset();
  expect(() => environment.step(2)).toThrow('action 2 is not in');
  expect(() => environment.step([0, 1])).toThrow('want [1, 1], got 2 numbers');
  expect(() => environment.reset({ seed: -1 })).toThrow('seed -1: want a whole number');
});

test.each(['CartPole-v1', 'Taxi-v4', 'reach-so101', 'soccer-1v1'])(
  '%s: a state that was taken is stepped from again, with the same outcome',
  async (id) => {
    using environment = await make(id, { seed: 4 });
    environment.reset();
    const { agentCount, actionSpace } = environment.environment;
    const actions = Array.from({ length: agentCount }, () => sample(actionSpace, 9)).flat();
    for (let step = 0; step < 3; step++) environment.step(actions);
    const { state } = environment;
    const first = environment.step(actions);
    const after = environment.state;
    environment.reset({ state });
    expect(environment.state).toEqual(state);
    expect(environment.step(actions)).toEqual(first);
    expect(environment.state).toEqual(after);
  },
);

test('a state may be set after the end of an episode, and begins the time limit anew', async () => {
  using environment = await make('MountainCar-v0', { rules: { stepsMax: 2 } });
  environment.reset({ seed: 1 });
  environment.step(1);
  expect(environment.step(1).truncated).toBe(true);
  environment.reset({ state: [0.4, 0.01] });
  const { observation, reward, truncated } = environment.step(2);
  expect(reward).toBe(-1);
  expect(truncated).toBe(false);
  expect((observation as Float32Array)[0]).toBeGreaterThan(0.4);
});

test('a state that the environment cannot have is refused in words', async () => {
  using cartPole = await make('CartPole-v1');
  expect(() => cartPole.reset({ state: [1, 2] })).toThrow(
    'CartPole-v1 has 4 numbers (x, xSpeed, angle, angleSpeed), got 2',
  );
  using taxi = await make('Taxi-v4');
  expect(() => taxi.reset({ state: 1.5 })).toThrow('code is u32, not 1.5');
});

test('a pendulum that turned many times is stepped as exactly as one that did not', async () => {
  using environment = await make('Pendulum-v1');
  const from = (angle: number) => {
    environment.reset({ state: [angle, 1] });
    return environment.step([0.5]);
  };
  const turned = from(1 + 1000 * Math.PI);
  const plain = from(1);
  expect(Math.abs(turned.reward - plain.reward)).toBeLessThanOrEqual(1e-6);
  const seen = (result: typeof plain) => Array.from(result.observation as Float32Array);
  seen(turned).forEach((value, d) => expect(value).toBeCloseTo(seen(plain)[d]!, 6));
});

test.each([
  ['Pendulum-v1', [3], [2], 0],
  // Gymnasium prices the action that was asked for.
  ['MountainCarContinuous-v0', [1.5], [1], 0.1 * (1.5 ** 2 - 1)],
  ['reach-so101', [300, -2e10, 0, 0, 0, 0], [127, -127, 0, 0, 0, 0], 0],
  ['drive-to-target', [128, -500], [127, -127], 0],
] as const)('%s clips the action %j itself', async (id, action, clipped, dearer) => {
  using environment = await make(id);
  const by = (numbers: readonly number[]) => {
    environment.reset({ seed: 2 });
    return environment.step(numbers);
  };
  const [far, within] = [by(action), by(clipped)];
  expect(far.observation).toEqual(within.observation);
  expect(far.reward).toBeCloseTo(within.reward - dearer, 6);
  expect(() => by(action.map(() => Number.NaN))).toThrow('is not in');
});

test('a text of somebody else that never ends is stopped, with its line', async () => {
  const endless = environmentById('CartPole-v1')!.wgsl.replace(
    'let old = *state;',
    'var turns = 0u; while (turns < 5u) { turns &= 3u; } let old = *state;',
  );
  using environment = await make({ ...environmentById('CartPole-v1')!, wgsl: endless });
  environment.reset();
  expect(() => environment.step(0)).toThrow(LoopBudgetError);
});

/** The pendulum's speed after a step, with parameters replaced. */
async function speedAfter(parameters?: Record<string, number>): Promise<number> {
  using environment = await make('Pendulum-v1', { parameters });
  environment.reset({ state: [1, 0] });
  return (environment.step(0).observation as Float32Array)[2]!;
}

test('parameters are replaced by name', async () => {
  expect(await speedAfter({ GRAVITY: 5 })).toBeCloseTo((await speedAfter()) / 2, 5);
  await expect(speedAfter({ WIND: 5 })).rejects.toThrow("no parameter 'WIND'; it has GRAVITY");
});

test('disturbances are other ones in every episode, and the same for the same seed', async () => {
  using exact = await make('Pendulum-v1');
  using environment = await make('Pendulum-v1', { disturbance: { observationNoise: 0.1 } });
  const noiseOf = (seed: number) => {
    const [a, b] = [exact, environment].map((one) => numbersOf(one.reset({ seed }).observation));
    return b!.map((value, i) => value - a![i]!);
  };
  const [first, second] = [noiseOf(1), noiseOf(2)];
  expect(first.some((value) => Math.abs(value) > 0.001)).toBe(true);
  first.forEach((value, i) => expect(value).not.toBeCloseTo(second[i]!, 4));
  expect(noiseOf(1)).toEqual(first);
});
