import { openWasm } from '@dreampitch/compute';
import { easyPolicy, idlePolicy, scriptedPolicy, soccer, TRAINING_RULES } from '@dreampitch/sim';
import { expect, test } from 'vitest';
import { playGames } from './play-games.ts';

test.each([1, 3] as const)(
  'teams of %i: a game is the same alone and beside others',
  async (team) => {
    using compute = await openWasm({ threadCount: 1 });
    const before = compute.arena.bufferCount;
    const shape = { environment: soccer(team), rules: { ...TRAINING_RULES }, ticksMax: 1200 };
    const policies = [scriptedPolicy, easyPolicy, idlePolicy]; // two decide at other ticks than the third
    const games = [
      { seed: 5, blue: 0, orange: 1 },
      { seed: 5, blue: 1, orange: 0 },
      { seed: 6, blue: 0, orange: 2 },
      { seed: 7, blue: 1, orange: 1 },
      { seed: 8, blue: 2, orange: 0 },
    ];
    const together = await playGames(compute, { ...shape, policies, games });
    for (const [n, { seed, blue, orange }] of games.entries()) {
      const alone = await playGames(compute, {
        ...shape,
        policies: [policies[orange]!, policies[blue]!],
        games: [{ seed, blue: 1, orange: 0 }],
      });
      expect(together[n]).toEqual(alone[0]);
    }
    const goals = together.map((result) => result.goals);
    expect(goals[2]).toEqual([1, 0]);
    expect(goals[4]).toEqual([0, 1]);
    expect(together[2]!.firstGoalTick).toBe(together[2]!.ticks);
    expect(compute.arena.bufferCount).toBe(before);
  },
);
