import { expect, test } from 'vitest';
import { hashOfGame, KNOWN_HASH } from './same-everywhere.ts';

test('a known game comes to its known state in Node', async () => {
  expect(await hashOfGame()).toBe(KNOWN_HASH);
});
