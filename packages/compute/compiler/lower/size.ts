/** How much code a piece of the tree becomes, roughly: one per operation, calls counted through. */
import { childrenOf } from '../check/children.ts';
import type { Typed, TypedFunction, TypedStatement } from '../check/typed.ts';

const CHEAP_MAX = 12;
/** Loops inside are counted as if they ran this often. */
const TRIPS = 4;

const functionSizes = new WeakMap<TypedFunction, number>();

export function sizeOfFunction(f: TypedFunction): number {
  let size = functionSizes.get(f);
  if (size === undefined) {
    size = sizeOfAll(f.body);
    functionSizes.set(f, size);
  }
  return size;
}

export function sizeOfAll(statements: readonly TypedStatement[]): number {
  return statements.reduce((sum, statement) => sum + sizeOfStatement(statement), 0);
}

function sizeOfStatement(s: TypedStatement): number {
  switch (s.kind) {
    case 'var':
      return s.init ? sizeOf(s.init) : 1;
    case 'let':
      return sizeOf(s.init);
    case 'block':
      return sizeOfAll(s.body);
    case 'assign':
      return sizeOf(s.value) + (s.target ? sizeOf(s.target) : 0);
    case 'if':
      return sizeOf(s.condition) + sizeOfAll(s.then) + sizeOfAll(s.else);
    case 'loop':
      return TRIPS * (sizeOfAll(s.body) + sizeOfAll(s.continuing));
    case 'switch':
      return s.cases.reduce((sum, { body }) => sum + sizeOfAll(body), sizeOf(s.selector));
    case 'return':
      return s.value ? sizeOf(s.value) : 0;
    case 'call':
      return sizeOf(s.call);
    default:
      return 1;
  }
}

export function sizeOf(e: Typed): number {
  const inside = childrenOf(e).reduce((sum, child) => sum + sizeOf(child), 1);
  return e.kind === 'call' ? inside + sizeOfFunction(e.function) : inside;
}

/** Worth computing always rather than branching around; it must do nothing but compute. */
export function isCheap(e: Typed): boolean {
  return hasNoEffect(e) && sizeOf(e) <= CHEAP_MAX;
}

function hasNoEffect(e: Typed): boolean {
  if (e.kind === 'call') return false;
  if (e.kind === 'builtin' && /^atomic|Barrier$|UniformLoad$/.test(e.name)) return false;
  return childrenOf(e).every(hasNoEffect);
}
