import { alignOf, bytesOf, roundUp } from '../layout.ts';
import type { Attribute, Expression, Name, StructDeclaration } from '../parse/ast.ts';
import {
  type Access,
  type ArrayType,
  type Field,
  type Pointer,
  SCALARS,
  type Scalar,
  type Space,
  type Struct,
  type Type,
  elementOf,
  matrixOf,
  typeName,
  vectorOf,
} from '../types.ts';
import { type CheckContext, requireType } from './context.ts';
import type { Typed } from './typed.ts';

const VECTOR = /^vec([234])([fiuh]?)$/;
const MATRIX = /^mat([234])x([234])([fh]?)$/;
const SUFFIXES: Readonly<Record<string, string>> = { f: 'f32', i: 'i32', u: 'u32' };

/** WGSL 2.4 asks for 15; deeper types would only lengthen every walk. */
const NESTING_MAX = 32;
/** One buffer: addresses are signed 32-bit differences. */
const TYPE_BYTES_MAX = 2 ** 31 - 1;
const MEMBERS_MAX = 1023;

const OUTSIDE: readonly (readonly [RegExp, string])[] = [
  [/^f16$|^vec[234]h$|^mat[234]x[234]h$/, 'f16 is outside the subset; write f32'],
  [/^(?:texture|sampler)/, 'textures are outside the subset; read a storage buffer'],
];

/** What `name<...>` without a scope means; undefined where WGSL predeclares no such type. */
export function predeclaredType(context: CheckContext, name: Name): Type | undefined {
  const scalar = SCALARS[name.name];
  if (scalar !== undefined && Object.hasOwn(SCALARS, name.name)) return scalar;
  for (const [pattern, cure] of OUTSIDE) {
    if (pattern.test(name.name)) throw context.source.error(name.at, `'${name.name}'`, cure);
  }
  const vector = VECTOR.exec(name.name);
  if (vector) return vectorOf(Number(vector[1]), elementNamed(context, name, vector[2]!));
  const matrix = MATRIX.exec(name.name);
  if (matrix) {
    const element = elementNamed(context, name, matrix[3]!);
    if (element.name !== 'f32') {
      throw context.source.error(name.at, `a matrix of ${element.name}`, 'matrices are of f32');
    }
    return matrixOf(Number(matrix[1]), Number(matrix[2]), element);
  }
  if (name.name === 'array') return arrayNamed(context, name);
  if (name.name === 'atomic') return atomicNamed(context, name);
  return name.name === 'ptr' ? pointerNamed(context, name) : undefined;
}

/** True for `vec3`, `mat2x2` and `array` alone, whose constructors find the element type. */
export function isTypeGenerator(name: Name): boolean {
  return name.template === null && /^(?:array|vec[234]|mat[234]x[234])$/.test(name.name);
}

function templateType(context: CheckContext, argument: Expression, what: string): Type {
  if (argument.kind !== 'name') {
    throw context.source.error(argument.at, what, 'write a type here');
  }
  return requireType(context, argument);
}

function elementNamed(context: CheckContext, name: Name, suffix: string): Scalar {
  if (suffix !== '') {
    if (name.template !== null) {
      throw context.source.error(
        name.at,
        `'${name.name}'`,
        'this name has its element type already',
      );
    }
    return SCALARS[SUFFIXES[suffix]!]!;
  }
  const argument = name.template?.[0];
  if (!argument || name.template!.length !== 1) {
    throw context.source.error(
      name.at,
      `'${name.name}'`,
      `write its element type: ${name.name}<f32>`,
    );
  }
  const element = templateType(context, argument, `an element of ${name.name}`);
  if (element.kind === 'scalar') return element;
  throw context.source.error(
    argument.at,
    `${name.name}<${typeName(element)}>`,
    'its elements are f32, i32, u32 or bool',
  );
}

function arrayNamed(context: CheckContext, name: Name): ArrayType {
  const [element, count] = name.template ?? [];
  if (!element || name.template!.length > 2) {
    throw context.source.error(name.at, "'array'", 'write array<Type, count>');
  }
  const elementType = templateType(context, element, 'an element of array');
  if (elementType.kind === 'pointer' || isRuntimeSized(elementType)) {
    const cure = 'its elements have a size of their own';
    throw context.source.error(element.at, `array<${typeName(elementType)}>`, cure);
  }
  if (!count) return { kind: 'array', element: elementType, count: null };
  const value = constantInteger(context, context.expression(count), 'the count of an array');
  if (value < 1)
    throw context.source.error(count.at, `${value} elements`, 'an array has at least one');
  return checkSize(context, name.at, { kind: 'array', element: elementType, count: value });
}

function checkSize<T extends Type>(context: CheckContext, at: number, type: T): T {
  if (bytesOf(type) > TYPE_BYTES_MAX) {
    const cure = `a type has at most ${TYPE_BYTES_MAX} bytes`;
    throw context.source.error(at, `a type of ${bytesOf(type)} bytes`, cure);
  }
  if (traitsOf(type).nesting > NESTING_MAX) {
    throw context.source.error(at, 'a nested type', `types nest at most ${NESTING_MAX} deep`);
  }
  return type;
}

function atomicNamed(context: CheckContext, name: Name): Type {
  const [argument] = name.template ?? [];
  if (!argument || name.template!.length !== 1) {
    throw context.source.error(name.at, "'atomic'", 'write atomic<u32> or atomic<i32>');
  }
  const element = templateType(context, argument, 'an atomic');
  if (element.kind === 'scalar' && (element.name === 'i32' || element.name === 'u32')) {
    return { kind: 'atomic', element };
  }
  const cure = 'atomics are of u32 or i32; bitcast an f32';
  throw context.source.error(argument.at, `atomic<${typeName(element)}>`, cure);
}

const SPACES: ReadonlySet<string> = new Set([
  'function',
  'private',
  'workgroup',
  'storage',
  'uniform',
]);

function pointerNamed(context: CheckContext, name: Name): Pointer {
  const [space, target, access] = name.template ?? [];
  if (!space || !target || space.kind !== 'name' || !SPACES.has(space.name)) {
    const cure = 'write ptr<function, Type>; spaces are function, private, workgroup, storage';
    throw context.source.error(name.at, "'ptr'", cure);
  }
  const type = templateType(context, target, 'the target of a pointer');
  if (type.kind === 'pointer') {
    throw context.source.error(target.at, 'a pointer to a pointer', 'point to the value itself');
  }
  const word = access?.kind === 'name' ? access.name : undefined;
  if (access && word !== 'read' && word !== 'read_write') {
    throw context.source.error(access.at, 'an access mode', "write 'read' or 'read_write'");
  }
  return {
    kind: 'pointer',
    space: space.name as Space,
    target: type,
    access: (word as Access | undefined) ?? defaultAccess(space.name as Space),
  };
}

export function defaultAccess(space: Space): Access {
  return space === 'storage' || space === 'uniform' ? 'read' : 'read_write';
}

/** The value of a constant integer that counts something. */
export function constantInteger(context: CheckContext, value: Typed, what: string): number {
  const { type } = value;
  if (value.kind === 'constant' && type.kind === 'scalar' && typeof value.value === 'number') {
    if (type.name === 'i32' || type.name === 'u32' || type.name === 'abstract-int') {
      return value.value;
    }
  }
  const cure = `${what} is a constant integer: a literal or a module-scope 'const'`;
  throw context.source.error(value.at, `a value of ${typeName(type)}`, cure);
}

export function checkStruct(context: CheckContext, declaration: StructDeclaration): Struct {
  const { members, name } = declaration;
  if (members.length === 0 || members.length > MEMBERS_MAX) {
    const cure = `a struct has 1 to ${MEMBERS_MAX} members`;
    throw context.source.error(declaration.at, `struct '${name}'`, cure);
  }
  const fields: Field[] = [];
  const names = new Set<string>();
  let offset = 0;
  let align = 4;
  for (const [i, member] of members.entries()) {
    if (names.has(member.name)) {
      const cure = `'${name}' already has a member of this name; rename one`;
      throw context.source.error(member.at, `member '${member.name}'`, cure);
    }
    names.add(member.name);
    const type = requireType(context, member.type);
    if (
      type.kind === 'pointer' ||
      (isRuntimeSized(type) && (type.kind === 'struct' || i < members.length - 1))
    ) {
      const cure = 'only the last member may be an array without a count; pointers are no members';
      throw context.source.error(member.at, `member '${member.name}'`, cure);
    }
    const own = memberLayout(context, type, member.attributes);
    offset = roundUp(offset, own.align);
    align = Math.max(align, own.align);
    fields.push({ name: member.name, type, offset });
    offset += own.bytes;
  }
  const bytes = roundUp(offset, align);
  return checkSize(context, declaration.at, { kind: 'struct', name, fields, bytes, align });
}

function memberLayout(
  context: CheckContext,
  type: Type,
  attributes: readonly Attribute[],
): { bytes: number; align: number } {
  let bytes = bytesOf(type);
  let align = alignOf(type);
  for (const attribute of attributes) {
    const [argument] = attribute.args;
    if (attribute.name !== 'size' && attribute.name !== 'align') {
      // What the built-in inputs of an entry point need; the function looks at it.
      if (attribute.name === 'builtin') continue;
      const cure = 'members take @size(n), @align(n) and @builtin(name); remove it';
      throw context.source.error(attribute.at, `'@${attribute.name}'`, cure);
    }
    if (!argument)
      throw context.source.error(attribute.at, `'@${attribute.name}'`, 'give a number');
    const value = constantInteger(context, context.expression(argument), `@${attribute.name}`);
    if (attribute.name === 'size') {
      if (value < bytes) {
        throw context.source.error(argument.at, `@size(${value})`, `the member has ${bytes} bytes`);
      }
      bytes = value;
    } else {
      if (value < align || (value & (value - 1)) !== 0) {
        const cure = `write a power of two, at least the type's own ${align}`;
        throw context.source.error(argument.at, `@align(${value})`, cure);
      }
      align = value;
    }
  }
  return { bytes, align };
}

/** Whether the buffer gives the size: an array without a count, or a struct that ends in one. */
export function isRuntimeSized(type: Type): boolean {
  if (type.kind === 'array') return type.count === null;
  return type.kind === 'struct' && isRuntimeSized(type.fields.at(-1)!.type);
}

export type Traits = {
  readonly nesting: number;
  readonly hasAtomic: boolean;
  readonly hasBool: boolean;
};

const knownTraits = new WeakMap<Type, Traits>();

/** What a type holds, however deep. Kept per type: structs of structs would be walked twice each. */
export function traitsOf(type: Type): Traits {
  const known = knownTraits.get(type);
  if (known) return known;
  const parts =
    type.kind === 'array'
      ? [traitsOf(type.element)]
      : type.kind === 'struct'
        ? type.fields.map((field) => traitsOf(field.type))
        : [];
  const traits = {
    nesting: 1 + Math.max(0, ...parts.map((part) => part.nesting)),
    hasAtomic: type.kind === 'atomic' || parts.some((part) => part.hasAtomic),
    hasBool: elementOf(type)?.name === 'bool' || parts.some((part) => part.hasBool),
  };
  knownTraits.set(type, traits);
  return traits;
}
