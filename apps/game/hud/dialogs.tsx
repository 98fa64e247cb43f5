/** The dialogs of the match, loaded when the first of them opens. */
import { useStore } from '../app/store.ts';
import type { Game } from '../match/game.ts';
import type { PlayerSummary } from '../storage/players.ts';
import { HelpDialog } from './help-dialog.tsx';
import { SetupDialog } from './setup-dialog.tsx';

export function Dialogs({ game, players }: { game: Game; players: readonly PlayerSummary[] }) {
  const dialog = useStore(game.view, (view) => view.dialog);
  if (dialog === 'help') return <HelpDialog game={game} />;
  if (dialog === 'setup') return <SetupDialog game={game} players={players} />;
  return null;
}
