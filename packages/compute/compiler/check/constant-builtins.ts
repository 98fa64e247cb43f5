/** Built-in functions of constants, so that `const HALF = sqrt(0.5);` is a constant. */
import { type ScalarKind, foldUnary, wrap } from '../ir/scalar-arithmetic.ts';
import { type Scalar, type Type, elementOf, isAbstract, isFloat } from '../types.ts';
import { transposed } from './constant-matrix.ts';
import { mapConstant } from './constants.ts';
import type { Constant, Typed } from './typed.ts';

type ConstantNode = Typed & { kind: 'constant' };
type Numbers = readonly number[];

const one = (f: (x: number) => number) => (args: Numbers) => f(args[0]!);
const fract = (x: number): number => x - Math.floor(x);
const clamp = (x: number, low: number, high: number): number => Math.min(Math.max(x, low), high);
const roundEven = (x: number): number => foldUnary('nearest', 'f32', x);

/** Applied part by part. */
const BY_PARTS: Readonly<Record<string, (args: Numbers) => number>> = {
  abs: one(Math.abs),
  acos: one(Math.acos),
  acosh: one(Math.acosh),
  asin: one(Math.asin),
  asinh: one(Math.asinh),
  atan: one(Math.atan),
  atan2: ([y, x]) => Math.atan2(y!, x!),
  atanh: one(Math.atanh),
  ceil: one(Math.ceil),
  clamp: ([x, low, high]) => clamp(x!, low!, high!),
  cos: one(Math.cos),
  cosh: one(Math.cosh),
  countLeadingZeros: one(Math.clz32),
  countOneBits: one((x) => foldUnary('popcnt', 'u32', x)),
  countTrailingZeros: one((x) => foldUnary('ctz', 'u32', x)),
  degrees: one((x) => (x * 180) / Math.PI),
  exp: one(Math.exp),
  exp2: one((x) => 2 ** x),
  floor: one(Math.floor),
  fma: ([a, b, c]) => a! * b! + c!,
  fract: one(fract),
  inverseSqrt: one((x) => 1 / Math.sqrt(x)),
  log: one(Math.log),
  log2: one(Math.log2),
  max: ([a, b]) => Math.max(a!, b!),
  min: ([a, b]) => Math.min(a!, b!),
  pow: ([a, b]) => (a! < 0 ? Number.NaN : a! ** b!),
  radians: one((x) => (x * Math.PI) / 180),
  round: one(roundEven),
  saturate: one((x) => clamp(x, 0, 1)),
  sign: one(Math.sign),
  sin: one(Math.sin),
  sinh: one(Math.sinh),
  smoothstep: ([low, high, x]) => {
    const t = clamp((x! - low!) / (high! - low!), 0, 1);
    return t * t * (3 - 2 * t);
  },
  sqrt: one(Math.sqrt),
  step: ([edge, x]) => Number(edge! <= x!),
  tan: one(Math.tan),
  tanh: one(Math.tanh),
  trunc: one(Math.trunc),
};

const dot = (a: Numbers, b: Numbers): number => a.reduce((sum, x, i) => sum + x * b[i]!, 0);
const length = (a: Numbers): number => Math.sqrt(dot(a, a));
const vector = (value: Constant): Numbers =>
  typeof value === 'number' ? [value] : (value as Numbers);

/** Of whole values. */
const WHOLE: Readonly<Record<string, (args: readonly Constant[]) => Constant>> = {
  all: ([a]) => Number(vector(a!).every((x) => x === 1)),
  any: ([a]) => Number(vector(a!).includes(1)),
  cross: ([a, b]) => {
    const [x, y, z] = vector(a!) as [number, number, number];
    const [u, v, w] = vector(b!) as [number, number, number];
    return [y * w - z * v, z * u - x * w, x * v - y * u];
  },
  distance: ([a, b]) => length(vector(a!).map((x, i) => x - vector(b!)[i]!)),
  dot: ([a, b]) => dot(vector(a!), vector(b!)),
  length: ([a]) => length(vector(a!)),
  mix: ([a, b, factor]) => {
    const t = vector(factor!);
    const to = vector(b!);
    const mixed = vector(a!).map((x, i) => x * (1 - (t[i] ?? t[0]!)) + to[i]! * (t[i] ?? t[0]!));
    return typeof a === 'number' ? mixed[0]! : mixed;
  },
  normalize: ([a]) => vector(a!).map((x) => x / length(vector(a!))),
  select: ([no, yes, condition]) => {
    if (typeof condition === 'number') return condition === 1 ? yes! : no!;
    return vector(no!).map((x, i) => (condition![i] === 1 ? vector(yes!)[i]! : x));
  },
};

/**
 * The value of a built-in function of constants; undefined where it is left to run time, a string
 * where it has none.
 */
export function evaluateBuiltin(
  name: string,
  type: Type,
  args: readonly ConstantNode[],
): Constant | string | undefined {
  const element = elementOf(type);
  if (!element) return undefined;
  const value = evaluate(name, element, args);
  if (value === undefined) return undefined;
  let finite = true;
  const rounded = mapConstant(value, (part) => {
    const own = isAbstract(element) ? part : wrap(element.name as ScalarKind, part);
    finite &&= Number.isFinite(own) && (isFloat(element) || Number.isSafeInteger(part));
    return own;
  });
  return finite ? rounded : 'the result is no finite number';
}

/** Exact while abstract, modulo 2^32 otherwise. */
function integerDot(element: Scalar, [a, b]: readonly Constant[]): Constant | undefined {
  const products = vector(a!).map((x, i) => BigInt(x) * BigInt(vector(b!)[i]!));
  const sum = products.reduce((all, product) => all + product);
  return Number(isAbstract(element) ? sum : BigInt.asIntN(32, sum));
}

function evaluate(
  name: string,
  element: Scalar,
  args: readonly ConstantNode[],
): Constant | undefined {
  const values = args.map((argument) => argument.value);
  if (name === 'dot' && !isFloat(element)) return integerDot(element, values);
  if (Object.hasOwn(WHOLE, name)) return WHOLE[name]!(values);
  if (name === 'transpose') {
    return transposed(values[0] as readonly Numbers[], args[0]!.type);
  }
  if (!Object.hasOwn(BY_PARTS, name)) return undefined;
  // Bit counts depend on the 32 bits of a concrete type.
  if (name.startsWith('count') && isAbstract(element)) return undefined;
  const f = BY_PARTS[name]!;
  if (typeof values[0] === 'number') return f(values as Numbers);
  return vector(values[0]!).map((_, i) => f(values.map((part) => vector(part)[i]!)));
}
