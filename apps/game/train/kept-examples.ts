/** What a person did in kept matches, for algorithms that imitate. */
import { openWasm } from '@dreampitch/compute';
import type { TransitionBatch } from '@dreampitch/learning';
import { collectTransitions, episodeTransitions } from '@dreampitch/learning';
import type { Environment, Episode } from '@dreampitch/sim';
import { versionOf } from '@dreampitch/sim';
import { Database } from '../storage/database.ts';
import { listEpisodes, readEpisode } from '../storage/episodes.ts';
import type { RunMatch } from '../storage/run-rows.ts';

/** About ten matches of three minutes; 60 MB at most. */
const EXAMPLES_MAX = 108_000;
const BATCH_SIZE = 4096;

export type KeptExamples = {
  readonly examples: TransitionBatch;
  /** What they are of, for who goes on from a checkpoint. */
  readonly matches: readonly RunMatch[];
};

/**
 * Of the matches that it began with, where they are known: others would be held out, or drawn, than
 * before. Else of the newest in which a person drove, oldest first. Throws in words where there is
 * none, or one is missing.
 */
export async function keptExamples(
  environment: Environment,
  known: readonly RunMatch[] | null,
): Promise<KeptExamples> {
  const database = new Database();
  using compute = await openWasm({ threadCount: 1, sharedMemory: false });
  try {
    const version = await versionOf(environment);
    const of = { id: environment.id, version };
    const chosen = known ? await same(database, known, version) : await newest(database, of);
    const episodes = chosen.map(({ episode }) => episode);
    const source = episodeTransitions(compute, episodes, {
      batchSize: BATCH_SIZE,
      robots: (controller) => controller === 'human',
    });
    const examples = await collectTransitions(source);
    if (!examples) throw new Error(`The kept matches of ${of.id} are empty.`);
    const matches = chosen.map(({ id, episode: { tickCount } }) => ({ id, tickCount }));
    return { examples, matches };
  } finally {
    database.close();
  }
}

type Chosen = { readonly id: number; readonly episode: Episode };

async function newest(database: Database, of: { id: string; version: string }): Promise<Chosen[]> {
  const chosen: Chosen[] = [];
  let [count, unread] = [0, 0];
  for (const row of await listEpisodes(database)) {
    if (!row.sound || row.environment !== of.id || !row.controllers.includes('human')) continue;
    if (count + row.tickCount > EXAMPLES_MAX && chosen.length > 0) break;
    const decoded = row.version === of.version ? await readEpisode(database, row.id) : null;
    if (!decoded?.ok) unread += 1;
    else {
      chosen.unshift({ id: row.id, episode: decoded.episode });
      count += row.tickCount;
    }
  }
  if (chosen.length > 0) return chosen;
  const left = unread > 0 ? ` ${unread} are damaged or of another version of the game.` : '';
  throw new Error(
    `There is no kept match of ${of.id} in which you drove.${left} Play one with "Keep my matches" on, ` +
      'then start this run again.',
  );
}

async function same(
  database: Database,
  known: readonly RunMatch[],
  version: string,
): Promise<Chosen[]> {
  const chosen: Chosen[] = [];
  for (const { id, tickCount } of known) {
    const decoded = await readEpisode(database, id);
    const episode = decoded.ok && decoded.episode.version === version ? decoded.episode : null;
    if (episode && episode.tickCount >= tickCount) {
      chosen.push({ id, episode: upTo(episode, tickCount) });
    }
  }
  const missing = known.length - chosen.length;
  if (missing === 0) return chosen;
  throw new Error(
    `Of the matches that it learns from (${known.length}), ${missing} cannot be read: deleted, damaged ` +
      'or of another version of the game. Set up a new run that starts with the weights of this one.',
  );
}

/** One that was being played then has become longer. */
function upTo(episode: Episode, tickCount: number): Episode {
  const inputs = episode.inputs.slice(0, tickCount * episode.controllers.length * 2);
  return { ...episode, tickCount, inputs };
}
