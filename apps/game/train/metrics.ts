/** The numbers of a run's curve in words, and how they are written. Pure. */
import type { RunPoint } from '../storage/run-rows.ts';

const SHORT = new Intl.NumberFormat(undefined, {
  notation: 'compact',
  maximumSignificantDigits: 3,
});

/** 12,345 as '12.3K'. */
export function short(value: number): string {
  return SHORT.format(value);
}

const NAMES: Readonly<Record<string, string>> = {
  meanReturn: 'Return of an episode',
  winRate: 'Games won against the hard bot',
  elo: 'Elo rating',
  fitness: 'Fitness',
  goalsScored: 'Goals per minute',
  goalsConceded: 'Goals against per minute',
  generation: 'Generation',
  episodes: 'Episodes',
  imitation: 'Error in what it learns from',
  heldOut: 'Error in what it never saw',
};

/** 'policyLoss' of an algorithm that is not named here is 'Policy loss'. */
export function metricName(metric: string): string {
  const words = metric.replaceAll(
    /([a-z])([A-Z])/g,
    (_, a: string, b: string) => `${a} ${b.toLowerCase()}`,
  );
  return NAMES[metric] ?? words[0]!.toUpperCase() + words.slice(1);
}

export function metricText(metric: string, value: number): string {
  if (metric === 'elo') return String(Math.round(value));
  return metric === 'winRate' ? `${Math.round(value * 100)} %` : short(value);
}

/** Where the axis of a metric ends, where that is known. */
export function endsOf(metric: string): readonly [number, number] | undefined {
  return metric === 'winRate' ? [0, 1] : undefined;
}

/** What matters most first; counters are no curves. */
const FIRST = ['winRate', 'elo', 'meanReturn', 'heldOut'];
const COUNTERS = new Set(['generation', 'episodes']);

/** What one number says most of a run; of one that has none of these it is the return. */
export function mainMetric(points: readonly RunPoint[]): string {
  const has = new Set(metricsOf([points]));
  return FIRST.find((name) => has.has(name)) ?? 'meanReturn';
}

const rank = (name: string) => (FIRST.includes(name) ? FIRST.indexOf(name) : FIRST.length);

/** Every metric of these curves, what matters most first. */
export function metricsOf(curves: readonly (readonly RunPoint[])[]): string[] {
  const names = new Set<string>();
  // A metric that appears later than the others is found at the end.
  for (const points of curves) {
    for (const point of [points[0], ...points.slice(-20)]) {
      for (const name of Object.keys(point?.values ?? {})) names.add(name);
    }
  }
  return [...names].filter((name) => !COUNTERS.has(name)).sort((a, b) => rank(a) - rank(b));
}

/** Colours and dashes that tell curves apart, also for eyes that do not see colours. */
const COLOURS = ['--green', '--blue', '--orange'] as const;
const DASHES: readonly (readonly number[])[] = [[], [7, 4], [2, 4]];

export type CurveStyle = { readonly colour: string; readonly dash: readonly number[] };

/** Of the n-th run. */
export function styleOf(n: number): CurveStyle {
  return {
    colour: COLOURS[n % COLOURS.length]!,
    dash: DASHES[Math.floor(n / COLOURS.length) % DASHES.length]!,
  };
}
