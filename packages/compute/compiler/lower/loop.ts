/** Loops: small ones that count are written out, so that indexes become constants. */
import { childrenOf, expressionsOf, statementsOf } from '../check/children.ts';
import type { Typed, TypedLoop, TypedStatement, Variable } from '../check/typed.ts';
import type { Value } from '../ir/ir.ts';
import { lowerExpression, lowerScalar, operate } from './expression.ts';
import { setBound, upperBound } from '../ir/bounds.ts';
import type { Lowering } from './lowering.ts';
import { isTree } from './place.ts';
import type { Type } from '../types.ts';
import { contains } from './returns.ts';
import { sizeOfAll } from './size.ts';

const TRIPS_MAX = 64;
/** Counting loops are followed this far, to know how far their variable goes. */
const COUNT_MAX = 512;
/** What a kernel may grow to by writing loops out. */
const VALUES_MAX = 60_000;

export function lowerLoop(l: Lowering, loop: TypedLoop): void {
  if (loop.body.some(readsBuffer)) l.b.versions(() => lowerPlain(l, loop));
  else lowerPlain(l, loop);
}

/**
 * Whether an array that its buffer sizes is indexed in the statement itself or in what it calls.
 */
function readsBuffer(s: TypedStatement): boolean {
  return some(s, (e) => e.kind === 'index' && isBuffer(e.base.type), readsBuffer);
}

function isBuffer(type: Type): boolean {
  return type.kind === 'array' && type.count === null;
}

function lowerPlain(l: Lowering, loop: TypedLoop): void {
  const trips = tripsOf(l, loop);
  if (trips && isWorthIt(l, loop, trips)) return writeOut(l, loop, trips);
  if (loop.init) l.passes.statements(l, [loop.init]);
  const b = l.b;
  b.block((end) => {
    l.breaks.push(end);
    b.loop(l.lineOf(loop.at), () => {
      if (loop.condition) b.if(b.unary('not', lowerScalar(l, loop.condition)), () => b.exit(end));
      if (!b.reachable) return;
      if (trips) boundCounter(l, trips);
      lowerBody(l, loop);
      if (!b.reachable) return;
      l.passes.statements(l, loop.continuing);
      if (loop.breakIf) b.if(lowerScalar(l, loop.breakIf), () => b.exit(end));
    });
    l.breaks.pop();
  });
}

/** Within the body the counter is one of the values it takes: indexes by it need no clamp. */
function boundCounter(l: Lowering, { variable, values }: Trips): void {
  const place = l.variables.get(variable.id);
  if (place?.kind !== 'slots' || isTree(place.slots)) return;
  const bounds = values.map((value) => upperBound(value));
  setBound(l.b.get(place.slots), Math.max(0, ...bounds));
}

function lowerBody(l: Lowering, loop: TypedLoop): void {
  if (!loop.body.some((s) => contains(s, 'continue'))) return l.passes.statements(l, loop.body);
  l.b.block((label) => {
    l.continues.push(label);
    l.passes.statements(l, loop.body);
    l.continues.pop();
  });
}

type Trips = { readonly variable: Variable; readonly values: readonly Value[] };

/** The values that the loop's variable takes, where they are known and few. */
function tripsOf(l: Lowering, loop: TypedLoop): Trips | undefined {
  const { init, condition, continuing } = loop;
  const step = continuing[0];
  if (init?.kind !== 'var' || !init.init || !condition || loop.breakIf) return undefined;
  if (continuing.length !== 1 || step?.kind !== 'assign') return undefined;
  if (step.target?.kind !== 'variable' || step.target.variable !== init.variable) return undefined;
  const { variable } = init;
  if (variable.type.kind !== 'scalar' || loop.body.some((s) => touches(s, variable)))
    return undefined;
  if (!isSimple(condition) || !isSimple(step.value)) return undefined;
  const values: Value[] = [];
  let value = lowerExpression(l, init.init) as Value;
  for (;;) {
    if (value.op !== 'constant') return undefined;
    l.variables.set(variable.id, { kind: 'value', type: variable.type, value });
    const goesOn = lowerScalar(l, condition);
    if (goesOn.op !== 'constant') return undefined;
    if (goesOn.value === 0) break;
    values.push(value);
    if (values.length > COUNT_MAX) return undefined;
    const operand = lowerExpression(l, step.value);
    value = (
      step.operator
        ? operate(
            l,
            step.operator,
            { value, type: variable.type },
            { value: operand, type: step.value.type },
          )
        : operand
    ) as Value;
  }
  return { variable, values };
}

/** Safe to lower many times just to see whether it is a constant. */
function isSimple(e: Typed): boolean {
  if (e.kind === 'call' || e.kind === 'builtin' || e.kind === 'index') return false;
  return childrenOf(e).every(isSimple);
}

function isWorthIt(l: Lowering, loop: TypedLoop, { variable, values }: Trips): boolean {
  if (values.length <= 1) return true;
  if (values.length > TRIPS_MAX || l.b.size > VALUES_MAX) return false;
  const size = values.length * sizeOfAll(loop.body);
  if (size > l.options.unrollMax) return false;
  return size < SMALL || loop.body.some((s) => reads(s, variable));
}

/** Loops of this size are written out even where their variable is not read. */
const SMALL = 100;

function writeOut(l: Lowering, loop: TypedLoop, { variable, values }: Trips): void {
  const body = (value: Value) => {
    l.variables.set(variable.id, { kind: 'value', type: variable.type, value });
    lowerBody(l, loop);
  };
  if (!loop.body.some((s) => contains(s, 'break'))) {
    for (const value of values) {
      if (!l.b.reachable) return;
      body(value);
    }
    return;
  }
  l.b.block((end) => {
    l.breaks.push(end);
    for (const value of values) {
      if (!l.b.reachable) break;
      body(value);
    }
    l.breaks.pop();
  });
}

/** Whether the statement assigns to the variable or takes its address. */
function touches(s: TypedStatement, variable: Variable): boolean {
  const assigned = s.kind === 'assign' && s.target !== null && rootOf(s.target) === variable;
  return (
    assigned ||
    some(s, (e) => e.kind === 'address' && rootOf(e.place) === variable, touchesIn(variable))
  );
}

const touchesIn = (variable: Variable) => (s: TypedStatement) => touches(s, variable);

function reads(s: TypedStatement, variable: Variable): boolean {
  const isRead = (e: Typed): boolean =>
    (e.kind === 'variable' && e.variable === variable) || childrenOf(e).some(isRead);
  return some(s, isRead, (inner) => reads(inner, variable));
}

function rootOf(e: Typed): Variable | undefined {
  if (e.kind === 'variable') return e.variable;
  if (e.kind === 'index' || e.kind === 'field' || e.kind === 'swizzle') return rootOf(e.base);
  return undefined;
}

/** Whether an expression (or part of one) or an inner statement answers true. */
function some(
  s: TypedStatement,
  ofExpression: (e: Typed) => boolean,
  ofStatement: (s: TypedStatement) => boolean,
): boolean {
  const deep = (e: Typed): boolean => ofExpression(e) || childrenOf(e).some(deep);
  return expressionsOf(s).some(deep) || statementsOf(s).some(ofStatement);
}
