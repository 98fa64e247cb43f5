import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { createRng } from '../rng.ts';
import { anyMessage, anyProposal } from './arbitraries.ts';
import {
  bytes,
  decode,
  dictionary,
  encode,
  f64,
  list,
  optional,
  text,
  u8,
  varint,
  type Codec,
} from './codec.ts';
import { decodeProposal, encodeProposal } from './commands.ts';
import { message } from './messages.ts';

const options = { seed: 0x5eed, numRuns: 400 };

test('every message decodes to what was encoded', () => {
  fc.assert(
    fc.property(anyMessage, (value) => {
      expect(decode(message, encode(message, value))).toEqual({ ok: true, value });
    }),
    options,
  );
});

test('every proposal decodes to what was encoded', () => {
  fc.assert(
    fc.property(anyProposal, (value) => {
      expect(decodeProposal(encodeProposal(value))).toEqual({ ok: true, value });
    }),
    options,
  );
});

test('what goes into a log or a snapshot is a copy: the frame it came in may be used again', () => {
  const header = { from: 'a', to: 'b', term: 1 } as const;
  const command = new Uint8Array([1, 2, 3]);
  const entries = [{ type: 'command', index: 1, term: 1, command }] as const;
  const place = { previousIndex: 0, previousTerm: 0, commit: 0, round: 0 };
  const append = encode(message, { type: 'append', ...header, ...place, entries });
  const decoded = decode(message, append);
  append.fill(0);
  if (!decoded.ok || decoded.value.type !== 'append') throw new Error('not decoded');
  expect(decoded.value.entries).toEqual(entries);
});

test('whatever a mutated frame decodes to, encodes to that frame again', () => {
  const rng = createRng(7);
  let decoded = 0;
  for (const sample of fc.sample(anyMessage, { seed: 3, numRuns: 200 })) {
    const good = encode(message, sample);
    for (let round = 0; round < 50; round++) {
      const bad = good.slice(0, rng.nextInt(4) === 0 ? rng.nextInt(good.length + 1) : undefined);
      for (let i = rng.nextInt(3); i >= 0 && bad.length > 0; i--) {
        bad[rng.nextInt(bad.length)] = rng.nextInt(256);
      }
      const result = decode(message, bad);
      if (!result.ok) continue;
      decoded++;
      expect(encode(message, result.value)).toEqual(bad);
    }
  }
  expect(decoded).toBeGreaterThan(100);
});

const bytesOf = (...values: number[]) => new Uint8Array(values);
const UNREADABLE: [string, Codec<unknown>, Uint8Array, string][] = [
  ['nothing', u8, bytesOf(), 'truncated'],
  ['more than one value', u8, bytesOf(1, 2), 'trailing'],
  ['an integer longer than needed', varint, bytesOf(0x80, 0), 'malformed'],
  ['an integer over 2^53', varint, bytesOf(255, 255, 255, 255, 255, 255, 255, 127), 'malformed'],
  ['text longer than its cap', text(2), bytesOf(3, 97, 97, 97), 'too-large'],
  ['overlong UTF-8', text(8), bytesOf(2, 0xc0, 0x80), 'malformed'],
  ['half a surrogate pair', text(8), bytesOf(3, 0xed, 0xa0, 0x80), 'malformed'],
  ['a cut code point', text(8), bytesOf(2, 0xe2, 0x82), 'malformed'],
  ['bytes longer than their cap', bytes(1), bytesOf(2, 0, 0), 'too-large'],
  ['bytes beyond the end', bytes(100), bytesOf(90, 0), 'truncated'],
  ['a count beyond its cap', list(u8, 2), bytesOf(3, 0, 0, 0), 'too-large'],
  ['a count beyond the end', list(u8, 1e9), bytesOf(200, 1, 0), 'truncated'],
  ['a flag of 2', optional(u8), bytesOf(2, 0), 'malformed'],
  ['NaN', f64, bytesOf(0, 0, 0, 0, 0, 0, 0xf8, 0x7f), 'malformed'],
  ['minus zero', f64, bytesOf(0, 0, 0, 0, 0, 0, 0, 0x80), 'malformed'],
  [
    'keys out of order',
    dictionary(u8, { keyCharsMax: 4, countMax: 4 }),
    bytesOf(2, 1, 98, 0, 1, 97, 0),
    'malformed',
  ],
  ['an unknown message', message, bytesOf(99), 'unknown-type'],
];

test.each(UNREADABLE)('%s is refused with its reason', (_, codec, bad, reason) => {
  expect(decode(codec, bad)).toEqual({ ok: false, reason });
});

test('encoding beyond a cap throws and says the rule', () => {
  expect(() => encode(text(2), 'abc')).toThrow('at most 2 fit');
  expect(() => encode(text(9), '\ud800')).toThrow('surrogate');
  expect(() => encode(varint, -1)).toThrow('no integer');
  expect(() => encode(f64, Number.NaN)).toThrow('not finite');
});

// The simulator's find: the view of the old buffer was taken before the buffer grew.
test('numbers are written whole where the buffer has to grow for them', () => {
  const value = { ok: true, value: Array.from({ length: 2_000 }, (_, i) => i / 7) };
  const numbers = list(f64, 2_000);
  expect(decode(numbers, encode(numbers, value.value))).toEqual(value);
});
