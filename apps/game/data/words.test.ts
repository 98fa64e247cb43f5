import { expect, test } from 'vitest';
import { bytesText, episodeFileName, lengthText, teamsOf } from './words.ts';

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [1500, '1.5 kB'],
  [12_345, '12 kB'],
  [999_600, '1.0 MB'],
  [4_600_000_000, '4.6 GB'],
])('%i bytes read %s', (bytes, text) => {
  expect(bytesText(bytes)).toBe(text);
});

test.each([
  [42, '0:42'],
  [179.8, '3:00'],
  [3900, '1 h 05 min'],
])('%f seconds read %s', (seconds, text) => {
  expect(lengthText(seconds)).toBe(text);
});

test('teams are named by who drives their first robot', () => {
  expect(teamsOf(['human', 'scripted', 'scripted', 'scripted'])).toEqual(['You', 'Hard bot']);
  expect(teamsOf(['human', 'human'])).toEqual(['You', 'Friend']);
  expect(teamsOf(['scripted', 'Comet'])).toEqual(['Hard bot', 'Comet']);
  expect(teamsOf([])).toEqual(['?', '?']);
});

test('file names sort by time', () => {
  const startedAt = new Date(2026, 10, 21, 9, 5).getTime();
  expect(episodeFileName({ id: 4, startedAt, score: [3, 1] })).toBe(
    'dreampitch-2026-11-21-0905-3-1-4.episode',
  );
});
