/** `vec3f(x, y, 1.0)`, `f32(i)`, `Body(...)`, `array(...)`, `bitcast<u32>(x)`. */
import { bitsOf, fromBits } from '../ir/scalar-arithmetic.ts';
import type { Expression, Name } from '../parse/ast.ts';
import {
  ABSTRACT_INT,
  type Matrix,
  type Scalar,
  type ScalarName,
  type Type,
  type Vector,
  elementOf,
  isAbstract,
  isFloat,
  matrixOf,
  sameType,
  scalarCount,
  typeName,
  vectorOf,
  withElement,
} from '../types.ts';
import { isRuntimeSized, traitsOf } from './check-type.ts';
import { convertConstant, fromAbstract, mapConstant, zeroOf } from './constants.ts';
import type { CheckContext } from './context.ts';
import { concrete, meet, toType, unify } from './conversion.ts';
import type { Constant, Typed } from './typed.ts';

type Call = Expression & { kind: 'call' };

/** A constant of more scalars is built at run time, so that no text is slow to check. */
const CONSTANT_SCALARS_MAX = 4096;

/** A value of `type`, or of what the generator (`vec3`, `array`) makes of its arguments. */
export function checkConstruct(context: CheckContext, call: Call, type: Type | undefined): Typed {
  const args = call.args.map((argument) => context.expression(argument));
  const made = type ?? generatedType(context, call.callee, args, call.at);
  if (made.kind === 'pointer' || isRuntimeSized(made) || traitsOf(made).hasAtomic) {
    const cure = 'only types of known size without atomics have values';
    throw context.source.error(call.at, `${typeName(made)}(...)`, cure);
  }
  if (args.length === 0) return zeroValue(made, call.at);
  switch (made.kind) {
    case 'scalar':
      return convertScalar(context, call, made, args);
    case 'vector':
      return constructVector(context, call, made, args);
    case 'matrix':
      return constructMatrix(context, call, made, args);
    case 'array': {
      const wanted = args.map(() => made.element);
      return composite(context, call, made, args, wanted, made.count!);
    }
    default: {
      const wanted = made.kind === 'struct' ? made.fields.map((field) => field.type) : [];
      return composite(context, call, made, args, wanted, wanted.length);
    }
  }
}

function zeroValue(type: Type, at: number): Typed {
  if (scalarCount(type) > CONSTANT_SCALARS_MAX) return { kind: 'construct', type, at, args: [] };
  return { kind: 'constant', type, at, value: zeroOf(type) };
}

function generatedType(
  context: CheckContext,
  callee: Name,
  args: readonly Typed[],
  at: number,
): Type {
  const written = `${callee.name}(...)`;
  if (args.length === 0 && callee.name.startsWith('vec')) {
    return vectorOf(Number(callee.name.at(-1)), ABSTRACT_INT);
  }
  if (args.length === 0) {
    throw context.source.error(at, `${callee.name}()`, `write its type: ${callee.name}<f32>()`);
  }
  if (callee.name === 'array') {
    const elements = elementOf(args[0]!.type) ? unify(context, args, 'array(...)') : args;
    return { kind: 'array', element: elements[0]!.type, count: args.length };
  }
  let element: Scalar | undefined;
  for (const argument of args) {
    const own = elementOf(argument.type);
    const met = element && own ? meet(element, own) : own;
    if (!met) {
      const types = args.map((one) => typeName(one.type)).join(', ');
      const cure = `its parts need one type: write ${callee.name}<f32>(...) and convert them`;
      throw context.source.error(argument.at, `${callee.name}(${types})`, cure);
    }
    element = met;
  }
  const digits = callee.name.match(/\d/g)!.map(Number);
  if (callee.name.startsWith('vec')) return vectorOf(digits[0]!, element!);
  if (!isFloat(element!) && element!.name !== 'abstract-int') {
    throw context.source.error(at, written, 'matrices are of f32; convert with f32(x)');
  }
  return matrixOf(digits[0]!, digits[1]!, { kind: 'scalar', name: matrixElement(element!) });
}

function matrixElement(element: Scalar): ScalarName {
  return element.name === 'f32' ? 'f32' : 'abstract-float';
}

/** `f32(x)` and its like: every scalar becomes every other. */
function convertScalar(
  context: CheckContext,
  call: Call,
  type: Scalar,
  args: readonly Typed[],
): Typed {
  const [operand] = args;
  if (args.length !== 1 || operand!.type.kind !== 'scalar') {
    const given = args.map((argument) => typeName(argument.type)).join(', ');
    const cure = `${type.name}(...) takes one scalar`;
    throw context.source.error(call.at, `${type.name}(${given})`, cure);
  }
  return converted(context, operand!, type, call.at);
}

/** A scalar or vector with its parts converted to those of `type`. */
function converted(context: CheckContext, operand: Typed, type: Type, at: number): Typed {
  const to = elementOf(type)!;
  const from = elementOf(operand.type)!;
  if (operand.kind !== 'constant') {
    return from.name === to.name ? operand : { kind: 'construct', type, at, args: [operand] };
  }
  const value = mapConstant(operand.value, (part) => {
    if (from.name !== 'abstract-int' || to.name === 'bool') return convertConstant(part, from, to);
    const fitting = fromAbstract(part, from.name, to.name);
    if (typeof fitting === 'string') throw context.source.error(at, typeName(type), fitting);
    return fitting.value;
  });
  mapConstant(value, (part) => {
    if (Number.isFinite(part)) return part;
    throw context.source.error(at, typeName(type), 'the number does not fit');
  });
  return { kind: 'constant', type, at, value };
}

function constructVector(
  context: CheckContext,
  call: Call,
  type: Vector,
  args: readonly Typed[],
): Typed {
  const { at } = call;
  const [only] = args;
  if (args.length === 1 && only!.type.kind === 'vector' && only!.type.size === type.size) {
    return converted(context, only!, type, at);
  }
  const parts = args.map((argument) => {
    if (argument.type.kind === 'scalar' || argument.type.kind === 'vector') {
      const wanted = withElement(argument.type, type.element);
      return toType(context, argument, wanted, `a part of ${typeName(type)}`);
    }
    const cure = `${typeName(type)} is made of scalars and vectors`;
    throw context.source.error(argument.at, `a value of ${typeName(argument.type)}`, cure);
  });
  const count = parts.reduce((sum, part) => sum + scalarCount(part.type), 0);
  const splat = args.length === 1 && only!.type.kind === 'scalar';
  if (!splat && count !== type.size) {
    const cure = `${typeName(type)} has ${type.size} components: give all of them, or one for all`;
    throw context.source.error(at, `${count} components`, cure);
  }
  const constants = constantsOf(parts);
  if (!constants) return node(context, type, at, parts);
  const flat = constants.flat() as number[];
  const value = splat ? Array.from({ length: type.size }, () => flat[0]!) : flat;
  return { kind: 'constant', type, at, value };
}

function constructMatrix(
  context: CheckContext,
  call: Call,
  type: Matrix,
  args: readonly Typed[],
): Typed {
  const { at } = call;
  const [only] = args;
  if (args.length === 1 && sameType(withElement(only!.type, type.element), type)) {
    return converted(context, only!, type, at);
  }
  const column = vectorOf(type.rows, type.element);
  const byColumns = args.length === type.columns && args[0]!.type.kind === 'vector';
  if (!byColumns && args.length !== type.columns * type.rows) {
    const cure = `give ${type.columns} columns, or ${type.columns * type.rows} numbers`;
    throw context.source.error(at, `${typeName(type)} of ${args.length} parts`, cure);
  }
  const part = byColumns ? column : type.element;
  const parts = args.map((one) => toType(context, one, part, `a part of ${typeName(type)}`));
  const constants = constantsOf(parts);
  if (!constants) return node(context, type, at, parts);
  const flat = constants.flat() as number[];
  const value = Array.from({ length: type.columns }, (_, i) =>
    flat.slice(i * type.rows, (i + 1) * type.rows),
  );
  return { kind: 'constant', type, at, value };
}

function composite(
  context: CheckContext,
  call: Call,
  type: Type,
  args: readonly Typed[],
  wanted: readonly Type[],
  count: number,
): Typed {
  if (args.length !== count) {
    const cure = `${typeName(type)} has ${count} parts: give all of them, or none for zeros`;
    throw context.source.error(call.at, `${args.length} parts`, cure);
  }
  const parts = args.map((argument, i) =>
    toType(context, argument, wanted[i]!, `part ${i + 1} of ${typeName(type)}`),
  );
  const constants = constantsOf(parts);
  if (!constants || scalarCount(type) > CONSTANT_SCALARS_MAX) {
    return node(context, type, call.at, parts);
  }
  return { kind: 'constant', type, at: call.at, value: constants };
}

function node(context: CheckContext, type: Type, at: number, args: readonly Typed[]): Typed {
  if (!isAbstract(type)) return { kind: 'construct', type, at, args };
  const parts = args.map((argument) => concrete(context, argument));
  const element = elementOf(parts[0]!.type)!;
  return { kind: 'construct', type: withElement(type, element), at, args: parts };
}

function constantsOf(parts: readonly Typed[]): Constant[] | undefined {
  const values: Constant[] = [];
  for (const part of parts) {
    if (part.kind !== 'constant') return undefined;
    values.push(part.value);
  }
  return values;
}

/** The same 32 bits as another type (WGSL 17.2). */
export function checkBitcast(context: CheckContext, call: Call, type: Type): Typed {
  const { at } = call;
  const refused = (cure: string): Error =>
    context.source.error(at, `bitcast<${typeName(type)}>`, cure);
  if (call.args.length !== 1) throw refused('it takes one value');
  const operand = concrete(context, context.expression(call.args[0]!));
  const from = elementOf(operand.type);
  const to = elementOf(type);
  const fits =
    from && to && type.kind !== 'matrix' && sameType(withElement(operand.type, to), type);
  if (!fits || from.name === 'bool' || to.name === 'bool') {
    throw refused(`a value of ${typeName(operand.type)} has other bits; use numbers of one size`);
  }
  if (operand.kind !== 'constant') return { kind: 'bitcast', type, at, operand };
  const value = mapConstant(operand.value, (part) => {
    const bits = fromBits(to.name as 'f32', bitsOf(from.name as 'f32', part));
    if (!Number.isFinite(bits)) throw refused('the bits are no finite number');
    return bits;
  });
  return { kind: 'constant', type, at, value };
}
