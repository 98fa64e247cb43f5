/** The quiet controls around the pitch: panels on one side, the match on the other. */
import type { MouseEvent } from 'react';
import type { Route } from '../app/route.ts';
import { pathOf } from '../app/route.ts';
import { useStore } from '../app/store.ts';
import { navigate, useRoute } from '../app/use-route.ts';
import type { Game } from '../match/game.ts';
import type { Library } from '../storage/library.ts';
import type { IconName } from '../ui/icon.tsx';
import { Icon } from '../ui/icon.tsx';
import { IconButton } from '../ui/icon-button.tsx';

type Place = Exclude<Route, { panel: 'unknown' }>;

const PLACES: readonly { to: Place; name: string; icon: IconName; shortcut: string }[] = [
  { to: { panel: 'match' }, name: 'Match', icon: 'match', shortcut: '1' },
  { to: { panel: 'data', episodeId: null }, name: 'Data', icon: 'data', shortcut: '2' },
  { to: { panel: 'train' }, name: 'Train', icon: 'train', shortcut: '3' },
];

/** A plain click stays on this page; with a modifier the browser opens a tab, as everywhere. */
function go(event: MouseEvent, to: Place): void {
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
  event.preventDefault();
  navigate(to);
}

/** How far a training has come, under its link; people who do not see it find it on the panel. */
function Trained({ library }: { library: Library }) {
  const trained = useStore(library.view, (view) => view.trained);
  if (trained === null) return null;
  return <i className="trained" aria-hidden="true" style={{ scale: `${trained} 1` }} />;
}

/** The place that a panel belongs to. */
function placeOf({ panel }: Route): Route['panel'] {
  return panel === 'environments' ? 'train' : panel;
}

const TRAIN_PLACES: readonly { to: Place; name: string }[] = [
  { to: { panel: 'train' }, name: 'Runs' },
  { to: { panel: 'environments', of: null }, name: 'Your environments' },
];

/** What there is to train on. */
export function TrainPlaces() {
  const route = useRoute();
  return (
    <nav className="train-places" aria-label="What to train on">
      {TRAIN_PLACES.map(({ to, name }) => (
        <a
          key={name}
          href={pathOf(to)}
          aria-current={route.panel === to.panel ? 'page' : undefined}
          onClick={(event) => go(event, to)}
        >
          {name}
        </a>
      ))}
    </nav>
  );
}

export function Places({ library }: { library: Library | null }) {
  const route = useRoute();
  return (
    <nav className="places" aria-label="Panels">
      {PLACES.map(({ to, name, icon, shortcut }) => (
        <a
          key={name}
          href={pathOf(to)}
          aria-current={placeOf(route) === to.panel ? 'page' : undefined}
          aria-keyshortcuts={shortcut}
          title={`${name} (${shortcut})`}
          onClick={(event) => go(event, to)}
        >
          <Icon name={icon} />
          <span>{name}</span>
          {name === 'Train' && library && <Trained library={library} />}
        </a>
      ))}
    </nav>
  );
}

export function MatchTools({ game, onTheme }: { game: Game; onTheme: () => void }) {
  const pause = useStore(game.view, (view) => view.pause);
  const phase = useStore(game.view, (view) => view.phase);
  const muted = useStore(game.view, (view) => view.muted);
  return (
    <div className="tools" role="toolbar" aria-label="Match">
      <IconButton
        label="New match"
        icon="new"
        shortcut="N"
        onClick={() => game.view.set({ dialog: 'setup' })}
      />
      {phase !== 'over' && (
        <IconButton
          label={pause === null ? 'Pause' : 'Resume'}
          icon={pause === null ? 'pause' : 'play'}
          shortcut="P"
          onClick={() => game.togglePause()}
        />
      )}
      <IconButton
        label="Change camera"
        icon="camera"
        shortcut="C"
        onClick={() => game.changeCamera()}
      />
      <IconButton
        label="Mute"
        icon={muted ? 'muted' : 'sound'}
        shortcut="M"
        pressed={muted}
        onClick={() => game.setMuted(!muted)}
      />
      <IconButton
        label="Light or dark"
        icon="theme"
        shortcut="L"
        className="theme-button"
        onClick={onTheme}
      />
      <IconButton
        label="Help"
        icon="help"
        shortcut="?"
        onClick={() => game.view.set({ dialog: 'help' })}
      />
    </div>
  );
}

export function FrameRate({ game }: { game: Game }) {
  const shown = useStore(game.view, (view) => view.frameRateShown);
  const framesPerSecond = useStore(game.view, (view) => view.framesPerSecond);
  const words = useStore(game.view, (view) => view.drawingWords);
  if (!shown) return null;
  return (
    <output className="frame-rate" aria-label="Frame rate">
      <b>{framesPerSecond}</b> frames per second · {words}
    </output>
  );
}
