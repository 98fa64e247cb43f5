import { openWasm } from '@dreampitch/compute';
import { expect, test } from 'vitest';
import { noise } from '../random/pcg.ts';
import { input, max, multiply, sum } from './operators.ts';
import { Program } from './program.ts';
import type { Tensor } from './tensor.ts';

/** Columns in whole cache lines, in whole vectors, and in neither. */
const COLUMNS = [16, 128, 48, 20, 33, 1];
const ROWS = [1, 3, 5, 31, 33, 128];
const BATCHES = 3;

type Found = Record<'down' | 'products' | 'largest' | 'across', Float32Array>;

async function reduced([R, C]: readonly [number, number], threadCount: number) {
  using compute = await openWasm({ threadCount });
  const [x, y] = [input('x', [BATCHES, R, C]), input('y', [BATCHES, R, C])];
  const outputs: Record<keyof Found, Tensor> = {
    down: sum(x, { axes: [1] }),
    products: sum(multiply(x, y), { axes: [0, 1] }),
    largest: max(x, { axes: [1] }),
    across: sum(x, { axes: [2] }),
  };
  using program = await Program.create(compute, { outputs });
  const [of, by] = [3, 4].map((key) =>
    Float32Array.from({ length: BATCHES * R * C }, (_, i) => noise(key, i)),
  ) as [Float32Array, Float32Array];
  if (R > 2) of[2 * C] = Number.NaN;
  program.write('x', of);
  program.write('y', by);
  program.run();
  const names = Object.keys(outputs) as (keyof Found)[];
  const read = await Promise.all(names.map((name) => program.read(name)));
  const got = Object.fromEntries(names.map((name, i) => [name, read[i]!])) as Found;
  return { of, by, got };
}

test.each(ROWS.flatMap((R) => COLUMNS.map((C) => [R, C] as const)))(
  'rows of %i by %i: sums and maxima down columns and across, with any number of threads',
  async (R, C) => {
    const { of, by, got } = await reduced([R, C], 1);
    expect((await reduced([R, C], 3)).got).toEqual(got);
    const places = Array.from({ length: BATCHES * R * C }, (_, i) => {
      return { i, b: Math.floor(i / (R * C)), r: Math.floor(i / C) % R, c: i % C };
    });
    const added = (count: number, at: (p: (typeof places)[0]) => number, by?: Float32Array) => {
      const totals = new Float64Array(count);
      for (const p of places) totals[at(p)]! += of[p.i]! * (by?.[p.i] ?? 1);
      return totals;
    };
    expectNear(
      got.down,
      added(BATCHES * C, ({ b, c }) => b * C + c),
    );
    expectNear(
      got.across,
      added(BATCHES * R, ({ b, r }) => b * R + r),
    );
    expectNear(
      got.products,
      added(C, ({ c }) => c, by),
    );
    const largest = Float32Array.from({ length: BATCHES * C }, (_, k) => {
      const own = places.filter(({ b, c }) => b * C + c === k);
      return Math.max(...own.map(({ i }) => of[i]!));
    });
    expect(got.largest).toEqual(largest);
  },
);

function expectNear(found: Float32Array, wanted: Float64Array): void {
  expect([...found].map(Number.isNaN)).toEqual([...wanted].map(Number.isNaN));
  const errors = [...found].map((one, i) => Math.abs(one - wanted[i]!) || 0);
  expect(Math.max(...errors)).toBeLessThan(1e-4);
}
