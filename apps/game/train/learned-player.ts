/** A soccer player from a run: kept beside the others, it can be played against. */
import { decodeLeague } from '@dreampitch/learning';
import type { Database } from '../storage/database.ts';
import { storageWords } from '../storage/failure.ts';
import { keepPlayer } from '../storage/player-bytes.ts';
import { decodeLearned } from '../storage/learned-policy.ts';
import { latest } from './run-view.ts';
import type { Run } from './run.ts';

/** Keeps what the latest checkpoint plays with; gives its id. Throws in words. */
export async function keepLearned(database: Database, run: Run, name: string): Promise<number> {
  const checkpoint = await run.latest();
  if (!checkpoint?.policy.length)
    throw new Error('There is no player yet; train for a few seconds.');
  const learned = decodeLearned(checkpoint.policy);
  const winRate = latest(run.view.value.points, 'winRate');
  try {
    return await keepPlayer(database, { name, learned, winRate }, Date.now());
  } catch (error) {
    throw new Error(storageWords(error, 'the player'), { cause: error });
  }
}

export type VersionToKeep = { readonly id: number; readonly name: string };

/** Keeps a version of the run's league; gives its id. Throws in words. */
export async function keepVersion(
  database: Database,
  run: Run,
  { id, name }: VersionToKeep,
): Promise<number> {
  const checkpoint = await run.latest();
  const decoded = checkpoint ? decodeLeague(checkpoint.bytes) : null;
  const network = decoded?.ok ? decoded.checkpoint.networks.get(id) : undefined;
  if (!network) {
    const reason = decoded?.ok === false ? decoded.message : 'The next checkpoint has it.';
    throw new Error(`This version cannot be kept yet: ${reason}`);
  }
  try {
    const learned = { kind: 'network' as const, network };
    return await keepPlayer(database, { name, learned, winRate: null }, Date.now());
  } catch (error) {
    throw new Error(storageWords(error, 'the player'), { cause: error });
  }
}
