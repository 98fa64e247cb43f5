/**
 * Statistics of features, as lerobot keeps them for normalisation (compute_stats.py): of an episode,
 * and of all episodes together. Quantiles are exact here; lerobot finds them with 5000 bins.
 */
import type { Column } from './columns.ts';

/** Each of as many numbers as the feature has; `count` of one. */
export type Statistics = Readonly<Record<StatisticName, readonly number[]>>;

const QUANTILES = { q01: 0.01, q10: 0.1, q50: 0.5, q90: 0.9, q99: 0.99 } as const;
type QuantileName = keyof typeof QUANTILES;
export type StatisticName = 'min' | 'max' | 'mean' | 'std' | 'count' | QuantileName;

/** In the order of lerobot's files. */
export const STATISTIC_NAMES = [
  'min',
  'max',
  'mean',
  'std',
  'count',
  ...(Object.keys(QUANTILES) as QuantileName[]),
] as const satisfies readonly StatisticName[];

/** values [T, size]. */
export function statisticsOf(values: Column, size: number): Statistics {
  const count = values.length / size;
  const result: Record<StatisticName, number[]> = { ...empty(), count: [count] };
  for (let feature = 0; feature < size; feature++) {
    const sorted = Float64Array.from({ length: count }, (_, t) =>
      Number(values[t * size + feature]),
    );
    sorted.sort();
    const mean = sorted.reduce((sum, value) => sum + value, 0) / count;
    const spread = sorted.reduce((sum, value) => sum + (value - mean) ** 2, 0) / count;
    result.min.push(sorted[0]!);
    result.max.push(sorted[count - 1]!);
    result.mean.push(mean);
    result.std.push(Math.sqrt(spread));
    for (const [name, part] of Object.entries(QUANTILES)) {
      result[name as QuantileName].push(quantileOf(sorted, part));
    }
  }
  return result;
}

/** Between two values, linearly (NumPy's default). */
function quantileOf(sorted: Float64Array, part: number): number {
  const place = part * (sorted.length - 1);
  const below = sorted[Math.floor(place)]!;
  return below + (sorted[Math.ceil(place)]! - below) * (place % 1);
}

/**
 * Of both together. Quantiles of parts do not tell those of the whole; as lerobot, this keeps the least
 * of the lower ones and the largest of the upper ones.
 */
export function joined(a: Statistics, b: Statistics): Statistics {
  const [m, n] = [a.count[0]!, b.count[0]!];
  const total = m + n;
  const each = (name: StatisticName, f: (x: number, y: number, i: number) => number) =>
    a[name].map((x, i) => f(x, b[name][i]!, i));
  const mean = each('mean', (x, y) => (x * m + y * n) / total);
  const std = each('std', (x, y, i) => {
    const [fromA, fromB] = [a.mean[i]! - mean[i]!, b.mean[i]! - mean[i]!];
    return Math.sqrt(((x * x + fromA ** 2) * m + (y * y + fromB ** 2) * n) / total);
  });
  const least = (name: StatisticName) => each(name, (x, y) => Math.min(x, y));
  const most = (name: StatisticName) => each(name, (x, y) => Math.max(x, y));
  const lower = { min: least('min'), q01: least('q01'), q10: least('q10'), q50: least('q50') };
  return {
    ...lower,
    max: most('max'),
    mean,
    std,
    count: [total],
    q90: most('q90'),
    q99: most('q99'),
  };
}

function empty(): Record<StatisticName, number[]> {
  const lists = STATISTIC_NAMES.map((name) => [name, [] as number[]] as const);
  return Object.fromEntries(lists) as Record<StatisticName, number[]>;
}
