/** What a bench or an evaluation prints: named figures, each with its spread. */

export type Figure = {
  name: string;
  value: number; // the median where there were repetitions
  unit: string;
  spread: [min: number, max: number];
};

/** The figure of repeated measurements: their median, and from least to most. */
export function figureOf(name: string, unit: string, measured: readonly number[]): Figure {
  if (measured.length === 0) throw new Error(`${name}: nothing was measured`);
  const sorted = measured.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const odd = sorted.length % 2 === 1;
  const median = odd ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
  return { name, value: median, unit, spread: [sorted[0]!, sorted.at(-1)!] };
}
