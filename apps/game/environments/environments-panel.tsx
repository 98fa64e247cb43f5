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
import starterWgsl from './starter.wgsl';
import type { Beginning, Workbench } from './workbench.ts';
import { workbenchOf } from './workbench.ts';
import '../style/train.css';

const DATE = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });
const FILE_BYTES_MAX = 1_000_000;
const STARTER = 'starter';

export type EnvironmentsPanelProps = { library: Library; of: EnvironmentPlace | null };

export function EnvironmentsPanel({ library, of }: EnvironmentsPanelProps) {
  const state = useStore(library.view, (view) => view.state);
  if (state === 'opening') return <output className="message">Loading…</output>;
  return of === null ? <Overview library={library} /> : <Opened library={library} of={of} />;
}

const overview = () => navigate({ panel: 'environments', of: null });

/** What stands at an address; null: nothing. */
async function beginningAt(
  place: EnvironmentPlace,
  { bench, library }: { bench: Workbench; library: Library },
): Promise<Beginning | null> {
  if ('id' in place) {
    const text = await readEnvironment(library.database, place.id);
    return text === null ? null : { text, id: place.id, key: String(place.id), isNew: false };
  }
  const key = place.template;
  const imported = bench.imported(key);
  if (imported !== null) return { text: imported, id: null, key, isNew: true };
  if (key === STARTER) return { text: starterWgsl, id: null, key, isNew: false };
  const environment = environmentById(key);
  if (!environment) return null;
  const text = environmentText(environment).replace(/name: .*/, (line) => `${line}, mine`);
  return { text, id: null, key, isNew: false };
}

const LOST = {
  id: 'There is no such environment on this device.',
  template: 'There is no such template. A file that was imported has to be imported again.',
};

function Opened({ library, of }: { library: Library; of: EnvironmentPlace }) {
  const [bench] = useState(() => workbenchOf(library));
  const openKey = useStore(bench.view, (view) => view.key);
  const changed = useStore(bench.view, () => bench.changed);
  // Of the place it was looked for at: at another one it says nothing.
  const [lost, setLost] = useState<{ at: string; words: string } | null>(null);
  const [id, template] = 'id' in of ? [of.id, ''] : [null, of.template];
  const key = id === null ? template : String(id);
  const open = useCallback(() => {
    const take = (beginning: Beginning | null) => {
      setLost(beginning ? null : { at: key, words: id === null ? LOST.template : LOST.id });
      if (beginning) bench.open(beginning);
    };
    return beginningAt(id === null ? { template } : { id }, { bench, library }).then(take);
  }, [bench, library, id, template, key]);
  useEffect(() => {
    // Just saved, or being edited; or another one is, which is asked about first.
    if (bench.key === key || bench.changed) return;
    open().catch((error: unknown) => setLost({ at: key, words: String(error) }));
  }, [bench, key, open]);
  if (lost?.at === key) {
    return (
      <div className="message" role="alert">
        <p>{lost.words}</p>
        <button type="button" className="button button-main" onClick={overview}>
          All environments
        </button>
      </div>
    );
  }
  if (openKey !== key && changed) return <Unsaved bench={bench} onOpen={open} />;
  if (openKey !== key) return <output className="message">Loading…</output>;
  return <Editor bench={bench} library={library} />;
}

function placeOf(key: string): EnvironmentPlace {
  return /^\d+$/.test(key) ? { id: Number(key) } : { template: key };
}

/** Another environment is asked for, and this one would be lost. */
function Unsaved({ bench, onOpen }: { bench: Workbench; onOpen: () => Promise<void> }) {
  const alert = useStore(bench.view, (view) => view.alert);
  const safe = useRef<HTMLButtonElement>(null);
  useEffect(() => safe.current?.focus(), []);
  const save = async () => {
    if ((await bench.save()) !== null) await onOpen();
  };
  return (
    <section className="message" role="alertdialog" aria-label="Unsaved changes">
      <h2>{bench.name} is not saved</h2>
      <p>Opening another environment would lose what you changed in it.</p>
      {alert && <p className="message message-alert">{alert}</p>}
      <div className="unsaved-actions">
        <button ref={safe} type="button" className="button button-main" onClick={() => void save()}>
          Save it, then open
        </button>
        <button
          type="button"
          className="button"
          onClick={() => navigate({ panel: 'environments', of: placeOf(bench.key!) }, 'replace')}
        >
          Go back to it
        </button>
        <button type="button" className="button button-alert" onClick={() => void onOpen()}>
          Discard the changes
        </button>
      </div>
    </section>
  );
}

function wordsOf({ observationSpace, actionSpace, agentCount }: Environment): string {
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
  return `${agentCount > 1 ? `${agentCount} robots; each ` : ''}${sees}, ${does}`;
}

function Overview({ library }: { library: Library }) {
  return (
    <>
      <Kept library={library} />
      <section aria-label="Templates">
        <h2>Start from a template</h2>
        <ul className="templates">
          <Template id={STARTER} name="A small one to begin with" words="explained line by line" />
          {environments().map((environment) => (
            <Template
              key={environment.id}
              id={environment.id}
              name={environment.id}
              words={wordsOf(environment)}
            />
          ))}
        </ul>
      </section>
    </>
  );
}

function Template({ id, name, words }: { id: string; name: string; words: string }) {
  return (
    <li>
      <button
        type="button"
        className="template"
        onClick={() => navigate({ panel: 'environments', of: { template: id } })}
      >
        <b>{name}</b>
        <span>{words}</span>
      </button>
    </li>
  );
}

/** What is open and not saved can be gone back to. */
function Draft({ bench }: { bench: Workbench }) {
  const key = useStore(bench.view, () => (bench.changed ? bench.key : null));
  if (key === null) return null;
  return (
    <p className="message draft">
      <span>{bench.name} is open and not saved.</span>
      <button
        type="button"
        className="button button-main"
        onClick={() => navigate({ panel: 'environments', of: placeOf(key) })}
      >
        Go on with it
      </button>
    </p>
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
    setProblem(null); // now: when the work is done, the problem may be another's
    work.catch((error: unknown) =>
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
      <Draft bench={workbenchOf(library)} />
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
          None is kept yet. Open a template below, change it, see it run, train on it, and save it;
          or import a file that somebody gave you.
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
    const key = workbenchOf(library).take(text);
    navigate({ panel: 'environments', of: { template: key } });
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
