/** For tests: gradients of a case against finite differences, along random directions. */
import type { Compute } from '@dreampitch/compute';
import { expect } from 'vitest';
import { noise } from '../random/pcg.ts';
import type { GradientCase, Picks } from './gradient-cases.ts';
import { gradients } from './gradient.ts';
import { input, multiply, sum } from './operators.ts';
import { Program } from './program.ts';
import { elementCount, type Shape } from './shape.ts';
import type { Tensor } from './tensor.ts';

/** Small enough for curves, large enough for f32. */
const STEP = 1 / 128;
const DIRECTIONS = 2;

class SeededPicks implements Picks {
  readonly tensors: Tensor[] = [];
  readonly allPlaces: { tensor: Tensor; data: Uint32Array }[] = [];
  readonly #seed: number;
  #drawn = 0;

  constructor(seed: number) {
    this.#seed = seed;
  }

  pick(low: number, high: number): number {
    const unit = (noise(this.#seed, this.#drawn++) + 1) / 2;
    return low + Math.min(Math.floor(Math.abs(unit) * (high - low + 1)), high - low);
  }

  shape(rank: number): number[] {
    return Array.from({ length: rank }, () => (this.pick(0, 3) === 0 ? 1 : this.pick(2, 5)));
  }

  tensor(shape: Shape): Tensor {
    const tensor = input(`x${this.tensors.length}`, shape);
    this.tensors.push(tensor);
    return tensor;
  }

  places(shape: Shape, count: number): Tensor {
    const tensor = input(`places${this.allPlaces.length}`, shape, 'u32');
    const data = Uint32Array.from({ length: elementCount(shape) }, () => this.pick(0, count - 1));
    this.allPlaces.push({ tensor, data });
    return tensor;
  }
}

/** Apart from each other and from 0 by more than the step moves them, where there are not too many. */
function values(count: number, key: number): Float32Array {
  const order = Array.from({ length: count }, (_, i) => i).toSorted(
    (a, b) => noise(key, a) - noise(key, b),
  );
  return Float32Array.from(order, (i) => (3 * (i + 0.4)) / count - 1.5);
}

export async function expectGradients(
  compute: Compute,
  o: { build: GradientCase; seed: number },
): Promise<void> {
  const picks = new SeededPicks(o.seed);
  const result = o.build(picks);
  // A weight of its own per element, so that no error cancels.
  const weights = input('weights', result.shape);
  const loss = sum(multiply(result, weights));
  const back = gradients(loss, picks.tensors);
  const names = picks.tensors.map((_, i) => `d${i}`);
  const outputs = Object.fromEntries(back.map((one, i) => [names[i]!, one]));
  using program = await Program.create(compute, { outputs: { loss, ...outputs } });
  const count = elementCount(result.shape);
  program.write(
    'weights',
    Float32Array.from({ length: count }, (_, i) => noise(o.seed + 1, i)),
  );
  picks.allPlaces.forEach(({ data }, i) => program.write(`places${i}`, data));
  const data = picks.tensors.map(({ shape }, i) => values(elementCount(shape), o.seed + 2 + i));
  data.forEach((one, i) => program.write(`x${i}`, one));
  program.run();
  const analytic = await Promise.all(names.map((name) => program.read(name)));
  const lossAt = async (i: number, moved: Float32Array) => {
    program.write(`x${i}`, moved);
    program.run();
    return (await program.read('loss'))[0]!;
  };
  for (const [i, start] of data.entries()) {
    for (let d = 0; d < DIRECTIONS; d++) {
      const direction = start.map((_, k) => noise(o.seed + 50 + d, k));
      const above = await lossAt(
        i,
        start.map((x, k) => x + STEP * direction[k]!),
      );
      const below = await lossAt(
        i,
        start.map((x, k) => x - STEP * direction[k]!),
      );
      const slope = (above - below) / (2 * STEP);
      const ours = analytic[i]!.reduce((total, one, k) => total + one * direction[k]!, 0);
      const shapes = picks.tensors.map(({ shape }) => `[${shape.join(', ')}]`).join(', ');
      const what = `seed ${o.seed}, input ${i} of ${shapes}: ${ours}, differences say ${slope}`;
      expect(Math.abs(slope - ours), what).toBeLessThan(5e-3 * Math.max(1, Math.abs(slope)));
    }
    program.write(`x${i}`, start);
  }
}
