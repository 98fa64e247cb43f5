/** Which instruction does what: scalar ones by kind, vector ones on four lanes. */
import type { BinaryOp, ScalarKind, UnaryOp } from '../ir/scalar-arithmetic.ts';

type Table = Readonly<Record<ScalarKind, Partial<Record<BinaryOp, number>>>>;

const SCALAR_FLOAT: Partial<Record<BinaryOp, number>> = {
  add: 0x92,
  sub: 0x93,
  mul: 0x94,
  div: 0x95,
  eq: 0x5b,
  ne: 0x5c,
  lt: 0x5d,
  gt: 0x5e,
  le: 0x5f,
  ge: 0x60,
};

const SCALAR_SIGNED: Partial<Record<BinaryOp, number>> = {
  add: 0x6a,
  sub: 0x6b,
  mul: 0x6c,
  div: 0x6d,
  rem: 0x6f,
  and: 0x71,
  or: 0x72,
  xor: 0x73,
  shl: 0x74,
  shr: 0x75,
  eq: 0x46,
  ne: 0x47,
  lt: 0x48,
  gt: 0x4a,
  le: 0x4c,
  ge: 0x4e,
};

const SCALAR_UNSIGNED: Partial<Record<BinaryOp, number>> = {
  ...SCALAR_SIGNED,
  div: 0x6e,
  rem: 0x70,
  shr: 0x76,
  lt: 0x49,
  gt: 0x4b,
  le: 0x4d,
  ge: 0x4f,
};

export const SCALAR: Table = {
  f32: SCALAR_FLOAT,
  i32: SCALAR_SIGNED,
  u32: SCALAR_UNSIGNED,
  bool: SCALAR_UNSIGNED,
};

const VECTOR_FLOAT: Partial<Record<BinaryOp, number>> = {
  add: 0xe4,
  sub: 0xe5,
  mul: 0xe6,
  div: 0xe7,
  // pmin and pmax: one instruction each on x64, and the same answer everywhere, NaN included.
  min: 0xea,
  max: 0xeb,
  eq: 0x41,
  ne: 0x42,
  lt: 0x43,
  gt: 0x44,
  le: 0x45,
  ge: 0x46,
};

const VECTOR_SIGNED: Partial<Record<BinaryOp, number>> = {
  add: 0xae,
  sub: 0xb1,
  mul: 0xb5,
  min: 0xb6,
  max: 0xb8,
  and: 0x4e,
  or: 0x50,
  xor: 0x51,
  shl: 0xab,
  shr: 0xac,
  eq: 0x37,
  ne: 0x38,
  lt: 0x39,
  gt: 0x3b,
  le: 0x3d,
  ge: 0x3f,
};

const VECTOR_UNSIGNED: Partial<Record<BinaryOp, number>> = {
  ...VECTOR_SIGNED,
  min: 0xb7,
  max: 0xb9,
  shr: 0xad,
  lt: 0x3a,
  gt: 0x3c,
  le: 0x3e,
  ge: 0x40,
};

export const VECTOR: Table = {
  f32: VECTOR_FLOAT,
  i32: VECTOR_SIGNED,
  u32: VECTOR_UNSIGNED,
  bool: { and: 0x4e, or: 0x50, xor: 0x51, ne: 0x51, eq: 0x37 },
};

export const SCALAR_UNARY_F32: Partial<Record<UnaryOp, number>> = {
  neg: 0x8c,
  abs: 0x8b,
  ceil: 0x8d,
  floor: 0x8e,
  trunc: 0x8f,
  nearest: 0x90,
  sqrt: 0x91,
};

export const VECTOR_UNARY_F32: Partial<Record<UnaryOp, number>> = {
  neg: 0xe1,
  abs: 0xe0,
  ceil: 0x67,
  floor: 0x68,
  trunc: 0x69,
  nearest: 0x6a,
  sqrt: 0xe3,
};

export const SCALAR_UNARY_BITS: Partial<Record<UnaryOp, number>> = {
  clz: 0x67,
  ctz: 0x68,
  popcnt: 0x69,
};

export const OP = {
  unreachable: 0x00,
  block: 0x02,
  loop: 0x03,
  if: 0x04,
  else: 0x05,
  end: 0x0b,
  br: 0x0c,
  brIf: 0x0d,
  select: 0x1b,
  globalSet: 0x24,
  i32Load: 0x28,
  f32Load: 0x2a,
  i32Store: 0x36,
  f32Store: 0x38,
  i32Eqz: 0x45,
  i32Eq: 0x46,
  i32LtS: 0x48,
  i32LtU: 0x49,
  i32Add: 0x6a,
  i32Sub: 0x6b,
  i32Mul: 0x6c,
  i32And: 0x71,
  i32Or: 0x72,
  i32Xor: 0x73,
  i32Shl: 0x74,
  i32ShrS: 0x75,
  f32Min: 0x96,
  f32Max: 0x97,
  f32Lt: 0x5d,
  i32FromF32Bits: 0xbc,
  f32FromI32Bits: 0xbe,
  f32FromI32: 0xb2,
  f32FromU32: 0xb3,
  saturating: 0xfc,
  /** An empty block type. */
  empty: 0x40,
} as const;

export const SIMD = {
  load: 0x00,
  loadSplat: 0x09,
  store: 0x0b,
  shuffle: 0x0d,
  splatI32: 0x11,
  splatF32: 0x13,
  extractI32: 0x1b,
  replaceI32: 0x1c,
  extractF32: 0x1f,
  replaceF32: 0x20,
  not: 0x4d,
  and: 0x4e,
  andNot: 0x4f,
  or: 0x50,
  xor: 0x51,
  bitselect: 0x52,
  loadLane: 0x56,
  storeLane: 0x5a,
  loadZero: 0x5c,
  popcntBytes: 0x62,
  addPairsOfBytes: 0x7d,
  addPairsOfHalves: 0x7f,
  abs: 0xa0,
  neg: 0xa1,
  allTrue: 0xa3,
  bitmask: 0xa4,
  shl: 0xab,
  shrS: 0xac,
  shrU: 0xad,
  shrU64: 0xcd,
  add: 0xae,
  sub: 0xb1,
  mul: 0xb5,
  minU: 0xb7,
  extmulLowU: 0xde,
  extmulHighU: 0xdf,
  addF32: 0xe4,
  pmin: 0xea,
  toI32: 0xf8,
  toU32: 0xf9,
  fromI32: 0xfa,
  fromU32: 0xfb,
  relaxedMadd: 0x105,
  relaxedNegatedMadd: 0x106,
} as const;
