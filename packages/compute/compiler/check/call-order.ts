import type { Source } from '../parse/source.ts';
import type { TypedFunction } from './typed.ts';

/** All calls of one function in another: where the first stands, and how many there are. */
export type CallSites = { readonly at: number; readonly count: number };

/** Which functions a function calls. */
export type Calls = ReadonlyMap<TypedFunction, ReadonlyMap<TypedFunction, CallSites>>;

/** Of a function, with those that its callees make: on WASM each is inlined, on a GPU each runs. */
const CALLS_MAX = 50_000;
/** Functions that call one another in a chain: each is a level of the compilers' stacks. */
const DEPTH_MAX = 127;

type Step = { readonly function: TypedFunction; readonly rest: [TypedFunction, CallSites][] };

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
      const [callee, sites] = top.rest.pop() ?? [];
      if (!callee) {
        path.pop();
        open.delete(top.function);
        done.add(top.function);
      } else if (open.has(callee)) {
        const cure = `'${callee.name}' calls itself, perhaps through others; write a loop`;
        throw source.error(sites!.at, `call of '${callee.name}'`, cure);
      } else if (!done.has(callee)) {
        open.add(callee);
        path.push(stepInto(calls, callee));
      }
    }
  }
  limitCalls(source, done, calls);
  return done;
}

function stepInto(calls: Calls, one: TypedFunction): Step {
  return { function: one, rest: [...(calls.get(one) ?? [])] };
}

/** Without a loop, a few lines that call each other twice would run for ever. */
function limitCalls(source: Source, ordered: Iterable<TypedFunction>, calls: Calls): void {
  const totals = new Map<TypedFunction, { count: number; depth: number }>();
  for (const one of ordered) {
    const total = { count: 0, depth: 0 };
    for (const [callee, { at, count }] of calls.get(one) ?? []) {
      const inner = totals.get(callee)!;
      total.count += count * (1 + inner.count);
      total.depth = Math.max(total.depth, 1 + inner.depth);
      if (total.count > CALLS_MAX) {
        const cure = `'${callee.name}' is called too often, through others: call it less, or in a loop`;
        throw source.error(at, `more than ${CALLS_MAX} calls`, cure);
      }
      if (total.depth > DEPTH_MAX) {
        const cure = `functions call one another at most ${DEPTH_MAX} deep; put some together`;
        throw source.error(at, `call of '${callee.name}'`, cure);
      }
    }
    totals.set(one, total);
  }
}
