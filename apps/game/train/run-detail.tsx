/** The run that is looked at: how it does, what can be done with it, what it can do. */
import { Progress } from '@base-ui/react/progress';
import { useStore } from '../app/store.ts';
import { bytesText, lengthText } from '../data/words.ts';
import type { Game } from '../match/game.ts';
import type { Library } from '../storage/library.ts';
import { choiceOf } from './algorithms.ts';
import { KeepPlayer } from './keep-player.tsx';
import { LeagueView } from './league-view.tsx';
import {
  isActive,
  latest,
  type RunView,
  secondsLeft,
  shareDone,
  stateOf,
  stateWords,
  VAIN_STARTS_MAX,
} from './run-view.ts';
import { metricText, short } from './metrics.ts';
import { RunActions } from './run-actions.tsx';
import { soccerSizeOf } from './run-environment.ts';
import type { Run } from './run.ts';
import type { Runs } from './runs.ts';
import { VersionsView } from './versions/versions-view.tsx';
import { Watch } from './watch.tsx';

const WHOLE = new Intl.NumberFormat();

export type RunDetailProps = {
  readonly run: Run;
  readonly runs: Runs;
  readonly game: Game;
  readonly library: Library;
};

export function RunDetail({ run, runs, game, library }: RunDetailProps) {
  const view = useStore(run.view, (value) => value);
  const resting = view.activity === 'resting';
  const size = soccerSizeOf(view.row.recipe.environment);
  const keeps = choiceOf(view.row.recipe.algorithm)?.keeps === true;
  return (
    <section aria-label="Training" className="run-detail">
      <h2 className="run-title">
        {view.row.name}
        <output aria-label="Training state">{headline(view)}</output>
      </h2>
      <Progress.Root
        className="progress"
        value={shareDone(view) * 100}
        aria-label="Training progress"
      >
        <Progress.Track className="progress-track">
          <Progress.Indicator className="progress-fill" />
        </Progress.Track>
      </Progress.Root>
      <p className="soft run-left">{progressWords(view)}</p>
      <Problems run={run} runs={runs} view={view} />
      <RunActions run={run} runs={runs} view={view} />
      {(view.points.length > 0 || isActive(view)) && <Numbers view={view} />}
      {view.league && (
        <LeagueView {...{ run, library }} league={view.league} isPlayed={size !== null} />
      )}
      {(keeps || view.row.history) && <VersionsView {...{ run, view, library }} />}
      {(view.recordings.length > 0 || isActive(view)) && <Watch key={run.id} run={run} />}
      {resting && size !== null && view.row.savedAt !== null && (
        <KeepPlayer key={`player ${run.id}`} {...{ game, run, library, size }} />
      )}
    </section>
  );
}

/** What the state means for this run, where it is more than a word. */
function headline(view: RunView): string {
  const size = soccerSizeOf(view.row.recipe.environment);
  if (size === null) return stateWords(view);
  const player = `a ${size}v${size} player`;
  if (view.activity === 'starting') return `Getting ready to train ${player}…`;
  return view.activity === 'running' ? `Training ${player}` : stateWords(view);
}

function progressWords(view: RunView): string {
  const { goalSeconds, options, algorithm } = view.row.recipe;
  const left = secondsLeft(view);
  const leftWords =
    left === null || stateOf(view) === 'finished' ? '' : `, ${lengthText(left)} left`;
  if (goalSeconds !== null) {
    if (stateOf(view) === 'finished') return `${lengthText(view.seconds)} of training`;
    return `${lengthText(view.seconds)} of ${lengthText(goalSeconds)}${leftWords}`;
  }
  const goal = WHOLE.format(Number(options['stepsMax']));
  const unit = choiceOf(algorithm)?.options['stepsMax']?.unit ?? 'steps';
  return `${WHOLE.format(view.steps)} of ${goal} ${unit} in ${lengthText(view.seconds)}${leftWords}`;
}

function Problems({ run, runs, view }: { run: Run; runs: Runs; view: RunView }) {
  const { problem, offer, row } = view;
  const goOn = async () => {
    await run.goBack();
    await runs.go(run);
  };
  const fail = (error: unknown) => run.view.set({ problem: (error as Error).message });
  return (
    <>
      {row.outcome === 'failed' && (
        <p className="message message-alert" role="alert">
          The run stopped: {row.reason}
        </p>
      )}
      {stateOf(view) === 'paused' && row.vainStarts >= VAIN_STARTS_MAX && (
        <p className="message">
          Its tab was closed or broke off {row.vainStarts} times before a new checkpoint, so it
          waits for you to resume it.
        </p>
      )}
      {problem && (
        <div className="message message-alert" role="alert">
          <p>{problem}</p>
          {offer && (
            <button type="button" className="button" onClick={() => void goOn().catch(fail)}>
              Go on from step {WHOLE.format(offer.steps)}
            </button>
          )}
        </div>
      )}
    </>
  );
}

function Numbers({ view }: { view: RunView }) {
  const { points, device, worldCount, memoryBytes, stepsPerSecond, league } = view;
  const winRate = latest(points, 'winRate');
  const generation = latest(points, 'generation');
  const episodes = latest(points, 'episodes');
  const meanReturn = latest(points, 'meanReturn');
  const pending = isActive(view) ? '–' : null;
  const scored = latest(points, 'goalsScored');
  const conceded = latest(points, 'goalsConceded');
  const facts: [string, string | null][] = [
    ['Games won', winRate === null ? null : metricText('winRate', winRate)],
    ['Elo', league && `${Math.round(league.learner.rating)} ± ${Math.round(league.learner.error)}`],
    ['Return', meanReturn === null ? null : metricText('meanReturn', meanReturn)],
    ['Generation', generation === null ? null : WHOLE.format(generation)],
    ['Episodes', episodes ? short(episodes) : null], // what imitates plays none
    ['Steps per second', stepsPerSecond === null ? pending : short(stepsPerSecond)],
    [
      'Goals per minute',
      scored === null ? null : `${scored.toFixed(1)} : ${(conceded ?? 0).toFixed(1)}`,
    ],
    ['Memory', memoryBytes === null ? null : bytesText(memoryBytes)],
  ];
  return (
    <>
      <dl className="numbers">
        {facts
          .filter(([, value]) => value !== null)
          .map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
      </dl>
      {device && worldCount !== null && (
        <p className="soft">
          Runs on {device}, {WHOLE.format(worldCount)} {worldCount === 1 ? 'world' : 'worlds'} at
          once, {short(view.steps)} steps so far.
        </p>
      )}
      {!globalThis.crossOriginIsolated && (
        <p className="episode-note">
          This page is not cross-origin isolated, so threads have no shared memory and one thread
          trains. Serve it as `npm start` does to use them all.
        </p>
      )}
    </>
  );
}
