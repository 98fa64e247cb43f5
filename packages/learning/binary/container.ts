/**
 * How a player or a checkpoint lies in bytes, little-endian:
 *
 *   4 magic of the kind | u16 format | u16 0 | u32 header bytes H | u32 CRC-32 of all that follows |
 *   H header, JSON in UTF-8, zeros up to a multiple of 4 | the arrays, f32, one after the other
 *
 * The header's `arrays` lists the arrays' lengths.
 */
const PREFIX_BYTES = 16;
const FORMAT = 1;
const HEADER_BYTES_MAX = 1 << 20;

export type Refusal = {
  readonly ok: false;
  readonly reason: 'not-this-kind' | 'newer-format' | 'truncated' | 'corrupt';
  /** For people: what is wrong, and what to do. */
  readonly message: string;
};

export type Content = {
  readonly header: unknown;
  readonly arrays: readonly Float32Array<ArrayBuffer>[];
};

/** The bytes of a header (plain data) and its arrays. `magic`: four ASCII letters. */
export function encodeContainer(magic: string, content: Content): Uint8Array<ArrayBuffer> {
  const { header, arrays } = content;
  const lengths = arrays.map((array) => array.length);
  const text = new TextEncoder().encode(JSON.stringify({ ...(header as object), arrays: lengths }));
  const arraysAt = PREFIX_BYTES + Math.ceil(text.length / 4) * 4;
  const count = lengths.reduce((sum, length) => sum + length, 0);
  const bytes = new Uint8Array(arraysAt + 4 * count);
  bytes.set(new TextEncoder().encode(magic));
  bytes.set(text, PREFIX_BYTES);
  let at = arraysAt;
  for (const array of arrays) {
    bytes.set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength), at);
    at += array.byteLength;
  }
  const view = new DataView(bytes.buffer);
  view.setUint16(4, FORMAT, true);
  view.setUint32(8, text.length, true);
  view.setUint32(12, crc32(bytes.subarray(PREFIX_BYTES)), true);
  return bytes;
}

/** What lies in the bytes, whatever they are; `what` names the kind in messages: 'player'. */
export function decodeContainer(
  bytes: Uint8Array,
  kind: { magic: string; what: string },
): { readonly ok: true; readonly content: Content } | Refusal {
  const { magic, what } = kind;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const letters = [...bytes.subarray(0, 4)].map((code) => String.fromCharCode(code)).join('');
  if (bytes.length < PREFIX_BYTES || letters !== magic) {
    return refusal('not-this-kind', `These ${bytes.length} bytes are no ${what}.`);
  }
  const format = view.getUint16(4, true);
  if (format > FORMAT) {
    const message = `This ${what} has format ${format}; this version reads up to ${FORMAT}. Update.`;
    return refusal('newer-format', message);
  }
  if (format !== FORMAT || view.getUint16(6, true) !== 0) {
    return refusal('corrupt', `The first bytes of this ${what} are damaged.`);
  }
  const headerBytes = view.getUint32(8, true);
  const headerEnd = PREFIX_BYTES + headerBytes;
  if (headerBytes > HEADER_BYTES_MAX) {
    return refusal('corrupt', `The header of this ${what} claims ${headerBytes} bytes.`);
  }
  if (bytes.length < headerEnd) {
    return refusal('truncated', `This ${what} ends after ${bytes.length} bytes, in its header.`);
  }
  const header = parse(bytes.subarray(PREFIX_BYTES, headerEnd));
  const lengths = header?.['arrays'];
  const arraysAt = Math.ceil(headerEnd / 4) * 4;
  if (!Array.isArray(lengths) || !lengths.every((n) => Number.isSafeInteger(n) && n >= 0)) {
    return refusal('corrupt', `The header of this ${what} is damaged.`);
  }
  const wanted = arraysAt + 4 * lengths.reduce((sum: number, n: number) => sum + n, 0);
  if (bytes.length < wanted) {
    return refusal('truncated', `This ${what} has ${bytes.length} of its ${wanted} bytes.`);
  }
  const sound = crc32(bytes.subarray(PREFIX_BYTES)) === view.getUint32(12, true);
  if (!sound || bytes.length !== wanted) {
    return refusal('corrupt', `This ${what} was altered since it was written (its check sum).`);
  }
  return { ok: true, content: { header, arrays: arraysOf(bytes, lengths, arraysAt) } };
}

export function refusal(reason: Refusal['reason'], message: string): Refusal {
  return { ok: false, reason, message };
}

function parse(bytes: Uint8Array): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    return typeof value === 'object' ? (value as Record<string, unknown> | null) : null;
  } catch {
    return null; // the caller reports it
  }
}

function arraysOf(bytes: Uint8Array, lengths: readonly number[], arraysAt: number) {
  let at = arraysAt;
  return lengths.map((length) => {
    const array = new Float32Array(length);
    new Uint8Array(array.buffer).set(bytes.subarray(at, at + 4 * length));
    at += 4 * length;
    return array;
  });
}

const CRC_OF_BYTE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (-(crc & 1) & 0xedb88320);
  return crc;
});

/** CRC-32 (ISO 3309, as in PNG and gzip). */
export function crc32(bytes: Uint8Array): number {
  let crc = ~0;
  for (const byte of bytes) crc = (crc >>> 8) ^ CRC_OF_BYTE[(crc ^ byte) & 255]!;
  return ~crc >>> 0;
}
