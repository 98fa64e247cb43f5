/** Names, score and clock; for screen readers the score as a sentence. */
import { useStore } from '../app/store.ts';
import type { Game } from '../match/game.ts';
import { clockText } from '../match/setup.ts';

type Team = { color: 'blue' | 'orange'; name: string; score: number };

function TeamScore({ color, name, score }: Team) {
  return (
    <div className={`team team-${color}`}>
      <span className="team-mark" aria-hidden="true" />
      <span className="team-name">{name}</span>
      <span key={score} className="team-score">
        {score}
      </span>
    </div>
  );
}

export type ScoreProps = {
  names: readonly [string, string];
  score: readonly [number, number];
  seconds: number;
  low?: boolean; // the clock is about to run out
};

export function Score({ names, score, seconds, low }: ScoreProps) {
  return (
    <section className="scoreboard" aria-label="Score">
      <TeamScore color="blue" name={names[0]} score={score[0]} />
      <div className={low ? 'clock clock-low' : 'clock'} role="timer" aria-label="Time left">
        {clockText(seconds)}
      </div>
      <TeamScore color="orange" name={names[1]} score={score[1]} />
      <output className="for-ears" aria-label="Score">
        Blue {score[0]}, Orange {score[1]}
      </output>
    </section>
  );
}

const LOW_SECONDS = 10;

export function Scoreboard({ game }: { game: Game }) {
  const names = useStore(game.view, (view) => view.teamNames);
  const score = useStore(game.view, (view) => view.score);
  const seconds = useStore(game.view, (view) => view.clockSeconds);
  const phase = useStore(game.view, (view) => view.phase);
  const low = seconds <= LOW_SECONDS && phase !== 'over';
  return <Score names={names} score={score} seconds={seconds} low={low} />;
}
