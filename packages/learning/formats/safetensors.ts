/**
 * Named tensors as bytes, in the format that Python's `safetensors` reads and writes
 * (github.com/huggingface/safetensors, section "Format"): u64 header bytes, a JSON header with type,
 * shape and place of every tensor, then the data, little-endian, without holes. Here f32 and u32 are
 * written; other types are read where their values are exact in one of these.
 */
import { refusal, type Refusal } from '../binary/container.ts';
import { elementCount, type Shape } from '../tensor/shape.ts';

export type NamedTensor = {
  readonly shape: Shape;
  readonly data: Float32Array<ArrayBuffer> | Uint32Array<ArrayBuffer>;
};

export type TensorFile = {
  readonly tensors: Readonly<Record<string, NamedTensor>>;
  /** Text by name, as the format allows. */
  readonly metadata: Readonly<Record<string, string>>;
};

const LENGTH_BYTES = 8;
/** As the reference implementation. */
const HEADER_BYTES_MAX = 100_000_000;
const METADATA = '__metadata__';

type Entry = { dtype: string; shape: number[]; data_offsets: [number, number] };

export function encodeSafetensors(file: TensorFile): Uint8Array<ArrayBuffer> {
  const header: [string, unknown][] = [[METADATA, file.metadata]];
  let at = 0;
  // The reference writes larger alignments first, then by name; all of ours are of four bytes.
  const named = Object.entries(file.tensors).toSorted(([a], [b]) => (a < b ? -1 : 1));
  for (const [name, { shape, data }] of named) {
    if (name === METADATA) throw new Error(`No tensor can be named '${METADATA}'.`);
    if (data.length !== elementCount(shape)) {
      throw new Error(`Tensor '${name}' has ${data.length} elements for its shape.`);
    }
    const dtype = data instanceof Float32Array ? 'F32' : 'U32';
    header.push([name, { dtype, shape, data_offsets: [at, at + data.byteLength] }]);
    at += data.byteLength;
  }
  const text = new TextEncoder().encode(JSON.stringify(Object.fromEntries(header)));
  const headerBytes = Math.ceil(text.length / 8) * 8;
  const bytes = new Uint8Array(LENGTH_BYTES + headerBytes + at);
  bytes.fill(0x20, LENGTH_BYTES, LENGTH_BYTES + headerBytes); // the header is padded with spaces
  bytes.set(text, LENGTH_BYTES);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(headerBytes), true);
  let to = LENGTH_BYTES + headerBytes;
  for (const [, { data }] of named) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), to);
    to += data.byteLength;
  }
  return bytes;
}

export type DecodedTensors = { readonly ok: true; readonly file: TensorFile } | Refusal;

/** The tensors in these bytes; whatever they are, it does not throw. */
export function decodeSafetensors(bytes: Uint8Array): DecodedTensors {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerBytes = bytes.length < LENGTH_BYTES ? 0 : Number(view.getBigUint64(0, true));
  if (headerBytes < 2 || headerBytes > HEADER_BYTES_MAX) {
    return refusal('not-this-kind', 'These bytes are no safetensors file.');
  }
  const dataAt = LENGTH_BYTES + headerBytes;
  if (bytes.length < dataAt) {
    return refusal('truncated', `The header wants ${dataAt} bytes; there are ${bytes.length}.`);
  }
  const header = parsedHeader(bytes.subarray(LENGTH_BYTES, dataAt));
  if (!header) return refusal('not-this-kind', 'The header is no JSON object.');
  const { [METADATA]: metadata = {}, ...entries } = header;
  if (!isText(metadata)) return refusal('corrupt', `${METADATA} is no text by name.`);
  const data = bytes.subarray(dataAt);
  const tensors: [string, NamedTensor][] = [];
  for (const [name, entry] of Object.entries(entries)) {
    const read = tensorOf(data, entry as Entry);
    if (typeof read === 'string') return refusal('corrupt', `Tensor '${name}' ${read}.`);
    tensors.push([name, read]);
  }
  const hole = holeIn(Object.values(entries) as Entry[], data.length);
  if (hole !== null)
    return refusal('corrupt', `Byte ${hole} of the data is of no tensor or of two.`);
  // Not by assignment: a tensor may be named '__proto__'.
  return { ok: true, file: { tensors: Object.fromEntries(tensors), metadata } };
}

/** The first byte that is not in exactly one tensor, or null. */
function holeIn(entries: readonly Entry[], byteCount: number): number | null {
  let at = 0;
  for (const [start, end] of entries
    .map((one) => one.data_offsets)
    .toSorted((a, b) => a[0] - b[0] || a[1] - b[1])) {
    if (start !== at) return Math.min(start, at);
    at = end;
  }
  return at === byteCount ? null : at;
}

function isText(value: unknown): value is Record<string, string> {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isObject && Object.values(value).every((one) => typeof one === 'string');
}

function parsedHeader(bytes: Uint8Array): Record<string, unknown> | null {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    const value: unknown = text.startsWith('{') ? JSON.parse(text) : null;
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? (value as Record<string, unknown>) : null;
  } catch {
    return null; // the caller reports it
  }
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** The tensor, or what is wrong with its entry. */
function tensorOf(data: Uint8Array, entry: Entry | null): NamedTensor | string {
  const { dtype, shape, data_offsets: offsets } = entry ?? ({} as Partial<Entry>);
  if (!Array.isArray(shape) || !shape.every(isCount)) return 'has no shape';
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isCount)) {
    return 'has no place';
  }
  const reader = READERS[dtype!];
  if (!reader) {
    return `has the type ${String(dtype)}; read are ${Object.keys(READERS).join(', ')}`;
  }
  const [start, end] = offsets;
  if (end - start !== reader.bytes * elementCount(shape)) return 'does not fill its shape';
  if (end > data.length) return `ends at ${end}; there are ${data.length} bytes of data`;
  // A copy; `slice` of Node's Buffer is none.
  const values = reader.read(new Uint8Array(data.subarray(start, end)).buffer);
  return values ? { shape, data: values } : 'has numbers that are no u32';
}

type Values = NamedTensor['data'];
type Reader = { readonly bytes: number; readonly read: (data: ArrayBuffer) => Values | null };

/** Types by their names in files. */
const READERS: Readonly<Record<string, Reader>> = {
  F32: { bytes: 4, read: (data) => new Float32Array(data) },
  U32: { bytes: 4, read: (data) => new Uint32Array(data) },
  F16: { bytes: 2, read: (data) => Float32Array.from(new Uint16Array(data), ofHalf) },
  // The upper half of an f32.
  BF16: {
    bytes: 2,
    read: (data) =>
      new Float32Array(Uint32Array.from(new Uint16Array(data), (x) => x << 16).buffer),
  },
  I64: { bytes: 8, read: (data) => whole(Array.from(new BigInt64Array(data), Number)) },
  I32: { bytes: 4, read: (data) => whole(Array.from(new Int32Array(data))) },
  U8: { bytes: 1, read: (data) => Uint32Array.from(new Uint8Array(data)) },
  BOOL: { bytes: 1, read: (data) => Uint32Array.from(new Uint8Array(data)) },
};

function whole(values: readonly number[]): Uint32Array<ArrayBuffer> | null {
  const fits = values.every((value) => value >= 0 && value <= 0xffffffff);
  return fits ? Uint32Array.from(values) : null;
}

/** IEEE 754 binary16: a sign, five bits of exponent, ten of fraction. */
function ofHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = (bits & 0x3ff) / 1024;
  if (exponent === 0) return sign * fraction * 2 ** -14;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : Number.NaN;
  return sign * (1 + fraction) * 2 ** (exponent - 15);
}
