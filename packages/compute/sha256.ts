/**
 * SHA-256 (FIPS 180-4), synchronous. `crypto.subtle` is asynchronous and missing on pages that are
 * not served from a secure context, where kernels still have to have a hash.
 */

/** The first `count` primes. */
function primes(count: number): number[] {
  const found: number[] = [];
  for (let n = 2; found.length < count; n++) {
    if (found.every((p) => n % p !== 0)) found.push(n);
  }
  return found;
}

const fraction32 = (x: number) => Math.floor((x - Math.floor(x)) * 2 ** 32) | 0;
/** First 32 bits of the fractional parts of the cube roots of the first 64 primes (4.2.2). */
const ROUND_CONSTANTS = Int32Array.from(primes(64), (p) => fraction32(Math.cbrt(p)));
/** First 32 bits of the fractional parts of the square roots of the first 8 primes (5.3.3). */
const INITIAL_STATE = Int32Array.from(primes(8), (p) => fraction32(Math.sqrt(p)));

const rotate = (x: number, bits: number) => (x >>> bits) | (x << (32 - bits));

/** One block of 64 bytes into the state (6.2.2). */
function compress(state: Int32Array, block: DataView, byteOffset: number, w: Int32Array): void {
  for (let t = 0; t < 16; t++) w[t] = block.getInt32(byteOffset + 4 * t);
  for (let t = 16; t < 64; t++) {
    const x = w[t - 15]!;
    const y = w[t - 2]!;
    const s0 = rotate(x, 7) ^ rotate(x, 18) ^ (x >>> 3);
    const s1 = rotate(y, 17) ^ rotate(y, 19) ^ (y >>> 10);
    w[t] = (w[t - 16]! + s0 + w[t - 7]! + s1) | 0;
  }
  let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = state;
  for (let t = 0; t < 64; t++) {
    const s1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
    const t1 = (h + s1 + ((e & f) ^ (~e & g)) + ROUND_CONSTANTS[t]! + w[t]!) | 0;
    const s0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22);
    const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + t1) | 0;
    d = c;
    c = b;
    b = a;
    a = (t1 + t2) | 0;
  }
  [a, b, c, d, e, f, g, h].forEach((x, i) => (state[i] = (state[i]! + x) | 0));
}

/** The digest in lower-case hex. */
export function sha256Hex(bytes: Uint8Array): string {
  // 5.1.1: a one bit, zeros, and the length in bits as 64 bits.
  const padded = new Uint8Array(Math.ceil((bytes.length + 9) / 64) * 64);
  padded.set(bytes);
  padded[bytes.length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setUint32(padded.length - 8, Math.floor(bytes.length / 2 ** 29));
  view.setUint32(padded.length - 4, bytes.length << 3);
  const state = INITIAL_STATE.slice();
  const w = new Int32Array(64);
  for (let offset = 0; offset < padded.length; offset += 64) compress(state, view, offset, w);
  return Array.from(state, (x) => (x >>> 0).toString(16).padStart(8, '0')).join('');
}
