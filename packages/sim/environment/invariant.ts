/** Throws on a bug of ours or of the caller; what comes from outside is answered with a union. */
export function invariant(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Error(message);
}
