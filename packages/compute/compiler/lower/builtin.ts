/** Built-in functions (WGSL 17) in terms of the operations of the intermediate form. */
import type { Typed } from '../check/typed.ts';
import { lowerAtomic } from './atomic.ts';
import { lowerBits } from './bits.ts';
import type { Lowering } from './lowering.ts';
import { MATH, lowerMath } from './math.ts';
import { lowerPacking } from './packing.ts';
import { type Lowered, isScalar, zip } from './parts.ts';
import { load } from './place.ts';

type BuiltinCall = Typed & { kind: 'builtin' };

/** The arguments of a call, lowered in order. */
export function argumentsOf(l: Lowering, e: BuiltinCall): Lowered[] {
  return e.args.map((arg) => l.passes.expression(l, arg));
}

export function lowerBuiltin(l: Lowering, e: BuiltinCall): Lowered {
  const { name } = e;
  if (name.startsWith('atomic')) return lowerAtomic(l, e);
  if (name === 'arrayLength') return lowerArrayLength(l, e);
  if (name === 'workgroupUniformLoad') return load(l, l.passes.pointer(l, e.args[0]!));
  const args = argumentsOf(l, e);
  if (name === 'select') return lowerSelect(l, args);
  if (name === 'all' || name === 'any') return lowerVote(l, name, args[0]!);
  if (name in MATH) return lowerMath(l, name, args, e);
  const bits = lowerBits(l, name, args);
  if (bits) return bits;
  const packed = lowerPacking(l, name, args);
  if (packed) return packed;
  throw l.outside(e.at, `${name}()`, 'this built-in function is outside the subset so far');
}

/** A call whose result nobody takes. */
export function lowerBuiltinStatement(l: Lowering, e: BuiltinCall): void {
  if (e.name === 'workgroupBarrier' || e.name === 'storageBarrier') {
    throw l.outside(e.at, `${e.name}()`, 'barriers are outside the subset so far');
  }
  lowerBuiltin(l, e);
}

function lowerArrayLength(l: Lowering, e: BuiltinCall): Lowered {
  const place = l.passes.pointer(l, e.args[0]!);
  if (place.kind !== 'memory' || !place.last) throw new Error('arrayLength of a sized array');
  return l.b.binary('add', place.last, l.b.u32(1));
}

function lowerSelect(l: Lowering, [no, yes, condition]: Lowered[]): Lowered {
  const choose = (a: Lowered, b: Lowered, c: Lowered): Lowered => {
    if (isScalar(c)) return zip(a, b, (x, y) => l.b.select(x, y, c));
    return (a as readonly Lowered[]).map((part, i) =>
      choose(part, (b as readonly Lowered[])[i]!, c[i]!),
    );
  };
  return choose(no!, yes!, condition!);
}

function lowerVote(l: Lowering, name: 'all' | 'any', value: Lowered): Lowered {
  if (isScalar(value)) return value;
  const operator = name === 'all' ? 'and' : 'or';
  return value.reduce((a, b) => zip(a, b, (x, y) => l.b.binary(operator, x, y)));
}
