import type { Source } from '../parse/source.ts';
import type { TypedFunction } from './typed.ts';

/** Which functions a function calls, each with the offset of its first call. */
export type Calls = ReadonlyMap<TypedFunction, ReadonlyMap<TypedFunction, number>>;

type Step = { readonly function: TypedFunction; readonly rest: [TypedFunction, number][] };

/**
 * All functions, those that are called before those that call them. WGSL has no recursion (11.1),
 * and calls are inlined: a circle of calls is an error.
 */
export function orderCalls(source: Source, calls: Calls): ReadonlySet<TypedFunction> {
  const done = new Set<TypedFunction>();
  for (const start of calls.keys()) {
    if (done.has(start)) continue;
    // Depth first, with a stack of its own: a chain of calls may be long.
    const open = new Set<TypedFunction>([start]);
    const path: Step[] = [stepInto(calls, start)];
    while (path.length > 0) {
      const top = path.at(-1)!;
      const [callee, at] = top.rest.pop() ?? [];
      if (!callee) {
        path.pop();
        open.delete(top.function);
        done.add(top.function);
      } else if (open.has(callee)) {
        const cure = `'${callee.name}' calls itself, perhaps through others; write a loop`;
        throw source.error(at!, `call of '${callee.name}'`, cure);
      } else if (!done.has(callee)) {
        open.add(callee);
        path.push(stepInto(calls, callee));
      }
    }
  }
  return done;
}

function stepInto(calls: Calls, one: TypedFunction): Step {
  return { function: one, rest: [...(calls.get(one) ?? [])] };
}
