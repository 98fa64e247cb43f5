/** What of a person's own play a run can learn from, and the switch for it. */
import { useCallback, useId } from 'react';
import { navigate } from '../app/use-route.ts';
import { lengthText } from '../data/words.ts';
import { listEpisodes } from '../storage/episodes.ts';
import type { Library } from '../storage/library.ts';
import { useLive } from '../storage/use-live.ts';
import { draft } from './draft.ts';

export type MyMatchesProps = {
  readonly library: Library;
  readonly environment: string;
  /** Null: it always learns from them. Else whether it is to, and what it would do with them. */
  readonly choice: { readonly isOn: boolean; readonly words: string } | null;
};

export function MyMatches({ library, environment, choice }: MyMatchesProps) {
  const id = useId();
  const live = useLive(useCallback(() => listEpisodes(library.database), [library]));
  if (live.state !== 'ready') return null;
  const own = live.value.filter(
    (entry) =>
      entry.sound && entry.environment === environment && entry.controllers.includes('human'),
  );
  const ticks = own.reduce((sum, entry) => sum + (entry.sound ? entry.tickCount : 0), 0);
  const matches = own.length === 1 ? '1 kept match' : `${own.length} kept matches`;
  if (own.length === 0) {
    // Where it is only offered, there is nothing to offer.
    if (choice && !choice.isOn) return null;
    return (
      <div className="message" role="note">
        <p>
          There is no kept match of {environment} in which you drove. Play one with “Keep my
          matches” on; it is learned from as soon as it is kept.
        </p>
        <button type="button" className="button" onClick={() => navigate({ panel: 'match' })}>
          Play a match
        </button>
      </div>
    );
  }
  const found = `${matches} in which you drove, ${lengthText(ticks / TICKS_PER_SECOND)} together`;
  if (!choice) return <p className="soft">It learns from {found}.</p>;
  return (
    <label className="check-row" htmlFor={id}>
      <input
        id={id}
        type="checkbox"
        aria-label="Learn from my matches first"
        checked={choice.isOn}
        onChange={(event) => draft.set({ usesMatches: event.target.checked })}
      />
      <span>
        <b>Learn from my matches first</b>
        <span className="option-words">
          {choice.words} There {own.length === 1 ? 'is' : 'are'} {found}.
        </span>
      </span>
    </label>
  );
}

const TICKS_PER_SECOND = 60;
