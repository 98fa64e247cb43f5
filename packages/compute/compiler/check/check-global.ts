import type { Attribute, GlobalDeclaration } from '../parse/ast.ts';
import { bytesOf, roundUp, strideOf } from '../layout.ts';
import { type Scalar, type Space, type Type, elementOf, isAbstract, typeName } from '../types.ts';
import { constantInteger, defaultAccess, isRuntimeSized, traitsOf } from './check-type.ts';
import { fromAbstract } from './constants.ts';
import { type CheckContext, requireType } from './context.ts';
import { concrete, toType } from './conversion.ts';
import type { Meaning } from './scope.ts';
import type { Variable } from './typed.ts';

/** WebGPU's default limits, so that a text that compiles here compiles there. */
const PRIVATE_BYTES_MAX = 65_536;
const WORKGROUP_BYTES_MAX = 16_384;
const GROUP_MAX = 3;
const BINDING_MAX = 999;

/** A module-scope `const` or `override`; `replaced` is its value from the outside. */
export function checkConstant(
  context: CheckContext,
  declaration: GlobalDeclaration,
  replaced: number | undefined,
): Meaning {
  const { at, how, name } = declaration;
  const written = declaration.type ? requireType(context, declaration.type) : null;
  let init = declaration.init ? context.expression(declaration.init) : null;
  if (init && written) init = toType(context, init, written, `'${name}'`);
  if (init && how === 'override') init = concrete(context, init);
  if (init && init.kind !== 'constant') {
    const cure = 'its value is not constant; compute it in a function';
    throw context.source.error(init.at, `${how} '${name}'`, cure);
  }
  const type = written ?? init?.type;
  if (!type || (!init && (how === 'const' || replaced === undefined))) {
    const cure = how === 'const' ? 'give it a value' : 'give it a value, here or as a constant';
    throw context.source.error(at, `${how} '${name}'`, cure);
  }
  if (how === 'override' && type.kind !== 'scalar') {
    throw context.source.error(
      at,
      `override '${name}' of ${typeName(type)}`,
      'overrides are scalars',
    );
  }
  if (replaced === undefined) return { kind: 'constant', type, value: init!.value };
  return { kind: 'constant', type, value: replacement(context, declaration, type, replaced) };
}

function replacement(
  context: CheckContext,
  { at, name, how }: GlobalDeclaration,
  type: Type,
  value: number,
): number {
  const refused = (cure: string): Error =>
    context.source.error(at, `${how} '${name}' = ${value}`, cure);
  if (type.kind !== 'scalar') throw refused(`it is ${typeName(type)}; only scalars are replaced`);
  const fitting = replacementValue(type, value);
  if (typeof fitting === 'string') throw refused(fitting);
  return fitting;
}

/** A value from the outside as a constant of `type`, or why it is none. */
export function replacementValue(type: Scalar, value: number): number | string {
  if (!Number.isFinite(value)) return 'give a finite number';
  if (type.name === 'bool') return value === 0 || value === 1 ? value : 'a bool is 0 or 1';
  if (type.name === 'abstract-float') return value;
  if (!Number.isInteger(value) && type.name !== 'f32') return `${type.name} needs an integer`;
  const fitting = fromAbstract(value, 'abstract-int', type.name);
  return typeof fitting === 'string' ? fitting : fitting.value;
}

const SPACES = new Set(['storage', 'uniform', 'workgroup', 'private']);

export function checkVariable(context: CheckContext, declaration: GlobalDeclaration): Variable {
  const { at, name, space: written } = declaration;
  const refused = (cure: string): Error => context.source.error(at, `var '${name}'`, cure);
  if (written === null || !SPACES.has(written)) {
    throw refused('write var<storage, read_write>, var<uniform>, var<workgroup> or var<private>');
  }
  const space = written as Space;
  const access = declaration.access ?? defaultAccess(space);
  if (
    (access !== 'read' && access !== 'read_write') ||
    (space !== 'storage' && declaration.access)
  ) {
    throw refused("only storage takes an access mode, 'read' or 'read_write'");
  }
  let init = declaration.init ? context.expression(declaration.init) : null;
  let type = declaration.type ? requireType(context, declaration.type) : undefined;
  if (init && space !== 'private') throw refused('only var<private> has a value at first');
  if (init) init = type ? toType(context, init, type, `'${name}'`) : concrete(context, init);
  type ??= init?.type;
  if (!type) throw refused("give it a type: ': type'");
  if (init && init.kind !== 'constant') throw refused('its first value is constant');
  const resource = resourceOf(context, declaration, space);
  requireFitting(refused, space, access, type);
  if (space === 'uniform') requireUniformLayout(refused, type);
  return {
    id: context.nextId(),
    name,
    type,
    space,
    access,
    at,
    init: init,
    resource,
  };
}

function requireFitting(
  refused: (cure: string) => Error,
  space: Space,
  access: string,
  type: Type,
): void {
  const { hasAtomic, hasBool } = traitsOf(type);
  const buffer = space === 'storage' || space === 'uniform';
  if (type.kind === 'pointer') throw refused('a variable holds no pointer');
  if (isAbstract(type)) throw refused("give it a type: ': type'");
  if (isRuntimeSized(type) && space !== 'storage') throw refused('give the array a count');
  if (buffer && hasBool) throw refused('buffers hold no bool; use u32');
  if (hasAtomic && space !== 'workgroup' && (space !== 'storage' || access === 'read')) {
    throw refused('atomics need var<storage, read_write> or var<workgroup>');
  }
  const limit = space === 'private' ? PRIVATE_BYTES_MAX : WORKGROUP_BYTES_MAX;
  if (!buffer && bytesOf(type) > limit) {
    throw refused(`${bytesOf(type)} bytes are more than the ${limit} of ${space} memory`);
  }
}

function resourceOf(
  context: CheckContext,
  { at, name, attributes }: GlobalDeclaration,
  space: Space,
): Variable['resource'] {
  const group = slot(context, attributes, 'group', GROUP_MAX);
  const binding = slot(context, attributes, 'binding', BINDING_MAX);
  for (const attribute of attributes) {
    if (attribute.name === 'group' || attribute.name === 'binding') continue;
    throw context.source.error(
      attribute.at,
      `'@${attribute.name}'`,
      'variables take no such attribute',
    );
  }
  const buffer = space === 'storage' || space === 'uniform';
  if (buffer && group !== undefined && binding !== undefined) return { group, binding };
  if (!buffer && group === undefined && binding === undefined) return null;
  const cure = buffer ? 'write @group(0) @binding(n) before it' : `var<${space}> has no binding`;
  throw context.source.error(at, `var<${space}> '${name}'`, cure);
}

function slot(
  context: CheckContext,
  attributes: readonly Attribute[],
  name: string,
  limit: number,
): number | undefined {
  const attribute = attributes.find((one) => one.name === name);
  if (!attribute) return undefined;
  const [argument] = attribute.args;
  if (!argument) throw context.source.error(attribute.at, `'@${name}'`, 'give a number');
  const value = constantInteger(context, context.expression(argument), `@${name}`);
  if (value >= 0 && value <= limit) return value;
  throw context.source.error(argument.at, `@${name}(${value})`, `it is 0 to ${limit}`);
}

/** WGSL 14.4.4: in uniform memory arrays and structs stand at multiples of 16. */
function requireUniformLayout(refused: (cure: string) => Error, type: Type): void {
  if (type.kind === 'array') {
    if (strideOf(type) % 16 !== 0) {
      const element = elementOf(type.element);
      const wide = element ? `vec4<${element.name}>` : 'a multiple of 16 bytes';
      throw refused(`elements of a uniform array are 16 bytes apart: use ${wide}, or var<storage>`);
    }
    requireUniformLayout(refused, type.element);
  }
  if (type.kind !== 'struct') return;
  for (const [i, field] of type.fields.entries()) {
    const aligned = field.type.kind === 'struct' || field.type.kind === 'array';
    const before = type.fields[i - 1];
    const afterStruct =
      before?.type.kind === 'struct' &&
      field.offset - before.offset < roundUp(bytesOf(before.type), 16);
    if ((aligned && field.offset % 16 !== 0) || afterStruct) {
      throw refused(
        `member '${field.name}' needs @align(16) in uniform memory, or use var<storage>`,
      );
    }
    requireUniformLayout(refused, field.type);
  }
}
