import { describe, expect, test } from 'vitest';
import { Cluster } from './cluster.ts';
import { enterEpoch, epochOf, planEpoch, survivorOf } from './epoch.ts';
import type { EpochPlan } from './epoch.ts';

/** Five voters of which a, b and c are gone for good, and what the room's key then plans. */
function afterTheLoss(): { cluster: Cluster; plan: EpochPlan } {
  const cluster = new Cluster(['a', 'b', 'c', 'd', 'e']);
  cluster.elect('a');
  cluster.propose('a', 'everyone has it');
  cluster.settle();
  cluster.isolate('e');
  cluster.propose('a', 'e lacks it');
  cluster.settle();
  cluster.isolate('d', 'e');
  cluster.propose('a', 'lost with a, b and c');
  cluster.settle();
  for (const id of ['a', 'b', 'c']) cluster.states.delete(id);
  cluster.drops = () => false;
  return {
    cluster,
    plan: planEpoch(['d', 'e'].map((id) => survivorOf(id, cluster.disks.get(id)!))),
  };
}

function enter(cluster: Cluster, id: string, plan: EpochPlan) {
  const entered = enterEpoch(cluster.disks.get(id)!, plan.certificate);
  cluster.start(id, entered.durable);
  return entered;
}

describe('epochs', () => {
  test('the most advanced surviving log is chosen, and what may be lost is reported', () => {
    const { plan } = afterTheLoss();
    expect(plan.source).toBe('d');
    expect(plan.missing).toEqual(['a', 'b', 'c']);
    expect(plan.mayHaveLost).toBe(true);
    expect(plan.certificate).toMatchObject({ epoch: 1, voters: ['d', 'e'], learners: [] });
  });

  test('the source votes, though it was a learner', () => {
    const cluster = new Cluster(['a', 'b', 'c']);
    cluster.elect('a');
    cluster.start('z');
    cluster.input('a', { type: 'configure', ticket: 1, voters: ['a', 'b', 'c'], learners: ['z'] });
    cluster.run(1_000);
    cluster.isolate('a', 'z');
    cluster.propose('a', 'only z and a have it');
    cluster.settle();
    const survivors = ['b', 'z'].map((id) => survivorOf(id, cluster.disks.get(id)!));
    expect(planEpoch(survivors)).toMatchObject({
      source: 'z',
      certificate: { voters: ['b', 'z'] },
    });
  });

  test('nothing is lost where every old quorum includes a survivor', () => {
    const cluster = new Cluster(['a', 'b', 'c']);
    cluster.elect('a');
    const plan = planEpoch(['b', 'c'].map((id) => survivorOf(id, cluster.disks.get(id)!)));
    expect(plan.mayHaveLost).toBe(false);
  });

  test.each([
    [
      'the new majority is gone',
      { voters: ['c', 'd', 'e'], votersOutgoing: ['a', 'b', 'c'] },
      true,
    ],
    [
      'the old majority is gone',
      { voters: ['a', 'b', 'c'], votersOutgoing: ['c', 'd', 'e'] },
      true,
    ],
    ['both have survivors', { voters: ['a', 'b', 'd'], votersOutgoing: ['b', 'c', 'e'] }, false],
  ])('in the middle of a change, %s: may have lost is %s', (_, configuration, lost) => {
    const survivors = ['a', 'b', 'c'].map((id) => ({
      id,
      term: 3,
      lastIndex: 9,
      lastTerm: 3,
      configuration: { ...configuration, learners: [] },
    }));
    expect(planEpoch(survivors).mayHaveLost).toBe(lost);
  });

  test('the survivors go on: whoever lacks the base receives it, terms and tokens are later', () => {
    const { cluster, plan } = afterTheLoss();
    const before = cluster.state('d').term;
    expect(enter(cluster, 'd', plan).lost).toEqual([]);
    expect(enter(cluster, 'e', plan)).toMatchObject({ rebuild: true, durable: { entries: [] } });
    cluster.run(6_000);
    expect(cluster.leaders()).toEqual(['d']);
    cluster.propose('d', 'after');
    cluster.run(1_000);
    const expected = ['everyone has it', 'e lacks it', 'after'];
    for (const id of ['d', 'e']) expect(cluster.commands(id)).toEqual(expected);
    expect(epochOf(cluster.state('d').term)).toBe(1);
    expect(cluster.state('d').term).toBeGreaterThan(before);
  });

  test('an old leader that returns is fenced, and says what it loses when it enters', () => {
    const { cluster, plan } = afterTheLoss();
    for (const id of ['d', 'e']) enter(cluster, id, plan);
    cluster.run(6_000);
    cluster.start('a');
    cluster.run(10_000);
    expect(
      cluster.answers.filter(({ id }) => id === 'a').map(({ effect }) => effect),
    ).toContainEqual({ type: 'fenced', epoch: 1 });
    expect(epochOf(cluster.state('a').term)).toBe(0);
    const { lost } = enter(cluster, 'a', plan);
    expect(lost.map((entry) => entry.type)).toEqual(['command']);
    expect(enterEpoch(cluster.disks.get('a')!, plan.certificate).lost).toEqual([]); // only once
  });
});
