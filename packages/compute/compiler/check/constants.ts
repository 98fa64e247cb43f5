/** Values of constant expressions: conversion, operators and the built-in functions that have constant forms. */
import {
  type BinaryOp,
  convert as convertScalar,
  foldBinary,
  wrap,
} from '../ir/scalar-arithmetic.ts';
import type { BinaryOperator } from '../parse/ast.ts';
import { type Scalar, type ScalarName, type Type, partsOf } from '../types.ts';
import type { Constant } from './typed.ts';

export const OPERATIONS: Readonly<Record<BinaryOperator, BinaryOp>> = {
  '+': 'add',
  '-': 'sub',
  '*': 'mul',
  '/': 'div',
  '%': 'rem',
  '&': 'and',
  '|': 'or',
  '^': 'xor',
  '<<': 'shl',
  '>>': 'shr',
  '==': 'eq',
  '!=': 'ne',
  '<': 'lt',
  '<=': 'le',
  '>': 'gt',
  '>=': 'ge',
  '&&': 'and',
  '||': 'or',
};

export function zeroOf(type: Type): Constant {
  const parts = partsOf(type);
  return parts.length === 0 ? 0 : parts.map(zeroOf);
}

/** Applies `f` to every scalar. */
export function mapConstant(value: Constant, f: (scalar: number) => number): Constant {
  return typeof value === 'number' ? f(value) : value.map((part) => mapConstant(part, f));
}

/** Applies `f` scalar by scalar; a scalar operand meets every part of a composite one. */
export function zipConstants(
  a: Constant,
  b: Constant,
  f: (a: number, b: number) => number,
): Constant {
  if (typeof a === 'number') {
    return typeof b === 'number' ? f(a, b) : b.map((part) => zipConstants(a, part, f));
  }
  return a.map((part, i) => zipConstants(part, typeof b === 'number' ? b : b[i]!, f));
}

/** The value of an abstract constant as a value of `to`, or why it has none. */
export function fromAbstract(
  value: number,
  from: ScalarName,
  to: ScalarName,
): { value: number } | string {
  if (to === 'f32') {
    const rounded = Math.fround(value);
    return Number.isFinite(rounded) ? { value: rounded } : `${value} does not fit f32`;
  }
  if (to === 'abstract-float' || from === to) return { value };
  if (from !== 'abstract-int') return `${value} is no integer; convert it with ${to}(...)`;
  const [low, high] = to === 'i32' ? [-(2 ** 31), 2 ** 31 - 1] : [0, 2 ** 32 - 1];
  if (to === 'bool') return 'a number is no bool; compare it with 0';
  return value >= low && value <= high ? { value } : `${value} does not fit ${to}`;
}

/** `f32(x)`, `i32(x)` and so on for a constant. */
export function convertConstant(value: number, from: Scalar, to: Scalar): number {
  if (to.name === 'abstract-int' || to.name === 'abstract-float') return value;
  // An abstract integer wraps into u32 and i32 exactly; do not send it through float32 limits.
  if (from.name === 'abstract-int') return wrap(to.name, value);
  if (from.name !== 'abstract-float') return convertScalar(from.name, to.name, value);
  if (to.name === 'i32') return Math.trunc(Math.min(Math.max(value, -(2 ** 31)), 2 ** 31 - 1));
  if (to.name === 'u32') return Math.trunc(Math.min(Math.max(value, 0), 2 ** 32 - 1));
  return wrap(to.name, value);
}

/** One operator on two scalars of one type; a string says why there is no value. */
export function evaluateScalar(
  operator: BinaryOperator,
  type: Scalar,
  a: number,
  b: number,
): number | string {
  const operation = OPERATIONS[operator];
  const integer = type.name !== 'f32' && type.name !== 'abstract-float';
  if ((operator === '/' || operator === '%') && b === 0 && integer) return 'division by zero';
  if (operator === '%' && !integer) return remainder(type, a, b);
  if (
    (operator === '/' || operator === '%') &&
    b === -1 &&
    a === -(2 ** 31) &&
    type.name === 'i32'
  ) {
    return 'the result does not fit i32';
  }
  if ((operator === '<<' || operator === '>>') && b >= 32 && type.name !== 'abstract-int') {
    return `a shift by ${b} is out of range`;
  }
  if (operator === '<<' && losesBits(type, a, b)) return 'the shift loses bits';
  if (type.name === 'abstract-float' || type.name === 'abstract-int') {
    return evaluateAbstract(operation, integer, a, b);
  }
  const value = foldBinary(operation, type.name, a, b);
  return Number.isFinite(value) ? value : 'the result is not finite';
}

/** x - y * trunc(x / y), as kernels compute it (WGSL 8.7). */
function remainder(type: Scalar, a: number, b: number): number | string {
  const round = type.name === 'f32' ? Math.fround : (x: number) => x;
  const value = round(a - round(b * Math.trunc(round(a / b))));
  return Number.isFinite(value) ? value : 'the result is not finite';
}

/** A constant shifted left keeps its value (WGSL 8.9): no bit falls out, no sign turns. */
function losesBits(type: Scalar, a: number, b: number): boolean {
  if (type.name === 'u32') return a * 2 ** b >= 2 ** 32;
  const limit = type.name === 'i32' ? 2 ** 31 : 2 ** 63;
  return a * 2 ** b >= limit || a * 2 ** b < -limit;
}

function evaluateAbstract(
  operation: BinaryOp,
  integer: boolean,
  a: number,
  b: number,
): number | string {
  let value: number;
  if (operation === 'add') value = a + b;
  else if (operation === 'sub') value = a - b;
  else if (operation === 'mul') value = a * b;
  else if (operation === 'div') value = integer ? Math.trunc(a / b) : a / b;
  else if (operation === 'rem') value = a % b;
  else if (['eq', 'ne', 'lt', 'le', 'gt', 'ge', 'min', 'max'].includes(operation)) {
    value = foldBinary(operation, 'f32', a, b);
  } else value = Number(evaluateWide(operation, BigInt(a), BigInt(b)));
  if (!Number.isFinite(value)) return 'the result is not finite';
  if (integer && !Number.isSafeInteger(value)) {
    return `${value} is beyond 2^53; give the numbers a type with the suffix u or i`;
  }
  return value;
}

function evaluateWide(operation: BinaryOp, a: bigint, b: bigint): bigint {
  if (operation === 'and') return a & b;
  if (operation === 'or') return a | b;
  if (operation === 'xor') return a ^ b;
  return operation === 'shl' ? a << b : a >> b;
}
