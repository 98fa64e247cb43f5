import { openWasm } from '@dreampitch/compute';
import { expect, test } from 'vitest';
import { noise } from '../random/pcg.ts';
import { add, concatenate, input, matmul, multiply, pad, reshape } from './operators.ts';
import { Program } from './program.ts';
import { elementCount } from './shape.ts';
import type { Tensor } from './tensor.ts';

const [a, b, c] = [input('a', [3, 5, 7]), input('b', [3, 7, 16]), input('c', [3, 7, 16])];
const [ab, ac] = [matmul(a, b), matmul(a, c)]; // [3, 5, 16]
const long = input('long', [3, 31, 7]);

type Case = { readonly joined: Tensor; readonly parts: readonly Tensor[]; readonly saved: number };

/** `saved`: the dispatches that joining takes where the parts are not wanted for themselves. */
const CASES: Readonly<Record<string, Case>> = {
  'in front': { joined: concatenate([ab, ac], 0), parts: [ab, ac], saved: 1 },
  'in the middle, of other lengths': {
    joined: concatenate([ab, matmul(long, b), ac], 1),
    parts: [ab, ac],
    saved: 1,
  },
  'beside each other': { joined: concatenate([ab, ac], 2), parts: [ab, ac], saved: 1 },
  'reshaped and scaled': {
    joined: concatenate([reshape(multiply(ab, -2), [15, 16]), reshape(ac, [15, 16])], 0),
    parts: [ab, ac],
    saved: 1,
  },
  'one twice': { joined: concatenate([ab, ab], 0), parts: [ab], saved: 0 },
  'with something else': { joined: concatenate([ab, b], 1), parts: [ab], saved: 0 },
  'with a gap': {
    joined: add(
      pad(ab, [
        [0, 4],
        [0, 0],
        [0, 0],
      ]),
      pad(ac, [
        [4, 0],
        [0, 0],
        [0, 0],
      ]),
    ),
    parts: [ab, ac],
    saved: 0,
  },
  'one over the other': {
    joined: add(
      pad(ab, [
        [0, 2],
        [0, 0],
        [0, 0],
      ]),
      pad(ac, [
        [2, 0],
        [0, 0],
        [0, 0],
      ]),
    ),
    parts: [ab, ac],
    saved: 0,
  },
};

test.each(Object.entries(CASES))('products joined %s', async (_, { joined, parts, saved }) => {
  for (const threadCount of [1, 3]) {
    using compute = await openWasm({ threadCount });
    const inputs = [a, b, c, long];
    const run = async (outputs: Record<string, Tensor>) => {
      using program = await Program.create(compute, { outputs });
      for (const [key, { operator, shape }] of inputs.entries()) {
        const data = Float32Array.from({ length: elementCount(shape) }, (_, i) => noise(key, i));
        data.fill(0, 0, 14); // so that products are 0, and times -2 are -0
        if (operator.kind !== 'input') throw new Error('Only inputs are written.');
        try {
          program.write(operator.name, data);
        } catch {
          // A case that does without it.
        }
      }
      program.run();
      return { data: await program.read('joined'), count: program.dispatches.length };
    };
    // Parts that are outputs have memory of their own: these are joined by a kernel.
    const kept = Object.fromEntries(parts.map((part, i) => [`part ${i}`, part]));
    const [one, other] = [await run({ joined }), await run({ joined, ...kept })];
    expect(new Uint32Array(one.data.buffer)).toEqual(new Uint32Array(other.data.buffer));
    expect(other.count - one.count).toBe(saved);
  }
});
