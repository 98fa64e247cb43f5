/** One key away: what every key does that does not drive. The help dialog lists them. */
import type { Game } from '../match/game.ts';
import { toggleTheme } from './theme.ts';
import { navigate } from './use-route.ts';
import { parseRoute } from './route.ts';

function escape(game: Game): void {
  const { screening } = game.view.value;
  const route = parseRoute(location.pathname);
  if (screening) return navigate({ panel: 'data', episodeId: null });
  if (route.panel !== 'match') return navigate({ panel: 'match' });
  game.togglePause();
}

function pause(game: Game): void {
  const { screening } = game.view.value;
  if (screening) screening.setPlaying(!screening.view.value.playing);
  else game.togglePause();
}

/** What is seen begins anew: the replay, or the match, which a panel would only hide. */
function restart(game: Game): void {
  const { screening } = game.view.value;
  if (screening) return screening.seek(0);
  if (parseRoute(location.pathname).panel !== 'match') navigate({ panel: 'match' });
  void game.restart();
}

const ACTIONS: Readonly<Record<string, (game: Game) => void>> = {
  p: pause,
  escape,
  r: restart,
  n: (game) => game.view.set({ dialog: 'setup' }),
  c: (game) => game.changeCamera(),
  m: (game) => game.setMuted(!game.view.value.muted),
  f: (game) => game.toggleFrameRate(),
  l: (game) => toggleTheme(game),
  '?': (game) => game.view.set({ dialog: 'help' }),
  h: (game) => game.view.set({ dialog: 'help' }),
  '1': () => navigate({ panel: 'match' }),
  '2': () => navigate({ panel: 'data', episodeId: null }),
  '3': () => navigate({ panel: 'train' }),
};

/** True: the key was one of these. */
export function shortcutsOf(game: Game): (key: string) => boolean {
  return (key) => {
    const action = Object.hasOwn(ACTIONS, key) ? ACTIONS[key] : undefined;
    if (!action || game.view.value.dialog !== null) return false;
    action(game);
    return true;
  };
}
