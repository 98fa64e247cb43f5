/** What WGSL's scalar operations give, on JavaScript numbers: for constants in the text and for folding. */

export type ScalarKind = 'f32' | 'i32' | 'u32' | 'bool';

export type BinaryOp =
  | 'add'
  | 'sub'
  | 'mul'
  | 'div'
  | 'rem'
  | 'and'
  | 'or'
  | 'xor'
  | 'shl'
  | 'shr'
  | 'eq'
  | 'ne'
  | 'lt'
  | 'le'
  | 'gt'
  | 'ge'
  | 'min'
  | 'max';

export type UnaryOp =
  | 'neg'
  | 'not'
  | 'abs'
  | 'sqrt'
  | 'floor'
  | 'ceil'
  | 'trunc'
  | 'nearest'
  | 'popcnt'
  | 'clz'
  | 'ctz';

/** The largest float32 values that fit i32 and u32. */
export const I32_MAX_AS_F32 = 2147483520;
export const U32_MAX_AS_F32 = 4294967040;

const view = new DataView(new ArrayBuffer(4));

/** A number as a value of the kind: rounded to float32, wrapped to 32 bits, or 0 and 1. */
export function wrap(kind: ScalarKind, value: number): number {
  if (kind === 'f32') return Math.fround(value);
  if (kind === 'i32') return value | 0;
  return kind === 'u32' ? value >>> 0 : value === 0 ? 0 : 1;
}

/** The 32 bits of a value as a signed integer. */
export function bitsOf(kind: ScalarKind, value: number): number {
  if (kind !== 'f32') return kind === 'bool' ? -value | 0 : value | 0;
  view.setFloat32(0, value);
  return view.getInt32(0);
}

/** The value that 32 bits stand for. */
export function fromBits(kind: ScalarKind, bits: number): number {
  if (kind !== 'f32') return wrap(kind, bits);
  view.setInt32(0, bits);
  return view.getFloat32(0);
}

export function foldBinary(op: BinaryOp, kind: ScalarKind, a: number, b: number): number {
  switch (op) {
    case 'eq':
      return Number(a === b);
    case 'ne':
      return Number(a !== b);
    case 'lt':
      return Number(a < b);
    case 'le':
      return Number(a <= b);
    case 'gt':
      return Number(a > b);
    case 'ge':
      return Number(a >= b);
    case 'min':
      return b < a ? b : a;
    case 'max':
      return a < b ? b : a;
    default:
      return kind === 'f32' ? foldFloat(op, a, b) : wrap(kind, foldInteger(op, kind, a, b));
  }
}

function foldFloat(op: BinaryOp, a: number, b: number): number {
  if (op === 'add') return Math.fround(a + b);
  if (op === 'sub') return Math.fround(a - b);
  if (op === 'mul') return Math.fround(a * b);
  if (op === 'div') return Math.fround(a / b);
  throw new Error(`${op} is no operation of f32`);
}

function foldInteger(op: BinaryOp, kind: ScalarKind, a: number, b: number): number {
  switch (op) {
    case 'add':
      return a + b;
    case 'sub':
      return a - b;
    case 'mul':
      return Math.imul(a, b);
    case 'div': // WGSL 8.7: by zero, or the one overflow, gives the dividend
      return b === 0 ? a : Math.trunc(a / b);
    case 'rem':
      return b === 0 ? 0 : a % b;
    case 'and':
      return a & b;
    case 'or':
      return a | b;
    case 'xor':
      return a ^ b;
    case 'shl':
      return a << b;
    case 'shr':
      return kind === 'u32' ? a >>> b : a >> b;
    default:
      throw new Error(`${op} is no operation of ${kind}`);
  }
}

export function foldUnary(op: UnaryOp, kind: ScalarKind, a: number): number {
  switch (op) {
    case 'neg':
      return kind === 'f32' ? -a : wrap(kind, -a);
    case 'not':
      return kind === 'bool' ? 1 - a : wrap(kind, ~a);
    case 'abs':
      return wrap(kind, Math.abs(a));
    case 'sqrt':
      return Math.fround(Math.sqrt(a));
    case 'floor':
      return Math.floor(a);
    case 'ceil':
      return Math.ceil(a);
    case 'trunc':
      return Math.trunc(a);
    case 'nearest':
      return roundHalfEven(a);
    case 'popcnt':
      return popcount(a | 0);
    case 'clz':
      return Math.clz32(a);
    case 'ctz':
      return (a | 0) === 0 ? 32 : 31 - Math.clz32(a & -a);
    default:
      throw new Error(`unreachable: ${String(op satisfies never)}`);
  }
}

function roundHalfEven(a: number): number {
  const low = Math.floor(a);
  const rest = a - low;
  if (rest !== 0.5) return rest < 0.5 ? low : low + 1;
  return low % 2 === 0 ? low : low + 1;
}

function popcount(bits: number): number {
  let count = 0;
  for (let rest = bits; rest !== 0; rest &= rest - 1) count++;
  return count;
}

/** Converts a value of one kind to another as WGSL's `f32(x)`, `i32(x)`, `u32(x)`, `bool(x)` do. */
export function convert(from: ScalarKind, to: ScalarKind, value: number): number {
  if (from !== 'f32' || to === 'f32' || to === 'bool') return wrap(to, value);
  if (Number.isNaN(value)) return 0;
  // Clamped to what both types can hold (WGSL 15.7.6), truncated towards zero.
  const [low, high] = to === 'i32' ? [-(2 ** 31), I32_MAX_AS_F32] : [0, U32_MAX_AS_F32];
  return Math.trunc(Math.min(Math.max(value, low), high));
}
