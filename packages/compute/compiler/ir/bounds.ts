/** How large integers can be, so that indexes known to be in range are not clamped. */
import type { Value } from './ir.ts';

const U32_MAX = 2 ** 32 - 1;
const bounds = new WeakMap<Value, number>();

/** States what is known of a value otherwise: a loop's counter within its body. */
export function setBound(value: Value, max: number): void {
  bounds.set(value, max);
}

/** The largest value that an integer can have, its bits taken as unsigned. */
export function upperBound(value: Value): number {
  let bound = bounds.get(value);
  if (bound === undefined) {
    bound = boundOf(value);
    bounds.set(value, bound);
  }
  return bound;
}

function boundOf(value: Value): number {
  switch (value.op) {
    case 'constant':
      return value.value < 0 ? U32_MAX : value.value;
    case 'lane':
      return 3;
    case 'bitcast':
      return value.args[0]!.kind === 'f32' ? U32_MAX : upperBound(value.args[0]!);
    case 'clamp':
      return Math.min(upperBound(value.args[0]!), upperBound(value.args[1]!));
    case 'select':
      return Math.max(upperBound(value.args[0]!), upperBound(value.args[1]!));
    case 'binary':
      return boundOfBinary(value);
    default:
      return U32_MAX;
  }
}

function boundOfBinary(value: Value & { op: 'binary' }): number {
  const [a, b] = value.args as [Value, Value];
  const constant = b.op === 'constant' ? b.value : undefined;
  switch (value.operator) {
    case 'and':
      return Math.min(upperBound(a), upperBound(b));
    case 'add':
      return within(upperBound(a) + upperBound(b));
    case 'mul':
      return within(upperBound(a) * upperBound(b));
    case 'shl':
      return constant === undefined ? U32_MAX : within(upperBound(a) * 2 ** (constant & 31));
    case 'min':
      return value.kind === 'u32' ? Math.min(upperBound(a), upperBound(b)) : U32_MAX;
    case 'shr':
      return value.kind === 'u32' && constant !== undefined
        ? upperBound(a) >>> (constant & 31)
        : U32_MAX;
    case 'rem':
      return value.kind === 'u32' && constant !== undefined && constant > 0
        ? Math.min(upperBound(a), constant - 1)
        : U32_MAX;
    case 'div':
      return value.kind === 'u32' && constant !== undefined && constant > 0
        ? Math.floor(upperBound(a) / constant)
        : U32_MAX;
    default:
      return U32_MAX;
  }
}

/** Sums and products that wrap around may come out anywhere. */
function within(bound: number): number {
  return bound > U32_MAX ? U32_MAX : bound;
}
