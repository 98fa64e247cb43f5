/** Pages by hand: what they claim and do not have is refused before anything is made of that size. */
import type { ColumnMetaData } from 'hyparquet';
import { expect, test } from 'vitest';
import { checkPages } from './parquet-pages.ts';

type Page = {
  readonly type: 0 | 2; // of data, of a dictionary
  readonly size: number; // unpacked
  readonly stored: number;
  readonly count: number; // of values
  readonly encoding: number;
  readonly bytes: readonly number[];
};

const [PLAIN, RLE_DICTIONARY, DELTA_BINARY_PACKED] = [0, 8, 5];
const RUN_OF_MOST = [0xfe, 255, 255, 255, 15, 1]; // varint of 2^32 - 2: 2^31 - 1 times the 1

function varint(value: number): number[] {
  const bytes: number[] = [];
  for (; value > 127; value = Math.floor(value / 128)) bytes.push((value % 128) + 128);
  return [...bytes, value];
}
/** A field of 32 bits, zigzag, one number on from the field before. */
const i32 = (value: number) => [0x15, ...varint(value < 0 ? -2 * value - 1 : 2 * value)];

/** parquet.thrift, PageHeader. */
function bytesOf({ type, size, stored, count, encoding, bytes }: Page): ArrayBuffer {
  const inner = [...i32(count), ...i32(encoding), ...i32(3), ...i32(3), 0];
  const description = [type === 0 ? 0x2c : 0x4c, ...inner, 0]; // field 5, field 7
  return Uint8Array.from([...i32(type), ...i32(size), ...i32(stored), ...description, ...bytes])
    .buffer;
}

const levels = { repetition: 0, definition: 0 };
const column = (change: Partial<ColumnMetaData>): ColumnMetaData => ({
  type: 'INT32',
  codec: 'UNCOMPRESSED',
  encodings: [],
  path_in_schema: ['action'],
  num_values: 2n,
  total_compressed_size: 0n,
  total_uncompressed_size: 0n,
  data_page_offset: 4n,
  ...change,
});
const page = (change: Partial<Page>): Page => {
  const bytes = change.bytes ?? [1, 0, 0, 0, 2, 0, 0, 0];
  const [size, stored] = [bytes.length, bytes.length];
  return { type: 0, size, stored, count: 2, encoding: PLAIN, bytes, ...change };
};

test('what is sound passes', () => {
  expect(() => checkPages(bytesOf(page({})), column({}), levels)).not.toThrow();
  const indices = page({ encoding: RLE_DICTIONARY, bytes: [1, 4, 1] }); // 1 bit, 2 times the 1
  expect(() => checkPages(bytesOf(indices), column({}), levels)).not.toThrow();
});

const indices = { encoding: RLE_DICTIONARY, bytes: [1, ...RUN_OF_MOST] };
const optional = { bytes: [6, 0, 0, 0, ...RUN_OF_MOST] };
test.each<[string, Partial<Page>, Partial<ColumnMetaData>, RegExp]>([
  ['a run of 2^31 - 1 indices', indices, {}, /a run of 2147483647 values has 2 left/],
  ['a run of 2^31 - 1 levels', optional, {}, /a run of 2147483647 values has 2 left/],
  ['levels behind the page', { bytes: [200, 0, 0, 0, 1] }, {}, /runs end at byte 204 of 5/],
  ['2^30 values', { count: 2 ** 30 }, {}, /a page has 1073741824 of 2 values/],
  ['-1 values', { count: -1 }, {}, /a page has -1 of 2 values/],
  ['values less', { count: 1, bytes: [2, 0, 0, 0, 2, 1, 7] }, {}, /pages have 1 of 2 values/],
  ['2^30 bytes', { stored: 2 ** 30 }, {}, /a page of 1073741824 bytes has 8/],
  ['-1 bytes', { stored: -1 }, {}, /a page of -1 bytes has 8/],
  ['1 GB unpacked', { size: 2 ** 30 }, { codec: 'SNAPPY' }, /8 bytes cannot unpack to 1073741824/],
  ['-1 unpacked', { size: -1 }, { codec: 'SNAPPY' }, /8 bytes cannot unpack to -1/],
  ['a dictionary of 2^30', { type: 2, count: 2 ** 30 }, {}, /dictionary of 8 bytes has 1073741824/],
  ['an index of 99 bits', { encoding: RLE_DICTIONARY, bytes: [99, 1] }, {}, /with 99 bits/],
  ['another codec', {}, { codec: 'ZSTD' }, /packed with ZSTD; write it with pyarrow's defaults/],
  [
    'another encoding',
    { encoding: DELTA_BINARY_PACKED },
    {},
    /DELTA_BINARY_PACKED is not read; wr/,
  ],
])('%s: refused', (name, change, of, message) => {
  const isOptional = /levels|less/.test(name);
  const bytes = bytesOf(page(change));
  expect(() =>
    checkPages(bytes, column(of), { ...levels, definition: isOptional ? 1 : 0 }),
  ).toThrow(message);
});
