/** Statements to items. */
import type { TypedStatement } from '../check/typed.ts';
import { lowerBuiltinStatement } from './builtin.ts';
import { storeInBulk } from './bulk.ts';
import { inline } from './call.ts';
import { lowerExpression, lowerScalar, operate, placeOf, pointerOf } from './expression.ts';
import { lowerLoop } from './loop.ts';
import type { Lowering } from './lowering.ts';
import type { Lowered } from './parts.ts';
import { load, newSlots, partOf, store, zero } from './place.ts';
import { alwaysReturns, contains, hasReturn } from './returns.ts';

type Statements = readonly TypedStatement[];
type Of<K extends TypedStatement['kind']> = TypedStatement & { kind: K };

export function lowerStatements(l: Lowering, statements: Statements): void {
  for (const statement of statements) {
    if (!l.b.reachable) return;
    lowerStatement(l, statement);
  }
}

/** As above, where nothing of the function follows: an early return becomes an `else`. */
export function lowerTail(l: Lowering, statements: Statements): void {
  const at = statements.findIndex(hasReturn);
  if (at < 0) return lowerStatements(l, statements);
  lowerStatements(l, statements.slice(0, at));
  const s = statements[at]!;
  const rest = statements.slice(at + 1);
  if (s.kind === 'block') return lowerTail(l, [...s.body, ...rest]);
  if (s.kind !== 'if') return lowerStatement(l, s);
  const [then, otherwise] = alwaysReturns(s.then)
    ? [s.then, [...s.else, ...rest]]
    : [[...s.then, ...rest], s.else];
  l.b.if(
    lowerScalar(l, s.condition),
    () => lowerTail(l, then),
    () => lowerTail(l, otherwise),
  );
}

function lowerStatement(l: Lowering, s: TypedStatement): void {
  l.checkSize(s.at);
  switch (s.kind) {
    case 'var':
      return lowerVar(l, s);
    case 'let':
      if (s.let.type.kind === 'pointer') l.pointers.set(s.let.id, pointerOf(l, s.init));
      else l.lets.set(s.let.id, lowerExpression(l, s.init));
      return;
    case 'block':
      return lowerStatements(l, s.body);
    case 'assign':
      return lowerAssign(l, s);
    case 'if':
      return lowerIf(l, s);
    case 'loop':
      return lowerLoop(l, s);
    case 'switch':
      return lowerSwitch(l, s);
    case 'break':
      return l.b.exit(l.breaks.at(-1)!);
    case 'continue':
      return l.b.exit(l.continues.at(-1)!);
    case 'return':
      return lowerReturn(l, s);
    case 'call':
      if (s.call.kind === 'builtin') lowerBuiltinStatement(l, s.call);
      else if (s.call.kind === 'call') inline(l, s.call.function, s.call.args);
      return;
    default:
      throw new Error(`unreachable: ${String(s satisfies never)}`);
  }
}

function lowerVar(l: Lowering, s: Of<'var'>): void {
  const { variable } = s;
  const place = l.livesInMemory(variable)
    ? l.allocate(variable.type)
    : ({
        kind: 'slots',
        type: variable.type,
        slots: newSlots(l, variable.type, variable.name),
        root: variable.id,
      } as const);
  if (!storeInBulk(l, place, s.init)) {
    store(l, place, s.init ? lowerExpression(l, s.init) : zero(l, variable.type));
  }
  l.variables.set(variable.id, place);
}

function lowerAssign(l: Lowering, s: Of<'assign'>): void {
  if (!s.target) {
    // `_ = &x` (WGSL 9.3) computes the indexes on the way, and keeps the binding.
    if (s.value.type.kind === 'pointer') pointerOf(l, s.value);
    else lowerExpression(l, s.value);
    return;
  }
  const { target } = s;
  if (target.kind === 'swizzle' && target.components.length > 1) return assignSwizzle(l, s);
  l.isTarget = true;
  const place = placeOf(l, target);
  l.isTarget = false;
  if (!s.operator && storeInBulk(l, place, s.value)) return;
  const old = s.operator ? load(l, place) : undefined;
  store(l, place, newValue(l, s, old));
}

function newValue(l: Lowering, s: Of<'assign'>, old: Lowered | undefined): Lowered {
  const value = lowerExpression(l, s.value);
  if (!s.operator || old === undefined) return value;
  return operate(
    l,
    s.operator,
    { value: old, type: s.target!.type },
    { value, type: s.value.type },
  );
}

function assignSwizzle(l: Lowering, s: Of<'assign'>): void {
  const target = s.target as typeof s.target & { kind: 'swizzle' };
  l.isTarget = true;
  const base = placeOf(l, target.base);
  l.isTarget = false;
  const places = target.components.map((component) => partOf(base, component));
  const old = s.operator ? places.map((place) => load(l, place)) : undefined;
  const values = newValue(l, s, old) as readonly Lowered[];
  places.forEach((place, i) => store(l, place, values[i]!));
}

/** `if (a && b)` without an else as two branches: b is not computed where no lane needs it. */
function lowerIf(l: Lowering, s: Of<'if'>): void {
  const { condition } = s;
  if (condition.kind === 'binary' && condition.operator === '&&' && s.else.length === 0) {
    const inner = { ...s, condition: condition.right };
    return l.b.if(lowerScalar(l, condition.left), () => lowerIf(l, inner));
  }
  l.b.if(
    lowerScalar(l, condition),
    () => lowerStatements(l, s.then),
    () => lowerStatements(l, s.else),
  );
}

function lowerReturn(l: Lowering, s: Of<'return'>): void {
  const target = l.returns!;
  if (s.value) {
    const value = lowerExpression(l, s.value);
    if (target.slots)
      store(l, { kind: 'slots', type: s.value.type, slots: target.slots, root: -1 }, value);
    else target.value = value;
  }
  if (target.label) l.b.exit(target.label);
}

/** A chain of ifs; `break` leaves a block around it. */
function lowerSwitch(l: Lowering, s: Of<'switch'>): void {
  const cases = s.cases.map((one) => ({ ...one, body: withoutLastBreak(one.body) }));
  const chain = () => lowerCases(l, lowerScalar(l, s.selector), cases);
  if (!cases.some(({ body }) => body.some((child) => contains(child, 'break')))) return chain();
  l.b.block((label) => {
    l.breaks.push(label);
    chain();
    l.breaks.pop();
  });
}

function withoutLastBreak(body: Statements): Statements {
  return body.at(-1)?.kind === 'break' ? body.slice(0, -1) : body;
}

function lowerCases(
  l: Lowering,
  selector: ReturnType<typeof lowerScalar>,
  cases: Of<'switch'>['cases'],
): void {
  const b = l.b;
  const fallback = cases.find((one) => one.isDefault);
  const rest = cases.filter((one) => !one.isDefault);
  const hitOf = (values: readonly number[]) =>
    values
      .map((value) => b.binary('eq', selector, b.constant(selector.kind, value)))
      .reduce((any, is) => b.binary('or', any, is));
  const otherwise = () => {
    if (fallback) lowerStatements(l, fallback.body);
  };
  const next = (i: number): void => {
    const one = rest[i];
    if (!one) return otherwise();
    b.if(
      hitOf(one.values),
      () => lowerStatements(l, one.body),
      () => next(i + 1),
    );
  };
  if (rest.length <= NESTED_CASES_MAX) return next(0);
  // Only one of them is hit: side by side they need no depth.
  let any = b.constant('bool', 0);
  for (const { values, body } of rest) {
    const hit = hitOf(values);
    any = b.binary('or', any, hit);
    b.if(hit, () => lowerStatements(l, body));
  }
  b.if(b.unary('not', any), otherwise);
}

/** Cases of a switch up to this many are tried in turn; all of more. */
const NESTED_CASES_MAX = 32;
