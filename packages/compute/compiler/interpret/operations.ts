/** Operators and built-in functions on values, part by part. */
import { convertConstant, OPERATIONS } from '../check/constants.ts';
import { type ScalarKind, convert, foldBinary, foldUnary, wrap } from '../ir/scalar-arithmetic.ts';
import type { BinaryOperator } from '../parse/ast.ts';
import { type Type, elementOf, isAbstract } from '../types.ts';
import type { Value } from './place.ts';

export function map(values: readonly Value[], f: (...parts: number[]) => number): Value {
  const wide = values.find((value) => typeof value !== 'number');
  if (!wide) return f(...(values as number[]));
  return wide.map((_, i) =>
    map(
      values.map((value) => (typeof value === 'number' ? value : value[i]!)),
      f,
    ),
  );
}

export function kindOf(type: Type): ScalarKind {
  return elementOf(type)!.name as ScalarKind;
}

export function binary(operator: BinaryOperator, kind: ScalarKind, a: Value, b: Value): Value {
  return map([a, b], (x, y) => scalarBinary(operator, kind, x, y));
}

function scalarBinary(operator: BinaryOperator, kind: ScalarKind, a: number, b: number): number {
  if (operator === '%' && kind === 'f32') {
    return Math.fround(a - Math.fround(b * Math.trunc(Math.fround(a / b))));
  }
  if (kind === 'i32' && a === -(2 ** 31) && b === -1) {
    if (operator === '/') return a;
    if (operator === '%') return 0;
  }
  const shift = operator === '<<' || operator === '>>';
  return foldBinary(OPERATIONS[operator], kind, a, shift ? b & 31 : b) + 0;
}

export function converted(from: Type, to: Type, value: Value): Value {
  const [a, b] = [elementOf(from)!, elementOf(to)!];
  return map([value], (x) =>
    isAbstract(a)
      ? convertConstant(x, a, b)
      : convert(a.name as ScalarKind, b.name as ScalarKind, x),
  );
}

const leadingBit = (kind: ScalarKind, x: number): number => {
  const bits = kind === 'i32' && x < 0 ? ~x : x;
  return wrap(kind, bits === 0 ? -1 : 31 - Math.clz32(bits));
};

const reversed = (x: number): number => {
  let out = 0;
  for (let i = 0; i < 32; i++) out = (out << 1) | ((x >>> i) & 1);
  return out;
};

type Columns = readonly (readonly number[])[];

function transposed(columns: Columns): number[][] {
  return columns[0]!.map((_, row) => columns.map((column) => column[row]!));
}

const isMatrix = (value: readonly Value[]): boolean => typeof value[0] !== 'number';

/** A product with a matrix on at least one side. */
export function matrixProduct(left: Value, right: Value): Value {
  if (typeof left === 'number' || typeof right === 'number') {
    return map([left, right], (a, b) => Math.fround(a * b));
  }
  const rows = isMatrix(left) ? transposed(left as number[][]) : [left as number[]];
  const columns = (isMatrix(right) ? right : [right]) as number[][];
  const product = columns.map((column) =>
    rows.map((row) =>
      row.map((x, i) => Math.fround(x * column[i]!)).reduce((sum, x) => Math.fround(sum + x)),
    ),
  );
  if (!isMatrix(left)) return product.map((column) => column[0]!);
  return isMatrix(right) ? product : product[0]!;
}

type ByParts = (kind: ScalarKind, ...parts: number[]) => number;

const unary =
  (operation: Parameters<typeof foldUnary>[0]): ByParts =>
  (kind, x) =>
    foldUnary(operation, kind, x);

const range = (offset: number, count: number): [from: number, bits: number] => {
  const from = Math.min(offset, 32);
  return [from, Math.min(count, 32 - from)];
};

/** 2^bits - 1 as an unsigned number. */
const ones = (bits: number): number => (bits === 32 ? -1 : (1 << bits) - 1) >>> 0;

const extractBits: ByParts = (kind, x, offset, count) => {
  const [from, bits] = range(offset, count);
  if (bits === 0) return 0;
  const moved = x << (32 - from - bits);
  return wrap(kind, kind === 'u32' ? moved >>> (32 - bits) : moved >> (32 - bits));
};

const insertBits: ByParts = (kind, x, y, offset, count) => {
  const [from, bits] = range(offset, count);
  if (bits === 0) return x;
  const mask = ones(bits) << from;
  return wrap(kind, (x & ~mask) | ((y << from) & mask));
};

const BY_PARTS: Readonly<Record<string, ByParts>> = {
  abs: unary('abs'),
  ceil: unary('ceil'),
  clamp: (_, x, low, high) => Math.min(Math.max(x, low), high),
  countLeadingZeros: unary('clz'),
  countOneBits: unary('popcnt'),
  countTrailingZeros: unary('ctz'),
  extractBits,
  firstLeadingBit: (kind, x) => leadingBit(kind, x),
  firstTrailingBit: (kind, x) => (x === 0 ? wrap(kind, -1) : foldUnary('ctz', kind, x)),
  floor: unary('floor'),
  fract: (_, x) => Math.fround(x - Math.floor(x)),
  insertBits,
  max: (_, a, b) => Math.max(a, b),
  min: (_, a, b) => Math.min(a, b),
  reverseBits: (kind, x) => wrap(kind, reversed(x)),
  round: unary('nearest'),
  saturate: (_, x) => Math.min(Math.max(x, 0), 1),
  sign: (_, x) => Math.sign(x),
  sqrt: unary('sqrt'),
  step: (_, edge, x) => Number(edge <= x),
  trunc: unary('trunc'),
};

export function builtin(name: string, type: Type, args: readonly Value[]): Value {
  const kind = kindOf(type);
  if (name === 'any') return Number([args[0]!].flat().includes(1));
  if (name === 'all') return Number([args[0]!].flat().every((x) => x === 1));
  if (name === 'select') return map(args, (no, yes, condition) => (condition === 1 ? yes : no));
  if (name === 'transpose') return transposed(args[0] as number[][]);
  if (name === 'dot') {
    const products = binary('*', kind, args[0]!, args[1]!) as number[];
    return products.reduce((sum, x) => foldBinary('add', kind, sum, x));
  }
  const f = BY_PARTS[name];
  if (!f) throw new Error(`interpret: ${name} is not there yet`);
  return map(args, (...parts) => f(kind, ...parts) + 0);
}
