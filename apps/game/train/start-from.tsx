/** What a run begins with: random weights, those of another run, of a kept player or of a file. */
import { useState } from 'react';
import { useStore } from '../app/store.ts';
import type { Library } from '../storage/library.ts';
import { Choice } from '../ui/choice.tsx';
import { FileDrop } from '../ui/file-drop.tsx';
import type { AlgorithmChoice } from './algorithms.ts';
import { type Draft, draft } from './draft.ts';
import { nameOf } from './run-environment.ts';
import type { RunView } from './run-view.ts';
import type { Run } from './run.ts';
import type { Runs } from './runs.ts';
import { type Fit, type Start, startOfFile, startOfPlayer, startOfRun } from './starts.ts';

type Source = Start['source'] | 'nothing';

const NAMES: Readonly<Record<Source, string>> = {
  nothing: 'Nothing',
  run: 'A run',
  player: 'A kept player',
  file: 'A file',
  copy: 'As the copied run',
};

const SOURCES = Object.keys(NAMES) as Source[];

export type StartFromProps = {
  readonly value: Draft;
  readonly choice: AlgorithmChoice;
  readonly fit: Fit | null;
  readonly runs: Runs;
  readonly library: Library;
};

export function StartFrom({ value, choice, fit, runs, library }: StartFromProps) {
  const { source, start, reading } = value;
  const { read, choose: forget, problem } = useReading();
  const all = useStore(runs.view, (view) => view.runs);
  const players = useStore(library.view, (view) => view.players);
  const trained = trainedFirst(all, value);
  const evolved = players.filter(({ evolves, damaged }) => evolves && !damaged);
  const take = {
    run: (id: number) => read(startOfRun(trained.find((run) => run.id === id)!)),
    player: (id: number) => read(startOfPlayer(library.database, id)),
    file: (file: File) => read(startOfFile(file).then(({ start }) => start)),
  };
  const choose = (next: Source) => {
    forget(next);
    if (next === 'run') take.run(trained[0]!.id);
    if (next === 'player') take.player(evolved[0]!.id);
  };
  const isThere: Readonly<Record<Source, boolean>> = {
    nothing: true,
    run: trained.length > 0,
    player: choice.byTime && evolved.length > 0,
    file: true,
    copy: source === 'copy',
  };
  const options = SOURCES.filter((one) => isThere[one]);
  return (
    <div className="start-from">
      <Choice
        label="Start from"
        value={source}
        options={options.map((one) => ({ value: one, name: NAMES[one] }))}
        onChange={choose}
      />
      {source === 'run' && (
        <Pick
          label="Run to start from"
          value={start?.id}
          options={trained.map(({ id, view }) => [id, view.value.row.name, nameOfRun(view.value)])}
          onPick={take.run}
        />
      )}
      {source === 'player' && (
        <Pick
          label="Player to start from"
          value={start?.id}
          options={evolved.map(({ id, name, environment }) => [id, name, environment])}
          onPick={take.player}
        />
      )}
      {source === 'file' && (
        <FileDrop
          label="Weights file"
          accept=".safetensors"
          words="Drop a .safetensors file here, or"
          onFile={take.file}
        />
      )}
      <Outcome {...{ problem, start, fit, choice }} isReading={reading !== null} />
    </div>
  );
}

/** Reads weights into the draft, unless it wants others or is another one by then. */
function useReading() {
  const [problem, setProblem] = useState<string | null>(null);
  const choose = (source: Source) => {
    setProblem(null);
    draft.set({ source, start: null, reading: null });
  };
  const read = (making: Promise<Start>) => {
    const mine = Symbol('reading');
    setProblem(null);
    draft.set({ start: null, reading: mine });
    making
      .then((start) => draft.value.reading === mine && draft.set({ start, reading: null }))
      .catch((error: unknown) => {
        if (draft.value.reading !== mine) return;
        draft.set({ reading: null });
        setProblem((error as Error).message);
      });
  };
  return { read, choose, problem };
}

type PickProps = {
  readonly label: string;
  readonly value: number | undefined;
  readonly options: readonly (readonly [id: number, name: string, environment: string])[];
  readonly onPick: (id: number) => void;
};

function Pick({ label, value, options, onPick }: PickProps) {
  return (
    <select
      aria-label={label}
      value={value ?? options[0]?.[0]}
      onChange={(event) => onPick(Number(event.target.value))}
    >
      {options.map(([id, name, environment]) => (
        <option key={id} value={id}>
          {name} · {environment}
        </option>
      ))}
    </select>
  );
}

const nameOfRun = (view: RunView) => nameOf(view.row.recipe.environment);

/** Those that have weights: of the same task and algorithm first. */
function trainedFirst(all: readonly Run[], value: Draft): Run[] {
  const rank = (run: Run) => {
    const { environment, algorithm } = run.view.value.row.recipe;
    const elsewhere = nameOf(environment) === nameOf(value.environment) ? 0 : 1;
    return 2 * elsewhere + (algorithm === value.algorithm ? 0 : 1);
  };
  const trained = all.filter((run) => run.view.value.row.savedAt !== null);
  return trained.toSorted((a, b) => rank(a) - rank(b));
}

type OutcomeProps = {
  readonly problem: string | null; // why the weights could not be read
  readonly start: Start | null;
  readonly isReading: boolean;
  readonly fit: Fit | null;
  readonly choice: AlgorithmChoice;
};

function Outcome({ problem, start, isReading, fit, choice }: OutcomeProps) {
  if (problem !== null) {
    return (
      <p className="option-problem" role="alert">
        {problem}
      </p>
    );
  }
  if (isReading) return <p className="soft">Reading the weights…</p>;
  if (!start || !fit) return null;
  if (fit.ok) {
    return (
      <output className="fit-words" aria-label="Start">
        It starts from {start.from}. {fit.words}
      </output>
    );
  }
  return (
    <Unfit words={`It cannot start from ${start.from}. ${fit.words}`} fit={fit} choice={choice} />
  );
}

type UnfitProps = {
  readonly words: string;
  readonly fit: Extract<Fit, { ok: false }>;
  readonly choice: AlgorithmChoice;
};

/** Why weights do not fit, and the network with which they do. */
export function Unfit({ words, fit: { hidden }, choice }: UnfitProps) {
  const cure = hidden && 'hidden' in choice.options ? hidden.join(', ') : null;
  return (
    <div className="message message-alert" role="alert">
      <p>{words}</p>
      {cure !== null && (
        <button
          type="button"
          className="button"
          onClick={() => draft.set({ fields: { ...draft.value.fields, hidden: cure } })}
        >
          Take its network: {cure}
        </button>
      )}
    </div>
  );
}
