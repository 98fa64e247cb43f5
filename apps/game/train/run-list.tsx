/** All runs: which are in the chart, how far they are, which one is looked at. */
import type { MouseEvent } from 'react';
import { useState } from 'react';
import { pathOf } from '../app/route.ts';
import { useStore } from '../app/store.ts';
import { navigate } from '../app/use-route.ts';
import { lengthText } from '../data/words.ts';
import { Confirm } from '../ui/confirm.tsx';
import { IconButton } from '../ui/icon-button.tsx';
import { choiceOf } from './algorithms.ts';
import { belongsWith, styleOfRun, useShown } from './compare.tsx';
import { latest, type RunView, secondsLeft, shareDone, stateOf, stateWords } from './run-view.ts';
import { mainMetric, metricName, metricText, short } from './metrics.ts';
import { nameOf } from './run-environment.ts';
import type { Run } from './run.ts';
import type { Runs } from './runs.ts';

export type RunListProps = {
  readonly runs: Runs;
  readonly all: readonly Run[];
  readonly looked: Run | null;
};

export function RunList({ runs, all, looked }: RunListProps) {
  const damaged = useStore(runs.view, (view) => view.damaged);
  const together = looked ? belongsWith(looked, all) : all;
  return (
    <ul className="runs" aria-label="Runs">
      {all.map((run) => (
        <RunRow
          key={run.id}
          {...{ run, runs }}
          usual={together.includes(run)}
          style={styleOfRun(run, all)}
          isLooked={run === looked}
        />
      ))}
      {damaged.map((id) => (
        <DamagedRow key={id} id={id} runs={runs} />
      ))}
    </ul>
  );
}

/** On a phone the run is below what is seen of the list. */
const NARROW = '(max-width: 760px)';
const showDetail = () => document.querySelector('.run-detail')?.scrollIntoView();

type RunRowProps = {
  readonly run: Run;
  readonly runs: Runs;
  readonly usual: boolean; // to be in the chart
  readonly style: ReturnType<typeof styleOfRun>;
  readonly isLooked: boolean;
};

function RunRow({ run, runs, usual, style, isLooked }: RunRowProps) {
  const view = useStore(run.view, (value) => value);
  const [shown, setShown] = useShown(run, usual);
  const { row } = view;
  const to = { panel: 'train', of: { run: run.id } } as const;
  const look = (event: MouseEvent) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    navigate(to);
    if (matchMedia(NARROW).matches) requestAnimationFrame(showDetail);
  };
  return (
    <li className="run-row" data-state={stateOf(view)} data-looked={isLooked || undefined}>
      <button
        type="button"
        className="run-swatch"
        aria-pressed={shown}
        aria-label={`Show ${row.name} in the chart`}
        title={shown ? 'In the chart' : 'Not in the chart'}
        onClick={() => setShown(!shown)}
      >
        <svg viewBox="0 0 24 12" aria-hidden="true">
          <line
            {...{ x1: 2, x2: 22, y1: 6, y2: 6 }}
            stroke={`var(${style.colour})`}
            strokeDasharray={style.dash.map((one) => one * 0.7).join(' ')}
          />
        </svg>
      </button>
      <div className="run-text">
        <a href={pathOf(to)} aria-current={isLooked ? 'true' : undefined} onClick={look}>
          {row.name}
        </a>
        <p className="run-words">{wordsOf(view)}</p>
        <span className="run-bar" aria-hidden="true">
          <i style={{ scale: `${shareDone(view)} 1` }} />
        </span>
      </div>
      <Latest view={view} />
      <QuickAction run={run} runs={runs} view={view} />
    </li>
  );
}

function wordsOf(view: RunView): string {
  const { row } = view;
  const { environment, algorithm } = row.recipe;
  const what = `${choiceOf(algorithm)?.short ?? algorithm} · ${nameOf(environment)}`;
  const left = secondsLeft(view);
  const state = stateOf(view);
  const words = stateWords(view);
  if (state !== 'running' || left === null) return `${words} · ${what}`;
  return `${words}, ${lengthText(left)} left · ${what}`;
}

function Latest({ view }: { view: RunView }) {
  const metric = mainMetric(view.points);
  const value = latest(view.points, metric);
  return (
    <div className="run-latest" title={metricName(metric)}>
      <b>{value === null ? '–' : metricText(metric, value)}</b>
      <span>{view.steps > 0 ? `${short(view.steps)} steps` : ''}</span>
    </div>
  );
}

type QuickActionProps = { readonly run: Run; readonly runs: Runs; readonly view: RunView };

function QuickAction({ run, runs, view }: QuickActionProps) {
  const { name } = view.row;
  switch (stateOf(view)) {
    case 'running':
    case 'starting':
    case 'queued':
    case 'pausing':
      return <IconButton label={`Pause ${name}`} icon="pause" onClick={() => run.pause()} />;
    case 'paused':
      return <IconButton label={`Resume ${name}`} icon="play" onClick={() => void runs.go(run)} />;
    default:
      return <span className="run-no-action" />;
  }
}

function DamagedRow({ id, runs }: { id: number; runs: Runs }) {
  const [asked, setAsked] = useState(false);
  return (
    <li className="run-row" data-state="failed">
      <div className="run-text">
        <b>A run that cannot be read</b>
        <p className="run-words">Its entry is damaged: it can only be deleted.</p>
      </div>
      <IconButton label={`Delete damaged run ${id}`} icon="trash" onClick={() => setAsked(true)} />
      {asked && (
        <Confirm
          title="Delete the damaged run?"
          text="What is left of it is deleted. Kept players are not touched."
          action="Delete"
          onConfirm={() => void runs.delete(id)}
          onClose={() => setAsked(false)}
        />
      )}
    </li>
  );
}
