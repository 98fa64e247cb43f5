/** What to play: size, who drives each team, how long. */
import { Dialog } from '@base-ui/react/dialog';
import { useState } from 'react';
import { navigate } from '../app/use-route.ts';
import type { Game } from '../match/game.ts';
import { BOTS, type Bot, type Driver, type MatchSetup } from '../match/setup.ts';
import type { PlayerSummary } from '../storage/players.ts';
import type { Option } from '../ui/choice.tsx';
import { Choice } from '../ui/choice.tsx';
import { Modal } from '../ui/modal.tsx';

const SIZES = [1, 2, 3].map((n) => ({ value: n as 1 | 2 | 3, name: `${n}v${n}` }));
const MINUTES = [1, 3, 5].map((n) => ({ value: n as 1 | 3 | 5, name: `${n} min` }));

const NOTES: Readonly<Record<Bot, string>> = {
  random: 'Drives about; good for a first goal',
  easy: 'Takes its time; a fair first match',
  normal: 'Quicker, and looks ahead',
  scripted: 'At full strength: defends, passes, gets out of corners',
};
const BOT_NAMES = (Object.keys(BOTS) as Bot[]).map((value) => ({ value, name: BOTS[value].name }));
const OPPONENTS: readonly Option<Driver>[] = BOT_NAMES.map(({ value, name }) => ({
  value,
  name,
  note: NOTES[value],
}));

function playerOptions(players: readonly PlayerSummary[], size: number): Option<Driver>[] {
  const sound = players.filter((player) => !player.damaged);
  return sound.map((player) => {
    const fits = player.environment === `soccer-${size}v${size}`;
    const rate = player.winRate === null ? '' : `, wins ${Math.round(player.winRate * 100)} %`;
    const note = fits
      ? `Trained here${rate}${player.current ? '' : '; in another version of the game'}`
      : `Plays ${player.environment.replace('soccer-', '')} only`;
    return { value: `player:${player.id}`, name: player.name, note, disabled: !fits };
  });
}

export type SetupDialogProps = { game: Game; players: readonly PlayerSummary[] };

export function SetupDialog({ game, players }: SetupDialogProps) {
  const [setup, setSetup] = useState<MatchSetup>(game.view.value.setup);
  const change = (part: Partial<MatchSetup>) => {
    const next = { ...setup, ...part };
    const options = playerOptions(players, next.robotsPerTeam);
    const lost = (driver: Driver) =>
      driver.startsWith('player:') && !options.some((o) => o.value === driver && !o.disabled);
    setSetup({
      ...next,
      blue: lost(next.blue) ? 'you' : next.blue,
      orange: lost(next.orange) ? 'scripted' : next.orange,
    });
  };
  const kept = playerOptions(players, setup.robotsPerTeam);
  const close = () => game.view.set({ dialog: null });
  const start = () => {
    close();
    navigate({ panel: 'match' });
    void game.start(setup);
  };
  return (
    <Modal title="New match" onClose={close}>
      <div className="choice-pair">
        <Choice
          label="Robots"
          value={setup.robotsPerTeam}
          options={SIZES}
          onChange={(robotsPerTeam) => change({ robotsPerTeam })}
        />
        <Choice
          label="Length"
          value={setup.minutes}
          options={MINUTES}
          onChange={(minutes) => change({ minutes })}
        />
      </div>
      <Choice
        label="Opponent (orange)"
        list
        value={setup.orange}
        options={[
          ...OPPONENTS,
          ...kept,
          { value: 'friend', name: 'A friend', note: 'Arrow keys here, or a second game pad' },
        ]}
        onChange={(orange) => change({ orange })}
      />
      <Choice
        label="Blue is driven by"
        value={setup.blue}
        options={[
          { value: 'you', name: 'You' },
          ...BOT_NAMES.filter(({ value }) => value !== 'random'),
          ...kept.filter((option) => !option.disabled).map(({ value, name }) => ({ value, name })),
        ]}
        onChange={(blue) => change({ blue })}
      />
      <div className="dialog-actions">
        <Dialog.Close className="button">Cancel</Dialog.Close>
        <button type="button" className="button button-main" onClick={start}>
          Kick off
        </button>
      </div>
    </Modal>
  );
}
