/** What a person did in kept matches, for algorithms that imitate. */
import { openWasm } from '@dreampitch/compute';
import type { TransitionBatch } from '@dreampitch/learning';
import { collectTransitions, episodeTransitions } from '@dreampitch/learning';
import type { Environment, Episode } from '@dreampitch/sim';
import { versionOf } from '@dreampitch/sim';
import { Database } from '../storage/database.ts';
import { listEpisodes, readEpisode } from '../storage/episodes.ts';

/** About ten matches of three minutes; 60 MB at most. */
const EXAMPLES_MAX = 108_000;
const BATCH_SIZE = 4096;

/**
 * Of the newest matches in which a person drove, oldest first, so that further matches only add to
 * them. Throws in words where there is none.
 */
export async function keptExamples(environment: Environment): Promise<TransitionBatch> {
  const { id } = environment;
  const database = new Database();
  using compute = await openWasm({ threadCount: 1, sharedMemory: false });
  try {
    const version = await versionOf(environment);
    const chosen: Episode[] = [];
    let [count, unread] = [0, 0];
    for (const row of await listEpisodes(database)) {
      if (!row.sound || row.environment !== id || !row.controllers.includes('human')) continue;
      if (count + row.tickCount > EXAMPLES_MAX && chosen.length > 0) break;
      const decoded = row.version === version ? await readEpisode(database, row.id) : null;
      if (!decoded?.ok) unread += 1;
      else {
        chosen.unshift(decoded.episode);
        count += row.tickCount;
      }
    }
    const source = episodeTransitions(compute, chosen, {
      batchSize: BATCH_SIZE,
      robots: (controller) => controller === 'human',
    });
    const examples = await collectTransitions(source);
    if (examples) return examples;
    const left = unread > 0 ? ` ${unread} are damaged or of another version of the game.` : '';
    throw new Error(
      `There is no kept match of ${id} in which you drove.${left} Play one with "Keep my matches" on, ` +
        'then start this run again.',
    );
  } finally {
    database.close();
  }
}
