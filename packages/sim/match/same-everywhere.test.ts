import { expect, test } from 'vitest';
import { hashOfGame, hashOfWorlds, KNOWN_HASH, KNOWN_WORLDS } from './same-everywhere.ts';

test('a known game comes to its known state in Node', async () => {
  expect(await hashOfGame()).toBe(KNOWN_HASH);
});

const [few, tenMillion] = KNOWN_WORLDS;

test('many worlds come to their known states in Node', async () => {
  expect(await hashOfWorlds(few)).toBe(few.hash);
});

test.runIf(import.meta.env['VITE_TEN_MILLION'])(
  'ten million steps come to their known states in Node',
  async () => {
    expect(await hashOfWorlds(tenMillion)).toBe(tenMillion.hash);
  },
  600_000,
);
