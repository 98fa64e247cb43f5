/** Elements of tensors as bytes on the target, and back. */
import type { ElementType } from './tensor.ts';

/** Whole words, the last of halves filled with 0. */
export function encodeElements(data: Float32Array | Uint32Array, type: ElementType): Uint8Array {
  if (type !== 'f16') return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const halves = new Float16Array(2 * Math.ceil(data.length / 2));
  halves.set(data);
  return new Uint8Array(halves.buffer);
}

export function decodeElements(
  bytes: Uint8Array<ArrayBuffer>,
  o: { type: ElementType; count: number },
): Float32Array<ArrayBuffer> {
  if (o.type === 'u32') return Float32Array.from(new Uint32Array(bytes.buffer));
  if (o.type === 'f32') return new Float32Array(bytes.buffer);
  return Float32Array.from(new Float16Array(bytes.buffer, 0, o.count));
}
