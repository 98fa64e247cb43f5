/** The page of one environment: its text on one side, its world and its learning on the other. */
import type { FileProblem } from '@dreampitch/sim';
import { ENVIRONMENT_NAME_LENGTH_MAX } from '@dreampitch/sim';
import { useCallback, useId, useRef, useState } from 'react';
import { useStore } from '../app/store.ts';
import { navigate } from '../app/use-route.ts';
import { download } from '../data/download.ts';
import type { Library } from '../storage/library.ts';
import { useLive } from '../storage/use-live.ts';
import { Confirm } from '../ui/confirm.tsx';
import type { CodeEditorHandle } from './code-editor.tsx';
import { CodeEditor } from './code-editor.tsx';
import { fileNameOf, nameOf } from './file-name.ts';
import type { RunsHere } from './learned-here.ts';
import { runsOn } from './learned-here.ts';
import { LearningView } from './learning-view.tsx';
import { LiveView } from './live-view.tsx';
import type { Workbench, WorkView } from './workbench.ts';

const NO_RUNS: RunsHere = { runs: [], learned: null };

/** The runs on the text as it was when it was checked last: not anew with every key. */
function useRunsHere(bench: Workbench, library: Library): RunsHere {
  const text = useStore(bench.view, (view) => view.checkedText);
  const live = useLive(useCallback(() => runsOn(library.database, text), [library, text]));
  return live.state === 'ready' ? live.value : NO_RUNS;
}

export function Editor({ bench, library }: { bench: Workbench; library: Library }) {
  const text = useStore(bench.view, (view) => view.text);
  const problems = useStore(bench.view, (view) => view.problems);
  const check = useStore(bench.view, (view) => view.check);
  const stoppedBy = useStore(bench.view, (view) => view.stoppedBy);
  const here = useRunsHere(bench, library);
  const handle = useRef<CodeEditorHandle>(null);
  const words = useId();
  const ready = check === 'done' && problems.length === 0;
  return (
    <>
      <Head bench={bench} library={library} />
      <div className="work">
        <div className="work-text">
          <CodeEditor
            label="Environment text"
            text={text}
            problems={problems}
            describedBy={words}
            handle={handle}
            onEdit={(next) => bench.edit(next)}
          />
          <Checked bench={bench} id={words} onGo={(problem) => goTo(handle.current, problem)} />
        </div>
        <div className="work-side">
          {stoppedBy && (
            <p className="message message-alert" role="alert">
              Stopped in line {stoppedBy.line}: {stoppedBy.message}
            </p>
          )}
          <LiveView bench={bench} ready={ready} learned={here.learned} />
          <LearningView bench={bench} ready={ready} here={here} />
        </div>
      </div>
    </>
  );
}

function goTo(editor: CodeEditorHandle | null, { line, column }: FileProblem): void {
  editor?.goTo(line, column);
}

type Check = Pick<WorkView, 'check' | 'problems' | 'findings'>;

function wordsOf({ check, problems, findings }: Check): string {
  if (check === 'checking') return 'Checking…';
  const [first] = problems;
  if (first) {
    const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : '';
    return `Line ${first.line}: ${first.message}${more}`;
  }
  if (findings.length === 0)
    return 'No errors; a test run with random actions found nothing wrong.';
  return `No errors; a test run found ${findings.length === 1 ? 'this' : 'these'}:`;
}

type CheckedProps = { bench: Workbench; id: string; onGo: (problem: FileProblem) => void };

function Checked({ bench, id, onGo }: CheckedProps) {
  const check = useStore(bench.view, (view) => view.check);
  const problems = useStore(bench.view, (view) => view.problems);
  const findings = useStore(bench.view, (view) => view.findings);
  const state = check === 'checking' ? 'checking' : problems.length > 0 ? 'wrong' : 'right';
  return (
    <div className="checked" data-state={state}>
      <output id={id} aria-label="Check">
        {wordsOf({ check, problems, findings })}
      </output>
      {check === 'done' && problems.length > 0 && (
        <ul className="problems" aria-label="Problems">
          {problems.map((problem) => (
            <li key={`${problem.line} ${problem.column} ${problem.message}`}>
              <button type="button" className="button button-quiet" onClick={() => onGo(problem)}>
                Go to line {problem.line}
              </button>
              {problems.length > 1 && <span>{problem.message}</span>}
            </li>
          ))}
        </ul>
      )}
      {check === 'done' && findings.length > 0 && (
        <ul className="findings" aria-label="Findings">
          {findings.map((finding) => (
            <li key={finding}>{finding}</li>
          ))}
        </ul>
      )}
    </div>
  );
}

const leave = () => navigate({ panel: 'environments', of: null });

function Head({ bench, library }: { bench: Workbench; library: Library }) {
  const text = useStore(bench.view, (view) => view.text);
  const savedText = useStore(bench.view, (view) => view.savedText);
  const id = useStore(bench.view, (view) => view.id);
  const [asked, setAsked] = useState(false);
  const name = nameOf(text);
  const save = async () => {
    const kept = await bench.save();
    if (kept !== null) navigate({ panel: 'environments', of: { id: kept } }, 'replace');
  };
  const remove = async () => {
    try {
      if (id !== null) await library.database.environments.delete(id);
      bench.close();
      navigate({ panel: 'environments', of: null });
    } catch (error) {
      library.fail(error, 'the change');
    }
  };
  return (
    <div className="work-head">
      <button type="button" className="button" onClick={leave}>
        All environments
      </button>
      <input
        className="input"
        aria-label="Name of the environment"
        value={name}
        maxLength={ENVIRONMENT_NAME_LENGTH_MAX}
        autoComplete="off"
        onChange={(event) => bench.rename(event.target.value)}
      />
      <button
        type="button"
        className="button button-main"
        disabled={text === savedText}
        onClick={() => void save()}
      >
        Save
      </button>
      <button
        type="button"
        className="button"
        onClick={() => download(fileNameOf(name), new Blob([text], { type: 'text/plain' }))}
      >
        Export
      </button>
      {id !== null && (
        <button type="button" className="button" onClick={() => setAsked(true)}>
          Delete
        </button>
      )}
      <KeptWords bench={bench} />
      {asked && (
        <Confirm
          title="Delete this environment?"
          text={`${name} is deleted from this device. This cannot be undone.`}
          action="Delete"
          onConfirm={() => void remove()}
          onClose={() => setAsked(false)}
        />
      )}
    </div>
  );
}

function KeptWords({ bench }: { bench: Workbench }) {
  const said = useStore(bench.view, (view) => view.said);
  const alert = useStore(bench.view, (view) => view.alert);
  const saved = useStore(bench.view, (view) => view.savedText);
  const kept = useStore(bench.view, (view) => view.text === view.savedText);
  const words = kept ? 'Kept on this device.' : 'Changes are not saved.';
  return (
    <>
      <output aria-label="Kept" className="soft">
        {said || (saved === null ? 'Not kept yet.' : words)}
      </output>
      {alert && (
        <p className="message message-alert" role="alert">
          {alert}
        </p>
      )}
    </>
  );
}
