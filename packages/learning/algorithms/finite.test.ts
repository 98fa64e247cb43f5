import { openWasm, type WasmCompute } from '@dreampitch/compute';
import { type Environment, environmentById } from '@dreampitch/sim';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Trainee } from './algorithm.ts';
import { decodeTraining, latestReadable } from './checkpoint.ts';
import { NotFiniteError } from './finite.ts';
import { algorithmById } from './registry.ts';

const cartPole = environmentById('CartPole-v1')!;
const pendulum = environmentById('Pendulum-v1')!;
/** Somewhere on the way there is an infinite reward. */
const endless = (environment: Environment, from: string, to: string): Environment => ({
  ...environment,
  wgsl: environment.wgsl.replace(from, to),
});
const TASKS = {
  ppo: endless(cartPole, 'Outcome(1.0,', 'Outcome(1.0 / max(0.0, 0.2 - abs((*state).x)),'),
  dqn: endless(cartPole, 'Outcome(1.0,', 'Outcome(1.0 / max(0.0, 0.2 - abs((*state).x)),'),
  sac: endless(pendulum, 'Outcome(-cost,', 'Outcome(-cost / max(0.0, 30.0 - cost * cost),'),
} as const;
const OPTIONS = {
  ppo: {},
  dqn: { startSteps: 100, trainSteps: 4, updates: 2 },
  sac: { startSteps: 100, batchSize: 32, hidden: [16] },
} as const;

/** What is said to have done it: what was learned from holds the reward. */
const SAID = {
  ppo: /input 'learned' \[256, 4\] is (NaN|-?Infinity) at/,
  dqn: /input 'batchOutcome' \[64, 4\] is Infinity at/,
  sac: /input 'batchOutcome' \[32, 4\] is -Infinity at/,
} as const;

let compute: WasmCompute;
beforeAll(async () => {
  compute = await openWasm({ threadCount: 1 });
});
afterAll(() => compute[Symbol.dispose]());

/** What stops the run before it is done. */
async function firstErrorOf(trainee: Trainee): Promise<unknown> {
  try {
    while (!trainee.isDone) await trainee.iteration();
    return null;
  } catch (error) {
    return error;
  }
}

test.each(['ppo', 'dqn', 'sac'] as const)(
  '%s stops where a loss is infinite, with the weights from before it',
  async (id) => {
    const algorithm = algorithmById(id)!;
    const environment = TASKS[id];
    const options = OPTIONS[id];
    using trainee = await algorithm.create(compute, { environment, options, seed: 1 });
    const thrown = await firstErrorOf(trainee);
    expect(thrown).toBeInstanceOf(NotFiniteError);
    const { message, update, operator } = thrown as NotFiniteError;
    expect(operator).toMatch(SAID[id]);
    expect(message).toMatch(`The loss of ${id} is no finite number any more at update ${update}`);
    const weights = await trainee.weights();
    for (const { data } of Object.values(weights)) {
      expect(data.every((value) => Number.isFinite(value))).toBe(true);
    }
    // What was learned until then can be kept and gone on with.
    const decoded = decodeTraining(await trainee.checkpoint());
    if (!decoded.ok) throw new Error(decoded.message);
    const { checkpoint } = decoded;
    using again = await algorithm.resume(compute, { environment, checkpoint });
    expect(await again.weights()).toEqual(weights);
  },
  30_000,
);

test('what does not fit into memory is named, and nothing is left of the rest', async () => {
  const dqn = algorithmById('dqn')!;
  using small = await openWasm({ threadCount: 1, arenaBytesMax: 1 << 20 });
  const options = { capacity: 1_000_000 };
  const made = dqn.create(small, { environment: cartPole, options, seed: 1 });
  await expect(made).rejects.toThrow(/replay: keptSeen.*16,?000,?000/);
  expect(small.arena.bufferCount).toBe(0);
});

test('a damaged checkpoint is refused with the reason, and the one before it is offered', async () => {
  const ppo = algorithmById('ppo')!;
  using trainee = await ppo.create(compute, { environment: cartPole, seed: 1 });
  const first = await trainee.checkpoint();
  await trainee.iteration();
  const second = await trainee.checkpoint();
  const damaged = second.with(second.length >> 1, second[second.length >> 1]! ^ 1);
  const cut = second.subarray(0, -100);
  const { checkpoint, refused } = latestReadable([cut, damaged, first]);
  expect(refused.map(({ reason }) => reason)).toEqual(['truncated', 'corrupt']);
  expect(refused[1]!.message).toBe(
    'This training checkpoint was altered since it was written (its check sum).',
  );
  expect(checkpoint).toEqual((decodeTraining(first) as { checkpoint: unknown }).checkpoint);
  expect(latestReadable([cut]).checkpoint).toBeNull();
});

test('a checkpoint of something else is refused in words', async () => {
  const [ppo, dqn] = [algorithmById('ppo')!, algorithmById('dqn')!];
  using trainee = await ppo.create(compute, { environment: cartPole, seed: 1 });
  const decoded = decodeTraining(await trainee.checkpoint());
  if (!decoded.ok) throw new Error(decoded.message);
  const { checkpoint } = decoded;
  await expect(dqn.resume(compute, { environment: cartPole, checkpoint })).rejects.toThrow(
    'This checkpoint is of ppo, not of dqn.',
  );
  await expect(ppo.resume(compute, { environment: pendulum, checkpoint })).rejects.toThrow(
    'This checkpoint trains CartPole-v1, not Pendulum-v1.',
  );
  await expect(ppo.resume(compute, { environment: TASKS.ppo, checkpoint })).rejects.toThrow(
    'This checkpoint is of another version of CartPole-v1',
  );
});
