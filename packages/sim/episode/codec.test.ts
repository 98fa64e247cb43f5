import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { MATCH_RULES } from '../soccer/rules.ts';
import { ByteWriter, crc32 } from './bytes.ts';
import { decodeEpisode, encodeEpisode } from './codec.ts';
import type { Episode } from './episode.ts';

const u32 = fc.integer({ min: 0, max: 0xffffffff });

/** Any episode that fits together: R robots, T ticks, key states of some words. */
const anyEpisode: fc.Arbitrary<Episode> = fc
  .record({
    robots: fc.constantFrom(2, 4, 6),
    tickCount: fc.integer({ min: 0, max: 200 }),
    words: fc.integer({ min: 1, max: 70 }),
  })
  .chain(({ robots, tickCount, words }) =>
    fc.record({
      environment: fc.constantFrom('soccer-1v1', 'soccer-3v3', 'ein "anderes" Spiel'),
      version: fc.string({ maxLength: 64 }),
      seed: u32,
      rules: fc.constant(MATCH_RULES),
      startedAt: fc.integer({ min: 0, max: 4e12 }),
      controllers: fc.array(fc.string({ maxLength: 20 }), { minLength: robots, maxLength: robots }),
      score: fc.tuple(fc.nat(20), fc.nat(20)),
      tickCount: fc.constant(tickCount),
      inputs: fc
        .int8Array({ minLength: tickCount * robots * 2, maxLength: tickCount * robots * 2 })
        .map((values) => new Int8Array(values)),
      keyStates: fc
        .array(fc.uint32Array({ minLength: words, maxLength: words }), {
          minLength: Math.ceil(tickCount / 60) + 1,
          maxLength: Math.ceil(tickCount / 60) + 1,
        })
        .map((states) =>
          states.map((state, k) => ({
            tick: Math.min(60 * k, tickCount),
            world: new Uint8Array(new Uint32Array(state).buffer),
          })),
        ),
    }),
  );

test('an episode comes back as it was', () => {
  fc.assert(
    fc.property(anyEpisode, (episode) => {
      expect(decodeEpisode(encodeEpisode(episode))).toEqual({ ok: true, episode });
    }),
  );
});

test('bytes that were cut off anywhere are no episode, and nothing throws', () => {
  fc.assert(
    fc.property(anyEpisode, fc.double({ min: 0, max: 1, maxExcluded: true }), (episode, part) => {
      const bytes = encodeEpisode(episode);
      const decoded = decodeEpisode(bytes.subarray(0, Math.floor(part * bytes.length)));
      expect(decoded.ok).toBe(false);
    }),
  );
});

test('a byte that was changed anywhere is noticed', () => {
  fc.assert(
    fc.property(anyEpisode, fc.nat(), fc.integer({ min: 1, max: 255 }), (episode, at, flip) => {
      const bytes = encodeEpisode(episode);
      bytes[at % bytes.length]! ^= flip;
      expect(decodeEpisode(bytes).ok).toBe(false);
    }),
  );
});

test('any bytes at all are answered, also behind the right beginning', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.boolean(), (bytes, begins) => {
      const magic = begins ? [0x44, 0x50, 0x45, 0x50, 2] : [];
      expect(decodeEpisode(Uint8Array.from([...magic, ...bytes])).ok).toBe(false);
    }),
  );
});

const example: Episode = {
  environment: 'soccer-1v1',
  version: 'abc',
  seed: 7,
  rules: MATCH_RULES,
  startedAt: 0,
  controllers: ['human', 'scripted'],
  score: [0, 0],
  tickCount: 0,
  inputs: new Int8Array(0),
  keyStates: [{ tick: 0, world: new Uint8Array(8) }],
};

function reason(bytes: Uint8Array): string {
  const decoded = decodeEpisode(bytes);
  return decoded.ok ? 'none' : decoded.reason;
}

test('each kind of bad file has its reason', () => {
  const bytes = encodeEpisode(example);
  const newer = bytes.slice();
  newer[4] = 3;
  const changed = bytes.slice();
  changed[20]! ^= 1;
  expect(reason(new Uint8Array(0))).toBe('no-episode');
  expect(reason(new TextEncoder().encode('PNG, honestly'))).toBe('no-episode');
  expect(reason(newer)).toBe('newer-format');
  expect(reason(bytes.subarray(0, bytes.length / 2))).toBe('truncated');
  expect(reason(changed)).toBe('corrupt');
});

/** A file whose header promises what it likes; its check sum is right. */
function fileOf(changes: Record<string, unknown>, codedBytes: number): Uint8Array {
  const { inputs: _inputs, keyStates: _keyStates, ...rest } = example;
  const header = { ...rest, keyStateCount: 1, stateBytes: 8, ...changes };
  const json = new TextEncoder().encode(JSON.stringify(header));
  const writer = new ByteWriter();
  writer.bytes(Uint8Array.of(0x44, 0x50, 0x45, 0x50, 2));
  writer.varint(json.length);
  writer.bytes(json);
  writer.bytes(new Uint8Array(codedBytes));
  writer.u32(crc32(writer.written));
  return writer.written.slice();
}

test.each([
  ['more key states than seconds', { tickCount: 6000, keyStateCount: 6000 }],
  ['key states beyond 64 MiB', { tickCount: 600_000, keyStateCount: 9000, stateBytes: 65536 }],
  ['inputs beyond 16 MiB', { tickCount: 5_000_000 }],
  ['more inputs than its bytes can tell', { tickCount: 100_000 }],
  [
    'more states than its bytes can tell',
    { tickCount: 6000, keyStateCount: 100, stateBytes: 65536 },
  ],
])('a file that promises %s is refused before memory is taken', (_, changes) => {
  const before = process.memoryUsage().arrayBuffers;
  expect(decodeEpisode(fileOf(changes, 900))).toEqual({ ok: false, reason: 'corrupt' });
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(100_000);
});

test('an hour in which nothing happens is within what bytes can tell', () => {
  const tickCount = 60 * 60 * 60;
  const keyStates = Array.from({ length: 3601 }, (_, k) => ({
    tick: 60 * k,
    world: new Uint8Array(400),
  }));
  const episode = { ...example, tickCount, inputs: new Int8Array(4 * tickCount), keyStates };
  expect(decodeEpisode(encodeEpisode(episode)).ok).toBe(true);
});

test('inputs that are held and states that change little take few bytes', () => {
  const tickCount = 3 * 60 * 60;
  const inputs = Int8Array.from({ length: tickCount * 4 }, (_, i) =>
    i % 4 < 2 ? 0 : (i >> 4) % 100,
  );
  const keyStates = Array.from({ length: 181 }, (_, k) => ({
    tick: 60 * k,
    world: new Uint8Array(Float32Array.from({ length: 38 }, (_, i) => (i < 20 ? k + i : 0)).buffer),
  }));
  const bytes = encodeEpisode({ ...example, tickCount, inputs, keyStates });
  expect(bytes.length).toBeLessThan(32_000);
});

/** Files of former builds, as they were written; never to be written anew. */
const fixture = (name: string) =>
  new Uint8Array(readFileSync(new URL(`fixtures/${name}`, import.meta.url)));

test('a file of format 1 is refused as old, not as damaged', () => {
  expect(decodeEpisode(fixture('format-1.episode'))).toEqual({ ok: false, reason: 'older-format' });
});

test('a file of format 2 is read, for ever', () => {
  const decoded = decodeEpisode(fixture('format-2.episode'));
  if (!decoded.ok) throw new Error(decoded.reason);
  const { inputs, keyStates, ...rest } = decoded.episode;
  expect(rest).toEqual({
    environment: 'soccer-1v1',
    version: '1fd1e5383d297da8ae0fab3b53d4f18f1f96b22f0a5a7362de77d9ddd0444a9c',
    seed: 2026,
    rules: { ...MATCH_RULES, kickOffTicks: 10, ticksMax: 0 },
    startedAt: 1_795_250_000_000,
    controllers: ['human', 'scripted'],
    score: [0, 0],
    tickCount: 150,
  });
  expect([...inputs.subarray(0, 8)]).toEqual([100, 60, 127, 127, 99, 61, 127, 127]);
  expect(keyStates.map(({ tick }) => tick)).toEqual([0, 60, 120, 150]);
  expect(crc32(new Uint8Array(inputs.buffer))).toBe(276542916);
  expect(keyStates.map(({ world }) => crc32(world))).toEqual([
    3372637911, 3187100892, 2293710075, 2303088552,
  ]);
});
