/** Shows the match that the address names on the pitch, as long as it names it. */
import { Replay } from '@dreampitch/sim';
import { useEffect, useState } from 'react';
import { useStore } from '../app/store.ts';
import type { Game } from '../match/game.ts';
import { Screening } from '../match/screening.ts';
import { readEpisode } from '../storage/episodes.ts';
import type { Library } from '../storage/library.ts';
import { refusalText } from './words.ts';

async function open(game: Game, library: Library, id: number): Promise<Screening> {
  if (!game.compute) throw new Error('The match view is not open, so nothing can be shown.');
  const decoded = await readEpisode(library.database, id);
  if (!decoded.ok) throw new Error(`Match ${id} cannot be shown. ${refusalText(decoded.reason)}`);
  return new Screening(await Replay.create(game.compute, decoded.episode), id);
}

/** Why the match cannot be shown, or null. */
export function useScreening(game: Game, library: Library, id: number | null): string | null {
  const [failed, setFailed] = useState<{ id: number; text: string } | null>(null);
  const status = useStore(game.view, (view) => view.status);
  const storage = useStore(library.view, (view) => view.state);
  useEffect(() => {
    if (id === null || status === 'loading' || storage !== 'open') return;
    let wanted = true;
    const show = async () => {
      try {
        const screening = await open(game, library, id);
        if (wanted) game.show(screening);
        else screening[Symbol.dispose]();
      } catch (error) {
        const text = error instanceof Error ? error.message : String(error);
        if (wanted) setFailed({ id, text });
      }
    };
    void show();
    return () => {
      wanted = false;
      game.show(null);
    };
  }, [game, library, id, status, storage]);
  return failed !== null && failed.id === id ? failed.text : null;
}
