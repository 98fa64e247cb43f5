/** Causal attention (Vaswani et al. 2017, 3.2.1): over a whole sequence, and step by step. */
import {
  add,
  divide,
  gather,
  indices,
  less,
  matmul,
  maximum,
  multiply,
  permute,
  reshape,
  state,
  subtract,
  transpose,
  where,
} from './operators.ts';
import { softmax } from './functions.ts';
import type { Update } from './schedule.ts';
import { sameShape, ShapeError, shownShape } from './shape.ts';
import type { Tensor } from './tensor.ts';

/** What is not seen gets this score, whose exponential is 0 beside any other. */
const UNSEEN = -3e38;

/** q, k [B, H, T, C] and v [B, H, T, D]; every time sees itself and those before: [B, H, T, D]. */
export function causalAttention(q: Tensor, k: Tensor, v: Tensor): Tensor {
  checkAttention('causalAttention', { q, k, v });
  const T = q.shape.at(-2)!;
  const later = less(reshape(indices([T]), [T, 1]), reshape(indices([T]), [1, T]));
  return attended(q, { k, v, unseen: later });
}

function attended(q: Tensor, o: { k: Tensor; v: Tensor; unseen: Tensor }): Tensor {
  const scores = multiply(matmul(q, transpose(o.k)), 1 / Math.sqrt(q.shape.at(-1)!));
  return matmul(softmax(where(o.unseen, UNSEEN, scores)), o.v);
}

function checkAttention(name: string, o: { q: Tensor; k: Tensor; v: Tensor }): void {
  const [q, k, v] = [o.q.shape, o.k.shape, o.v.shape];
  if (q.length >= 2 && sameShape(q, k) && sameShape(q.slice(0, -1), v.slice(0, -1))) return;
  const all = [q, k, v].map(shownShape).join(', ');
  throw new ShapeError(name, `wants q, k [..., T, C] and v [..., T, D], got ${all}.`);
}

/** Keys and values of the latest times, as states of the program that decides step by step. */
export type AttentionCache = {
  readonly keys: Tensor; // [B, H, times, C]
  readonly values: Tensor; // [B, H, times, D]
  readonly length: Tensor; // u32 []: times seen so far; 0 forgets them all
};

/** `shape`: [B, H, times, C], of as many times as are to be seen. */
export function attentionCache(name: string, shape: readonly number[]): AttentionCache {
  return {
    keys: state(`${name}.keys`, shape),
    values: state(`${name}.values`, shape),
    length: state(`${name}.length`, [], 'u32'),
  };
}

/**
 * The next S times of a sequence, q, k, v [B, H, S, C], which see themselves and what the cache holds:
 * equal to causalAttention over all of it while that fits the cache, and over its latest times later.
 * The updates belong into the program.
 */
export function cachedAttention(
  { q, k, v }: { q: Tensor; k: Tensor; v: Tensor },
  cache: AttentionCache,
): { output: Tensor; updates: Update[] } {
  checkAttention('cachedAttention', { q, k, v });
  const [S, times] = [q.shape.at(-2)!, cache.keys.shape.at(-2)!];
  if (
    S > times ||
    !sameShape([...k.shape.slice(0, -2), times, k.shape.at(-1)!], cache.keys.shape)
  ) {
    const both = `${shownShape(k.shape)}, a cache of ${shownShape(cache.keys.shape)}`;
    throw new ShapeError('cachedAttention', `${both}: axes differ, or there are more new times.`);
  }
  const total = add(cache.length, S);
  // Times go round in the cache: how many times ago each of its places was written, 0 for the last.
  const ahead = subtract(add(total, times - 1), indices([times]));
  const age = subtract(ahead, multiply(divide(ahead, times), times));
  const since = subtract(S - 1, age); // which of the new times; beyond them where it is none
  const written = (old: Tensor, fresh: Tensor) => {
    const isNew = reshape(less(age, S), [times, 1]);
    return where(isNew, atTimes(fresh, since), old);
  };
  const keys = written(cache.keys, k);
  const values = written(cache.values, v);
  // A query s of the new ones sees what is as old as itself or older, and has been written at all.
  const own = subtract(S - 1, reshape(indices([S]), [S, 1]));
  const unseen = maximum(less(age, own), less(subtract(total, 1), age));
  return {
    output: attended(q, { k: keys, v: values, unseen }),
    updates: [
      { state: cache.keys, value: keys },
      { state: cache.values, value: values },
      { state: cache.length, value: total },
    ],
  };
}

/** x [..., S, C] at u32 times [T]: [..., T, C]. */
function atTimes(x: Tensor, times: Tensor): Tensor {
  const last = x.shape.length - 2;
  const front = [...x.shape.keys()].slice(0, last);
  const gathered = gather(permute(x, [last, ...front, last + 1]), times); // [T, ..., C]
  return permute(gathered, [...front.map((axis) => axis + 1), 0, last + 1]);
}
