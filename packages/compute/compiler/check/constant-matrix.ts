import { type Scalar, type Type, isAbstract } from '../types.ts';
import type { Constant, Typed } from './typed.ts';

type Columns = readonly (readonly number[])[];
type ConstantNode = Typed & { kind: 'constant' };

/** A product of which at least one side is a constant matrix. */
export function multiplyMatrices(
  left: ConstantNode,
  right: ConstantNode,
  multiply: (a: number, b: number) => number,
  element: Scalar,
): Constant {
  if (left.type.kind === 'scalar' || right.type.kind === 'scalar') {
    const [factor, matrix] = left.type.kind === 'scalar' ? [left, right] : [right, left];
    return (matrix.value as Columns).map((column) =>
      column.map((part) => multiply(part, factor.value as number)),
    );
  }
  const round = isAbstract(element) ? (sum: number) => sum : Math.fround;
  const rowsOfLeft = rows(left);
  const products = columns(right).map((column) =>
    rowsOfLeft.map((row) =>
      row.reduce((sum, part, i) => round(sum + multiply(part, column[i]!)), 0),
    ),
  );
  if (left.type.kind === 'vector') return products.map((column) => column[0]!);
  return right.type.kind === 'vector' ? products[0]! : products;
}

/** A vector on the left is one row, on the right one column. */
function rows(node: ConstantNode): Columns {
  if (node.type.kind === 'vector') return [node.value as readonly number[]];
  return transposed(node.value as Columns, node.type);
}

function columns(node: ConstantNode): Columns {
  return node.type.kind === 'vector' ? [node.value as readonly number[]] : (node.value as Columns);
}

export function transposed(matrix: Columns, type: Type): Columns {
  const rowCount = type.kind === 'matrix' ? type.rows : 0;
  return Array.from({ length: rowCount }, (_, row) => matrix.map((column) => column[row]!));
}
