import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import { expect, test } from 'vitest';
import { encodeEvents, eventFileName } from './events.ts';

/** Bit by bit, to check the table. */
function crc32c(bytes: Uint8Array): number {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (-(crc & 1) & 0x82f63b78);
  }
  return ~crc >>> 0;
}

function unmasked(masked: number): number {
  const rotated = (masked - 0xa282ead8) >>> 0;
  return ((rotated >>> 17) | (rotated << 15)) >>> 0;
}

/** The messages of all frames; every check sum is checked. */
function framesOf(bytes: Uint8Array): Uint8Array[] {
  const view = new DataView(bytes.buffer);
  const frames = [];
  for (let at = 0; at < bytes.length;) {
    const size = Number(view.getBigUint64(at, true));
    const message = bytes.subarray(at + 12, at + 12 + size);
    expect(unmasked(view.getUint32(at + 8, true))).toBe(crc32c(bytes.subarray(at, at + 8)));
    expect(unmasked(view.getUint32(at + 12 + size, true))).toBe(crc32c(message));
    frames.push(message);
    at += 12 + size + 4;
  }
  return frames;
}

type Fields = Record<number, (bigint | number | Uint8Array)[]>;

/** A message's fields by number, without its schema. */
function fieldsOf(message: Uint8Array): Fields {
  const reader = new BinaryReader(message);
  const fields: Fields = {};
  while (reader.pos < reader.len) {
    const [number, wire] = reader.tag();
    const value =
      wire === WireType.Varint
        ? BigInt(reader.int64())
        : wire === WireType.Bit64
          ? reader.double()
          : wire === WireType.Bit32
            ? reader.float()
            : reader.bytes();
    (fields[number] ??= []).push(value);
  }
  return fields;
}

const inside = (fields: Fields, number: number, i = 0) =>
  fieldsOf(fields[number]![i] as Uint8Array);
const text = (value: unknown) => new TextDecoder().decode(value as Uint8Array);

test('the check value of CRC-32C', () => {
  expect(crc32c(new TextEncoder().encode('123456789'))).toBe(0xe3069283);
});

test('an event file has its version, then the curves, framed with check sums', async () => {
  const bytes = await encodeEvents({
    startedAtSeconds: 1700000000.25,
    points: [
      { step: 0, wallSeconds: 1700000001, texts: { 'run/options': '| rate | 0.1 |' } },
      { step: 3, wallSeconds: 1700000002 },
      { step: 5e9, wallSeconds: 1700000003.5, scalars: { 'train/return': 1.5, loss: Number.NaN } },
    ],
  });
  const [version, texts, scalars, ...others] = framesOf(bytes).map(fieldsOf);
  expect(others).toEqual([]);
  expect(version![1]).toEqual([1700000000.25]);
  expect(text(version![3]![0])).toBe('brain.Event:2');

  const noted = inside(inside(texts!, 5), 1);
  expect(text(noted[1]![0])).toBe('run/options');
  expect(inside(noted, 8)[1]).toEqual([7n]);
  expect(text(inside(noted, 8)[8]![0])).toBe('| rate | 0.1 |');
  expect(text(inside(inside(noted, 9), 1)[1]![0])).toBe('text');

  expect(scalars![1]).toEqual([1700000003.5]);
  expect(scalars![2]).toEqual([5_000_000_000n]);
  const summary = inside(scalars!, 5);
  const values = summary[1]!.map((_, i) => inside(summary, 1, i));
  expect(values.map((value) => [text(value[1]![0]), value[2]![0]])).toEqual([
    ['train/return', 1.5],
    ['loss', Number.NaN],
  ]);
});

test('file names are those that TensorBoard looks for', () => {
  expect(eventFileName(1700000000.9, 'PPO on CartPole-v1!')).toBe(
    'events.out.tfevents.1700000000.PPO-on-CartPole-v1-',
  );
});
