/** Dark or light: as the system has it, until a person chooses. */
import type { Game } from '../match/game.ts';
import { recall, remember } from './preferences.ts';

type Theme = 'dark' | 'light';

function chosenTheme(): Theme {
  const remembered = recall('theme');
  if (remembered === 'dark' || remembered === 'light') return remembered;
  return matchMedia('(prefers-color-scheme: light)').matches ? 'light' : 'dark';
}

export function applyTheme(theme: Theme = chosenTheme()): void {
  document.documentElement.dataset['theme'] = theme;
}

/** The scene is painted anew, since it reads its colours from the same tokens. */
export function toggleTheme(game: Game): void {
  const theme = document.documentElement.dataset['theme'] === 'light' ? 'dark' : 'light';
  remember('theme', theme);
  applyTheme(theme);
  game.repaint();
}
