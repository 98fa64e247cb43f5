/** Pages by hand: what they claim and do not have is refused before anything is made of that size. */
import type { ColumnMetaData } from 'hyparquet';
import { expect, test } from 'vitest';
import { checkPages } from './parquet-pages.ts';

type Page = {
  readonly type: 0 | 2 | 3; // of data, of a dictionary, of data in the second version
  readonly size: number; // unpacked
  readonly stored: number;
  readonly count: number; // of values
  readonly encoding: number;
  readonly bytes: readonly number[];
  /** Bytes of definition and repetition levels, in the second version. */
  readonly levels: readonly [definition: number, repetition: number];
  readonly isBoth: boolean; // described as one of the second version, of no level, too
};

const [PLAIN, PLAIN_DICTIONARY, RLE, DELTA_BINARY_PACKED, RLE_DICTIONARY] = [0, 2, 3, 5, 8];
const RUN_OF_MOST = [0xfe, 255, 255, 255, 15, 1]; // varint of 2^32 - 2: 2^31 - 1 times the 1

function varint(value: number): number[] {
  const bytes: number[] = [];
  for (; value > 127; value = Math.floor(value / 128)) bytes.push((value % 128) + 128);
  return [...bytes, value];
}
/** A field of 32 bits, zigzag, one number on from the field before. */
const i32 = (value: number) => [0x15, ...varint(value < 0 ? -2 * value - 1 : 2 * value)];

/** parquet.thrift, PageHeader. */
function bytesOf({ type, size, stored, bytes, isBoth, ...page }: Page): ArrayBuffer {
  const head = [...i32(type), ...i32(size), ...i32(stored)];
  const { count, encoding, levels } = page;
  const first = [...i32(count), ...i32(encoding), ...i32(3), ...i32(3), 0];
  const second = [count, 0, count, encoding, ...levels].flatMap(i32);
  if (type === 3) head.push(0x5c, ...second, 0); // field 8
  else head.push(type === 0 ? 0x2c : 0x4c, ...first); // field 5, field 7
  if (isBoth) head.push(0x3c, ...second, 0); // field 8 behind field 5
  return Uint8Array.from([...head, 0, ...bytes]).buffer;
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
  const rest = { levels: [0, 0], isBoth: false } as const;
  return { type: 0, size, stored, count: 2, encoding: PLAIN, bytes, ...rest, ...change };
};

const [SNAPPY, BOOLEAN] = [{ codec: 'SNAPPY' }, { type: 'BOOLEAN' }] as const;
const ONES = [4, 1]; // 2 times the 1
const TWO = [7, 0, 0, 0, 9, 0, 0, 0]; // values in PLAIN
type Case = [string, Partial<Page>, Partial<ColumnMetaData>, definition: 0 | 1];

test.each<Case>([
  ['values', {}, {}, 0],
  ['indices of 1 bit', { encoding: RLE_DICTIONARY, bytes: [1, ...ONES] }, {}, 0],
  ['indices of none', { encoding: RLE_DICTIONARY, bytes: [0, 4] }, {}, 0],
  ['a packed run', { encoding: RLE_DICTIONARY, bytes: [1, 3, 0b10] }, {}, 0],
  ['levels', { bytes: [2, 0, 0, 0, ...ONES, ...TWO] }, {}, 1],
  ['levels and an empty run behind them', { bytes: [3, 0, 0, 0, ...ONES, 0, ...TWO] }, {}, 1],
  ['levels, second', { type: 3, bytes: [...ONES, ...TWO], levels: [2, 0] }, {}, 1],
  ['truth', { encoding: RLE, bytes: [2, 0, 0, 0, ...ONES] }, BOOLEAN, 0],
  ['truth, second', { type: 3, encoding: RLE, bytes: [2, 0, 0, 0, ...ONES] }, BOOLEAN, 0],
  ['8 bytes of Snappy', { bytes: [8, 28, ...TWO], size: 8 }, SNAPPY, 0], // all of them literal
  ['a long literal of Snappy', { bytes: [8, 240, 7, ...TWO], size: 8 }, SNAPPY, 0],
  ['a copy of Snappy', { bytes: [8, 12, 1, 0, 0, 0, 1, 4], size: 8 }, SNAPPY, 0], // 4 from 4 back
])('%s: sound', (_, change, of, definition) => {
  const bytes = bytesOf(page(change));
  expect(() => checkPages(bytes, column(of), { ...levels, definition })).not.toThrow();
});

const TOO_LONG = /a run of 2147483647 values has 2 left/;
const FEWER = /levels of 2 values do not end at byte/;
const manyIndices = { encoding: RLE_DICTIONARY, bytes: [1, ...RUN_OF_MOST] };
const manyLevels = { bytes: [6, 0, 0, 0, ...RUN_OF_MOST] };
const longLevels = { bytes: [0, 0, 0, 0, ...RUN_OF_MOST] };
const truths = { encoding: RLE, bytes: [0, 0, 0, 0, ...RUN_OF_MOST] };
// To one who reads a width and then runs: of no bits, none and then 2.
const asIndices = [0, 0, 4, 5, ...RUN_OF_MOST];
// A packed run of none: hyparquet goes over the 4 behind it, here of 2 times the 254.
const emptyRun = { encoding: RLE_DICTIONARY, bytes: [8, 1, 4, ...RUN_OF_MOST] };
// A literal of 2^32 - 5 bytes: 5 less than it are the byte where it begins.
const endless = { bytes: [10, 252, 250, 255, 255, 255, 1, 2, 3, 4, 5, 6, 7, 8], size: 10 };
const delta = { encoding: DELTA_BINARY_PACKED };
test.each<[...Case, RegExp]>([
  ['a run of 2^31 - 1 indices', manyIndices, {}, 0, TOO_LONG],
  ['a run of 2^31 - 1 levels', manyLevels, {}, 1, TOO_LONG],
  ['a run of levels behind their end', longLevels, {}, 1, FEWER],
  ['the same, second', { type: 3, bytes: RUN_OF_MOST }, {}, 1, FEWER],
  ['levels that end within a run', { bytes: [1, 0, 0, 0, ...ONES, ...TWO] }, {}, 1, FEWER],
  ['levels of no schema', { type: 3, levels: [2, 0] }, {}, 0, /levels that its schema has not/],
  ['levels behind the page', { bytes: [200, 0, 0, 0, 1] }, {}, 1, /levels end at byte 204 of 5/],
  ['a run of truth behind its end', truths, BOOLEAN, 0, TOO_LONG],
  ['the same, second', { type: 3, ...truths }, BOOLEAN, 0, TOO_LONG],
  ['numbers as truth', { type: 3, encoding: RLE, bytes: asIndices }, {}, 0, /RLE of INT32 is not/],
  [
    'truth in a dictionary',
    { type: 3, encoding: PLAIN_DICTIONARY, bytes: [2, 0, 0, 0, ...ONES] },
    BOOLEAN,
    0,
    /PLAIN_DICTIONARY of BOOLEAN is not read; write it with pyarrow's defaults/,
  ],
  ['a run behind an empty one', emptyRun, {}, 0, TOO_LONG],
  ['two descriptions', { ...longLevels, isBoth: true }, {}, 1, FEWER],
  ['2^30 values', { count: 2 ** 30 }, {}, 0, /a page has 1073741824 of 2 values/],
  ['-1 values', { count: -1 }, {}, 0, /a page has -1 of 2 values/],
  ['a value less', { count: 1, bytes: [2, 0, 0, 0, 2, 1, 7] }, {}, 1, /pages have 1 of 2 values/],
  ['2^30 bytes', { stored: 2 ** 30 }, {}, 0, /a page of 1073741824 bytes has 8/],
  ['-1 bytes', { stored: -1 }, {}, 0, /a page of -1 bytes has 8/],
  ['1 GB unpacked', { bytes: [0, 0, 1], size: 2 ** 30 }, SNAPPY, 0, /3 bytes unpack to 1, not 107/],
  ['-1 unpacked', { bytes: [0, 0, 1], size: -1 }, SNAPPY, 0, /3 bytes unpack to 1, not -1/],
  ['a literal that goes back', endless, SNAPPY, 0, /14 bytes are unpacked up to byte 4294967/],
  ['a copy cut short', { bytes: [4, 0, 1, 3], size: 2 }, SNAPPY, 0, /4 bytes are unpacked up to b/],
  [
    'a dictionary of 2^30',
    { type: 2, count: 2 ** 30 },
    {},
    0,
    /dictionary of 8 bytes has 1073741824/,
  ],
  ['an index of 99 bits', { encoding: RLE_DICTIONARY, bytes: [99, 1] }, {}, 0, /with 99 bits/],
  ['another codec', {}, { codec: 'ZSTD' }, 0, /packed with ZSTD; write it with pyarrow's defaults/],
  ['another encoding', delta, {}, 0, /DELTA_BINARY_PACKED of INT32 is not read; write it/],
])('%s: refused', (_, change, of, definition, message) => {
  const bytes = bytesOf(page(change));
  expect(() => checkPages(bytes, column(of), { ...levels, definition })).toThrow(message);
});
