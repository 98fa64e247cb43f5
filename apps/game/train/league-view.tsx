/** The league of a run: who is in it, how strong, and how it does against each of them. */
import type { LeagueTable, Standing } from '@dreampitch/learning';
import { useState } from 'react';
import type { Library } from '../storage/library.ts';
import { keepVersion } from './learned-player.ts';
import { short } from './metrics.ts';
import { BOTS } from '../match/setup.ts';
import { showInChart } from './compare.tsx';
import type { Run } from './run.ts';

const HEADINGS = [
  ['Version', 'Steps of training after which it was taken'],
  ['Elo', 'Rating and its standard error'],
  ['Games', 'Games by which it is rated'],
  ['Beaten', 'Share of the points that the learner takes from it'],
  ['Played', 'Share of the worlds in which the learner meets it now'],
] as const;

const wideOnly = (heading: string) => (heading === 'Games' ? 'wide-only' : undefined);

export type LeagueViewProps = {
  readonly league: LeagueTable;
  readonly run: Run;
  readonly library: Library;
  /** Its versions can be kept as opponents of a match. */
  readonly isPlayed: boolean;
};

export function LeagueView({ league, run, library, isPlayed }: LeagueViewProps) {
  const [said, setSaid] = useState<{ kept: boolean; words: string } | null>(null);
  const { learner, anchor, anchorRating, left } = league;
  const members = league.members.filter(({ id }) => id !== learner.id).toReversed();
  const keep = async ({ id, step }: Standing) => {
    const name = `${run.view.value.row.name} ${short(step)}`;
    try {
      await keepVersion(library.database, run, { id, name });
      setSaid({ kept: true, words: `${name} is kept and is in the list of opponents.` });
    } catch (error) {
      setSaid({ kept: false, words: (error as Error).message });
    }
  };
  const rowOf = (of: Standing, name: string) => (
    <Row
      key={of.id}
      of={of}
      name={name}
      share={shareOf(league, of.id)}
      onKeep={isPlayed ? () => void keep(of) : null}
    />
  );
  const bot = Object.values(BOTS).find(({ policy }) => policy === anchor)?.name ?? anchor;
  return (
    <div className="league">
      <div className="list-head">
        <h3>League</h3>
        <button type="button" className="button button-quiet" onClick={() => showInChart('elo')}>
          Elo in the chart
        </button>
      </div>
      <div className="table-host">
        <table aria-label="League">
          <thead>
            <tr>
              {HEADINGS.map(([heading, words]) => (
                <th key={heading} className={wideOnly(heading)} scope="col" title={words}>
                  {heading}
                </th>
              ))}
              {isPlayed && <th scope="col">Player</th>}
            </tr>
          </thead>
          <tbody>
            {rowOf(learner, 'Now')}
            {members.map((member) => rowOf(member, `Step ${short(member.step)}`))}
            <AnchorRow name={bot} rating={anchorRating} columns={isPlayed ? 3 : 2} />
          </tbody>
        </table>
      </div>
      <p className="soft run-left">
        Elo with its standard error; who has 100 more wins 64 of 100 games.
        {left > 0 && ` ${left} earlier versions left for newer ones.`}
        {members.length === 0 && ' Versions join as it learns.'}
      </p>
      {said && (
        <p
          className={said.kept ? 'soft' : 'message message-alert'}
          role={said.kept ? 'status' : 'alert'}
        >
          {said.words}
        </p>
      )}
    </div>
  );
}

/** Whose rating is fixed. */
function AnchorRow(o: { name: string; rating: number; columns: number }) {
  return (
    <tr>
      <th scope="row">{o.name}</th>
      <td>{o.rating}</td>
      <td className="wide-only">–</td>
      <td colSpan={o.columns}>measures all</td>
    </tr>
  );
}

/** Share of the worlds in which the learner meets this version now. */
function shareOf({ lineUp, learner }: LeagueTable, id: number): number {
  const wanted = id === learner.id ? null : id;
  return lineUp.find((one) => one.id === wanted)?.share ?? 0;
}

type RowProps = {
  readonly of: Standing;
  readonly name: string;
  readonly share: number;
  readonly onKeep: (() => void) | null;
};

const percent = (share: number) => `${Math.round(100 * share)} %`;

function Row({ of, name, share, onKeep }: RowProps) {
  const { step, rating, error, games, scoreAgainstLearner } = of;
  return (
    <tr>
      <th scope="row" title={`After ${short(step)} steps`}>
        {name}
      </th>
      <td>
        {Math.round(rating)} <span className="soft">± {Math.round(error)}</span>
      </td>
      <td className="wide-only">{games}</td>
      <td>{scoreAgainstLearner === null ? '–' : percent(1 - scoreAgainstLearner)}</td>
      <td>{share > 0 ? percent(share) : '–'}</td>
      {onKeep && (
        <td>
          <button
            type="button"
            className="button button-quiet"
            aria-label={`Keep version ${name}`}
            onClick={onKeep}
          >
            Keep
          </button>
        </td>
      )}
    </tr>
  );
}
