/**
 * Running means and variances of what is seen and gained (Chan et al. 1983, equation 2.1), as
 * stable-baselines3's VecNormalize, but after every rollout and without its bound of 10.
 */
import { mean, square } from '../tensor/functions.ts';
import { add, divide, input, multiply, sqrt, state, subtract } from '../tensor/operators.ts';
import type { Update } from '../tensor/program.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { NamedTensor } from '../formats/safetensors.ts';

/** Of nothing: so little that the first rollout decides. */
const FIRST_COUNT = 1e-4;

export type Statistic = {
  readonly name: string;
  readonly shape: readonly number[];
  readonly value: number;
};

/** States that the statistics are, with their first values. */
export function statisticsOf(inputs: number): readonly Statistic[] {
  return [
    { name: 'seen.mean', shape: [inputs], value: 0 },
    { name: 'seen.variance', shape: [inputs], value: 1 },
    { name: 'gained.mean', shape: [1], value: 0 },
    { name: 'gained.variance', shape: [1], value: 1 },
    { name: 'gained.scale', shape: [1], value: 1 },
    { name: 'seen.count', shape: [], value: FIRST_COUNT },
  ];
}

/** After a rollout: `keptSeen` [K, D] and `sums` [K] join the statistics. */
export function statisticsUpdates(o: { count: number; inputs: number }): Update[] {
  const { count: K, inputs: D } = o;
  const before = state('seen.count', []);
  const seen = merged('seen', input('keptSeen', [K, D]), before);
  const gained = merged('gained', input('sums', [K, 1]), before);
  const variance = gained[1]!.value;
  return [
    ...seen,
    ...gained,
    { state: state('gained.scale', [1]), value: divide(1, sqrt(add(variance, 1e-8))) },
    { state: before, value: add(before, K) },
  ];
}

function merged(name: string, samples: Tensor, before: Tensor): Update[] {
  const [K, D] = samples.shape as [number, number];
  const oldMean = state(`${name}.mean`, [D]);
  const oldVariance = state(`${name}.variance`, [D]);
  const newMean = mean(samples, { axes: [0] });
  const spread = mean(square(subtract(samples, newMean)), { axes: [0] });
  const total = add(before, K);
  const off = subtract(newMean, oldMean);
  const between = multiply(square(off), divide(multiply(before, K), total));
  const squares = add(add(multiply(oldVariance, before), multiply(spread, K)), between);
  return [
    { state: oldMean, value: add(oldMean, multiply(off, divide(K, total))) },
    { state: oldVariance, value: divide(squares, total) },
  ];
}

/** Puts (x - mean) / spread into the first layer: what it then gives for observations as they are. */
export function foldInto(
  weights: Record<string, NamedTensor>,
  o: { mean: (d: number) => number; spread: (d: number) => number },
): void {
  const { shape, data } = weights['0.weight']!;
  const [rows, inputs] = shape as [number, number];
  const weight = new Float32Array(rows * inputs);
  const bias = Float32Array.from(weights['0.bias']!.data);
  for (let r = 0; r < rows; r++) {
    for (let d = 0; d < inputs; d++) {
      const scaled = data[r * inputs + d]! / o.spread(d);
      weight[r * inputs + d] = scaled;
      bias[r]! -= scaled * o.mean(d);
    }
  }
  weights['0.weight'] = { shape, data: weight };
  weights['0.bias'] = { shape: [rows], data: bias };
}
