import { openWasm } from '@dreampitch/compute';
import type { WasmCompute } from '@dreampitch/compute';
import { expect, test } from 'vitest';
import { cartPole } from '../classic/classic.ts';
import { TRAINING_RULES } from '../soccer/rules.ts';
import { soccer } from '../soccer/soccer.ts';
import { RESET, TERMINATED, TRUNCATED } from './environment.ts';
import { pcgHash, worldSeeds } from './seeds.ts';
import { VectorEnvironment } from './vector-environment.ts';

const N = 10;

function actionsAt(step: number, worldCount: number): Int32Array<ArrayBuffer> {
  return Int32Array.from({ length: worldCount * 4 }, (_, i) => (pcgHash(7 * step + i) % 300) - 150);
}

const words = (compute: WasmCompute, buffer: Parameters<WasmCompute['readSync']>[0]) =>
  new Uint32Array(compute.readSync(buffer).buffer);
const floats = (compute: WasmCompute, buffer: Parameters<WasmCompute['readSync']>[0]) =>
  new Float32Array(compute.readSync(buffer).buffer);

test('a world does not depend on its neighbours, to the bit', async () => {
  using compute = await openWasm({ threadCount: 1 });
  const rules = TRAINING_RULES;
  using many = await VectorEnvironment.create(compute, soccer(1), { worldCount: N, rules });
  using one = await VectorEnvironment.create(compute, soccer(1), { worldCount: 1, rules });
  const seeds = worldSeeds(5, N);
  const chosen = 6;
  many.reset(seeds);
  one.reset(seeds.slice(chosen, chosen + 1));
  for (let step = 0; step < 400; step++) {
    const actions = actionsAt(step, N);
    compute.write(many.buffers.actions, actions);
    compute.write(one.buffers.actions, actions.slice(4 * chosen, 4 * chosen + 4));
    many.step();
    one.step();
  }
  const size = words(compute, one.buffers.worlds).length / 4;
  const inMany = words(compute, many.buffers.worlds).slice(size * chosen, size * (chosen + 1));
  expect(inMany).toEqual(words(compute, one.buffers.worlds).slice(0, size));
});

async function worldsOf(threadCount: number): Promise<Uint32Array> {
  using compute = await openWasm({ threadCount });
  using worlds = await VectorEnvironment.create(compute, soccer(3), { worldCount: 64 });
  worlds.reset(3);
  compute.write(worlds.buffers.actions, new Int32Array(64 * 12).fill(100));
  compute.submit(worlds.stepDispatches, { times: 200 });
  return words(compute, worlds.buffers.worlds);
}

test('one thread and two come to the same bits', async () => {
  expect(await worldsOf(2)).toEqual(await worldsOf(1));
});

test('an episode that is over begins anew in the next step, its last observation kept', async () => {
  using compute = await openWasm({ threadCount: 1 });
  const rules = { ...TRAINING_RULES, ticksMax: 3, goalsMax: 0, randomStartPercent: 100 };
  using worlds = await VectorEnvironment.create(compute, soccer(1), { worldCount: 1, rules });
  worlds.reset(1);
  const ends: number[] = [];
  const first: number[] = [];
  for (let step = 0; step < 8; step++) {
    compute.write(worlds.buffers.actions, Int32Array.of(127, 127, 127, 127));
    worlds.step();
    ends.push(words(compute, worlds.buffers.ends)[0]!);
    first.push(floats(compute, worlds.buffers.observations)[0]!);
    if (ends.at(-1) === RESET) expect(floats(compute, worlds.buffers.rewards)[0]).toBe(0);
  }
  expect(ends).toEqual([0, 0, TRUNCATED, RESET, 0, 0, TRUNCATED, RESET]);
  // From step to step a robot moves a little; from one episode to the next it jumps.
  expect(Math.abs(first[2]! - first[1]!)).toBeLessThan(0.05);
  expect(first[3]).not.toBeCloseTo(first[2]!, 2);
});

test('a goal is the reward of one team and the loss of the other', async () => {
  using compute = await openWasm({ threadCount: 1 });
  const environment = {
    ...soccer(1),
    constants: { TEAM: 1, REWARD_BALL: 0, REWARD_APPROACH: 0 },
  };
  using worlds = await VectorEnvironment.create(compute, environment, { worldCount: 64 });
  worlds.reset(2);
  let goals = 0;
  for (let step = 0; step < 600; step++) {
    compute.write(worlds.buffers.actions, actionsAt(step >> 4, 64));
    worlds.step();
    const rewards = floats(compute, worlds.buffers.rewards);
    words(compute, worlds.buffers.ends).forEach((end, n) => {
      const [blue, orange] = [rewards[2 * n]!, rewards[2 * n + 1]!];
      expect(blue).toBe(-orange || 0);
      if (end === TERMINATED) {
        goals++;
        expect(Math.abs(blue)).toBe(1);
      } else expect(blue).toBe(0);
    });
  }
  expect(goals).toBeGreaterThan(0);
});

test('several ticks in a step are those ticks with held wheels, their rewards summed', async () => {
  using compute = await openWasm({ threadCount: 1 });
  const rules = { ...TRAINING_RULES, ticksMax: 0, goalsMax: 0 };
  const held = { ...soccer(1), constants: { TEAM: 1, TICKS_PER_STEP: 4 } };
  using single = await VectorEnvironment.create(compute, soccer(1), { worldCount: 4, rules });
  using fourfold = await VectorEnvironment.create(compute, held, { worldCount: 4, rules });
  single.reset(9);
  fourfold.reset(9);
  const sums = new Float32Array(8);
  for (let step = 0; step < 25; step++) {
    const actions = actionsAt(step, 4);
    compute.write(single.buffers.actions, actions);
    compute.write(fourfold.buffers.actions, actions);
    sums.fill(0);
    for (let tick = 0; tick < 4; tick++) {
      single.step();
      floats(compute, single.buffers.rewards).forEach((reward, i) => (sums[i]! += reward));
    }
    fourfold.step();
    const rewards = floats(compute, fourfold.buffers.rewards);
    sums.forEach((sum, i) => expect(rewards[i]).toBeCloseTo(sum, 5));
  }
  expect(words(compute, fourfold.buffers.worlds)).toEqual(words(compute, single.buffers.worlds));
});

test('what cannot be is refused in words, and everything is given back', async () => {
  using compute = await openWasm({ threadCount: 1 });
  const create = (worldCount: number, rules = {}) =>
    VectorEnvironment.create(compute, soccer(1), { worldCount, rules });
  await expect(create(0)).rejects.toThrow('worldCount 0');
  await expect(create(1.5)).rejects.toThrow('positive integer');
  await expect(create(1, { offside: 1 })).rejects.toThrow("no rule 'offside'");
  const worlds = await create(5);
  expect(() => worlds.reset(new Uint32Array(4))).toThrow('want [5], got 4');
  worlds[Symbol.dispose]();
  expect(compute.arena.bufferCount).toBe(0);
});

test('seeds of worlds differ, and those of two runs do too', () => {
  const seeds = new Set([...worldSeeds(1, 1000), ...worldSeeds(2, 1000)]);
  expect(seeds.size).toBe(2000);
});

test('there may be as many worlds as memory has room for', async () => {
  using compute = await openWasm({ threadCount: 1 });
  const create = (worldCount: number) =>
    VectorEnvironment.create(compute, cartPole, { worldCount });
  using many = await create(300_001);
  many.reset(1);
  many.step();
  const ends = words(compute, many.buffers.ends);
  expect(ends.every((end) => (end & TRUNCATED) === 0)).toBe(true);
  await expect(create(200_000_000)).rejects.toThrow(
    /'CartPole-v1 worlds' asks for 6400000000 bytes/,
  );
});
