/** Sliding windows, which make convolutions of products, and their way back. */
import { type AxisMap, alongAxis } from './axis-map.ts';
import { add, pad, reshape, slice } from './operators.ts';
import type { Shape } from './shape.ts';
import { Tensor, type Window } from './tensor.ts';

/**
 * Sliding windows along some axes: the axis of size n becomes its places, 1 + (n - size) / step of
 * them, and the windows' insides become new axes at the end, in order.
 */
export function windows(x: Tensor, window: Window): Tensor {
  const inside = x.shape.length;
  const places = x.shape.map((size, axis) => {
    const i = window.axes.indexOf(axis);
    return i < 0 ? size : 1 + Math.floor((size - window.sizes[i]!) / window.steps[i]!);
  });
  const shape = [...places, ...window.sizes];
  const axes = x.shape.map((_, axis): AxisMap => {
    const i = window.axes.indexOf(axis);
    if (i < 0) return alongAxis(axis);
    const terms = [
      { axis, factor: window.steps[i]! },
      { axis: inside + i, factor: 1 },
    ];
    return { offset: 0, terms };
  });
  const operator = { kind: 'view', view: { name: 'window', window }, axes } as const;
  return new Tensor(operator, [x], { shape, type: x.type });
}

/** Between two elements along an axis come step - 1 zeros; `size` may add zeros at the end. */
export function dilate(x: Tensor, o: { axis: number; step: number; size: number }): Tensor {
  if (o.step === 1 && x.shape[o.axis] === o.size) return x;
  // [n] becomes [n, 1], then [n, step] with zeros, then one axis of n * step, cut or padded.
  const split = reshape(x, [...x.shape.slice(0, o.axis + 1), 1, ...x.shape.slice(o.axis + 1)]);
  const widths = split.shape.map((_, at): [number, number] => [
    0,
    at === o.axis + 1 ? o.step - 1 : 0,
  ]);
  const spread = pad(split, widths);
  const count = x.shape[o.axis]! * o.step;
  const flat = reshape(spread, x.shape.with(o.axis, count));
  if (count >= o.size) return slice(flat, { axis: o.axis, start: 0, end: o.size });
  return pad(
    flat,
    flat.shape.map((_, at) => [0, at === o.axis ? o.size - count : 0]),
  );
}

/** Each place within the windows puts its share back where it looked: a sum of dilated shifts. */
export function unwindow(g: Tensor, window: Window, x: Tensor): Tensor {
  const rank = x.shape.length;
  const insides = window.sizes.reduce<number[][]>(
    (all, size) => all.flatMap((one) => Array.from({ length: size }, (_, k) => [...one, k])),
    [[]],
  );
  const shares = insides.map((inside) => {
    const part = inside.reduce(
      (rest, k, i) => slice(rest, { axis: rank + i, start: k, end: k + 1 }),
      g,
    );
    return { inside, part: reshape(part, part.shape.slice(0, rank)) };
  });
  const { operator, inputs, shape, type } = shares
    .map(({ inside, part }) => placedBack(part, { inside, window, shape: x.shape }))
    .reduce((total, one) => add(total, one));
  if (shares.length === 1) return new Tensor(operator, inputs, { shape, type });
  return new Tensor(operator, inputs, { shape, type, unwindowed: { window, shares } });
}

/** What all windows have at one place within, where they looked; zeros elsewhere. */
function placedBack(
  part: Tensor,
  o: { inside: readonly number[]; window: Window; shape: Shape },
): Tensor {
  return o.window.axes.reduce((rest, axis, i) => {
    const size = o.shape[axis]! - o.inside[i]!;
    const spread = dilate(rest, { axis, step: o.window.steps[i]!, size });
    const widths = spread.shape.map((_, at): [number, number] => [
      at === axis ? o.inside[i]! : 0,
      0,
    ]);
    return pad(spread, widths);
  }, part);
}
