/** What is kept: how much, a list, and every match to be shown, exported or deleted. */
import { useCallback, useState } from 'react';
import { useStore } from '../app/store.ts';
import { navigate } from '../app/use-route.ts';
import type { Game } from '../match/game.ts';
import type { EpisodeEntry } from '../storage/episodes.ts';
import { deleteAllEpisodes, deleteEpisode, listEpisodes } from '../storage/episodes.ts';
import type { Library } from '../storage/library.ts';
import { useLive } from '../storage/use-live.ts';
import { Confirm } from '../ui/confirm.tsx';
import { DatasetExport } from './dataset/dataset-export.tsx';
import { EpisodeRow, titleOf } from './episode-row.tsx';
import { exportAll, exportEpisode } from './export.ts';
import { KeptPlayers } from './kept-players.tsx';
import { StorageFacts } from './storage-facts.tsx';
import { useChecks } from './use-checks.ts';
import { useScreening } from './use-screening.ts';

export type DataPanelProps = { game: Game; library: Library; episodeId: number | null };

export function DataPanel({ game, library, episodeId }: DataPanelProps) {
  const state = useStore(library.view, (view) => view.state);
  const problem = useStore(library.view, (view) => view.problem);
  return (
    <>
      {problem && (
        <p className="message message-alert" role="alert">
          {problem}
        </p>
      )}
      {state === 'open' && <Kept game={game} library={library} episodeId={episodeId} />}
    </>
  );
}

const NOTHING: readonly EpisodeEntry[] = [];

function Kept({ game, library, episodeId }: DataPanelProps) {
  const live = useLive(useCallback(() => listEpisodes(library.database), [library]));
  const entries = live.state === 'ready' ? live.value : NOTHING;
  const unshown = useScreening(game, library, episodeId);
  const players = useStore(library.view, (view) => view.players);
  return (
    <>
      <StorageFacts library={library} entries={entries} />
      {unshown && (
        <p className="message message-alert" role="alert">
          {unshown}
        </p>
      )}
      {live.state === 'failed' && (
        <p className="message message-alert" role="alert">
          The list of matches cannot be read: {String(live.error)}. Reload the page to try again.
        </p>
      )}
      {live.state === 'ready' && entries.length === 0 && <NoMatches library={library} />}
      {entries.length > 0 && (
        <Matches game={game} library={library} entries={entries} shownId={episodeId} />
      )}
      <KeptPlayers library={library} players={players} />
    </>
  );
}

function NoMatches({ library }: { library: Library }) {
  const consent = useStore(library.view, (view) => view.consent);
  return (
    <div className="message">
      <p>
        {consent === 'yes'
          ? 'No match is kept yet. Play one: it appears here while you play.'
          : 'No match is kept. Switch on “Keep my matches” above, then play one.'}
      </p>
      <button
        type="button"
        className="button button-main"
        onClick={() => navigate({ panel: 'match' })}
      >
        Play
      </button>
    </div>
  );
}

type MatchesProps = {
  game: Game;
  library: Library;
  entries: readonly EpisodeEntry[];
  shownId: number | null;
};

function Matches({ game, library, entries, shownId }: MatchesProps) {
  const checkOf = useChecks(library, entries);
  const [asked, setAsked] = useState<EpisodeEntry | 'all' | null>(null);
  const startedAt = game.session?.match.options.startedAt ?? null;
  const attempt = (work: Promise<void>, what: string) => {
    work.catch((error: unknown) => {
      game.tell(`${what}: ${error instanceof Error ? error.message : String(error)}`, true);
    });
  };
  const remove = (entry: EpisodeEntry | 'all') => {
    const { database } = library;
    if (entry === 'all' || entry.id === shownId) navigate({ panel: 'data', episodeId: null });
    const work = entry === 'all' ? deleteAllEpisodes(database) : deleteEpisode(database, entry.id);
    attempt(work, 'Nothing was deleted');
  };
  return (
    <section aria-label="Matches">
      <div className="list-head">
        <h2>Matches</h2>
        <button
          type="button"
          className="button"
          onClick={() => attempt(exportAll(library.database, entries), 'Nothing was exported')}
        >
          Export all
        </button>
        <button type="button" className="button" onClick={() => setAsked('all')}>
          Delete all
        </button>
      </div>
      <DatasetExport game={game} entries={entries} />
      <ul className="episodes">
        {entries.map((entry) => (
          <EpisodeRow
            key={entry.id}
            entry={entry}
            check={checkOf(entry)}
            shown={entry.id === shownId}
            playing={entry.sound && entry.startedAt === startedAt}
            onExport={() => attempt(exportEpisode(library.database, entry), 'Nothing was exported')}
            onDelete={() => setAsked(entry)}
          />
        ))}
      </ul>
      {asked !== null && (
        <Confirm
          title={asked === 'all' ? 'Delete every match?' : 'Delete this match?'}
          text={
            asked === 'all'
              ? `All ${entries.length} kept matches are deleted from this device. This cannot be undone.`
              : `${titleOf(asked)} is deleted from this device. This cannot be undone.`
          }
          action={asked === 'all' ? 'Delete all' : 'Delete'}
          onConfirm={() => remove(asked)}
          onClose={() => setAsked(null)}
        />
      )}
    </section>
  );
}
