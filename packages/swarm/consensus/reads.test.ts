import { describe, expect, test } from 'vitest';
import { Cluster, led } from './cluster.ts';
import { leaderOf, draftOf } from './state.ts';

const answersOf = (cluster: Cluster, ticket: number) =>
  cluster.answers.flatMap(({ id, effect }) =>
    'ticket' in effect && effect.ticket === ticket ? [{ id, ...effect }] : [],
  );

describe('linearizable reads', () => {
  test('a read waits until a majority confirms that the leader leads (6.4)', () => {
    const cluster = led();
    cluster.isolate('a');
    cluster.input('a', { type: 'read', ticket: 7 });
    cluster.settle();
    expect(answersOf(cluster, 7)).toEqual([]);
    cluster.run(3_000); // it steps down, and says so
    expect(answersOf(cluster, 7)).toMatchObject([{ type: 'refused', reason: 'not-leader' }]);
  });

  test('confirmed, it is served at the commit index it came with', () => {
    const cluster = led();
    const { commit } = cluster.state('a');
    cluster.input('a', { type: 'read', ticket: 7 });
    cluster.settle();
    expect(answersOf(cluster, 7)).toMatchObject([{ type: 'read-ready', index: commit }]);
  });

  test('a follower asks the leader and serves once that much is applied', () => {
    const cluster = led();
    cluster.drops = (message) => message.to === 'c' && message.type !== 'read-reply';
    cluster.propose('a', 'x');
    cluster.settle();
    cluster.input('c', { type: 'read', ticket: 7 });
    cluster.settle();
    expect(answersOf(cluster, 7)).toEqual([]);
    cluster.drops = () => false;
    cluster.run(900);
    expect(answersOf(cluster, 7)).toMatchObject([{ id: 'c', type: 'read-ready' }]);
    expect(cluster.commands('c')).toEqual(['x']);
  });

  test('reads that come together share one round', () => {
    const cluster = led();
    cluster.messages = [];
    for (let ticket = 10; ticket < 60; ticket++) cluster.input('a', { type: 'read', ticket });
    let heartbeats = 0;
    cluster.drops = (message) => (message.type === 'heartbeat' && heartbeats++, false);
    cluster.settle();
    for (let ticket = 10; ticket < 60; ticket++) expect(answersOf(cluster, ticket)).toHaveLength(1);
    expect(heartbeats).toBe(4); // two rounds to two followers
  });

  test('no read before an entry of its own term is committed (6.4)', () => {
    const cluster = led();
    cluster.drops = (message) => message.type === 'append';
    cluster.elect('b');
    expect(cluster.input('b', { type: 'read', ticket: 7 })).toMatchObject([
      { reason: 'not-ready' },
    ]);
  });

  test('one that asks without end keeps nobody else from reading', () => {
    const cluster = led({ readsMax: 8 });
    cluster.drops = ({ type }) => type === 'heartbeat'; // no round is confirmed: reads wait
    const { term } = cluster.state('a');
    for (let ticket = 0; ticket < 20; ticket++)
      cluster.receive({ type: 'read', from: 'b', to: 'a', term, ticket });
    const replies = (from: string) =>
      cluster
        .receive({ type: 'read', from, to: 'a', term, ticket: 99 })
        .flatMap((effect) => (effect.type === 'send' ? [effect.message.type] : []));
    expect(replies('b')).toContain('read-reply');
    expect(replies('c')).not.toContain('read-reply');
    expect(cluster.input('a', { type: 'read', ticket: 7 })).not.toMatchObject([{ reason: 'busy' }]);
  });

  test('a question that was lost is given up', () => {
    const cluster = led();
    cluster.drops = (message) => message.type === 'read';
    cluster.input('b', { type: 'read', ticket: 7 });
    cluster.run(3_000);
    expect(answersOf(cluster, 7)).toMatchObject([{ type: 'refused', reason: 'not-ready' }]);
  });

  test('a lease answers at once, and ends before any follower may vote (6.4.1)', () => {
    const cluster = led({ reads: 'lease' });
    cluster.run(1_000);
    expect(cluster.input('a', { type: 'read', ticket: 7 })).toMatchObject([{ type: 'read-ready' }]);
    const lease = leaderOf(draftOf(cluster.state('a'), 0)).leaseEndMs;
    const { electionMs, clockDriftMax } = cluster.settings;
    const voteMs = cluster.state('b').contactMs + electionMs;
    expect(lease).toBeLessThanOrEqual(voteMs * (1 - clockDriftMax) + cluster.nowMs * clockDriftMax);
    cluster.isolate('a');
    cluster.nowMs = lease;
    expect(cluster.input('a', { type: 'read', ticket: 8 })).not.toMatchObject([
      { type: 'read-ready' },
    ]);
  });

  test('a candidate’s own vote waits for the lease too, whatever links close (6.4.1)', () => {
    const cluster = led({ reads: 'lease' });
    cluster.run(1_000);
    const { contactMs } = cluster.state('b');
    cluster.input('b', { type: 'link-closed', peer: 'a' });
    const { electionDueMs, settings } = cluster.state('b');
    expect(electionDueMs).toBeGreaterThanOrEqual(contactMs + settings.electionMs);
  });

  test('a transfer of leadership ends the lease for the rest of the term (3.10)', () => {
    const cluster = led({ reads: 'lease' });
    cluster.run(1_000);
    cluster.drops = (message) => message.type === 'timeout-now';
    cluster.input('a', { type: 'transfer', to: 'b' });
    cluster.settle();
    const types = cluster.input('a', { type: 'read', ticket: 8 }).map((effect) => effect.type);
    expect(types).not.toContain('read-ready');
  });
});
