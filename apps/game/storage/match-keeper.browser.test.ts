/** Keeping a match as it is played, on a real IndexedDB. */
import type { Episode, Match, MatchEvent } from '@dreampitch/sim';
import { MATCH_RULES } from '@dreampitch/sim';
import { afterEach, expect, test, vi } from 'vitest';
import { Database } from './database.ts';
import { deleteEpisode, listEpisodes } from './episodes.ts';
import { MatchKeeper, SAVE_TICKS } from './match-keeper.ts';

const opened: Database[] = [];

afterEach(async () => {
  vi.restoreAllMocks();
  for (const database of opened.splice(0)) await database.delete();
});

/** Just enough of a match for whoever keeps it: a tick, a phase, an episode of that length. */
class Played {
  state = { tick: 0, phase: 'play' };

  finish(): Episode {
    const tickCount = this.state.tick;
    return {
      environment: 'soccer-1v1',
      version: 'cd'.repeat(32),
      seed: 1,
      rules: MATCH_RULES,
      startedAt: 1,
      controllers: ['human', 'scripted'],
      score: [0, 0],
      tickCount,
      inputs: new Int8Array(tickCount * 4),
      keyStates: [{ tick: 0, world: new Uint8Array(64) }],
    };
  }
}

function set(mayKeep = true) {
  const database = new Database(`test-${crypto.randomUUID()}`);
  opened.push(database);
  const onFailure = vi.fn<(error: unknown) => void>();
  const onKept = vi.fn<() => void>();
  const keeper = new MatchKeeper({ database, mayKeep: () => mayKeep, onKept, onFailure });
  const played = new Played();
  keeper.begin(played as unknown as Match);
  const play = (ticks: number, events: MatchEvent[] = []) => {
    for (let i = 0; i < ticks; i++) {
      played.state.tick += 1;
      keeper.tick(i === ticks - 1 ? events : []);
    }
  };
  const kept = async () => {
    const entries = await listEpisodes(database);
    return entries.map((entry) => entry.sound && [entry.tickCount, entry.state]);
  };
  return { database, keeper, played, play, kept, onFailure, onKept };
}

test('a match under way is on disk within seconds, in one row that grows', async () => {
  const { play, kept } = set();
  play(SAVE_TICKS);
  await vi.waitFor(async () => expect(await kept()).toEqual([[SAVE_TICKS, 'part']]));
  play(SAVE_TICKS);
  await vi.waitFor(async () => expect(await kept()).toEqual([[2 * SAVE_TICKS, 'part']]));
});

test('a goal is saved at once, and the end as a whole match', async () => {
  const { play, played, kept } = set();
  play(100, [{ type: 'goal', team: 0, robot: 0 }]);
  await vi.waitFor(async () => expect(await kept()).toEqual([[100, 'part']]));
  played.state.phase = 'over';
  play(1, [{ type: 'over' }]);
  await vi.waitFor(async () => expect(await kept()).toEqual([[101, 'whole']]));
});

test('a match that is left is saved as far as it came', async () => {
  const { keeper, play, kept } = set();
  play(120);
  keeper.end();
  await vi.waitFor(async () => expect(await kept()).toEqual([[120, 'part']]));
});

test('without consent nothing is written', async () => {
  const { keeper, play, kept } = set(false);
  play(2 * SAVE_TICKS);
  keeper.end();
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(await kept()).toEqual([]);
});

test('a match deleted while it is played stays deleted', async () => {
  const { database, play, kept } = set();
  play(SAVE_TICKS);
  await vi.waitFor(async () => expect((await kept()).length).toBe(1));
  await deleteEpisode(database, 1);
  play(2 * SAVE_TICKS);
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(await kept()).toEqual([]);
});

test('a full disk is said once in a match, and the next match tries again', async () => {
  const { keeper, play, kept, onFailure, onKept } = set();
  vi.spyOn(IDBObjectStore.prototype, 'add').mockImplementation(() => {
    throw new DOMException('full', 'QuotaExceededError');
  });
  play(3 * SAVE_TICKS);
  await vi.waitFor(() => expect(onFailure).toHaveBeenCalledTimes(1));
  keeper.end();
  vi.restoreAllMocks();
  const next = new Played();
  keeper.begin(next as unknown as Match);
  next.state.tick = 200;
  keeper.save();
  await vi.waitFor(async () => expect(await kept()).toEqual([[200, 'part']]));
  expect(onKept).toHaveBeenCalledTimes(1);
  expect(onFailure).toHaveBeenCalledTimes(1);
});
