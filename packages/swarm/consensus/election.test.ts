import { describe, expect, test } from 'vitest';
import { Cluster, THREE } from './cluster.ts';
import type { Effect } from './input.ts';
import type { Message, Vote } from './message.ts';

function vote(from: string, to: string, rest: Partial<Vote> = {}): Message {
  const at = { term: 1, lastIndex: 0, lastTerm: 0, transfer: false };
  return { type: 'vote', from, to, ...at, ...rest };
}

const isKnown = (id: string) => THREE.some((known) => known === id);

/** Past the vote rejection that follows a start. */
function rested(founders: readonly string[] = THREE): Cluster {
  const cluster = new Cluster(founders);
  cluster.nowMs = 5_000;
  return cluster;
}

const sent = (effects: readonly Effect[]) =>
  effects.flatMap((effect) => (effect.type === 'send' ? [effect.message] : []));

describe('election', () => {
  test('left alone, three replicas elect one leader (3.4)', () => {
    const cluster = new Cluster(THREE);
    cluster.run(5_000);
    expect(cluster.leaders()).toHaveLength(1);
  });

  test('a lone voter elects itself', () => {
    const cluster = new Cluster(['a']);
    cluster.run(3_000);
    expect(cluster.leaders()).toEqual(['a']);
  });

  test('a vote is durable before it is given (3.8)', () => {
    const cluster = rested();
    const effects = cluster.receive(vote('b', 'a'));
    expect(effects.map((effect) => effect.type)).toEqual(['save', 'send']);
    expect(cluster.disks.get('a')).toMatchObject({ term: 1, vote: 'b' });
  });

  test('one vote per term, also after a crash (3.4)', () => {
    const cluster = rested();
    cluster.receive(vote('b', 'a'));
    expect(sent(cluster.receive(vote('c', 'a')))).toMatchObject([{ granted: false }]);
    cluster.start('a');
    cluster.nowMs += 5_000;
    expect(sent(cluster.receive(vote('c', 'a')))).toMatchObject([{ granted: false }]);
    expect(sent(cluster.receive(vote('b', 'a')))).toMatchObject([{ granted: true }]);
  });

  test('no vote for a log that is behind (3.6.1)', () => {
    const cluster = rested();
    cluster.elect('a');
    cluster.propose('a', 'x');
    cluster.settle();
    cluster.nowMs += 5_000;
    const { lastIndex, lastTerm } = cluster.state('b').log;
    const term = 9;
    const shorter = vote('c', 'b', { term, lastIndex: lastIndex - 1, lastTerm });
    expect(sent(cluster.receive(shorter))).toMatchObject([{ granted: false }]);
    const longer = vote('c', 'b', { term, lastIndex: lastIndex + 9, lastTerm: lastTerm - 1 });
    expect(sent(cluster.receive(longer))).toMatchObject([{ granted: false }]);
    const equal = vote('c', 'b', { term, lastIndex, lastTerm });
    expect(sent(cluster.receive(equal))).toMatchObject([{ granted: true }]);
  });

  test('a pre-vote changes nothing, and a cut-off replica keeps its term (9.6)', () => {
    const cluster = rested();
    cluster.elect('a');
    const { term } = cluster.state('c');
    cluster.isolate('c');
    cluster.run(20_000);
    expect(cluster.state('c').term).toBe(term);
    cluster.drops = () => false;
    cluster.run(5_000);
    expect(cluster.leaders()).toEqual(['a']);
    expect(cluster.state('a').term).toBe(term);
  });

  // The simulator's find: a refusal of long ago was kept, and nobody led again.
  test('a pre-candidate that asks again counts anew', () => {
    const cluster = new Cluster(THREE);
    cluster.nowMs = 5_000;
    cluster.input('a', { type: 'tick' });
    const reply = { type: 'pre-vote-reply', from: 'b', to: 'a' } as const;
    cluster.receive({ ...reply, term: 0, granted: false });
    expect(cluster.state('a').role.type).toBe('pre-candidate');
    cluster.nowMs += 3_000;
    cluster.input('a', { type: 'tick' });
    cluster.receive({ ...reply, term: 1, granted: true });
    expect(cluster.state('a').role.type).toBe('candidate');
  });

  test('whoever hears a leader neither votes nor adopts the term (4.2.3)', () => {
    const cluster = rested();
    cluster.elect('a');
    const { term } = cluster.state('b');
    expect(sent(cluster.receive(vote('c', 'b', { term: 9, lastIndex: 9, lastTerm: 9 })))).toEqual(
      [],
    );
    expect(cluster.state('b').term).toBe(term);
    cluster.nowMs += cluster.settings.electionMs;
    cluster.receive(vote('c', 'b', { term: 9, lastIndex: 9, lastTerm: 9 }));
    expect(cluster.state('b')).toMatchObject({ term: 9, vote: 'c' });
  });

  test('a restarted voter waits as if it had just heard a leader (6.4.1)', () => {
    const cluster = rested();
    cluster.start('b');
    expect(sent(cluster.receive(vote('c', 'b')))).toEqual([]);
  });

  test('a leader that nobody hears steps down (CheckQuorum)', () => {
    const cluster = rested();
    cluster.elect('a');
    cluster.isolate('a');
    cluster.run(cluster.settings.electionMs + 2 * cluster.settings.heartbeatMs);
    expect(cluster.state('a').role.type).not.toBe('leader');
    expect(cluster.state('a').leader).toBeNull();
  });

  test('a leader that was suspended steps down before anything else', () => {
    const cluster = rested();
    cluster.elect('a');
    cluster.nowMs += 60_000;
    cluster.input('a', { type: 'tick' });
    expect(cluster.state('a').role.type).toBe('follower');
  });

  test('a leader about to be suspended hands over without waiting', () => {
    const cluster = rested();
    cluster.elect('a');
    cluster.input('a', { type: 'freeze' });
    cluster.settle();
    expect(cluster.leaders()).toHaveLength(1);
    expect(cluster.leaders()).not.toContain('a');
  });

  test('a closed link is suspicion at once: a new leader within 2 s', () => {
    const cluster = rested();
    cluster.elect('a');
    cluster.states.delete('a');
    for (const id of ['b', 'c']) cluster.input(id, { type: 'link-closed', peer: 'a' });
    cluster.run(2_000);
    expect(cluster.leaders()).toHaveLength(1);
  });

  test('messages of earlier terms change nothing, and are told so (3.3)', () => {
    const cluster = rested();
    cluster.receive(vote('b', 'a', { term: 4 }));
    const stale: Message = {
      type: 'heartbeat',
      from: 'c',
      to: 'a',
      term: 3,
      commit: 0,
      round: 1,
    };
    expect(sent(cluster.receive(stale))).toMatchObject([{ type: 'heartbeat-reply', term: 4 }]);
    expect(cluster.state('a').leader).toBeNull();
  });

  test('strangers neither vote nor lead nor raise the term', () => {
    const cluster = new Cluster(THREE, { isVouched: isKnown });
    cluster.elect('a');
    const before = cluster.state('b');
    const to = 'b';
    const from = 'mallory';
    cluster.receive(vote(from, to, { term: 99, lastIndex: 99, lastTerm: 99, transfer: true }));
    cluster.receive({ type: 'heartbeat', from, to, term: 99, commit: 5, round: 1 });
    cluster.receive({ type: 'timeout-now', from, to, term: before.term });
    cluster.receive({ type: 'heartbeat-reply', from, to: 'a', term: 99, round: 1 });
    expect(cluster.state('b')).toMatchObject({ term: before.term, leader: 'a' });
    expect(cluster.leaders()).toEqual(['a']);
  });

  test('learners never campaign and are not asked (4.2.1)', () => {
    const cluster = rested(['a']);
    cluster.elect('a');
    cluster.start('z');
    cluster.input('a', { type: 'configure', ticket: 1, voters: ['a'], learners: ['z'] });
    cluster.run(1_000);
    cluster.isolate('z');
    cluster.run(10_000);
    expect(cluster.state('z').role.type).toBe('follower');
  });
});
