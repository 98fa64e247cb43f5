import { expect, test, vi } from 'vitest';
import { DocumentRoom, editUnderFaults, isolatedUpdate, lateJoiner } from './document.ts';

vi.setConfig({ testTimeout: 30_000 }); // whole rooms, on cores that other tests use too

test.each([1, 2])('seed %i: twelve peers converge after loss and three partitions', (seed) => {
  const { converged, blamed } = editUnderFaults(seed, 20); // 500 in `npm run simulate`
  expect(converged).toBe(true);
  expect(blamed).toEqual([]);
});

test('one isolated update: at most 15 copies of its payload and 40 messages', () => {
  const { copies, messages, converged } = isolatedUpdate(1);
  expect(converged).toBe(true);
  expect(copies).toBeLessThanOrEqual(15);
  expect(messages).toBeLessThanOrEqual(40);
});

test('a document of 5 MB reaches a late joiner in messages of at most 64 KiB', () => {
  const { tookMs, largestBytes, overheadShare } = lateJoiner(1);
  expect(tookMs).not.toBe(null);
  expect(largestBytes).toBeLessThanOrEqual(65_536);
  expect(overheadShare).toBeLessThan(0.1);
});

test('an update that is none is not passed on, and its author is blamed', () => {
  const room = new DocumentRoom(5);
  for (const id of 'abcdef') room.join(id);
  room.run(2_000);
  room.sent.length = 0;
  const liar = room.members.get('a')!;
  const bad = { origin: 'a', sequence: 1, bytes: new Uint8Array([255, 1, 2]) };
  room.spread(liar, { ...bad, signature: new Uint8Array(64) });
  room.run(2_000);
  expect(new Set(room.blamed)).toEqual(new Set(['a: invalid']));
  const copies = room.sent.filter((one) => one.type === 'update').length;
  expect(copies).toBeLessThanOrEqual(3); // to the liar's own neighbours
});
