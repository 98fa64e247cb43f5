import { openWasm } from '@dreampitch/compute';
import { expect, test } from 'vitest';
import { noise } from '../random/pcg.ts';
import { add, divide, input, maximum, multiply, reshape, sqrt, state } from './operators.ts';
import { subtract, transpose } from './operators.ts';
import { adam } from './optimisers.ts';
import { Program } from './program.ts';
import type { Update } from './schedule.ts';
import { elementCount, type Shape } from './shape.ts';
import type { Tensor } from './tensor.ts';

const numbers = (shape: Shape, key: number) =>
  Float32Array.from({ length: elementCount(shape) }, (_, i) => noise(key, i));

async function run(updates: readonly Update[], o: { threadCount: number; given: Values }) {
  using compute = await openWasm({ threadCount: o.threadCount });
  using program = await Program.create(compute, { outputs: {}, updates, strict: true });
  for (const [name, data] of Object.entries(o.given)) program.write(name, data);
  program.run(3);
  const names = Object.keys(o.given);
  const read = await Promise.all(names.map((name) => program.read(name)));
  return { count: program.dispatches.length, read };
}

type Values = Readonly<Record<string, Float32Array>>;

test.each([[[1]], [[3]], [[5]], [[31]], [[33]], [[128]], [[7, 33]]] as const)(
  "Adam's moments are computed along with a weight of shape %j",
  async (shape) => {
    const [weight, gradient] = [state('weight', shape), input('gradient', shape)];
    const updates = adam([{ name: 'one', weight, gradient }], { rate: 0.1 });
    const [w, g] = [numbers(shape, 1), numbers(shape, 2)];
    const [first, second] = [new Float32Array(w.length), new Float32Array(w.length)];
    const given = { weight: w, gradient: g, 'one.first': first, 'one.second': second };
    const one = await run(updates, { threadCount: 1, given });
    // The two shares with what is divided by, and all of the weight.
    expect(one.count).toBe(3);
    const [weights, , firsts, seconds] = one.read as [...Float32Array[]];
    // Of a gradient that stays as it is, every step is as long as the rate.
    w.forEach((value, i) => {
      expect(weights![i]).toBeCloseTo(value - 0.3 * Math.sign(g[i]!), 4);
      expect(firsts![i]).toBeCloseTo(g[i]! * (1 - 0.9 ** 3), 5);
      expect(seconds![i]).toBeCloseTo(g[i]! ** 2 * (1 - 0.999 ** 3), 5);
    });
    expect((await run(updates, { threadCount: 3, given })).read).toEqual(one.read);
  },
);

test('a moment that overflows is named, and all is left as it was', async () => {
  const [weight, gradient] = [state('weight', [2]), input('gradient', [2])];
  const updates = adam([{ name: 'one', weight, gradient }]);
  using compute = await openWasm({ threadCount: 1 });
  using program = await Program.create(compute, { outputs: {}, updates });
  program.write('gradient', Float32Array.of(1, 1e30));
  program.run();
  const states = ['weight', 'one.first', 'one.second'];
  program.write('one.second', Float32Array.of(0.5, 0.25)); // it was infinite by then
  const before = await Promise.all(states.map((name) => program.read(name)));
  const found = await program.firstNotFinite();
  expect(found?.message).toBe('multiply [2] is Infinity at [1], of 1e+30 and 1e+30');
  expect(await Promise.all(states.map((name) => program.read(name)))).toEqual(before);
});

type Case = { readonly updates: Update[]; readonly count: number };
const SHAPE = [16, 16] as const;
const [p, q, r] = [state('p', SHAPE), state('q', SHAPE), state('r', SHAPE)];
const next = add(multiply(q, 0.5), p);
const larger = maximum(r, next);
const given = { p: numbers(SHAPE, 1), q: numbers(SHAPE, 2), r: numbers(SHAPE, 3) };

const apart = { state: r, value: add(r, 1) };

/** New values that are read, and by how many dispatches all is done. */
const CASES: Readonly<Record<string, Case>> = {
  'beside the old one': {
    updates: [
      { state: q, value: next },
      { state: p, value: subtract(multiply(p, q), next) },
      apart,
    ],
    count: 2,
  },
  'by another that is read': {
    updates: [
      { state: q, value: next },
      { state: r, value: larger },
      { state: p, value: divide(p, sqrt(add(larger, 2))) },
    ],
    count: 1,
  },
  'by two': {
    updates: [
      { state: q, value: next },
      { state: r, value: multiply(r, next) },
      { state: p, value: multiply(p, next) },
    ],
    count: 3,
  },
  elsewhere: {
    updates: [{ state: q, value: next }, { state: p, value: add(p, transpose(next)) }, apart],
    count: 3,
  },
  'in another shape': {
    updates: [
      { state: q, value: next },
      { state: p, value: add(p, reshape(reshape(next, [256]), SHAPE)) },
      apart,
    ],
    count: 2,
  },
};

test.each(Object.entries(CASES))('a new value that is read %s', async (_, { updates, count }) => {
  const one = await run(updates, { threadCount: 1, given });
  expect(one.count).toBe(count);
  expect((await run(updates, { threadCount: 3, given })).read).toEqual(one.read);
  // Computed in doubles, from the old values all.
  const old = new Map(Object.entries(given).map(([name, data]) => [name, [...data]]));
  for (let step = 0; step < 3; step++) {
    const values = new Map<Tensor, number[]>();
    const valueOf = (tensor: Tensor): number[] => {
      const known = values.get(tensor) ?? computed(tensor, { old, valueOf });
      values.set(tensor, known);
      return known;
    };
    const made = updates.map(({ state: to, value }) => ({ to, value: valueOf(value) }));
    for (const { to, value } of made) old.set(nameOf(to), value);
  }
  Object.keys(given).forEach((name, i) => {
    old.get(name)!.forEach((value, k) => expect(one.read[i]![k]).toBeCloseTo(value, 3));
  });
});

const nameOf = ({ operator }: Tensor) => (operator.kind === 'state' ? operator.name : '');

function computed(
  tensor: Tensor,
  o: { old: ReadonlyMap<string, number[]>; valueOf: (one: Tensor) => number[] },
): number[] {
  const { operator, inputs } = tensor;
  if (operator.kind === 'state') return o.old.get(operator.name)!;
  if (operator.kind === 'constant') return Array.from({ length: 256 }, () => operator.value);
  const [x, y] = inputs.map(o.valueOf) as [number[], number[]];
  if (operator.kind === 'reshape') return x;
  if (operator.kind === 'view') {
    if (operator.view.name !== 'permute') return x;
    return x.map((_, i) => x[(i % 16) * 16 + Math.floor(i / 16)]!);
  }
  if (operator.kind !== 'map') throw new Error(`No ${operator.kind} here.`);
  const { name } = operator;
  return x.map((value, i) => {
    if (name === 'add') return value + y[i]!;
    if (name === 'subtract') return value - y[i]!;
    if (name === 'multiply') return value * y[i]!;
    if (name === 'divide') return value / y[i]!;
    if (name === 'sqrt') return Math.sqrt(value);
    return Math.max(value, y[i]!);
  });
}

test('states that follow one another by the hundred are computed all the same', async () => {
  const COUNT = 1100; // more than a kernel can have bindings
  let value: Tensor = input('x', [4]);
  const updates = Array.from({ length: COUNT }, (_, i) => {
    const own = state(`s${i}`, [4]);
    value = add(multiply(own, 0.5), value);
    return { state: own, value };
  });
  using compute = await openWasm({ threadCount: 1 });
  using program = await Program.create(compute, { outputs: {}, updates });
  program.write('x', Float32Array.of(1, 2, 3, 4));
  program.run();
  expect(await program.read(`s${COUNT - 1}`)).toEqual(Float32Array.of(1, 2, 3, 4));
}, 60_000);
