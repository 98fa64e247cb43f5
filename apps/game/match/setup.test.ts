import { expect, test } from 'vitest';
import {
  clockText,
  controllersOf,
  parseSetup,
  seatsOf,
  SETUP_DEFAULT,
  withoutPlayers,
} from './setup.ts';

test('a setup survives being remembered', () => {
  const setup = { robotsPerTeam: 1, blue: 'you', orange: 'player:7', minutes: 5 } as const;
  expect(parseSetup(JSON.stringify(setup))).toEqual(setup);
});

test.each([null, '', '{}', '[]', 'null', '{"robotsPerTeam":9}', '{"blue":"friend"}'])(
  'what cannot be a setup (%j) becomes the default',
  (text) => {
    expect(parseSetup(text)).toEqual(SETUP_DEFAULT);
  },
);

test('people drive the first robot of their team, bots the others', () => {
  const setup = { robotsPerTeam: 2, blue: 'you', orange: 'friend', minutes: 3 } as const;
  expect(controllersOf(setup)).toEqual(['human', 'scripted', 'human', 'scripted']);
  expect(seatsOf(setup)).toEqual([
    { robot: 0, hand: 0 },
    { robot: 2, hand: 1 },
  ]);
  const watched = { ...setup, blue: 'random', orange: 'player:3' } as const;
  expect(controllersOf(watched)).toEqual(['random', 'random', 'player:3', 'player:3']);
  expect(seatsOf(watched)).toEqual([]);
});

test.each([
  [125, '2:05'],
  [60, '1:00'],
  [0.2, '0:01'],
  [-3, '0:00'],
])('%f seconds read %s', (seconds, text) => {
  expect(clockText(seconds)).toBe(text);
});

test('a kept player that is gone is replaced by a bot, people stay', () => {
  const setup = { robotsPerTeam: 1, blue: 'you', orange: 'player:3', minutes: 3 } as const;
  expect(withoutPlayers(setup)).toEqual({ ...setup, orange: 'scripted' });
  expect(withoutPlayers(SETUP_DEFAULT)).toBe(SETUP_DEFAULT);
});
