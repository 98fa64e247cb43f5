/**
 * Adaptive binary range coding, as in LZMA (Pavlov; Martin 1979): bits whose likelihood is learned
 * while they are written. Encoder and decoder learn the same from the same bits.
 */
import type { ByteReader, ByteWriter } from './bytes.ts';

const PROBABILITY_BITS = 11;
const ADAPTATION = 5; // how slowly a likelihood moves: by 1/32 of what is missing
const TOP = 2 ** 24;

/** Likelihoods of 0 in units of 2^-11, one for each context. */
export type Contexts = Uint16Array;

export function contexts(count: number): Contexts {
  return new Uint16Array(count).fill(1 << (PROBABILITY_BITS - 1));
}

/** Contexts of one byte that is coded bit by bit, highest first. */
export const BYTE_CONTEXTS = 256;

export class RangeEncoder {
  readonly #out: ByteWriter;
  #low = 0; // below 2^40, exact in a double
  #range = 0xffffffff;
  #cache = 0;
  #pending = 1;

  constructor(out: ByteWriter) {
    this.#out = out;
  }

  bit(of: Contexts, context: number, bit: number): void {
    const likelihood = of[context]!;
    const bound = (this.#range >>> PROBABILITY_BITS) * likelihood;
    if (bit === 0) {
      this.#range = bound;
      of[context] = likelihood + ((2048 - likelihood) >> ADAPTATION);
    } else {
      this.#low += bound;
      this.#range -= bound;
      of[context] = likelihood - (likelihood >> ADAPTATION);
    }
    while (this.#range < TOP) {
      this.#range = (this.#range * 256) % 2 ** 32;
      this.#shift();
    }
  }

  /** A byte in the contexts from `first`. */
  byte(of: Contexts, first: number, value: number): void {
    let node = 1;
    for (let i = 7; i >= 0; i--) {
      const bit = (value >> i) & 1;
      this.bit(of, first + node, bit);
      node = (node << 1) | bit;
    }
  }

  finish(): void {
    for (let i = 0; i < 5; i++) this.#shift();
  }

  /** Moves the highest byte out, once no carry can reach it any more. */
  #shift(): void {
    if (this.#low < 0xff000000 || this.#low >= 2 ** 32) {
      const carry = this.#low >= 2 ** 32 ? 1 : 0;
      this.#out.byte((this.#cache + carry) & 0xff);
      for (; this.#pending > 1; this.#pending--) this.#out.byte((0xff + carry) & 0xff);
      this.#cache = Math.floor(this.#low / TOP) & 0xff;
      this.#pending = 0;
    }
    this.#pending++;
    this.#low = (this.#low % TOP) * 256;
  }
}

/** Throws EndOfBytes where the reader does. */
export class RangeDecoder {
  readonly #in: ByteReader;
  #code = 0;
  #range = 0xffffffff;

  constructor(reader: ByteReader) {
    this.#in = reader;
    for (let i = 0; i < 5; i++) this.#code = (this.#code * 256 + reader.byte()) % 2 ** 32;
  }

  bit(of: Contexts, context: number): number {
    const likelihood = of[context]!;
    const bound = (this.#range >>> PROBABILITY_BITS) * likelihood;
    const bit = this.#code < bound ? 0 : 1;
    if (bit === 0) {
      this.#range = bound;
      of[context] = likelihood + ((2048 - likelihood) >> ADAPTATION);
    } else {
      this.#code -= bound;
      this.#range -= bound;
      of[context] = likelihood - (likelihood >> ADAPTATION);
    }
    while (this.#range < TOP) {
      this.#range = (this.#range * 256) % 2 ** 32;
      this.#code = (this.#code * 256 + this.#in.byte()) % 2 ** 32;
    }
    return bit;
  }

  byte(of: Contexts, first: number): number {
    let node = 1;
    for (let i = 0; i < 8; i++) node = (node << 1) | this.bit(of, first + node);
    return node & 0xff;
  }
}
