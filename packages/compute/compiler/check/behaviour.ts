/** How control leaves statements (WGSL 9.7.1), to find functions that end without their value. */
import type { Source } from '../parse/source.ts';
import type { TypedStatement } from './typed.ts';

type Way = 'next' | 'break' | 'continue' | 'return';

/** Whether control may reach the end of the body. Throws at a loop that nothing ends. */
export function mayFallThrough(source: Source, body: readonly TypedStatement[]): boolean {
  return waysOut(source, body).has('next');
}

function waysOut(source: Source, body: readonly TypedStatement[]): Set<Way> {
  const ways = new Set<Way>(['next']);
  for (const statement of body) {
    const own = waysOf(source, statement);
    // What is never reached may stand, yet adds no way out.
    if (!ways.delete('next')) continue;
    for (const way of own) ways.add(way);
  }
  return ways;
}

function waysOf(source: Source, statement: TypedStatement): Set<Way> {
  switch (statement.kind) {
    case 'block':
      return waysOut(source, statement.body);
    case 'if':
      return new Set([...waysOut(source, statement.then), ...waysOut(source, statement.else)]);
    case 'break':
    case 'continue':
    case 'return':
      return new Set([statement.kind]);
    case 'loop': {
      const ways = waysOut(source, statement.body);
      const ends =
        ways.delete('break') || statement.condition !== null || statement.breakIf !== null;
      ways.delete('next');
      ways.delete('continue');
      if (ends) ways.add('next');
      if (ways.size > 0) return ways;
      throw source.error(statement.at, 'a loop without end', "end it with 'break' or 'return'");
    }
    case 'switch': {
      const ways = new Set(statement.cases.flatMap((one) => [...waysOut(source, one.body)]));
      if (ways.delete('break')) ways.add('next');
      return ways;
    }
    default:
      return new Set(['next']);
  }
}
