/**
 * Numbers in a Parquet file that its reader would believe: how long a list is, how large a page becomes,
 * how often a value is repeated. hyparquet 1.31 makes arrays of that size before it looks further, so
 * each is compared with what there is first. Throws Error; the caller says of which file.
 */
import { type ColumnMetaData, type PageHeader, snappyUncompress } from 'hyparquet';
import { parquetHeader } from 'hyparquet/src/column.js';
import { readVarInt } from 'hyparquet/src/thrift.js';

/** Of one column in one row group: lerobot begins a new file at 100 MB. */
export const VALUES_MAX = 2 ** 27;
const VARINT_BYTES_MAX = 10; // of 64 bits, seven in each
/** A copy is 3 bytes and gives 64 at most (Snappy's format_description.txt, section 2.2.2). */
const SNAPPY_RATIO_MAX = 22;
/** Writers fill up to 63 groups of 8. */
const PADDING_MAX = 63 * 8;
const ENCODINGS = new Set(['PLAIN', 'RLE', 'PLAIN_DICTIONARY', 'RLE_DICTIONARY']);
const REWRITE = "write it with pyarrow's defaults";

type Reader = { view: DataView; offset: number };

/** Levels of a column: the largest that its schema allows. */
export type Levels = { readonly repetition: number; readonly definition: number };

/** The end of a struct in Thrift's compact protocol, whose lists hold no more than there are bytes. */
export function endOfStruct(view: DataView, from: number): number {
  let at = from;
  for (;;) {
    const byte = view.getUint8(at++);
    if ((byte & 15) === 0) return at;
    if (byte >> 4 === 0) at = endOfVarint(view, at); // a field's number that is not the next
    at = endOfValue(view, byte & 15, at);
  }
}

function endOfValue(view: DataView, type: number, at: number): number {
  switch (type) {
    case 1:
    case 2:
      return at; // true and false
    case 3:
      return at + 1;
    case 4:
    case 5:
    case 6:
      return endOfVarint(view, at);
    case 7:
      return at + 8;
    case 8:
      return endOfVarint(view, at) + lengthAt(view, at);
    case 9:
      return endOfList(view, at);
    case 12:
      return endOfStruct(view, at);
    default:
      throw new Error(`its description has a value of type ${type}`);
  }
}

function endOfList(view: DataView, from: number): number {
  const byte = view.getUint8(from);
  const isLong = byte >> 4 === 15;
  const count = isLong ? lengthAt(view, from + 1) : byte >> 4;
  let at = isLong ? endOfVarint(view, from + 1) : from + 1;
  if (count > view.byteLength - at) throw new Error(`its description has a list of ${count} items`);
  const type = (byte & 15) <= 2 ? 3 : byte & 15; // truth in a list takes a byte
  for (let i = 0; i < count; i++) at = endOfValue(view, type, at);
  return at;
}

function endOfVarint(view: DataView, at: number): number {
  for (let i = 0; i < VARINT_BYTES_MAX; i++) if (view.getUint8(at + i) < 128) return at + i + 1;
  throw new Error(`its description has a number of more than ${VARINT_BYTES_MAX} bytes`);
}

/** As hyparquet reads it, in 32 bits. */
function lengthAt(view: DataView, offset: number): number {
  const length = readVarInt({ view, offset });
  if (length < 0 || length > view.byteLength)
    throw new Error(`its description has ${length} bytes`);
  return length;
}

/** Throws where the pages of a column, in `bytes`, are not what the file says of them. */
export function checkPages(bytes: ArrayBuffer, column: ColumnMetaData, levels: Levels): void {
  const reader: Reader = { view: new DataView(bytes), offset: 0 };
  let values = 0;
  while (reader.offset < bytes.byteLength - 1) {
    endOfStruct(reader.view, reader.offset);
    const header = parquetHeader(reader);
    const stored = header.compressed_page_size;
    const left = bytes.byteLength - reader.offset;
    if (!(stored >= 0 && stored <= left)) throw new Error(`a page of ${stored} bytes has ${left}`);
    const packed = new Uint8Array(bytes, reader.offset, stored);
    values += valuesIn(packed, {
      header,
      column,
      levels,
      left: Number(column.num_values) - values,
    });
    reader.offset += stored;
  }
  if (values === Number(column.num_values)) return;
  throw new Error(`its pages have ${values} of ${column.num_values} values`);
}

type OfPage = { header: PageHeader; column: ColumnMetaData; levels: Levels; left: number };

/** How many; none in a dictionary. */
function valuesIn(packed: Uint8Array, { header, column, levels, left }: OfPage): number {
  const size = header.uncompressed_page_size;
  if (header.type === 'DICTIONARY_PAGE') {
    unpacked(packed, size, column.codec);
    const count = header.dictionary_page_header?.num_values ?? -1;
    if (count >= 0 && count <= size) return 0;
    throw new Error(`a dictionary of ${size} bytes has ${count} values`);
  }
  const second = header.data_page_header_v2;
  const description = header.data_page_header ?? second;
  if (!description) throw new Error(`a page is of type ${header.type}`);
  const { num_values: count, encoding } = description;
  if (!ENCODINGS.has(encoding)) throw new Error(`${encoding} is not read; ${REWRITE}`);
  if (!(count >= 0 && count <= left)) throw new Error(`a page has ${count} of ${left} values`);
  if (!second) {
    const page = unpacked(packed, size, column.codec);
    const from = endOfLevels(page, { count, levels });
    checkIndices(page.subarray(from), { count, encoding, column });
    return count;
  }
  const { repetition_levels_byte_length: repetitions, definition_levels_byte_length: definitions } =
    second;
  const inFront = repetitions + definitions;
  const fits = repetitions >= 0 && definitions >= 0 && inFront <= Math.min(packed.length, size);
  if (!fits || !(second.num_nulls >= 0 && second.num_nulls <= count)) {
    throw new Error(`a page of ${size} bytes has levels of ${repetitions} and ${definitions}`);
  }
  const parts = [
    [levels.repetition, 0, repetitions],
    [levels.definition, repetitions, inFront],
  ] as const;
  for (const [most, from, end] of parts) {
    if (most > 0) checkRuns(readerOf(packed, from), { end, width: bitsOf(most), count });
  }
  const behind = packed.subarray(inFront);
  const isPacked = second.is_compressed !== false;
  const page = isPacked ? unpacked(behind, size - inFront, column.codec) : behind;
  checkIndices(page, { count, encoding, column });
  return count;
}

function unpacked(packed: Uint8Array, size: number, codec: string): Uint8Array {
  if (codec === 'UNCOMPRESSED') return packed;
  if (codec !== 'SNAPPY') throw new Error(`it is packed with ${codec}; ${REWRITE}`);
  if (!(size >= 0 && size <= packed.length * SNAPPY_RATIO_MAX)) {
    throw new Error(`${packed.length} bytes cannot unpack to ${size}`);
  }
  const page = new Uint8Array(size);
  snappyUncompress(packed, page);
  return page;
}

/** Where the values of a page of the first version begin. */
function endOfLevels(page: Uint8Array, o: { count: number; levels: Levels }): number {
  let at = 0;
  for (const most of [o.levels.repetition, o.levels.definition]) {
    if (most > 0) at = endOfPart(page, { at, width: bitsOf(most), count: o.count });
  }
  return at;
}

/** Of runs behind their u32 number of bytes. */
function endOfPart(page: Uint8Array, o: { at: number; width: number; count: number }): number {
  const reader = readerOf(page, o.at + 4);
  const end = reader.offset + reader.view.getUint32(o.at, true);
  if (end > page.length) throw new Error(`runs end at byte ${end} of ${page.length}`);
  checkRuns(reader, { end, width: o.width, count: o.count });
  return end;
}

type Values = { count: number; encoding: string; column: ColumnMetaData };

function checkIndices(page: Uint8Array, { count, encoding, column }: Values): void {
  if (encoding === 'PLAIN' || page.length === 0) return; // nothing but nulls, else
  if (column.type === 'BOOLEAN') {
    endOfPart(page, { at: 0, width: 1, count });
    return;
  }
  const width = page[0]!;
  if (width > 32) throw new Error(`its dictionary is numbered with ${width} bits`);
  checkRuns(readerOf(page, 1), { end: page.length, width, count });
}

/** Encodings.md, RLE: no run may be longer than the values that are left. */
function checkRuns(reader: Reader, o: { end: number; width: number; count: number }): void {
  let seen = 0;
  while (seen < o.count && reader.offset < o.end) {
    const header = readVarInt(reader);
    const isPacked = (header & 1) === 1;
    const count = (header >>> 1) * (isPacked ? 8 : 1);
    const left = o.count - seen + (isPacked ? PADDING_MAX : 0);
    if (count > left) throw new Error(`a run of ${count} values has ${left} left`);
    reader.offset += isPacked ? (count / 8) * o.width : Math.ceil(o.width / 8);
    seen += count;
  }
}

const readerOf = (bytes: Uint8Array, offset: number): Reader => {
  return { view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), offset };
};
const bitsOf = (most: number) => 32 - Math.clz32(most);
