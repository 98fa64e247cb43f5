import type { BinaryOperator, Expression } from '../parse/ast.ts';
import {
  BOOL,
  type Scalar,
  type Type,
  U32,
  elementOf,
  isAbstract,
  isFloat,
  isInteger,
  matrixOf,
  sameType,
  typeName,
  vectorOf,
  withElement,
} from '../types.ts';
import { evaluateScalar, zipConstants } from './constants.ts';
import type { CheckContext } from './context.ts';
import { concrete, toType, unify } from './conversion.ts';
import { multiplyMatrices } from './constant-matrix.ts';
import type { Constant, Typed } from './typed.ts';

type Binary = Expression & { kind: 'binary' };

const COMPARISONS: ReadonlySet<BinaryOperator> = new Set(['==', '!=', '<', '<=', '>', '>=']);

/** Long sums lean left: walked by a loop, so that no text is too long for the stack. */
export function checkBinary(context: CheckContext, expression: Binary): Typed {
  const chain: Binary[] = [];
  let first: Expression = expression;
  while (first.kind === 'binary') {
    chain.push(first);
    first = first.left;
  }
  let left = context.expression(first);
  for (const link of chain.toReversed()) {
    left = checkOperator(context, link.operator, left, context.expression(link.right), link.at);
  }
  return left;
}

export function checkOperator(
  context: CheckContext,
  operator: BinaryOperator,
  left: Typed,
  right: Typed,
  at: number,
): Typed {
  if (operator === '&&' || operator === '||')
    return checkLogical(context, operator, left, right, at);
  if (operator === '<<' || operator === '>>') return checkShift(context, operator, left, right, at);
  const refused = (cure: string): Error => {
    const construct = `${typeName(left.type)} ${operator} ${typeName(right.type)}`;
    return context.source.error(at, construct, cure);
  };
  if (!elementOf(left.type) || !elementOf(right.type)) {
    throw refused('operators take scalars, vectors and matrices; use the members one by one');
  }
  const [a, b] = unify(context, [left, right], `'${operator}'`) as [Typed, Typed];
  const type = resultType(operator, a.type, b.type);
  if (typeof type === 'string') throw refused(type);
  return binary(context, operator, type, a, b, at);
}

function binary(
  context: CheckContext,
  operator: BinaryOperator,
  type: Type,
  left: Typed,
  right: Typed,
  at: number,
): Typed {
  if (left.kind === 'constant' && right.kind === 'constant') {
    const value = evaluate(context, operator, left, right, at);
    return { kind: 'constant', type, at, value };
  }
  refuseZeroDivisor(context, operator, right);
  const operands = [concrete(context, left), concrete(context, right)] as const;
  return { kind: 'binary', type, at, operator, left: operands[0], right: operands[1] };
}

function evaluate(
  context: CheckContext,
  operator: BinaryOperator,
  left: Typed & { kind: 'constant' },
  right: Typed & { kind: 'constant' },
  at: number,
): Constant {
  const matrices = left.type.kind === 'matrix' || right.type.kind === 'matrix';
  const element = elementOf(left.type)!;
  const scalar = (a: number, b: number): number => {
    const value = evaluateScalar(operator, element, a, b);
    if (typeof value === 'number') return value;
    throw context.source.error(at, `${a} ${operator} ${b}`, value);
  };
  if (matrices && operator === '*') {
    return multiplyMatrices(left, right, (a, b) => scalar(a, b), element);
  }
  return zipConstants(left.value, right.value, scalar);
}

/** An integer divided by a constant zero is an error of the text (WGSL 8.7), as on WebGPU. */
function refuseZeroDivisor(context: CheckContext, operator: BinaryOperator, right: Typed): void {
  if ((operator !== '/' && operator !== '%') || right.kind !== 'constant') return;
  if (!isInteger(elementOf(right.type)!)) return;
  const parts = typeof right.value === 'number' ? [right.value] : right.value;
  if (!parts.includes(0)) return;
  const cure = 'an integer is not divided by zero; change the divisor';
  throw context.source.error(right.at, `'${operator} 0'`, cure);
}

/** The type of `a operator b` once both have one scalar, or what to write instead. */
function resultType(operator: BinaryOperator, a: Type, b: Type): Type | string {
  const element = elementOf(a)!;
  if (COMPARISONS.has(operator)) return comparisonType(operator, a, b, element);
  if (operator === '&' || operator === '|' || operator === '^') {
    const allowed = isInteger(element) || (element.name === 'bool' && operator !== '^');
    if (!allowed) return `'${operator}' takes integers; use bitcast<u32>(x), or '!=' for bools`;
    return sameType(a, b) ? a : 'both sides need one type';
  }
  if (element.name === 'bool') return 'bools have no arithmetic; write select(0.0, 1.0, condition)';
  if (a.kind === 'matrix' || b.kind === 'matrix') return matrixType(operator, a, b, element);
  if (a.kind === 'vector' && b.kind === 'vector') {
    return a.size === b.size ? a : 'both vectors need one size';
  }
  return a.kind === 'vector' ? a : b;
}

function comparisonType(
  operator: BinaryOperator,
  a: Type,
  b: Type,
  element: Scalar,
): Type | string {
  if (!sameType(a, b)) return 'both sides need one type: compare scalars, or vectors of one size';
  if (a.kind === 'matrix') return 'compare matrices column by column';
  if (element.name === 'bool' && operator !== '==' && operator !== '!=') {
    return "bools have no order; write '==' or '!='";
  }
  return a.kind === 'vector' ? vectorOf(a.size, BOOL) : BOOL;
}

function matrixType(operator: BinaryOperator, a: Type, b: Type, element: Scalar): Type | string {
  if (operator === '+' || operator === '-') {
    return sameType(a, b) ? a : 'both matrices need one type';
  }
  if (operator !== '*') return `matrices have no '${operator}'; multiply by the inverse`;
  if (a.kind === 'scalar') return b;
  if (b.kind === 'scalar') return a;
  if (a.kind === 'matrix' && b.kind === 'matrix') {
    return a.columns === b.rows
      ? matrixOf(b.columns, a.rows, element)
      : 'the left side needs as many columns as the right has rows';
  }
  if (a.kind === 'matrix' && b.kind === 'vector') {
    return a.columns === b.size
      ? vectorOf(a.rows, element)
      : 'the vector needs as many components as the matrix has columns';
  }
  if (a.kind === 'vector' && b.kind === 'matrix') {
    return a.size === b.rows
      ? vectorOf(b.columns, element)
      : 'the vector needs as many components as the matrix has rows';
  }
  return 'multiply matrices, vectors and scalars';
}

function checkLogical(
  context: CheckContext,
  operator: '&&' | '||',
  left: Typed,
  right: Typed,
  at: number,
): Typed {
  for (const side of [left, right]) {
    if (sameType(side.type, BOOL)) continue;
    const cure = `'${operator}' takes bools; compare with '!=' first, or use any() or all()`;
    throw context.source.error(side.at, `a value of ${typeName(side.type)}`, cure);
  }
  if (left.kind === 'constant' && right.kind === 'constant') {
    const value =
      operator === '&&'
        ? Number(left.value) & Number(right.value)
        : Number(left.value) | Number(right.value);
    return { kind: 'constant', type: BOOL, at, value };
  }
  return { kind: 'binary', type: BOOL, at, operator, left, right };
}

function checkShift(
  context: CheckContext,
  operator: '<<' | '>>',
  left: Typed,
  right: Typed,
  at: number,
): Typed {
  const element = elementOf(left.type);
  if (!element || !isInteger(element) || left.type.kind === 'matrix') {
    const cure = `'${operator}' shifts integers; use bitcast<u32>(x) first`;
    throw context.source.error(left.at, `a value of ${typeName(left.type)}`, cure);
  }
  const by = toType(context, right, withElement(left.type, U32), `the right side of '${operator}'`);
  if (by.kind === 'constant') {
    const counts = typeof by.value === 'number' ? [by.value] : (by.value as readonly number[]);
    const bits = isAbstract(left.type) ? 63 : 31;
    if (counts.some((count) => count > bits)) {
      throw context.source.error(right.at, 'a shift', `shift by at most ${bits} bits`);
    }
  }
  if (left.kind === 'constant' && by.kind === 'constant') {
    const value = evaluate(context, operator, left, by, at);
    return { kind: 'constant', type: left.type, at, value };
  }
  return {
    kind: 'binary',
    type: concrete(context, left).type,
    at,
    operator,
    left: concrete(context, left),
    right: by,
  };
}

/** `-x`, `!x`, `~x`. */
export function checkUnary(
  context: CheckContext,
  operator: '-' | '!' | '~',
  operand: Typed,
  at: number,
): Typed {
  const { type } = operand;
  const element = elementOf(type);
  const allowed =
    element !== undefined &&
    (operator === '!'
      ? element.name === 'bool'
      : operator === '~'
        ? isInteger(element) && type.kind !== 'matrix'
        : element.name !== 'bool' && element.name !== 'u32');
  if (!allowed) {
    const cure =
      operator === '!'
        ? "'!' takes a bool; compare with '== 0'"
        : operator === '~'
          ? "'~' takes integers"
          : "'-' takes i32 and f32; convert with i32(x), or write '0u - x'";
    throw context.source.error(at, `${operator}${typeName(type)}`, cure);
  }
  if (operand.kind === 'constant') {
    return { kind: 'constant', type, at, value: negated(operand, operator, element) };
  }
  return { kind: 'unary', type, at, operator, operand };
}

function negated(
  operand: Typed & { kind: 'constant' },
  operator: '-' | '!' | '~',
  element: Scalar,
): Constant {
  const zero = operand.value;
  return zipConstants(zero, zero, (x) => {
    if (operator === '!') return 1 - x;
    if (operator === '-') return element.name === 'i32' ? -x | 0 : isFloat(element) ? -x : 0 - x;
    return element.name === 'u32' ? ~x >>> 0 : element.name === 'i32' ? ~x : -1 - x;
  });
}
