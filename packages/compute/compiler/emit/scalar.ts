/** Operations on one scalar for all lanes; of linear values on their base; and lane by lane. */
import type { Value } from '../ir/ir.ts';
import { I32_MAX_AS_F32, U32_MAX_AS_F32 } from '../ir/scalar-arithmetic.ts';
import { type Emitter, scalarType } from './emitter.ts';
import { scalarLoad } from './memory.ts';
import { OP, SCALAR, SCALAR_UNARY_BITS, SCALAR_UNARY_F32, SIMD } from './opcodes.ts';

export function scalarOperation(e: Emitter, value: Value): void {
  switch (value.op) {
    case 'get':
      return e.code.get(e.slot(value.slot));
    case 'unary':
      return scalarUnary(e, value);
    case 'binary':
      return scalarBinary(e, value);
    case 'select':
      e.push(value.args[1]!, 'scalar');
      e.push(value.args[0]!, 'scalar');
      e.push(value.args[2]!, 'scalar');
      return e.code.op(OP.select);
    case 'convert':
      return scalarConvert(e, value);
    case 'bitcast':
      return scalarBitcast(e, value);
    case 'all':
      return scalarAll(e, value);
    case 'clamp':
      return scalarClamp(e, value);
    case 'interleave':
      return scalarInterleave(e, value);
    case 'load':
      return scalarLoad(e, value);
    default:
      throw new Error(`no scalar form of ${value.op}`);
  }
}

function scalarAll(e: Emitter, value: Value): void {
  const condition = value.args[0]!;
  if (e.facts.isUniform(condition)) return e.push(condition, 'scalar');
  e.push(condition, 'vector');
  e.code.simd(SIMD.allTrue);
}

function scalarUnary(e: Emitter, value: Value & { op: 'unary' }): void {
  const { code } = e;
  const { operator } = value;
  const arg = value.args[0]!;
  const opcode = value.kind === 'f32' ? SCALAR_UNARY_F32[operator] : SCALAR_UNARY_BITS[operator];
  if (opcode === undefined && operator === 'neg') code.i32(0);
  e.push(arg, 'scalar');
  if (opcode !== undefined) return code.op(opcode);
  if (operator === 'neg') return code.op(OP.i32Sub);
  if (operator === 'not') {
    if (value.kind === 'bool') return code.op(OP.i32Eqz);
    code.i32(-1);
    return code.op(OP.i32Xor);
  }
  if (operator !== 'abs') throw new Error(`${operator} of ${value.kind}`);
  // (x ^ sign) - sign
  const [x, sign] = [e.locals.take('i32'), e.locals.take('i32')];
  code.tee(x);
  code.get(x);
  code.i32(31);
  code.op(OP.i32ShrS);
  code.tee(sign);
  code.op(OP.i32Xor);
  code.get(sign);
  code.op(OP.i32Sub);
  e.locals.give(x);
  e.locals.give(sign);
}

function scalarBinary(e: Emitter, value: Value & { op: 'binary' }): void {
  const { operator } = value;
  const [a, b] = value.args as [Value, Value];
  if (operator === 'min' || operator === 'max') return scalarExtreme(e, value);
  const divides = operator === 'div' || operator === 'rem';
  if (divides && a.kind !== 'f32') return scalarDivide(e, value);
  e.push(a, 'scalar');
  e.push(b, 'scalar');
  e.code.op(SCALAR[a.kind][operator]!);
}

/** min: b < a ? b : a; max: a < b ? b : a. As the vector instructions do. */
function scalarExtreme(e: Emitter, value: Value & { op: 'binary' }): void {
  const { code, locals } = e;
  const [a, b] = value.args as [Value, Value];
  const type = scalarType(a);
  e.push(b, 'scalar');
  const y = locals.take(type);
  code.tee(y);
  e.push(a, 'scalar');
  const x = locals.take(type);
  code.tee(x);
  for (const local of value.operator === 'min' ? [y, x] : [x, y]) code.get(local);
  code.op(SCALAR[a.kind].lt!, OP.select);
  locals.give(x);
  locals.give(y);
}

function scalarDivide(e: Emitter, value: Value & { op: 'binary' }): void {
  const [a, b] = value.args as [Value, Value];
  e.push(a, 'scalar');
  const isSafe = b.op === 'constant' && b.value !== 0 && b.value !== -1;
  const x = value.kind === 'i32' && !isSafe ? e.locals.take('i32') : null;
  if (x !== null) e.code.tee(x);
  e.push(b, 'scalar');
  if (!isSafe) safeDivisor(e, x);
  e.code.op(SCALAR[a.kind][value.operator]!);
  if (x !== null) e.locals.give(x);
}

/**
 * The divisor on the stack, or 1 where WGSL gives the dividend: zero, and -1 for the lowest i32 (`x`
 * holds the dividend; null for u32).
 */
export function safeDivisor(e: Emitter, x: number | null): void {
  const { code, locals } = e;
  const d = locals.take('i32');
  code.set(d);
  if (x === null) {
    code.get(d);
    code.get(d);
    code.op(OP.i32Eqz, OP.i32Or);
  } else {
    code.i32(1);
    code.get(d);
    code.get(d);
    code.op(OP.i32Eqz);
    code.get(d);
    code.i32(-1);
    code.op(OP.i32Eq);
    code.get(x);
    code.i32(-(2 ** 31));
    code.op(OP.i32Eq, OP.i32And, OP.i32Or, OP.select);
  }
  locals.give(d);
}

function scalarConvert(e: Emitter, value: Value): void {
  const { code } = e;
  const arg = value.args[0]!;
  e.push(arg, 'scalar');
  if (value.kind === 'f32') return code.op(arg.kind === 'u32' ? OP.f32FromU32 : OP.f32FromI32);
  code.f32(value.kind === 'u32' ? U32_MAX_AS_F32 : I32_MAX_AS_F32);
  code.op(OP.f32Min, OP.saturating, value.kind === 'u32' ? 1 : 0);
}

function scalarBitcast(e: Emitter, value: Value): void {
  const arg = value.args[0]!;
  e.push(arg, 'scalar');
  if (value.kind === 'f32') e.code.op(OP.f32FromI32Bits);
  else if (arg.kind === 'f32') e.code.op(OP.i32FromF32Bits);
}

/** The smaller of two unsigned numbers on the stack. */
function smaller(e: Emitter): void {
  const { code, locals } = e;
  const [a, b] = [locals.take('i32'), locals.take('i32')];
  code.set(b);
  code.tee(a);
  code.get(b);
  code.get(a);
  code.get(b);
  code.op(OP.i32LtU, OP.select);
  locals.give(a);
  locals.give(b);
}

function scalarClamp(e: Emitter, value: Value & { op: 'clamp' }): void {
  e.push(value.args[0]!, 'scalar');
  e.push(value.args[1]!, 'scalar');
  if (e.facts.shape(value).kind === 'linear') {
    // The base of the last group of four.
    e.code.i32(-4);
    e.code.op(OP.i32And);
  }
  smaller(e);
}

/** Bytes to the element's word 0: groups of four elements, then four bytes for each in its group. */
function scalarInterleave(e: Emitter, value: Value & { op: 'interleave' }): void {
  e.push(value.args[0]!, 'scalar');
  interleaveTop(e, value.bytes, e.facts.shape(value).kind === 'linear');
}

function interleaveTop(e: Emitter, bytes: number, isFirstOfGroup: boolean): void {
  const { code, locals } = e;
  if (isFirstOfGroup) {
    code.i32(bytes);
    return code.op(OP.i32Mul);
  }
  const index = locals.take('i32');
  code.tee(index);
  code.i32(-4);
  code.op(OP.i32And);
  code.i32(bytes);
  code.op(OP.i32Mul);
  code.get(index);
  code.i32(3);
  code.op(OP.i32And);
  code.i32(2);
  code.op(OP.i32Shl, OP.i32Add);
  locals.give(index);
}

/** One lane of an address. The caller ends the uses of the arguments. */
export function laneOperation(e: Emitter, value: Value, lane: number): void {
  const { args } = value;
  switch (value.op) {
    case 'clamp':
      e.pushLane(args[0]!, lane);
      e.pushLane(args[1]!, lane);
      return smaller(e);
    case 'interleave':
      e.pushLane(args[0]!, lane);
      return interleaveTop(e, value.bytes, false);
    case 'bitcast':
      return e.pushLane(args[0]!, lane);
    case 'binary':
      e.pushLane(args[0]!, lane);
      e.pushLane(args[1]!, lane);
      return e.code.op(SCALAR.u32[value.operator]!);
    default:
      throw new Error(`no lanes of ${value.op}`);
  }
}
