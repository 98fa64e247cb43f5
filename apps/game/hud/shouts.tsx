/** The big words over the pitch: countdown, goal. Nobody has to press anything. */
import { useStore } from '../app/store.ts';
import type { Game } from '../match/game.ts';

export function Shouts({ game }: { game: Game }) {
  const countdown = useStore(game.view, (view) => view.countdown);
  const goalBy = useStore(game.view, (view) => view.goalBy);
  const names = useStore(game.view, (view) => view.teamNames);
  const pause = useStore(game.view, (view) => view.pause);
  const phase = useStore(game.view, (view) => view.phase);
  if (pause !== null || phase === 'over') return null;
  if (goalBy !== null) {
    return (
      <div className={`shout shout-${goalBy === 0 ? 'blue' : 'orange'}`} aria-hidden="true">
        <span className="shout-word">Goal!</span>
        <span className="shout-who">{names[goalBy]}</span>
      </div>
    );
  }
  if (countdown === null) return null;
  return (
    <div className="shout" aria-hidden="true">
      <span key={countdown} className="shout-count">
        {countdown}
      </span>
    </div>
  );
}
