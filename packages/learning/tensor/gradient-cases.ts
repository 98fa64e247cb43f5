/**
 * Operators in random shapes, sizes of 1 and odd ones among them, whose gradients are held against
 * finite differences on both targets.
 */
import { cachedAttention, causalAttention } from './attention.ts';
import {
  clamp,
  crossEntropy,
  elu,
  gatherLast,
  gelu,
  groupNorm,
  huber,
  layerNorm,
  linear,
  logSoftmax,
  mean,
  meanSquaredError,
  relu,
  rmsNorm,
  silu,
  softmax,
  softplus,
  straightThrough,
  variance,
} from './functions.ts';
import { convolution, gruCell, upsampleNearest } from './layers.ts';
import {
  abs,
  add,
  concatenate,
  cos,
  divide,
  exp,
  expand,
  gather,
  less,
  log,
  matmul,
  max,
  maximum,
  min,
  minimum,
  multiply,
  negate,
  pad,
  permute,
  reshape,
  scatterAdd,
  sigmoid,
  sin,
  slice,
  sqrt,
  subtract,
  sum,
  tanh,
  transpose,
  where,
} from './operators.ts';
import { cumulativeSum, topK } from './order.ts';
import type { Shape } from './shape.ts';
import type { Tensor } from './tensor.ts';

/** Seeded choices for a case. */
export type Picks = {
  /** A whole number from low to high, both possible. */
  pick(low: number, high: number): number;
  /** So many sizes, mostly small, some of them 1. */
  shape(rank: number): number[];
  /** A tensor that the loss is differentiated by. */
  tensor(shape: Shape): Tensor;
  /** Places below `count`, some of them equal. */
  places(shape: Shape, count: number): Tensor;
};

export type GradientCase = (p: Picks) => Tensor;

/** Element-wise, of any shape, numbers without axes among them. */
const each =
  (f: (x: Tensor) => Tensor): GradientCase =>
  (p) =>
    f(p.tensor(p.shape(p.pick(0, 4))));

/** Of two shapes that broadcast, the one or the other with fewer axes or sizes of 1. */
const both =
  (f: (a: Tensor, b: Tensor) => Tensor): GradientCase =>
  (p) => {
    const shape = p.shape(p.pick(1, 4));
    const lesser = shape
      .map((size) => (p.pick(0, 2) === 0 ? 1 : size))
      .slice(p.pick(0, shape.length));
    const tensors = [p.tensor(shape), p.tensor(lesser)] as const;
    return p.pick(0, 1) === 0 ? f(tensors[0], tensors[1]) : f(tensors[1], tensors[0]);
  };

/** Over some axes, which stay or go. */
const along =
  (f: (x: Tensor, o: { axes: number[]; keep: boolean }) => Tensor): GradientCase =>
  (p) => {
    const x = p.tensor(p.shape(p.pick(1, 4)));
    const axes = [...x.shape.keys()].filter(() => p.pick(0, 1) === 0);
    const some = axes.length > 0 ? axes : [p.pick(0, x.shape.length - 1)];
    return f(x, { axes: some, keep: p.pick(0, 1) === 0 });
  };

const positive = (x: Tensor) => add(abs(x), 0.3);

const product: GradientCase = (p) => {
  const [M, K, N] = [p.pick(1, 9), p.pick(1, 9), p.pick(1, 20)];
  const front = p.shape(p.pick(0, 3));
  const lesser = front
    .map((size) => (p.pick(0, 2) === 0 ? 1 : size))
    .slice(p.pick(0, front.length));
  const fronts = p.pick(0, 1) === 0 ? [front, lesser] : [lesser, front];
  const factor = (i: number, rows: number, columns: number) =>
    p.pick(0, 1) === 0
      ? p.tensor([...fronts[i]!, rows, columns])
      : transpose(p.tensor([...fronts[i]!, columns, rows]));
  return matmul(factor(0, M, K), factor(1, K, N));
};

const convolved: GradientCase = (p) => {
  const [groups, stride, padding] = [p.pick(1, 3), p.pick(1, 3), p.pick(0, 2)];
  const [I, O] = [p.pick(1, 3), groups * p.pick(1, 3)];
  const [KH, KW] = [p.pick(1, 3), p.pick(1, 4)];
  const x = p.tensor([p.pick(1, 3), groups * I, KH + p.pick(0, 5), KW + p.pick(0, 4)]);
  const bias = p.tensor([O]);
  return convolution(x, { weight: p.tensor([O, I, KH, KW]), bias, stride, padding, groups });
};

const attended: GradientCase = (p) => {
  const [B, H, T, C] = [p.pick(1, 2), p.pick(1, 2), p.pick(1, 7), p.pick(1, 5)];
  const [q, k] = [p.tensor([B, H, T, C]), p.tensor([B, H, T, C])];
  return causalAttention(q, k, p.tensor([B, H, T, p.pick(1, 5)]));
};

const cached: GradientCase = (p) => {
  const [S, times, C] = [p.pick(1, 3), p.pick(3, 5), p.pick(1, 4)];
  const [q, k, v] = [0, 1, 2].map(() => p.tensor([2, 1, S, C])) as [Tensor, Tensor, Tensor];
  const [keys, values] = [p.tensor([2, 1, times, C]), p.tensor([2, 1, times, C])];
  const length = reshape(p.places([1], 9), []);
  return cachedAttention({ q, k, v }, { keys, values, length }).output;
};

const recurrent: GradientCase = (p) => {
  const [B, I, H] = [p.pick(1, 4), p.pick(1, 5), p.pick(1, 5)];
  const [wi, wh] = [p.tensor([3 * H, I]), p.tensor([3 * H, H])];
  const [bi, bh] = [p.tensor([3 * H]), p.tensor([3 * H])];
  return gruCell(p.tensor([B, I]), p.tensor([B, H]), { wi, wh, bi, bh });
};

const normed =
  (f: (x: Tensor, o: { weight: Tensor; bias: Tensor }) => Tensor): GradientCase =>
  (p) => {
    // Few features make a norm's gradient steep.
    const C = p.pick(4, 9);
    return f(p.tensor([...p.shape(p.pick(0, 3)), C]), {
      weight: p.tensor([C]),
      bias: p.tensor([C]),
    });
  };

const grouped: GradientCase = (p) => {
  const groups = p.pick(1, 3);
  const C = groups * p.pick(1, 3);
  const x = p.tensor([p.pick(1, 3), C, p.pick(2, 4), p.pick(2, 4)]);
  return groupNorm(x, { weight: p.tensor([C]), bias: p.tensor([C]), groups });
};

export const GRADIENT_CASES: Readonly<Record<string, GradientCase>> = {
  add: both(add),
  subtract: both(subtract),
  multiply: both(multiply),
  divide: both((a, b) => divide(a, positive(b))),
  maximum: both(maximum),
  minimum: both(minimum),
  'maximum of a number': each((x) => maximum(0.01, x)),
  negate: each(negate),
  exp: each(exp),
  log: each((x) => log(positive(x))),
  tanh: each(tanh),
  sigmoid: each(sigmoid),
  sin: each(sin),
  cos: each(cos),
  sqrt: each((x) => sqrt(positive(x))),
  abs: each(abs),
  relu: each(relu),
  silu: each(silu),
  gelu: each(gelu),
  softplus: each((x) => softplus(multiply(x, 5))),
  elu: each(elu),
  clamp: each((x) => clamp(x, -0.503, 0.708)),
  where: (p) => {
    const shape = p.shape(3);
    const chosen = less(p.places(shape.slice(p.pick(0, 2)), 2), 1);
    return where(chosen, sin(p.tensor(shape)), multiply(p.tensor([shape[2]!]), 2));
  },
  'straight through': each((x) => straightThrough(exp(x), exp(x))),
  reshape: each((x) => sin(reshape(x, [-1]))),
  permute: (p) => {
    const x = p.tensor(p.shape(4));
    return tanh(permute(x, [2, 0, 3, 1]));
  },
  expand: (p) => {
    const [a, b] = [p.pick(1, 4), p.pick(1, 5)];
    return expand(sin(p.tensor([a, 1])), [p.pick(1, 3), a, b]);
  },
  slice: (p) => {
    const x = p.tensor(p.shape(3).with(1, p.pick(2, 6)));
    return tanh(slice(x, { axis: -2, start: p.pick(0, 1), end: 2 }));
  },
  pad: (p) => {
    const x = p.tensor(p.shape(2));
    return tanh(
      add(
        pad(x, [
          [p.pick(0, 2), p.pick(0, 2)],
          [p.pick(0, 3), 1],
        ]),
        0.5,
      ),
    );
  },
  concatenate: (p) => {
    const shape = p.shape(3);
    const axis = p.pick(0, 2);
    const parts = Array.from({ length: p.pick(1, 12) }, () =>
      p.tensor(shape.with(axis, p.pick(1, 4))),
    );
    return tanh(concatenate(parts, axis));
  },
  sum: along((x, o) => sum(sin(x), o)),
  max: along((x, o) => max(x, o)),
  min: along((x, o) => min(x, o)),
  mean: along((x, o) => mean(sin(x), o)),
  variance: along((x, o) => variance(x, o)),
  'a long sum': (p) => sum(sin(p.tensor([p.pick(257, 6007)]))),
  'a long sum over the first axis': (p) => sum(sin(p.tensor([p.pick(300, 900), 3])), { axes: [0] }),
  'the product of matrices': product,
  linear: (p) => {
    const [K, N] = [p.pick(1, 9), p.pick(1, 17)];
    const x = p.tensor([...p.shape(p.pick(0, 3)), K]);
    return linear(x, { weight: p.tensor([N, K]), bias: p.tensor([N]) });
  },
  convolution: convolved,
  'nearest up-sampling': (p) => sin(upsampleNearest(p.tensor(p.shape(4)), p.pick(1, 3))),
  'a gated recurrent unit': recurrent,
  'layer norm': normed(layerNorm),
  'RMS norm': normed(rmsNorm),
  'group norm': grouped,
  softmax: (p) => {
    const x = p.tensor(p.shape(3));
    return softmax(multiply(x, 3), p.pick(-3, 2));
  },
  'log softmax': (p) => logSoftmax(p.tensor(p.shape(3)), p.pick(-3, 2)),
  'cross entropy': (p) => {
    const [front, C] = [p.shape(p.pick(0, 3)), p.pick(1, 6)];
    return crossEntropy(p.tensor([...front, C]), p.places(front, C));
  },
  Huber: both((a, b) => huber(multiply(a, 2), b, 0.7)),
  'mean squared error': both(meanSquaredError),
  'causal attention': attended,
  'attention with a cache': cached,
  gather: (p) => {
    const [V, row] = [p.pick(1, 5), p.shape(p.pick(0, 2))];
    return tanh(gather(p.tensor([V, ...row]), p.places(p.shape(p.pick(0, 2)), V)));
  },
  'gather along the last axis': (p) => {
    const [front, C] = [p.shape(p.pick(0, 2)), p.pick(1, 6)];
    return tanh(gatherLast(p.tensor([...front, C]), p.places([...front, p.pick(1, 4)], C)));
  },
  'scatter-add': (p) => {
    const [V, row] = [p.pick(1, 5), p.shape(p.pick(0, 2))];
    const places = p.shape(p.pick(1, 2));
    return tanh(scatterAdd(p.tensor([...places, ...row]), p.places(places, V), V));
  },
  'cumulative sum': (p) => sin(cumulativeSum(p.tensor(p.shape(3)), p.pick(-3, 2))),
  'a long cumulative sum': (p) => multiply(cumulativeSum(p.tensor([2, p.pick(65, 200)])), 0.1),
  'the largest': (p) => {
    const C = p.pick(1, 7);
    return tanh(topK(p.tensor([...p.shape(p.pick(0, 2)), C]), p.pick(1, C)).values);
  },
};
