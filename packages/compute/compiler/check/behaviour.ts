/** How control leaves statements (WGSL 9.7.1), to find functions that end without their value. */
import type { TypedStatement } from './typed.ts';

type Way = 'next' | 'break' | 'continue' | 'return';

/** Whether control may reach the end of the body. */
export function mayFallThrough(body: readonly TypedStatement[]): boolean {
  return waysOut(body).has('next');
}

function waysOut(body: readonly TypedStatement[]): Set<Way> {
  const ways = new Set<Way>(['next']);
  for (const statement of body) {
    // What follows is never reached, yet WGSL lets it stand.
    if (!ways.delete('next')) break;
    for (const way of waysOf(statement)) ways.add(way);
  }
  return ways;
}

function waysOf(statement: TypedStatement): Set<Way> {
  switch (statement.kind) {
    case 'block':
      return waysOut(statement.body);
    case 'if':
      return new Set([...waysOut(statement.then), ...waysOut(statement.else)]);
    case 'break':
    case 'continue':
    case 'return':
      return new Set([statement.kind]);
    case 'loop': {
      const ways = waysOut(statement.body);
      const ends =
        ways.delete('break') || statement.condition !== null || statement.breakIf !== null;
      ways.delete('next');
      ways.delete('continue');
      if (ends) ways.add('next');
      return ways;
    }
    case 'switch': {
      const ways = new Set(statement.cases.flatMap((one) => [...waysOut(one.body)]));
      if (ways.delete('break')) ways.add('next');
      return ways;
    }
    default:
      return new Set(['next']);
  }
}
