/**
 * Codecs as values: each writes, reads and says its own grammar, so that the grammar in README.md
 * is printed from what runs. One value has exactly one encoding (canonical): whatever decodes
 * encodes to the same bytes again, so bytes can be hashed and signed.
 */
import { Reader, Writer, type ReadFailure } from './buffer.ts';
import { decodeText, encodeText, isCanonicalOrder } from './text.ts';

export type Codec<T> = {
  readonly grammar: string;
  write(writer: Writer, value: T): void;
  read(reader: Reader): T;
};

export type Decoded<T> = { ok: true; value: T } | { ok: false; reason: ReadFailure };

/** A bug of ours, not of the wire: what we were asked to encode breaks its own cap. */
function unfit(rule: string): RangeError {
  return new RangeError(`cannot encode: ${rule}; split or shorten it first`);
}

export const u8: Codec<number> = {
  grammar: 'u8',
  write: (writer, value) => {
    const fits = value >= 0 && value <= 255 && Number.isInteger(value);
    if (!fits) throw unfit(`${value} is no u8`);
    writer.u8(value);
  },
  read: (reader) => reader.u8(),
};

/** A whole number in 0 .. 2^53 - 1. */
export const varint: Codec<number> = {
  grammar: 'int',
  write: (writer, value) => {
    const fits = Number.isSafeInteger(value) && value >= 0;
    if (!fits) throw unfit(`${value} is no integer in 0 .. 2^53-1`);
    writer.varint(value);
  },
  read: (reader) => reader.varint(),
};

export const bool: Codec<boolean> = {
  grammar: 'bool',
  write: (writer, value) => writer.u8(value ? 1 : 0),
  read: (reader) => {
    const byte = reader.u8();
    if (byte > 1) reader.fail('malformed');
    return byte === 1;
  },
};

/** A finite double, minus zero made zero: NaN has many encodings and no place in a table. */
export const f64: Codec<number> = {
  grammar: 'f64',
  write: (writer, value) => {
    if (!Number.isFinite(value)) throw unfit(`${value} is not finite`);
    writer.f64(value + 0);
  },
  read: (reader) => {
    const value = reader.f64();
    if (Number.isFinite(value) && !Object.is(value, -0)) return value;
    reader.fail('malformed');
    return 0;
  },
};

export function text(charsMax: number): Codec<string> {
  return {
    grammar: `text(${charsMax})`,
    write: (writer, value) => encodeText(writer, value, charsMax),
    read: (reader) => decodeText(reader, charsMax),
  };
}

export function bytes(bytesMax: number): Codec<Uint8Array> {
  return {
    grammar: `bytes(${bytesMax})`,
    write: (writer, value) => {
      if (value.length > bytesMax) throw unfit(`${value.length} bytes, at most ${bytesMax} fit`);
      writer.varint(value.length);
      writer.raw(value);
    },
    read: (reader) => {
      const length = reader.varint();
      if (length > bytesMax) reader.fail('too-large');
      return reader.raw(length);
    },
  };
}

/** The same, read as a copy: for what is kept, while the frame around it is not. */
export function keptBytes(bytesMax: number): Codec<Uint8Array> {
  const viewed = bytes(bytesMax);
  return { ...viewed, read: (reader) => viewed.read(reader).slice() };
}

/** Exactly `length` bytes: hashes, keys, signatures. */
export function fixed(length: number): Codec<Uint8Array> {
  return {
    grammar: `byte[${length}]`,
    write: (writer, value) => {
      const fits = value.length === length;
      if (!fits) throw unfit(`${value.length} bytes, exactly ${length} are wanted`);
      writer.raw(value);
    },
    read: (reader) => reader.raw(length),
  };
}

export function optional<T>(codec: Codec<T>): Codec<T | null> {
  return {
    grammar: `${codec.grammar}?`,
    write: (writer, value) => {
      writer.u8(value === null ? 0 : 1);
      if (value !== null) codec.write(writer, value);
    },
    read: (reader) => (bool.read(reader) ? codec.read(reader) : null),
  };
}

/** Every item takes a byte or more, so a count beyond what remains allocates nothing. */
export function list<T>(codec: Codec<T>, countMax: number): Codec<readonly T[]> {
  return {
    grammar: `[${codec.grammar}](${countMax})`,
    write: (writer, items) => {
      if (items.length > countMax) throw unfit(`${items.length} items, at most ${countMax} fit`);
      writer.varint(items.length);
      for (const item of items) codec.write(writer, item);
    },
    read: (reader) => {
      const count = reader.varint();
      if (count > countMax) reader.fail('too-large');
      if (count > reader.remaining) reader.fail('truncated');
      const items: T[] = [];
      for (let i = 0; i < count && reader.failure === null; i++) items.push(codec.read(reader));
      return items;
    },
  };
}

/** Text to values, in ascending order of key (UTF-16 units), each key once. */
export function dictionary<T>(
  codec: Codec<T>,
  options: { keyCharsMax: number; countMax: number },
): Codec<ReadonlyMap<string, T>> {
  const key = text(options.keyCharsMax);
  const pairs = list(
    struct<{ key: string; value: T }>({ key, value: codec }, 'pair'),
    options.countMax,
  );
  return {
    grammar: `{${key.grammar} ${codec.grammar}}(${options.countMax})`,
    write: (writer, map) => {
      const keys = [...map.keys()].sort();
      const { countMax } = options;
      if (keys.length > countMax) throw unfit(`${keys.length} keys, at most ${countMax} fit`);
      writer.varint(keys.length);
      for (const one of keys) {
        key.write(writer, one);
        codec.write(writer, map.get(one)!);
      }
    },
    read: (reader) => {
      const items = pairs.read(reader);
      if (!isCanonicalOrder(items.map((item) => item.key))) reader.fail('malformed');
      return new Map(items.map((item) => [item.key, item.value]));
    },
  };
}

/** One of a few words, as its position in the list. */
export function word<const W extends string>(words: readonly W[]): Codec<W> {
  return {
    grammar: words.join('|'),
    write: (writer, value) => {
      const position = words.indexOf(value);
      if (position < 0) throw unfit(`'${value}' is none of ${words.join(', ')}`);
      writer.u8(position);
    },
    read: (reader) => {
      const position = reader.u8();
      if (position >= words.length) reader.fail('unknown-type');
      return words[position] ?? words[0]!;
    },
  };
}

export type FieldCodecs<T> = { readonly [K in keyof T]-?: Codec<T[K]> };

/** The fields one after the other, in the order written here. */
export function struct<T extends object>(fields: FieldCodecs<T>, name?: string): Codec<T> {
  const names = Object.keys(fields) as (keyof T & string)[];
  const codecs = names.map((name) => fields[name] as Codec<unknown>);
  const count = names.length;
  return {
    grammar: name ?? `(${fieldGrammar(fields)})`,
    write: (writer, value) => {
      for (let i = 0; i < count; i++) codecs[i]!.write(writer, value[names[i]!]);
    },
    read: (reader) => {
      const value: Record<string, unknown> = {};
      for (let i = 0; i < count; i++) value[names[i]!] = codecs[i]!.read(reader);
      return value as T;
    },
  };
}

function fieldGrammar<T extends object>(fields: FieldCodecs<T>): string {
  return Object.entries(fields)
    .map(([name, codec]) => `${name} ${(codec as Codec<unknown>).grammar}`)
    .join(', ');
}

/** `Name := (name grammar, name grammar)`: how a struct stands in the README. */
export function structLine<T extends object>(name: string, fields: FieldCodecs<T>): string {
  return `${name} := (${fieldGrammar(fields)})`;
}

/** The same codec under a shorter name in the grammar. */
export function named<T>(name: string, codec: Codec<T>): Codec<T> {
  return {
    grammar: name,
    write: (writer, value) => codec.write(writer, value),
    read: (reader) => codec.read(reader),
  };
}

type Tagged = { readonly type: string };
type Variant<U extends Tagged, K extends U['type']> = Omit<Extract<U, { type: K }>, 'type'>;
export type VariantTable<U extends Tagged> = {
  readonly [K in U['type']]: { tag: number; fields: FieldCodecs<Variant<U, K>> };
};

/** A tagged union: one byte that says which, then that variant's fields. */
export function union<U extends Tagged>(name: string, table: VariantTable<U>): Codec<U> {
  type Case = { type: string; tag: number; names: string[]; codecs: Codec<unknown>[] };
  const byType = new Map<string, Case>();
  const byTag: (Case | undefined)[] = [];
  for (const [type, variant] of Object.entries<{ tag: number; fields: object }>(table)) {
    const codecs = Object.values(variant.fields) as Codec<unknown>[];
    const entry = { type, tag: variant.tag, names: Object.keys(variant.fields), codecs };
    if (byTag[variant.tag] !== undefined) throw new Error(`${name}: tag ${variant.tag} twice`);
    byType.set(type, entry);
    byTag[variant.tag] = entry;
  }
  const fallback = byTag.find((entry) => entry !== undefined)!;
  return {
    grammar: name,
    write: (writer, value) => {
      const entry = byType.get(value.type);
      if (entry === undefined) throw new RangeError(`${name} has no variant '${value.type}'`);
      writer.u8(entry.tag);
      const record = value as unknown as Record<string, unknown>;
      for (let i = 0; i < entry.names.length; i++) {
        entry.codecs[i]!.write(writer, record[entry.names[i]!]);
      }
    },
    read: (reader) => {
      let entry = byTag[reader.u8()];
      if (entry === undefined) {
        reader.fail('unknown-type');
        entry = fallback;
      }
      const value: Record<string, unknown> = { type: entry.type };
      for (let i = 0; i < entry.names.length; i++) {
        value[entry.names[i]!] = entry.codecs[i]!.read(reader);
      }
      return value as unknown as U;
    },
  };
}

/** One line per variant, for the README. */
export function unionGrammar<U extends Tagged>(table: VariantTable<U>): string[] {
  return Object.entries<{ tag: number; fields: object }>(table)
    .toSorted(([, a], [, b]) => a.tag - b.tag)
    .map(([type, { tag, fields }]) => {
      const rest = fieldGrammar(fields);
      return `${String(tag).padStart(2)} ${type}${rest === '' ? '' : `: ${rest}`}`;
    });
}

let scratch = new Writer();
/** Beyond this it is not kept: a snapshot may be 64 MiB, everything else is a frame. */
const SCRATCH_BYTES_MAX = 2 ** 20;

/** Not reentrant: codecs do not call it. */
export function encode<T>(codec: Codec<T>, value: T): Uint8Array<ArrayBuffer> {
  scratch.length = 0;
  codec.write(scratch, value);
  const bytes = scratch.finish();
  if (scratch.bytes.length > SCRATCH_BYTES_MAX) scratch = new Writer();
  return bytes;
}

export function decode<T>(codec: Codec<T>, bytes: Uint8Array): Decoded<T> {
  const reader = new Reader(bytes);
  const value = codec.read(reader);
  if (reader.failure === null && reader.remaining > 0) reader.fail('trailing');
  return reader.failure === null ? { ok: true, value } : { ok: false, reason: reader.failure };
}
