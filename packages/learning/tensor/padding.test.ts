import { openWasm } from '@dreampitch/compute';
import { expect, test } from 'vitest';
import { upsampleNearest } from './layers.ts';
import { add, input, pad, permute, slice } from './operators.ts';
import { Program } from './program.ts';
import type { Tensor } from './tensor.ts';

const x = input('x', [2, 3, 5, 38]);
const VIEWS: Readonly<Record<string, Tensor>> = {
  itself: x,
  doubled: upsampleNearest(x),
  'of other order': permute(x, [1, 0, 2, 3]),
  turned: permute(x, [0, 1, 3, 2]), // columns lie apart: no kernel of rows
  part: slice(x, { axis: 3, start: 2, end: 37 }),
  'rows of another picture': permute(slice(x, { axis: 1, start: 1 }), [2, 1, 0, 3]),
};
const BORDERS = [
  [
    [1, 1],
    [1, 1],
  ],
  [
    [0, 2],
    [3, 0],
  ],
  [
    [7, 0],
    [0, 150],
  ],
] as const;

test.each(Object.entries(VIEWS))('a border of zeros around a picture: %s', async (_, view) => {
  using compute = await openWasm({ threadCount: 1 });
  for (const [rows, columns] of BORDERS) {
    const padded = pad(view, [[0, 0], [0, 0], rows, columns]);
    // The sum is made element by element, of the same views.
    const outputs = { padded, view, sum: add(padded, 0) };
    using program = await Program.create(compute, { outputs });
    program.write(
      'x',
      Float32Array.from({ length: 2 * 3 * 5 * 38 }, (__, i) => i + 1),
    );
    program.run();
    const got = await program.read('padded');
    expect(got).toEqual(await program.read('sum'));
    expect(got).toEqual(expected(await program.read('view'), { view, rows, columns }));
  }
});

function expected(
  data: Float32Array,
  o: { view: Tensor; rows: readonly [number, number]; columns: readonly [number, number] },
): Float32Array {
  const { rows, columns } = o;
  const [height, width] = o.view.shape.slice(-2) as [number, number];
  const [H, W] = [height + rows[0] + rows[1], width + columns[0] + columns[1]];
  const out = new Float32Array((data.length / height / width) * H * W);
  data.forEach((value, i) => {
    const [plane, row, column] = [
      Math.floor(i / height / width),
      Math.floor(i / width) % height,
      i % width,
    ];
    out[(plane * H + row + rows[0]) * W + column + columns[0]] = value;
  });
  return out;
}
