import { expect, test } from 'vitest';
import { readSettings } from './settings.ts';

test('without an environment the relay listens on loopback, port 8787', () => {
  expect(readSettings({})).toEqual({
    ok: true,
    settings: { host: '127.0.0.1', port: 8787, dataFolder: '.data', pageFolder: 'dist/game' },
  });
});

test.each(['', 'http', '-1', '70000', '80.5'])('PORT=%j is refused with the rule', (port) => {
  const result = readSettings({ PORT: port });
  expect(result.ok).toBe(false);
  expect(!result.ok && result.reason).toContain('0 to 65535');
});
