/** Where values live: parts of variables, and words of buffers. */
import { bytesOf, offsetOfPart } from '../layout.ts';
import { type ScalarKind, bitsOf, fromBits } from '../ir/scalar-arithmetic.ts';
import { type Type, elementOf, partsOf, vectorOf } from '../types.ts';

/** A scalar (booleans as 0 and 1), or the parts of a composite. */
export type Value = number | Value[];

export type Place = {
  readonly type: Type;
  read(): Value;
  write(value: Value): void;
  /** Of an index out of range, the last part. */
  part(index: number): Place;
  /** Parts of an array, also of one that the buffer sizes. */
  readonly count: number;
};

export function copyOf(value: Value): Value {
  return typeof value === 'number' ? value : value.map(copyOf);
}

export function partType(type: Type, index: number): Type {
  if (type.kind === 'struct') return type.fields[index]!.type;
  if (type.kind === 'array') return type.element;
  return type.kind === 'matrix' ? vectorOf(type.rows, type.element) : elementOf(type)!;
}

export function clampIndex(index: number, count: number): number {
  return Math.min(index >>> 0, count - 1);
}

/** A variable, or a part of one: `holder[key]`. */
export function localPlace(type: Type, holder: Value[], key: number): Place {
  const count = typeof holder[key] === 'number' ? 0 : (holder[key] as Value[]).length;
  return {
    type,
    count,
    read: () => copyOf(holder[key]!),
    write: (value) => {
      holder[key] = copyOf(value);
    },
    part: (index) => {
      const at = clampIndex(index, count);
      return localPlace(partType(type, at), holder[key] as Value[], at);
    },
  };
}

/** A value in a buffer that ends at `end`. */
export function bufferPlace(type: Type, view: DataView, offset: number): Place {
  const parts = type.kind === 'array' ? [] : partsOf(type);
  const stride = type.kind === 'array' ? offsetOfPart(type, 1) : 0;
  const count =
    type.kind === 'array'
      ? (type.count ?? Math.floor((view.byteLength - offset) / stride))
      : parts.length;
  const part = (index: number): Place => {
    const at = clampIndex(index, count);
    return bufferPlace(partType(type, at), view, offset + offsetOfPart(type, at));
  };
  const kind = (type.kind === 'atomic' ? type.element : elementOf(type))?.name as ScalarKind;
  if (count === 0 && bytesOf(type) === 4) {
    return {
      type,
      count,
      part,
      read: () => fromBits(kind, view.getInt32(offset, true)),
      write: (value) => view.setInt32(offset, bitsOf(kind, value as number), true),
    };
  }
  const indexes = Array.from({ length: count }, (_, i) => i);
  return {
    type,
    count,
    part,
    read: () => indexes.map((i) => part(i).read()),
    write: (value) => indexes.forEach((i) => part(i).write((value as Value[])[i]!)),
  };
}
