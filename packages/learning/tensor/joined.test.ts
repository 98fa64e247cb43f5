import { openWasm } from '@dreampitch/compute';
import { expect, test } from 'vitest';
import { noise } from '../random/pcg.ts';
import {
  add,
  concatenate,
  input,
  matmul,
  maximum,
  multiply,
  pad,
  reshape,
  subtract,
  sum,
  transpose,
} from './operators.ts';
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

const [x, w, v] = [input('x', [5, 7]), input('w', [7, 16]), input('v', [7, 16])];
const [broken, other] = [input('broken', [5, 7]), input('other', [5, 16])];
const [xw, xv, nw] = [matmul(x, w), matmul(x, v), matmul(broken, w)]; // [5, 16]

/** Products that something else reads as well. */
const SHARED: Readonly<Record<string, Readonly<Record<string, Tensor>>>> = {
  'of which one is an output': { joined: concatenate([xw, xv], 0), xw },
  'of which one is an output, turned': { joined: concatenate([xw, xv], 0), turned: transpose(xw) },
  'of which one is in the other part': { joined: concatenate([multiply(xw, xv), xv], 0) },
  'with what is made of both': { joined: concatenate([multiply(xw, xv), subtract(xv, xw)], 0) },
  'with NaN left out': { joined: concatenate([maximum(other, nw), xv], 0) },
};

test.each(Object.entries(SHARED))('products joined %s', async (_, outputs) => {
  const given = Object.fromEntries(
    [x, w, v, broken, other].map(({ operator, shape }, key) => {
      const data = Float32Array.from({ length: elementCount(shape) }, (_, i) => noise(key, i));
      if (key === 3) data[0] = NaN;
      return [operator.kind === 'input' ? operator.name : '', data];
    }),
  );
  using compute = await openWasm({ threadCount: 1 });
  const read = async (more: Record<string, Tensor>) => {
    const all = { also: add(sum(broken), sum(other)), ...outputs, ...more }; // all that is given is used
    using program = await Program.create(compute, { outputs: all });
    for (const [name, data] of Object.entries(given)) program.write(name, data);
    program.run();
    return await program.read('joined');
  };
  // As outputs they have memory of their own: then these are joined by a kernel.
  const [got, wanted] = [await read({}), await read({ 'part 0': xw, 'part 1': xv, 'part 2': nw })];
  expect(new Uint32Array(got.buffer)).toEqual(new Uint32Array(wanted.buffer));
});
