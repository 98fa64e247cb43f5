import { openWasm } from '@dreampitch/compute';
import { expect, test } from 'vitest';
import { exp, input, multiply, permute, slice } from './operators.ts';
import { Program } from './program.ts';
import type { Tensor } from './tensor.ts';
import { unwindow, windows } from './windows.ts';

const SIZE = [2, 3, 17, 23] as const;
const [B, C, H, W] = SIZE;

/** What each of them looks at in the shares, and one that is computed before. */
const SHARES: Readonly<Record<string, (shares: Tensor) => Tensor>> = {
  themselves: (shares) => shares,
  'twice themselves': (shares) => multiply(exp(shares), 2),
  'of other order': (shares) => permute(permute(shares, [5, 3, 1, 0, 2, 4]), [3, 2, 4, 1, 5, 0]),
};

test.each(Object.entries(SHARES))('shares are put back where windows looked: %s', async (_, of) => {
  using compute = await openWasm({ threadCount: 1 });
  const x = input('x', SIZE);
  for (const [size, step] of [
    [3, 2],
    [2, 1],
    [4, 3],
    [1, 2],
  ] as const) {
    const window = { axes: [2, 3], sizes: [size, size], steps: [step, step] };
    const shape = windows(x, window).shape;
    const shares = of(input('given', shape));
    const whole = unwindow(shares, window, x);
    const outputs = { whole, shares, part: slice(whole, { axis: 2, start: 1 }) };
    using program = await Program.create(compute, { outputs });
    const length = shape.reduce((product, one) => product * one, 1);
    program.write(
      'given',
      Float32Array.from({ length }, (__, i) => Math.sin(i)),
    );
    program.run();
    const wanted = putBack(await program.read('shares'), { rows: shape[2]!, size, step });
    expect(await program.read('whole')).toEqual(wanted);
    const rows = wanted.filter((__, i) => Math.floor(i / W) % H >= 1);
    expect(await program.read('part')).toEqual(rows);
  }
});

function putBack(
  shares: Float32Array,
  { rows, size, step }: { rows: number; size: number; step: number },
): Float32Array {
  const out = new Float32Array(B * C * H * W);
  const columns = shares.length / (B * C * rows * size * size);
  for (let down = 0; down < size; down++) {
    for (let beside = 0; beside < size; beside++) {
      for (let at = 0; at < B * C * rows * columns; at++) {
        const [plane, row] = [Math.floor(at / columns / rows), Math.floor(at / columns) % rows];
        const [y, x] = [row * step + down, (at % columns) * step + beside];
        out[(plane * H + y) * W + x]! += shares[(at * size + down) * size + beside]!;
      }
    }
  }
  return out;
}
