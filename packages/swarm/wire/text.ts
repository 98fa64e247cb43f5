/** UTF-8 without throwing and without a second encoding of anything. */
import type { Reader, Writer } from './buffer.ts';

const ENCODER = new TextEncoder();
const LONE_SURROGATE = /\p{Surrogate}/u;

export function encodeText(writer: Writer, value: string, charsMax: number): void {
  if (value.length > charsMax) {
    throw new RangeError(`cannot encode: text of ${value.length} units, at most ${charsMax} fit`);
  }
  if (isAscii(value)) {
    writer.varint(value.length);
    return writer.ascii(value);
  }
  if (LONE_SURROGATE.test(value)) throw new RangeError('cannot encode: half a surrogate pair');
  const encoded = ENCODER.encode(value);
  writer.varint(encoded.length);
  writer.raw(encoded);
}

export function decodeText(reader: Reader, charsMax: number): string {
  const length = reader.varint();
  if (length > charsMax * 3) reader.fail('too-large'); // a UTF-16 unit is at most three bytes
  const bytes = reader.raw(length);
  const decoded = decodeUtf8(bytes);
  if (decoded === null) reader.fail('malformed');
  if (decoded !== null && decoded.length > charsMax) reader.fail('too-large');
  return decoded ?? '';
}

/** Strictly ascending: sorted, and nothing twice. */
export function isCanonicalOrder(keys: readonly string[]): boolean {
  return keys.every((key, i) => i === 0 || keys[i - 1]! < key);
}

function isAscii(value: string): boolean {
  for (let i = 0; i < value.length; i++) if (value.charCodeAt(i) > 0x7f) return false;
  return true;
}

/** Least code point that needs 2, 3, 4 bytes: shorter forms of the same are refused (RFC 3629). */
const LEAST = [0, 0, 0x80, 0x800, 0x10000];

function decodeUtf8(bytes: Uint8Array): string | null {
  let out = '';
  let at = 0;
  while (at < bytes.length) {
    const first = bytes[at]!;
    if (first < 0x80) {
      out += String.fromCharCode(first);
      at++;
      continue;
    }
    const size = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    if (first < 0xc2 || first > 0xf4 || at + size > bytes.length) return null;
    let point = first & (0x7f >> size);
    for (let i = 1; i < size; i++) {
      const next = bytes[at + i]!;
      if ((next & 0xc0) !== 0x80) return null;
      point = (point << 6) | (next & 0x3f);
    }
    const surrogate = point >= 0xd800 && point <= 0xdfff;
    if (point < LEAST[size]! || point > 0x10ffff || surrogate) return null;
    out += String.fromCodePoint(point);
    at += size;
  }
  return out;
}
