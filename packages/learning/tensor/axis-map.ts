/** Where an element of a view is found in what it looks at. */

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
