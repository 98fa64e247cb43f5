/** Exports kept matches as datasets for learning elsewhere; shows how far it is, and stops. */
import { Progress } from '@base-ui/react/progress';
import { useEffect, useRef, useState } from 'react';
import type { Game } from '../../match/game.ts';
import type { EpisodeEntry } from '../../storage/episodes.ts';
import { download } from '../download.ts';
import { lengthText } from '../words.ts';
import type { News, Order } from './protocol.ts';
import type { ZippedDatasets } from './zip-datasets.ts';

type Running = {
  readonly matches: number;
  readonly matchesDone: number;
  readonly share: number; // of all frames, 0 .. 1
  readonly secondsLeft: number | null; // null: not known yet
};
export type DatasetExportProps = { game: Game; entries: readonly EpisodeEntry[] };

export function DatasetExport({ game, entries }: DatasetExportProps) {
  const [running, setRunning] = useState<Running | null>(null);
  const worker = useRef<Worker | null>(null);
  const stop = () => {
    worker.current?.terminate();
    worker.current = null;
    setRunning(null);
  };
  useEffect(() => () => worker.current?.terminate(), []);
  const start = () => {
    const sound = entries.filter((entry) => entry.sound);
    const matches = sound.map(({ id, environment, tickCount, controllers }) => {
      return { id, environment, frames: tickCount * controllers.length };
    });
    const framesAll = matches.reduce((sum, { frames }) => sum + frames, 0);
    const none = { matches: matches.length, matchesDone: 0, share: 0, secondsLeft: null };
    const startedAt = performance.now();
    const own = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
    worker.current = own;
    setRunning(none);
    own.addEventListener('message', ({ data }: MessageEvent<News>) => {
      if (data.type === 'progress') {
        const share = Math.min(data.frames / Math.max(framesAll, 1), 1);
        const seconds = (performance.now() - startedAt) / 1000;
        const secondsLeft = share > 0 ? (seconds * (1 - share)) / share : null;
        return setRunning({ ...none, matchesDone: data.matches, share, secondsLeft });
      }
      stop();
      if (data.type === 'failed') game.tell(`Nothing was exported: ${data.message}`, true);
      else deliver(game, data.result);
    });
    own.addEventListener('error', ({ message }) => {
      stop();
      game.tell(`Nothing was exported: ${message}`, true);
    });
    own.postMessage({ matches } satisfies Order);
  };
  if (!running) {
    return (
      <button
        type="button"
        className="button"
        title="Observations, actions and rewards of every frame, as Python's LeRobot reads them"
        disabled={!entries.some((entry) => entry.sound)}
        onClick={start}
      >
        Export as LeRobotDataset
      </button>
    );
  }
  const { matches, matchesDone, share, secondsLeft } = running;
  const left = secondsLeft === null ? '' : `, ${lengthText(secondsLeft)} left`;
  return (
    <div className="dataset-export">
      <Progress.Root className="progress" aria-label="Export progress" value={100 * share}>
        <Progress.Track className="progress-track">
          <Progress.Indicator className="progress-fill" />
        </Progress.Track>
      </Progress.Root>
      <span className="soft">
        Match {Math.min(matchesDone + 1, matches)} of {matches}
        {left}
      </span>
      <button type="button" className="button" onClick={stop}>
        Stop the export
      </button>
    </div>
  );
}

function deliver(game: Game, { zip, matchCount, leftOut }: ZippedDatasets): void {
  download('dreampitch-lerobot-dataset.zip', zip);
  const matches = matchCount === 1 ? '1 match' : `${matchCount} matches`;
  const reasons = [...new Set(leftOut)].join(' ');
  const rest = leftOut.length > 0 ? ` ${leftOut.length} could not be exported: ${reasons}` : '';
  game.tell(`Exported ${matches} as a LeRobotDataset.${rest}`, leftOut.length > 0);
}
