/** The entry: theme, the game, the page around it. */
import { disposal } from './app/disposal.ts';
import { createRoot } from 'react-dom/client';
import { App } from './app/app.tsx';
import { shortcutsOf } from './app/shortcuts.ts';
import { applyTheme } from './app/theme.ts';
import { Game } from './match/game.ts';
import { ErrorBoundary } from './ui/error-boundary.tsx';

void disposal;
applyTheme();
const root = document.getElementById('root');
if (!root) throw new Error('index.html has no #root.');
const game = new Game();
game.onShortcut = shortcutsOf(game);
createRoot(root).render(
  <ErrorBoundary what="The page" words="Matches and players that were kept are not touched.">
    <App game={game} />
  </ErrorBoundary>,
);
