/** What networks are made of, out of operators. Shapes are row-major; the last axis holds features. */
import {
  abs,
  add,
  argmax,
  concatenate,
  cos,
  divide,
  equal,
  exp,
  expand,
  gather,
  indices,
  less,
  log,
  matmul,
  max,
  maximum,
  minimum,
  multiply,
  negate,
  type Operand,
  pad,
  permute,
  reshape,
  slice,
  sqrt,
  stopGradient,
  subtract,
  sum,
  tanh,
  toFloat,
  transpose,
  uniform,
  where,
  windows,
} from './operators.ts';
import { axisOf, elementCount, ShapeError, shownShape } from './shape.ts';
import type { Tensor } from './tensor.ts';

// ---- activations

export const relu = (x: Tensor) => maximum(x, 0);
export const square = (x: Tensor) => multiply(x, x);

/** 1 / (1 + exp(-x)), by tanh, which does not overflow. */
export function sigmoid(x: Tensor): Tensor {
  return add(multiply(tanh(multiply(x, 0.5)), 0.5), 0.5);
}

export const silu = (x: Tensor) => multiply(x, sigmoid(x));

/** The tanh approximation of GELU (Hendrycks and Gimpel 2016, arXiv 1606.08415, section 2). */
export function gelu(x: Tensor): Tensor {
  const inner = multiply(add(x, multiply(multiply(square(x), x), 0.044715)), 0.7978845608028654);
  return multiply(multiply(x, 0.5), add(tanh(inner), 1));
}

/** log(1 + exp(x)), without overflow. */
export function softplus(x: Tensor): Tensor {
  return add(maximum(x, 0), log(add(exp(negate(abs(x))), 1)));
}

export function elu(x: Tensor): Tensor {
  return where(less(0, x), x, subtract(exp(minimum(x, 0)), 1));
}

export const clamp = (x: Tensor, low: Operand, high: Operand) => minimum(maximum(x, low), high);

// ---- statistics

type Along = { axes?: readonly number[]; keep?: boolean };

export function mean(x: Tensor, o: Along = {}): Tensor {
  const total = sum(x, o);
  return multiply(total, elementCount(total.shape) / elementCount(x.shape));
}

/** Over n - 1 with `unbiased`, else over n. */
export function variance(x: Tensor, o: Along & { unbiased?: boolean } = {}): Tensor {
  const centred = subtract(x, mean(x, { ...o, keep: true }));
  const total = sum(square(centred), o);
  const count = elementCount(x.shape) / elementCount(total.shape);
  return multiply(total, 1 / (count - (o.unbiased ? 1 : 0)));
}

export function softmax(x: Tensor, axis = -1): Tensor {
  const axes = [axis];
  const shifted = subtract(x, stopGradient(max(x, { axes, keep: true })));
  const grown = exp(shifted);
  return divide(grown, sum(grown, { axes, keep: true }));
}

export function logSoftmax(x: Tensor, axis = -1): Tensor {
  const axes = [axis];
  const shifted = subtract(x, stopGradient(max(x, { axes, keep: true })));
  return subtract(shifted, log(sum(exp(shifted), { axes, keep: true })));
}

// ---- normalisations

export type NormParameters = { weight: Tensor; bias?: Tensor; epsilon?: number };

/** Ba et al. 2016, arXiv 1607.06450, over the last axis. */
export function layerNorm(x: Tensor, o: NormParameters): Tensor {
  return scaled(normalised(x, [-1], o.epsilon ?? 1e-5), o);
}

/** Zhang and Sennrich 2019, arXiv 1910.07467, over the last axis. */
export function rmsNorm(x: Tensor, o: NormParameters): Tensor {
  const power = mean(square(x), { axes: [-1], keep: true });
  return scaled(divide(x, sqrt(add(power, o.epsilon ?? 1e-6))), o);
}

/** Wu and He 2018, arXiv 1803.08494; x is [B, C, H, W]. */
export function groupNorm(x: Tensor, o: NormParameters & { groups: number }): Tensor {
  const [B, C] = x.shape as [number, number];
  if (C % o.groups !== 0) {
    throw new ShapeError(
      'groupNorm',
      `${o.groups} groups do not divide axis 1 of ${shownShape(x.shape)}.`,
    );
  }
  const grouped = reshape(x, [B, o.groups, -1]);
  const normal = reshape(normalised(grouped, [-1], o.epsilon ?? 1e-5), x.shape);
  const perChannel = (one: Tensor) => reshape(one, [1, C, ...x.shape.slice(2).fill(1)]);
  const bias = o.bias && perChannel(o.bias);
  return scaled(normal, { weight: perChannel(o.weight), bias });
}

function normalised(x: Tensor, axes: readonly number[], epsilon: number): Tensor {
  const centred = subtract(x, mean(x, { axes, keep: true }));
  const spread = mean(square(centred), { axes, keep: true });
  return divide(centred, sqrt(add(spread, epsilon)));
}

function scaled(x: Tensor, o: { weight: Tensor; bias?: Tensor | undefined }): Tensor {
  const weighted = multiply(x, o.weight);
  return o.bias ? add(weighted, o.bias) : weighted;
}

// ---- layers

/** x [..., K] times weight [N, K] transposed, plus bias [N]: [..., N]. */
export function linear(x: Tensor, o: { weight: Tensor; bias?: Tensor }): Tensor {
  const K = x.shape.at(-1)!;
  const flat = reshape(x, [-1, K]);
  const product = matmul(flat, transpose(o.weight));
  const shaped = reshape(product, [...x.shape.slice(0, -1), o.weight.shape[0]!]);
  return o.bias ? add(shaped, o.bias) : shaped;
}

export type Convolution = {
  readonly weight: Tensor; // [O, C / groups, kernel height, kernel width]
  readonly bias?: Tensor; // [O]
  readonly stride?: number;
  readonly padding?: number;
  readonly groups?: number;
};

/** x [B, C, H, W]: [B, O, H', W'], as torch.nn.functional.conv2d. */
export function convolution(x: Tensor, o: Convolution): Tensor {
  const [B, C] = x.shape as [number, number];
  const [O, I, KH, KW] = o.weight.shape as [number, number, number, number];
  const { stride = 1, padding = 0, groups: G = 1 } = o;
  if (x.shape.length !== 4 || o.weight.shape.length !== 4 || I * G !== C || O % G !== 0) {
    const both = `${shownShape(x.shape)} with weights ${shownShape(o.weight.shape)}`;
    throw new ShapeError('convolution', `${both} and ${G} groups: axis 1 does not fit.`);
  }
  const around = [padding, padding] as const;
  const padded = pad(x, [[0, 0], [0, 0], around, around]);
  const window = { axes: [2, 3], sizes: [KH, KW], steps: [stride, stride] };
  const looked = windows(padded, window); // [B, C, H', W', KH, KW]
  const [H, W] = looked.shape.slice(2) as [number, number];
  const split = reshape(looked, [B, G, I, H, W, KH, KW]);
  const patches = reshape(permute(split, [1, 2, 5, 6, 0, 3, 4]), [G, I * KH * KW, B * H * W]);
  const weights = reshape(o.weight, [G, O / G, I * KH * KW]);
  const product = reshape(matmul(weights, patches), [O, B, H, W]);
  const result = permute(product, [1, 0, 2, 3]);
  return o.bias ? add(result, reshape(o.bias, [1, O, 1, 1])) : result;
}

/** Every pixel of [B, C, H, W] twice along both. */
export function upsampleNearest(x: Tensor): Tensor {
  const [B, C, H, W] = x.shape as [number, number, number, number];
  const apart = expand(reshape(x, [B, C, H, 1, W, 1]), [B, C, H, 2, W, 2]);
  return reshape(apart, [B, C, 2 * H, 2 * W]);
}

/** q, k, v [B, H, T, C]; every time sees itself and those before (Vaswani et al. 2017, 3.2.1). */
export function causalAttention(q: Tensor, k: Tensor, v: Tensor): Tensor {
  const [T, C] = q.shape.slice(-2) as [number, number];
  const scores = multiply(matmul(q, transpose(k)), 1 / Math.sqrt(C));
  const rows = reshape(toFloat(indices([T])), [T, 1]);
  const columns = reshape(toFloat(indices([T])), [1, T]);
  const seen = where(less(rows, columns), -1e9, scores);
  return matmul(softmax(seen), v);
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

/** x [..., C] at one u32 place per row [..., I]: [..., I]. */
export function gatherLast(x: Tensor, places: Tensor): Tensor {
  const axis = axisOf('gatherLast', x.shape, -1);
  const [C, I] = [x.shape[axis]!, places.shape.at(-1)!];
  const rowCount = elementCount(x.shape) / C;
  const chosen = Array.from({ length: I }, (_, i) => {
    const place = reshape(slice(places, { axis: -1, start: i, end: i + 1 }), [rowCount, 1]);
    return reshape(oneHotSum(reshape(x, [rowCount, C]), place), [rowCount, 1]);
  });
  const [first, ...others] = chosen as [Tensor, ...Tensor[]];
  return reshape(
    others.reduce((joined, one) => joinLast(joined, one), first),
    [...x.shape.slice(0, -1), I],
  );
}

function joinLast(a: Tensor, b: Tensor): Tensor {
  const [left, right] = [a.shape[1]!, b.shape[1]!];
  return add(
    pad(a, [
      [0, 0],
      [0, right],
    ]),
    pad(b, [
      [0, 0],
      [left, 0],
    ]),
  );
}

/** Of each row the element at its place. */
function oneHotSum(rows: Tensor, place: Tensor): Tensor {
  const columns = reshape(indices([rows.shape[1]!]), [1, rows.shape[1]!]);
  return sum(multiply(rows, equal(columns, place)), { axes: [1] });
}

export const embedding = (table: Tensor, places: Tensor) => gather(table, places);

// ---- orders and sums along an axis

/** The sum of the elements up to and with each, along an axis. */
export function cumulativeSum(x: Tensor, along = -1): Tensor {
  const axis = axisOf('cumulativeSum', x.shape, along);
  const size = x.shape[axis]!;
  const last = [...x.shape.keys()].filter((one) => one !== axis);
  const moved = permute(x, [...last, axis]);
  const rows = reshape(moved, [...moved.shape.slice(0, -1), 1, size]);
  const behind = less(
    toFloat(indices([1, size])),
    add(reshape(toFloat(indices([size])), [size, 1]), 1),
  );
  const summed = sum(multiply(rows, behind), { axes: [-1] });
  const back = x.shape.map((_, at) => (at < axis ? at : at === axis ? last.length : at - 1));
  return permute(summed, back);
}

/** The `count` largest along the last axis, largest first, and their places (u32). */
export function topK(x: Tensor, count: number): { values: Tensor; places: Tensor } {
  const C = x.shape[axisOf('topK', x.shape, -1)]!;
  if (count > C)
    throw new ShapeError('topK', `${count} of ${C} at axis -1 of ${shownShape(x.shape)}.`);
  const columns = indices([C]);
  const found: Tensor[] = [];
  let rest = stopGradient(x);
  for (let i = 0; i < count; i++) {
    const place = reshape(argmax(rest), [...x.shape.slice(0, -1), 1]);
    rest = where(equal(columns, place), -3e38, rest);
    found.push(place);
  }
  const taken = found.map((place) =>
    sum(multiply(x, equal(columns, place)), { axes: [-1], keep: true }),
  );
  return { values: concatenate(taken, -1), places: concatenate(found, -1) };
}

// ---- chance, by counter: the same for the same seed

type Drawn = { shape: readonly number[]; stream: number };

/** Mean 0, variance 1 (Box and Muller 1958). `stream` tells draws of one program apart. */
export function normal(seed: Tensor, { shape, stream }: Drawn): Tensor {
  const [u, v] = [0, 1].map((part) => uniform(seed, { shape, stream: 2 * stream + part })) as [
    Tensor,
    Tensor,
  ];
  return multiply(sqrt(multiply(log(subtract(1, u)), -2)), cos(multiply(v, 2 * Math.PI)));
}

/** 1 with the probability at each place, else 0. */
export function bernoulli(probability: Tensor, seed: Tensor, stream: number): Tensor {
  return less(uniform(seed, { shape: probability.shape, stream: 2 * stream }), probability);
}

/** A class per row of logits, u32, by the largest of logits and Gumbel noise. */
export function categorical(logits: Tensor, seed: Tensor, stream: number): Tensor {
  const u = uniform(seed, { shape: logits.shape, stream: 2 * stream });
  const gumbel = negate(log(maximum(negate(log(maximum(u, 1e-20))), 1e-20)));
  return argmax(add(logits, gumbel));
}

/** The value of one, the gradient of the other (Bengio et al. 2013, arXiv 1308.3432). */
export function straightThrough(value: Tensor, gradientOf: Tensor): Tensor {
  return add(gradientOf, stopGradient(subtract(value, gradientOf)));
}

// ---- time

/**
 * A step applied so many times, its carry handed on: unrolled into the graph, so that gradients go
 * through all of it. Returns the last carry and every step's output.
 */
export function scan<Carry, Output>(
  initial: Carry,
  o: { steps: number; step: (carry: Carry, t: number) => { carry: Carry; output: Output } },
): { carry: Carry; outputs: Output[] } {
  let carry = initial;
  const outputs: Output[] = [];
  for (let t = 0; t < o.steps; t++) {
    const next = o.step(carry, t);
    carry = next.carry;
    outputs.push(next.output);
  }
  return { carry, outputs };
}

// ---- losses, each a mean

/** logits [B, C] against classes, u32 [B]. */
export function crossEntropy(logits: Tensor, classes: Tensor): Tensor {
  if (logits.shape.length !== 2 || elementCount(classes.shape) !== logits.shape[0]) {
    const both = `${shownShape(logits.shape)} and ${shownShape(classes.shape)}`;
    throw new ShapeError('crossEntropy', `wants logits [B, C] and classes [B], got ${both}.`);
  }
  const chosen = oneHotSum(logSoftmax(logits), reshape(classes, [-1, 1]));
  return negate(mean(chosen));
}

export const meanSquaredError = (a: Tensor, b: Tensor) => mean(square(subtract(a, b)));

/** Huber 1964: square near 0, straight beyond `delta`. */
export function huber(a: Tensor, b: Tensor, delta = 1): Tensor {
  const size = abs(subtract(a, b));
  const near = minimum(size, delta);
  return mean(multiply(near, subtract(size, multiply(near, 0.5))));
}
