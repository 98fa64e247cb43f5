/** One kept match in the list: who, when, how it ended, and what can be done with it. */
import { navigate } from '../app/use-route.ts';
import type { EpisodeEntry } from '../storage/episodes.ts';
import { Icon } from '../ui/icon.tsx';
import { IconButton } from '../ui/icon-button.tsx';
import type { Check } from './use-checks.ts';
import { bytesText, lengthText, sizeText, teamsOf } from './words.ts';

const DATE = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });
const TICKS_PER_SECOND = 60;

export function titleOf(entry: EpisodeEntry): string {
  if (!entry.sound) return `Match ${entry.id}`;
  const [blue, orange] = teamsOf(entry.controllers);
  return `${blue} ${entry.score[0]} : ${entry.score[1]} ${orange}`;
}

function Details({ entry, playing }: { entry: EpisodeEntry; playing: boolean }) {
  if (!entry.sound) return null;
  const length = lengthText(entry.tickCount / TICKS_PER_SECOND);
  return (
    <p className="episode-details">
      <span>{DATE.format(entry.startedAt)}</span>
      <span>{sizeText(entry.environment)}</span>
      <span>{length}</span>
      <span>{bytesText(entry.bytes)}</span>
      {entry.state === 'part' && <span>{playing ? 'being played' : 'not played to the end'}</span>}
    </p>
  );
}

export type EpisodeRowProps = {
  entry: EpisodeEntry;
  check: Check | null;
  shown: boolean;
  /** It is the match under way. */
  playing: boolean;
  onExport: () => void;
  onDelete: () => void;
};

export function EpisodeRow(props: EpisodeRowProps) {
  const { entry, check, shown, playing, onExport, onDelete } = props;
  const title = titleOf(entry);
  const watchable = entry.sound && check?.watchable !== false;
  return (
    <li className={shown ? 'episode episode-shown' : 'episode'}>
      <button
        type="button"
        className="episode-watch"
        disabled={!watchable}
        aria-label={`Watch ${title}`}
        aria-current={shown ? 'true' : undefined}
        onClick={() => navigate({ panel: 'data', episodeId: entry.id })}
      >
        <Icon name="play" />
      </button>
      <div className="episode-text">
        <p className="episode-title">{title}</p>
        <Details entry={entry} playing={playing} />
        {check?.text && (
          <p className={check.watchable ? 'episode-note' : 'episode-note episode-damaged'}>
            {check.text}
          </p>
        )}
      </div>
      <IconButton label={`Export ${title}`} icon="download" onClick={onExport} />
      <IconButton label={`Delete ${title}`} icon="trash" onClick={onDelete} />
    </li>
  );
}
