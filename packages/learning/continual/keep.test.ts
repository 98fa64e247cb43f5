import { openWasm, type WasmCompute } from '@dreampitch/compute';
import { environmentById } from '@dreampitch/sim';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { BehaviourCloning } from '../algorithms/behaviour-cloning.ts';
import { decodeTraining } from '../algorithms/checkpoint.ts';
import { Ppo } from '../algorithms/ppo.ts';
import { algorithmById } from '../algorithms/registry.ts';
import { noise } from '../random/pcg.ts';
import type { TransitionBatch } from '../datasets/transitions.ts';
import type { NamedTensor } from '../formats/safetensors.ts';
import { gradients } from '../tensor/gradient.ts';
import { matmul, state, transpose } from '../tensor/operators.ts';
import { Program } from '../tensor/program.ts';
import { type Keep, type KeptExamples, keepTerms } from './keep.ts';

let compute: WasmCompute;
beforeAll(async () => {
  compute = await openWasm({ threadCount: 1 });
});
afterAll(() => compute[Symbol.dispose]());

const cartPole = environmentById('CartPole-v1')!;
const pendulum = environmentById('Pendulum-v1')!;

function randomTensor(shape: readonly number[], key: number): NamedTensor {
  const length = shape.reduce((a, b) => a * b, 1);
  return { shape, data: Float32Array.from({ length }, (_, i) => noise(key, i)) };
}

const squared = ({ shape, data }: NamedTensor): NamedTensor => ({
  shape,
  data: Float32Array.from(data, (x) => x * x),
});

function randomExamples(shape: [number, number, number], kind: KeptExamples['kind']): KeptExamples {
  const [K, D, A] = shape;
  const seen = randomTensor([K, D], 5).data as Float32Array<ArrayBuffer>;
  const given = randomTensor([K, A], 6).data as Float32Array<ArrayBuffer>;
  return { kind, shape, seen, given };
}

/** A linear network [2, 3] at these weights: the terms' loss and gradient. */
async function termsAt(keep: Keep, o: { kind: KeptExamples['kind']; runs?: number }) {
  const tensor = state('w', [2, 3]);
  const outputs = (seen: typeof tensor) => matmul(seen, transpose(tensor));
  const terms = keepTerms(keep, { weights: [{ name: 'w', tensor }], kind: o.kind, outputs });
  const [gradient] = gradients(terms.loss, [tensor]);
  using program = await Program.create(compute, {
    outputs: { loss: terms.loss, gradient: gradient! },
    updates: terms.updates,
  });
  terms.fill(program);
  const w = randomTensor([2, 3], 1).data as Float32Array<ArrayBuffer>;
  program.write('w', w);
  const losses: number[] = [];
  for (let i = 0; i < (o.runs ?? 1); i++) {
    program.run();
    losses.push((await program.read('loss'))[0]!);
  }
  return { w, losses, gradient: await program.read('gradient') };
}

test('consolidation: lambda / 2 F (w - anchor)^2, and its gradient', async () => {
  const anchor = randomTensor([2, 3], 2);
  const fisher = squared(randomTensor([2, 3], 3));
  const consolidation = { strength: 7, anchors: { w: anchor }, importance: { w: fisher } };
  const { w, losses, gradient } = await termsAt({ consolidation }, { kind: 'choice' });
  let loss = 0;
  w.forEach((x, i) => {
    const away = x - anchor.data[i]!;
    loss += 3.5 * fisher.data[i]! * away ** 2;
    expect(gradient[i]).toBeCloseTo(7 * fisher.data[i]! * away, 4);
  });
  expect(losses[0]).toBeCloseTo(loss, 4);
});

/** Outputs of the linear network for an example. */
function outputsOf(w: Float32Array, { seen }: KeptExamples, k: number): number[] {
  return [0, 1].map((a) => [0, 1, 2].reduce((s, d) => s + w[3 * a + d]! * seen[3 * k + d]!, 0));
}

const logsOf = (x: readonly number[]) => {
  const total = Math.log(x.reduce((sum, one) => sum + Math.exp(one), 0));
  return x.map((one) => one - total);
};

test.each(['choice', 'numbers'] as const)(
  'rehearsal of %s: the divergence from what was given, every example in turn',
  async (kind) => {
    const examples = randomExamples([5, 3, 2], kind);
    const rehearsal = { strength: 3, batchSize: 2, examples };
    const { w, losses } = await termsAt({ rehearsal }, { kind, runs: 6 });
    const apart = (k: number) => {
      const now = outputsOf(w, examples, k);
      const before = [examples.given[2 * k]!, examples.given[2 * k + 1]!];
      if (kind === 'numbers') return now.reduce((s, x, a) => s + (x - before[a]!) ** 2 / 2, 0);
      const [p, q] = [logsOf(before), logsOf(now)];
      return p.reduce((sum, log, a) => sum + Math.exp(log) * (log - q[a]!), 0);
    };
    losses.forEach((loss, run) => {
      const [first, second] = [(2 * run) % 5, (2 * run + 1) % 5];
      expect(loss, `run ${run}`).toBeCloseTo((3 * (apart(first) + apart(second))) / 2, 4);
    });
  },
);

const TINY = { worldCount: 4, stepCount: 16, batchSize: 32, epochCount: 2, hidden: [8] };

/** Weights to hold and examples for a PPO on Pendulum of TINY's size. */
function keepOf(strength: { consolidation: number; rehearsal: number }): Keep {
  const names = { 'actor.0.weight': [8, 3], 'actor.0.bias': [8], 'actor.1.weight': [1, 8] };
  const entries = Object.entries(names).map(
    ([name, shape], i) => [name, randomTensor(shape, 10 + i)] as const,
  );
  const importance = entries.map(([name, tensor]) => [name, squared(tensor)] as const);
  return {
    consolidation: {
      strength: strength.consolidation,
      anchors: Object.fromEntries(entries),
      importance: Object.fromEntries(importance),
    },
    rehearsal: {
      strength: strength.rehearsal,
      batchSize: 4,
      examples: randomExamples([6, 3, 1], 'numbers'),
    },
  };
}

async function weightsAfter(keep: Keep | undefined) {
  const o = { environment: pendulum, options: TINY, seed: 3, ...(keep && { keep }) };
  using ppo = await Ppo.create(compute, o);
  for (let i = 0; i < 3; i++) await ppo.iteration();
  return await ppo.weights();
}

test('of strength 0, all terms together leave a run as it would be without, to the bit', async () => {
  const plain = await weightsAfter(undefined);
  expect(await weightsAfter(keepOf({ consolidation: 0, rehearsal: 0 }))).toEqual(plain);
  expect(await weightsAfter(keepOf({ consolidation: 1, rehearsal: 0 }))).not.toEqual(plain);
  expect(await weightsAfter(keepOf({ consolidation: 0, rehearsal: 1 }))).not.toEqual(plain);
});

test('resumed, a run that keeps something goes on to the bit, and not without it', async () => {
  const keep = keepOf({ consolidation: 1, rehearsal: 1 });
  const o = { environment: pendulum, options: TINY, seed: 3 };
  using ppo = await Ppo.create(compute, { ...o, keep });
  await ppo.iteration();
  const decoded = decodeTraining(await ppo.checkpoint());
  if (!decoded.ok) throw new Error(decoded.message);
  const { checkpoint } = decoded;
  using again = await Ppo.resume(compute, { environment: pendulum, checkpoint, keep });
  expect(await again.iteration()).toEqual(await ppo.iteration());
  expect(await again.weights()).toEqual(await ppo.weights());
  const without = Ppo.resume(compute, { environment: pendulum, checkpoint });
  await expect(without).rejects.toThrow('resume it with the same `keep`');
  // One batch more than the ring of another keep has places.
  const fewer = {
    ...keep.rehearsal!,
    batchSize: 2,
    examples: randomExamples([2, 3, 1], 'numbers'),
  };
  const other = { environment: pendulum, checkpoint, keep: { ...keep, rehearsal: fewer } };
  expect(checkpoint.kept['keep.at']![0]).toBeGreaterThanOrEqual(2);
  await expect(Ppo.resume(compute, other)).rejects.toThrow('kept other examples');
});

test('what is to be kept of another network is refused, naming the weight', async () => {
  const { consolidation, rehearsal } = keepOf({ consolidation: 1, rehearsal: 1 });
  const before = compute.arena.bufferCount;
  const create = (keep: Keep, hidden = [8]) =>
    Ppo.create(compute, { environment: pendulum, options: { ...TINY, hidden }, seed: 3, keep });
  await expect(create({ consolidation: consolidation! }, [9])).rejects.toThrow(
    "'actor.0.weight' to be kept has the shape [8, 3], and [8, 3] as it was; in this network it has [9, 3]",
  );
  await expect(create({})).rejects.toThrow('Say what to keep');
  const large = { ...rehearsal!, batchSize: 7 };
  await expect(create({ rehearsal: large })).rejects.toThrow('want 1 to 6');
  const choices = { ...rehearsal!, examples: randomExamples([6, 3, 1], 'choice') };
  await expect(create({ rehearsal: choices })).rejects.toThrow(
    '1 choice; this network gives 1 num',
  );
  expect(compute.arena.bufferCount).toBe(before);
  const table = algorithmById('q-learning')!;
  const environment = environmentById('FrozenLake-v1')!;
  await expect(table.create(compute, { environment, seed: 1, keep: {} })).rejects.toThrow('table');
});

/** N examples of pushing the cart right where a number is beyond another, in a part of the states. */
function pushing(part: -1 | 1, N: number): TransitionBatch {
  const seen = Float32Array.from({ length: 4 * N }, (_, i) => {
    const x = Math.sin(i * 12.9898 + part);
    return i % 4 === 0 ? part * (1 + Math.abs(x)) : x;
  });
  // In one part it is the angle that counts, in the other its opposite.
  const actions = Float32Array.from({ length: N }, (_, n) => (part * seen[4 * n + 2]! > 0 ? 1 : 0));
  const rest = { rewards: new Float32Array(N), nextObservations: seen, ends: new Uint8Array(N) };
  return { shape: [N, 4, 1], observations: seen, actions, ...rest };
}

test('with rehearsal, a clone of other examples still does what it did where it was', async () => {
  const options = { stepsMax: 40_000, hidden: [32], batchSize: 64, learningRate: 3e-3, heldOut: 0 };
  const cloned = async (
    part: -1 | 1,
    more: { from?: Record<string, NamedTensor>; keep?: Keep },
  ) => {
    const o = { environment: cartPole, options, seed: 1, examples: pushing(part, 1000), ...more };
    using cloning = await BehaviourCloning.create(compute, o);
    while (!cloning.isDone) await cloning.iteration();
    return await cloning.weights();
  };
  const from = await cloned(1, {});
  const kept = examplesOf(from, pushing(1, 256));
  const rehearsal = { strength: 1, batchSize: 64, examples: kept };
  const old = pushing(1, 1000);
  const errors = async (weights: Record<string, NamedTensor>) => {
    const { given } = examplesOf(weights, old);
    let wrong = 0;
    old.actions.forEach((action, n) => {
      if (given[2 * n + 1]! > given[2 * n]! !== (action === 1)) wrong += 1;
    });
    return wrong / 1000;
  };
  expect(await errors(from)).toBeLessThan(0.02);
  expect(await errors(await cloned(-1, { from }))).toBeGreaterThan(0.2);
  expect(await errors(await cloned(-1, { from, keep: { rehearsal } }))).toBeLessThan(0.06);
});

/** What a network of 4, 32 tanh units and 2 logits gives, computed here. */
function examplesOf(weights: Record<string, NamedTensor>, batch: TransitionBatch): KeptExamples {
  const [N] = batch.shape;
  const layer = (x: number[], i: number) => {
    const { shape, data } = weights[`actor.${i}.weight`]!;
    return Array.from(weights[`actor.${i}.bias`]!.data, (bias, r) =>
      x.reduce((sum, one, d) => sum + one * data[r * shape[1]! + d]!, bias),
    );
  };
  const given = Array.from({ length: N }, (_, n) => {
    const x = Array.from(batch.observations.subarray(4 * n, 4 * n + 4));
    return layer(layer(x, 0).map(Math.tanh), 1);
  });
  const seen = batch.observations;
  return { kind: 'choice', shape: [N, 4, 2], seen, given: Float32Array.from(given.flat()) };
}
