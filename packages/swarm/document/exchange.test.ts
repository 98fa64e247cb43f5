import { expect, test } from 'vitest';
import { Exchange } from './exchange.ts';
import { DOCUMENT_DEFAULTS } from './settings.ts';

const PART_BYTES = 8 * 1024;

test('parts that overlap take no more memory than the whole that they claim to be', () => {
  const exchange = new Exchange({ emit: () => {}, settings: DOCUMENT_DEFAULTS });
  const summary = { digest: new Uint8Array(8), stateVector: new Uint8Array(0) };
  exchange.hello('hostile', summary, { isReply: false, nowMs: 0 });
  const bytes = new Uint8Array(PART_BYTES);
  const before = process.memoryUsage().arrayBuffers;
  for (let offset = 1; offset <= 10_000; offset++) {
    const part = { type: 'part', transfer: 1, totalBytes: 2 ** 20, offset, bytes } as const;
    expect(exchange.part('hostile', part, 0)).toBeNull();
  }
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 * 2 ** 20); // of 80 MB
});
