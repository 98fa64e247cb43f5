/** Sums and orders along an axis. */
import {
  add,
  equal,
  indices,
  less,
  maximum,
  multiply,
  pad,
  permute,
  reshape,
  slice,
  sum,
  toFloat,
  where,
} from './operators.ts';
import { axisOf, ShapeError, shownShape } from './shape.ts';
import type { Tensor } from './tensor.ts';

/** Longer rows are summed in blocks of this size, and the blocks' sums in turn. */
const BLOCK = 32;

/** The sum of the elements up to and with each, along an axis. */
export function cumulativeSum(x: Tensor, along = -1): Tensor {
  const axis = axisOf('cumulativeSum', x.shape, along);
  const others = [...x.shape.keys()].filter((one) => one !== axis);
  const summed = cumulated(permute(x, [...others, axis]));
  const back = x.shape.map((_, at) => (at < axis ? at : at === axis ? others.length : at - 1));
  return permute(summed, back);
}

/** Along the last axis. */
function cumulated(x: Tensor): Tensor {
  const [front, size] = [x.shape.slice(0, -1), x.shape.at(-1)!];
  if (size > 2 * BLOCK) {
    const blocks = Math.ceil(size / BLOCK);
    const filled = pad(x, [...front.map(() => [0, 0] as const), [0, blocks * BLOCK - size]]);
    const inside = cumulated(reshape(filled, [...front, blocks, BLOCK]));
    const ends = slice(inside, { axis: -1, start: BLOCK - 1 });
    const upTo = cumulated(reshape(ends, [...front, blocks]));
    const before = pad(slice(upTo, { axis: -1, start: 0, end: blocks - 1 }), [
      ...front.map(() => [0, 0] as const),
      [1, 0],
    ]);
    const all = reshape(add(inside, reshape(before, [...front, blocks, 1])), [...front, -1]);
    return slice(all, { axis: -1, start: 0, end: size });
  }
  const ahead = less(reshape(indices([size]), [size, 1]), indices([size]));
  return sum(where(ahead, 0, reshape(x, [...front, 1, size])), { axes: [-1] });
}

/**
 * The `count` largest along the last axis [..., C], largest first, equal ones in their order, and their
 * places, u32: each [..., count]. Compares all pairs of a row.
 */
export function topK(x: Tensor, count: number): { values: Tensor; places: Tensor } {
  const C = x.shape[axisOf('topK', x.shape, -1)]!;
  if (!Number.isInteger(count) || count < 1 || count > C) {
    throw new ShapeError('topK', `${count} of ${C} at axis -1 of ${shownShape(x.shape)}.`);
  }
  const front = x.shape.slice(0, -1);
  const [own, other] = [reshape(x, [...front, C, 1]), reshape(x, [...front, 1, C])];
  const before = less(indices([C]), reshape(indices([C]), [C, 1]));
  const ahead = maximum(less(own, other), multiply(equal(own, other), before));
  const rank = sum(ahead, { axes: [-1] }); // [..., C]: how many come first
  const wanted = reshape(toFloat(indices([count])), [count, 1]);
  const chosen = equal(wanted, reshape(rank, [...front, 1, C])); // [..., count, C]
  return {
    values: sum(where(chosen, other, 0), { axes: [-1] }),
    places: sum(where(chosen, indices([C]), 0), { axes: [-1] }),
  };
}
