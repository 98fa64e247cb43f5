/** Which returns need no jump: those after which nothing of the function is left to run. */
import type { TypedStatement } from '../check/typed.ts';

type Statements = readonly TypedStatement[];

export function hasReturn(s: TypedStatement): boolean {
  return contains(s, 'return');
}

/** Whether a statement of the kind is in `s`; for `break` and `continue`: one that leaves `s`. */
export function contains(s: TypedStatement, kind: 'return' | 'break' | 'continue'): boolean {
  if (s.kind === kind) return true;
  const inside = (body: Statements) => body.some((child) => contains(child, kind));
  switch (s.kind) {
    case 'block':
      return inside(s.body);
    case 'if':
      return inside(s.then) || inside(s.else);
    case 'loop':
      return kind === 'return' && inside(s.body);
    case 'switch':
      return kind !== 'break' && s.cases.some(({ body }) => inside(body));
    default:
      return false;
  }
}

export function alwaysReturns(body: Statements): boolean {
  const last = body.at(-1);
  if (!last) return false;
  if (last.kind === 'block') return alwaysReturns(last.body);
  if (last.kind === 'if') return alwaysReturns(last.then) && alwaysReturns(last.else);
  return last.kind === 'return';
}

/** True where `lowerTail` can turn every early return into an `else` around the rest. */
export function canEndInTails(body: Statements): boolean {
  const at = body.findIndex(hasReturn);
  if (at < 0) return true;
  const s = body[at]!;
  const rest = body.slice(at + 1);
  switch (s.kind) {
    case 'return':
      return true;
    case 'block':
      return canEndInTails([...s.body, ...rest]);
    case 'if':
      if (alwaysReturns(s.then))
        return canEndInTails(s.then) && canEndInTails([...s.else, ...rest]);
      if (alwaysReturns(s.else))
        return canEndInTails(s.else) && canEndInTails([...s.then, ...rest]);
      return false;
    default:
      return false;
  }
}
