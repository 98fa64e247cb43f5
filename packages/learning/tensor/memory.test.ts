import { ArenaError, openWasm, type WasmCompute } from '@dreampitch/compute';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { noise } from '../random/pcg.ts';
import { gelu, linear, mean, square } from './functions.ts';
import { gradients } from './gradient.ts';
import { add, input, multiply, sin, state, tanh } from './operators.ts';
import { sgd } from './optimisers.ts';
import { Program } from './program.ts';
import { recompute } from './recompute.ts';
import { elementCount } from './shape.ts';
import type { Tensor } from './tensor.ts';

let compute: WasmCompute;
beforeAll(async () => {
  compute = await openWasm({ threadCount: 1 });
});
afterAll(() => compute[Symbol.dispose]());

const [B, C] = [64, 32];

const data = (key: number, count: number) =>
  Float32Array.from({ length: count }, (_, i) => 0.2 * noise(key, i));

/** A tall network: so many blocks of two layers, of which `part` may be recomputed on the way back. */
async function trained(blocks: number, recomputes: boolean) {
  const x = input('x', [B, C]);
  const weights = Array.from({ length: 2 * blocks }, (_, i) => state(`w${i}`, [C, C]));
  let h: Tensor = x;
  for (let i = 0; i < blocks; i++) {
    const part = ([before]: readonly Tensor[]) => {
      const wide = gelu(linear(before!, { weight: weights[2 * i]! }));
      const back = sin(multiply(linear(wide, { weight: weights[2 * i + 1]! }), 2));
      return add(before!, tanh(back));
    };
    h = recomputes ? recompute([h], part) : part([h]);
  }
  const loss = mean(square(h));
  const named = gradients(loss, weights).map((gradient, i) => {
    return { name: `w${i}`, weight: weights[i]!, gradient };
  });
  const updates = sgd(named, { rate: 0.02, momentum: 0.9, nesterov: false });
  using program = await Program.create(compute, { outputs: { loss }, updates, strict: true });
  program.write('x', data(1, B * C));
  weights.forEach((one, i) => program.write(`w${i}`, data(2 + i, elementCount(one.shape))));
  program.run(3);
  const kept = 4 * (B * C + 2 * 2 * blocks * C * C);
  const all = await Promise.all(['loss', 'w0', `w${blocks}`].map((name) => program.read(name)));
  return { bytes: program.bytes - kept, all };
}

test('recomputed parts need less memory, and give the same weights', async () => {
  const [kept, recomputed] = [await trained(12, false), await trained(12, true)];
  kept.all.forEach((values, i) => {
    values.forEach((one, k) => expect(recomputed.all[i]![k]).toBeCloseTo(one, 5));
  });
  expect(recomputed.bytes).toBeLessThan(0.5 * kept.bytes);
});

test('what does not fit is named with its size', async () => {
  using small = await openWasm({ threadCount: 1, arenaBytesMax: 100_000 });
  const x = input('observations', [1000, 64]);
  const refused = Program.create(small, { outputs: { y: tanh(x) } });
  await expect(refused).rejects.toThrow(ArenaError);
  await expect(refused).rejects.toThrow(/observations.*256000/);
  expect(small.arena.bufferCount).toBe(0);
});
