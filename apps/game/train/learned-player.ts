/** A soccer player from a run: kept beside the others, it can be played against. */
import type { Database } from '../storage/database.ts';
import { storageWords } from '../storage/failure.ts';
import { keepPlayer } from '../storage/player-bytes.ts';
import { readCheckpoints } from '../storage/runs.ts';
import { decodeLearned } from '../storage/learned-policy.ts';
import { latest } from './run-view.ts';
import type { Run } from './run.ts';

/** Keeps what the latest checkpoint plays with; gives its id. Throws in words. */
export async function keepLearned(database: Database, run: Run, name: string): Promise<number> {
  const [checkpoint] = await readCheckpoints(database, run.id);
  if (!checkpoint) throw new Error('There is no player yet; train for a few seconds.');
  const learned = decodeLearned(checkpoint.policy);
  const winRate = latest(run.view.value.points, 'winRate');
  try {
    return await keepPlayer(database, { name, learned, winRate }, Date.now());
  } catch (error) {
    throw new Error(storageWords(error, 'the player'), { cause: error });
  }
}
