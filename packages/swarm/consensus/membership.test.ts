import { describe, expect, test } from 'vitest';
import { Cluster, led } from './cluster.ts';
import { isQuorum, quorumValue } from './configuration.ts';
import { ALL_RULES } from './rules.ts';

function configure(cluster: Cluster, voters: string[], learners: string[] = []) {
  const leader = cluster.leaders()[0]!;
  return cluster.input(leader, { type: 'configure', ticket: 1, voters, learners });
}

const configurationOf = (cluster: Cluster, id: string) => cluster.state(id).log.configuration;

describe('membership', () => {
  test('a joint configuration needs both majorities (4.3)', () => {
    const joint = { voters: ['a', 'b', 'c'], votersOutgoing: ['c', 'd', 'e'], learners: ['f'] };
    const has = (...ids: string[]) => isQuorum(joint, ALL_RULES, (id) => ids.includes(id));
    expect(has('a', 'b')).toBe(false);
    expect(has('d', 'e')).toBe(false);
    expect(has('a', 'c', 'd')).toBe(true);
    expect(has('a', 'b', 'f')).toBe(false);
    const match = new Map(['a', 'b', 'c', 'd', 'e'].map((id, i) => [id, i + 1]));
    expect(quorumValue(joint, ALL_RULES, (id) => match.get(id) ?? 0)).toBe(2);
  });

  test('a learner is fed, promoted through a joint configuration, and then counts', () => {
    const cluster = led();
    cluster.propose('a', 'x');
    cluster.start('d');
    configure(cluster, ['a', 'b', 'c'], ['d']);
    cluster.run(1_000);
    expect(cluster.commands('d')).toEqual(['x']);
    configure(cluster, ['b', 'c', 'd'], ['a']);
    expect(configurationOf(cluster, 'a').votersOutgoing).toEqual(['a', 'b', 'c']);
    cluster.run(5_000);
    const [leader] = cluster.leaders();
    expect(['b', 'c', 'd']).toContain(leader); // the old leader left (4.2.2)
    expect(configurationOf(cluster, leader!)).toEqual({
      voters: ['b', 'c', 'd'],
      votersOutgoing: [],
      learners: ['a'],
    });
    cluster.propose(leader!, 'y');
    cluster.run(1_000);
    for (const id of ['a', 'b', 'c', 'd']) expect(cluster.commands(id)).toEqual(['x', 'y']);
  });

  test('one change at a time (4.3)', () => {
    const cluster = led();
    cluster.isolate('a');
    configure(cluster, ['a', 'b', 'c'], ['d']);
    expect(configure(cluster, ['a', 'b'])).toMatchObject([{ reason: 'change-in-progress' }]);
  });

  test('no change before the term’s first commit', () => {
    const cluster = led();
    cluster.drops = (message) => message.type === 'append';
    cluster.nowMs += 5_000;
    cluster.input('b', { type: 'tick' });
    cluster.settle();
    const change = { type: 'configure', ticket: 1, voters: ['a', 'b'], learners: [] } as const;
    expect(cluster.input('b', change)).toMatchObject([{ reason: 'not-ready' }]);
  });

  test('nobody votes who lacks the log, is not vouched for, or exceeds the limits', () => {
    const cluster = led({ isVouched: (id: string) => id !== 'mallory' });
    expect(configure(cluster, ['a', 'b', 'c', 'd'])).toMatchObject([{ reason: 'learner-behind' }]);
    expect(configure(cluster, ['a', 'b', 'mallory'])).toMatchObject([{ reason: 'not-vouched' }]);
    for (const voters of [
      [],
      ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'],
      ['a', 'a'],
      ['a', 'x'.repeat(65)],
    ])
      expect(configure(cluster, voters)).toMatchObject([{ reason: 'invalid' }]);
    expect(configure(cluster, ['a', 'b'], ['b'])).toMatchObject([{ reason: 'invalid' }]);
  });

  test('a joint change survives its leader: the next one finishes it', () => {
    const cluster = led();
    cluster.start('d');
    configure(cluster, ['a', 'b', 'c'], ['d']);
    cluster.run(1_000);
    configure(cluster, ['b', 'c', 'd']);
    cluster.settle();
    cluster.states.delete('a');
    cluster.run(6_000);
    const [leader] = cluster.leaders();
    expect(configurationOf(cluster, leader!).votersOutgoing).toEqual([]);
  });

  test('a voter on its way out still leads where only its log is long enough (4.2.2)', () => {
    const joint = new Cluster(['a', 'b', 'c', 'd']);
    joint.elect('a');
    joint.run(500);
    // The joint step is committed everywhere, the final one reaches only d, and a is gone.
    joint.drops = (m) =>
      m.type === 'append' && m.to !== 'd' && m.entries.some((entry) => entry.index >= 3);
    configure(joint, ['b', 'c'], ['a', 'd']);
    joint.settle();
    joint.states.delete('a');
    expect(configurationOf(joint, 'd').votersOutgoing).toEqual([]);
    joint.drops = () => false;
    joint.run(8_000);
    const [leader] = joint.leaders();
    expect(['b', 'c']).toContain(leader);
    expect(configurationOf(joint, leader!)).toMatchObject({
      voters: ['b', 'c'],
      votersOutgoing: [],
    });
  });

  test('leadership is handed to a voter that has the whole log (3.10)', () => {
    const cluster = led();
    cluster.propose('a', 'x');
    cluster.input('a', { type: 'transfer', to: 'c' });
    expect(cluster.propose('a', 'y')).toMatchObject([{ reason: 'transferring' }]);
    cluster.settle();
    expect(cluster.leaders()).toEqual(['c']);
    expect(cluster.state('c').log.lastIndex).toBeGreaterThan(1);
  });

  test('a transfer that fails is given up, and the leader goes on', () => {
    const cluster = led();
    cluster.isolate('c');
    cluster.input('a', { type: 'transfer', to: 'c' });
    cluster.run(2_000);
    cluster.propose('a', 'x');
    cluster.settle();
    expect(cluster.leaders()).toEqual(['a']);
    expect(cluster.commands('b')).toEqual([]); // not told yet
    cluster.run(500);
    expect(cluster.commands('b')).toEqual(['x']);
  });
});
