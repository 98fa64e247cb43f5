/** Division of four integers by a constant, by multiplication (Granlund and Montgomery 1994). */
import type { Value } from '../ir/ir.ts';
import type { Emitter } from './emitter.ts';
import { SIMD } from './opcodes.ts';

/** Bytes of the upper halves of four 64-bit products. */
export const UPPER_WORDS = [4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31] as const;

/** False where the divisor is no constant greater than 1. */
export function divideByConstant(e: Emitter, value: Value & { op: 'binary' }): boolean {
  const [a, b] = value.args as [Value, Value];
  if (b.op !== 'constant' || b.value <= 1) return false;
  if (value.kind === 'i32') return false;
  const { code, locals } = e;
  const x = locals.take('v128');
  e.push(a, 'vector');
  code.set(x);
  const q = locals.take('v128');
  quotient(e, x, b.value, q);
  if (value.operator === 'div') code.get(q);
  else {
    code.get(x);
    code.get(q);
    code.get(e.constant(b.value | 0));
    code.simd(SIMD.mul);
    code.simd(SIMD.sub);
  }
  locals.give(x);
  locals.give(q);
  return true;
}

/** q = x / divisor, unsigned. */
function quotient(e: Emitter, x: number, divisor: number, q: number): void {
  const { code } = e;
  const bits = 32 - Math.clz32(divisor - 1);
  const d = BigInt(divisor);
  const multiplier = ((1n << BigInt(32 + bits)) + d - 1n) / d;
  const low = Number(multiplier & 0xffffffffn) | 0;
  code.get(x);
  code.get(e.constant(low));
  code.simd(SIMD.extmulLowU);
  code.get(x);
  code.get(e.constant(low));
  code.simd(SIMD.extmulHighU);
  code.simd(SIMD.shuffle);
  code.op(...UPPER_WORDS);
  if (multiplier >> 32n === 0n) {
    shiftRight(e, bits);
    code.set(q);
    return;
  }
  // The multiplier has 33 bits: (((x - high) >> 1) + high) >> (bits - 1).
  code.set(q);
  code.get(x);
  code.get(q);
  code.simd(SIMD.sub);
  shiftRight(e, 1);
  code.get(q);
  code.simd(SIMD.add);
  shiftRight(e, bits - 1);
  code.set(q);
}

/** The vector on the stack, unsigned. */
export function shiftRight(e: Emitter, count: number): void {
  if (count === 0) return;
  e.code.i32(count);
  e.code.simd(SIMD.shrU);
}
