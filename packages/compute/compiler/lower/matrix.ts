/** Products of matrices and vectors (WGSL 8.8): sums from the first column on, in order. */
import type { Value } from '../ir/ir.ts';
import type { Type } from '../types.ts';
import type { Lowering } from './lowering.ts';
import type { Lowered } from './parts.ts';

type Row = readonly Value[];

export function multiplyMatrices(
  l: Lowering,
  a: Lowered,
  b: Lowered,
  aType: Type,
  bType: Type,
): Lowered {
  if (aType.kind === 'scalar') return scale(l, b as readonly Row[], a as Value);
  if (bType.kind === 'scalar') return scale(l, a as readonly Row[], b as Value);
  if (aType.kind === 'vector')
    return (b as readonly Row[]).map((column) => dot(l, a as Row, column));
  if (bType.kind === 'vector') return combine(l, a as readonly Row[], b as Row);
  return (b as readonly Row[]).map((column) => combine(l, a as readonly Row[], column));
}

function scale(l: Lowering, columns: readonly Row[], factor: Value): Lowered {
  return columns.map((column) => column.map((part) => l.b.binary('mul', part, factor)));
}

function combine(l: Lowering, columns: readonly Row[], weights: Row): Value[] {
  return columns[0]!.map((_, row) =>
    dot(
      l,
      columns.map((column) => column[row]!),
      weights,
    ),
  );
}

export function dot(l: Lowering, a: Row, b: Row): Value {
  return a
    .map((part, i) => l.b.binary('mul', part, b[i]!))
    .reduce((sum, product) => l.b.binary('add', sum, product));
}

export function transpose(columns: readonly Row[]): Lowered {
  return columns[0]!.map((_, row) => columns.map((column) => column[row]!));
}

/** By cofactors of the first column. */
export function determinant(l: Lowering, columns: readonly Row[]): Value {
  if (columns.length === 1) return columns[0]![0]!;
  const rest = columns.slice(1);
  return columns[0]!
    .map((part, row) => {
      const minor = rest.map((column) => column.filter((_, i) => i !== row));
      const product = l.b.binary('mul', part, determinant(l, minor));
      return row % 2 === 0 ? product : l.b.unary('neg', product);
    })
    .reduce((sum, term) => l.b.binary('add', sum, term));
}
