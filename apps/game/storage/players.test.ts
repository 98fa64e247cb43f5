import { expect, test } from 'vitest';
import type { PlayerRow } from './database.ts';
import { shortened, summaryOf } from './players.ts';

const WHOLE: PlayerRow = {
  id: 3,
  createdAt: 1_700_000_000_000,
  name: 'Left wing',
  environment: 'soccer-1v1',
  version: 'v',
  winRate: 0.5,
  bytes: new Uint8Array(8),
};

test('a whole row is listed as it was written', () => {
  const { id, name, environment, createdAt, winRate } = WHOLE;
  const listed = { id, name, environment, createdAt, winRate };
  expect(summaryOf(WHOLE, 'v')).toEqual({
    ...listed,
    current: true,
    damaged: false,
    evolves: true,
  });
  expect(summaryOf(WHOLE, 'w').current).toBe(false);
});

test.each([
  { name: 7 },
  { environment: undefined },
  { createdAt: 'yesterday' },
  { winRate: 'often' },
  { bytes: undefined },
])('a row that was not written so is named, and offered in no environment: %o', (broken) => {
  const summary = summaryOf({ ...WHOLE, ...broken } as unknown as PlayerRow, 'v');
  expect(summary).toMatchObject({
    id: 3,
    name: 'Damaged player 3',
    environment: '',
    damaged: true,
  });
});

test('a long name is cut between characters, not within one', () => {
  expect(shortened(`${'a'.repeat(39)}\u{1f98a}b`)).toBe(`${'a'.repeat(39)}\u{1f98a}`);
  expect(shortened('  Ada ')).toBe('Ada');
});
