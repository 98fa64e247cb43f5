import type { Expression, LocalDeclaration, Statement } from '../parse/ast.ts';
import { BOOL, type Type, isAbstract, isInteger, sameType, typeName } from '../types.ts';
import { bytesOf } from '../layout.ts';
import { checkOperator } from './check-binary.ts';
import { checkCall } from './check-call.ts';
import { placeOf } from './check-expression.ts';
import { isRuntimeSized, traitsOf } from './check-type.ts';
import { type CheckContext, inScope, requireType } from './context.ts';
import { concrete, toType } from './conversion.ts';
import { BUILTINS } from './builtins.ts';
import { NOTHING } from './nothing.ts';
import { type Meaning, Scope } from './scope.ts';
import type { Let, Typed, TypedStatement, Variable } from './typed.ts';

/** What surrounds a statement. */
export type Surroundings = {
  readonly result: Type | null;
  readonly inLoop: boolean;
  readonly inSwitch: boolean;
  readonly inContinuing: boolean;
};

/** Bytes of one function's variable: beyond it WebGPU implementations differ. */
const LOCAL_BYTES_MAX = 65_536;

/** Statements of one block in a scope of their own. */
export function checkBlock(
  context: CheckContext,
  body: readonly Statement[],
  around: Surroundings,
): TypedStatement[] {
  return inScope(context, new Scope(context.scope), () => checkStatements(context, body, around));
}

/** Statements in the present scope. */
export function checkStatements(
  context: CheckContext,
  body: readonly Statement[],
  around: Surroundings,
): TypedStatement[] {
  const out: TypedStatement[] = [];
  for (const statement of body) {
    const typed = checkStatement(context, statement, around);
    if (typed) out.push(typed);
  }
  return out;
}

function checkStatement(
  context: CheckContext,
  statement: Statement,
  around: Surroundings,
): TypedStatement | null {
  const { at } = statement;
  switch (statement.kind) {
    case 'declare':
      return checkLocal(context, statement);
    case 'block':
      return { kind: 'block', at, body: checkBlock(context, statement.body, around) };
    case 'assign':
      return checkAssign(context, statement);
    case 'if':
      return {
        kind: 'if',
        at,
        condition: checkCondition(context, statement.condition),
        then: checkBlock(context, statement.then, around),
        else: checkBlock(context, statement.else ?? [], around),
      };
    case 'for':
      return checkFor(context, statement, around);
    case 'loop':
      return checkLoop(context, statement, around);
    case 'switch':
      return checkSwitch(context, statement, around);
    case 'break':
      if (!around.inLoop && !around.inSwitch) {
        throw context.source.error(at, "'break'", 'it stands in a loop or a switch only');
      }
      return { kind: 'break', at };
    case 'continue':
      if (!around.inLoop || around.inContinuing) {
        throw context.source.error(at, "'continue'", "it stands in a loop's body only");
      }
      return { kind: 'continue', at };
    case 'return':
      return checkReturn(context, statement, around);
    case 'call':
      return checkCallStatement(context, statement);
    case 'assert':
      checkAssert(context, statement.at, statement.condition);
      return null;
    default:
      throw new Error(`unreachable: ${String(statement satisfies never)}`);
  }
}

export function checkAssert(context: CheckContext, at: number, expression: Expression): void {
  const condition = checkCondition(context, expression);
  if (condition.kind !== 'constant') {
    throw context.source.error(at, "'const_assert'", 'its condition is constant');
  }
  if (condition.value === 0) throw context.source.error(at, "'const_assert'", 'it does not hold');
}

function checkCondition(context: CheckContext, expression: Expression): Typed {
  const condition = context.expression(expression);
  if (sameType(condition.type, BOOL)) return condition;
  const cure = "a condition is a bool: compare with '!=', or use any() or all()";
  throw context.source.error(condition.at, `a condition of ${typeName(condition.type)}`, cure);
}

/** A name of the present scope; a name twice is an error. */
export function define(context: CheckContext, name: string, at: number, meaning: Meaning): void {
  if (name !== '_' && !name.startsWith('__') && context.scope.define(name, meaning)) return;
  const reserved = name === '_' || name.startsWith('__');
  const cure = reserved
    ? "names are not '_' and do not begin with '__'"
    : 'this block declares the name already; rename one';
  throw context.source.error(at, `'${name}'`, cure);
}

function checkLocal(context: CheckContext, declaration: LocalDeclaration): TypedStatement | null {
  const { at, how, name } = declaration;
  const written = declaration.type ? requireType(context, declaration.type) : null;
  let init = declaration.init ? context.expression(declaration.init) : null;
  if (init && written) init = toType(context, init, written, `'${name}'`);
  if (how === 'const') {
    if (init!.kind !== 'constant') {
      throw context.source.error(
        init!.at,
        `const '${name}'`,
        "its value is not constant; use 'let'",
      );
    }
    define(context, name, at, { kind: 'constant', type: init!.type, value: init!.value });
    return null;
  }
  if (init) init = concrete(context, init);
  const type = written ?? init!.type;
  requireValueType(context, at, name, type, how);
  if (how === 'let') {
    const own: Let = { id: context.nextId(), name, type };
    define(context, name, at, { kind: 'let', let: own });
    return { kind: 'let', at, let: own, init: init! };
  }
  const variable: Variable = {
    id: context.nextId(),
    name,
    type,
    space: 'function',
    access: 'read_write',
    at,
    init: null,
    resource: null,
  };
  define(context, name, at, { kind: 'variable', variable });
  return { kind: 'var', at, variable, init };
}

/** Values and variables have a known size and no atomics; only a `let` holds a pointer. */
function requireValueType(
  context: CheckContext,
  at: number,
  name: string,
  type: Type,
  how: 'let' | 'var',
): void {
  const pointer = type.kind === 'pointer';
  if (type === NOTHING || (pointer && how === 'var') || isRuntimeSized(type)) {
    const cure = pointer ? "a pointer is a 'let'" : 'give the type a known size';
    throw context.source.error(at, `${how} '${name}' of ${typeName(type)}`, cure);
  }
  if (pointer) return;
  if (traitsOf(type).hasAtomic) {
    throw context.source.error(at, `${how} '${name}' of ${typeName(type)}`, 'use atomicLoad(&x)');
  }
  if (bytesOf(type) > LOCAL_BYTES_MAX) {
    const cure = `at most ${LOCAL_BYTES_MAX}; keep it in a storage buffer`;
    throw context.source.error(at, `'${name}' of ${bytesOf(type)} bytes`, cure);
  }
}

function checkAssign(
  context: CheckContext,
  statement: Statement & { kind: 'assign' },
): TypedStatement {
  const { at, operator } = statement;
  if (statement.target === null) {
    const value = concrete(context, context.expression(statement.value));
    return { kind: 'assign', at, target: null, operator: null, value };
  }
  const target = context.expression(statement.target);
  requireWritable(context, target);
  if (statement.isStep && !(target.type.kind === 'scalar' && isInteger(target.type))) {
    const step = `'${operator}${operator}' of ${typeName(target.type)}`;
    throw context.source.error(at, step, `it takes integers; write '${operator}= 1'`);
  }
  const value = context.expression(statement.value);
  if (operator === null) {
    const ready = toType(context, value, target.type, 'the left side');
    return { kind: 'assign', at, target, operator, value: ready };
  }
  const result = checkOperator(context, operator, target, value, at);
  if (!sameType(result.type, target.type) || result.kind !== 'binary') {
    const cure = `it gives ${typeName(result.type)}, the left side is ${typeName(target.type)}`;
    throw context.source.error(at, `'${operator}='`, cure);
  }
  return { kind: 'assign', at, target, operator, value: result.right };
}

function requireWritable(context: CheckContext, target: Typed): void {
  const place = placeOf(target);
  if (!place) {
    const what =
      target.kind === 'let' ? `assignment to let '${target.let.name}'` : 'assignment to a value';
    throw context.source.error(target.at, what, "only a 'var' changes; declare it with 'var'");
  }
  if (place.access === 'read') {
    const cure =
      place.space === 'uniform'
        ? 'uniforms are read only; use var<storage, read_write>'
        : 'declare the buffer with var<storage, read_write>';
    throw context.source.error(target.at, 'assignment to a buffer that is only read', cure);
  }
  if (
    target.type.kind === 'atomic' ||
    traitsOf(target.type).hasAtomic ||
    isRuntimeSized(target.type)
  ) {
    const cure = 'write atomics with atomicStore(&x, value), arrays element by element';
    throw context.source.error(target.at, `assignment to ${typeName(target.type)}`, cure);
  }
  if (target.kind === 'swizzle' && new Set(target.components).size < target.components.length) {
    throw context.source.error(target.at, 'assignment to one component twice', 'name each once');
  }
}

function checkFor(
  context: CheckContext,
  statement: Statement & { kind: 'for' },
  around: Surroundings,
): TypedStatement {
  return inScope(context, new Scope(context.scope), () => {
    const init = statement.init ? checkStatement(context, statement.init, around) : null;
    const condition = statement.condition ? checkCondition(context, statement.condition) : null;
    const inside = { ...around, inLoop: true, inSwitch: false, inContinuing: false };
    const continuing = statement.update
      ? checkStatements(context, [statement.update], { ...inside, inContinuing: true })
      : [];
    const body = checkBlock(context, statement.body, inside);
    return { kind: 'loop', at: statement.at, init, condition, body, continuing, breakIf: null };
  });
}

function checkLoop(
  context: CheckContext,
  statement: Statement & { kind: 'loop' },
  around: Surroundings,
): TypedStatement {
  const inside = { ...around, inLoop: true, inSwitch: false, inContinuing: false };
  return inScope(context, new Scope(context.scope), () => {
    const body = checkStatements(context, statement.body, inside);
    return inScope(context, new Scope(context.scope), () => {
      const late = { ...inside, inLoop: false, inContinuing: true };
      const continuing = checkStatements(context, statement.continuing, late);
      const breakIf = statement.breakIf ? checkCondition(context, statement.breakIf) : null;
      return {
        kind: 'loop',
        at: statement.at,
        init: null,
        condition: null,
        body,
        continuing,
        breakIf,
      };
    });
  });
}

function checkSwitch(
  context: CheckContext,
  statement: Statement & { kind: 'switch' },
  around: Surroundings,
): TypedStatement {
  const { at } = statement;
  const given = context.expression(statement.selector);
  const integers = [given, ...statement.cases.flatMap((one) => caseValues(context, one.selectors))];
  for (const value of integers) {
    if (value.type.kind === 'scalar' && isInteger(value.type)) continue;
    const cure = 'a switch is over i32 or u32';
    throw context.source.error(value.at, `a value of ${typeName(value.type)} in a switch`, cure);
  }
  const concreteOne = integers.find((value) => !isAbstract(value.type));
  const selector = concreteOne
    ? toType(context, given, concreteOne.type, 'the case')
    : concrete(context, given);
  const seen = new Set<number | 'default'>();
  const cases = statement.cases.map((one) => {
    const values: number[] = [];
    for (const value of caseValues(context, one.selectors)) {
      const ready = toType(context, value, selector.type, 'the selector');
      if (ready.kind !== 'constant') {
        throw context.source.error(value.at, "a value of 'case'", 'it is constant');
      }
      if (seen.has(ready.value as number)) {
        throw context.source.error(value.at, `case ${String(ready.value)}`, 'it stands here twice');
      }
      seen.add(ready.value as number);
      values.push(ready.value as number);
    }
    const isDefault = one.selectors.includes(null);
    if (isDefault && seen.has('default')) {
      throw context.source.error(one.at, "'default'", 'a switch has one');
    }
    if (isDefault) seen.add('default');
    return {
      values,
      isDefault,
      body: checkBlock(context, one.body, { ...around, inSwitch: true }),
    };
  });
  if (!seen.has('default')) {
    throw context.source.error(at, "'switch' without 'default'", "add 'default: {}'");
  }
  return { kind: 'switch', at, selector, cases };
}

function caseValues(context: CheckContext, selectors: readonly (Expression | null)[]): Typed[] {
  return selectors.flatMap((selector) => (selector ? [context.expression(selector)] : []));
}

function checkReturn(
  context: CheckContext,
  statement: Statement & { kind: 'return' },
  around: Surroundings,
): TypedStatement {
  const { at } = statement;
  if (around.inContinuing) {
    throw context.source.error(at, "'return' in 'continuing'", 'return from the body of the loop');
  }
  if (statement.value === null) {
    if (around.result === null) return { kind: 'return', at, value: null };
    throw context.source.error(at, "'return' without a value", `return ${typeName(around.result)}`);
  }
  const value = context.expression(statement.value);
  if (around.result === null) {
    throw context.source.error(value.at, "'return' with a value", "declare it: '-> type'");
  }
  return { kind: 'return', at, value: toType(context, value, around.result, 'the result') };
}

/** Built-in functions that do something; the value of the others must be used. */
const EFFECTS = /^(?:atomic|storageBarrier$|workgroupBarrier$|workgroupUniformLoad$)/;

function checkCallStatement(
  context: CheckContext,
  statement: Statement & { kind: 'call' },
): TypedStatement {
  const { call, at } = statement;
  const { name } = call.callee;
  const meaning = context.find(name, at);
  const effect = meaning
    ? meaning.kind === 'function'
    : !Object.hasOwn(BUILTINS, name) || EFFECTS.test(name);
  if (!effect || (!meaning && context.typeNamed(call.callee))) {
    const cure = `its value is not used; remove it, or write '_ = ${name}(...)'`;
    throw context.source.error(at, `'${name}(...)' as a statement`, cure);
  }
  return { kind: 'call', at, call: checkCall(context, call) };
}
