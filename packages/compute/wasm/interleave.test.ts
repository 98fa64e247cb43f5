import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { deinterleave, interleave, interleavedBytes } from './interleave.ts';

test('word w of element i lies at (i >> 2) * 4 S + 16 w + 4 (i & 3)', () => {
  const strideBytes = 12;
  const elements = 6;
  const from = Uint32Array.from({ length: (elements * strideBytes) / 4 }, (_, k) => k + 1);
  const to = new Uint32Array(interleavedBytes(elements * strideBytes, strideBytes) / 4);
  expect(to.length).toBe(8 * 3);
  interleave(from, to, { wordOffset: 0, strideBytes });
  for (let i = 0; i < elements; i++) {
    for (let w = 0; w < 3; w++) {
      const byteOffset = (i >> 2) * 4 * strideBytes + w * 16 + (i & 3) * 4;
      expect(to[byteOffset / 4]).toBe(from[i * 3 + w]);
    }
  }
});

test('any range written interleaved reads back as it was, and nothing else changes', () => {
  const sizes = { stride: fc.integer({ min: 1, max: 9 }), count: fc.integer({ min: 1, max: 20 }) };
  fc.assert(
    fc.property(fc.record(sizes), fc.nat(), fc.nat(), ({ stride, count }, a, b) => {
      const words = stride * count;
      const wordOffset = a % words;
      const from = new Uint32Array(1 + (b % (words - wordOffset))).fill(7);
      const at = { wordOffset, strideBytes: 4 * stride };
      const memory = new Uint32Array(interleavedBytes(4 * words, 4 * stride) / 4).fill(1);
      interleave(from, memory, at);
      const all = new Uint32Array(words);
      deinterleave(memory, all, { wordOffset: 0, strideBytes: 4 * stride });
      const want = new Uint32Array(words).fill(1);
      want.set(from, wordOffset);
      expect(all).toEqual(want);
      const part = new Uint32Array(from.length);
      deinterleave(memory, part, at);
      expect(part).toEqual(from);
    }),
  );
});
