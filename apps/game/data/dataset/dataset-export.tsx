/** Exports kept matches as datasets for learning elsewhere; shows how far it is, and stops. */
import { Progress } from '@base-ui/react/progress';
import { useEffect, useRef, useState } from 'react';
import type { Game } from '../../match/game.ts';
import type { EpisodeEntry } from '../../storage/episodes.ts';
import { download } from '../download.ts';
import type { News, Order } from './protocol.ts';
import type { ZippedDatasets } from './zip-datasets.ts';

type Running = { done: number; total: number };
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
    const matches = sound.map(({ id, environment }) => ({ id, environment }));
    const total = matches.length;
    const own = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
    worker.current = own;
    setRunning({ done: 0, total });
    own.addEventListener('message', ({ data }: MessageEvent<News>) => {
      if (data.type === 'progress') return setRunning({ done: data.done, total });
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
  const { done, total } = running;
  return (
    <div className="dataset-export">
      <Progress.Root className="progress" aria-label="Export progress" value={(100 * done) / total}>
        <Progress.Track className="progress-track">
          <Progress.Indicator className="progress-fill" />
        </Progress.Track>
      </Progress.Root>
      <span className="soft">
        Match {done + 1} of {total}
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
