/** The page: the match fills it, panels open beside it, shortcuts work everywhere. */
import { useEffect, useRef, useState } from 'react';
import { TouchPad } from '../controls/touch-pad.tsx';
import { ConsentCard } from '../hud/consent-card.tsx';
import { Notices } from '../hud/notices.tsx';
import { PauseCard } from '../hud/pause-card.tsx';
import { Scoreboard } from '../hud/scoreboard.tsx';
import { Shouts } from '../hud/shouts.tsx';
import { FrameRate, MatchTools, Places, TrainPlaces } from '../hud/toolbar.tsx';
import type { Game } from '../match/game.ts';
import { seatsOf } from '../match/setup.ts';
import type { Library } from '../storage/library.ts';
import type { PlayerSummary } from '../storage/players.ts';
import { ErrorBoundary } from '../ui/error-boundary.tsx';
import { Panel } from '../ui/panel.tsx';
import { chunk } from './chunk.tsx';
import type { Route } from './route.ts';
import { useStore } from './store.ts';
import { toggleTheme } from './theme.ts';
import { navigate, useRoute } from './use-route.ts';

const Dialogs = chunk(async () => (await import('../hud/dialogs.tsx')).Dialogs);
const DataPanel = chunk(
  async () => (await import('../data/data-panel.tsx')).DataPanel,
  <Loading />,
);
const TrainPanel = chunk(
  async () => (await import('../train/train-panel.tsx')).TrainPanel,
  <Loading />,
);
const EnvironmentsPanel = chunk(
  async () => (await import('../environments/environments-panel.tsx')).EnvironmentsPanel,
  <Loading />,
);
const ReplayBar = chunk(async () => (await import('../data/replay-bar.tsx')).ReplayBar);

const NO_PLAYERS: readonly PlayerSummary[] = [];
/** What the controls cover of the picture, in pixels, at the most. */
const INSETS = {
  wide: { top: 84, bottom: 66, side: 20 },
  narrow: { top: 78, bottom: 190, side: 6 },
  wideReplay: { top: 84, bottom: 186, side: 20 },
  narrowReplay: { top: 78, bottom: 210, side: 6 },
  low: { top: 58, bottom: 62, side: 20 },
  lowReplay: { top: 58, bottom: 66, side: 20 },
} as const;
const NARROW = '(max-width: 760px)';
const LOW = '(max-height: 560px) and (min-width: 600px)'; // a phone on its side, a low window

function titleOf(route: Route): string {
  if (route.panel === 'data') return 'Data · Dreampitch';
  if (route.panel === 'train') return 'Train · Dreampitch';
  if (route.panel === 'environments') return 'Environments · Dreampitch';
  return 'Dreampitch';
}

function Loading() {
  return <output className="message">Loading…</output>;
}

function OpenPanel({
  route,
  game,
  library,
}: {
  route: Route;
  game: Game;
  library: Library | null;
}) {
  if (route.panel === 'match') return null;
  if (route.panel === 'unknown') {
    return (
      <Panel title="Nothing here">
        <div className="message" role="alert">
          <p>
            There is no page at <code>{route.path}</code>.
          </p>
          <button
            type="button"
            className="button button-main"
            onClick={() => navigate({ panel: 'match' })}
          >
            Back to the match
          </button>
        </div>
      </Panel>
    );
  }
  const title = route.panel === 'data' ? 'Data' : 'Train';
  return (
    <Panel title={title}>
      {library === null && <Loading />}
      {library && route.panel === 'data' && (
        <DataPanel game={game} library={library} episodeId={route.episodeId} />
      )}
      {(route.panel === 'train' || route.panel === 'environments') && <TrainPlaces />}
      {library && route.panel === 'train' && (
        <TrainPanel game={game} library={library} of={route.of} />
      )}
      {library && route.panel === 'environments' && (
        <EnvironmentsPanel library={library} of={route.of} />
      )}
    </Panel>
  );
}

function MatchHud({ game, library }: { game: Game; library: Library | null }) {
  const status = useStore(game.view, (view) => view.status);
  const failure = useStore(game.view, (view) => view.failure);
  const hinted = useStore(game.view, (view) => !view.driven && view.pause === null);
  if (status === 'failed') {
    return (
      <div className="stage-failure message message-alert" role="alert">
        <h2>The match cannot be shown</h2>
        <p>{failure}</p>
        <button type="button" className="button button-main" onClick={() => location.reload()}>
          Reload the page
        </button>
      </div>
    );
  }
  if (status === 'loading') {
    return <output className="boot">Laying the pitch…</output>;
  }
  return (
    <>
      <Scoreboard game={game} />
      <Shouts game={game} />
      <PauseCard game={game} />
      <TouchPad game={game} />
      {hinted && (
        <p className="drive-hint">
          <kbd>W</kbd>
          <kbd>A</kbd>
          <kbd>S</kbd>
          <kbd>D</kbd> or arrow keys drive the ringed robot · <kbd>Space</kbd> spins
        </p>
      )}
      {library && <ConsentCard library={library} />}
    </>
  );
}

/**
 * A panel or a dialog that opens stops the match; going back to it alone goes on. A match that nobody
 * drives goes on beside a training run, where there is room for both.
 */
function usePause(game: Game, route: Route): void {
  const status = useStore(game.view, (view) => view.status);
  const dialog = useStore(game.view, (view) => view.dialog);
  const watched = useStore(game.view, ({ setup }) => seatsOf(setup).length === 0);
  const beside = watched && route.panel === 'train' && !matchMedia(NARROW).matches;
  const covered = (route.panel !== 'match' && !beside) || dialog !== null;
  useEffect(() => {
    if (status === 'ready') game.setCovered(covered);
  }, [game, covered, status]);
}

function useInsets(game: Game): void {
  const status = useStore(game.view, (view) => view.status);
  const replay = useStore(game.view, (view) => view.screening !== null);
  useEffect(() => {
    if (status === 'loading') return;
    const narrow = matchMedia(NARROW);
    const low = matchMedia(LOW);
    const fit = () => {
      const size = low.matches ? 'low' : narrow.matches ? 'narrow' : 'wide';
      game.setInsets(INSETS[replay ? (`${size}Replay` as const) : size]);
    };
    fit();
    const listening = new AbortController();
    for (const query of [narrow, low]) {
      query.addEventListener('change', fit, { signal: listening.signal });
    }
    return () => listening.abort();
  }, [game, replay, status]);
}

export function App({ game }: { game: Game }) {
  const host = useRef<HTMLDivElement>(null);
  const route = useRoute();
  const [library, setLibrary] = useState<Library | null>(null);
  const status = useStore(game.view, (view) => view.status);
  const dialog = useStore(game.view, (view) => view.dialog);
  const screening = useStore(game.view, (view) => view.screening);

  useEffect(() => {
    void game.open(host.current!);
  }, [game]);

  const shown = status !== 'loading';
  useEffect(() => {
    if (!shown) return;
    const open = async () => {
      const { Library } = await import('../storage/library.ts');
      const opened = new Library(game);
      setLibrary(opened);
      await opened.open();
    };
    open().catch((error: unknown) => {
      game.tell(`Nothing can be kept or trained: ${String(error)}. Reload the page.`, true);
    });
  }, [game, shown]);

  useEffect(() => {
    document.title = titleOf(route);
  }, [route]);
  usePause(game, route);
  useInsets(game);

  return (
    <div className="app" data-panel={route.panel} data-screening={screening ? 'yes' : undefined}>
      <main className="stage" data-stage>
        <div ref={host} className="stage-host" />
        <div className="brand" aria-hidden="true">
          Dreampitch
        </div>
        {screening ? (
          <ErrorBoundary what="The replay">
            <ReplayBar game={game} screening={screening} />
          </ErrorBoundary>
        ) : (
          <>
            <MatchHud game={game} library={library} />
            {status === 'ready' && <MatchTools game={game} onTheme={() => toggleTheme(game)} />}
          </>
        )}
        <Places library={library} />
        <FrameRate game={game} />
        <Notices game={game} />
      </main>
      <OpenPanel route={route} game={game} library={library} />
      {dialog && (
        <div className="dialog-failure">
          <ErrorBoundary what="The dialog" onClose={() => game.view.set({ dialog: null })}>
            <DialogsWithPlayers game={game} library={library} />
          </ErrorBoundary>
        </div>
      )}
    </div>
  );
}

function DialogsWithPlayers({ game, library }: { game: Game; library: Library | null }) {
  return library ? (
    <KnownPlayers game={game} library={library} />
  ) : (
    <Dialogs game={game} players={NO_PLAYERS} />
  );
}

function KnownPlayers({ game, library }: { game: Game; library: Library }) {
  const players = useStore(library.view, (view) => view.players);
  return <Dialogs game={game} players={players} />;
}
