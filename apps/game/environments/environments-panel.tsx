/** Environments of one's own: those that are kept, an import, and templates to start from. */
import { environmentById, environments, environmentText, parseEnvironment } from '@dreampitch/sim';
import type { Environment } from '@dreampitch/sim';
import { useCallback, useEffect, useRef, useState } from 'react';
import type { EnvironmentPlace } from '../app/route.ts';
import { pathOf } from '../app/route.ts';
import { useStore } from '../app/store.ts';
import { navigate } from '../app/use-route.ts';
import { download } from '../data/download.ts';
import type { EnvironmentEntry } from '../storage/environments.ts';
import { listEnvironments, readEnvironment } from '../storage/environments.ts';
import type { Library } from '../storage/library.ts';
import { useLive } from '../storage/use-live.ts';
import { Confirm } from '../ui/confirm.tsx';
import { IconButton } from '../ui/icon-button.tsx';
import { Editor } from './editor.tsx';
import { fileNameOf, nameOf } from './file-name.ts';
import { workbenchOf } from './workbench.ts';

const DATE = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });
const FILE_BYTES_MAX = 1_000_000;
/** What the latest import is, for the address that has no other text. */
const IMPORTED = 'imported';

export type EnvironmentsPanelProps = { library: Library; of: EnvironmentPlace | null };

export function EnvironmentsPanel({ library, of }: EnvironmentsPanelProps) {
  const state = useStore(library.view, (view) => view.state);
  if (state === 'opening') return <output className="message">Loading…</output>;
  return of === null ? <Overview library={library} /> : <Opened library={library} of={of} />;
}

function Opened({ library, of }: { library: Library; of: EnvironmentPlace }) {
  const [bench] = useState(() => workbenchOf(library));
  const text = useStore(bench.view, (view) => view.text);
  const id = useStore(bench.view, (view) => view.id);
  const [lost, setLost] = useState<string | null>(null);
  const key = 'id' in of ? String(of.id) : of.template;
  useEffect(() => {
    setLost(null);
    if ('id' in of) {
      if (bench.view.value.id === of.id) return; // just saved, or being edited
      const missing = 'There is no such environment on this device.';
      bench
        .openKept(of.id)
        .then((found) => !found && setLost(missing))
        .catch((error: unknown) => setLost(String(error)));
      return;
    }
    const origin = bench.origin;
    if (origin === of.template && bench.view.value.id === null && text !== '') return;
    const environment = environmentById(of.template);
    const template = environment && environmentText(environment);
    if (template)
      bench.open(
        template.replace(/name: .*/, (line) => `${line}, mine`),
        of.template,
      );
    else setLost('There is no such template.');
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- only another address opens anew
  }, [bench, key]);
  if (lost !== null) {
    return (
      <div className="message" role="alert">
        <p>{lost}</p>
        <button
          type="button"
          className="button button-main"
          onClick={() => navigate({ panel: 'environments', of: null })}
        >
          All environments
        </button>
      </div>
    );
  }
  if (text === '' && id === null) return <output className="message">Loading…</output>;
  return <Editor bench={bench} library={library} />;
}

function wordsOf({ observationSpace, actionSpace }: Environment): string {
  const sees =
    observationSpace.kind === 'box'
      ? `sees ${observationSpace.size} numbers`
      : observationSpace.kind === 'discrete'
        ? `sees one of ${observationSpace.count}`
        : '';
  const does =
    actionSpace.kind === 'box'
      ? `does ${actionSpace.size === 1 ? 'one number' : `${actionSpace.size} numbers`}`
      : actionSpace.kind === 'discrete'
        ? `does one of ${actionSpace.count}`
        : '';
  return `${sees}, ${does}`;
}

function Overview({ library }: { library: Library }) {
  const templates = environments().filter(({ agentCount }) => agentCount === 1);
  return (
    <>
      <Kept library={library} />
      <section aria-label="Templates">
        <h2>Start from a template</h2>
        <ul className="templates">
          {templates.map((environment) => (
            <li key={environment.id}>
              <button
                type="button"
                className="template"
                onClick={() =>
                  navigate({ panel: 'environments', of: { template: environment.id } })
                }
              >
                <b>{environment.id}</b>
                <span>{wordsOf(environment)}</span>
              </button>
            </li>
          ))}
        </ul>
      </section>
    </>
  );
}

type KeptRowProps = { entry: EnvironmentEntry; onExport: () => void; onDelete: () => void };

function KeptRow({ entry, onExport, onDelete }: KeptRowProps) {
  return (
    <li className="episode">
      <div className="episode-text">
        <a
          className="episode-title"
          href={pathOf({ panel: 'environments', of: { id: entry.id } })}
          onClick={(event) => {
            if (event.ctrlKey || event.metaKey || event.shiftKey) return;
            event.preventDefault();
            navigate({ panel: 'environments', of: { id: entry.id } });
          }}
        >
          {entry.name}
        </a>
        <p className="episode-details">{DATE.format(entry.savedAt)}</p>
      </div>
      <IconButton label={`Export ${entry.name}`} icon="download" onClick={onExport} />
      <IconButton label={`Delete ${entry.name}`} icon="trash" onClick={onDelete} />
    </li>
  );
}

function Kept({ library }: { library: Library }) {
  const live = useLive(useCallback(() => listEnvironments(library.database), [library]));
  const entries = live.state === 'ready' ? live.value : [];
  const [asked, setAsked] = useState<EnvironmentEntry | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const attempt = (work: Promise<unknown>) => {
    work
      .then(() => setProblem(null))
      .catch((error: unknown) =>
        setProblem(error instanceof Error ? error.message : String(error)),
      );
  };
  const exportOne = async (id: number) => {
    const text = await readEnvironment(library.database, id);
    if (text === null) throw new Error('This environment is damaged: there is nothing to export.');
    download(fileNameOf(nameOf(text)), new Blob([text], { type: 'text/plain' }));
  };
  return (
    <section aria-label="Your environments">
      <div className="list-head">
        <h2>Your environments</h2>
        <Import library={library} onProblem={setProblem} />
      </div>
      {problem && (
        <p className="message message-alert" role="alert">
          {problem}
        </p>
      )}
      {live.state === 'failed' && (
        <p className="message message-alert" role="alert">
          The list cannot be read: {String(live.error)}. Reload the page to try again.
        </p>
      )}
      {live.state === 'ready' && entries.length === 0 && (
        <p className="message">
          None is kept yet. Open a template below, change it, see it run, and save it; or import a
          file that somebody gave you.
        </p>
      )}
      <ul className="episodes">
        {entries.map((entry) => (
          <KeptRow
            key={entry.id}
            entry={entry}
            onExport={() => attempt(exportOne(entry.id))}
            onDelete={() => setAsked(entry)}
          />
        ))}
      </ul>
      {asked && (
        <Confirm
          title="Delete this environment?"
          text={`${asked.name} is deleted from this device. This cannot be undone.`}
          action="Delete"
          onConfirm={() => attempt(library.database.environments.delete(asked.id))}
          onClose={() => setAsked(null)}
        />
      )}
    </section>
  );
}

type ImportProps = { library: Library; onProblem: (problem: string | null) => void };

function Import({ library, onProblem }: ImportProps) {
  const picker = useRef<HTMLInputElement>(null);
  const take = async (file: File) => {
    if (file.size > FILE_BYTES_MAX) {
      return onProblem(`${file.name} has ${file.size} bytes: that is no environment.`);
    }
    const text = await file.text();
    const parsed = parseEnvironment(text);
    const [first] = parsed.ok ? [] : parsed.problems;
    // A file with mistakes in its text can be mended here; one that is something else cannot.
    if (first && !text.startsWith('//! dreampitch environment 1')) {
      return onProblem(`${file.name} cannot be imported: ${first.message}`);
    }
    onProblem(null);
    workbenchOf(library).open(text, IMPORTED);
    navigate({ panel: 'environments', of: { template: IMPORTED } });
  };
  return (
    <>
      <button type="button" className="button" onClick={() => picker.current!.click()}>
        Import
      </button>
      <input
        ref={picker}
        type="file"
        hidden
        accept=".wgsl,.txt,text/plain"
        aria-label="Environment file"
        onChange={(event) => {
          const [file] = event.target.files ?? [];
          event.target.value = '';
          if (file) take(file).catch((error: unknown) => onProblem(String(error)));
        }}
      />
    </>
  );
}
