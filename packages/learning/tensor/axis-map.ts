/** Where an element of a view is found in what it looks at. */
import { fixed, type Form, plus, quotient, remainder, times } from './index-form.ts';
import { type Shape, stridesOf } from './shape.ts';

/**
 * The coordinate along one axis of the input: offset + sum of factor * coordinate of the output. With
 * `guarded`, it may lie outside of the input, where the view is 0.
 */
export type AxisMap = {
  readonly offset: number;
  readonly terms: readonly { readonly axis: number; readonly factor: number }[];
  readonly guarded?: boolean;
};

/** The input's axis is the output's `axis`, shifted. */
export function alongAxis(axis: number, offset = 0): AxisMap {
  return { offset, terms: [{ axis, factor: 1 }] };
}

/** The input's axis has one place only. */
export const ONLY: AxisMap = { offset: 0, terms: [] };

/** Coordinates in what a view looks at, from those in the view. */
export function lookedAt(axes: readonly AxisMap[], at: readonly Form[]): Form[] {
  return axes.map(({ offset, terms }) =>
    plus(fixed(offset), ...terms.map(({ axis, factor }) => times(at[axis]!, factor))),
  );
}

/** The place of coordinates in a row-major shape, and back. */
export function placeOf(at: readonly Form[], shape: Shape): Form {
  const strides = stridesOf(shape);
  return plus(...at.map((form, axis) => times(form, strides[axis]!)));
}

/**
 * Coordinates in the shape that was reshaped, from those in the new one. Axes that were split or
 * joined stay among themselves, so that a picture's rows are not told apart by dividing the place of
 * its pixel in all pictures.
 */
export function reshapedAt(at: readonly Form[], o: { from: Shape; to: Shape }): Form[] {
  const coordinates: Form[] = [];
  let [i, k] = [0, 0];
  while (i < o.from.length || k < o.to.length) {
    const [first, start] = [i, k];
    let [size, wanted] = [o.from[i++] ?? 1, o.to[k++] ?? 1];
    while (size !== wanted) {
      if (size < wanted) size *= o.from[i++]!;
      else wanted *= o.to[k++]!;
    }
    const place = placeOf(at.slice(first, i), o.from.slice(first, i));
    coordinates.push(...coordinatesOf(place, o.to.slice(start, k)));
  }
  return coordinates.slice(0, o.to.length);
}

export function coordinatesOf(place: Form, shape: Shape): Form[] {
  const strides = stridesOf(shape);
  return shape.map((size, axis) => {
    const above = quotient(place, strides[axis]!);
    return axis === 0 ? above : remainder(above, size);
  });
}
