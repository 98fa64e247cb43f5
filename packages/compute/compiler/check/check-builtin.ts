import type { Expression } from '../parse/ast.ts';
import { type Type, elementOf, isFloat, isInteger, sameType, typeName } from '../types.ts';
import { BUILTINS } from './builtins.ts';
import { evaluateBuiltin } from './constant-builtins.ts';
import type { CheckContext } from './context.ts';
import { concrete, unify } from './conversion.ts';
import { checkSpecial } from './check-special.ts';
import { NOTHING } from './nothing.ts';
import type { Typed } from './typed.ts';

type Call = Expression & { kind: 'call' };

/** A call of a built-in function. */
export function checkBuiltin(context: CheckContext, call: Call): Typed {
  const { name } = call.callee;
  const signature = BUILTINS[name]!;
  const given = call.args.map((argument) => context.expression(argument));
  if (signature === 'special') {
    const { type, args } = checkSpecial(context, call, given);
    return finish(context, call, type ?? NOTHING, args);
  }
  const count = signature === 'integer1' ? 1 : Number(signature.at(-1));
  requireCount(context, call, count);
  const args = numericArguments(context, call, given);
  const { type } = args[0]!;
  const element = elementOf(type)!;
  if (signature === 'integer1' ? !isInteger(element) : element.name === 'bool') {
    const cure = `${name} takes ${signature === 'integer1' ? 'integers' : 'numbers'}`;
    throw context.source.error(call.at, `${name}(${typeName(type)})`, cure);
  }
  if (name === 'clamp') refuseEmptyRange(context, call, args);
  const wantsFloat = signature.startsWith('float');
  if (wantsFloat && !isFloat(element) && element.name !== 'abstract-int') {
    const cure = `${name} takes f32; convert with f32(x)`;
    throw context.source.error(call.at, `${name}(${typeName(type)})`, cure);
  }
  const ready = wantsFloat ? floats(context, args) : args;
  return finish(context, call, ready[0]!.type, ready);
}

/** Bounds that are constant stand in order (WGSL 17.5.12), as on WebGPU. */
function refuseEmptyRange(
  context: CheckContext,
  call: Call,
  [, low, high]: readonly Typed[],
): void {
  if (low?.kind !== 'constant' || high?.kind !== 'constant') return;
  const [lows, highs] = [[low.value].flat(), [high.value].flat()] as [number[], number[]];
  if (lows.every((bound, i) => bound <= highs[i]!)) return;
  throw context.source.error(
    call.at,
    'clamp(x, low, high)',
    'low is more than high; exchange them',
  );
}

export function requireCount(context: CheckContext, call: Call, count: number): void {
  if (call.args.length === count) return;
  const cure = `${call.callee.name} takes ${count}`;
  throw context.source.error(call.at, `${call.args.length} arguments`, cure);
}

/** Arguments of one type: scalars or vectors of one size. */
export function numericArguments(
  context: CheckContext,
  call: Call,
  given: readonly Typed[],
): Typed[] {
  const { name } = call.callee;
  for (const argument of given) {
    if (argument.type.kind === 'scalar' || argument.type.kind === 'vector') continue;
    const cure = `${name} takes scalars and vectors`;
    throw context.source.error(argument.at, `${name}(${typeName(argument.type)})`, cure);
  }
  const args = unify(context, given, `${name}(...)`);
  for (const argument of args) {
    if (sameType(argument.type, args[0]!.type)) continue;
    const types = args.map((one) => typeName(one.type)).join(', ');
    const cure = `${name} takes one type: write ${typeName(wider(args))}(x)`;
    throw context.source.error(argument.at, `${name}(${types})`, cure);
  }
  return args;
}

function wider(args: readonly Typed[]): Type {
  return args.find((argument) => argument.type.kind === 'vector')?.type ?? args[0]!.type;
}

/** Abstract integers as abstract floats, where a function works on floats alone. */
export function floats(context: CheckContext, args: readonly Typed[]): Typed[] {
  const zero: Typed = {
    kind: 'constant',
    type: { kind: 'scalar', name: 'abstract-float' },
    at: 0,
    value: 0,
  };
  return unify(context, [zero, ...args], 'a built-in function').slice(1);
}

/** The constant value if there is one, else the call with its arguments made concrete. */
function finish(context: CheckContext, call: Call, type: Type, args: readonly Typed[]): Typed {
  const { at } = call;
  const { name } = call.callee;
  const constants = args.flatMap((argument) => (argument.kind === 'constant' ? [argument] : []));
  if (args.length > 0 && constants.length === args.length) {
    const value = evaluateBuiltin(name, type, constants);
    if (typeof value === 'string') throw context.source.error(at, `${name}(...)`, value);
    if (value !== undefined) return { kind: 'constant', type, at, value };
  }
  const ready = args.map((argument) => concrete(context, argument));
  const element = elementOf(type);
  const abstractly = element?.name === 'abstract-int' || element?.name === 'abstract-float';
  if (!abstractly) return { kind: 'builtin', type, at, name, args: ready };
  const { type: own } = checkSpecialOrSame(context, call, ready);
  return { kind: 'builtin', type: own, at, name, args: ready };
}

/** The result type once the arguments are concrete. */
function checkSpecialOrSame(
  context: CheckContext,
  call: Call,
  ready: readonly Typed[],
): { type: Type } {
  if (BUILTINS[call.callee.name] !== 'special') return { type: ready[0]!.type };
  return { type: checkSpecial(context, call, ready).type ?? NOTHING };
}
