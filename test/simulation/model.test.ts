import { ALL_RULES } from '@dreampitch/swarm';
import type { Rules } from '@dreampitch/swarm';
import { describe, expect, test } from 'vitest';
import { changeModel, electionModel, explore } from './model.ts';

describe('every interleaving of three replicas', () => {
  test('elections with a proposal and a crash, to depth 6', () => {
    const { states, depth, violation } = explore(electionModel(6));
    expect({ depth, violation }).toEqual({ depth: 6, violation: null });
    expect(states).toBeGreaterThan(5_000);
  });

  test('two changes of membership, to depth 6', () => {
    const { states, depth, violation } = explore(changeModel(6));
    expect({ depth, violation }).toEqual({ depth: 6, violation: null });
    expect(states).toBeGreaterThan(1_000);
  });

  const BROKEN: readonly [keyof Rules, ReturnType<typeof electionModel>][] = [
    ['oneVotePerTerm', electionModel(7)],
    ['voteIsDurable', electionModel(8)],
    ['jointChange', changeModel(6)],
    ['bothMajorities', changeModel(6)],
  ];
  test.each(BROKEN)('%s turned off is found', { timeout: 60_000 }, (name, options) => {
    const rules = { ...ALL_RULES, [name]: false };
    expect(explore({ ...options, rules }).violation).not.toBeNull();
  });
});
