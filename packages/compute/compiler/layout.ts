import { type Struct, type Type, scalarCount, typeName } from './types.ts';

/** Offsets in bytes as WGSL lays a struct out in storage (WGSL 14.4.1). */
export type StructLayout = {
  readonly bytes: number;
  readonly align: number;
  readonly fields: Readonly<Record<string, FieldLayout>>;
};

export type FieldLayout = {
  readonly offset: number;
  readonly bytes: number;
  /** The type as WGSL writes it: `f32`, `vec3<f32>`, `array<Robot, 6>`. */
  readonly type: string;
  /** Scalars it is made of: 1 for f32, 3 for vec3, all elements of an array. */
  readonly scalars: number;
  /** Bytes from one array element to the next; absent where it is no array. */
  readonly strideBytes?: number;
  /** Number of elements of an array. */
  readonly count?: number;
  /** The layout of a struct, or of an array's element struct. */
  readonly struct?: StructLayout;
};

export function roundUp(value: number, multiple: number): number {
  return Math.ceil(value / multiple) * multiple;
}

export function alignOf(type: Type): number {
  switch (type.kind) {
    case 'vector':
      return type.size === 2 ? 8 : 16;
    case 'matrix':
      return type.rows === 2 ? 8 : 16;
    case 'array':
      return alignOf(type.element);
    case 'struct':
      return type.align;
    default:
      return 4;
  }
}

/** Bytes of a value; of one element for an array without a count. */
export function bytesOf(type: Type): number {
  switch (type.kind) {
    case 'vector':
      return 4 * type.size;
    case 'matrix':
      return strideOf(type) * type.columns;
    case 'array':
      return strideOf(type) * (type.count ?? 1);
    case 'struct':
      return type.bytes;
    default:
      return 4;
  }
}

/** Bytes from one part to the next of an array, matrix (columns) or vector. */
export function strideOf(type: Type): number {
  switch (type.kind) {
    case 'array':
      return roundUp(bytesOf(type.element), alignOf(type.element));
    case 'matrix':
      return type.rows === 2 ? 8 : 16;
    default:
      return 4;
  }
}

/** Offset of a part within its composite. */
export function offsetOfPart(type: Type, part: number): number {
  return type.kind === 'struct' ? type.fields[part]!.offset : strideOf(type) * part;
}

export function structLayout(struct: Struct): StructLayout {
  const fields: Record<string, FieldLayout> = {};
  for (const field of struct.fields) fields[field.name] = fieldLayout(field.type, field.offset);
  return { bytes: struct.bytes, align: struct.align, fields };
}

function fieldLayout(type: Type, offset: number): FieldLayout {
  const inner = type.kind === 'array' ? type.element : type;
  return {
    offset,
    bytes: bytesOf(type),
    type: typeName(type),
    scalars: scalarCount(type),
    ...(type.kind === 'array' ? { strideBytes: strideOf(type), count: type.count ?? 0 } : {}),
    ...(inner.kind === 'struct' ? { struct: structLayout(inner) } : {}),
  };
}
