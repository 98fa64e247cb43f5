import { readFileSync } from 'node:fs';
import { assert, nat, property, uint8Array } from 'fast-check';
import { expect, test } from 'vitest';
import { parameterCount } from '../player/player.ts';
import { type Checkpoint, decodeCheckpoint, encodeCheckpoint } from './checkpoint.ts';
import { EVOLUTION_DEFAULTS } from './options.ts';

const network = { inputs: 3, hidden: 4 };
const size = parameterCount(network);
const filled = (length: number, phase: number) =>
  Float32Array.from({ length }, (_, i) => Math.cos(i + phase));
const checkpoint: Checkpoint = {
  environment: 'soccer-1v1',
  version: 'ab12',
  seed: 0xfffffff0,
  options: EVOLUTION_DEFAULTS,
  shaping: { ballX: 1 },
  rules: { ticksMax: 100 },
  network,
  generation: 12,
  steps: 123_456,
  startedFrom: null,
  decayPowers: [0.9 ** 12, 0.99 ** 12],
  games: [{ won: 1, drawn: 2, lost: 3 }],
  parameters: filled(size, 0),
  moments: filled(2 * size, 1),
  pool: [
    { generation: 0, weights: filled(size, 2) },
    { generation: 10, weights: filled(size, 3) },
  ],
};

test('a checkpoint survives its bytes, to the bit', () => {
  expect(decodeCheckpoint(encodeCheckpoint(checkpoint))).toEqual({ ok: true, checkpoint });
});

test('a checkpoint that cannot be trained with is refused with the reason', () => {
  const bytes = encodeCheckpoint({
    ...checkpoint,
    options: { ...EVOLUTION_DEFAULTS, memberCount: 6 },
  });
  expect(decodeCheckpoint(bytes)).toEqual({
    ok: false,
    reason: 'corrupt',
    message: 'This training checkpoint: Evolution option memberCount is 6; want a multiple of 4.',
  });
  const short = encodeCheckpoint({ ...checkpoint, moments: new Float32Array(2) });
  expect(decodeCheckpoint(short)).toMatchObject({ ok: false, reason: 'corrupt' });
});

test('no bytes make the decoder throw, and no flipped byte goes unseen', () => {
  const bytes = encodeCheckpoint(checkpoint);
  assert(property(uint8Array({ maxLength: 300 }), (junk) => !decodeCheckpoint(junk).ok));
  assert(
    property(nat(bytes.length - 1), nat(254), (at, change) => {
      return !decodeCheckpoint(bytes.with(at, bytes[at]! ^ (change + 1))).ok;
    }),
  );
});

test('a file of format 1 is read, for ever', () => {
  const file = new URL('fixtures/format-1.checkpoint', import.meta.url);
  const { options, ...rest } = checkpoint;
  const decoded = decodeCheckpoint(new Uint8Array(readFileSync(file)));
  expect(decoded).toMatchObject({ ok: true, checkpoint: rest });
  if (decoded.ok) expect(Object.keys(decoded.checkpoint.options)).toEqual(Object.keys(options));
});
