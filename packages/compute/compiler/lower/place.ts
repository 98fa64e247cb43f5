/** Where a value lives: slots, memory, or nowhere but in its own scalars. */
import type { Memory, Slot, Value } from '../ir/ir.ts';
import type { ScalarKind } from '../ir/scalar-arithmetic.ts';
import { bytesOf, offsetOfPart, strideOf } from '../layout.ts';
import { type Type, partsOf } from '../types.ts';
import type { Lowering } from './lowering.ts';
import { type Lowered, isScalar } from './parts.ts';

export type SlotTree = Slot | readonly SlotTree[];

export type Place =
  | { readonly kind: 'value'; readonly type: Type; readonly value: Lowered }
  /** `root` is the variable that they belong to, which moves to memory when indexed by a value. */
  | {
      readonly kind: 'slots';
      readonly type: Type;
      readonly slots: SlotTree;
      readonly root: number;
    }
  | MemoryPlace;

export type MemoryPlace = {
  readonly kind: 'memory';
  readonly type: Type;
  readonly memory: Memory;
  readonly address: Value;
  readonly offset: number;
  /** 4 where the words of four invocations lie side by side. */
  readonly scale: 1 | 4;
  /** The last index of an array that its buffer sizes. */
  readonly last: Value | null;
  /** An array of structs that is interleaved: its elements are, the array is not. */
  readonly interleaved: boolean;
};

/** Vectors and arrays up to this long are indexed by a chain of selects. */
const CHAIN_MAX = 4;
/** Buffers are padded to multiples of 16 bytes: to whole groups of four elements of this size. */
const PADDED_BYTES_MAX = 4;

export function kindOf(type: Type): ScalarKind {
  if (type.kind === 'atomic') return kindOf(type.element);
  if (type.kind !== 'scalar' || type.name.startsWith('abstract')) {
    throw new Error(`no scalar: ${type.kind}`);
  }
  return type.name as ScalarKind;
}

export function typeOfPart(type: Type, part: number): Type {
  return type.kind === 'array' ? type.element : partsOf(type)[part]!;
}

/** One field of a struct, one component of a vector, one element of an array by a constant. */
export function partOf(place: Place, part: number): Place {
  const type = typeOfPart(place.type, part);
  switch (place.kind) {
    case 'value':
      return { kind: 'value', type, value: (place.value as readonly Lowered[])[part]! };
    case 'slots':
      return { ...place, type, slots: (place.slots as readonly SlotTree[])[part]! };
    default: {
      const offset = place.offset + offsetOfPart(place.type, part) * place.scale;
      return { ...place, type, offset };
    }
  }
}

/** How many parts an index may choose from; null where the buffer says it. */
function countOf(type: Type): number | null {
  if (type.kind === 'array') return type.count;
  if (type.kind === 'vector') return type.size;
  return type.kind === 'matrix' ? type.columns : 0;
}

/** The element at an index of any value; out of range it is some element (WGSL 7.11). */
export function elementOf(l: Lowering, place: Place, index: Value): Place {
  const count = countOf(place.type);
  if (index.op === 'constant' && count !== null && !isInterleavedRoot(place)) {
    const bits = index.value < 0 ? count - 1 : index.value;
    return partOf(place, Math.min(bits, count - 1));
  }
  if (place.kind === 'memory') return elementInMemory(l, place, index, count);
  const parts = count ?? 0;
  if (parts <= CHAIN_MAX && place.kind === 'value') return chooseFrom(l, place, index, parts);
  if (place.kind === 'slots') {
    if (parts <= CHAIN_MAX && !l.isTarget) {
      return chooseFrom(l, { ...place, kind: 'value', value: load(l, place) }, index, parts);
    }
    l.moveToMemory(place.root);
    return partOf(place, 0);
  }
  const copy = l.allocate(place.type);
  store(l, copy, place.value);
  return elementInMemory(l, copy, index, count);
}

function isInterleavedRoot(place: Place): boolean {
  return place.kind === 'memory' && place.interleaved;
}

function chooseFrom(
  l: Lowering,
  place: Place & { kind: 'value' },
  index: Value,
  count: number,
): Place {
  const parts = place.value as readonly Lowered[];
  let chosen = parts[count - 1]!;
  for (let i = count - 2; i >= 0; i--) {
    const here = l.b.binary('eq', index, l.b.constant(index.kind, i));
    chosen = selectParts(l, chosen, parts[i]!, here);
  }
  return { kind: 'value', type: typeOfPart(place.type, 0), value: chosen };
}

/** `yes` where the condition holds, else `no`, part by part. */
export function selectParts(l: Lowering, no: Lowered, yes: Lowered, condition: Value): Lowered {
  if (isScalar(no)) return l.b.select(no, yes as Value, condition);
  return no.map((part, i) => selectParts(l, part, (yes as readonly Lowered[])[i]!, condition));
}

function elementInMemory(
  l: Lowering,
  place: MemoryPlace,
  index: Value,
  count: number | null,
): Place {
  const b = l.b;
  const type = typeOfPart(place.type, 0);
  const stride = strideOf(place.type);
  const last = count === null ? place.last! : b.u32(count - 1);
  const isBuffer = place.memory.kind === 'binding';
  const padded = isBuffer && (place.interleaved || isPadded(place, stride));
  const at = b.clamp(index, last, padded);
  const address = place.interleaved
    ? b.interleave(at, bytesOf(type))
    : b.scale(at, stride * place.scale);
  return {
    ...place,
    type,
    address: b.binary('add', place.address, address),
    scale: place.interleaved ? 4 : place.scale,
    interleaved: false,
    last: null,
  };
}

/** An array that is the whole of its buffer, of single words. */
function isPadded(place: MemoryPlace, stride: number): boolean {
  return place.address.op === 'constant' && place.offset === 0 && stride <= PADDED_BYTES_MAX;
}

export function load(l: Lowering, place: Place): Lowered {
  if (place.kind === 'value') return place.value;
  if (place.kind === 'slots') return loadSlots(l, place.slots);
  if (place.type.kind === 'scalar') return loadScalar(l, place);
  return partsOf(place.type).map((_, i) => load(l, partOf(place, i)));
}

function loadScalar(l: Lowering, place: MemoryPlace): Value {
  const kind = kindOf(place.type);
  const { memory, address, offset } = place;
  if (kind !== 'bool' || place.scale === 4) return l.b.load(memory, kind, address, offset);
  return l.b.convert('bool', l.b.load(memory, 'u32', address, offset));
}

function loadSlots(l: Lowering, slots: SlotTree): Lowered {
  return isTree(slots) ? slots.map((part) => loadSlots(l, part)) : l.b.get(slots);
}

export function isTree(slots: SlotTree): slots is readonly SlotTree[] {
  return Array.isArray(slots);
}

export function store(l: Lowering, place: Place, value: Lowered): void {
  if (place.kind === 'value') throw new Error('a value is no place to store to');
  if (place.kind === 'slots') return storeSlots(l, place.slots, value);
  if (isScalar(value)) {
    const word = place.scale === 1 && value.kind === 'bool' ? l.b.convert('u32', value) : value;
    return l.b.store(place.memory, place.address, place.offset, word);
  }
  value.forEach((part, i) => store(l, partOf(place, i), part));
}

function storeSlots(l: Lowering, slots: SlotTree, value: Lowered): void {
  if (!isTree(slots)) return l.b.set(slots, value as Value);
  slots.forEach((slot, i) => storeSlots(l, slot, (value as readonly Lowered[])[i]!));
}

export function newSlots(l: Lowering, type: Type, name: string): SlotTree {
  if (type.kind === 'scalar') return l.b.slot(kindOf(type), name);
  return partsOf(type).map((part) => newSlots(l, part, name));
}

export function zero(l: Lowering, type: Type): Lowered {
  if (type.kind === 'scalar') return l.b.constant(kindOf(type), 0);
  if (type.kind === 'atomic') return l.b.constant(kindOf(type.element), 0);
  return partsOf(type).map((part) => zero(l, part));
}
