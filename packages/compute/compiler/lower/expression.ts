/** Expressions to values. Composites come apart into their scalars. */
import type { Constant, Typed } from '../check/typed.ts';
import type { Value } from '../ir/ir.ts';
import type { BinaryOp } from '../ir/scalar-arithmetic.ts';
import { type Type, elementOf as elementType, partsOf } from '../types.ts';
import { lowerBuiltin } from './builtin.ts';
import { inline } from './call.ts';
import type { Lowering } from './lowering.ts';
import { multiplyMatrices } from './matrix.ts';
import { type Lowered, isScalar, mapParts, zip } from './parts.ts';
import { type Place, elementOf, kindOf, load, partOf, typeOfPart, zero } from './place.ts';
import { isCheap } from './size.ts';

const OPERATORS: Readonly<Record<string, BinaryOp>> = {
  '+': 'add',
  '-': 'sub',
  '*': 'mul',
  '/': 'div',
  '%': 'rem',
  '&': 'and',
  '|': 'or',
  '^': 'xor',
  '<<': 'shl',
  '>>': 'shr',
  '==': 'eq',
  '!=': 'ne',
  '<': 'lt',
  '<=': 'le',
  '>': 'gt',
  '>=': 'ge',
};

export function lowerExpression(l: Lowering, e: Typed): Lowered {
  switch (e.kind) {
    case 'constant':
      return lowerConstant(l, e.type, e.value);
    case 'variable':
    case 'let':
    case 'index':
    case 'field':
    case 'dereference':
      return load(l, placeOf(l, e));
    case 'swizzle':
      return lowerSwizzle(l, e);
    case 'address':
      throw new Error('pointers are places, not values');
    case 'unary':
      return lowerUnary(l, e.operator, lowerExpression(l, e.operand));
    case 'binary':
      return lowerBinary(l, e);
    case 'call': {
      const result = inline(l, e.function, e.args);
      if (result === undefined) throw new Error(`${e.function.name} returns nothing`);
      return result;
    }
    case 'builtin':
      return lowerBuiltin(l, e);
    case 'construct':
      return construct(l, e.type, e.args);
    case 'bitcast':
      return mapParts(lowerExpression(l, e.operand), (part) =>
        l.b.bitcast(kindOf(elementType(e.type)!), part),
      );
    default:
      throw new Error(`unreachable: ${String(e satisfies never)}`);
  }
}

export function lowerScalar(l: Lowering, e: Typed): Value {
  return lowerExpression(l, e) as Value;
}

export function lowerConstant(l: Lowering, type: Type, value: Constant): Lowered {
  if (typeof value === 'number') return l.b.constant(kindOf(type), value);
  return value.map((part, i) => lowerConstant(l, typeOfPart(type, i), part));
}

/** The place that an expression names; a place of its own for a value. */
export function placeOf(l: Lowering, e: Typed): Place {
  switch (e.kind) {
    case 'variable':
      return l.variables.get(e.variable.id)!;
    case 'let':
      return { kind: 'value', type: e.type, value: l.lets.get(e.let.id)! };
    case 'dereference':
      return pointerOf(l, e.pointer);
    case 'index': {
      const base = placeOf(l, e.base);
      const isTarget = l.isTarget;
      l.isTarget = false;
      const index = lowerScalar(l, e.index);
      l.isTarget = isTarget;
      return elementOf(l, base, index);
    }
    case 'field':
      return partOf(placeOf(l, e.base), e.field);
    case 'swizzle':
      if (e.components.length === 1) return partOf(placeOf(l, e.base), e.components[0]!);
      return { kind: 'value', type: e.type, value: lowerSwizzle(l, e) };
    default:
      return { kind: 'value', type: e.type, value: lowerExpression(l, e) };
  }
}

/** The place that a pointer points to: pointers exist while compiling only. */
export function pointerOf(l: Lowering, e: Typed): Place {
  if (e.kind === 'address') {
    const isTarget = l.isTarget;
    l.isTarget = true;
    const place = placeOf(l, e.place);
    l.isTarget = isTarget;
    return place;
  }
  if (e.kind === 'let') return l.pointers.get(e.let.id)!;
  throw new Error(`no pointer: ${e.kind}`);
}

function lowerSwizzle(l: Lowering, e: Typed & { kind: 'swizzle' }): Lowered {
  const base = placeOf(l, e.base);
  if (e.components.length === 1) return load(l, partOf(base, e.components[0]!));
  return e.components.map((component) => load(l, partOf(base, component)));
}

function lowerUnary(l: Lowering, operator: '-' | '!' | '~', value: Lowered): Lowered {
  if (!isScalar(value)) return value.map((part) => lowerUnary(l, operator, part));
  return l.b.unary(operator === '-' ? 'neg' : 'not', value);
}

function lowerBinary(l: Lowering, e: Typed & { kind: 'binary' }): Lowered {
  if (e.operator === '&&' || e.operator === '||') return lowerShortCircuit(l, e);
  const left = lowerExpression(l, e.left);
  const right = lowerExpression(l, e.right);
  return operate(
    l,
    e.operator,
    { value: left, type: e.left.type },
    { value: right, type: e.right.type },
  );
}

type Operand = { readonly value: Lowered; readonly type: Type };

/** A binary operator on scalars, vectors and matrices. */
export function operate(l: Lowering, operator: string, a: Operand, b: Operand): Lowered {
  const matrices = a.type.kind === 'matrix' || b.type.kind === 'matrix';
  if (operator === '*' && matrices) return multiplyMatrices(l, a.value, b.value, a.type, b.type);
  return zip(a.value, b.value, (x, y) => operateScalars(l, operator, x, y));
}

function operateScalars(l: Lowering, operator: string, x: Value, y: Value): Value {
  const b = l.b;
  if (operator === '%' && x.kind === 'f32') {
    const quotient = b.unary('trunc', b.binary('div', x, y));
    return b.binary('sub', x, b.binary('mul', y, quotient));
  }
  return b.binary(OPERATORS[operator]!, x, y);
}

/** The right side runs only where the left leaves the answer open; cheap ones always. */
function lowerShortCircuit(l: Lowering, e: Typed & { kind: 'binary' }): Lowered {
  const b = l.b;
  const isAnd = e.operator === '&&';
  const left = lowerScalar(l, e.left);
  if (left.op === 'constant')
    return (left.value !== 0) === isAnd ? lowerExpression(l, e.right) : left;
  if (isCheap(e.right)) return b.binary(isAnd ? 'and' : 'or', left, lowerScalar(l, e.right));
  const slot = b.slot('bool', e.operator);
  b.set(slot, left);
  const open = isAnd ? left : b.unary('not', left);
  b.if(open, () => b.set(slot, lowerScalar(l, e.right)));
  return b.get(slot);
}

function construct(l: Lowering, type: Type, args: readonly Typed[]): Lowered {
  if (args.length === 0) return zero(l, type);
  const values = args.map((arg) => lowerExpression(l, arg));
  if (type.kind === 'scalar') return l.b.convert(kindOf(type), values[0] as Value);
  if (type.kind === 'vector') {
    const kind = kindOf(type.element);
    const flat = (values.flat(2) as Value[]).map((value) => l.b.convert(kind, value));
    return flat.length === 1 ? Array.from({ length: type.size }, () => flat[0]!) : flat;
  }
  if (type.kind === 'matrix' && args[0]!.type.kind === 'scalar') {
    return partsOf(type).map((_, i) => values.slice(i * type.rows, (i + 1) * type.rows));
  }
  if (type.kind === 'matrix' && args[0]!.type.kind === 'matrix') return values[0]!;
  return values;
}
