import { describe, expect, test } from 'vitest';
import { encodeFrame } from '../wire/frame.ts';
import { FRAME_BYTES_MAX } from '../wire/limits.ts';
import { Cluster, led, THREE } from './cluster.ts';
import type { Effect } from './input.ts';
import type { Append, Entry, Message } from './message.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const entry = (index: number, term: number, text: string): Entry => ({
  index,
  term,
  type: 'command',
  command: bytes(text),
});
const append = (rest: Partial<Append>): Message => ({
  type: 'append',
  from: 'b',
  to: 'a',
  term: 1,
  previousIndex: 0,
  previousTerm: 0,
  entries: [],
  commit: 0,
  round: 0,
  ...rest,
});

/** What a step sends that has entries or a snapshot in it. */
function sentIn(effects: readonly Effect[]): number {
  return effects.filter((e) => e.type === 'send' && e.message.type !== 'heartbeat').length;
}

describe('replication', () => {
  test('what a leader commits, everyone applies, in order (3.5)', () => {
    const cluster = led();
    cluster.propose('a', 'x', 'y');
    cluster.settle();
    cluster.propose('a', 'z');
    cluster.run(1_000);
    for (const id of THREE) expect(cluster.commands(id)).toEqual(['x', 'y', 'z']);
  });

  test('a leader starts its term with a no-op, and commits earlier terms only with it (3.6.2)', () => {
    const cluster = led();
    cluster.drops = (message) => message.type === 'append' && message.to === 'c';
    cluster.propose('a', 'x');
    // b has it; nobody knows yet.
    cluster.messages = cluster.messages.filter((message) => message.type === 'append');
    cluster.settle();
    cluster.drops = () => false;
    cluster.elect('b');
    cluster.run(1_000);
    const { log } = cluster.state('b');
    expect(log.entryAt(log.lastIndex)?.type).toBe('no-op');
    for (const id of THREE) expect(cluster.commands(id)).toEqual(['x']);
  });

  test('counting replicas of an earlier term commits nothing (figure 3.7)', () => {
    const cluster = led({ rules: { ...led().settings.rules, noOpAtTermStart: false } });
    cluster.isolate('c');
    cluster.propose('a', 'x');
    cluster.drops = (message) => message.type !== 'append' || message.to === 'c';
    cluster.settle();
    cluster.drops = () => false;
    cluster.elect('b');
    cluster.run(3_000);
    expect(cluster.state('c').log.lastIndex).toBe(cluster.state('b').log.lastIndex);
    expect(cluster.commands('b')).toEqual([]);
    cluster.propose('b', 'y');
    cluster.run(1_000);
    expect(cluster.commands('b')).toEqual(['x', 'y']);
  });

  test('entries are durable before they are acknowledged (3.8), also the leader’s own (10.2.1)', () => {
    const cluster = led();
    const effects = cluster.propose('a', 'x');
    const kinds = effects.map((e) => (e.type === 'send' ? e.message.type : e.type));
    expect(kinds.indexOf('append-accepted')).toBeGreaterThan(kinds.indexOf('save'));
    const message = cluster.messages.find((m) => m.type === 'append' && m.to === 'b')!;
    expect(cluster.receive(message).map((e) => e.type)).toEqual(['save', 'send', 'apply']);
  });

  test('an append is taken only where the entry before it matches; conflicts are removed', () => {
    const cluster = new Cluster(THREE);
    const one = entry(1, 1, 'one');
    const two = entry(2, 1, 'two');
    cluster.receive(append({ entries: [one, two] }));
    const gap = append({ previousIndex: 5, previousTerm: 1, entries: [entry(6, 1, 'six')] });
    expect(cluster.receive(gap).at(-1)).toMatchObject({
      message: { type: 'append-rejected', hintIndex: 2, hintTerm: 1 },
    });
    const other = entry(2, 2, 'other');
    cluster.receive(append({ term: 2, previousIndex: 1, previousTerm: 1, entries: [other] }));
    expect(cluster.disks.get('a')!.entries).toEqual([one, other]);
  });

  test('a late append removes nothing that came after it (3.5)', () => {
    const cluster = new Cluster(THREE);
    const entries = [entry(1, 1, 'one'), entry(2, 1, 'two'), entry(3, 1, 'three')];
    cluster.receive(append({ entries }));
    cluster.receive(append({ entries: entries.slice(0, 1) }));
    expect(cluster.state('a').log.lastIndex).toBe(3);
  });

  test('a follower commits no further than what it matched (3.5, step 5)', () => {
    const cluster = new Cluster(THREE);
    cluster.receive(append({ entries: [entry(1, 1, 'old'), entry(2, 1, 'older')] }));
    cluster.receive(append({ term: 2, entries: [entry(1, 1, 'old')], commit: 2 }));
    expect(cluster.state('a').commit).toBe(1);
  });

  test('lost appends are sent again', () => {
    const cluster = led();
    let lost = 0;
    cluster.drops = (message) => message.type === 'append' && ++lost % 3 !== 0;
    for (let i = 0; i < 20; i++) {
      cluster.propose('a', `x${i}`);
      cluster.run(50);
    }
    cluster.drops = () => false;
    cluster.run(2_000);
    for (const id of THREE) expect(cluster.commands(id)).toHaveLength(20);
  });

  test('logs that went apart over many terms meet in a few messages (5.3)', () => {
    const cluster = led();
    cluster.isolate('a');
    for (let i = 0; i < 500; i++) cluster.propose('a', `lost ${i}`);
    cluster.messages = [];
    cluster.drops = () => false;
    cluster.isolate('a');
    cluster.elect('b');
    for (let i = 0; i < 500; i++) cluster.propose('b', `kept ${i}`);
    cluster.settle();
    let rejections = 0;
    cluster.drops = (message) => {
      if (message.type === 'append-rejected') rejections++;
      return false;
    };
    cluster.run(3_000);
    expect(cluster.commands('a')).toHaveLength(500);
    expect(rejections).toBeLessThan(4);
  });

  // The simulator's find: 38,000 appends for 700 entries over a link that reorders.
  test('rejections of appends that came early are answered once per heartbeat', () => {
    const cluster = led();
    for (let i = 0; i < 10; i++) cluster.propose('a', `x${i}`);
    cluster.messages = [];
    const { term, log } = cluster.state('a');
    const from = { from: 'b', to: 'a', term, round: 0 } as const;
    const early = { ...from, type: 'append-rejected', hintIndex: 1, hintTerm: term } as const;
    const appendsAfter = (message: Message) =>
      cluster.receive(message).filter((effect) => effect.type === 'send').length;
    expect(appendsAfter({ ...early, previousIndex: log.lastIndex - 1 })).toBe(1);
    expect(appendsAfter({ ...from, type: 'append-accepted', match: 2 })).toBeGreaterThan(0);
    expect(appendsAfter({ ...early, previousIndex: log.lastIndex - 2 })).toBe(0);
    cluster.nowMs += cluster.settings.heartbeatMs;
    expect(appendsAfter({ ...early, previousIndex: log.lastIndex - 3 })).toBe(1);
  });

  test('a stranger that rejects what it had, or wants another chunk, is not sent it at once', () => {
    const cluster = led({ snapshotChunkBytes: 1_024, trailingMax: 0 });
    for (let i = 0; i < 10; i++) cluster.propose('a', `x${i}`);
    cluster.run(1_000);
    const { term, commit } = cluster.state('a');
    const from = { from: 'b', to: 'a', term, round: 0 } as const;
    const hint = { previousIndex: commit, hintIndex: 0, hintTerm: 0 };
    expect(sentIn(cluster.receive({ ...from, type: 'append-rejected', ...hint }))).toBe(0);
    cluster.isolate('b');
    cluster.propose('a', 'y');
    cluster.settle();
    cluster.input('a', { type: 'compact', index: commit + 1, bytes: new Uint8Array(5_000) });
    for (let i = 0; i < 2; i++) {
      cluster.nowMs += 1_000; // something was lost: the snapshot begins
      cluster.receive({ ...from, type: 'heartbeat-reply' });
    }
    const reply = { ...from, type: 'snapshot-reply', index: commit + 1 } as const;
    const wanted = (offset: number) => sentIn(cluster.receive({ ...reply, offset }));
    expect([0, 1, 0, 2, 0, 3].map(wanted)).toEqual([0, 0, 0, 0, 0, 0]);
    expect(wanted(3 + 1_024)).toBe(1); // what follows the chunk it was sent
  });

  test('what is under way to one follower is bounded (flow control)', () => {
    const cluster = led({ inflightMax: 4, appendEntriesMax: 1 });
    cluster.drops = (message) => message.to === 'b';
    for (let i = 0; i < 100; i++) cluster.propose('a', `x${i}`);
    const toB = cluster.messages.filter((m) => m.type === 'append' && m.to === 'b');
    expect(toB.length).toBeLessThanOrEqual(4);
    cluster.drops = () => false;
    cluster.run(5_000);
    expect(cluster.commands('b')).toHaveLength(100);
  });

  test('more than uncommittedMax is refused as busy, and too large a command as invalid', () => {
    const cluster = led({ uncommittedMax: 2, commandBytesMax: 8 });
    cluster.isolate('a');
    cluster.propose('a', 'x', 'y');
    expect(cluster.propose('a', 'z')).toMatchObject([{ type: 'refused', reason: 'busy' }]);
    expect(cluster.propose('a', 'far too long')).toMatchObject([{ reason: 'invalid' }]);
    expect(cluster.propose('b', 'x')).toMatchObject([{ reason: 'not-leader', leader: 'a' }]);
  });
});

/** Version, room, sender and signature of a sealed frame. */
const SEAL_BYTES = 1 + 16 + 32 + 32 + 64;

test('in the largest room, with the longest names, every message fits a frame', () => {
  const names = Array.from({ length: 256 }, (_, i) => `${i}`.padStart(64, '-'));
  const voters = names.slice(0, 7);
  const cluster = new Cluster(voters, { trailingMax: 0 });
  const [first, lagging] = [voters[0]!, voters[6]!];
  cluster.elect(first);
  cluster.isolate(lagging);
  for (let i = 0; i < 3; i++) {
    const learners = names.slice(7 + i);
    cluster.input(first, { type: 'configure', ticket: i, voters, learners });
    const commands = [new Uint8Array(32_000)];
    cluster.input(first, { type: 'propose', ticket: i, commands, of: 'leader' });
    cluster.settle();
  }
  let largest = 0;
  cluster.drops = (message) => {
    largest = Math.max(largest, encodeFrame({ type: 'raft', message }).length + SEAL_BYTES);
    return false;
  };
  cluster.run(2_000);
  const { commit } = cluster.state(first);
  expect(cluster.state(lagging).commit).toBe(commit);
  expect(cluster.commands(lagging)).toHaveLength(3);
  const newcomer = names.at(-1)!;
  cluster.start(newcomer);
  cluster.input(first, { type: 'compact', index: commit, bytes: new Uint8Array(200_000) });
  cluster.run(2_000);
  expect(cluster.state(newcomer).commit).toBeGreaterThanOrEqual(commit);
  expect(largest).toBeGreaterThan(40_000);
  expect(largest).toBeLessThanOrEqual(FRAME_BYTES_MAX);
});
