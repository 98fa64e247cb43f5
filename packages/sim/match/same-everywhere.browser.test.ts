import { expect, test } from 'vitest';
import { hashOfGame, KNOWN_HASH } from './same-everywhere.ts';

test('a known game comes to its known state in the browser', async () => {
  expect(await hashOfGame()).toBe(KNOWN_HASH);
});
