/** What can be done with a run: go on or rest, change, take along, forget. */
import { Menu } from '@base-ui/react/menu';
import type { FormEvent } from 'react';
import { useId, useState } from 'react';
import { navigate } from '../app/use-route.ts';
import { download } from '../data/download.ts';
import { RUN_NAME_LENGTH_MAX } from '../storage/runs.ts';
import { Confirm } from '../ui/confirm.tsx';
import { Modal } from '../ui/modal.tsx';
import { newRunLike } from './draft.ts';
import type { ExportKind } from './export-run.ts';
import { type RunView, stateOf } from './run-view.ts';
import type { Run } from './run.ts';
import type { Runs } from './runs.ts';

export type RunActionsProps = {
  readonly run: Run;
  readonly runs: Runs;
  readonly view: RunView;
};

const EXPORTS: readonly (readonly [kind: ExportKind, name: string])[] = [
  ['safetensors', 'Weights (safetensors)'],
  ['onnx', 'Policy (ONNX)'],
  ['tensorboard', 'Curves (TensorBoard)'],
  ['json', 'The run (JSON)'],
];

export function RunActions({ run, runs, view }: RunActionsProps) {
  const [asked, setAsked] = useState<'delete' | 'rename' | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const close = () => setAsked(null);
  const take = async (kind: ExportKind) => {
    const { exportRun } = await import('./export-run.ts');
    const file = await exportRun(run, kind);
    download(file.name, new Blob([file.bytes]));
  };
  const duplicate = async () => {
    setProblem(null);
    try {
      newRunLike(view.row, await run.inputs());
    } catch (error) {
      setProblem((error as Error).message);
    }
  };
  const begin = (kind: ExportKind) => {
    setProblem(null);
    take(kind).catch((error: unknown) => setProblem((error as Error).message));
  };
  return (
    <div className="run-actions">
      <GoOrRest run={run} runs={runs} view={view} />
      <button type="button" className="button" onClick={() => void duplicate()}>
        Duplicate with a change
      </button>
      <ExportMenu onExport={begin} />
      <button type="button" className="button" onClick={() => setAsked('rename')}>
        Rename
      </button>
      {view.activity !== 'elsewhere' && (
        <button type="button" className="button" onClick={() => setAsked('delete')}>
          {stateOf(view) === 'finished' || stateOf(view) === 'stopped' ? 'Discard run' : 'Delete'}
        </button>
      )}
      {problem && (
        <p className="message message-alert" role="alert">
          {problem}
        </p>
      )}
      {asked === 'rename' && <Rename run={run} name={view.row.name} onClose={close} />}
      {asked === 'delete' && (
        <Confirm
          title="Discard this run?"
          text="What it learned is deleted, unless you kept its player or exported it. This cannot be undone."
          action="Discard"
          onConfirm={() => {
            navigate({ panel: 'train' });
            void runs.delete(run.id);
          }}
          onClose={close}
        />
      )}
    </div>
  );
}

const MORE_MINUTES = 3;

function GoOrRest({ run, runs, view }: RunActionsProps) {
  const state = stateOf(view);
  const { recipe } = view.row;
  const more = () => {
    const goalSeconds = Math.max(recipe.goalSeconds!, view.seconds) + MORE_MINUTES * 60;
    run.change({ recipe: { ...recipe, goalSeconds } });
    void runs.go(run);
  };
  // What has learned nothing is no run to keep.
  const isNothing = view.row.savedAt === null && view.steps === 0;
  const stop = () => (isNothing ? void runs.delete(run.id) : run.stop());
  const active = state === 'running' || state === 'queued' || state === 'starting';
  const over = state === 'finished' || state === 'stopped';
  // One button, never disabled: who pressed it with a key still has the focus on it.
  const pause = { words: 'Pause training', onClick: () => run.pause() };
  const words = isNothing ? 'Try again' : 'Resume training';
  const goOn = { words, onClick: () => void runs.go(run) };
  const mayGoOn = state === 'paused' || state === 'failed';
  const main = active || state === 'pausing' ? pause : mayGoOn ? goOn : null;
  return (
    <>
      {main && (
        <button
          type="button"
          className="button button-main"
          aria-disabled={state === 'pausing'}
          onClick={main.onClick}
        >
          {main.words}
        </button>
      )}
      {state === 'pausing' && (
        <button type="button" className="button" onClick={() => run.breakOff()}>
          Break off
        </button>
      )}
      {over && recipe.goalSeconds !== null && (
        <button type="button" className="button" onClick={more}>
          Train {MORE_MINUTES} minutes more
        </button>
      )}
      {state === 'stopped' && recipe.goalSeconds === null && (
        <button type="button" className="button" onClick={() => void runs.go(run)}>
          Go on after all
        </button>
      )}
      {(active || state === 'paused') && (
        <button type="button" className="button" onClick={stop}>
          Stop training
        </button>
      )}
    </>
  );
}

function ExportMenu({ onExport }: { onExport: (kind: ExportKind) => void }) {
  return (
    <Menu.Root>
      <Menu.Trigger className="button">Export</Menu.Trigger>
      <Menu.Portal>
        <Menu.Positioner align="start" sideOffset={6} className="menu-place">
          <Menu.Popup className="menu">
            {EXPORTS.map(([kind, name]) => (
              <Menu.Item key={kind} className="menu-item" onClick={() => onExport(kind)}>
                {name}
              </Menu.Item>
            ))}
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  );
}

type RenameProps = { readonly run: Run; readonly name: string; readonly onClose: () => void };

function Rename({ run, name, onClose }: RenameProps) {
  const id = useId();
  const [next, setNext] = useState(name);
  const rename = (event: FormEvent) => {
    event.preventDefault();
    if (next.trim() === '') return;
    run.change({ name: next.trim() });
    onClose();
  };
  return (
    <Modal title="Rename the run" onClose={onClose}>
      <form className="field" onSubmit={rename}>
        <label htmlFor={id}>Name</label>
        <input
          id={id}
          className="input"
          value={next}
          maxLength={RUN_NAME_LENGTH_MAX}
          autoComplete="off"
          onChange={(event) => setNext(event.target.value)}
        />
        <div className="dialog-actions">
          <button type="button" className="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" className="button button-main" disabled={next.trim() === ''}>
            Rename
          </button>
        </div>
      </form>
    </Modal>
  );
}
