import { describe, expect, test } from 'vitest';
import { Cluster } from './cluster.ts';
import type { State } from './state.ts';

const ELECTION_MS = 1_000;

/** A leader whose entries reach nobody; the heartbeats do, so it goes on to lead. */
function stuck(settings = {}): Cluster {
  const cluster = new Cluster(['a', 'b', 'c'], { electionMs: ELECTION_MS, ...settings });
  cluster.elect('a');
  cluster.run(100);
  cluster.drops = ({ type }) => type === 'append';
  return cluster;
}

function proposed(cluster: Cluster, of: 'member' | 'leader') {
  const commands = [new Uint8Array(1)];
  return cluster.input('a', { type: 'propose', ticket: 7, commands, of });
}

const waitsOf = ({ role }: State) => (role.type === 'leader' ? role.waits : []);

describe('a leader whose queue is late', () => {
  test('takes nothing from members, and says when to come back', () => {
    const cluster = stuck();
    proposed(cluster, 'member');
    cluster.run(1.9 * ELECTION_MS);
    expect(proposed(cluster, 'member')[0]).toMatchObject({ type: 'proposed', ticket: 7 });
    cluster.run(0.2 * ELECTION_MS);
    const { lastIndex } = cluster.state('a').log;
    const [refusal] = proposed(cluster, 'member');
    expect(refusal).toMatchObject({ type: 'refused', ticket: 7, reason: 'busy', leader: 'a' });
    // By the oldest entry, not by the one that came a moment ago.
    expect(refusal).toMatchObject({ afterMs: expect.closeTo(2.1 * ELECTION_MS, -2) });
    expect(cluster.state('a').log.lastIndex).toBe(lastIndex);
  });

  test('still takes what it owes the room itself, and changes of membership', () => {
    const cluster = stuck({ uncommittedMax: 2 });
    proposed(cluster, 'member');
    cluster.run(3 * ELECTION_MS);
    for (let i = 0; i < 4; i++) expect(proposed(cluster, 'leader')[0]?.type).toBe('proposed');
    const change = { voters: ['a', 'b', 'c'], learners: ['d'] };
    const effects = cluster.input('a', { type: 'configure', ticket: 1, ...change });
    expect(effects[0]?.type).toBe('proposed');
  });

  test('takes everything again once the oldest is committed', () => {
    const cluster = stuck();
    proposed(cluster, 'member');
    cluster.run(3 * ELECTION_MS);
    expect(proposed(cluster, 'member')).toMatchObject([{ reason: 'busy' }]);
    cluster.drops = () => false;
    cluster.run(ELECTION_MS);
    const { log, commit } = cluster.state('a');
    expect(commit).toBe(log.lastIndex);
    expect(proposed(cluster, 'member')[0]?.type).toBe('proposed');
  });

  test('takes no more bytes from members than it may hold, and never none at all', () => {
    const cluster = stuck({ uncommittedBytesMax: 1_000 });
    const ask = (bytes: number, of: 'member' | 'leader') => {
      const commands = [new Uint8Array(bytes)];
      return cluster.input('a', { type: 'propose', ticket: 7, commands, of })[0]!.type;
    };
    expect(ask(2_000, 'member')).toBe('proposed'); // nothing waits
    expect(ask(1, 'member')).toBe('refused');
    expect(ask(1, 'leader')).toBe('proposed');
    cluster.drops = () => false;
    cluster.run(ELECTION_MS);
    cluster.drops = ({ type }) => type === 'append';
    for (const bytes of [400, 400]) expect(ask(bytes, 'member')).toBe('proposed');
    cluster.run(300); // another wait
    expect(ask(201, 'member')).toBe('refused');
    expect(ask(200, 'member')).toBe('proposed');
    expect(ask(1, 'member')).toBe('refused');
  });

  test('a quick leader is never busy, however much it is asked', () => {
    const cluster = new Cluster(['a', 'b', 'c'], { electionMs: ELECTION_MS });
    cluster.elect('a');
    for (let i = 0; i < 2_000; i++) {
      expect(proposed(cluster, 'member')[0]?.type).toBe('proposed');
      cluster.run(5);
    }
  });
});

test('what is kept of the waiting entries is little, however many they are', () => {
  const cluster = stuck();
  for (let ms = 0; ms < 1.5 * ELECTION_MS; ms++) {
    proposed(cluster, 'member');
    cluster.run(1);
  }
  const { log, commit } = cluster.state('a');
  expect(log.lastIndex - commit).toBe(1.5 * ELECTION_MS);
  const waits = waitsOf(cluster.state('a'));
  expect(waits.length).toBeLessThanOrEqual(13);
  expect(waits.at(-1)?.index).toBe(log.lastIndex);
});

test('a new leader starts with an empty queue: what it found in its log is not its own', () => {
  const cluster = stuck();
  proposed(cluster, 'member');
  cluster.run(3 * ELECTION_MS);
  cluster.drops = () => false;
  cluster.elect('b');
  const { log, role } = cluster.state('b');
  expect(role).toMatchObject({ type: 'leader', waits: [{ index: log.lastIndex }] });
});
