/** Element types that element-wise functions take and give. */
import { ShapeError } from './shape.ts';
import type { ElementType, MapName } from './tensor.ts';

/** What can be done to u32. The others take floats. */
const OF_INTEGERS: ReadonlySet<MapName> = new Set([
  'less',
  'equal',
  'toFloat',
  'uniform',
  'add',
  'subtract',
  'multiply',
  'divide',
  'maximum',
  'minimum',
  'where',
]);

/** The element type that all operands have. Throws ShapeError where they differ. */
export function typeOfAll(name: MapName, types: readonly ElementType[]): ElementType {
  const [type = 'f32', other] = new Set(types);
  if (other) throw new ShapeError(name, `takes one type, got ${type} and ${other}; see toFloat.`);
  if (type === 'u32' && !OF_INTEGERS.has(name)) {
    throw new ShapeError(name, 'takes f32, got u32; see toFloat.');
  }
  return type;
}

export function resultType(name: MapName, type: ElementType): ElementType {
  if (name === 'toHalf') return 'f16';
  if (name === 'toFloat' || name === 'uniform') return 'f32';
  const compares = name === 'less' || name === 'equal';
  return compares && type === 'u32' ? 'f32' : type;
}
