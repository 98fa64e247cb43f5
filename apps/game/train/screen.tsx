/** A film and its position, which can be moved. */
import { useEffect, useRef, useState } from 'react';
import type { RunEnvironment } from '../storage/run-rows.ts';
import { IconButton } from '../ui/icon-button.tsx';
import { Projector } from './projector.ts';
import type { Film } from './recording.ts';

export type ScreenProps = {
  readonly film: Film;
  readonly environment: RunEnvironment;
  readonly isPlaying: boolean;
  readonly label: string;
  readonly onPlaying: (playing: boolean) => void;
  readonly onEnd: () => void;
};

const SPEEDS = [1, 2, 4, 8];

export function Screen(props: ScreenProps) {
  const { film, environment, isPlaying, label, onPlaying } = props;
  const canvas = useRef<HTMLCanvasElement>(null);
  const slider = useRef<HTMLInputElement>(null);
  const projector = useRef<Projector | null>(null);
  const latest = useRef(props);
  const [speed, setSpeed] = useState(1);
  useEffect(() => {
    const made = new Projector({
      canvas: canvas.current!,
      environment,
      film,
      onStep: (step) => (slider.current!.value = String(step)),
      onEnd: () => latest.current.onEnd(),
    });
    projector.current = made;
    return () => made[Symbol.dispose]();
  }, [film, environment]);
  useEffect(() => {
    latest.current = props;
    Object.assign(projector.current ?? {}, { isPlaying, speed });
  });
  const toggle = () => {
    if (!isPlaying && projector.current?.atEnd) projector.current.seek(0);
    onPlaying(!isPlaying);
  };
  return (
    <figure className="screen" aria-label={label}>
      <canvas ref={canvas} aria-hidden="true" />
      <figcaption>
        <IconButton
          label={isPlaying ? 'Pause the episode' : 'Play the episode'}
          icon={isPlaying ? 'pause' : 'play'}
          onClick={toggle}
        />
        <input
          ref={slider}
          type="range"
          aria-label="Step of the episode"
          min={0}
          max={film.rewards.length}
          defaultValue={0}
          onChange={(event) => {
            projector.current?.seek(Number(event.target.value));
            onPlaying(false);
          }}
        />
        <select
          aria-label="Speed of the episode"
          value={speed}
          onChange={(event) => setSpeed(Number(event.target.value))}
        >
          {SPEEDS.map((one) => (
            <option key={one} value={one}>
              {one}×
            </option>
          ))}
        </select>
      </figcaption>
    </figure>
  );
}
