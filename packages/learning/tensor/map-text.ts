/** Numbers and element-wise functions as WGSL. */
import type { ElementType, MapName } from './tensor.ts';

export function literal(value: number, type: ElementType): string {
  if (type === 'u32') return `${value >>> 0}u`;
  const rounded = Math.fround(value);
  if (!Number.isFinite(rounded)) throw new RangeError(`${value} is no finite f32.`);
  const text = String(rounded);
  const written = /[.e]/.test(text) ? text : `${text}.0`;
  return rounded < 0 ? `(${written})` : written;
}

export type Maps = Readonly<Record<MapName, (a: string, b: string, c: string) => string>>;

export const MAPS: Maps = {
  add: (a, b) => `(${a} + ${b})`,
  subtract: (a, b) => `(${a} - ${b})`,
  multiply: (a, b) => `(${a} * ${b})`,
  divide: (a, b) => `(${a} / ${b})`,
  negate: (a) => `(-${a})`,
  maximum: (a, b) => `max(${a}, ${b})`,
  minimum: (a, b) => `min(${a}, ${b})`,
  exp: (a) => `tensorExp(${a})`,
  log: (a) => `tensorLog(${a})`,
  tanh: (a) => `approxTanh(${a})`,
  sigmoid: (a) => `tensorSigmoid(${a})`,
  sin: (a) => `approxSin(${a})`,
  cos: (a) => `approxCos(${a})`,
  sqrt: (a) => `sqrt(${a})`,
  abs: (a) => `abs(${a})`,
  floor: (a) => `floor(${a})`,
  sign: (a) => `sign(${a})`,
  less: (a, b) => `select(0.0, 1.0, ${a} < ${b})`,
  equal: (a, b) => `select(0.0, 1.0, ${a} == ${b})`,
  where: (c, a, b) => `select(${b}, ${a}, ${c} != 0)`,
  toFloat: (a) => `f32(${a})`,
  toHalf: (a) => a, // and rounded, as every result of halves
  uniform: (seed, counter) => `uniformFloat(pcgHash2(${seed}, ${counter}))`,
};

/** GPUs leave a NaN out of `max`, `min` and `clamp`; on WASM those keep the first operand's, as here. */
export const GPU_MAPS: Maps = {
  ...MAPS,
  tanh: (a) => `tensorTanh(${a})`,
  maximum: (a, b) => `select(${a}, ${b}, ${a} < ${b})`,
  minimum: (a, b) => `select(${a}, ${b}, ${b} < ${a})`,
};

const AS_FLOAT = (name: MapName) => (a: string) =>
  `f16(roundToHalf(${GPU_MAPS[name](`f32(${a})`, '', '')}))`;

/**
 * Of halves where the adapter computes with them. A sum or product of two comes out as that of f32
 * rounded to a half; quotients and what has no exact value need f32 to be so. WGSL lets an adapter fuse a
 * product with a sum after it, and flush halves below 2^-14: bits may differ by that.
 */
export const F16_MAPS: Maps = {
  ...GPU_MAPS,
  divide: (a, b) => `f16(roundToHalf(f32(${a}) / f32(${b})))`,
  exp: AS_FLOAT('exp'),
  log: AS_FLOAT('log'),
  tanh: AS_FLOAT('tanh'),
  sigmoid: AS_FLOAT('sigmoid'),
  sin: AS_FLOAT('sin'),
  cos: AS_FLOAT('cos'),
  sqrt: AS_FLOAT('sqrt'),
  less: (a, b) => `select(0.0h, 1.0h, ${a} < ${b})`,
  equal: (a, b) => `select(0.0h, 1.0h, ${a} == ${b})`,
  toHalf: (a) => `f16(roundToHalf(${a}))`, // a cast of its own may round either way
};

/** Of halves these give halves. */
export const EXACT_IN_HALVES: ReadonlySet<MapName> = new Set<MapName>([
  'negate',
  'maximum',
  'minimum',
  'abs',
  'floor',
  'sign',
  'less',
  'equal',
  'where',
]);
