/** How large integers can be, so that indexes known to be in range are not clamped. */
import type { Value } from './ir.ts';

const U32_MAX = 2 ** 32 - 1;
const bounds = new WeakMap<Value, number>();

/** States what is known of a value otherwise: a loop's counter within its body. */
export function setBound(value: Value, max: number): void {
  bounds.set(value, max);
}

/** Beyond this many operations one behind the other nothing is known. */
const DEPTH_MAX = 32;

/** The largest value that an integer can have, its bits taken as unsigned. */
export function upperBound(value: Value, depth = 0): number {
  let bound = bounds.get(value);
  if (bound === undefined) {
    if (depth > DEPTH_MAX) return U32_MAX;
    bound = boundOf(value, (arg) => upperBound(arg, depth + 1));
    bounds.set(value, bound);
  }
  return bound;
}

type Bound = (value: Value) => number;

function boundOf(value: Value, of: Bound): number {
  if (value.kind === 'f32') return U32_MAX;
  switch (value.op) {
    case 'constant':
      return value.value < 0 ? U32_MAX : value.value;
    case 'lane':
      return 3;
    case 'bitcast':
      return value.args[0]!.kind === 'f32' ? U32_MAX : of(value.args[0]!);
    case 'clamp':
      return Math.min(of(value.args[0]!), of(value.args[1]!));
    case 'select':
      return Math.max(of(value.args[0]!), of(value.args[1]!));
    case 'binary':
      return boundOfBinary(value, of);
    default:
      return U32_MAX;
  }
}

function boundOfBinary(value: Value & { op: 'binary' }, of: Bound): number {
  const [a, b] = value.args as [Value, Value];
  const constant = b.op === 'constant' ? b.value : undefined;
  switch (value.operator) {
    case 'and':
      return Math.min(of(a), of(b));
    case 'add':
      return within(of(a) + of(b));
    case 'mul':
      return within(of(a) * of(b));
    case 'shl':
      return constant === undefined ? U32_MAX : within(of(a) * 2 ** (constant & 31));
    case 'min':
      return value.kind === 'u32' ? Math.min(of(a), of(b)) : U32_MAX;
    case 'shr':
      return value.kind === 'u32' && constant !== undefined ? of(a) >>> (constant & 31) : U32_MAX;
    case 'rem':
      return value.kind === 'u32' && constant !== undefined && constant > 0
        ? Math.min(of(a), constant - 1)
        : U32_MAX;
    case 'div':
      return value.kind === 'u32' && constant !== undefined && constant > 0
        ? Math.floor(of(a) / constant)
        : U32_MAX;
    default:
      return U32_MAX;
  }
}

/** Sums and products that wrap around may come out anywhere. */
function within(bound: number): number {
  return bound > U32_MAX ? U32_MAX : bound;
}
