import { openWasm, type WasmCompute } from '@dreampitch/compute';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { NamedTensor } from '../formats/safetensors.ts';
import { noise } from '../random/pcg.ts';
import { fisherDiagonal } from './fisher.ts';

let compute: WasmCompute;
beforeAll(async () => {
  compute = await openWasm({ threadCount: 1 });
});
afterAll(() => compute[Symbol.dispose]());

const PASSES = 20_000;
const KEYS = 40; // of the noise that weights and examples are

function random(shape: number[], key: number): NamedTensor {
  const length = shape.reduce((a, b) => a * b, 1);
  return { shape, data: Float32Array.from({ length }, (_, n) => noise(KEYS + key, n)) };
}

function network(sizes: readonly number[]): Record<string, NamedTensor> {
  return Object.fromEntries(
    sizes.slice(1).flatMap((out, i) => {
      return [
        [`actor.${i}.weight`, random([out, sizes[i]!], 2 * i)],
        [`actor.${i}.bias`, random([out], 2 * i + 1)],
      ] as const;
    }),
  );
}

const seenOf = (K: number, D: number) =>
  Float32Array.from({ length: K * D }, (_, i) => noise(KEYS + 9, i));

/** Last layer for one example, in doubles. */
function outOf(weights: Record<string, NamedTensor>, x: readonly number[]): number[] {
  let h = [...x];
  for (let i = 0; weights[`actor.${i}.weight`]; i++) {
    const { data, shape } = weights[`actor.${i}.weight`]!;
    const bias = weights[`actor.${i}.bias`]!.data;
    const into = i === 0 ? h : h.map(Math.tanh);
    h = Array.from({ length: shape[0]! }, (_, r) =>
      into.reduce((sum, one, d) => sum + one * data[r * shape[1]! + d]!, bias[r]!),
    );
  }
  return h;
}

const chancesOf = (logits: readonly number[]) => {
  const total = logits.reduce((sum, one) => sum + Math.exp(one), 0);
  return logits.map((one) => Math.exp(one) / total);
};

test('of a softmax layer it is p (1 - p) x^2', async () => {
  const [K, D, A] = [3, 2, 4];
  const weights = network([D, A]);
  const seen = seenOf(K, D);
  const o = { weights, kind: 'choice', shape: [K, D], seen, passes: PASSES, seed: 1 } as const;
  const fisher = await fisherDiagonal(compute, o);
  for (let a = 0; a < A; a++) {
    let bias = 0;
    const inputs = new Float64Array(D);
    for (let k = 0; k < K; k++) {
      const x = Array.from(seen.subarray(k * D, (k + 1) * D));
      const p = chancesOf(outOf(weights, x))[a]!;
      bias += (p * (1 - p)) / K;
      x.forEach((one, d) => (inputs[d]! += (p * (1 - p) * one ** 2) / K));
    }
    // About four standard errors of 60,000 draws.
    expect(Math.abs(fisher['actor.0.bias']!.data[a]! - bias)).toBeLessThan(0.01 * bias + 2e-3);
    inputs.forEach((wanted, d) => {
      const got = fisher['actor.0.weight']!.data[a * D + d]!;
      expect(Math.abs(got - wanted), `weight ${a}, ${d}`).toBeLessThan(0.01 * wanted + 4e-3);
    });
  }
});

/** F of one weight by differences of the outputs: for choices over all of them, for numbers exactly. */
function byDifferences(
  weights: Record<string, NamedTensor>,
  o: { name: string; at: number; xs: readonly number[][]; kind: 'choice' | 'numbers' },
): number {
  const data = Float64Array.from(weights[o.name]!.data);
  const moved = (step: number) => {
    const changed = data.map((value, i) => (i === o.at ? value + step : value));
    return {
      ...weights,
      [o.name]: { ...weights[o.name]!, data: changed as unknown as Float32Array<ArrayBuffer> },
    };
  };
  const total = o.xs.map((x) => {
    const [up, down] = [outOf(moved(1e-5), x), outOf(moved(-1e-5), x)];
    if (o.kind === 'numbers') {
      return up.reduce((sum, one, a) => sum + ((one - down[a]!) / 2e-5) ** 2, 0);
    }
    const [p, above, below] = [outOf(weights, x), up, down].map(chancesOf) as [
      number[],
      number[],
      number[],
    ];
    return p.reduce((sum, chance, a) => {
      return sum + chance * ((Math.log(above[a]!) - Math.log(below[a]!)) / 2e-5) ** 2;
    }, 0);
  });
  return total.reduce((a, b) => a + b) / o.xs.length;
}

test.each(['choice', 'numbers'] as const)(
  'of two layers, for %s, it is what differences of the outputs say',
  async (kind) => {
    const [K, D] = [4, 3];
    const weights = network([D, 5, 2]);
    const seen = seenOf(K, D);
    const xs = Array.from({ length: K }, (_, k) => Array.from(seen.subarray(k * D, (k + 1) * D)));
    const o = { weights, kind, shape: [K, D], seen, passes: PASSES, seed: 2 } as const;
    const fisher = await fisherDiagonal(compute, o);
    expect(Object.keys(fisher).toSorted()).toEqual(Object.keys(weights).toSorted());
    for (const [name, { data, shape }] of Object.entries(fisher)) {
      expect(shape).toEqual(weights[name]!.shape);
      data.forEach((got, at) => {
        const wanted = byDifferences(weights, { name, at, xs, kind });
        expect(Math.abs(got - wanted), `${name}, ${at}`).toBeLessThan(0.04 * wanted + 2e-3);
      });
    }
  },
);

test('the same seed gives the same, weights that are no layers are left out', async () => {
  const weights = { ...network([2, 3]), 'critic.0.weight': network([2, 1])['actor.0.weight']! };
  const o = { weights, kind: 'choice', shape: [4, 2], seen: seenOf(4, 2), passes: 3 } as const;
  const before = compute.arena.bufferCount;
  const one = await fisherDiagonal(compute, { ...o, seed: 7 });
  expect(await fisherDiagonal(compute, { ...o, seed: 7 })).toEqual(one);
  expect(await fisherDiagonal(compute, { ...o, seed: 8 })).not.toEqual(one);
  expect(Object.keys(one)).toEqual(['actor.0.weight', 'actor.0.bias']);
  expect(compute.arena.bufferCount).toBe(before);
});
