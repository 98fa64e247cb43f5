/** Bytes out and bytes in. The reader never throws: it fails once, and then reads zeros. */

const WRITER_BYTES_START = 1024;
const HIGH_BITS = 2 ** 32;

export class Writer {
  bytes = new Uint8Array(WRITER_BYTES_START);
  length = 0;
  #view = new DataView(this.bytes.buffer);

  /** Makes room for `count` more bytes and returns where they start. */
  #reserve(count: number): number {
    const start = this.length;
    this.length = start + count;
    if (this.length > this.bytes.length) {
      const grown = new Uint8Array(Math.max(this.bytes.length * 2, this.length));
      grown.set(this.bytes.subarray(0, start));
      this.bytes = grown;
      this.#view = new DataView(grown.buffer);
    }
    return start;
  }

  u8(value: number): void {
    const at = this.#reserve(1);
    this.bytes[at] = value;
  }

  /** LEB128 of a safe integer: seven bits a byte, least first; at most eight bytes. */
  varint(value: number): void {
    let rest = value;
    while (rest >= HIGH_BITS) {
      this.u8((rest % 128) | 0x80);
      rest = Math.floor(rest / 128);
    }
    rest >>>= 0;
    while (rest > 0x7f) {
      this.u8((rest & 0x7f) | 0x80);
      rest >>>= 7;
    }
    this.u8(rest);
  }

  f64(value: number): void {
    const at = this.#reserve(8); // first: it may replace the view
    this.#view.setFloat64(at, value, true);
  }

  raw(bytes: Uint8Array): void {
    const at = this.#reserve(bytes.length);
    this.bytes.set(bytes, at);
  }

  /** Text of units below 128, a byte each. */
  ascii(text: string): void {
    const at = this.#reserve(text.length);
    for (let i = 0; i < text.length; i++) this.bytes[at + i] = text.charCodeAt(i);
  }

  /** A copy of what was written. */
  finish(): Uint8Array<ArrayBuffer> {
    return this.bytes.slice(0, this.length);
  }
}

export type ReadFailure = 'truncated' | 'malformed' | 'too-large' | 'unknown-type' | 'trailing';

const NOTHING = new Uint8Array(0);

export class Reader {
  readonly bytes: Uint8Array;
  offset = 0;
  failure: ReadFailure | null = null;
  readonly #view: DataView;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  fail(reason: ReadFailure): void {
    this.failure ??= reason;
  }

  get remaining(): number {
    return this.bytes.length - this.offset;
  }

  /** True when `count` bytes are there to read; otherwise the reader has failed. */
  #has(count: number): boolean {
    if (this.failure === null && count <= this.bytes.length - this.offset) return true;
    this.fail('truncated');
    return false;
  }

  u8(): number {
    return this.#has(1) ? this.bytes[this.offset++]! : 0;
  }

  /** A safe integer; an encoding longer than needed is malformed: one value, one encoding. */
  varint(): number {
    let value = 0;
    let scale = 1;
    for (let count = 0; count < 8; count++) {
      if (!this.#has(1)) return 0;
      const byte = this.bytes[this.offset++]!;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) {
        if ((byte === 0 && count > 0) || value > Number.MAX_SAFE_INTEGER) break;
        return value;
      }
      scale *= 128;
    }
    this.fail('malformed');
    return 0;
  }

  f64(): number {
    if (!this.#has(8)) return 0;
    const value = this.#view.getFloat64(this.offset, true);
    this.offset += 8;
    return value;
  }

  /** A view of the frame, not a copy: who keeps it longer than the frame copies it. */
  raw(count: number): Uint8Array {
    if (!this.#has(count)) return NOTHING;
    const start = this.offset;
    this.offset = start + count;
    return this.bytes.subarray(start, this.offset);
  }
}
