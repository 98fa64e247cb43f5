/** Calls: every function is inlined where it is called. */
import type { Typed, TypedFunction, TypedStatement } from '../check/typed.ts';
import type { Lowering } from './lowering.ts';
import type { Lowered } from './parts.ts';
import { load, newSlots } from './place.ts';
import { canEndInTails, hasReturn } from './returns.ts';

/** The result, or undefined of a function without one. */
export function inline(l: Lowering, f: TypedFunction, args: readonly Typed[]): Lowered | undefined {
  l.countCall(args[0]?.at ?? f.at, f.name);
  const values = args.map((arg) =>
    arg.type.kind === 'pointer' ? l.passes.pointer(l, arg) : l.passes.expression(l, arg),
  );
  f.parameters.forEach((parameter, i) => {
    if (parameter.type.kind === 'pointer') l.pointers.set(parameter.id, values[i] as never);
    else l.lets.set(parameter.id, values[i] as Lowered);
  });
  return l.scope(() => inlineBody(l, f));
}

export function inlineBody(l: Lowering, f: TypedFunction): Lowered | undefined {
  const outer = { returns: l.returns, isTarget: l.isTarget };
  l.isTarget = false;
  const result = returnsOnceAtEnd(f.body) ? straight(l, f) : branching(l, f);
  l.returns = outer.returns;
  l.isTarget = outer.isTarget;
  return result;
}

function returnsOnceAtEnd(body: readonly TypedStatement[]): boolean {
  return !body.slice(0, -1).some(hasReturn) && (!body.at(-1) || isPlainEnd(body.at(-1)!));
}

function isPlainEnd(last: TypedStatement): boolean {
  return last.kind === 'return' || !hasReturn(last);
}

function straight(l: Lowering, f: TypedFunction): Lowered | undefined {
  const returns = { slots: null, label: null, value: undefined };
  l.returns = returns;
  l.passes.statements(l, f.body);
  return returns.value;
}

function branching(l: Lowering, f: TypedFunction): Lowered | undefined {
  const slots = f.result ? newSlots(l, f.result, f.name) : null;
  if (canEndInTails(f.body)) {
    l.returns = { slots, label: null, value: undefined };
    l.passes.tail(l, f.body);
  } else {
    l.b.block((label) => {
      l.returns = { slots, label, value: undefined };
      l.passes.statements(l, f.body);
    });
  }
  if (!slots || !f.result) return undefined;
  return load(l, { kind: 'slots', type: f.result, slots, root: -1 });
}

/** As `inline`, of arguments that are values already. */
export function inlineValues(
  l: Lowering,
  f: TypedFunction,
  values: readonly Lowered[],
): Lowered | undefined {
  f.parameters.forEach((parameter, i) => l.lets.set(parameter.id, values[i]!));
  return l.scope(() => inlineBody(l, f));
}
