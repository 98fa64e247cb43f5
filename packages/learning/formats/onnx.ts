/** ONNX models of graphs. What writes them is loaded when it is first asked for. */
import type { OnnxOptions } from './onnx/encode.ts';

/** Bytes of an ONNX model (opset 18). Throws OnnxError, naming the operator that does not fit. */
export async function encodeOnnx(options: OnnxOptions): Promise<Uint8Array<ArrayBuffer>> {
  const { encode } = await import('./onnx/encode.ts');
  return encode(options);
}
