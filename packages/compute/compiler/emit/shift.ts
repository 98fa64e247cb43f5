/**
 * Shifts by a count of each lane's own, which WebAssembly has not: multiplied by a power of two.
 * Lane by lane they cost 16 instructions that move words between vector and scalar registers.
 */
import { upperBound } from '../ir/bounds.ts';
import type { Value } from '../ir/ir.ts';
import { bitsOf } from '../ir/scalar-arithmetic.ts';
import { UPPER_WORDS, shiftRight } from './divide.ts';
import type { Emitter } from './emitter.ts';
import { SIMD } from './opcodes.ts';

const LOWER_WORDS = [0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27] as const;

/** A float's exponent field begins here, and 1.0 has this much in it. */
const EXPONENT_BITS = 23;
const EXPONENT_OF_ONE = 127;

/** False where there is no such way: the sign that `shr` of i32 fills in. */
export function shiftByLanes(e: Emitter, value: Value & { op: 'binary' }): boolean {
  const { code } = e;
  const [a, count] = value.args as [Value, Value];
  if (value.operator === 'shl') {
    e.push(a, 'vector');
    code.get(e.constant(EXPONENT_OF_ONE));
    pushCount(e, count);
    code.simd(SIMD.add);
    powerOfTwo(e, SIMD.toU32);
    code.simd(SIMD.mul);
    return true;
  }
  if (value.kind !== 'u32') return false;
  const least = leastOf(count);
  if (least > 0 && upperBound(count) < least + HALF_BITS) {
    shiftHalves(e, value, least);
    return true;
  }
  const bits = least > 0 ? 32 : 31; // 2^32 is no u32
  const x = e.locals.take('v128');
  const power = e.locals.take('v128');
  e.push(a, 'vector');
  code.get(e.constant(EXPONENT_OF_ONE + bits));
  pushCount(e, count);
  code.simd(SIMD.sub);
  powerOfTwo(e, least > 1 ? SIMD.toI32 : SIMD.toU32); // below 2^31 the signed one is cheaper
  code.set(power);
  code.set(x);
  for (const product of [SIMD.extmulLowU, SIMD.extmulHighU]) {
    code.get(x);
    code.get(power);
    code.simd(product);
    if (bits === 32) continue;
    code.i32(bits);
    code.simd(SIMD.shrU64);
  }
  code.simd(SIMD.shuffle);
  code.op(...(bits === 32 ? UPPER_WORDS : LOWER_WORDS));
  e.locals.give(x);
  e.locals.give(power);
  return true;
}

const HALF_BITS = 16;
const HALF_MASK = 0xffff;
/** As a float, and the bits of it: the last bit of a float of this size counts ones. */
const INTEGERS_FROM = 2 ** 23;
const INTEGERS_FROM_BITS = 0x4b000000;

/**
 * `shr` by least .. least + 15: after least - 1, which is the same for all, the rest m is 1 .. 16,
 * and 2^(16 - m) times a half fits into 32 bits: 11 instructions, 15 with products of 64 bits.
 */
function shiftHalves(e: Emitter, { args }: Value, least: number): void {
  const { code } = e;
  const [x, power] = [e.locals.take('v128'), e.locals.take('v128')];
  e.push(args[0]!, 'vector');
  shiftRight(e, least - 1);
  code.set(x);
  code.get(e.constant(EXPONENT_OF_ONE + HALF_BITS + least - 1));
  e.push(args[1]!, 'vector');
  code.simd(SIMD.sub);
  code.i32(EXPONENT_BITS);
  code.simd(SIMD.shl);
  code.get(e.constant(bitsOf('f32', INTEGERS_FROM)));
  code.simd(SIMD.addF32);
  code.get(e.constant(INTEGERS_FROM_BITS));
  code.simd(SIMD.xor);
  code.set(power);
  code.get(x);
  shiftRight(e, HALF_BITS);
  code.get(power);
  code.simd(SIMD.mul);
  code.get(x);
  code.get(e.constant(HALF_MASK));
  code.simd(SIMD.and);
  code.get(power);
  code.simd(SIMD.mul);
  shiftRight(e, HALF_BITS);
  code.simd(SIMD.add);
  e.locals.give(x);
  e.locals.give(power);
}

/** Counts are taken modulo 32. */
function pushCount(e: Emitter, count: Value): void {
  e.push(count, 'vector');
  if (upperBound(count) < 32) return;
  e.code.get(e.constant(31));
  e.code.simd(SIMD.and);
}

/** The exponent on the stack becomes the integer. */
function powerOfTwo(e: Emitter, toInteger: number): void {
  e.code.i32(EXPONENT_BITS);
  e.code.simd(SIMD.shl);
  e.code.simd(toInteger);
}

/** What a count is at least. */
function leastOf(count: Value): number {
  if (upperBound(count) >= 32 || count.op !== 'binary' || count.operator !== 'add') return 0;
  return Math.max(...count.args.map((arg) => (arg.op === 'constant' ? arg.value : 0)));
}
