/** Bytes of WebAssembly (core specification 5). */

export type LocalType = 'i32' | 'f32' | 'v128';
export const TYPE_BYTES: Readonly<Record<LocalType, number>> = { i32: 0x7f, f32: 0x7d, v128: 0x7b };

const view = new DataView(new ArrayBuffer(4));

export class Code {
  readonly bytes: number[] = [];

  op(...bytes: number[]): void {
    for (const byte of bytes) this.bytes.push(byte);
  }

  /** A vector instruction. */
  simd(opcode: number): void {
    this.bytes.push(0xfd);
    this.unsigned(opcode);
  }

  unsigned(value: number): void {
    let rest = value;
    while (rest >= 0x80) {
      this.bytes.push((rest % 0x80) | 0x80);
      rest = Math.floor(rest / 0x80);
    }
    this.bytes.push(rest);
  }

  signed(value: number): void {
    let rest = value | 0;
    for (;;) {
      const low = rest & 0x7f;
      rest >>= 7;
      if ((rest === 0 && (low & 0x40) === 0) || (rest === -1 && (low & 0x40) !== 0)) {
        this.bytes.push(low);
        return;
      }
      this.bytes.push(low | 0x80);
    }
  }

  i32(value: number): void {
    this.bytes.push(0x41);
    this.signed(value);
  }

  f32(value: number): void {
    view.setFloat32(0, value, true);
    this.bytes.push(0x43);
    for (let i = 0; i < 4; i++) this.bytes.push(view.getUint8(i));
  }

  /** A vector of four words. */
  v128(words: readonly number[]): void {
    this.simd(0x0c);
    for (const word of words) {
      view.setInt32(0, word, true);
      for (let i = 0; i < 4; i++) this.bytes.push(view.getUint8(i));
    }
  }

  get(local: number): void {
    this.bytes.push(0x20);
    this.unsigned(local);
  }

  set(local: number): void {
    this.bytes.push(0x21);
    this.unsigned(local);
  }

  tee(local: number): void {
    this.bytes.push(0x22);
    this.unsigned(local);
  }

  /** Alignment (as a power of two) and offset of a memory instruction. */
  memory(align: number, offset: number): void {
    this.unsigned(align);
    this.unsigned(offset);
  }
}

export function section(id: number, write: (code: Code) => void): number[] {
  const inner = new Code();
  write(inner);
  const outer = new Code();
  outer.op(id);
  outer.unsigned(inner.bytes.length);
  return outer.bytes.concat(inner.bytes);
}

export function name(code: Code, text: string): void {
  const bytes = new TextEncoder().encode(text);
  code.unsigned(bytes.length);
  code.op(...bytes);
}
