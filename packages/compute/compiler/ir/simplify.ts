/**
 * What a new operation comes to without being computed: constants folded, neutral operands gone.
 */
import type { Value } from './ir.ts';
import {
  type BinaryOp,
  type ScalarKind,
  type UnaryOp,
  bitsOf,
  convert,
  foldBinary,
  foldUnary,
  fromBits,
} from './scalar-arithmetic.ts';

/** What makes values: of an operation, or what it comes to. */
export interface Maker {
  constant(kind: ScalarKind, value: number): Value;
  unary(operator: UnaryOp, a: Value): Value;
  binary(operator: BinaryOp, a: Value, b: Value): Value;
  select(no: Value, yes: Value, condition: Value): Value;
  bitcast(kind: ScalarKind, a: Value): Value;
  all(condition: Value): Value;
}

const COMPARISONS: ReadonlySet<BinaryOp> = new Set(['eq', 'ne', 'lt', 'le', 'gt', 'ge']);
const OPPOSITES: Partial<Record<BinaryOp, BinaryOp>> = {
  eq: 'ne',
  ne: 'eq',
  lt: 'ge',
  ge: 'lt',
  gt: 'le',
  le: 'gt',
};
const COMMUTES: ReadonlySet<BinaryOp> = new Set(['add', 'mul', 'and', 'or', 'xor', 'eq', 'ne']);

export function resultKind(operator: BinaryOp, kind: ScalarKind): ScalarKind {
  return COMPARISONS.has(operator) ? 'bool' : kind;
}

export function commutes(operator: BinaryOp): boolean {
  return COMMUTES.has(operator);
}

export function simplifyUnary(make: Maker, operator: UnaryOp, a: Value): Value | undefined {
  if (a.op === 'constant') {
    return make.constant(a.kind, foldUnary(operator, a.kind, a.value));
  }
  if (a.op === 'unary' && a.operator === operator && (operator === 'neg' || operator === 'not')) {
    return a.args[0];
  }
  if (operator === 'not' && a.op === 'binary') {
    const [left, right] = a.args as [Value, Value];
    const opposite = OPPOSITES[a.operator];
    // A comparison with NaN is false, and so is its opposite.
    const exact = left.kind !== 'f32' || a.operator === 'eq' || a.operator === 'ne';
    if (opposite && exact) return make.binary(opposite, left, right);
  }
  return undefined;
}

export function simplifyBinary(
  make: Maker,
  operator: BinaryOp,
  a: Value,
  b: Value,
): Value | undefined {
  if (a.op === 'constant' && b.op === 'constant') {
    const kind = a.kind;
    const value = foldBinary(operator, kind, a.value, b.value);
    return make.constant(resultKind(operator, kind), value);
  }
  if (a.kind === 'f32') return simplifyFloat(make, operator, a, b);
  if (a.kind === 'bool') return simplifyBool(make, operator, a, b);
  return simplifyInteger(make, operator, a, b);
}

function simplifyFloat(make: Maker, operator: BinaryOp, a: Value, b: Value): Value | undefined {
  if (operator === 'mul' && a.op === 'constant') return timesConstant(make, a.value, b);
  if (b.op !== 'constant') return undefined;
  if (operator === 'mul') return timesConstant(make, b.value, a);
  if (operator === 'sub' && Object.is(b.value, 0)) return a;
  if (operator === 'add' && Object.is(b.value, -0)) return a;
  if (operator === 'div' && isPowerOfTwo(b.value)) {
    return make.binary('mul', a, make.constant('f32', 1 / b.value));
  }
  return undefined;
}

/** Powers of two whose reciprocal is one too, so that dividing and multiplying agree to the bit. */
function isPowerOfTwo(value: number): boolean {
  const exponent = Math.log2(Math.abs(value));
  return Number.isInteger(exponent) && Math.abs(exponent) <= 120;
}

function timesConstant(make: Maker, factor: number, value: Value): Value | undefined {
  if (factor === 1) return value;
  if (factor === -1) return make.unary('neg', value);
  if (value.op !== 'binary' || value.operator !== 'mul') return undefined;
  const [x, inner] = value.args as [Value, Value];
  if (x.op !== 'convert' || inner.op !== 'constant' || !isPowerOfTwo(inner.value)) return undefined;
  // An integer times a power of two is exact, and so is that power times the factor: one rounding.
  const both = Math.fround(inner.value * factor);
  return isMiddling(inner.value) && isMiddling(both)
    ? make.binary('mul', x, make.constant('f32', both))
    : undefined;
}

/** So far from the ends of the range that no product with a 32-bit integer reaches them. */
function isMiddling(value: number): boolean {
  return Math.abs(value) > 2 ** -90 && Math.abs(value) < 2 ** 90;
}

function simplifyBool(make: Maker, operator: BinaryOp, a: Value, b: Value): Value | undefined {
  if (a.op === 'constant') return simplifyBool(make, operator, b, a);
  if (a === b && (operator === 'and' || operator === 'or')) return a;
  if (b.op !== 'constant') return undefined;
  const yes = b.value !== 0;
  switch (operator) {
    case 'and':
      return yes ? a : b;
    case 'or':
      return yes ? b : a;
    case 'eq':
      return yes ? a : make.unary('not', a);
    case 'ne':
    case 'xor':
      return yes ? make.unary('not', a) : a;
    default:
      return undefined;
  }
}

function simplifyInteger(make: Maker, operator: BinaryOp, a: Value, b: Value): Value | undefined {
  if (a.op === 'constant' && COMMUTES.has(operator)) return make.binary(operator, b, a);
  if (b.op !== 'constant') return operator === 'add' ? constantOutwards(make, a, b) : undefined;
  const c = b.value;
  if (c === 0) {
    if (operator === 'mul' || operator === 'and') return b;
    return ['add', 'sub', 'or', 'xor', 'shl', 'shr', 'div'].includes(operator) ? a : undefined;
  }
  if (operator === 'sub') return make.binary('add', a, make.constant(a.kind, -c));
  if ((operator === 'add' || operator === 'mul') && a.op === 'binary' && a.operator === 'add') {
    const [x, inner] = a.args as [Value, Value];
    if (inner.op === 'constant') return sumWith(make, operator, { x, inner: inner.value, c });
    if (operator === 'add') return undefined;
  }
  if (c === 1) {
    if (operator === 'mul' || operator === 'div') return a;
    return operator === 'rem' ? make.constant(a.kind, 0) : undefined;
  }
  const power = Math.log2(c);
  if (!Number.isInteger(power)) return undefined;
  if (operator === 'mul') return make.binary('shl', a, make.constant('u32', power));
  if (a.kind !== 'u32') return undefined;
  if (operator === 'div') return make.binary('shr', a, make.constant('u32', power));
  return operator === 'rem' ? make.binary('and', a, make.constant('u32', c - 1)) : undefined;
}

/**
 * (x + inner) + c, and (x + inner) * c as x * c + inner * c: products that differ by a constant are
 * one.
 */
function sumWith(
  make: Maker,
  operator: 'add' | 'mul',
  { x, inner, c }: { x: Value; inner: number; c: number },
): Value {
  if (operator === 'add') return make.binary('add', x, make.constant(x.kind, inner + c));
  const product = make.binary('mul', x, make.constant(x.kind, c));
  return make.binary('add', product, make.constant(x.kind, Math.imul(inner, c)));
}

/** a + (x + c) as (a + x) + c: sums that differ by a constant share the rest. */
function constantOutwards(make: Maker, a: Value, b: Value): Value | undefined {
  for (const [sum, other] of [
    [a, b],
    [b, a],
  ] as const) {
    if (sum.op !== 'binary' || sum.operator !== 'add') continue;
    const [x, c] = sum.args as [Value, Value];
    if (c.op === 'constant') return make.binary('add', make.binary('add', other, x), c);
  }
  return undefined;
}

export function simplifySelect(
  make: Maker,
  [no, yes, condition]: readonly [Value, Value, Value],
): Value | undefined {
  if (condition.op === 'constant') return condition.value === 0 ? no : yes;
  if (no === yes) return no;
  if (no.kind !== 'bool') return extremeOf(make, [no, yes, condition]);
  if (no.op === 'constant') {
    return no.value === 0
      ? make.binary('and', condition, yes)
      : make.binary('or', make.unary('not', condition), yes);
  }
  if (yes.op !== 'constant') return undefined;
  return yes.value === 0
    ? make.binary('and', make.unary('not', condition), no)
    : make.binary('or', condition, no);
}

/** `min` is b < a ? b : a and `max` a < b ? b : a, of a NaN and of zeros too: one instruction, not four. */
function extremeOf(
  make: Maker,
  [no, yes, condition]: readonly [Value, Value, Value],
): Value | undefined {
  if (condition.op !== 'binary') return undefined;
  const { operator, args } = condition;
  if (operator !== 'lt' && operator !== 'gt') return undefined;
  const [less, more] = operator === 'lt' ? args : args.toReversed();
  if (less === yes && more === no) return make.binary('min', no, yes);
  return less === no && more === yes ? make.binary('max', no, yes) : undefined;
}

export function simplifyConvert(make: Maker, kind: ScalarKind, a: Value): Value | undefined {
  if (a.kind === kind) return a;
  return a.op === 'constant' ? make.constant(kind, convert(a.kind, kind, a.value)) : undefined;
}

export function simplifyBitcast(make: Maker, kind: ScalarKind, a: Value): Value | undefined {
  if (a.kind === kind) return a;
  return a.op === 'constant'
    ? make.constant(kind, fromBits(kind, bitsOf(a.kind, a.value)))
    : undefined;
}
