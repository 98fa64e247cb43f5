import { expect, test } from 'vitest';
import { TRACE_HASH, traceHashNow } from './trace.ts';

test('the same seeds do the same in Chromium as in Node', () => {
  expect(traceHashNow()).toBe(TRACE_HASH);
});
