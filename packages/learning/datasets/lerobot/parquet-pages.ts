/**
 * Numbers in a Parquet file that its reader would believe: how long a list is, how large a page becomes,
 * how often a value is repeated. hyparquet 1.31 makes arrays of that size before it looks further, so
 * each is compared with what there is first. Throws Error; the caller says of which file.
 */
import { type ColumnMetaData, type PageHeader, snappyUncompress } from 'hyparquet';
import { parquetHeader } from 'hyparquet/src/column.js';
import { readVarInt } from 'hyparquet/src/thrift.js';

/** Of one column in one row group: V8's arrays of more are 10 times as slow, and fill memory. */
export const VALUES_MAX = 2 ** 25;
const VARINT_BYTES_MAX = 10; // of 64 bits, seven in each
/** Writers fill up to 63 groups of 8. */
const PADDING_MAX = 63 * 8;
/** Those that hyparquet reads alike in pages of both versions. */
const ENCODINGS = new Set(['PLAIN', 'PLAIN_DICTIONARY', 'RLE_DICTIONARY']);
const ENCODINGS_OF_TRUTH = new Set(['PLAIN', 'RLE']);
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

/** How many; none in a dictionary. By the page's type: it may have descriptions of others too. */
function valuesIn(packed: Uint8Array, o: OfPage): number {
  const { header, column, left } = o;
  if (header.type === 'DICTIONARY_PAGE') {
    const size = unpacked(packed, header.uncompressed_page_size, column.codec).length;
    const count = header.dictionary_page_header?.num_values ?? -1;
    if (count >= 0 && count <= size) return 0;
    throw new Error(`a dictionary of ${size} bytes has ${count} values`);
  }
  const second = header.type === 'DATA_PAGE_V2' ? header.data_page_header_v2 : undefined;
  const description = header.type === 'DATA_PAGE' ? header.data_page_header : second;
  if (!description) throw new Error(`a page is of type ${header.type}`);
  const { num_values: count, encoding } = description;
  const encodings = column.type === 'BOOLEAN' ? ENCODINGS_OF_TRUTH : ENCODINGS;
  if (!encodings.has(encoding)) {
    throw new Error(`${encoding} of ${column.type} is not read; ${REWRITE}`);
  }
  if (!(count >= 0 && count <= left)) throw new Error(`a page has ${count} of ${left} values`);
  const page = second ? behindLevels(packed, second, o) : behindLevelsOfFirst(packed, count, o);
  checkValues(page, { count, encoding });
  return count;
}

/** The values of a page of the first version, whose levels are packed with them. */
function behindLevelsOfFirst(
  packed: Uint8Array,
  count: number,
  { header, column, levels }: OfPage,
): Uint8Array {
  const page = unpacked(packed, header.uncompressed_page_size, column.codec);
  let at = 0;
  for (const most of [levels.repetition, levels.definition]) {
    if (most === 0) continue;
    const reader = readerOf(page, at + 4);
    const end = reader.offset + reader.view.getUint32(at, true);
    if (end > page.length) throw new Error(`levels end at byte ${end} of ${page.length}`);
    checkLevels(reader, { end, width: bitsOf(most), count });
    at = end;
  }
  return page.subarray(at);
}

/** The values of a page of the second version. */
function behindLevels(
  packed: Uint8Array,
  second: NonNullable<PageHeader['data_page_header_v2']>,
  { header, column, levels }: OfPage,
): Uint8Array {
  const { num_values: count, num_nulls: nulls } = second;
  const { repetition_levels_byte_length: repetitions, definition_levels_byte_length: definitions } =
    second;
  const size = header.uncompressed_page_size;
  const inFront = repetitions + definitions;
  const fits = repetitions >= 0 && definitions >= 0 && inFront <= Math.min(packed.length, size);
  if (!fits || !(nulls >= 0 && nulls <= count)) {
    throw new Error(`a page of ${size} bytes has levels of ${repetitions} and ${definitions}`);
  }
  const parts = [
    [levels.repetition, 0, repetitions],
    [levels.definition, repetitions, inFront],
  ] as const;
  for (const [most, from, end] of parts) {
    if (most > 0) checkLevels(readerOf(packed, from), { end, width: bitsOf(most), count });
    else if (end > from) throw new Error('a page has levels that its schema has not');
  }
  const behind = packed.subarray(inFront);
  const isPacked = second.is_compressed !== false;
  return isPacked ? unpacked(behind, size - inFront, column.codec) : behind;
}

function unpacked(packed: Uint8Array, size: number, codec: string): Uint8Array {
  if (codec !== 'UNCOMPRESSED' && codec !== 'SNAPPY') {
    throw new Error(`it is packed with ${codec}; ${REWRITE}`);
  }
  const isPacked = codec === 'SNAPPY';
  const there = isPacked ? sizeUnpacked(packed) : packed.length;
  if (there !== size) throw new Error(`${packed.length} bytes unpack to ${there}, not ${size}`);
  if (!isPacked) return packed;
  const page = new Uint8Array(size);
  snappyUncompress(packed, page);
  return page;
}

/**
 * Snappy's format_description.txt, section 2. hyparquet's reader goes back at a literal of more than
 * 2^31 bytes and never ends; here it is one that ends behind the page.
 */
function sizeUnpacked(packed: Uint8Array): number {
  let at = packed.findIndex((byte) => byte < 128) + 1; // behind the size that it claims
  let size = 0;
  while (at < packed.length) {
    const tag = packed[at++]!;
    const [kind, more] = [tag & 3, tag >>> 2];
    const bytes = Math.max(0, more - 59); // of a literal's length, where it is of more than 60
    let length = kind === 1 ? (more & 7) + 4 : more + 1;
    if (kind === 0 && bytes > 0) {
      length = 1;
      for (let i = 0; i < bytes; i++) length += (packed[at + i] ?? 0) * 2 ** (8 * i);
    }
    at += kind === 0 ? bytes + length : [1, 2, 4][kind - 1]!;
    size += length;
  }
  if (at === packed.length) return size;
  throw new Error(`${packed.length} bytes are unpacked up to byte ${at}`);
}

/** Behind the levels, of an encoding that is read. */
function checkValues(page: Uint8Array, o: { count: number; encoding: string }): void {
  if (o.encoding === 'PLAIN' || page.length === 0) return; // nothing but nulls, else
  // hyparquet does not look at the number of bytes, a u32, that truth has in front of its runs.
  const [width, from] = o.encoding === 'RLE' ? [1, 4] : [page[0]!, 1];
  if (width > 32) throw new Error(`its dictionary is numbered with ${width} bits`);
  checkRuns(readerOf(page, from), { end: page.length, width, count: o.count });
}

type Runs = { end: number; width: number; count: number };

/** hyparquet reads on behind their end until it has as many as there are values. */
function checkLevels(reader: Reader, o: Runs): void {
  const seen = checkRuns(reader, o);
  if (seen >= o.count && reader.offset <= o.end) return;
  throw new Error(`levels of ${o.count} values do not end at byte ${o.end}`);
}

/** Encodings.md, RLE: no run may be longer than the values that are left. How many there are. */
function checkRuns(reader: Reader, o: Runs): number {
  let seen = 0;
  while (seen < o.count && reader.offset < o.end) {
    const header = readVarInt(reader);
    const isPacked = (header & 1) === 1;
    const count = (header >>> 1) * (isPacked ? 8 : 1);
    const left = o.count - seen + (isPacked ? PADDING_MAX : 0);
    if (count > left) throw new Error(`a run of ${count} values has ${left} left`);
    // hyparquet takes a byte of a packed run that has none.
    reader.offset += isPacked ? Math.max(1, (count / 8) * o.width) : Math.ceil(o.width / 8);
    seen += count;
  }
  return seen;
}

const readerOf = (bytes: Uint8Array, offset: number): Reader => {
  return { view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), offset };
};
const bitsOf = (most: number) => 32 - Math.clz32(most);
