/** The numbers of a world's state by name, read from the kernel's own text. */
import { layoutOf } from '@dreampitch/compute';
import type { FieldLayout, StructLayout } from '@dreampitch/compute';
import type { Environment } from './environment.ts';
import { invariant } from './invariant.ts';

/** One 32-bit number of the state. */
export type StateField = {
  readonly name: string; // 'robots[2].position.x'
  readonly word: number; // its place in the state, in units of 4 bytes
  readonly type: 'f32' | 'i32' | 'u32';
};

export type StateFields = {
  readonly bytes: number;
  readonly fields: readonly StateField[];
  /** The word of a field. Throws on an unknown name. */
  readonly wordOf: (name: string) => number;
};

/** Bytes of a struct whose numbers are listed: twice what one variable may have. */
const LISTED_BYTES_MAX = 128 * 1024;
const SCALAR = /(f32|i32|u32)/;
const COMPONENTS = ['x', 'y', 'z', 'w'];
/** The bits that every NaN gets: engines may choose others (WebAssembly 2.0, 4.3.3). */
const CANONICAL_NAN = 0x7fc00000;

/** The fields of `struct World`. Throws WgslError where the text has none. */
export function stateFields(environment: Environment): StateFields {
  const layout = layoutOf(environment.wgsl, 'World', environment.constants);
  const fields = fieldsOf(layout, 'World');
  const words = new Map(fields.map((field) => [field.name, field.word]));
  return {
    bytes: layout.bytes,
    fields,
    wordOf(name) {
      const word = words.get(name);
      invariant(word !== undefined, `The state of ${environment.id} has no field '${name}'.`);
      return word;
    },
  };
}

/** The numbers of any struct of a text, by name, in its order. Throws WgslError where it has none. */
export function fieldsOfStruct(wgsl: string, struct: string): readonly StateField[] {
  return fieldsOf(layoutOf(wgsl, struct), struct);
}

/** Throws where there are too many: a stranger's text needs a line to say a billion. */
function fieldsOf(layout: StructLayout, struct: string): StateField[] {
  invariant(
    layout.bytes <= LISTED_BYTES_MAX,
    `struct ${struct} has ${layout.bytes} bytes; at most ${LISTED_BYTES_MAX} are taken.`,
  );
  const fields: StateField[] = [];
  collectStruct(layout, { prefix: '', offset: 0 }, fields);
  return fields;
}

type Place = { prefix: string; offset: number };

function collectStruct(layout: StructLayout, at: Place, out: StateField[]): void {
  for (const [name, field] of Object.entries(layout.fields)) {
    const prefix = at.prefix === '' ? name : `${at.prefix}.${name}`;
    collectField(field, { prefix, offset: at.offset + field.offset }, out);
  }
}

function collectField(field: FieldLayout, at: Place, out: StateField[]): void {
  if (field.count !== undefined) {
    for (let i = 0; i < field.count; i++) {
      const prefix = `${at.prefix}[${i}]`;
      const offset = at.offset + i * field.strideBytes!;
      if (field.struct) collectStruct(field.struct, { prefix, offset }, out);
      else collectScalars(field, { prefix, offset }, out);
    }
  } else if (field.struct) collectStruct(field.struct, at, out);
  else collectScalars(field, at, out);
}

function collectScalars(field: FieldLayout, at: Place, out: StateField[]): void {
  const type = (SCALAR.exec(field.type)?.[1] ?? 'u32') as StateField['type'];
  const count = field.scalars / (field.count ?? 1);
  for (let i = 0; i < count; i++) {
    const name = count === 1 ? at.prefix : `${at.prefix}.${COMPONENTS[i] ?? i}`;
    out.push({ name, word: at.offset / 4 + i, type });
  }
}

/** Makes every NaN of a state the same, in place, so that equal states have equal bytes. */
export function canonicalise(state: Uint8Array<ArrayBuffer>, { fields }: StateFields): void {
  const floats = new Float32Array(state.buffer);
  const words = new Uint32Array(state.buffer);
  for (const { word, type } of fields) {
    if (type === 'f32' && Number.isNaN(floats[word])) words[word] = CANONICAL_NAN;
  }
}

/** A number of a state. */
export function valueOf(state: Uint8Array<ArrayBuffer>, { word, type }: StateField): number {
  if (type === 'f32') return new Float32Array(state.buffer)[word]!;
  if (type === 'i32') return new Int32Array(state.buffer)[word]!;
  return new Uint32Array(state.buffer)[word]!;
}

/** Hex of 64 bits: two FNV-1a hashes with different offsets, over the fields in order. */
export function hashState(state: Uint8Array<ArrayBuffer>, { fields }: StateFields): string {
  const words = new Uint32Array(state.buffer);
  let low = 0x811c9dc5;
  let high = 0x9747b28c;
  for (const { word } of fields) {
    low = Math.imul(low ^ words[word]!, 0x01000193);
    low ^= low >>> 15;
    high = Math.imul(high ^ words[word]!, 0x85ebca6b);
    high ^= high >>> 13;
  }
  return hex32(high) + hex32(low);
}

function hex32(value: number): string {
  return (value >>> 0).toString(16).padStart(8, '0');
}
