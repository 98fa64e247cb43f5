/** Reads every kept match once in the background, so that a damaged one is said before it is played. */
import { useEffect, useState } from 'react';
import type { Library } from '../storage/library.ts';
import { versionHere } from '../storage/library.ts';
import type { EpisodeEntry } from '../storage/episodes.ts';
import { readEpisode } from '../storage/episodes.ts';
import { refusalText } from './words.ts';

/** What is wrong with a match in words; `watchable`: it can be shown all the same. */
export type Check = { readonly text: string | null; readonly watchable: boolean };

const SOUND: Check = { text: null, watchable: true };
const OTHER_VERSION: Check = {
  text: 'Played in another version of the game: shown second by second, not to the tick.',
  watchable: true,
};
const OTHER_GAME: Check = { text: 'Of a game that this page does not know.', watchable: false };

async function check(library: Library, entry: EpisodeEntry): Promise<Check> {
  if (!entry.sound) return { text: 'Damaged: its entry cannot be read.', watchable: false };
  const decoded = await readEpisode(library.database, entry.id);
  if (!decoded.ok) return { text: refusalText(decoded.reason), watchable: false };
  const here = versionHere(decoded.episode.environment);
  if (here === null) return OTHER_GAME;
  return (await here) === decoded.episode.version ? SOUND : OTHER_VERSION;
}

function keyOf(entry: EpisodeEntry): string {
  return entry.sound ? `${entry.id}:${entry.tickCount}:${entry.bytes}` : String(entry.id);
}

export function useChecks(
  library: Library,
  entries: readonly EpisodeEntry[],
): (entry: EpisodeEntry) => Check | null {
  const [checks, setChecks] = useState<ReadonlyMap<string, Check>>(new Map());
  useEffect(() => {
    let current = true;
    const run = async () => {
      for (const entry of entries) {
        const key = keyOf(entry);
        if (checks.has(key)) continue;
        const result = await check(library, entry).catch((error: unknown) => {
          return { text: `Cannot be read: ${String(error)}.`, watchable: false };
        });
        if (!current) return;
        setChecks((before) => new Map(before).set(key, result));
        return; // the next one with the next state: one at a time
      }
    };
    void run();
    return () => {
      current = false;
    };
  }, [library, entries, checks]);
  return (entry) => checks.get(keyOf(entry)) ?? null;
}
