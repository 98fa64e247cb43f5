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
  const bytes = encodeSafetensors(file);
  expect(decodeSafetensors(bytes)).toEqual({ ok: true, file });
  expect(decodeSafetensors(Buffer.from(bytes))).toEqual({ ok: true, file }); // as files are read
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

/** A file with this header, as it stands, and so many bytes of data. */
function fileOf(header: string, data: Uint8Array): Uint8Array<ArrayBuffer> {
  const text = new TextEncoder().encode(header);
  const bytes = new Uint8Array(8 + text.length + data.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  bytes.set(data, 8 + text.length);
  return bytes;
}

const one = (dtype: string, shape: string, from: number, to: number) =>
  `{"dtype":"${dtype}","shape":${shape},"data_offsets":[${from},${to}]}`;
const bytesOf = (values: ArrayBufferView) => new Uint8Array(values.buffer);

test.each<[string, string, Uint8Array, number[]]>([
  [
    'F16',
    '[5]',
    bytesOf(Uint16Array.of(0x3c00, 0xc100, 0x0001, 0x7c00, 0x8000)),
    [1, -2.5, 2 ** -24, Infinity, -0],
  ],
  ['BF16', '[2]', bytesOf(Uint16Array.of(0x3f80, 0xc020)), [1, -2.5]],
  ['I64', '[1,2]', bytesOf(BigInt64Array.of(7n, 4_000_000_000n)), [7, 4_000_000_000]],
  ['I32', '[1]', bytesOf(Int32Array.of(3)), [3]],
  ['U8', '[3]', Uint8Array.of(0, 128, 255), [0, 128, 255]],
  ['BOOL', '[2]', Uint8Array.of(0, 1), [0, 1]],
  ['F32', '[0,4]', new Uint8Array(), []],
])('%s is read as what holds its values', (dtype, shape, data, values) => {
  const decoded = decodeSafetensors(fileOf(`{"w":${one(dtype, shape, 0, data.length)}}`, data));
  if (!decoded.ok) throw new Error(decoded.message);
  expect(Array.from(decoded.file.tensors['w']!.data)).toEqual(values);
  expect(decoded.file.tensors['w']!.shape).toEqual(JSON.parse(shape));
});

test.each([
  ['a hole', `{"a":${one('F32', '[1]', 4, 8)}}`, /Byte 0 of the data is of no tensor or of two/],
  ['an overlap', `{"a":${one('F32', '[1]', 0, 4)},"b":${one('F32', '[1]', 0, 4)}}`, /Byte 0/],
  ['bytes behind', `{"a":${one('F32', '[1]', 0, 4)}}`, /Byte 4/],
  [
    'metadata that is no text',
    `{"__metadata__":{"a":1},"a":${one('F32', '[2]', 0, 8)}}`,
    /no text/,
  ],
  ['a negative whole number', `{"a":${one('I64', '[1]', 0, 8)}}`, /no u32/],
  ['another type', `{"a":${one('F8_E4M3', '[8]', 0, 8)}}`, /type F8_E4M3; read are F32, /],
  ['a blank before the header', ` {"a":${one('F32', '[2]', 0, 8)}}`, /no JSON object/],
])('%s is refused', (_, header, message) => {
  const decoded = decodeSafetensors(fileOf(header, new Uint8Array(8).fill(0xff)));
  expect(decoded).toMatchObject({ ok: false, message: expect.stringMatching(message) as string });
});

test('any name is a name, but the one of the metadata', () => {
  const scale = { shape: [], data: Float32Array.of(0.5) };
  const tensors = Object.fromEntries([['__proto__', scale]]);
  expect(decodeSafetensors(encodeSafetensors({ tensors, metadata: {} }))).toEqual({
    ok: true,
    file: { tensors, metadata: {} },
  });
  const taken = { tensors: { __metadata__: scale }, metadata: {} };
  expect(() => encodeSafetensors(taken)).toThrow(/can be named '__metadata__'/);
});
