import type { Expression, Name } from '../parse/ast.ts';
import {
  type Pointer,
  type Type,
  I32,
  SCALARS,
  ABSTRACT_FLOAT,
  ABSTRACT_INT,
  elementOf,
  isInteger,
  typeName,
  vectorOf,
} from '../types.ts';
import { checkBinary, checkUnary } from './check-binary.ts';
import { checkCall } from './check-call.ts';
import { type CheckContext, unknownName } from './context.ts';
import { concrete, toType } from './conversion.ts';
import { NOTHING } from './nothing.ts';
import type { Constant, Typed } from './typed.ts';

/** The expression with its type; abstract constants stay abstract. */
export function checkExpression(context: CheckContext, expression: Expression): Typed {
  switch (expression.kind) {
    case 'literal': {
      const { at, value } = expression;
      const type =
        expression.type === 'abstract-int'
          ? ABSTRACT_INT
          : expression.type === 'abstract-float'
            ? ABSTRACT_FLOAT
            : SCALARS[expression.type]!;
      return { kind: 'constant', type, at, value };
    }
    case 'name':
      return checkName(context, expression);
    case 'call': {
      const call = checkCall(context, expression);
      if (call.type !== NOTHING) return call;
      throw context.source.error(
        expression.at,
        `'${expression.callee.name}(...)' as a value`,
        'this function returns nothing; call it as a statement',
      );
    }
    case 'index':
      return checkIndex(context, expression);
    case 'member':
      return checkMember(context, expression);
    case 'unary':
      if (expression.operator === '*') return checkDereference(context, expression);
      if (expression.operator === '&') return checkAddress(context, expression);
      return checkUnary(
        context,
        expression.operator,
        value(context, expression.operand),
        expression.at,
      );
    case 'binary':
      return checkBinary(context, expression);
    default:
      throw new Error(`unreachable: ${String(expression satisfies never)}`);
  }
}

function value(context: CheckContext, expression: Expression): Typed {
  return context.expression(expression);
}

function checkName(context: CheckContext, name: Name): Typed {
  const { at } = name;
  const meaning = context.find(name.name, at);
  switch (meaning?.kind) {
    case 'constant':
      return { kind: 'constant', type: meaning.type, at, value: meaning.value };
    case 'variable':
      return { kind: 'variable', type: meaning.variable.type, at, variable: meaning.variable };
    case 'let':
      return { kind: 'let', type: meaning.let.type, at, let: meaning.let };
    case 'function':
      throw context.source.error(at, `function '${name.name}' as a value`, "call it: add '(...)'");
    case 'type':
      throw context.source.error(
        at,
        `type '${name.name}' as a value`,
        "construct one: add '(...)'",
      );
    case undefined:
      if (context.typeNamed(name)) {
        throw context.source.error(
          at,
          `type '${name.name}' as a value`,
          "construct one: add '(...)'",
        );
      }
      throw unknownName(context, name);
    default:
      throw new Error(`unreachable: ${String(meaning satisfies never)}`);
  }
}

/** Behind a pointer, its target: `p.x` and `p[i]` are short for `(*p).x` and `(*p)[i]`. */
function throughPointer(base: Typed): Typed {
  if (base.type.kind !== 'pointer') return base;
  return { kind: 'dereference', type: base.type.target, at: base.at, pointer: base };
}

function checkIndex(context: CheckContext, expression: Expression & { kind: 'index' }): Typed {
  const base = throughPointer(context.expression(expression.base));
  const given = context.expression(expression.index);
  const { at } = expression;
  const element = elementOf(given.type);
  if (given.type.kind !== 'scalar' || !element || !isInteger(element)) {
    const cure = 'an index is an i32 or a u32; convert it with u32(...)';
    throw context.source.error(given.at, `an index of ${typeName(given.type)}`, cure);
  }
  const { type } = base;
  const count =
    type.kind === 'array'
      ? type.count
      : type.kind === 'vector'
        ? type.size
        : type.kind === 'matrix'
          ? type.columns
          : undefined;
  if (count === undefined) {
    const cure = 'arrays, vectors and matrices have an index';
    throw context.source.error(at, `an index of ${typeName(type)}`, cure);
  }
  const part = partType(type);
  if (given.kind !== 'constant') {
    const from = concrete(context, base);
    return { kind: 'index', type: partType(from.type), at, base: from, index: given };
  }
  const index = given.value as number;
  if (index < 0 || (count !== null && index >= count)) {
    const cure = count === null ? 'an index is at least 0' : `the last index is ${count - 1}`;
    throw context.source.error(given.at, `index ${index}`, cure);
  }
  if (base.kind === 'constant') {
    return { kind: 'constant', type: part, at, value: (base.value as readonly Constant[])[index]! };
  }
  const constant = element.name === 'u32' ? given : toType(context, given, I32, 'an index');
  return { kind: 'index', type: part, at, base, index: constant };
}

function partType(type: Type): Type {
  if (type.kind === 'array') return type.element;
  if (type.kind === 'matrix') return vectorOf(type.rows, type.element);
  return elementOf(type)!;
}

const SWIZZLE = /^(?:[xyzw]{1,4}|[rgba]{1,4})$/;

function checkMember(context: CheckContext, expression: Expression & { kind: 'member' }): Typed {
  const base = throughPointer(context.expression(expression.base));
  const { at, member } = expression;
  const { type } = base;
  if (type.kind === 'struct') {
    const field = type.fields.findIndex((candidate) => candidate.name === member);
    if (field < 0) {
      const names = type.fields.map((candidate) => candidate.name).join(', ');
      throw context.source.error(at, `'.${member}'`, `${type.name} has ${names}`);
    }
    const own = type.fields[field]!.type;
    if (base.kind === 'constant') {
      const parts = base.value as readonly Constant[];
      return { kind: 'constant', type: own, at, value: parts[field]! };
    }
    return { kind: 'field', type: own, at, base, field };
  }
  if (type.kind !== 'vector') {
    const cure = 'structs have members and vectors components';
    throw context.source.error(at, `'.${member}' of ${typeName(type)}`, cure);
  }
  const components = member.split('').map((letter) => 'xyzwrgba'.indexOf(letter) & 3);
  if (!SWIZZLE.test(member) || components.some((component) => component >= type.size)) {
    const cure = `${typeName(type)} has the components ${'xyzw'.slice(0, type.size)}`;
    throw context.source.error(at, `'.${member}'`, cure);
  }
  const own = components.length === 1 ? type.element : vectorOf(components.length, type.element);
  if (base.kind !== 'constant') return { kind: 'swizzle', type: own, at, base, components };
  const parts = base.value as readonly Constant[];
  const chosen = components.map((component) => parts[component]!);
  return { kind: 'constant', type: own, at, value: chosen.length === 1 ? chosen[0]! : chosen };
}

function checkDereference(
  context: CheckContext,
  expression: Expression & { kind: 'unary' },
): Typed {
  const pointer = context.expression(expression.operand);
  if (pointer.type.kind === 'pointer') {
    return { kind: 'dereference', type: pointer.type.target, at: expression.at, pointer };
  }
  const cure = "'*' reads through a pointer; leave it out";
  throw context.source.error(expression.at, `'*' of ${typeName(pointer.type)}`, cure);
}

/** Where a place lies and what may be done to it; undefined for values, which are nowhere. */
export function placeOf(expression: Typed): Pick<Pointer, 'space' | 'access'> | undefined {
  switch (expression.kind) {
    case 'variable':
      return { space: expression.variable.space, access: expression.variable.access };
    case 'dereference': {
      const { type } = expression.pointer;
      return type.kind === 'pointer' ? type : undefined;
    }
    case 'index':
    case 'field':
    case 'swizzle':
      return placeOf(expression.base);
    default:
      return undefined;
  }
}

function checkAddress(context: CheckContext, expression: Expression & { kind: 'unary' }): Typed {
  const place = context.expression(expression.operand);
  const found = placeOf(place);
  const { at } = expression;
  if (!found) {
    throw context.source.error(at, "'&' of a value", "only a 'var' has an address; declare one");
  }
  const ofVector = place.kind === 'index' && place.base.type.kind === 'vector';
  if (place.kind === 'swizzle' || ofVector) {
    const cure = 'components have no address; point to the vector';
    throw context.source.error(at, "'&' of a component", cure);
  }
  const { space, access } = found;
  const type: Pointer = { kind: 'pointer', space, access, target: place.type };
  return { kind: 'address', type, at, place };
}
