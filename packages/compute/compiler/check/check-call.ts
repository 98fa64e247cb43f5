import type { Expression, Name } from '../parse/ast.ts';
import { type Type, sameType, typeName } from '../types.ts';
import { BUILTINS, OUTSIDE } from './builtins.ts';
import { checkBuiltin } from './check-builtin.ts';
import { checkBitcast, checkConstruct } from './check-construct.ts';
import { isTypeGenerator } from './check-type.ts';
import { type CheckContext, unknownName } from './context.ts';
import { toType } from './conversion.ts';
import { nearestName } from './nearest-name.ts';
import { NOTHING } from './nothing.ts';
import type { Meaning } from './scope.ts';
import type { Typed } from './typed.ts';

type Call = Expression & { kind: 'call' };

/** A call; one that returns nothing has the type NOTHING, and only statements take it. */
export function checkCall(context: CheckContext, call: Call): Typed {
  const { callee } = call;
  const meaning = context.find(callee.name, callee.at);
  if (meaning?.kind === 'function') return checkUserCall(context, call, meaning);
  if (meaning && meaning.kind !== 'type') {
    const cure = 'this name is a value; call a function, or rename the value that hides it';
    throw context.source.error(callee.at, `call of '${callee.name}'`, cure);
  }
  if (!meaning) {
    if (callee.name === 'bitcast')
      return checkBitcast(context, call, bitcastTarget(context, callee));
    if (Object.hasOwn(BUILTINS, callee.name)) return checkBuiltin(context, call);
    if (Object.hasOwn(OUTSIDE, callee.name)) {
      throw context.source.error(callee.at, `'${callee.name}'`, OUTSIDE[callee.name]!);
    }
  }
  const generator = meaning === undefined && isTypeGenerator(callee);
  const type = generator ? undefined : context.typeNamed(callee);
  if (!generator && !type) throw unknownFunction(context, callee);
  return checkConstruct(context, call, type);
}

function unknownFunction(context: CheckContext, callee: Name): Error {
  const near = nearestName(callee.name, Object.keys(BUILTINS));
  if (near === undefined) return unknownName(context, callee);
  return context.source.error(
    callee.at,
    `'${callee.name}'`,
    `no such function; did you mean ${near}?`,
  );
}

function bitcastTarget(context: CheckContext, callee: Name): Type {
  const [target] = callee.template ?? [];
  const type = target?.kind === 'name' ? context.typeNamed(target) : undefined;
  if (type && callee.template!.length === 1) return type;
  throw context.source.error(callee.at, "'bitcast'", 'write bitcast<u32>(x)');
}

function checkUserCall(
  context: CheckContext,
  call: Call,
  meaning: Meaning & { kind: 'function' },
): Typed {
  const { function: callee, isEntry } = meaning;
  const { at } = call;
  if (isEntry) {
    const cure = 'an entry point is not called; move its work to a function that both call';
    throw context.source.error(at, `call of '${callee.name}'`, cure);
  }
  if (call.args.length !== callee.parameters.length) {
    const cure = `'${callee.name}' takes ${callee.parameters.length}`;
    throw context.source.error(at, `${call.args.length} arguments`, cure);
  }
  const args = callee.parameters.map((parameter, i) => {
    const given = context.expression(call.args[i]!);
    if (parameter.type.kind === 'pointer') return pointerArgument(context, given, parameter.type);
    return toType(context, given, parameter.type, `parameter '${parameter.name}'`);
  });
  context.called(callee, at);
  return { kind: 'call', type: callee.result ?? NOTHING, at, function: callee, args };
}

function pointerArgument(context: CheckContext, given: Typed, wanted: Type): Typed {
  if (sameType(given.type, wanted)) return given;
  const cure =
    given.type.kind === 'pointer'
      ? `the parameter is ${typeName(wanted)}`
      : "the parameter is a pointer; pass '&' and a variable";
  throw context.source.error(given.at, `a value of ${typeName(given.type)}`, cure);
}
