/** The curves of the chosen runs over steps or over time, live. */
import { lazy, Suspense, useEffect, useMemo, useState } from 'react';
import { Store, useStore } from '../app/store.ts';
import { lengthText } from '../data/words.ts';
import type { PlotCurve } from '../ui/compare-plot.tsx';
import { Choice } from '../ui/choice.tsx';
import { latest, type RunView } from './run-view.ts';
import { endsOf, metricName, metricsOf, metricText, short, styleOf } from './metrics.ts';
import type { Run } from './run.ts';
import { nameOf } from './run-environment.ts';

const ComparePlot = lazy(async () => ({
  default: (await import('../ui/compare-plot.tsx')).ComparePlot,
}));

/** So many runs are in the chart unasked; more are hard to tell apart. */
const SHOWN_UNASKED = 6;
/** So often the curves are drawn anew: smooth enough, and little work beside a match. */
const DRAW_MS = 250;

type ChartView = {
  readonly by: 'steps' | 'time';
  readonly metric: string | null; // null: the first that there is
  /** What a person chose, by run. */
  readonly chosen: Readonly<Record<number, boolean>>;
};

const chart = new Store<ChartView>({ by: 'steps', metric: null, chosen: {} });

/** Chooses what the chart shows. */
export function showInChart(metric: string): void {
  chart.set({ metric });
  document.querySelector('.compare')?.scrollIntoView({ block: 'nearest' });
}

const AXES = [
  { value: 'steps' as const, name: 'Steps' },
  { value: 'time' as const, name: 'Time' },
];

const nameOfRun = (run: Run) => nameOf(run.view.value.row.recipe.environment);

/** Runs that are worth comparing with this one: on the same environment, it and the newest ones. */
export function belongsWith(looked: Run, runs: readonly Run[]): readonly Run[] {
  const same = runs.filter((run) => nameOfRun(run) === nameOfRun(looked));
  const others = same.filter((run) => run !== looked);
  return [looked, ...others.slice(0, SHOWN_UNASKED - 1)];
}

/** Whether the run is in the chart, and the way to change it; `usual` where nobody changed it. */
export function useShown(run: Run, usual: boolean): readonly [boolean, (shown: boolean) => void] {
  const chosen = useStore(chart, (view) => view.chosen[run.id]);
  const set = (shown: boolean) => {
    chart.set({ chosen: { ...chart.value.chosen, [run.id]: shown } });
  };
  return [chosen ?? usual, set];
}

type Seen = { readonly run: Run; readonly view: RunView };

const seenNow = (runs: readonly Run[]): readonly Seen[] =>
  runs.map((run) => ({ run, view: run.view.value }));

/** The runs with what is known of each, a few times a second. */
function useSeen(runs: readonly Run[]): readonly Seen[] {
  const [seen, setSeen] = useState(() => seenNow(runs));
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const draw = () => {
      timer = undefined;
      setSeen(seenNow(runs));
    };
    draw();
    const stops = runs.map((run) =>
      run.view.subscribe(() => (timer ??= setTimeout(draw, DRAW_MS))),
    );
    return () => {
      clearTimeout(timer);
      for (const stop of stops) stop();
    };
  }, [runs]);
  return seen;
}

/** The n-th run keeps its colour whatever is shown: the first of all is number 0. */
export function styleOfRun(run: Run, runs: readonly Run[]) {
  return styleOf(runs.length - 1 - runs.indexOf(run));
}

export function Compare({ runs, looked }: { runs: readonly Run[]; looked: Run }) {
  const { by, metric: wanted, chosen } = useStore(chart, (view) => view);
  const seen = useSeen(runs);
  const shown = useMemo(() => {
    const together = belongsWith(looked, runs);
    return seen.filter(
      ({ run, view }) => view.points.length > 0 && (chosen[run.id] ?? together.includes(run)),
    );
  }, [runs, looked, chosen, seen]);
  const metrics = useMemo(() => metricsOf(shown.map(({ view }) => view.points)), [shown]);
  // Unasked, what matters most of the run that is looked at.
  const own = metricsOf([looked.view.value.points])[0];
  const unasked = own !== undefined && metrics.includes(own) ? own : metrics[0];
  const metric = metrics.includes(wanted ?? '') ? wanted! : (unasked ?? 'meanReturn');
  const curves = useMemo(
    () =>
      shown.map(({ run, view }): PlotCurve => {
        const points = view.points
          .filter(({ values }) => Number.isFinite(values[metric]))
          .map(({ steps, seconds, values }) => {
            return [by === 'steps' ? steps : seconds, values[metric]!] as const;
          });
        return { name: view.row.name, ...styleOfRun(run, runs), points };
      }),
    [shown, by, metric, runs],
  );
  const words = wordsOf(
    shown.map(({ view }) => view),
    metric,
  );
  return (
    <div className="compare">
      <div className="compare-head">
        <select
          aria-label="What the chart shows"
          value={metric}
          onChange={(event) => chart.set({ metric: event.target.value })}
        >
          {(metrics.length > 0 ? metrics : [metric]).map((name) => (
            <option key={name} value={name}>
              {metricName(name)}
            </option>
          ))}
        </select>
        <Choice label="By" value={by} options={AXES} onChange={(next) => chart.set({ by: next })} />
      </div>
      {curves.length === 0 ? (
        <figure className="compare-plot compare-empty soft" aria-label={words}>
          Nothing to draw yet. The curves of runs that are in the chart come here as they learn.
        </figure>
      ) : (
        <Suspense fallback={<div className="compare-plot" />}>
          <ComparePlot
            curves={curves}
            xText={by === 'steps' ? short : lengthText}
            yText={(value) => metricText(metric, value)}
            words={words}
            ends={endsOf(metric)}
          />
        </Suspense>
      )}
    </div>
  );
}

function wordsOf(views: readonly RunView[], metric: string): string {
  const what = metricName(metric);
  if (views.length === 0) return `${what}: nothing yet`;
  const each = views.map(({ row, points }) => {
    const value = latest(points, metric);
    return `${row.name} ${value === null ? 'nothing yet' : metricText(metric, value)}`;
  });
  return `${what}: ${each.join('; ')}`;
}
