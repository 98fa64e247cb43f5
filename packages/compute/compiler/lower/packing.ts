/** Packing built-ins of bytes and halves (WGSL 17.9, 17.10). */
import type { Value } from '../ir/ir.ts';
import { inlineValues } from './call.ts';
import type { Lowering } from './lowering.ts';
import type { Lowered } from './parts.ts';
import { preludeFunction } from './prelude.ts';

/** count, bits, scale (0: integers), signed. */
type Format = {
  readonly count: 2 | 4;
  readonly bits: 8 | 16;
  readonly scale: number;
  readonly signed: boolean;
  readonly clamps: boolean;
};

const normal = (count: 2 | 4, signed: boolean): Format => {
  const bits = count === 2 ? 16 : 8;
  return { count, bits, signed, scale: 2 ** (signed ? bits - 1 : bits) - 1, clamps: true };
};
const bytes = (signed: boolean, clamps: boolean): Format => ({
  count: 4,
  bits: 8,
  scale: 0,
  signed,
  clamps,
});

const FORMATS: Readonly<Record<string, Format>> = {
  '2x16snorm': normal(2, true),
  '2x16unorm': normal(2, false),
  '4x8snorm': normal(4, true),
  '4x8unorm': normal(4, false),
  '4xI8': bytes(true, false),
  '4xU8': bytes(false, false),
  '4xI8Clamp': bytes(true, true),
  '4xU8Clamp': bytes(false, true),
};

export function lowerPacking(
  l: Lowering,
  name: string,
  args: readonly Lowered[],
): Lowered | undefined {
  if (name === 'dot4U8Packed' || name === 'dot4I8Packed') return dotPacked(l, name, args);
  if (name === 'pack2x16float') return packHalves(l, args[0] as readonly Value[]);
  if (name === 'unpack2x16float') return unpackHalves(l, args[0] as Value);
  const isPack = name.startsWith('pack');
  const format = FORMATS[name.slice(isPack ? 4 : 6)];
  if (!format) return undefined;
  if (isPack) return pack(l, format, args[0] as readonly Value[]);
  return unpack(l, format, args[0] as Value);
}

function pack(l: Lowering, format: Format, parts: readonly Value[]): Value {
  const b = l.b;
  const mask = b.u32(2 ** format.bits - 1);
  return parts
    .map((part, i) => {
      const bits = b.binary('and', b.bitcast('u32', toInteger(l, format, part)), mask);
      return b.binary('shl', bits, b.u32(i * format.bits));
    })
    .reduce((all, bits) => b.binary('or', all, bits));
}

function toInteger(l: Lowering, { scale, signed, clamps, bits }: Format, x: Value): Value {
  const b = l.b;
  const within = (value: Value, low: number, high: number) =>
    b.binary(
      'min',
      b.binary('max', value, b.constant(value.kind, low)),
      b.constant(value.kind, high),
    );
  if (scale > 0) {
    const limited = within(x, signed ? -1 : 0, 1);
    const nearest = b.unary(
      'floor',
      b.binary('add', b.f32(0.5), b.binary('mul', limited, b.f32(scale))),
    );
    return b.convert('i32', nearest);
  }
  if (!clamps) return x;
  return signed ? within(x, -128, 127) : b.binary('min', x, b.u32(2 ** bits - 1));
}

function unpack(l: Lowering, format: Format, word: Value): Lowered {
  const b = l.b;
  const { count, bits, scale, signed } = format;
  return Array.from({ length: count }, (_, i) => {
    const kind = signed ? 'i32' : 'u32';
    const top = b.binary('shl', b.bitcast(kind, word), b.u32(32 - bits * (i + 1)));
    const integer = b.binary('shr', top, b.u32(32 - bits));
    if (scale === 0) return integer;
    const value = b.binary('div', b.convert('f32', integer), b.f32(scale));
    return signed ? b.binary('max', value, b.f32(-1)) : value;
  });
}

function packHalves(l: Lowering, parts: readonly Value[]): Value {
  const f = preludeFunction('halfBits');
  const [low, high] = parts.map((part) => inlineValues(l, f, [part]) as Value);
  return l.b.binary('or', low!, l.b.binary('shl', high!, l.b.u32(16)));
}

function unpackHalves(l: Lowering, word: Value): Lowered {
  const f = preludeFunction('halfValue');
  const halves = [l.b.binary('and', word, l.b.u32(0xffff)), l.b.binary('shr', word, l.b.u32(16))];
  return halves.map((half) => inlineValues(l, f, [half]) as Value);
}

function dotPacked(l: Lowering, name: string, args: readonly Lowered[]): Value {
  const format = bytes(name === 'dot4I8Packed', false);
  const [a, b] = args.map((word) => unpack(l, format, word as Value) as readonly Value[]);
  return a!
    .map((part, i) => l.b.binary('mul', part, b![i]!))
    .reduce((sum, product) => l.b.binary('add', sum, product));
}
