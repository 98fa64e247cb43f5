/** What cannot be told in ONNX: the operator, and why. */
export class OnnxError extends Error {
  override readonly name = 'OnnxError';
  constructor(operator: string, problem: string) {
    super(`ONNX: ${operator} ${problem}.`);
  }
}
