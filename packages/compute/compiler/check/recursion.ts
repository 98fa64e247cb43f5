import type { Source } from '../parse/source.ts';
import type { Typed, TypedFunction, TypedStatement } from './typed.ts';

/** WGSL has no recursion (11.1), and calls are inlined: a circle of calls is an error. */
export function refuseRecursion(source: Source, functions: readonly TypedFunction[]): void {
  const calls = new Map(functions.map((one) => [one, callsOf(one)]));
  const done = new Set<TypedFunction>();
  for (const start of functions) {
    // Depth first, with a stack of its own: a chain of calls may be long.
    const path: { function: TypedFunction; rest: Typed[] }[] = [];
    const open = new Set<TypedFunction>();
    const enter = (one: TypedFunction): void => {
      open.add(one);
      path.push({ function: one, rest: [...calls.get(one)!.values()] });
    };
    if (!done.has(start)) enter(start);
    while (path.length > 0) {
      const top = path.at(-1)!;
      const call = top.rest.pop();
      if (!call || call.kind !== 'call') {
        path.pop();
        open.delete(top.function);
        done.add(top.function);
      } else if (open.has(call.function)) {
        const cure = `'${call.function.name}' calls itself, perhaps through others; write a loop`;
        throw source.error(call.at, `call of '${call.function.name}'`, cure);
      } else if (!done.has(call.function)) enter(call.function);
    }
  }
}

/** The first call of every function that the body calls. */
function callsOf(one: TypedFunction): Map<TypedFunction, Typed> {
  const calls = new Map<TypedFunction, Typed>();
  walk(one.body, (call) => {
    if (call.kind === 'call' && !calls.has(call.function)) calls.set(call.function, call);
  });
  return calls;
}

/** Every object of the tree below; functions, types and variables are not part of it. */
function walk(tree: readonly TypedStatement[], found: (node: Typed) => void): void {
  const rest: unknown[] = [...tree];
  while (rest.length > 0) {
    const node = rest.pop();
    if (Array.isArray(node)) rest.push(...(node as unknown[]));
    else if (typeof node === 'object' && node !== null) {
      if ((node as Typed).kind === 'call' && 'function' in node) found(node as Typed);
      if ((node as Typed).kind === 'constant') continue;
      for (const [key, value] of Object.entries(node)) {
        if (typeof value === 'object' && !SKIPPED.has(key)) rest.push(value);
      }
    }
  }
}

const SKIPPED = new Set(['function', 'type', 'variable', 'let']);
