/** In the middle of the pitch while nothing moves: paused, or full time. */
import { useEffect, useRef } from 'react';
import { useStore } from '../app/store.ts';
import type { Game } from '../match/game.ts';

const TEAMS = ['Blue', 'Orange'] as const;
/** A person who still holds the space bar at full time means the robot, not the button. */
const FOCUS_MS = 900;

function resultOf(names: readonly [string, string], score: readonly [number, number]): string {
  if (score[0] === score[1]) return 'A draw';
  const won = score[0] > score[1] ? 0 : 1;
  const winner = names[0] === names[1] ? TEAMS[won] : names[won];
  return winner === 'You' ? 'You win' : `${winner} wins`;
}

export function PauseCard({ game }: { game: Game }) {
  const pause = useStore(game.view, (view) => view.pause);
  const phase = useStore(game.view, (view) => view.phase);
  const names = useStore(game.view, (view) => view.teamNames);
  const score = useStore(game.view, (view) => view.score);
  const first = useRef<HTMLButtonElement>(null);
  const over = phase === 'over';
  const shown = over || pause !== null;
  useEffect(() => {
    // A panel that was opened keeps the focus that the person gave it.
    if (!shown || pause === 'panel') return;
    const focus = () => first.current?.focus({ preventScroll: true });
    const timer = setTimeout(focus, over ? FOCUS_MS : 0);
    return () => clearTimeout(timer);
  }, [shown, pause, over]);
  if (!shown) return null;
  const restart = () => void game.restart();
  return (
    <section className="pause-card" aria-label={over ? 'Full time' : 'Paused'}>
      <p className="pause-kicker">{over ? 'Full time' : 'Paused'}</p>
      <h2>{over ? resultOf(names, score) : `${score[0]} : ${score[1]}`}</h2>
      {over && (
        <p className="pause-score">
          {score[0]} : {score[1]}
        </p>
      )}
      <div className="pause-actions">
        {over ? (
          <button ref={first} type="button" className="button button-main" onClick={restart}>
            Play again
          </button>
        ) : (
          <>
            <button
              ref={first}
              type="button"
              className="button button-main"
              onClick={() => game.resume()}
            >
              {pause === 'panel' ? 'Go on beside it' : 'Resume'}
            </button>
            <button type="button" className="button" onClick={restart}>
              Restart <kbd>R</kbd>
            </button>
          </>
        )}
        <button type="button" className="button" onClick={() => game.view.set({ dialog: 'setup' })}>
          New match <kbd>N</kbd>
        </button>
      </div>
    </section>
  );
}
