/** Reads lines of versions, and goes back in them: every part is hashed, too long for the page's thread. */
import type { History } from '@dreampitch/learning';
import { disposal } from '../../app/disposal.ts';
import { Database } from '../../storage/database.ts';
import { goBackTo, readHistory } from '../../storage/histories.ts';

void disposal;

export type HistoryOrder = {
  readonly ticket: string;
  readonly id: number; // of the history
  /** A version to go back to first; null: none. */
  readonly back: { readonly to: string; readonly by: string; readonly when: number } | null;
};

export type HistoryNews =
  | { readonly ticket: string; readonly history: History }
  | { readonly ticket: string; readonly problem: string };

async function answer({ ticket, id, back }: HistoryOrder): Promise<HistoryNews> {
  const database = new Database();
  try {
    if (back) await goBackTo(database, id, back);
    return { ticket, history: await readHistory(database, id) };
  } catch (error) {
    return { ticket, problem: (error as Error).message };
  } finally {
    database.close();
  }
}

addEventListener('message', ({ data }: MessageEvent<HistoryOrder>) => {
  void answer(data).then((news) => postMessage(news));
});
