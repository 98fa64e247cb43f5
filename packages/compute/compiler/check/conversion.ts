import {
  F32,
  I32,
  type Scalar,
  type Type,
  elementOf,
  isAbstract,
  isFloat,
  sameType,
  typeName,
  withElement,
} from '../types.ts';
import { fromAbstract } from './constants.ts';
import type { CheckContext } from './context.ts';
import type { Constant, Typed } from './typed.ts';

/** The expression as a value of `type`: the same type, or an abstract constant that fits. */
export function toType(context: CheckContext, value: Typed, type: Type, where: string): Typed {
  if (sameType(value.type, type)) return value;
  const converted = tryToType(value, type);
  if (converted && typeof converted !== 'string') return converted;
  const reason =
    converted ?? `${where} is ${typeName(type)}; convert it with ${typeName(type)}(...)`;
  throw context.source.error(value.at, `a value of ${typeName(value.type)}`, reason);
}

/** As `toType`; undefined where the types do not meet, a string where the value does not fit. */
export function tryToType(value: Typed, type: Type): Typed | string | undefined {
  if (sameType(value.type, type)) return value;
  if (value.kind !== 'constant' || !isAbstract(value.type)) return undefined;
  const result = convertParts(value.value, value.type, type);
  if (result === undefined || typeof result === 'string') return result;
  return { ...value, type, value: result.value };
}

function convertParts(
  value: Constant,
  from: Type,
  to: Type,
): { value: Constant } | string | undefined {
  if (from.kind === 'scalar' && to.kind === 'scalar') {
    return fromAbstract(value as number, from.name, to.name);
  }
  const sameShape =
    from.kind === to.kind &&
    (from.kind === 'array'
      ? to.kind === 'array' && (to.count === from.count || to.count === null)
      : sameType(withElement(from, F32), withElement(to, F32)));
  if (!sameShape || from.kind === 'struct') return undefined;
  const parts: Constant[] = [];
  for (const part of value as readonly Constant[]) {
    const converted = convertParts(part, partOf(from), partOf(to));
    if (converted === undefined || typeof converted === 'string') return converted;
    parts.push(converted.value);
  }
  return { value: parts };
}

function partOf(type: Type): Type {
  if (type.kind === 'array') return type.element;
  if (type.kind === 'matrix') {
    return { kind: 'vector', size: type.rows, element: type.element };
  }
  return elementOf(type) ?? type;
}

/** An abstract constant as i32 or f32, everything else as it is. */
export function concrete(context: CheckContext, value: Typed): Typed {
  if (!isAbstract(value.type)) return value;
  return toType(context, value, concreteType(value.type), 'the value');
}

export function concreteType(type: Type): Type {
  if (type.kind === 'array') return { ...type, element: concreteType(type.element) };
  const element = elementOf(type);
  if (element === undefined || !isAbstract(element)) return type;
  return withElement(type, isFloat(element) ? F32 : I32);
}

/** The scalar that both meet in: abstract ones follow concrete ones, integers floats. */
export function meet(a: Scalar, b: Scalar): Scalar | undefined {
  if (a.name === b.name) return a;
  if (a.name === 'abstract-int') return b.name === 'bool' ? undefined : b;
  if (b.name === 'abstract-int') return a.name === 'bool' ? undefined : a;
  if (a.name === 'abstract-float') return b.name === 'f32' ? b : undefined;
  if (b.name === 'abstract-float') return a.name === 'f32' ? a : undefined;
  return undefined;
}

/** All values with one common scalar; their shapes stay. Throws where there is none. */
export function unify(context: CheckContext, values: readonly Typed[], where: string): Typed[] {
  let common: Scalar | undefined = elementOf(values[0]!.type);
  for (const value of values.slice(1)) {
    const element = elementOf(value.type);
    const met = common && element ? meet(common, element) : undefined;
    if (met === undefined) {
      const types = values.map((v) => typeName(v.type)).join(' and ');
      throw context.source.error(
        value.at,
        `${types} in ${where}`,
        'both sides need one type: convert one, as in f32(x)',
      );
    }
    common = met;
  }
  if (!common) return [...values];
  const target = common;
  return values.map((value) => toType(context, value, withElement(value.type, target), where));
}
