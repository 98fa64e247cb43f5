import { assert, nat, property, uint8Array } from 'fast-check';
import { expect, test } from 'vitest';
import { decodeSafetensors, encodeSafetensors } from './safetensors.ts';

const file = {
  tensors: {
    'layer.weight': { shape: [2, 3], data: Float32Array.of(1, -2.5, 3, 4, 5, 6) },
    scale: { shape: [], data: Float32Array.of(0.1) },
    classes: { shape: [2], data: Uint32Array.of(7, 4_000_000_000) },
  },
  metadata: { made: 'here' },
};

test('tensors survive their bytes', () => {
  expect(decodeSafetensors(encodeSafetensors(file))).toEqual({ ok: true, file });
});

test('the bytes are those that the format describes', () => {
  const bytes = encodeSafetensors({ tensors: { a: file.tensors.scale }, metadata: {} });
  const headerBytes = Number(new DataView(bytes.buffer).getBigUint64(0, true));
  expect(headerBytes % 8).toBe(0);
  const header = new TextDecoder().decode(bytes.subarray(8, 8 + headerBytes));
  expect(JSON.parse(header)).toEqual({
    __metadata__: {},
    a: { dtype: 'F32', shape: [], data_offsets: [0, 4] },
  });
  expect(bytes.length).toBe(8 + headerBytes + 4);
});

test('a file without metadata is read', () => {
  const header = '{"w":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]}}';
  const padded = header.padEnd(64, ' ');
  const bytes = new Uint8Array(8 + 64 + 8);
  new DataView(bytes.buffer).setBigUint64(0, 64n, true);
  bytes.set(new TextEncoder().encode(padded), 8);
  new Float32Array(bytes.buffer, 72, 2).set([1, 2]);
  const tensors = { w: { shape: [1, 2], data: Float32Array.of(1, 2) } };
  expect(decodeSafetensors(bytes)).toEqual({ ok: true, file: { tensors, metadata: {} } });
});

test('what does not fit is said, and nothing throws', () => {
  const bytes = encodeSafetensors(file);
  expect(decodeSafetensors(new Uint8Array(3))).toMatchObject({ reason: 'not-this-kind' });
  expect(decodeSafetensors(bytes.subarray(0, 30))).toMatchObject({ reason: 'truncated' });
  expect(decodeSafetensors(bytes.subarray(0, -4))).toMatchObject({
    reason: 'corrupt',
    message: expect.stringContaining('ends at') as string,
  });
  assert(
    property(
      uint8Array({ maxLength: 200 }),
      (junk) => typeof decodeSafetensors(junk).ok === 'boolean',
    ),
  );
  assert(
    property(nat(bytes.length - 1), nat(255), (at, byte) => {
      return typeof decodeSafetensors(bytes.with(at, byte)).ok === 'boolean';
    }),
  );
});
