import type { Attribute, FunctionDeclaration, Parameter } from '../parse/ast.ts';
import { type Type, U32, sameType, typeName, vectorOf } from '../types.ts';
import { mayFallThrough } from './behaviour.ts';
import { checkStatements, define } from './check-statement.ts';
import { constantInteger, isRuntimeSized, traitsOf } from './check-type.ts';
import { type CheckContext, inScope, requireType } from './context.ts';
import { Scope } from './scope.ts';
import type { BuiltinInput, EntryPoint, Let, TypedFunction, TypedStatement } from './typed.ts';

const FUNCTION_ATTRIBUTES = new Set(['compute', 'workgroup_size', 'must_use', 'diagnostic']);

/** WebGPU's default limits. */
const WORKGROUP_SIZE_MAX = [256, 256, 64] as const;
const WORKGROUP_INVOCATIONS_MAX = 256;
const PARAMETERS_MAX = 255;

export function isEntryPoint(declaration: FunctionDeclaration): boolean {
  return declaration.attributes.some((attribute) => attribute.name === 'compute');
}

/** A function without its body. */
export function checkSignature(
  context: CheckContext,
  declaration: FunctionDeclaration,
): TypedFunction {
  const { at, name, attributes } = declaration;
  for (const attribute of attributes) {
    if (FUNCTION_ATTRIBUTES.has(attribute.name)) continue;
    const stage = attribute.name === 'vertex' || attribute.name === 'fragment';
    const cure = stage
      ? 'only compute entry points are in the subset; put this one in a text of its own'
      : 'functions take @compute and @workgroup_size; remove it';
    throw context.source.error(attribute.at, `'@${attribute.name}'`, cure);
  }
  if (declaration.parameters.length > PARAMETERS_MAX) {
    throw context.source.error(at, `fn '${name}'`, `at most ${PARAMETERS_MAX} parameters`);
  }
  const parameters = declaration.parameters.map((parameter): Let => {
    const type = requireType(context, parameter.type);
    requirePassable(context, parameter.type.at, type);
    return { id: context.nextId(), name: parameter.name, type };
  });
  const result = declaration.result ? requireType(context, declaration.result) : null;
  if (result) {
    if (result.kind === 'pointer') {
      const cure = 'return a value, or write through a pointer parameter';
      throw context.source.error(declaration.result!.at, 'a pointer as result', cure);
    }
    requirePassable(context, declaration.result!.at, result);
  }
  return { name, parameters, result, body: [], at };
}

function requirePassable(context: CheckContext, at: number, type: Type): void {
  if (type.kind === 'pointer') return;
  if (!isRuntimeSized(type) && !traitsOf(type).hasAtomic) return;
  const cure = 'pass a pointer to it, or use the module-scope variable';
  throw context.source.error(at, `a parameter of ${typeName(type)}`, cure);
}

export function checkBody(
  context: CheckContext,
  declaration: FunctionDeclaration,
  typed: TypedFunction,
): TypedStatement[] {
  const { at, name } = declaration;
  // Parameters and the body's own names share one scope (WGSL 5.1).
  return inScope(context, new Scope(context.scope), () => {
    for (const [i, own] of typed.parameters.entries()) {
      define(context, own.name, declaration.parameters[i]!.at, { kind: 'let', let: own });
    }
    const body = checkStatements(context, declaration.body, {
      result: typed.result,
      inLoop: false,
      inSwitch: false,
      inContinuing: false,
    });
    if (mayFallThrough(context.source, body) && typed.result) {
      const cure = `every way through it ends with 'return' and a ${typeName(typed.result)}`;
      throw context.source.error(at, `fn '${name}'`, cure);
    }
    return body;
  });
}

/** What the entry point's parameters stand for, and how many invocations a workgroup has. */
export function checkEntry(
  context: CheckContext,
  declaration: FunctionDeclaration,
  typed: TypedFunction,
): EntryPoint {
  const { at, name, attributes } = declaration;
  if (typed.result) {
    const cure = 'a compute entry point returns nothing; write to a buffer';
    throw context.source.error(declaration.result!.at, `the result of '${name}'`, cure);
  }
  const attribute = attributes.find((one) => one.name === 'workgroup_size');
  if (!attribute) throw context.source.error(at, `'${name}'`, 'add @workgroup_size(64)');
  const inputs = declaration.parameters.map((parameter, i) => {
    const { type } = typed.parameters[i]!;
    const builtin = parameter.attributes.find((one) => one.name === 'builtin');
    if (builtin) return builtinInput(context, builtin, type);
    if (type.kind === 'struct') return structInput(context, declaration, parameter, type.name);
    const cure = 'give it @builtin(global_invocation_id) or another built-in input';
    throw context.source.error(parameter.at, `parameter '${parameter.name}'`, cure);
  });
  return { name, function: typed, workgroupSize: workgroupSize(context, attribute), inputs };
}

const V3U = vectorOf(3, U32);

const INPUTS: Readonly<Record<BuiltinInput, Type>> = {
  global_invocation_id: V3U,
  local_invocation_id: V3U,
  local_invocation_index: U32,
  workgroup_id: V3U,
  num_workgroups: V3U,
};

function builtinInput(context: CheckContext, attribute: Attribute, type: Type): BuiltinInput {
  const [argument] = attribute.args;
  const name = argument?.kind === 'name' ? argument.name : '';
  if (!Object.hasOwn(INPUTS, name)) {
    const cure = `write one of ${Object.keys(INPUTS).join(', ')}`;
    throw context.source.error(attribute.at, `@builtin(${name})`, cure);
  }
  const wanted = INPUTS[name as BuiltinInput];
  if (sameType(type, wanted)) return name as BuiltinInput;
  const cure = `it is ${typeName(wanted)}`;
  throw context.source.error(attribute.at, `@builtin(${name}) of ${typeName(type)}`, cure);
}

function structInput(
  context: CheckContext,
  declaration: FunctionDeclaration,
  parameter: Parameter,
  name: string,
): BuiltinInput[] {
  const members = context.membersOf(name);
  return members.map((member) => {
    const builtin = member.attributes.find((one) => one.name === 'builtin');
    const type = requireType(context, member.type);
    if (builtin) return builtinInput(context, builtin, type);
    const construct = `parameter '${parameter.name}' of '${declaration.name}'`;
    throw context.source.error(member.at, construct, 'each member needs @builtin(...)');
  });
}

function workgroupSize(context: CheckContext, attribute: Attribute): [number, number, number] {
  const { args, at } = attribute;
  if (args.length < 1 || args.length > 3) {
    throw context.source.error(at, "'@workgroup_size'", 'it takes one to three numbers');
  }
  const size: [number, number, number] = [1, 1, 1];
  for (const [i, argument] of args.entries()) {
    const value = constantInteger(context, context.expression(argument), 'a workgroup size');
    const limit = WORKGROUP_SIZE_MAX[i]!;
    if (value < 1 || value > limit) {
      throw context.source.error(argument.at, `workgroup size ${value}`, `it is 1 to ${limit}`);
    }
    size[i] = value;
  }
  const invocations = size[0] * size[1] * size[2];
  if (invocations > WORKGROUP_INVOCATIONS_MAX) {
    const cure = `a workgroup has at most ${WORKGROUP_INVOCATIONS_MAX} invocations`;
    throw context.source.error(at, `workgroup of ${invocations}`, cure);
  }
  return size;
}
