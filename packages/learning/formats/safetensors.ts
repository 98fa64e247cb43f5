/**
 * Named tensors as bytes, in the format that Python's `safetensors` reads and writes
 * (github.com/huggingface/safetensors, section "Format"): u64 header bytes, a JSON header with type,
 * shape and place of every tensor, then the data, little-endian. Here f32 and u32.
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
  const header: Record<string, unknown> = { [METADATA]: file.metadata };
  let at = 0;
  // The reference writes larger alignments first, then by name; all of ours are of four bytes.
  const named = Object.entries(file.tensors).toSorted(([a], [b]) => (a < b ? -1 : 1));
  for (const [name, { shape, data }] of named) {
    if (data.length !== elementCount(shape) || name === METADATA) {
      throw new Error(`Tensor '${name}' has ${data.length} elements for its shape.`);
    }
    const dtype = data instanceof Float32Array ? 'F32' : 'U32';
    header[name] = { dtype, shape, data_offsets: [at, at + data.byteLength] };
    at += data.byteLength;
  }
  const text = new TextEncoder().encode(JSON.stringify(header));
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
  const tensors: Record<string, NamedTensor> = {};
  let metadata: Record<string, string> = {};
  for (const [name, value] of Object.entries(header)) {
    if (name === METADATA) {
      metadata = value as Record<string, string>;
      continue;
    }
    const read = tensorOf(bytes.subarray(dataAt), value as Entry);
    if (typeof read === 'string') return refusal('corrupt', `Tensor '${name}' ${read}.`);
    tensors[name] = read;
  }
  return { ok: true, file: { tensors, metadata } };
}

function parsedHeader(bytes: Uint8Array): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
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
  if (dtype !== 'F32' && dtype !== 'U32')
    return `has the type ${String(dtype)}; F32 and U32 are read`;
  const [start, end] = offsets;
  if (end - start !== 4 * elementCount(shape)) return 'does not fill its shape';
  if (end > data.length) return `ends at ${end}; there are ${data.length} bytes of data`;
  const copy = data.slice(start, end);
  const values = dtype === 'F32' ? new Float32Array(copy.buffer) : new Uint32Array(copy.buffer);
  return { shape, data: values };
}
