/** The players that were trained and kept; they can be played against and deleted. */
import { useState } from 'react';
import type { Library } from '../storage/library.ts';
import type { PlayerSummary } from '../storage/players.ts';
import { Confirm } from '../ui/confirm.tsx';
import { IconButton } from '../ui/icon-button.tsx';
import { sizeText } from './words.ts';

const DATE = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });

function Details({ player }: { player: PlayerSummary }) {
  return (
    <p className="episode-details">
      <span>{DATE.format(player.createdAt)}</span>
      <span>{sizeText(player.environment)}</span>
      {player.winRate !== null && (
        <span>wins {Math.round(player.winRate * 100)} % against the hard bot</span>
      )}
    </p>
  );
}

type KeptPlayersProps = { library: Library; players: readonly PlayerSummary[] };

export function KeptPlayers({ library, players }: KeptPlayersProps) {
  const [asked, setAsked] = useState<PlayerSummary | null>(null);
  if (players.length === 0) return null;
  const remove = (id: number) => {
    library.database.players.delete(id).catch((error: unknown) => {
      library.fail(error, 'the change');
    });
  };
  return (
    <section aria-label="Players">
      <div className="list-head">
        <h2>Players</h2>
      </div>
      <ul className="episodes">
        {players.map((player) => (
          <li key={player.id} className="episode">
            <div className="episode-text">
              <p className="episode-title">{player.name}</p>
              {player.damaged ? (
                <p className="episode-note episode-damaged">
                  Damaged: it is not what was written, so it can only be deleted.
                </p>
              ) : (
                <Details player={player} />
              )}
              {!player.current && (
                <p className="episode-note">
                  Trained in another version of the game; it may play worse in this one.
                </p>
              )}
            </div>
            <IconButton
              label={`Delete ${player.name}`}
              icon="trash"
              onClick={() => setAsked(player)}
            />
          </li>
        ))}
      </ul>
      {asked && (
        <Confirm
          title="Delete this player?"
          text={`${asked.name} is deleted from this device. This cannot be undone.`}
          action="Delete"
          onConfirm={() => remove(asked.id)}
          onClose={() => setAsked(null)}
        />
      )}
    </section>
  );
}
