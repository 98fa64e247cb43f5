/** Random graphs as ONNX models: whatever operators and shapes meet, with a batch in any axis. */
import { openWasm } from '@dreampitch/compute';
import * as learning from '@dreampitch/learning';
import { input, state, type Tensor } from '@dreampitch/learning';
import * as ort from 'onnxruntime-node';
import { test } from 'vitest';
import { expectSame, runner } from './onnx-cases.ts';

const SEEDS = Array.from({ length: 12 }, (_, i) => i + 1);
const OPERATORS = 14;
const ELEMENTS_MAX = 400;
/** Graphs are first made for this batch: an axis is of the batch where this divides its size. */
const BATCH = 1009;

type Step = (pool: readonly Tensor[]) => Tensor;

/** A small generator of its own (Numerical Recipes' LCG): a printed seed is the whole case. */
function randomOf(seed: number) {
  let bits = seed;
  return (count: number) => {
    bits = (Math.imul(bits, 1664525) + 1013904223) >>> 0;
    return Math.floor((bits / 2 ** 32) * count);
  };
}

const UNARY: readonly ((x: Tensor) => Tensor)[] = [
  learning.tanh,
  learning.sigmoid,
  learning.sin,
  learning.negate,
  learning.relu,
  learning.gelu,
  (x) => learning.sqrt(learning.add(learning.abs(x), 0.1)),
  (x) => learning.softmax(x),
  (x) => learning.where(learning.less(x, 0.05), learning.multiply(x, 0.1), x),
];
const BINARY = [learning.add, learning.subtract, learning.multiply, learning.maximum];

/** Steps from the input [B, 3, 4] on; every one takes what was made before. */
function stepsOf(seed: number): Step[] {
  const random = randomOf(seed);
  const pool = [input('x', [BATCH, 3, 4])];
  const steps: Step[] = [];
  while (steps.length < OPERATORS) {
    const at = random(pool.length);
    const step = stepOn(pool, { at, random, name: `w${steps.length}` });
    if (!step) continue;
    const made = step(pool);
    const size = made.shape.reduce((product, one) => product * (one % BATCH ? one : one / BATCH), 1);
    if (size > ELEMENTS_MAX || made.shape.length > 5 || made.shape.length === 0) continue;
    pool.push(made);
    steps.push(step);
  }
  return steps;
}

type Choice = { at: number; random: (count: number) => number; name: string };

/** Null where what was drawn does not fit. */
function stepOn(pool: readonly Tensor[], { at, random, name }: Choice): Step | null {
  const { shape } = pool[at]!;
  const rank = shape.length;
  const axis = random(rank);
  const fixed = shape[axis]! % BATCH !== 0;
  const size = shape[axis]!;
  switch (random(11)) {
    case 0:
    case 1: {
      const f = UNARY[random(UNARY.length)]!;
      return (all) => f(all[at]!);
    }
    case 2: {
      const f = BINARY[random(BINARY.length)]!;
      const own = shape.map((one) => (one % BATCH === 0 || random(3) === 0 ? 1 : one));
      const from = random(rank);
      return (all) => f(all[at]!, state(name, own.slice(from)));
    }
    case 3: {
      const order = shape.map((_, i) => i);
      order.push(...order.splice(random(rank), 1));
      return (all) => learning.permute(all[at]!, order);
    }
    case 4: {
      // Two axes as one; the batch may be among them.
      if (axis === rank - 1) return null;
      return (all) => {
        const { shape } = all[at]!;
        const joined = shape[axis]! * shape[axis + 1]!;
        return learning.reshape(all[at]!, [...shape.slice(0, axis), joined, ...shape.slice(axis + 2)]);
      };
    }
    case 5: {
      if (!fixed || size < 2) return null;
      const start = random(size - 1);
      const end = start + 1 + random(size - start);
      return (all) => learning.slice(all[at]!, { axis, start, end });
    }
    case 6: {
      const widths = shape.map((_, i): [number, number] => (i === axis ? [random(2), 1] : [0, 0]));
      return (all) => learning.pad(all[at]!, widths);
    }
    case 7: {
      const f = random(2) === 0 ? learning.max : learning.sum;
      const keep = random(2) === 0;
      if (!fixed) return null;
      return (all) => learning.multiply(f(all[at]!, { axes: [axis], keep }), 0.3);
    }
    case 8: {
      if (rank < 2 || shape.at(-1)! % BATCH === 0) return null;
      const columns = 1 + random(4);
      return (all) => learning.matmul(all[at]!, state(name, [shape.at(-1)!, columns]));
    }
    case 9: {
      if (!fixed || size < 3) return null;
      const window = { axes: [axis], sizes: [2], steps: [1 + random(2)] };
      return (all) => learning.windows(all[at]!, window);
    }
    default:
      return (all) => learning.concatenate([all[at]!, learning.tanh(all[at]!)], axis);
  }
}

test.each(SEEDS)('random graph, seed %i', async (seed) => {
  const steps = stepsOf(seed);
  const graph = (batch: number) => {
    const pool = [input('x', [batch, 3, 4])];
    for (const step of steps) pool.push(step(pool));
    return Object.fromEntries(pool.slice(-3).map((tensor, i) => [`y${i}`, learning.negate(tensor)]));
  };
  using compute = await openWasm({ threadCount: 1 });
  await expectSame(compute, { name: `seed ${seed}`, graph, batches: [1, 3] }, runner(ort));
});
