/** Trains a player: what to train, then a live curve, then its name and a match against it. */
import { Progress } from '@base-ui/react/progress';
import { lazy, Suspense, useState } from 'react';
import { useStore } from '../app/store.ts';
import { lengthText } from '../data/words.ts';
import type { Game } from '../match/game.ts';
import type { Library } from '../storage/library.ts';
import { Confirm } from '../ui/confirm.tsx';
import { KeepPlayer } from './keep-player.tsx';
import { TrainSetup } from './train-setup.tsx';
import type { Training, TrainingView } from './training.ts';
import { trainingOf } from './training.ts';

const Curve = lazy(async () => ({ default: (await import('./curve.tsx')).Curve }));

const WHOLE = new Intl.NumberFormat();
const SHORT = new Intl.NumberFormat(undefined, {
  notation: 'compact',
  maximumSignificantDigits: 3,
});

export function TrainPanel({ game, library }: { game: Game; library: Library }) {
  const [training] = useState(() => trainingOf(library));
  const state = useStore(training.view, (view) => view.state);
  const problem = useStore(training.view, (view) => view.problem);
  const storage = useStore(library.view, (view) => view.state);
  return (
    <>
      {storage === 'unavailable' && (
        <p className="message message-alert" role="alert">
          This browser gives the page no storage (a private window?), so a run ends with its tab and
          players cannot be kept. Training itself works.
        </p>
      )}
      {problem && (
        <p className="message message-alert" role="alert">
          {problem}
        </p>
      )}
      {state === 'looking' && <p className="message">Looking for an earlier run…</p>}
      {state === 'idle' && <TrainSetup training={training} library={library} />}
      {state !== 'looking' && state !== 'idle' && (
        <Run game={game} training={training} library={library} />
      )}
    </>
  );
}

function headlineOf(view: TrainingView): string {
  const size = `${view.robotsPerTeam}v${view.robotsPerTeam}`;
  switch (view.state) {
    case 'starting':
      return `Getting ready to train a ${size} player…`;
    case 'running':
      return `Training a ${size} player`;
    case 'pausing':
      return 'Finishing this generation…';
    case 'paused':
      return view.found ? 'A run of your last visit is waiting' : 'Paused';
    case 'elsewhere':
      return 'Training in another tab';
    case 'done':
      return 'Trained';
    case 'idle':
    case 'looking':
      return '';
    default:
      throw new Error('unreachable');
  }
}

function leftText(view: TrainingView): string {
  const left = Math.max(0, view.goalSeconds - view.secondsDone);
  if (view.state === 'done') return `${lengthText(view.secondsDone)} of training`;
  return `${lengthText(view.secondsDone)} of ${lengthText(view.goalSeconds)}, ${lengthText(left)} left`;
}

function Run({ game, training, library }: { game: Game; training: Training; library: Library }) {
  const view = useStore(training.view, (value) => value);
  const working = ['starting', 'running', 'pausing', 'elsewhere'].includes(view.state);
  return (
    <section aria-label="Training">
      <h2 className="run-title">
        <output aria-label="Training state">{headlineOf(view)}</output>
      </h2>
      <Progress.Root
        className="progress"
        value={Math.min(100, (view.secondsDone / view.goalSeconds) * 100)}
        aria-label="Training progress"
      >
        <Progress.Track className="progress-track">
          <Progress.Indicator className="progress-fill" />
        </Progress.Track>
      </Progress.Root>
      <p className="soft run-left">{leftText(view)}</p>
      <Controls training={training} view={view} />
      <p className="curve-title">Games won against the hard bot</p>
      <Suspense fallback={<div className="curve" />}>
        <Curve points={view.curve} goalSeconds={view.goalSeconds} />
      </Suspense>
      <Numbers view={view} />
      {!working && <KeepPlayer game={game} training={training} library={library} />}
    </section>
  );
}

function Controls({ training, view }: { training: Training; view: TrainingView }) {
  const { state } = view;
  const [asked, setAsked] = useState(false);
  return (
    <div className="run-actions">
      {(state === 'running' || state === 'pausing') && (
        <button
          type="button"
          className="button"
          disabled={state === 'pausing'}
          onClick={() => training.pause()}
        >
          Pause training
        </button>
      )}
      {state === 'paused' && (
        <button type="button" className="button button-main" onClick={() => void training.resume()}>
          Resume training
        </button>
      )}
      {state === 'done' && (
        <button type="button" className="button" onClick={() => void training.resume(3)}>
          Train 3 minutes more
        </button>
      )}
      {(state === 'starting' || state === 'running' || state === 'paused') && (
        <button type="button" className="button" onClick={() => training.stop()}>
          Stop training
        </button>
      )}
      {state === 'done' && (
        <button type="button" className="button" onClick={() => setAsked(true)}>
          Discard run
        </button>
      )}
      {asked && (
        <Confirm
          title="Discard this run?"
          text="What it learned is deleted, unless you kept its player. This cannot be undone."
          action="Discard"
          onConfirm={() => void training.discard()}
          onClose={() => setAsked(false)}
        />
      )}
    </div>
  );
}

function Numbers({ view }: { view: TrainingView }) {
  const { report } = view;
  const winRate = view.curve.at(-1)?.winRate ?? null;
  const isolated = globalThis.crossOriginIsolated;
  return (
    <>
      <dl className="numbers">
        <div>
          <dt>Games won</dt>
          <dd>{winRate === null ? '–' : `${Math.round(winRate * 100)} %`}</dd>
        </div>
        <div>
          <dt>Generation</dt>
          <dd>{WHOLE.format(view.generation)}</dd>
        </div>
        <div>
          <dt>Steps per second</dt>
          <dd>{report ? SHORT.format(report.stepsPerSecond) : '–'}</dd>
        </div>
        <div>
          <dt>Goals per minute</dt>
          <dd>
            {report
              ? `${report.goalsPerMinute.scored.toFixed(1)} : ${report.goalsPerMinute.conceded.toFixed(1)}`
              : '–'}
          </dd>
        </div>
      </dl>
      {view.device && (
        <p className="soft">
          Runs on {view.device}, {WHOLE.format(view.worldCount)} matches at once,{' '}
          {report ? SHORT.format(report.steps) : 0} steps so far.
        </p>
      )}
      {!isolated && (
        <p className="episode-note">
          This page is not cross-origin isolated, so threads have no shared memory and one thread
          trains. Serve it as `npm start` does to use them all.
        </p>
      )}
    </>
  );
}
