/** Atomics: one lane after the other, in the order of the invocations. */
import type { Typed } from '../check/typed.ts';
import type { AtomicOp, Value } from '../ir/ir.ts';
import type { Lowering } from './lowering.ts';
import type { Lowered } from './parts.ts';
import { kindOf } from './place.ts';

const OPERATIONS: Readonly<Record<string, AtomicOp>> = {
  atomicAdd: 'add',
  atomicAnd: 'and',
  atomicCompareExchangeWeak: 'compareExchange',
  atomicExchange: 'exchange',
  atomicLoad: 'load',
  atomicMax: 'max',
  atomicMin: 'min',
  atomicOr: 'or',
  atomicStore: 'store',
  atomicSub: 'sub',
  atomicXor: 'xor',
};

export function lowerAtomic(l: Lowering, e: Typed & { kind: 'builtin' }): Lowered {
  const place = l.passes.pointer(l, e.args[0]!);
  if (place.kind !== 'memory') throw new Error('an atomic outside of memory');
  const { memory, address, offset } = place;
  const operands = e.args.slice(1).map((arg) => l.passes.expression(l, arg) as Value);
  const kind = kindOf(place.type);
  const operation = OPERATIONS[e.name]!;
  const old = l.b.atomic(operation, { memory, kind, address, offset }, operands);
  if (operation !== 'compareExchange') return old;
  return [old, l.b.binary('eq', old, operands[0]!)];
}
