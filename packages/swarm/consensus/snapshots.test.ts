import { describe, expect, test } from 'vitest';
import { Cluster, led, THREE } from './cluster.ts';
import type { Message } from './message.ts';

const bytes = (text: string) => new TextEncoder().encode(text);

/** The leader has decided one thing more, and makes a snapshot of it. */
function compact(cluster: Cluster, size: number): void {
  cluster.propose('a', 'y');
  cluster.settle();
  const { commit: index } = cluster.state('a');
  cluster.input('a', { type: 'compact', index, bytes: new Uint8Array(size).fill(index) });
}

const restoredBy = (cluster: Cluster, id: string) =>
  cluster.answers
    .filter((answer) => answer.id === id)
    .flatMap(({ effect }) => (effect.type === 'restore' ? [effect.snapshot.index] : []));

/** The snapshot that is under way to `id`, and how much of it. */
function sendingTo(cluster: Cluster, id: string) {
  const { role } = cluster.state('a');
  return role.type === 'leader' ? (role.progress.get(id)?.snapshot ?? null) : null;
}

const STRANGERS = Array.from({ length: 12 }, (_, i) => `x${i}`);
const isStrangers = ({ from }: Message) => from.startsWith('x');
const isFar = (m: Message) => m.type === 'snapshot-reply' && m.offset > 48 * 1_024;
const isRejection = (m: Message) => m.type === 'append-rejected';
const isVouched = (id: string) => !id.startsWith('x');

/** With each heartbeat they say how far they have come, and it is not so. */
function lies(cluster: Cluster, offsetOf: (beat: number) => number): (message: Message) => boolean {
  const lied = new Set<Message>();
  return (message) => {
    if (!isStrangers(message) || lied.has(message)) return false;
    if (message.type === 'heartbeat-reply') {
      const index = sendingTo(cluster, message.from)?.of.index ?? 0;
      const offset = offsetOf(message.round);
      const lie = { ...message, type: 'snapshot-reply', index, offset } as const;
      lied.add(lie);
      cluster.messages.push(lie);
    }
    return message.type === 'snapshot-reply';
  };
}

function strangerComes(cluster: Cluster, number: number): void {
  const learners = STRANGERS.slice(0, number + 1);
  cluster.start(STRANGERS[number]!);
  cluster.input('a', { type: 'configure', ticket: number, voters: THREE, learners });
}

/** Strangers come one after the other, each with a newer snapshot before it: how many are held? */
function heldFor(dropsOf: (cluster: Cluster) => Cluster['drops']): number {
  const cluster = led({ trailingMax: 0, isVouched });
  cluster.drops = dropsOf(cluster);
  compact(cluster, 200_000);
  for (const i of STRANGERS.keys()) {
    strangerComes(cluster, i);
    cluster.run(2_000);
    compact(cluster, 200_000);
    cluster.run(2_000);
  }
  const held = STRANGERS.flatMap((id) => sendingTo(cluster, id)?.of ?? []);
  expect(held.length).toBeGreaterThanOrEqual(11);
  return new Set(held).size;
}

/** A round trip to `id` takes `rttMs` from now on. Returns what lets time pass. */
function moveAway(cluster: Cluster, id: string, rttMs: number): (ms: number) => void {
  const { drops } = cluster;
  const under: { dueMs: number; message: Message }[] = [];
  cluster.drops = (message) => {
    if (message.from !== id && message.to !== id) return drops(message);
    under.push({ dueMs: cluster.nowMs + rttMs / 2, message });
    return true;
  };
  return (ms) => {
    for (const endMs = cluster.nowMs + ms; cluster.nowMs < endMs; cluster.run(10))
      while (under.length > 0 && under[0]!.dueMs <= cluster.nowMs)
        cluster.receive(under.shift()!.message);
  };
}

const MEGABYTE = 1_000_000;

describe('snapshots', () => {
  test('a follower behind the log gets the snapshot in chunks (chapter 5)', () => {
    const cluster = led({ snapshotChunkBytes: 100, trailingMax: 0 });
    cluster.isolate('c');
    for (let i = 0; i < 10; i++) cluster.propose('a', `x${i}`);
    cluster.settle();
    const { commit } = cluster.state('a');
    const image = new Uint8Array(1_050).map((_, i) => i);
    cluster.input('a', { type: 'compact', index: commit, bytes: image });
    cluster.propose('a', 'after');
    let chunks = 0;
    cluster.drops = (message) => message.type === 'snapshot' && ++chunks % 4 === 1; // and lossy
    cluster.run(20_000);
    const restored = cluster.answers.filter(({ id }) => id === 'c').map(({ effect }) => effect);
    expect(restored).toMatchObject([{ type: 'restore', snapshot: { index: commit } }]);
    expect(cluster.disks.get('c')!.snapshot.bytes).toEqual(image);
    expect(chunks).toBeGreaterThan(10);
    expect(cluster.commands('c')).toEqual(['after']);
  });

  test.each([
    { behind: 8, snapshots: 0 },
    { behind: 9, snapshots: 1 },
  ])('a follower $behind entries behind is sent $snapshots snapshots', (expected) => {
    const cluster = led({ trailingMax: 8 });
    for (let i = 0; i < 20; i++) cluster.propose('a', `x${i}`);
    cluster.run(1_000);
    cluster.isolate('c');
    for (let i = 0; i < expected.behind; i++) cluster.propose('a', `y${i}`);
    cluster.settle();
    const { commit } = cluster.state('a');
    cluster.input('a', { type: 'compact', index: commit, bytes: bytes('image') });
    expect(cluster.disks.get('a')).toMatchObject({ snapshot: { index: commit }, entries: [] });
    const { log } = cluster.state('a');
    expect(log.lastIndex - log.baseIndex).toBe(8);
    let snapshots = 0;
    cluster.drops = ({ type }) => type === 'snapshot' && ++snapshots < 0;
    cluster.run(2_000);
    expect(cluster.state('c').commit).toBe(commit);
    expect(snapshots).toBe(expected.snapshots);
  });

  test('who stops taking a snapshot does not keep an old one in the leader’s memory', () => {
    expect(heldFor(() => (m) => isStrangers(m) && isFar(m))).toBeLessThanOrEqual(2);
    expect(heldFor(() => (m) => isStrangers(m) && !isRejection(m))).toBeLessThanOrEqual(2);
  });

  // One for each of them before: twelve here, and each may be 64 MiB.
  test.each([
    { how: 'backwards and forwards', offsetOf: (beat: number) => 100 + (beat % 2) },
    { how: 'a byte for every heartbeat', offsetOf: (beat: number) => beat },
  ])('strangers who say they go $how hold no more than three snapshots', ({ offsetOf }) => {
    expect(heldFor((cluster) => lies(cluster, offsetOf))).toBeLessThanOrEqual(3);
  });

  test('nobody goes back: who lost what it had begins anew after an election time-out', () => {
    const cluster = led({ snapshotChunkBytes: 1_024, trailingMax: 0 });
    cluster.isolate('c');
    compact(cluster, 30_000);
    cluster.drops = (m) => m.type === 'snapshot' && m.offset > 10_000;
    cluster.run(1_000);
    const { of, offset } = sendingTo(cluster, 'c')!;
    expect(offset).toBeGreaterThan(5_000);
    const { term } = cluster.state('a');
    const from = { from: 'c', to: 'a', term, round: 0 } as const;
    cluster.receive({ ...from, type: 'snapshot-reply', index: of.index, offset: 1_024 });
    expect(sendingTo(cluster, 'c')).toMatchObject({ offset });
    cluster.start('c');
    cluster.drops = () => false;
    cluster.run(5_000);
    expect(cluster.state('c').commit).toBe(cluster.state('a').commit);
  });

  // Two heartbeats without progress were enough to begin anew: beyond 400 ms nobody finished.
  test.each([380, 450, 900])('over a round trip of %i ms a voter finishes', (rttMs) => {
    const cluster = led({ trailingMax: 0 });
    cluster.isolate('c');
    compact(cluster, 4 * MEGABYTE);
    cluster.drops = () => false;
    const first = cluster.state('a').snapshot.index;
    const run = moveAway(cluster, 'c', rttMs);
    for (let i = 0; i < 6; i++) {
      run(15_000);
      compact(cluster, 4 * MEGABYTE);
    }
    expect(restoredBy(cluster, 'c')[0]).toBe(first);
  });

  test('strangers take no slow voter’s snapshot from it, nor slow ones a newer stranger’s', () => {
    const cluster = led({ trailingMax: 0, isVouched });
    cluster.isolate('c');
    compact(cluster, 2 * MEGABYTE);
    cluster.drops = lies(cluster, (beat) => beat);
    const first = cluster.state('a').snapshot.index;
    const run = moveAway(cluster, 'c', 450);
    for (let i = 0; i < 8; i++) {
      strangerComes(cluster, i);
      run(4_000);
      compact(cluster, 2 * MEGABYTE);
    }
    expect(restoredBy(cluster, 'c')[0]).toBe(first);
    // Beside it there is room for one more: the stranger's who came last.
    const previous = cluster.state('a').snapshot.index - 2; // its coming is an entry too
    expect(sendingTo(cluster, STRANGERS[7]!)?.of.index).toBe(previous);
    const held = [...STRANGERS, 'c'].flatMap((id) => sendingTo(cluster, id)?.of ?? []);
    expect(new Set(held).size).toBeLessThanOrEqual(3);
  });

  test('a lost chunk is sent again: a slow learner does not begin anew', () => {
    const cluster = led({ snapshotChunkBytes: 1_024, trailingMax: 0 });
    cluster.isolate('c');
    compact(cluster, 30_000);
    const first = cluster.state('a').snapshot.index;
    let chunks = 0;
    cluster.drops = (m) => m.type === 'snapshot' && ++chunks % 5 === 0;
    cluster.run(1_000);
    compact(cluster, 30_000);
    cluster.run(20_000);
    expect(restoredBy(cluster, 'c')[0]).toBe(first);
    expect(cluster.state('c').commit).toBe(cluster.state('a').commit);
  });

  test('a snapshot of what the log already holds removes nothing', () => {
    const cluster = led();
    cluster.propose('a', 'x', 'y', 'z');
    cluster.messages = cluster.messages.filter((m) => m.type === 'append' && m.to === 'b');
    cluster.settle();
    const { log, term } = cluster.state('b');
    const last = log.lastIndex;
    cluster.receive({
      type: 'snapshot',
      from: 'a',
      to: 'b',
      term,
      index: last - 1,
      snapshotTerm: term,
      configuration: log.configuration,
      totalBytes: 0,
      offset: 0,
      bytes: new Uint8Array(0),
      round: 0,
    });
    expect(cluster.state('b').log).toMatchObject({ baseIndex: last - 1, lastIndex: last });
    expect(cluster.disks.get('b')!.entries).toHaveLength(1);
  });

  test('a restart from snapshot and log knows everything again', () => {
    const cluster = led();
    cluster.propose('a', 'x', 'y');
    cluster.settle();
    cluster.input('a', { type: 'compact', index: 2, bytes: bytes('image') });
    const before = cluster.state('a').log;
    cluster.start('a');
    expect(cluster.state('a')).toMatchObject({ commit: 2, snapshot: { index: 2 } });
    expect(cluster.state('a').log.lastIndex).toBe(before.lastIndex);
    cluster.run(5_000);
    expect(cluster.commands('a')).toEqual(['y']);
  });
});
