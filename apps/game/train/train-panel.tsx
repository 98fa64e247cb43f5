/** The Train page: runs and their curves, the run that is looked at, or the setting up of a new one. */
import { useEffect, useRef, useState } from 'react';
import { useStore } from '../app/store.ts';
import { navigate } from '../app/use-route.ts';
import type { TrainPlace } from '../app/route.ts';
import type { Game } from '../match/game.ts';
import type { Library } from '../storage/library.ts';
import { Compare } from './compare.tsx';
import { newRun } from './draft.ts';
import { ImportRun } from './import-run.tsx';
import { NewRun } from './new-run.tsx';
import { RunDetail } from './run-detail.tsx';
import { RunList } from './run-list.tsx';
import { type Runs, runsOf } from './runs.ts';
import '../style/train.css';

export type TrainPanelProps = {
  readonly game: Game;
  readonly library: Library;
  readonly of: TrainPlace | undefined;
};

export function TrainPanel({ game, library, of }: TrainPanelProps) {
  const [runs] = useState(() => runsOf(library));
  const state = useStore(runs.view, (view) => view.state);
  const problem = useStore(runs.view, (view) => view.problem);
  const storage = useStore(library.view, (view) => view.state);
  const isNew = of === 'new';
  const isEmpty = useStore(runs.view, (view) => view.runs.length + view.damaged.length === 0);
  return (
    <>
      <AtTop key={String(isNew)} />
      {storage === 'unavailable' && (
        <p className="message message-alert" role="alert">
          This browser gives the page no storage (a private window?), so a run ends with its tab and
          players cannot be kept. Training itself works.
        </p>
      )}
      {problem && storage !== 'unavailable' && (
        <p className="message message-alert" role="alert">
          {problem}
        </p>
      )}
      {state === 'looking' && <p className="message">Looking for earlier runs…</p>}
      {state === 'ready' && (isEmpty || isNew) && (
        <>
          {!isEmpty && (
            <button
              type="button"
              className="button back-button"
              onClick={() => navigate({ panel: 'train' })}
            >
              All runs
            </button>
          )}
          <NewRun runs={runs} library={library} />
        </>
      )}
      {state === 'ready' && !isEmpty && of !== 'new' && (
        <AllRuns {...{ runs, game, library }} wanted={of?.run ?? null} />
      )}
    </>
  );
}

/** Form and runs are pages of their own: each begins at its top, for the keyboard as well. */
function AtTop() {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    // No value: newer browsers answer with a promise, which is no clean-up.
    place.current?.parentElement?.scrollTo(0, 0);
    // What had the focus went with the page before; Tab goes on from here.
    if (document.activeElement === document.body) place.current?.focus({ preventScroll: true });
  }, []);
  return <div ref={place} tabIndex={-1} className="page-top" />;
}

type AllRunsProps = {
  readonly runs: Runs;
  readonly game: Game;
  readonly library: Library;
  readonly wanted: number | null;
};

function AllRuns({ runs, game, library, wanted }: AllRunsProps) {
  const all = useStore(runs.view, (view) => view.runs);
  const asked = all.find((run) => run.id === wanted);
  const [problem, setProblem] = useState<string | null>(null);
  const looked = asked ?? all[0] ?? null;
  return (
    <>
      <section aria-label="All runs">
        <div className="list-head">
          <h2>Compare</h2>
          <ImportRun onProblem={setProblem} />
          <button type="button" className="button button-main" onClick={newRun}>
            New run
          </button>
        </div>
        {problem && (
          <p className="message message-alert" role="alert">
            {problem}
          </p>
        )}
        {wanted !== null && !asked && (
          <p className="message" role="alert">
            There is no run {wanted} any more; this is the newest one.
          </p>
        )}
        {looked && <Compare runs={all} looked={looked} />}
        <RunList runs={runs} all={all} looked={looked} />
      </section>
      {looked && <RunDetail {...{ run: looked, runs, game, library }} />}
    </>
  );
}
