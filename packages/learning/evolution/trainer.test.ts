import { openWasm, type WasmCompute } from '@dreampitch/compute';
import { VectorEnvironment } from '@dreampitch/sim';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { networkPolicy } from '../network/network-policy.ts';
import { encodePlayer } from '../player/codec.ts';
import type { Player } from '../player/player.ts';
import { noise } from '../random/pcg.ts';
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
  poolSize: 3,
};
let compute: WasmCompute;
beforeAll(async () => {
  compute = await openWasm({ threadCount: 1 });
});
afterAll(() => compute[Symbol.dispose]());

const create = (on = compute, seed = SEED) =>
  EvolutionTrainer.create(on, { task: soccerTask(1), seed, options: SMALL });

async function train(trainer: EvolutionTrainer, generationCount: number) {
  for (let i = 0; i < generationCount; i++) await trainer.generation();
  return encodePlayer(await trainer.player('test'));
}

test('a seed gives the same player on one thread and on two, and another seed another', async () => {
  using two = await openWasm({ threadCount: 2 });
  using one = await create();
  using same = await create(two);
  using other = await create(compute, SEED + 1);
  const player = await train(one, 5);
  expect(await train(same, 5)).toEqual(player);
  expect(await train(other, 5)).not.toEqual(player);
});

test('a run resumed from a checkpoint goes on to the bit as if it had never stopped', async () => {
  using whole = await create();
  await train(whole, 5);
  const bytes = await whole.checkpoint();
  const decoded = decodeCheckpoint(bytes);
  if (!decoded.ok) throw new Error(decoded.message);
  using resumed = await EvolutionTrainer.resume(compute, {
    task: soccerTask(1),
    checkpoint: decoded.checkpoint,
  });
  expect(await resumed.checkpoint()).toEqual(bytes);
  for (let i = 0; i < 4; i++) expect(await resumed.generation()).toEqual(await whole.generation());
  expect(await resumed.checkpoint()).toEqual(await whole.checkpoint());
});

test('the first step is the one that the paper gives: pairs, ranks, gradient, Adam', async () => {
  using trainer = await create();
  await expectFirstStep(trainer, SEED);
});

test('training starts from a kept player, and names it', async () => {
  using first = await create();
  await train(first, 2);
  const ada = await first.player('Ada');
  using second = await EvolutionTrainer.create(compute, {
    task: soccerTask(1),
    seed: 7,
    options: SMALL,
    start: ada,
  });
  const copy = await second.player('copy');
  expect(copy.weights).toEqual(ada.weights);
  expect(copy.training).toMatchObject({ startedFrom: 'Ada', generations: 0, seed: 7 });
  const threes = { task: soccerTask(3), seed: 7, start: ada };
  await expect(EvolutionTrainer.create(compute, threes)).rejects.toThrow(
    "'Ada' plays soccer-1v1; this run trains soccer-3v3.",
  );
});

test('teams of three train as well', async () => {
  using trainer = await EvolutionTrainer.create(compute, {
    task: soccerTask(3),
    seed: 1,
    options: SMALL,
  });
  const report = await trainer.generation();
  expect(report.steps).toBe((8 * 4 + 4) * 20 * 4);
  expect(report.games.won + report.games.drawn + report.games.lost).toBe(4);
  const { weights } = await trainer.player('three');
  expect(weights.every((weight) => Number.isFinite(weight))).toBe(true);
});

test('a checkpoint of another version is refused with a way on', async () => {
  using trainer = await create();
  const decoded = decodeCheckpoint(await trainer.checkpoint());
  if (!decoded.ok) throw new Error(decoded.message);
  const checkpoint = { ...decoded.checkpoint, version: 'other' };
  await expect(
    EvolutionTrainer.resume(compute, { task: soccerTask(1), checkpoint }),
  ).rejects.toThrow('another version of soccer-1v1; start a new run from its player');
});

test('everything a trainer made is given back', async () => {
  const before = compute.arena.bufferCount;
  const trainer = await create();
  await trainer.generation();
  expect(compute.arena.bufferCount).toBeGreaterThan(before);
  trainer[Symbol.dispose]();
  expect(compute.arena.bufferCount).toBe(before);
});

test('a network computes what its formula says', async () => {
  const task = soccerTask(1);
  using environment = await VectorEnvironment.create(compute, task.environment, { worldCount: 6 });
  const inputs = environment.observationSize;
  const network = { inputs, hidden: 8 };
  const count = (inputs + 1) * 8 + 2 * 9;
  const weights = Float32Array.from({ length: count }, (_, i) => 0.4 * noise(1, i));
  using made = await create();
  const player: Player = { ...(await made.player('formula')), network, weights };
  const agents = Uint32Array.of(1, 2, 5, 8, 11);
  using attached = await networkPolicy(player).attach(environment, agents);
  environment.reset(3);
  compute.submit(attached.dispatches);
  const seen = new Float32Array(compute.readSync(environment.buffers.observations).buffer);
  const actions = new Int32Array(compute.readSync(environment.buffers.actions).buffer);
  for (let agent = 0; agent < 12; agent++) {
    const own = actions.subarray(2 * agent, 2 * agent + 2);
    if (!agents.includes(agent)) {
      expect([...own]).toEqual([0, 0]);
      continue;
    }
    const wheels = formula(player, seen.subarray(agent * inputs, (agent + 1) * inputs));
    own.forEach((wheel, i) => expect(Math.abs(wheel - 127 * wheels[i]!)).toBeLessThan(0.51));
  }
});

function formula({ network, weights }: Player, inputs: Float32Array): [number, number] {
  const { hidden: H } = network;
  const out = (inputs.length + 1) * H;
  let [forward, turn] = [weights[out]!, weights[out + 1]!];
  for (let h = 0; h < H; h++) {
    let sum = weights[h]!;
    inputs.forEach((value, i) => (sum += value * weights[(i + 1) * H + h]!));
    forward += Math.tanh(sum) * weights[out + 2 + 2 * h]!;
    turn += Math.tanh(sum) * weights[out + 3 + 2 * h]!;
  }
  const [drive, steer] = [Math.tanh(forward), Math.tanh(turn)];
  return [bound(drive - steer), bound(drive + steer)];
}

function bound(value: number): number {
  return Math.max(-1, Math.min(1, value));
}
