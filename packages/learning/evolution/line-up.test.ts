import { expect, test } from 'vitest';
import { lineUpOf, networksOf, seedsOf } from './line-up.ts';

const shape = {
  memberCount: 4,
  worldsPerMember: 8,
  evaluationWorlds: 4,
  agentCount: 4,
  scriptedShare: 0.5,
};
const lineUp = lineUpOf(shape);
const pool = { seed: 1, generation: 2, count: 3 };

test('every agent of every world is driven exactly once', () => {
  const { worldCount, networkAgents, scriptedAgents } = lineUp;
  expect(worldCount).toBe(36);
  const all = [...networkAgents, ...scriptedAgents].toSorted((a, b) => a - b);
  expect(all).toEqual(Array.from({ length: worldCount * 4 }, (_, i) => i));
});

test("a member's network drives blue in its even worlds and orange in its odd ones", () => {
  const of = networksOf(shape, lineUp, pool);
  lineUp.networkAgents.forEach((agent, i) => {
    const network = of[i >> 2]!;
    const world = Math.floor(agent / 4);
    const blue = agent % 4 < 2;
    const own = blue === (world % 2 === 0);
    if (own) expect(network).toBe(world < 32 ? Math.floor(world / 8) : 4);
    else expect(network).toBeGreaterThan(4); // the pool
  });
});

test('a slot has the same opponent and the same start for every member', () => {
  const of = networksOf(shape, lineUp, pool);
  const opponents = new Map<number, Set<number>>();
  lineUp.networkAgents.forEach((agent, i) => {
    const world = Math.floor(agent / 4);
    if (of[i >> 2]! <= 4) return;
    const slot = world % 8;
    opponents.set(slot, (opponents.get(slot) ?? new Set()).add(of[i >> 2]!));
  });
  expect(new Set(opponents.keys())).toEqual(new Set([4, 5, 6, 7]));
  for (const networks of opponents.values()) expect(networks.size).toBe(1);
  const seeds = seedsOf(shape, { seed: 9, generation: 4 });
  for (let n = 0; n < 32; n++) expect(seeds[n]).toBe(seeds[n % 8]);
  expect(new Set(seeds).size).toBe(8 + 4);
});

test('an environment of one agent has no opponents', () => {
  const alone = lineUpOf({ ...shape, agentCount: 1 });
  expect(alone.scriptedAgents.length).toBe(0);
  expect(alone.networkAgents.length).toBe(36);
});
