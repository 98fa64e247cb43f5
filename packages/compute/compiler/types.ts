/** The types of WGSL's subset. Compare them with `sameType`. */

export type ScalarName = 'f32' | 'i32' | 'u32' | 'bool' | 'abstract-int' | 'abstract-float';
export type Scalar = { readonly kind: 'scalar'; readonly name: ScalarName };
export type Vector = {
  readonly kind: 'vector';
  readonly size: 2 | 3 | 4;
  readonly element: Scalar;
};
export type Matrix = {
  readonly kind: 'matrix';
  readonly columns: 2 | 3 | 4;
  readonly rows: 2 | 3 | 4;
  readonly element: Scalar;
};
export type ArrayType = {
  readonly kind: 'array';
  readonly element: Type;
  /** `null`: sized by the buffer at run time. */
  readonly count: number | null;
};
export type Field = { readonly name: string; readonly type: Type; readonly offset: number };
export type Struct = {
  readonly kind: 'struct';
  readonly name: string;
  readonly fields: readonly Field[];
  readonly bytes: number;
  readonly align: number;
};
export type Atomic = { readonly kind: 'atomic'; readonly element: Scalar };
export type Space = 'function' | 'private' | 'workgroup' | 'storage' | 'uniform';
export type Access = 'read' | 'read_write';
export type Pointer = {
  readonly kind: 'pointer';
  readonly space: Space;
  readonly target: Type;
  readonly access: Access;
};
export type Type = Scalar | Vector | Matrix | ArrayType | Struct | Atomic | Pointer;

const scalar = (name: ScalarName): Scalar => ({ kind: 'scalar', name });

export const F32 = scalar('f32');
export const I32 = scalar('i32');
export const U32 = scalar('u32');
export const BOOL = scalar('bool');
export const ABSTRACT_INT = scalar('abstract-int');
export const ABSTRACT_FLOAT = scalar('abstract-float');

export const SCALARS: Readonly<Record<string, Scalar>> = {
  f32: F32,
  i32: I32,
  u32: U32,
  bool: BOOL,
};

export function vectorOf(size: number, element: Scalar): Vector {
  return { kind: 'vector', size: size as 2 | 3 | 4, element };
}

export function matrixOf(columns: number, rows: number, element: Scalar): Matrix {
  return { kind: 'matrix', columns: columns as 2 | 3 | 4, rows: rows as 2 | 3 | 4, element };
}

/** The type as WGSL writes it. */
export function typeName(type: Type): string {
  switch (type.kind) {
    case 'scalar':
      return type.name;
    case 'vector':
      return `vec${type.size}<${type.element.name}>`;
    case 'matrix':
      return `mat${type.columns}x${type.rows}<${type.element.name}>`;
    case 'array':
      return type.count === null
        ? `array<${typeName(type.element)}>`
        : `array<${typeName(type.element)}, ${type.count}>`;
    case 'struct':
      return type.name;
    case 'atomic':
      return `atomic<${type.element.name}>`;
    case 'pointer':
      return type.space === 'storage'
        ? `ptr<storage, ${typeName(type.target)}, ${type.access}>`
        : `ptr<${type.space}, ${typeName(type.target)}>`;
    default:
      throw new Error(`unreachable: ${String(type satisfies never)}`);
  }
}

export function sameType(a: Type, b: Type): boolean {
  if (a === b) return true;
  if (a.kind !== b.kind) return false;
  return typeName(a) === typeName(b);
}

/** The scalar that a scalar, vector or matrix is made of; undefined for everything else. */
export function elementOf(type: Type): Scalar | undefined {
  if (type.kind === 'scalar') return type;
  return type.kind === 'vector' || type.kind === 'matrix' ? type.element : undefined;
}

/** The same shape (scalar, vector, matrix) of another scalar. */
export function withElement(type: Type, element: Scalar): Type {
  if (type.kind === 'vector') return vectorOf(type.size, element);
  if (type.kind === 'matrix') return matrixOf(type.columns, type.rows, element);
  return element;
}

export function isFloat(type: Scalar): boolean {
  return type.name === 'f32' || type.name === 'abstract-float';
}

export function isInteger(type: Scalar): boolean {
  return type.name === 'i32' || type.name === 'u32' || type.name === 'abstract-int';
}

export function isAbstract(type: Type): boolean {
  if (type.kind === 'array') return isAbstract(type.element);
  const element = elementOf(type);
  return element?.name === 'abstract-int' || element?.name === 'abstract-float';
}

const parts = new WeakMap<Type, readonly Type[]>();

/** The parts that a composite is made of, in order; empty for scalars, atomics and pointers. */
export function partsOf(type: Type): readonly Type[] {
  let known = parts.get(type);
  if (!known) {
    known = findParts(type);
    parts.set(type, known);
  }
  return known;
}

function findParts(type: Type): readonly Type[] {
  switch (type.kind) {
    case 'vector':
      return Array.from({ length: type.size }, () => type.element);
    case 'matrix': {
      const column = vectorOf(type.rows, type.element);
      return Array.from({ length: type.columns }, () => column);
    }
    case 'array':
      return Array.from({ length: type.count ?? 0 }, () => type.element);
    case 'struct':
      return type.fields.map((field) => field.type);
    default:
      return [];
  }
}

const scalarCounts = new WeakMap<Type, number>();

/** How many 32-bit scalars a value of the type holds. */
export function scalarCount(type: Type): number {
  const known = scalarCounts.get(type);
  if (known !== undefined) return known;
  let count = 1;
  if (type.kind === 'vector') count = type.size;
  else if (type.kind === 'matrix') count = type.columns * type.rows;
  else if (type.kind === 'array') count = (type.count ?? 0) * scalarCount(type.element);
  else if (type.kind === 'struct') {
    count = type.fields.reduce((sum, field) => sum + scalarCount(field.type), 0);
  }
  scalarCounts.set(type, count);
  return count;
}
