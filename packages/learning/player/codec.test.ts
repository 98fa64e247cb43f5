import { readFileSync } from 'node:fs';
import { assert, property, uint8Array, nat } from 'fast-check';
import { expect, test } from 'vitest';
import { decodePlayer, encodePlayer } from './codec.ts';
import { parameterCount, type Player } from './player.ts';

const network = { inputs: 5, hidden: 4 };
const player: Player = {
  name: 'Ada',
  environment: 'soccer-1v1',
  version: 'ab12',
  ticksPerAction: 4,
  network,
  weights: Float32Array.from({ length: parameterCount(network) }, (_, i) => Math.sin(i)),
  training: {
    algorithm: 'evolution-strategy',
    seed: 3,
    generations: 10,
    steps: 1000,
    winRate: null,
    startedFrom: 'Grace',
  },
};

function reasonOf(bytes: Uint8Array): string {
  const decoded = decodePlayer(bytes);
  return decoded.ok ? 'ok' : decoded.reason;
}

test('a player survives its bytes, weights to the bit', () => {
  expect(decodePlayer(encodePlayer(player))).toEqual({ ok: true, player });
});

test('bytes at an odd place in a larger buffer decode as well', () => {
  const bytes = encodePlayer(player);
  const larger = new Uint8Array(bytes.length + 3);
  larger.set(bytes, 3);
  expect(decodePlayer(larger.subarray(3))).toEqual({ ok: true, player });
});

test('whatever is wrong with the bytes is said', () => {
  const bytes = encodePlayer(player);
  expect(reasonOf(new Uint8Array(0))).toBe('not-this-kind');
  expect(reasonOf(new TextEncoder().encode('{"some":"json file"}'))).toBe('not-this-kind');
  expect(reasonOf(bytes.subarray(0, 40))).toBe('truncated');
  expect(reasonOf(bytes.subarray(0, -4))).toBe('truncated');
  expect(reasonOf(bytes.with(4, 9))).toBe('newer-format');
  expect(reasonOf(bytes.with(bytes.length - 1, 77))).toBe('corrupt');
  expect(reasonOf(encodePlayer({ ...player, weights: new Float32Array(3) }))).toBe('corrupt');
  const notNumbers = new Float32Array(player.weights.length).fill(Number.NaN);
  expect(reasonOf(encodePlayer({ ...player, weights: notNumbers }))).toBe('corrupt');
});

test('no bytes make the decoder throw, and no flipped byte goes unseen', () => {
  const bytes = encodePlayer(player);
  assert(property(uint8Array({ maxLength: 300 }), (junk) => !decodePlayer(junk).ok));
  assert(
    property(nat(bytes.length - 1), nat(254), (at, change) => {
      return !decodePlayer(bytes.with(at, bytes[at]! ^ (change + 1))).ok;
    }),
  );
});

test('a file of format 1 is read, for ever', () => {
  const file = new URL('fixtures/format-1.player', import.meta.url);
  expect(decodePlayer(new Uint8Array(readFileSync(file)))).toEqual({ ok: true, player });
});
