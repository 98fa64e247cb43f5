/** The versions of a run's line: what each could do in which task, and what can be done with them. */
import type { History, Score, Version } from '@dreampitch/learning';
import { headOf, versionById, whyNotRollBack } from '@dreampitch/learning';
import { useState } from 'react';
import { partOf } from '../../storage/histories.ts';
import { decodeLearned } from '../../storage/learned-policy.ts';
import type { Library } from '../../storage/library.ts';
import { keepPlayer } from '../../storage/player-bytes.ts';
import { shortened } from '../../storage/players.ts';
import { newRunFromVersion } from '../draft.ts';
import { metricText, short } from '../metrics.ts';
import { soccerSizeOf } from '../run-environment.ts';
import type { Run } from '../run.ts';
import type { RunView } from '../run-view.ts';
import { type Line as HistoryLine, useHistory } from './use-history.ts';

export type VersionsViewProps = {
  readonly run: Run;
  readonly view: RunView;
  readonly library: Library;
};

export function VersionsView({ run, view, library }: VersionsViewProps) {
  const { history, savedAt } = view.row;
  const isReady = (view.activity === 'resting' && savedAt !== null) || view.activity === 'running';
  return (
    <section className="league" aria-label="Versions">
      <div className="list-head">
        <h3>Versions</h3>
        <button
          type="button"
          className="button"
          disabled={!isReady || view.isTaking}
          onClick={() => void run.takeVersion()}
        >
          {view.isTaking ? 'Taking a version…' : 'Take a version'}
        </button>
      </div>
      {history ? (
        <Line id={history.id} version={history.version} {...{ run, view, library }} />
      ) : (
        <p className="soft">
          A version keeps what it can do now and what it must not forget. From one, training goes on
          with another environment, and one can come back to it. One is taken when training ends.
        </p>
      )}
    </section>
  );
}

type LineProps = VersionsViewProps & {
  readonly id: number;
  readonly version: string; // that the run is at
};

function Line({ id, version, run, view, library }: LineProps) {
  const line = useHistory(id, version);
  const { history, problem } = line;
  return (
    <>
      {!history && !problem && <p className="soft">Looking for versions…</p>}
      {history && <LineTable {...{ history, run, view, library, line }} />}
      {problem && (
        <p className="message message-alert" role="alert">
          {problem}
        </p>
      )}
    </>
  );
}

type TableProps = VersionsViewProps & {
  readonly history: History;
  readonly line: HistoryLine;
};

/** What a person does with a version, and how that went. */
function useDeeds({ run, view, library, history, line }: TableProps) {
  const [problem, setProblem] = useState<string | null>(null);
  const [kept, setKept] = useState<string | null>(null);
  const attempt = (work: () => void | Promise<void>) => {
    setProblem(null);
    // What throws at once is said like what fails later.
    void Promise.resolve()
      .then(work)
      .catch((error: unknown) => setProblem((error as Error).message));
  };
  const goOn = async (version: Version) => {
    const memory = partOf(history, version, 'memory').slice();
    const from = `version ${numberOf(history, version)} of '${version.by}'`;
    const { opponent } = await run.inputs();
    newRunFromVersion(view.row, { from, version: version.id, memory, opponent });
  };
  const keep = async (version: Version) => {
    const name = shortened(`${version.by} v${numberOf(history, version)}`);
    const learned = decodeLearned(partOf(history, version, 'policy'));
    await keepPlayer(library.database, { name, learned, winRate: null }, Date.now());
    setKept(name);
  };
  return {
    problem,
    kept,
    goOn: (version: Version) => attempt(() => goOn(version)),
    back: ({ id: to }: Version) => line.goBack({ to, by: view.row.name, when: Date.now() }),
    keep: (version: Version) => attempt(() => keep(version)),
  };
}

function LineTable(props: TableProps) {
  const { view, history } = props;
  const { problem, kept, goOn, back, keep } = useDeeds(props);
  const isPlayed = soccerSizeOf(view.row.recipe.environment) !== null;
  const tasks = [...new Set(history.versions.map(({ task }) => task))];
  const head = headOf(history);
  return (
    <>
      <div className="table-host">
        <table aria-label="Versions">
          <thead>
            <tr>
              <th scope="col">Version</th>
              {tasks.map((task) => (
                <th key={task} scope="col" title={`Return of an episode of ${task}`}>
                  {task}
                </th>
              ))}
              <th scope="col">
                <span className="for-ears">What can be done</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {history.versions.toReversed().map((version) => (
              <Row
                key={version.id}
                {...{ history, version, tasks }}
                isHead={version === head}
                isHere={version.id === view.row.history?.version}
                onGoOn={() => goOn(version)}
                onBack={() => back(version)}
                onKeep={isPlayed ? () => keep(version) : null}
              />
            ))}
          </tbody>
        </table>
      </div>
      <p className="soft run-left">
        Return of an episode with its standard error, of 32 episodes. “Back” makes a version the
        latest again; nothing is lost by it, and training goes on from any of them.
      </p>
      {kept && <output className="soft">{kept} is kept and is in the list of opponents.</output>}
      {problem && (
        <p className="message message-alert" role="alert">
          {problem}
        </p>
      )}
    </>
  );
}

const numberOf = ({ versions }: History, version: Version) => versions.indexOf(version) + 1;

type RowProps = {
  readonly history: History;
  readonly version: Version;
  readonly tasks: readonly string[];
  readonly isHead: boolean;
  readonly isHere: boolean;
  readonly onGoOn: () => void;
  readonly onBack: () => void;
  /** Null: it plays no matches. */
  readonly onKeep: (() => void) | null;
};

function Row({ history, version, tasks, isHead, isHere, onGoOn, onBack, onKeep }: RowProps) {
  const number = numberOf(history, version);
  const marks = [isHead && 'latest', isHere && 'of this run'].filter(Boolean).join(', ');
  const refused = whyNotRollBack(history, version.id);
  return (
    <tr>
      <th scope="row">
        {number} {marks !== '' && <span className="version-mark">{marks}</span>}
        <span className="option-words">{wordsOf(history, version)}</span>
      </th>
      {tasks.map((task) => (
        <td key={task}>{scoreText(history, version, task)}</td>
      ))}
      <td className="version-actions">
        <button
          type="button"
          className="button button-quiet"
          aria-label={`Go on from version ${number}`}
          onClick={onGoOn}
        >
          Go on
        </button>
        <button
          type="button"
          className="button button-quiet"
          aria-label={`Back to version ${number}`}
          title={refused ?? 'Makes it the latest version again'}
          disabled={refused !== null}
          onClick={onBack}
        >
          Back
        </button>
        {onKeep && (
          <button
            type="button"
            className="button button-quiet"
            aria-label={`Keep version ${number} as a player`}
            onClick={onKeep}
          >
            Keep
          </button>
        )}
      </td>
    </tr>
  );
}

function wordsOf(history: History, { made, parent, task, steps, by }: Version): string {
  const of = versionById(history, parent ?? '');
  if (made === 'rollback' && of) return `back at version ${numberOf(history, of)}`;
  const before = of ? `, after ${numberOf(history, of)}` : '';
  return `${task}, ${short(steps)} steps of ${by}${before}`;
}

/** Of a version that was gone back to: as of the one that it is. */
function scoreText(history: History, version: Version, task: string): string {
  const score = scoreOf(history, version, task);
  if (!score) return '–';
  return `${metricText('meanReturn', score.mean)} ± ${Number(score.error.toPrecision(2))}`;
}

function scoreOf(history: History, version: Version, task: string): Score | null {
  const found = history.scores.findLast((one) => one.version === version.id && one.task === task);
  if (found) return found;
  const of = version.made === 'rollback' ? versionById(history, version.parent ?? '') : null;
  return of ? scoreOf(history, of, task) : null;
}
