/** What networks are made of, out of operators. Shapes are row-major; the last axis holds features. */
import {
  abs,
  add,
  argmax,
  cos,
  divide,
  equal,
  exp,
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
  reshape,
  sigmoid,
  sqrt,
  stopGradient,
  subtract,
  sum,
  tanh,
  transpose,
  uniform,
  where,
  type Operand,
} from './operators.ts';
import { axisOf, elementCount, sameShape, ShapeError, shownShape } from './shape.ts';
import { type Tensor, withRule } from './tensor.ts';

// ---- activations

export const relu = (x: Tensor) => maximum(x, 0);
export const square = (x: Tensor) => multiply(x, x);

export const silu = (x: Tensor) => multiply(x, sigmoid(x));

/** The tanh approximation of GELU (Hendrycks and Gimpel 2016, arXiv 1606.08415, section 2). */
export function gelu(x: Tensor): Tensor {
  // x (1 + tanh(u)) / 2, u = sqrt(2 / pi) (x + 0.044715 x^3)
  const cubic = () => multiply(multiply(x, add(multiply(square(x), 0.044715), 1)), TWO_U / 2);
  const gate = () => add(multiply(tanh(cubic()), 0.5), 0.5);
  // The way back computes the gate anew: that takes less than to keep it in memory.
  const slope = () => {
    const [open, rise] = [gate(), multiply(add(multiply(square(x), 3 * 0.044715), 1), TWO_U)];
    return multiply(open, add(multiply(multiply(x, subtract(1, open)), rise), 1));
  };
  return withRule(multiply(x, gate()), {
    sources: [x],
    shares: (g) => [() => multiply(g, slope())],
  });
}

const TWO_U = 2 * Math.sqrt(2 / Math.PI);

/** log(1 + exp(x)), without overflow: beyond 20 it is x to the bit. */
export function softplus(x: Tensor): Tensor {
  return where(less(20, x), x, log(add(exp(minimum(x, 30)), 1)));
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
  if (o.unbiased && count === 1) {
    throw new ShapeError('variance', `unbiased, of one element each, in ${shownShape(x.shape)}.`);
  }
  return multiply(total, 1 / (count - (o.unbiased ? 1 : 0)));
}

export function softmax(x: Tensor, axis = -1): Tensor {
  const axes = [axis];
  const shifted = subtract(x, stopGradient(max(x, { axes, keep: true })));
  const grown = exp(shifted);
  const y: Tensor = withRule(divide(grown, sum(grown, { axes, keep: true })), {
    sources: [x],
    shares: (g) => [() => multiply(y, subtract(g, sum(multiply(g, y), { axes, keep: true })))],
  });
  return y;
}

export function logSoftmax(x: Tensor, axis = -1): Tensor {
  const axes = [axis];
  const shifted = subtract(x, stopGradient(max(x, { axes, keep: true })));
  const y: Tensor = withRule(subtract(shifted, log(sum(exp(shifted), { axes, keep: true }))), {
    sources: [x],
    shares: (g) => [() => subtract(g, multiply(exp(y), sum(g, { axes, keep: true })))],
  });
  return y;
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
  const scale = divide(1, sqrt(add(spread, epsilon)));
  const across = { axes, keep: true };
  const y: Tensor = withRule(multiply(centred, scale), {
    sources: [x],
    // Ba et al. 2016, section 5.1: what changes the mean or the spread alone has no effect.
    shares: (g) => [
      () => {
        const level = subtract(g, mean(g, across));
        return multiply(scale, subtract(level, multiply(y, mean(multiply(g, y), across))));
      },
    ],
  });
  return y;
}

function scaled(x: Tensor, o: { weight: Tensor; bias?: Tensor | undefined }): Tensor {
  const weighted = multiply(x, o.weight);
  return o.bias ? add(weighted, o.bias) : weighted;
}

// ---- layers and lookups

/** x [..., K] times weight [N, K] transposed, plus bias [N]: [..., N]. */
export function linear(x: Tensor, o: { weight: Tensor; bias?: Tensor }): Tensor {
  const [N, K] = o.weight.shape as [number, number];
  const bias = o.bias?.shape;
  if (o.weight.shape.length !== 2 || x.shape.at(-1) !== K || (bias && !sameShape(bias, [N]))) {
    const both = `${shownShape(x.shape)}, ${shownShape(o.weight.shape)}`;
    const all = bias ? `${both} and ${shownShape(bias)}` : both;
    throw new ShapeError('linear', `wants x [..., K], weight [N, K] and bias [N], got ${all}.`);
  }
  const flat = reshape(x, [-1, K]);
  const product = matmul(flat, transpose(o.weight));
  const shaped = reshape(product, [...x.shape.slice(0, -1), N]);
  return o.bias ? add(shaped, o.bias) : shaped;
}

/** The rows of a table [V, C] at u32 places [...]: [..., C]. */
export const embedding = (table: Tensor, places: Tensor) => gather(table, places);

/** x [..., C] at u32 places [..., I] of each row: [..., I]. Places beyond the row give 0. */
export function gatherLast(x: Tensor, places: Tensor): Tensor {
  const C = x.shape[axisOf('gatherLast', x.shape, -1)]!;
  if (places.type !== 'u32' || !sameShape(x.shape.slice(0, -1), places.shape.slice(0, -1))) {
    const both = `${shownShape(x.shape)} and ${places.type} ${shownShape(places.shape)}`;
    throw new ShapeError('gatherLast', `wants x [..., C] and u32 places [..., I], got ${both}.`);
  }
  const chosen = equal(indices([C]), reshape(places, [...places.shape, 1])); // [..., I, C]
  const rows = reshape(x, [...x.shape.slice(0, -1), 1, C]);
  return sum(where(chosen, rows, 0), { axes: [-1] });
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
  // What is added is 0 to the bit.
  return add(stopGradient(value), subtract(gradientOf, stopGradient(gradientOf)));
}

// ---- losses, each a mean

/** logits [..., C] against classes, u32 [...]. */
export function crossEntropy(logits: Tensor, classes: Tensor): Tensor {
  if (classes.type !== 'u32' || !sameShape(logits.shape.slice(0, -1), classes.shape)) {
    const both = `${shownShape(logits.shape)} and ${classes.type} ${shownShape(classes.shape)}`;
    throw new ShapeError(
      'crossEntropy',
      `wants logits [..., C] and u32 classes [...], got ${both}.`,
    );
  }
  const places = reshape(classes, [...classes.shape, 1]);
  return negate(mean(gatherLast(logSoftmax(logits), places)));
}

export const meanSquaredError = (a: Tensor, b: Tensor) => mean(square(subtract(a, b)));

/** Huber 1964: square near 0, straight beyond `delta`. */
export function huber(a: Tensor, b: Tensor, delta = 1): Tensor {
  const size = abs(subtract(a, b));
  const near = minimum(size, delta);
  return mean(multiply(near, subtract(size, multiply(near, 0.5))));
}
