/** What the run can do: episodes of its policy, the latest one as it learns or any kept one. */
import { useEffect, useRef, useState } from 'react';
import { useStore } from '../app/store.ts';
import type { Recording } from '../storage/run-rows.ts';
import type { FilmNews, FilmOrder } from './film/worker.ts';
import { metricText, short } from './metrics.ts';
import type { Film } from './recording.ts';
import type { Run } from './run.ts';
import { nameOf } from './run-environment.ts';
import { Screen } from './screen.tsx';

type Shown = { readonly recording: Recording; readonly film: Film };

/** A recording's film; the one before stays until it is here. */
function useFilm(run: Run, recording: Recording | null) {
  const [shown, setShown] = useState<Shown | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const worker = useRef<Worker | null>(null);
  const ticket = useRef(0);
  useEffect(
    () => () => {
      worker.current?.terminate();
      worker.current = null;
    },
    [],
  );
  useEffect(() => {
    if (!recording) return;
    worker.current ??= new Worker(new URL('./film/worker.ts', import.meta.url), { type: 'module' });
    const mine = ++ticket.current;
    worker.current.onmessage = ({ data }: MessageEvent<FilmNews>) => {
      if (data.ticket !== ticket.current) return;
      if ('film' in data) setShown({ recording, film: data.film });
      setProblem('problem' in data ? data.problem : null);
    };
    const { environment } = run.view.value.row.recipe;
    worker.current.postMessage({ ticket: mine, environment, recording } satisfies FilmOrder);
  }, [run, recording]);
  return { shown, problem };
}

const LATEST = -1;

export function Watch({ run }: { run: Run }) {
  const recordings = useStore(run.view, (view) => view.recordings);
  const activity = useStore(run.view, (view) => view.activity);
  const [chosen, setChosen] = useState(LATEST); // by the steps of training
  // While one is shown, later ones wait for its end.
  const [next, setNext] = useState<Recording | null>(null);
  const latest = next ?? recordings.at(-1) ?? null;
  const [isPlaying, setPlaying] = useState(true);
  const fixed = recordings.find(({ steps }) => steps === chosen) ?? null;
  const { shown, problem } = useFilm(run, chosen === LATEST ? latest : fixed);
  const { environment } = run.view.value.row.recipe;
  const end = () => {
    if (chosen !== LATEST) return setPlaying(false);
    if (activity === 'running') run.record();
    setNext(recordings.at(-1) ?? null);
  };
  if (recordings.length === 0) {
    return (
      <div className="watch">
        <h3>What it can do</h3>
        <p className="soft">It plays here as soon as it has learned for a moment.</p>
      </div>
    );
  }
  return (
    <div className="watch">
      <div className="list-head">
        <h3>What it can do</h3>
        <select
          aria-label="Episode"
          value={chosen}
          onChange={(event) => {
            setChosen(Number(event.target.value));
            setPlaying(true);
          }}
        >
          <option value={LATEST}>{activity === 'running' ? 'Now, as it learns' : 'Latest'}</option>
          {distinct(recordings).map(({ steps }) => (
            <option key={steps} value={steps}>
              After {short(steps)} steps
            </option>
          ))}
        </select>
      </div>
      {problem && (
        <p className="message message-alert" role="alert">
          {problem}
        </p>
      )}
      {shown && (
        <>
          <Screen
            film={shown.film}
            environment={environment}
            isPlaying={isPlaying}
            label={`${nameOf(environment)}, played after ${short(shown.recording.steps)} steps`}
            onPlaying={setPlaying}
            onEnd={end}
          />
          <p className="soft run-left" aria-label="Episode shown">
            {filmWords(shown)}
          </p>
        </>
      )}
    </div>
  );
}

/** One for each number of steps: live ones may have been played at the same. */
function distinct(recordings: readonly Recording[]): readonly Recording[] {
  return [...new Map(recordings.map((one) => [one.steps, one])).values()].toReversed();
}

function filmWords({ recording, film }: Shown): string {
  const { steps, episodeReturn, ending } = recording;
  const seconds = film.rewards.length * film.stepSeconds;
  const length = `${film.rewards.length} steps, ${seconds.toFixed(1)} s`;
  const cut = ending === 'cut' ? ', cut' : '';
  return `After ${short(steps)} steps of training: return ${metricText('meanReturn', episodeReturn)} (${length}${cut})`;
}
