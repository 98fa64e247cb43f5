import { expect, test } from 'vitest';
import { applySave, emptyDurable } from './durable.ts';
import type { Entry, Snapshot } from './message.ts';

const entry = (index: number, term: number): Entry => ({ index, term, type: 'no-op' });
const save = (entries: Entry[], snapshot: Snapshot | null = null) => ({
  term: 7,
  vote: 'b',
  entries,
  snapshot,
});
const snapshotAt = (index: number, term: number): Snapshot => ({
  ...emptyDurable(['a', 'b', 'c']).snapshot,
  index,
  term,
});

const founded = () =>
  applySave(emptyDurable(['a', 'b', 'c']), save([entry(1, 1), entry(2, 1), entry(3, 2)]));

test('term, vote and entries survive; the founders are known', () => {
  expect(founded()).toMatchObject({ term: 7, vote: 'b' });
  expect(founded().entries.map(({ index }) => index)).toEqual([1, 2, 3]);
  expect(founded().snapshot.configuration.voters).toEqual(['a', 'b', 'c']);
});

test('entries replace everything from their first index on', () => {
  const { entries } = applySave(founded(), save([entry(2, 5)]));
  expect(entries).toEqual([entry(1, 1), entry(2, 5)]);
});

test('a snapshot keeps what follows it where the log agreed with it, and nothing else', () => {
  expect(applySave(founded(), save([], snapshotAt(2, 1))).entries).toEqual([entry(3, 2)]);
  expect(applySave(founded(), save([], snapshotAt(2, 9))).entries).toEqual([]);
  expect(applySave(founded(), save([], snapshotAt(50, 9))).entries).toEqual([]);
});

test('entries after a snapshot lie behind it', () => {
  const compacted = applySave(founded(), save([], snapshotAt(2, 1)));
  const { entries } = applySave(compacted, save([entry(4, 7)]));
  expect(entries).toEqual([entry(3, 2), entry(4, 7)]);
});
