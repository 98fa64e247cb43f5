import { expect, test } from 'vitest';
import { attentionCache, cachedAttention, causalAttention } from './attention.ts';
import { crossEntropy, gatherLast, groupNorm, linear, variance } from './functions.ts';
import { convolution, upsampleNearest } from './layers.ts';
import {
  add,
  concatenate,
  exp,
  expand,
  gather,
  input,
  matmul,
  pad,
  permute,
  reshape,
  scatterAdd,
  slice,
  sum,
  transpose,
} from './operators.ts';
import { cumulativeSum, topK } from './order.ts';
import { scan } from './scan.ts';

const [a, b] = [input('a', [2, 3]), input('b', [4, 3])];
const u = input('u', [4], 'u32');
const picture = input('picture', [1, 4, 5, 6]);
const weight = input('weight', [6, 4, 3, 3]);

/** The operator, the shapes, the axis: in the message of what is built wrongly. */
const WRONG: readonly (readonly [string, () => unknown])[] = [
  ['add: [2, 3] and [4, 3] do not broadcast at axis -2: 2, 4.', () => add(a, b)],
  ['add: takes one type, got f32 and u32; see toFloat.', () => add(a, u)],
  ['exp: takes f32, got u32; see toFloat.', () => exp(u)],
  ['matmul: [2, 3] x [4, 3]', () => matmul(a, b)],
  ['matmul: takes f32 or f16, got u32 and f32', () => matmul(reshape(u, [2, 2]), a)],
  [
    'linear: wants x [..., K], weight [N, K] and bias [N], got [2, 3], [4, 4].',
    () => linear(a, { weight: input('w', [4, 4]) }),
  ],
  ['reshape: [2, 3] does not fill [4, 2].', () => reshape(a, [4, 2])],
  ['permute: [0, 0] does not order the axes of [2, 3].', () => permute(a, [0, 0])],
  ['transpose: [4] has no two axes.', () => transpose(u)],
  ['expand: [2, 3] does not expand to [5, 3] at axis 0.', () => expand(a, [5, 3])],
  ['slice: 2 to 5 is not within axis 1 of [2, 3].', () => slice(a, { axis: 1, start: 2, end: 5 })],
  ['pad: [1, 0] are no widths for the axes of [2, 3].', () => pad(a, [[1, 0]])],
  ['concatenate: [2, 3] and [4, 3] differ beside axis 1.', () => concatenate([a, b], 1)],
  ['sum: there is no axis 2 in [2, 3].', () => sum(a, { axes: [2] })],
  ['gather: wants rows and u32 places, got [2, 3], f32.', () => gather(a, b)],
  [
    'gatherLast: wants x [..., C] and u32 places [..., I], got [2, 3] and u32 [4].',
    () => gatherLast(a, u),
  ],
  [
    'scatterAdd: wants values [...places, ...row] and places, got [2, 3] and u32 [4].',
    () => scatterAdd(a, u, 9),
  ],
  [
    'convolution: wants [B, C, H, W] and [O, C / groups, KH, KW], got [2, 3] with',
    () => convolution(a, { weight }),
  ],
  [
    'convolution: [1, 4, 5, 6] with weights [6, 4, 3, 3] and 2 groups: axis 1 does not fit.',
    () => convolution(picture, { weight, groups: 2 }),
  ],
  [
    'convolution: [1, 4, 5, 6] with weights [6, 4, 9, 3]: the kernel exceeds axis 2',
    () => convolution(picture, { weight: input('w', [6, 4, 9, 3]), padding: 1 }),
  ],
  [
    'convolution: a stride of 0, a padding of 0.',
    () => convolution(picture, { weight, stride: 0 }),
  ],
  [
    'upsampleNearest: wants [B, C, H, W] and a whole factor, got [2, 3] and 2.',
    () => upsampleNearest(a),
  ],
  [
    'groupNorm: 3 groups do not divide axis 1 of [1, 4, 5, 6].',
    () => groupNorm(picture, { weight: a, groups: 3 }),
  ],
  [
    'variance: unbiased, of one element each, in [2, 3].',
    () => variance(a, { axes: [], unbiased: true }),
  ],
  [
    'crossEntropy: wants logits [..., C] and u32 classes [...], got [2, 3] and u32 [4].',
    () => crossEntropy(a, u),
  ],
  [
    'causalAttention: wants q, k [..., T, C] and v [..., T, D], got [2, 3], [2, 3], [4, 3].',
    () => causalAttention(a, a, b),
  ],
  [
    'cachedAttention: [1, 4, 5, 6], a cache of [1, 4, 3, 6]: axes differ, or there are more new times.',
    () =>
      cachedAttention({ q: picture, k: picture, v: picture }, attentionCache('c', [1, 4, 3, 6])),
  ],
  ['cumulativeSum: there is no axis 3 in [2, 3].', () => cumulativeSum(a, 3)],
  ['topK: 4 of 3 at axis -1 of [2, 3].', () => topK(a, 4)],
  [
    'scan: 9 steps of [2, 3]: axis 0 differs.',
    () => scan([], { steps: 9, slices: [a], step: () => ({ carry: [], outputs: [] }) }),
  ],
  [
    'scan: a step makes of the carry f32 [2, 3] another: f32 [4, 3].',
    () => scan([a], { steps: 9, step: () => ({ carry: [b], outputs: [] }) }),
  ],
  [
    'scan: an odd count of halves per step, [3]; see toFloat.',
    () =>
      scan([], {
        steps: 9,
        slices: [input('h', [9, 3], 'f16')],
        step: (_, { slices }) => ({ carry: [], outputs: slices }),
      }),
  ],
  ['input: axis 1 of [2, 0] is no positive integer.', () => input('empty', [2, 0])],
];

test.each(WRONG)('%s', (message, build) => {
  expect(build).toThrow(message);
});
