/** Values of composite types: trees of scalars. */
import type { Value } from '../ir/ir.ts';

/** A scalar, or the parts of a composite. */
export type Lowered = Value | readonly Lowered[];

export function isScalar(value: Lowered): value is Value {
  return !Array.isArray(value);
}

/** A scalar meets every part of a composite. */
export function zip(a: Lowered, b: Lowered, f: (x: Value, y: Value) => Value): Lowered {
  if (isScalar(a) && isScalar(b)) return f(a, b);
  if (isScalar(a)) return (b as readonly Lowered[]).map((part) => zip(a, part, f));
  if (isScalar(b)) return a.map((part) => zip(part, b, f));
  return a.map((part, i) => zip(part, b[i]!, f));
}

export function mapParts(value: Lowered, f: (x: Value) => Value): Lowered {
  return isScalar(value) ? f(value) : value.map((part) => mapParts(part, f));
}
