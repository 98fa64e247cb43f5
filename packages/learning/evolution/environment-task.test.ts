import { openWasm } from '@dreampitch/compute';
import { environmentById, VectorEnvironment } from '@dreampitch/sim';
import { expect, test } from 'vitest';
import { networkPolicy } from '../network/network-policy.ts';
import { environmentOptions, environmentTask } from './environment-task.ts';
import { EvolutionTrainer } from './trainer.ts';

test.each(['CartPole-v1', 'Pendulum-v1', 'FrozenLake-v1', 'drive-to-target', 'reach-so101'])(
  '%s: its return is trained on, and the player plays it',
  async (id) => {
    const environment = environmentById(id)!;
    using compute = await openWasm({ threadCount: 1 });
    const task = environmentTask(environment);
    const options = { ...environmentOptions(environment), memberCount: 8, stepsPerGeneration: 40 };
    using trainer = await EvolutionTrainer.create(compute, { task, seed: 1, options });
    const { meanReturn } = await trainer.generation();
    expect(Number.isFinite(meanReturn)).toBe(true);
    const player = await trainer.player('it');
    using worlds = await VectorEnvironment.create(compute, environment, { worldCount: 4 });
    using _ = await networkPolicy(player).attach(worlds, Uint32Array.of(0, 1, 2, 3));
  },
);

test('CartPole-v1 is learned: the mean return more than triples', async () => {
  const environment = environmentById('CartPole-v1')!;
  using compute = await openWasm({ threadCount: 1 });
  const task = environmentTask(environment);
  const options = environmentOptions(environment);
  using trainer = await EvolutionTrainer.create(compute, { task, seed: 1, options });
  const first = (await trainer.generation()).meanReturn;
  let best = first;
  for (let i = 0; i < 12; i++) best = Math.max(best, (await trainer.generation()).meanReturn);
  expect(first).toBeLessThan(60);
  expect(best).toBeGreaterThan(3 * first);
});

test('a generation with an infinite return stops, says so, and keeps the player before it', async () => {
  const cartPole = environmentById('CartPole-v1')!;
  // Infinite for whoever balances for 150 steps.
  const wgsl = cartPole.wgsl
    .replace('struct State {', 'struct State {\n  ticks: f32,')
    .replace('return State(x, ', 'return State(0.0, x, ')
    .replace('*state = State(', '*state = State(old.ticks + 1.0,')
    .replace('Outcome(1.0,', 'Outcome(1.0 / max(0.0, 150.0 - old.ticks),');
  const environment = { ...cartPole, wgsl };
  using compute = await openWasm({ threadCount: 1 });
  const options = { ...environmentOptions(environment), stepsPerGeneration: 160 };
  const task = environmentTask(environment);
  using trainer = await EvolutionTrainer.create(compute, { task, seed: 1, options });
  let kept = await trainer.checkpoint();
  const train = async () => {
    for (let i = 0; i < 100; i++) {
      await trainer.generation();
      kept = await trainer.checkpoint();
    }
  };
  await expect(train()).rejects.toThrow(
    /^In generation \d+ of CartPole-v1, the fitness of member \d+ is Infinity.*as it was before/,
  );
  expect(await trainer.checkpoint()).toEqual(kept);
  const { weights } = await trainer.player('it');
  expect(weights.every((weight) => Number.isFinite(weight))).toBe(true);
});
