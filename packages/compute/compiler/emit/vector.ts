/** Operations on four lanes at once. */
import type { Value } from '../ir/ir.ts';
import { I32_MAX_AS_F32, U32_MAX_AS_F32, bitsOf } from '../ir/scalar-arithmetic.ts';
import { upperBound } from '../ir/bounds.ts';
import { vectorAtomic } from './atomic.ts';
import { divideByConstant } from './divide.ts';
import type { Emitter } from './emitter.ts';
import { vectorLoad } from './memory.ts';
import { OP, SCALAR, SCALAR_UNARY_BITS, SIMD, VECTOR, VECTOR_UNARY_F32 } from './opcodes.ts';
import { safeDivisor } from './scalar.ts';
import { shiftByLanes } from './shift.ts';

const LANES = [0, 1, 2, 3] as const;

export function vectorOperation(e: Emitter, value: Value): void {
  const { code } = e;
  switch (value.op) {
    case 'get':
      return code.get(e.slot(value.slot));
    case 'unary':
      return vectorUnary(e, value);
    case 'binary':
      return vectorBinary(e, value);
    case 'select':
      return vectorSelect(e, value);
    case 'convert':
      return vectorConvert(e, value);
    case 'bitcast':
      return e.push(value.args[0]!, 'vector');
    case 'clamp':
      e.push(value.args[0]!, 'vector');
      e.push(value.args[1]!, 'vector');
      return code.simd(SIMD.minU);
    case 'interleave':
      return vectorInterleave(e, value);
    case 'load':
      return vectorLoad(e, value);
    case 'atomic':
      return vectorAtomic(e, value);
    default:
      throw new Error(`no vector form of ${value.op}`);
  }
}

function vectorUnary(e: Emitter, value: Value & { op: 'unary' }): void {
  const { code } = e;
  const { operator } = value;
  e.push(value.args[0]!, 'vector');
  if (value.kind === 'f32') return code.simd(VECTOR_UNARY_F32[operator]!);
  switch (operator) {
    case 'neg':
      return code.simd(SIMD.neg);
    case 'abs':
      return code.simd(SIMD.abs);
    case 'not':
      return code.simd(SIMD.not);
    case 'popcnt':
      code.simd(SIMD.popcntBytes);
      code.simd(SIMD.addPairsOfBytes);
      return code.simd(SIMD.addPairsOfHalves);
    default:
      return laneByLane(e, () => code.op(SCALAR_UNARY_BITS[operator]!));
  }
}

/** Takes the vector on the stack apart, applies `write` to each lane, puts it together again. */
function laneByLane(e: Emitter, write: (lane: number) => void): void {
  const { code, locals } = e;
  const vector = locals.take('v128');
  code.tee(vector);
  for (const lane of LANES) {
    code.get(vector);
    code.simd(SIMD.extractI32);
    code.op(lane);
    write(lane);
    code.simd(SIMD.replaceI32);
    code.op(lane);
  }
  locals.give(vector);
}

function vectorBinary(e: Emitter, value: Value & { op: 'binary' }): void {
  const { operator } = value;
  const [a, b] = value.args as [Value, Value];
  const shifts = operator === 'shl' || operator === 'shr';
  const divides = operator === 'div' || operator === 'rem';
  if (shifts && !e.facts.isUniform(b)) {
    return shiftByLanes(e, value) ? undefined : binaryByLanes(e, value);
  }
  if (divides && a.kind !== 'f32') {
    return divideByConstant(e, value) ? undefined : binaryByLanes(e, value);
  }
  if (e.options.relaxed && multiplyAdd(e, value)) return;
  e.push(a, 'vector');
  e.push(b, shifts ? 'scalar' : 'vector');
  e.code.simd(VECTOR[a.kind][operator]!);
}

/** a * b + c, or c - a * b, in one rounding where a product is used once. */
function multiplyAdd(e: Emitter, value: Value & { op: 'binary' }): boolean {
  const { operator, kind } = value;
  const adds = operator === 'add';
  if (kind !== 'f32' || (!adds && operator !== 'sub')) return false;
  const isProduct = (x: Value) =>
    x.op === 'binary' &&
    x.operator === 'mul' &&
    e.demand.total(x) === 1 &&
    e.facts.shape(x).kind === 'varying';
  const [left, right] = value.args as [Value, Value];
  const product = adds && isProduct(left) ? left : right;
  if (!isProduct(product) || e.isKept(product)) return false;
  for (const factor of product.args) e.push(factor, 'vector');
  e.push(product === left ? right : left, 'vector');
  e.code.simd(adds ? SIMD.relaxedMadd : SIMD.relaxedNegatedMadd);
  return true;
}

function binaryByLanes(e: Emitter, value: Value & { op: 'binary' }): void {
  const { code, locals } = e;
  const [a, b] = value.args as [Value, Value];
  const divides = value.operator === 'div' || value.operator === 'rem';
  const right = locals.take('v128');
  e.push(a, 'vector');
  e.push(b, 'vector');
  code.set(right);
  const x = divides && value.kind === 'i32' ? locals.take('i32') : null;
  laneByLane(e, (lane) => {
    if (x !== null) code.tee(x);
    code.get(right);
    code.simd(SIMD.extractI32);
    code.op(lane);
    if (divides) safeDivisor(e, x);
    code.op(SCALAR[a.kind][value.operator]!);
  });
  locals.give(right);
  if (x !== null) locals.give(x);
}

function vectorSelect(e: Emitter, value: Value): void {
  const { code } = e;
  const [no, yes, condition] = value.args as [Value, Value, Value];
  if (e.facts.isUniform(condition)) {
    e.push(yes, 'vector');
    e.push(no, 'vector');
    e.push(condition, 'scalar');
    return code.op(OP.select);
  }
  if (isZero(no) || isZero(yes)) {
    e.push(isZero(no) ? yes : no, 'vector');
    e.push(condition, 'vector');
    return code.simd(isZero(no) ? SIMD.and : SIMD.andNot);
  }
  e.push(yes, 'vector');
  e.push(no, 'vector');
  e.push(condition, 'vector');
  code.simd(SIMD.bitselect);
}

function isZero(value: Value): boolean {
  return value.op === 'constant' && bitsOf(value.kind, value.value) === 0;
}

function vectorConvert(e: Emitter, value: Value): void {
  const { code } = e;
  const arg = value.args[0]!;
  e.push(arg, 'vector');
  if (value.kind === 'f32') {
    const isSigned = arg.kind === 'i32' || upperBound(arg) < 2 ** 31;
    return code.simd(isSigned ? SIMD.fromI32 : SIMD.fromU32);
  }
  const max = value.kind === 'u32' ? U32_MAX_AS_F32 : I32_MAX_AS_F32;
  code.get(e.constant(bitsOf('f32', max)));
  code.simd(SIMD.pmin);
  code.simd(value.kind === 'u32' ? SIMD.toU32 : SIMD.toI32);
}

function vectorInterleave(e: Emitter, value: Value & { op: 'interleave' }): void {
  const { code, locals } = e;
  const index = locals.take('v128');
  e.push(value.args[0]!, 'vector');
  code.tee(index);
  code.get(e.constant(-4));
  code.simd(SIMD.and);
  code.get(e.constant(value.bytes));
  code.simd(SIMD.mul);
  code.get(index);
  code.get(e.constant(3));
  code.simd(SIMD.and);
  code.i32(2);
  code.simd(SIMD.shl);
  code.simd(SIMD.add);
  locals.give(index);
}
