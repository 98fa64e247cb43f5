/** Statistics of returns. */

export function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Of the mean of the values. */
export function standardError(values: readonly number[]): number {
  const mean = meanOf(values);
  const variance =
    values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
  return Math.sqrt(variance / values.length);
}

/** The mean of the middle half: of five, the middle three, the outer two of them by three quarters. */
export function interquartileMean(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const quarter = sorted.length / 4;
  let total = 0;
  sorted.forEach((value, i) => {
    const from = Math.max(i, quarter);
    const to = Math.min(i + 1, sorted.length - quarter);
    total += value * Math.max(0, to - from);
  });
  return total / (sorted.length - 2 * quarter);
}
