/** Layers with an inner structure: convolutions, up-sampling, recurrent cells. */
import {
  add,
  expand,
  gather,
  indices,
  matmul,
  multiply,
  pad,
  permute,
  reshape,
  sigmoid,
  slice,
  subtract,
  tanh,
  transpose,
} from './operators.ts';
import { linear } from './functions.ts';
import { sameShape, ShapeError, shownShape } from './shape.ts';
import { type Tensor, withRule } from './tensor.ts';
import { unwindow, windows } from './windows.ts';

export type Convolution = {
  readonly weight: Tensor; // [O, C / groups, kernel height, kernel width]
  readonly bias?: Tensor; // [O]
  readonly stride?: number;
  readonly padding?: number;
  readonly groups?: number;
};

/** x [B, C, H, W]: [B, O, H', W'], as torch.nn.functional.conv2d. */
export function convolution(x: Tensor, o: Convolution): Tensor {
  checkConvolution(x, o);
  const { weight, bias, stride = 1, padding = 0, groups = 1 } = o;
  const result = convolved(x, weight, { stride, padding: [padding, padding], groups });
  return bias ? add(result, reshape(bias, [1, weight.shape[0]!, 1, 1])) : result;
}

type Sliding = { stride: number; padding: readonly [number, number]; groups: number };

function convolved(x: Tensor, weight: Tensor, o: Sliding): Tensor {
  const B = x.shape[0]!;
  const [O, I, KH, KW] = weight.shape as [number, number, number, number];
  const { stride, groups: G } = o;
  const [above, beside] = o.padding.map((width) => [width, width] as const);
  const padded = pad(x, [[0, 0], [0, 0], above!, beside!]);
  const window = { axes: [2, 3], sizes: [KH, KW], steps: [stride, stride] };
  const looked = windows(padded, window); // [B, C, H', W', KH, KW]
  const [H, W] = looked.shape.slice(2) as [number, number];
  const split = reshape(looked, [B, G, I, H, W, KH, KW]);
  const patches = reshape(permute(split, [1, 2, 5, 6, 0, 3, 4]), [G, I * KH * KW, B * H * W]);
  const weights = reshape(weight, [G, O / G, I * KH * KW]);
  const product = reshape(matmul(weights, patches), [O, B, H, W]);
  const back = (g: Tensor) => reshape(permute(g, [1, 0, 2, 3]), [G, O / G, B * H * W]);
  return withRule(permute(product, [1, 0, 2, 3]), {
    sources: [x, weight],
    shares: (g) => [
      () => {
        const paddings = [KH - 1 - o.padding[0], KW - 1 - o.padding[1]] as const;
        if (stride === 1 && Math.min(...paddings) >= 0) {
          return convolved(g, turned(weight, G), { stride: 1, padding: paddings, groups: G });
        }
        const shares = reshape(matmul(transpose(weights), back(g)), [G, I, KH, KW, B, H, W]);
        const ordered = permute(shares, [4, 0, 1, 5, 6, 2, 3]);
        const whole = unwindow(reshape(ordered, looked.shape), window, padded);
        return [2, 3].reduce((rest, axis) => {
          const start = o.padding[axis - 2]!;
          return slice(rest, { axis, start, end: start + x.shape[axis]! });
        }, whole);
      },
      () => reshape(matmul(back(g), transpose(patches)), weight.shape),
    ],
  });
}

/** Weights [O, C / G, KH, KW] as those of the way back, [C, O / G, KH, KW], upside down. */
function turned(weight: Tensor, G: number): Tensor {
  const [O, I, KH, KW] = weight.shape as [number, number, number, number];
  const size = KH * KW;
  const places = permute(reshape(weight, [G, O / G, I, size]), [3, 0, 2, 1]);
  const reversed = gather(places, subtract(size - 1, indices([size])));
  return reshape(permute(reversed, [1, 2, 3, 0]), [G * I, O / G, KH, KW]);
}

function checkConvolution(x: Tensor, o: Convolution): void {
  const { weight, bias, stride = 1, padding = 0, groups = 1 } = o;
  const both = `${shownShape(x.shape)} with weights ${shownShape(weight.shape)}`;
  if (x.shape.length !== 4 || weight.shape.length !== 4) {
    throw new ShapeError(
      'convolution',
      `wants [B, C, H, W] and [O, C / groups, KH, KW], got ${both}.`,
    );
  }
  const [O, I] = weight.shape as [number, number];
  if (I * groups !== x.shape[1] || O % groups !== 0) {
    throw new ShapeError('convolution', `${both} and ${groups} groups: axis 1 does not fit.`);
  }
  if (bias && !sameShape(bias.shape, [O])) {
    throw new ShapeError(
      'convolution',
      `${both}: the bias is ${shownShape(bias.shape)}, not [${O}].`,
    );
  }
  if (!Number.isInteger(stride) || stride < 1 || !Number.isInteger(padding) || padding < 0) {
    throw new ShapeError('convolution', `a stride of ${stride}, a padding of ${padding}.`);
  }
  for (const axis of [2, 3]) {
    if (weight.shape[axis]! <= x.shape[axis]! + 2 * padding) continue;
    throw new ShapeError(
      'convolution',
      `${both}: the kernel exceeds axis ${axis} with its padding.`,
    );
  }
}

/** Every pixel of [B, C, H, W] `factor` times along both. */
export function upsampleNearest(x: Tensor, factor = 2): Tensor {
  if (x.shape.length !== 4 || !Number.isInteger(factor) || factor < 1) {
    const got = `${shownShape(x.shape)} and ${factor}`;
    throw new ShapeError('upsampleNearest', `wants [B, C, H, W] and a whole factor, got ${got}.`);
  }
  const [B, C, H, W] = x.shape as [number, number, number, number];
  const apart = expand(reshape(x, [B, C, H, 1, W, 1]), [B, C, H, factor, W, factor]);
  return reshape(apart, [B, C, factor * H, factor * W]);
}

/** A gated recurrent unit: x [B, I], h [B, H]; gates reset, update, new in the weights' rows. */
export function gruCell(
  x: Tensor,
  h: Tensor,
  o: { wi: Tensor; wh: Tensor; bi: Tensor; bh: Tensor },
): Tensor {
  const size = h.shape.at(-1)!;
  const fromX = linear(x, { weight: o.wi, bias: o.bi });
  const fromH = linear(h, { weight: o.wh, bias: o.bh });
  const gate = (all: Tensor, i: number) =>
    slice(all, { axis: -1, start: i * size, end: (i + 1) * size });
  const reset = sigmoid(add(gate(fromX, 0), gate(fromH, 0)));
  const update = sigmoid(add(gate(fromX, 1), gate(fromH, 1)));
  const fresh = tanh(add(gate(fromX, 2), multiply(reset, gate(fromH, 2))));
  return add(fresh, multiply(update, subtract(h, fresh)));
}
