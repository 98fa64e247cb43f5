/** How the values of one operation relate in the four lanes of a vector. */
import type { Value } from '../ir/ir.ts';

export type Shape =
  /** The same in all lanes. `multiple`: a power of two that divides it (integers). */
  | { readonly kind: 'uniform'; readonly multiple: number }
  /** base + lane * stride, with a uniform base that `multiple` divides. */
  | { readonly kind: 'linear'; readonly stride: number; readonly multiple: number }
  /** Different, but cheapest to compute lane by lane from uniform and linear values. */
  | { readonly kind: 'lanes' }
  | { readonly kind: 'varying' };

/** What 0 is a multiple of: any power of two; more than enough here. */
const MULTIPLE_MAX = 2 ** 30;
export const LANES = 4;

export const VARYING: Shape = { kind: 'varying' };
export const LANEWISE: Shape = { kind: 'lanes' };
export const UNIFORM: Shape = uniform(1);

export function uniform(multiple: number): Shape {
  return { kind: 'uniform', multiple: Math.min(multiple, MULTIPLE_MAX) };
}

function linear(stride: number, multiple: number): Shape {
  if (stride === 0) return uniform(multiple);
  return { kind: 'linear', stride, multiple: Math.min(multiple, MULTIPLE_MAX) };
}

/** The largest power of two that divides an integer. */
export function powerOf(value: number): number {
  if (!Number.isInteger(value)) return 1;
  return value === 0 ? MULTIPLE_MAX : Math.min((value & -value) >>> 0, MULTIPLE_MAX);
}

export function sameShape(a: Shape, b: Shape): boolean {
  if (a.kind === 'uniform') return b.kind === 'uniform' && a.multiple === b.multiple;
  if (a.kind !== 'linear') return a.kind === b.kind;
  return b.kind === 'linear' && a.stride === b.stride && a.multiple === b.multiple;
}

/** The shape of a value that is computed from its arguments alone. */
export function shapeOf(value: Value, args: readonly Shape[]): Shape {
  switch (value.op) {
    case 'constant':
      return uniform(powerOf(value.value));
    case 'lane':
      return linear(1, MULTIPLE_MAX);
    case 'parameter':
      return UNIFORM;
    case 'bitcast':
      return value.kind === 'f32' || value.args[0]!.kind === 'f32' ? plain(args) : args[0]!;
    case 'all':
      return UNIFORM;
    case 'clamp':
      return shapeOfClamp(args[0]!, value.padded, args[1]!);
    case 'interleave':
      return shapeOfInterleave(args[0]!, value.bytes);
    case 'binary':
      return value.args[0]!.kind === 'f32' ? plain(args) : shapeOfBinary(value, args[0]!, args[1]!);
    default:
      return plain(args);
  }
}

function plain(args: readonly Shape[]): Shape {
  return args.every((shape) => shape.kind === 'uniform') ? UNIFORM : VARYING;
}

function isAligned(shape: Shape): boolean {
  return shape.kind === 'linear' && shape.stride === 1 && shape.multiple >= LANES;
}

function shapeOfClamp(index: Shape, padded: boolean, last: Shape): Shape {
  if (index.kind === 'uniform' && last.kind === 'uniform') return UNIFORM;
  // Whole groups of four are clamped together: their memory reaches that far.
  if (isAligned(index) && padded) return linear(1, LANES);
  return index.kind === 'linear' || index.kind === 'lanes' ? LANEWISE : VARYING;
}

function shapeOfInterleave(index: Shape, bytes: number): Shape {
  if (index.kind === 'uniform') return UNIFORM;
  if (isAligned(index)) return linear(4, powerOf(bytes) * LANES);
  return index.kind === 'linear' || index.kind === 'lanes' ? LANEWISE : VARYING;
}

function shapeOfBinary(value: Value & { op: 'binary' }, a: Shape, b: Shape): Shape {
  const constant = value.args[1]!.op === 'constant' ? value.args[1]!.value : undefined;
  switch (value.operator) {
    case 'add':
      return sum(a, b, 1);
    case 'sub':
      return sum(a, b, -1);
    case 'mul':
      return product(a, b, constant);
    case 'shl':
      return constant === undefined ? plain([a, b]) : product(a, uniform(1), 2 ** (constant & 31));
    case 'shr':
      return constant === undefined ? plain([a, b]) : quotient(a, 2 ** (constant & 31));
    case 'div':
      if (value.kind !== 'u32' || constant === undefined) return plain([a, b]);
      return quotient(a, constant);
    case 'lt':
    case 'ge':
      return side(a, b) ?? plain([a, b]);
    case 'gt':
    case 'le':
      return side(b, a) ?? plain([a, b]);
    case 'and':
      return masked(a, constant) ?? plain([a, b]);
    default:
      return plain([a, b]);
  }
}

function sum(a: Shape, b: Shape, sign: number): Shape {
  if (a.kind === 'varying' || b.kind === 'varying') return VARYING;
  if (a.kind === 'lanes' || b.kind === 'lanes') return LANEWISE;
  const multiple = Math.min(a.multiple, b.multiple);
  return linear(strideOf(a) + sign * strideOf(b), multiple);
}

function strideOf(shape: Shape): number {
  return shape.kind === 'linear' ? shape.stride : 0;
}

function product(a: Shape, b: Shape, constant: number | undefined): Shape {
  if (a.kind === 'varying' || b.kind === 'varying') return VARYING;
  if (a.kind === 'uniform' && b.kind === 'uniform') {
    return uniform(a.multiple * (constant === undefined ? b.multiple : powerOf(constant)));
  }
  if (a.kind === 'lanes' || b.kind === 'lanes') {
    return a.kind === 'uniform' || b.kind === 'uniform' ? LANEWISE : VARYING;
  }
  if (constant === undefined || a.kind !== 'linear') return VARYING;
  const stride = a.stride * constant;
  if (Math.abs(stride) >= MULTIPLE_MAX) return VARYING;
  return linear(stride, a.multiple * powerOf(constant));
}

/** floor((base + lane * stride) / divisor): uniform where no lane reaches the next multiple. */
function quotient(a: Shape, divisor: number): Shape {
  if (a.kind === 'uniform') {
    return uniform(Math.max(1, Math.floor(a.multiple / powerOf(divisor))));
  }
  if (a.kind !== 'linear') return VARYING;
  return staysBelow(a, powerOf(divisor)) ? UNIFORM : VARYING;
}

function staysBelow(a: Shape & { kind: 'linear' }, multiple: number): boolean {
  return a.stride > 0 && (LANES - 1) * a.stride < Math.min(a.multiple, multiple);
}

/** base + lane * stride < other: the same for all lanes where both are multiples of enough. */
function side(a: Shape, b: Shape): Shape | undefined {
  if (a.kind !== 'linear' || b.kind !== 'uniform') return undefined;
  return staysBelow(a, b.multiple) ? UNIFORM : undefined;
}

/** A mask that cuts the lane off, or a remainder that no lane leaves its multiple for. */
function masked(a: Shape, mask: number | undefined): Shape | undefined {
  if (a.kind === 'uniform' && mask !== undefined)
    return uniform(Math.max(a.multiple, powerOf(mask)));
  if (a.kind !== 'linear' || mask === undefined) return undefined;
  if (staysBelow(a, powerOf(mask))) return uniform(powerOf(mask));
  const divisor = powerOf(mask + 1);
  if (mask + 1 !== divisor || !staysBelow(a, divisor)) return undefined;
  return linear(a.stride, Math.min(a.multiple, divisor));
}
