/**
 * Large composites in memory: zeroed and copied by a loop over their words, not word by word in
 * code.
 */
import type { Typed } from '../check/typed.ts';
import type { Value } from '../ir/ir.ts';
import { bytesOf } from '../layout.ts';
import { scalarCount } from '../types.ts';
import { placeOf } from './expression.ts';
import { countUp } from './invocations.ts';
import type { Lowering } from './lowering.ts';
import type { MemoryPlace, Place } from './place.ts';

/** Composites of more scalars than this. */
const SCALARS_MAX = 64;
const WORD_BYTES = 4;

/** True where the value went into the place by a loop; false where it is to be computed first. */
export function storeInBulk(l: Lowering, place: Place, value: Typed | null): boolean {
  if (place.kind !== 'memory' || scalarCount(place.type) <= SCALARS_MAX) return false;
  const isZero = value === null || (value.kind === 'construct' && value.args.length === 0);
  if (isZero) {
    const zero = l.b.u32(0);
    forEachWord(l, place, () => zero);
    return true;
  }
  if (!isNamed(value)) return false;
  const from = placeOf(l, value);
  if (from.kind !== 'memory') return false;
  forEachWord(l, place, (at) => l.b.load(from.memory, 'u32', wordAt(l, from, at), from.offset));
  return true;
}

/** Whether the expression names a place, whose value need not be taken apart. */
function isNamed(e: Typed): boolean {
  if (e.kind === 'index' || e.kind === 'field') return isNamed(e.base);
  return e.kind === 'variable' || e.kind === 'dereference';
}

function forEachWord(l: Lowering, place: MemoryPlace, valueOf: (at: Value) => Value): void {
  countUp(l, bytesOf(place.type) / WORD_BYTES, 1, (at) =>
    l.b.store(place.memory, wordAt(l, place, at), place.offset, valueOf(at)),
  );
}

function wordAt(l: Lowering, { address, scale }: MemoryPlace, at: Value): Value {
  return l.b.binary('add', address, l.b.scale(at, WORD_BYTES * scale));
}
