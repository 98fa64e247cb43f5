/** A paused or finished run: name its player, keep it, play against it. */
import type { FormEvent } from 'react';
import { useId, useState } from 'react';
import { useStore } from '../app/store.ts';
import { navigate } from '../app/use-route.ts';
import type { Game } from '../match/game.ts';
import type { Library } from '../storage/library.ts';
import { PLAYER_NAME_LENGTH_MAX, shortened } from '../storage/players.ts';
import { keepLearned } from './learned-player.ts';
import type { Run } from './run.ts';

type KeepPlayerProps = { game: Game; run: Run; library: Library; size: 1 | 2 | 3 };

function playAgainst(game: Game, playerId: number, robotsPerTeam: 1 | 2 | 3): void {
  navigate({ panel: 'match' });
  const { minutes } = game.view.value.setup;
  void game.start({ robotsPerTeam, blue: 'you', orange: `player:${playerId}`, minutes });
}

export function KeepPlayer({ game, run, library, size }: KeepPlayerProps) {
  const players = useStore(library.view, (view) => view.players);
  const steps = useStore(run.view, (view) => view.row.steps);
  const [name, setName] = useState<string | null>(null);
  const [kept, setKept] = useState<{ id: number; name: string; steps: number } | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const id = useId();
  const shown = name ?? `Player ${players.length + 1}`;
  const store = async (wanted: string) => {
    try {
      const playerId = await keepLearned(library.database, run, wanted);
      setProblem(null);
      setKept({ id: playerId, name: wanted, steps });
      setName(null);
    } catch (error) {
      setProblem((error as Error).message);
    }
  };
  const keep = (event: FormEvent) => {
    event.preventDefault();
    const wanted = shortened(shown);
    if (wanted === '') return setProblem('Give the player a name first.');
    void store(wanted);
  };
  const isKept = kept !== null && kept.steps === steps;
  return (
    <div className="keep-player">
      {isKept ? (
        <>
          <output className="kept-player" aria-label="Kept player">
            {kept.name} is kept and is in the list of opponents.
          </output>
          <button
            type="button"
            className="button button-main button-wide"
            onClick={() => playAgainst(game, kept.id, size)}
          >
            Play against {kept.name}
          </button>
        </>
      ) : (
        <form onSubmit={keep}>
          <label htmlFor={id}>Name of the player</label>
          <div className="field-row">
            <input
              id={id}
              className="input"
              value={shown}
              maxLength={PLAYER_NAME_LENGTH_MAX}
              autoComplete="off"
              onChange={(event) => setName(event.target.value)}
            />
            <button type="submit" className="button button-main">
              Keep player
            </button>
          </div>
        </form>
      )}
      {problem && (
        <p className="message message-alert" role="alert">
          {problem}
        </p>
      )}
    </div>
  );
}
