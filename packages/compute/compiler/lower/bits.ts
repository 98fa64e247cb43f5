/** Built-in functions on bits (WGSL 17.5). */
import type { Value } from '../ir/ir.ts';
import type { Lowering } from './lowering.ts';
import { type Lowered, mapParts, zip } from './parts.ts';

type OfScalar = (l: Lowering, x: Value) => Value;

const asU32 =
  (f: OfScalar): OfScalar =>
  (l, x) =>
    l.b.bitcast(x.kind, f(l, l.b.bitcast('u32', x)));

/** Swaps neighbouring groups of `shift` bits. */
function swapped(l: Lowering, x: Value, shift: number, mask: number): Value {
  const b = l.b;
  const by = b.u32(shift);
  const high = b.binary('and', b.binary('shr', x, by), b.u32(mask));
  return b.binary('or', high, b.binary('shl', b.binary('and', x, b.u32(mask)), by));
}

const reversed = asU32((l, x) => {
  let bits = swapped(l, x, 1, 0x55555555);
  bits = swapped(l, bits, 2, 0x33333333);
  bits = swapped(l, bits, 4, 0x0f0f0f0f);
  bits = swapped(l, bits, 8, 0x00ff00ff);
  return swapped(l, bits, 16, 0x0000ffff);
});

/** Of a negative number the first bit that differs from the sign; -1 where there is none. */
const firstLeading: OfScalar = (l, x) => {
  const b = l.b;
  const sign = x.kind === 'i32' ? b.binary('shr', x, b.u32(31)) : b.constant('u32', 0);
  const bits = b.bitcast('u32', b.binary('xor', x, b.bitcast(x.kind, sign)));
  return b.bitcast(x.kind, b.binary('sub', b.u32(31), b.unary('clz', bits)));
};

const firstTrailing = asU32((l, x) => {
  const none = l.b.binary('eq', x, l.b.u32(0));
  return l.b.select(l.b.unary('ctz', x), l.b.u32(0xffffffff), none);
});

const BY_SCALAR: Readonly<Record<string, OfScalar>> = {
  countLeadingZeros: asU32((l, x) => l.b.unary('clz', x)),
  countOneBits: asU32((l, x) => l.b.unary('popcnt', x)),
  countTrailingZeros: asU32((l, x) => l.b.unary('ctz', x)),
  firstLeadingBit: firstLeading,
  firstTrailingBit: firstTrailing,
  reverseBits: reversed,
};

export function lowerBits(
  l: Lowering,
  name: string,
  args: readonly Lowered[],
): Lowered | undefined {
  const each = BY_SCALAR[name];
  if (each) return mapParts(args[0]!, (x) => each(l, x));
  if (name === 'extractBits') {
    return mapParts(args[0]!, (x) => extract(l, x, args[1] as Value, args[2] as Value));
  }
  if (name === 'insertBits') {
    const [, , offset, count] = args as [Lowered, Lowered, Value, Value];
    return zip(args[0]!, args[1]!, (x, bits) => insert(l, x, bits, offset, count));
  }
  return undefined;
}

/** Offset and count as WGSL limits them: both at most 32, together too. */
function field(l: Lowering, offset: Value, count: Value): { offset: Value; count: Value } {
  const b = l.b;
  const at = b.binary('min', offset, b.u32(32));
  return { offset: at, count: b.binary('min', count, b.binary('sub', b.u32(32), at)) };
}

function extract(l: Lowering, x: Value, from: Value, width: Value): Value {
  const b = l.b;
  const { offset, count } = field(l, from, width);
  const left = b.binary('sub', b.binary('sub', b.u32(32), count), offset);
  const right = b.binary('sub', b.u32(32), count);
  const bits = b.binary('shr', b.binary('shl', x, left), right);
  return b.select(bits, b.constant(x.kind, 0), b.binary('eq', count, b.u32(0)));
}

function insert(l: Lowering, x: Value, bits: Value, from: Value, width: Value): Value {
  const b = l.b;
  const { offset, count } = field(l, from, width);
  const ones = b.binary('shr', b.u32(0xffffffff), b.binary('sub', b.u32(32), count));
  const empty = b.binary('eq', count, b.u32(0));
  const mask = b.select(b.binary('shl', ones, offset), b.u32(0), empty);
  const [old, fresh] = [b.bitcast('u32', x), b.bitcast('u32', bits)];
  const kept = b.binary('and', old, b.unary('not', mask));
  const set = b.binary('and', b.binary('shl', fresh, offset), mask);
  return b.bitcast(x.kind, b.binary('or', kept, set));
}
