/** For tests: what breaks a loss is named, on both targets. */
import type { Compute } from '@dreampitch/compute';
import { expect } from 'vitest';
import { linear, mean, relu, softmax } from './functions.ts';
import { gradients } from './gradient.ts';
import { add, divide, input, log, matmul, multiply, sqrt, state, sum } from './operators.ts';
import { sgd } from './optimisers.ts';
import { Program } from './program.ts';
import { scan } from './scan.ts';
import type { Tensor } from './tensor.ts';

type Case = {
  readonly loss: (x: Tensor, w: Tensor) => Tensor;
  readonly x: readonly number[]; // [2, 2]
  readonly finds: string | null;
};

const CASES: Readonly<Record<string, Case>> = {
  'a logarithm of 0, within a kernel that does more': {
    loss: (x, w) => mean(multiply(log(relu(add(x, w))), 3)),
    x: [1, 2, -1, 4],
    finds: 'log [2, 2] is -Infinity at [1, 0], of 0',
  },
  'a division by 0 behind a product': {
    loss: (x, w) => sum(divide(1, matmul(x, w))),
    x: [1, 1, 0, 0],
    finds: 'divide [2, 2] is Infinity at [1, 0], of 1 and 0',
  },
  'a product that overflows': {
    loss: (x, w) => mean(softmax(linear(x, { weight: multiply(w, 1e30) }))),
    x: [1, 1, 1e9, 1],
    finds: 'matmul [1, 2, 2] is Infinity at [0, 1, 0]',
  },
  'a slope, where the loss is still finite': {
    loss: (x, w) => sum(sqrt(multiply(x, w))),
    x: [1, 2, 0, 3],
    finds: 'divide [2, 2] is Infinity at [1, 0], of 0.5 and 0',
  },
  'an input that was no number before': {
    loss: (x, w) => sum(add(x, w)),
    x: [1, 2, NaN, 3],
    finds: "input 'x' [2, 2] is NaN at [1, 0]",
  },
  'the sixth step of a loop': {
    loss: (x, w) => {
      const step = ([h]: readonly Tensor[]) => ({
        carry: [multiply(h!, multiply(h!, w))],
        outputs: [],
      });
      return sum(scan([x], { steps: 8, step }).carry[0]!);
    },
    x: [1, 1, 10, 1],
    finds: 'multiply [2, 2] is Infinity at [1, 0], of 1e+32 and 1e+32',
  },
  'nothing, where all is well': {
    loss: (x, w) => sum(multiply(x, w)),
    x: [1, 2, 3, 4],
    finds: null,
  },
};

async function expectFound(compute: Compute, { loss: make, x: data, finds }: Case): Promise<void> {
  const [x, w] = [input('x', [2, 2]), state('w', [2, 2])];
  const loss = make(x, w);
  const [gradient] = gradients(loss, [w]) as [Tensor];
  const updates = sgd([{ name: 'w', weight: w, gradient }], {
    rate: 0.1,
    momentum: 0,
    nesterov: false,
  });
  using program = await Program.create(compute, { outputs: { loss }, updates });
  const weight = Float32Array.of(1, 1, 1, 1);
  program.write('x', Float32Array.from(data));
  program.write('w', weight);
  const { bufferCount } = compute.arena;
  const found = await program.firstNotFinite();
  if (finds === null) expect(found).toBeNull();
  else expect(found?.message).toContain(finds);
  expect(await program.read('w')).toEqual(weight); // as if it had not run
  expect(compute.arena.bufferCount).toBe(bufferCount);
}

export const NOT_FINITE_CASES = Object.entries(CASES).map(
  ([name, one]) => [name, (compute: Compute) => expectFound(compute, one)] as const,
);
