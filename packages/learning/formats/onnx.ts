/** ONNX models of graphs, and back. What writes and reads them is loaded when first asked for. */
import type { DecodedOnnx } from './onnx/decode.ts';
import type { OnnxOptions } from './onnx/encode.ts';

/** Bytes of an ONNX model (opset 18). Throws OnnxError, naming the operator that does not fit. */
export async function encodeOnnx(options: OnnxOptions): Promise<Uint8Array<ArrayBuffer>> {
  const { encode } = await import('./onnx/encode.ts');
  return encode(options);
}

/**
 * A simple network in these bytes (opset 13 or newer); whatever they are, it does not throw, and names
 * the operator that it does not read and those that it does.
 */
export async function decodeOnnx(bytes: Uint8Array): Promise<DecodedOnnx> {
  const { decode } = await import('./onnx/decode.ts');
  return decode(bytes);
}
