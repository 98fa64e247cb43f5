/**
 * Several files as one: a ZIP archive without compression (episodes hardly shrink).
 * APPNOTE.TXT 6.3.10, sections 4.3.7 (local header), 4.3.12 (central directory), 4.3.16 (its end).
 */

const LOCAL = 0x04034b50;
const CENTRAL = 0x02014b50;
const END = 0x06054b50;
const VERSION = 20;
const UTF8_NAMES = 0x0800;
const DOS_1980_JANUARY_1 = 0x21;
/** ZIP's own limits without its 64-bit extension. */
const FILES_MAX = 0xffff;
const BYTES_MAX = 0xffffffff;

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  return crc;
});

/** A file of an archive, as it grows. What it holds is in blobs, which browsers may keep on disk. */
export class ZipEntry {
  readonly name: string;
  readonly parts: Blob[] = [];
  byteCount = 0;
  #crc = 0xffffffff;

  constructor(name: string, bytes = new Uint8Array()) {
    this.name = name;
    this.append(bytes);
  }

  append(bytes: Uint8Array<ArrayBuffer>): void {
    let crc = this.#crc;
    for (const byte of bytes) crc = TABLE[(crc ^ byte) & 0xff]! ^ (crc >>> 8);
    this.#crc = crc;
    this.byteCount += bytes.length;
    this.parts.push(new Blob([bytes]));
  }

  /** CRC-32 of all of it. */
  get crc(): number {
    return (this.#crc ^ 0xffffffff) >>> 0;
  }
}

type Fields = readonly (readonly [size: 2 | 4, value: number])[];

function record(fields: Fields, name: Uint8Array): Uint8Array<ArrayBuffer> {
  const size = fields.reduce((sum, [bytes]) => sum + bytes, 0);
  const out = new Uint8Array(size + name.length);
  const view = new DataView(out.buffer);
  let at = 0;
  for (const [bytes, value] of fields) {
    if (bytes === 2) view.setUint16(at, value, true);
    else view.setUint32(at, value, true);
    at += bytes;
  }
  out.set(name, at);
  return out;
}

/** Throws a RangeError where a ZIP cannot hold so much. */
export function zipOf(entries: readonly ZipEntry[]): Blob {
  if (entries.length > FILES_MAX) throw new RangeError(`A ZIP holds ${FILES_MAX} files at most.`);
  const locals: BlobPart[] = [];
  const centrals: Uint8Array<ArrayBuffer>[] = [];
  let offset = 0;
  let centralBytes = 0;
  for (const { name, parts, byteCount, crc } of entries) {
    const nameBytes = new TextEncoder().encode(name);
    const both: Fields = [
      [2, VERSION],
      [2, UTF8_NAMES],
      [2, 0], // stored
      [2, 0],
      [2, DOS_1980_JANUARY_1],
      [4, crc],
      [4, byteCount],
      [4, byteCount],
      [2, nameBytes.length],
      [2, 0],
    ];
    const local = record([[4, LOCAL], ...both], nameBytes);
    const rest: Fields = [
      [2, 0],
      [2, 0],
      [2, 0],
      [4, 0],
      [4, offset],
    ];
    const central = record([[4, CENTRAL], [2, VERSION], ...both, ...rest], nameBytes);
    locals.push(local, ...parts);
    centrals.push(central);
    offset += local.length + byteCount;
    centralBytes += central.length;
    if (offset + centralBytes > BYTES_MAX) throw new RangeError('A ZIP holds 4 GiB at most.');
  }
  const end: Fields = [
    [4, END],
    [2, 0],
    [2, 0],
    [2, entries.length],
    [2, entries.length],
    [4, centralBytes],
    [4, offset],
    [2, 0],
  ];
  return new Blob([...locals, ...centrals, record(end, new Uint8Array())], {
    type: 'application/zip',
  });
}
