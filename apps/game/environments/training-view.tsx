/** Training on the edited environment: start, stop, the mean return over time. */
import { lazy, Suspense, useMemo } from 'react';
import { useStore } from '../app/store.ts';
import type { ReturnPoint, Workbench } from './workbench.ts';

const LinePlot = lazy(async () => ({ default: (await import('../ui/line-plot.tsx')).LinePlot }));

const SHORT = new Intl.NumberFormat(undefined, {
  notation: 'compact',
  maximumSignificantDigits: 3,
});
const short = (value: number) => SHORT.format(value);
const CURVE_SECONDS = 10;

export function TrainingView({ bench, ready }: { bench: Workbench; ready: boolean }) {
  const training = useStore(bench.view, (view) => view.training);
  const curve = useStore(bench.view, (view) => view.curve);
  const report = useStore(bench.view, (view) => view.report);
  const device = useStore(bench.view, (view) => view.device);
  const working = training === 'starting' || training === 'running' || training === 'stopping';
  return (
    <section aria-label="Learning" className="work-part">
      <div className="list-head">
        <h2>Learning</h2>
        {working ? (
          <button
            type="button"
            className="button"
            disabled={training !== 'running'}
            onClick={() => bench.stopTraining()}
          >
            Stop training
          </button>
        ) : (
          <button
            type="button"
            className="button button-main"
            disabled={!ready}
            onClick={() => bench.train()}
          >
            {training === 'stopped' ? 'Train again' : 'Train'}
          </button>
        )}
      </div>
      <output aria-label="Learning state" className="soft">
        {wordsOf(training, report?.generation ?? 0)}
      </output>
      {curve.length > 0 && (
        <>
          <p className="curve-title">Mean return of an episode</p>
          <Suspense fallback={<div className="curve" />}>
            <Returns curve={curve} />
          </Suspense>
        </>
      )}
      {report && (
        <p className="soft">
          {short(report.steps)} steps, {short(report.stepsPerSecond)} per second, on {device}.
        </p>
      )}
    </section>
  );
}

function wordsOf(training: string, generations: number): string {
  switch (training) {
    case 'none':
      return 'An evolution strategy tries variants of a small network in hundreds of these worlds.';
    case 'starting':
      return 'Getting ready…';
    case 'running':
      return `Generation ${generations}`;
    case 'stopping':
      return 'Finishing this generation…';
    default:
      return `Trained for ${generations} generations. Run the world to see what it learned.`;
  }
}

function Returns({ curve }: { curve: readonly ReturnPoint[] }) {
  const points = useMemo(
    () => curve.map(({ seconds, meanReturn }) => [seconds, meanReturn] as const),
    [curve],
  );
  const last = curve.at(-1)!.meanReturn;
  return (
    <LinePlot
      points={points}
      endSeconds={CURVE_SECONDS}
      valueText={short}
      words={`Mean return over time: ${curve.length} points, now ${short(last)}`}
    />
  );
}
