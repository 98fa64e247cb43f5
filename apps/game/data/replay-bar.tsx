/** Below a kept match on the pitch: play, step, scrub, speed, and whether it replays to the bit. */
import { Slider } from '@base-ui/react/slider';
import type { Verification } from '@dreampitch/sim';
import { useState } from 'react';
import { useStore } from '../app/store.ts';
import { navigate } from '../app/use-route.ts';
import { Score } from '../hud/scoreboard.tsx';
import type { Game } from '../match/game.ts';
import type { Screening } from '../match/screening.ts';
import { SPEEDS } from '../match/screening.ts';
import { IconButton } from '../ui/icon-button.tsx';
import { lengthText, teamsOf } from './words.ts';

const TICKS_PER_SECOND = 60;

function verificationText(found: Verification): string {
  if (found.ok) return `Replays to the bit: all ${found.keyStateCount} key states are equal.`;
  if (found.reason === 'version') {
    return 'Played in another version of the game, so it cannot be replayed to the bit.';
  }
  const at = lengthText(found.tick / TICKS_PER_SECOND);
  return `Differs at ${at} in ${found.field}: ${found.recorded} was kept, ${found.replayed} comes out.`;
}

function Verify({ screening }: { screening: Screening }) {
  const [text, setText] = useState<string | null>(null);
  const verify = () => {
    setText('Playing all of it again…');
    // A frame first, so that the line is seen: the check takes about a second.
    setTimeout(() => setText(verificationText(screening.replay.verify())), 50);
  };
  return (
    <>
      <button type="button" className="button" onClick={verify}>
        Verify
      </button>
      <output className="replay-note" aria-label="Verification">
        {text}
      </output>
    </>
  );
}

function Scrubber({ screening }: { screening: Screening }) {
  const tick = useStore(screening.view, (view) => view.tick);
  const total = lengthText(screening.tickCount / TICKS_PER_SECOND);
  const shown = lengthText(tick / TICKS_PER_SECOND);
  return (
    <div className="scrubber">
      <output className="scrubber-time">{shown}</output>
      <Slider.Root
        className="slider"
        value={tick}
        min={0}
        max={screening.tickCount}
        step={1}
        largeStep={TICKS_PER_SECOND * 10}
        onValueChange={(value) => screening.seek(value)}
      >
        <Slider.Control className="slider-control">
          <Slider.Track className="slider-track">
            <Slider.Indicator className="slider-fill" />
            <Slider.Thumb
              className="slider-thumb"
              aria-label="Position"
              getAriaValueText={(_, value) => `${lengthText(value / TICKS_PER_SECOND)} of ${total}`}
            />
          </Slider.Track>
        </Slider.Control>
      </Slider.Root>
      <span className="scrubber-time">{total}</span>
    </div>
  );
}

const close = () => navigate({ panel: 'data', episodeId: null });

export function ReplayBar({ game, screening }: { game: Game; screening: Screening }) {
  const playing = useStore(screening.view, (view) => view.playing);
  const speed = useStore(screening.view, (view) => view.speed);
  const score = useStore(screening.view, (view) => view.score);
  const tick = useStore(screening.view, (view) => view.tick);
  const clockSeconds = useStore(screening.view, (view) => view.clockSeconds);
  const names = teamsOf(screening.replay.episode.controllers);
  return (
    <>
      <Score names={names} score={score} seconds={clockSeconds} />
      <section className="replay-bar" aria-label="Replay">
        <Scrubber screening={screening} />
        <div className="replay-row">
          <IconButton
            label="Back one second"
            icon="stepBack"
            onClick={() => screening.seek(tick - TICKS_PER_SECOND)}
          />
          <IconButton
            label={playing ? 'Stop replay' : 'Play replay'}
            icon={playing ? 'pause' : 'play'}
            shortcut="P"
            onClick={() => screening.setPlaying(!playing)}
          />
          <IconButton
            label="Forward one second"
            icon="step"
            onClick={() => screening.seek(tick + TICKS_PER_SECOND)}
          />
          <label className="speed">
            <span className="for-ears">Speed</span>
            <select
              value={speed}
              onChange={(event) => screening.setSpeed(Number(event.target.value))}
            >
              {SPEEDS.map((value) => (
                <option key={value} value={value}>
                  {value} ×
                </option>
              ))}
            </select>
          </label>
          <IconButton
            label="Change camera"
            icon="camera"
            shortcut="C"
            onClick={() => game.changeCamera()}
          />
          <Verify key={screening.episodeId} screening={screening} />
          <button type="button" className="button replay-close" onClick={close}>
            Close replay
          </button>
        </div>
        {!screening.replay.exact && (
          <p className="replay-note">
            Played in another version of the game: shown second by second.
          </p>
        )}
      </section>
    </>
  );
}
