/** Built-in functions on numbers: exact ones as single operations, the others by their definition. */
import type { Typed } from '../check/typed.ts';
import type { Value } from '../ir/ir.ts';
import { inlineValues } from './call.ts';
import type { Lowering } from './lowering.ts';
import { determinant, dot, transpose } from './matrix.ts';
import { type Lowered, isScalar, mapParts, zip } from './parts.ts';
import { preludeFunction } from './prelude.ts';

type OfScalars = (l: Lowering, x: Value, y: Value, z: Value) => Value;

const one =
  (operator: 'abs' | 'ceil' | 'floor' | 'nearest' | 'sqrt' | 'trunc'): OfScalars =>
  (l, x) =>
    l.b.unary(operator, x);

/** A function of math.wgsl, which both targets share (DESIGN 1). */
const approximately =
  (name: string): OfScalars =>
  (l, ...args) => {
    const f = preludeFunction(name);
    return inlineValues(l, f, args.slice(0, f.parameters.length)) as Value;
  };

const clampTo: OfScalars = (l, x, low, high) => l.b.binary('min', l.b.binary('max', x, low), high);

const mixOf: OfScalars = (l, x, y, t) => {
  const rest = l.b.binary('sub', l.b.f32(1), t);
  return l.b.binary('add', l.b.binary('mul', x, rest), l.b.binary('mul', y, t));
};

const signOf: OfScalars = (l, x) => {
  const [zero, plus, minus] = [0, 1, -1].map((value) => l.b.constant(x.kind, value)) as [
    Value,
    Value,
    Value,
  ];
  const negative = l.b.select(zero, minus, l.b.binary('lt', x, zero));
  return l.b.select(negative, plus, l.b.binary('gt', x, zero));
};

const smoothstepOf: OfScalars = (l, low, high, x) => {
  const t = clampTo(
    l,
    l.b.binary('div', l.b.binary('sub', x, low), l.b.binary('sub', high, low)),
    l.b.f32(0),
    l.b.f32(1),
  );
  const slope = l.b.binary('sub', l.b.f32(3), l.b.binary('mul', l.b.f32(2), t));
  return l.b.binary('mul', l.b.binary('mul', t, t), slope);
};

const times =
  (factor: number): OfScalars =>
  (l, x) =>
    l.b.binary('mul', x, l.b.f32(factor));

/** By parts of vectors. */
const BY_SCALAR: Readonly<Record<string, OfScalars>> = {
  abs: (l, x) => (x.kind === 'u32' ? x : one('abs')(l, x, x, x)),
  ceil: one('ceil'),
  floor: one('floor'),
  round: one('nearest'),
  sqrt: one('sqrt'),
  trunc: one('trunc'),
  max: (l, x, y) => l.b.binary('max', x, y),
  min: (l, x, y) => l.b.binary('min', x, y),
  clamp: clampTo,
  saturate: (l, x) => clampTo(l, x, l.b.f32(0), l.b.f32(1)),
  fract: (l, x) => l.b.binary('sub', x, l.b.unary('floor', x)),
  fma: (l, x, y, z) => l.b.binary('add', l.b.binary('mul', x, y), z),
  inverseSqrt: (l, x) => l.b.binary('div', l.b.f32(1), l.b.unary('sqrt', x)),
  mix: mixOf,
  sign: signOf,
  smoothstep: smoothstepOf,
  step: (l, edge, x) => l.b.select(l.b.f32(0), l.b.f32(1), l.b.binary('le', edge, x)),
  degrees: times(180 / Math.PI),
  radians: times(Math.PI / 180),
  sin: approximately('approxSin'),
  cos: approximately('approxCos'),
  exp: approximately('approxExp'),
  log: approximately('approxLog'),
  tanh: approximately('approxTanh'),
  atan2: approximately('approxAtan2'),
  pow: approximately('approxPow'),
  acos: approximately('arcCosine'),
  acosh: approximately('areaCosine'),
  asin: approximately('arcSine'),
  asinh: approximately('areaSine'),
  atan: approximately('arcTangent'),
  atanh: approximately('areaTangent'),
  cosh: approximately('hyperbolicCosine'),
  sinh: approximately('hyperbolicSine'),
  ldexp: approximately('loadExponent'),
  quantizeToF16: approximately('throughHalf'),
  exp2: (l, x, y, z) => approximately('approxExp')(l, times(Math.LN2)(l, x, y, z), y, z),
  log2: (l, x, y, z) => times(Math.LOG2E)(l, approximately('approxLog')(l, x, y, z), y, z),
  tan: (l, x, y, z) =>
    l.b.binary(
      'div',
      approximately('approxSin')(l, x, y, z),
      approximately('approxCos')(l, x, y, z),
    ),
};

type Vector = readonly Value[];
type OfVectors = (l: Lowering, a: Vector, b: Vector, c: Vector) => Lowered;

const lengthOf = (l: Lowering, a: Vector): Value =>
  a.length === 1 ? l.b.unary('abs', a[0]!) : l.b.unary('sqrt', dot(l, a, a));

const crossOf: OfVectors = (l, a, b) =>
  [0, 1, 2].map((i) => {
    const [j, k] = [(i + 1) % 3, (i + 2) % 3];
    return l.b.binary('sub', l.b.binary('mul', a[j]!, b[k]!), l.b.binary('mul', a[k]!, b[j]!));
  });

const scaled = (l: Lowering, a: Vector, factor: Value): Vector =>
  a.map((part) => l.b.binary('mul', part, factor));

const minus = (l: Lowering, a: Vector, b: Vector): Vector =>
  a.map((part, i) => l.b.binary('sub', part, b[i]!));

/** Of whole vectors. */
const BY_VECTOR: Readonly<Record<string, OfVectors>> = {
  dot: (l, a, b) => dot(l, a, b),
  length: lengthOf,
  distance: (l, a, b) => lengthOf(l, minus(l, a, b)),
  normalize: (l, a) => a.map((part) => l.b.binary('div', part, lengthOf(l, a))),
  cross: crossOf,
  reflect: (l, a, n) => minus(l, a, scaled(l, n, l.b.binary('mul', l.b.f32(2), dot(l, n, a)))),
  refract: (l, a, n, [eta]) => {
    const b = l.b;
    const cosine = dot(l, n, a);
    const rest = b.binary('sub', b.f32(1), b.binary('mul', cosine, cosine));
    const k = b.binary('sub', b.f32(1), b.binary('mul', b.binary('mul', eta!, eta!), rest));
    const along = b.binary('add', b.binary('mul', eta!, cosine), b.unary('sqrt', k));
    const bent = minus(l, scaled(l, a, eta!), scaled(l, n, along));
    const isTotal = b.binary('lt', k, b.f32(0));
    return bent.map((part) => b.select(part, b.f32(0), isTotal));
  },
  faceForward: (l, a, b, c) => {
    const away = l.b.binary('lt', dot(l, b, c), l.b.f32(0));
    return a.map((part) => l.b.select(l.b.unary('neg', part), part, away));
  },
};

/** Structs of two parts. */
const INTO_PARTS: Readonly<Record<string, (l: Lowering, x: Lowered) => Lowered>> = {
  modf: (l, x) => [
    mapParts(x, (part) => l.b.binary('sub', part, l.b.unary('trunc', part))),
    mapParts(x, (part) => l.b.unary('trunc', part)),
  ],
  frexp: (l, x) =>
    ['fractionOf', 'exponentOf'].map((name) =>
      mapParts(x, (part) => approximately(name)(l, part, part, part)),
    ),
};

/** Names that `lowerMath` knows. */
export const MATH: Readonly<Record<string, unknown>> = {
  ...BY_SCALAR,
  ...BY_VECTOR,
  ...INTO_PARTS,
  determinant,
  transpose,
};

export function lowerMath(l: Lowering, name: string, args: readonly Lowered[], e: Typed): Lowered {
  if (name === 'transpose') return transpose(args[0] as readonly Vector[]);
  if (name === 'determinant') return determinant(l, args[0] as readonly Vector[]);
  const intoParts = INTO_PARTS[name];
  if (intoParts) return intoParts(l, args[0]!);
  const ofVectors = BY_VECTOR[name];
  if (ofVectors) {
    const [a, b, c] = args.map((arg) => (isScalar(arg) ? [arg] : (arg as Vector)));
    const result = ofVectors(l, a!, b ?? [], c ?? []);
    return e.type.kind === 'scalar' && !isScalar(result) ? result[0]! : result;
  }
  const f = BY_SCALAR[name]!;
  const [x, y = x!, z = y] = args;
  return zip3(x!, y, z, (a, b, c) => f(l, a, b, c));
}

/** As `zip`, of three. */
function zip3(
  a: Lowered,
  b: Lowered,
  c: Lowered,
  f: (x: Value, y: Value, z: Value) => Value,
): Lowered {
  if (isScalar(a) && isScalar(b) && isScalar(c)) return f(a, b, c);
  if (isScalar(c)) return zip(a, b, (x, y) => f(x, y, c));
  return c.map((part, i) => zip3(isScalar(a) ? a : a[i]!, isScalar(b) ? b : b[i]!, part, f));
}
