/** Before a run: what to train, from what, for how long. */
import { useState } from 'react';
import { useStore } from '../app/store.ts';
import type { Library } from '../storage/library.ts';
import { Choice } from '../ui/choice.tsx';
import type { Training } from './training.ts';

const SIZES = [1, 2, 3].map((n) => ({ value: n as 1 | 2 | 3, name: `${n}v${n}` }));
const MINUTES = [3, 10, 30].map((n) => ({ value: n, name: `${n} min` }));
const NOTHING = 0;

export function TrainSetup({ training, library }: { training: Training; library: Library }) {
  const players = useStore(library.view, (view) => view.players);
  const [robotsPerTeam, setRobots] = useState<1 | 2 | 3>(1);
  const [minutes, setMinutes] = useState(3);
  const [playerId, setPlayerId] = useState(NOTHING);
  const fitting = players.filter(
    (p) => p.environment === `soccer-${robotsPerTeam}v${robotsPerTeam}`,
  );
  const from = fitting.some((player) => player.id === playerId) ? playerId : NOTHING;
  const start = () => {
    void training.start({ robotsPerTeam, minutes, playerId: from === NOTHING ? null : from });
  };
  return (
    <section aria-label="New training">
      <p>
        Watch a robot learn soccer from nothing but goals. A hundred variants of it play thousands
        of matches at once, in this tab; the better ones decide what it becomes. After three minutes
        it gives the hard bot a match, and you can play against it.
      </p>
      <Choice label="Robots" value={robotsPerTeam} options={SIZES} onChange={setRobots} />
      <Choice label="Training time" value={minutes} options={MINUTES} onChange={setMinutes} />
      {fitting.length > 0 && (
        <Choice
          label="Start from"
          list
          value={from}
          options={[
            { value: NOTHING, name: 'Nothing' },
            ...fitting.map(({ id, name }) => ({ value: id, name })),
          ]}
          onChange={setPlayerId}
        />
      )}
      <button type="button" className="button button-main button-wide" onClick={start}>
        Train
      </button>
    </section>
  );
}
