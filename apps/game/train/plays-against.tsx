/** Whom a run plays against, where its environment has two teams. */
import { LEAGUE_OPTIONS } from '@dreampitch/learning';
import { useState } from 'react';
import { useStore } from '../app/store.ts';
import type { RunOpponents } from '../storage/run-rows.ts';
import type { Library } from '../storage/library.ts';
import { Choice } from '../ui/choice.tsx';
import { type Draft, draft } from './draft.ts';
import { OptionFields } from './option-fields.tsx';
import { nameOf, soccerSizeOf } from './run-environment.ts';

type Kind = RunOpponents['kind'];

const NOTES: Readonly<Record<Kind, string>> = {
  scripted: '',
  self: 'Both teams are driven by what it learns: no one to fear, and no one to measure by.',
  league:
    'It meets itself and versions of itself from earlier, most often those that are hard for it; ' +
    'all are rated by Elo.',
  player: '',
};

export type PlaysAgainstProps = {
  readonly value: Draft;
  readonly library: Library;
  readonly problems: Readonly<Record<string, string>>;
};

export function PlaysAgainst({ value, library, problems }: PlaysAgainstProps) {
  const [problem, setProblem] = useState<string | null>(null);
  const players = useStore(library.view, (view) => view.players);
  const environment = nameOf(value.environment);
  const fitting = players.filter((one) => one.environment === environment && one.current);
  const bot = soccerSizeOf(value.environment) !== null || environment.startsWith('soccer-');
  const options: { value: Kind; name: string }[] = [
    { value: 'scripted', name: bot ? 'The hard bot' : 'Who stands still' },
    { value: 'self', name: 'Itself' },
    { value: 'league', name: 'A league of its versions' },
  ];
  if (fitting.length > 0 || value.rival) options.push({ value: 'player', name: 'A kept player' });
  const take = async (id: number) => {
    setProblem(null);
    const row = await library.database.players.get(id);
    if (!row) return setProblem('That player is not kept any more.');
    draft.set({ opponents: 'player', rival: { id, name: row.name, bytes: row.bytes } });
  };
  const choose = (kind: Kind) => {
    if (kind !== 'player') return draft.set({ opponents: kind });
    if (value.rival) return draft.set({ opponents: kind });
    void take(fitting[0]!.id);
  };
  return (
    <div className="plays-against">
      <Choice label="Plays against" value={value.opponents} options={options} onChange={choose} />
      {NOTES[value.opponents] !== '' && <p className="soft">{NOTES[value.opponents]}</p>}
      {value.opponents === 'player' && (
        <select
          aria-label="Player to play against"
          value={value.rival?.id ?? 0}
          onChange={(event) => void take(Number(event.target.value))}
        >
          {value.rival?.id === 0 && <option value={0}>{value.rival.name}, as copied</option>}
          {fitting.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </select>
      )}
      {value.opponents === 'league' && (
        <div className="sub-fields">
          <OptionFields
            table={LEAGUE_OPTIONS}
            fields={value.league}
            problems={problems}
            onChange={(league) => draft.set({ league })}
          />
        </div>
      )}
      {problem && (
        <p className="option-problem" role="alert">
          {problem}
        </p>
      )}
    </div>
  );
}
