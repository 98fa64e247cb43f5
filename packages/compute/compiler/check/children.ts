/** What stands directly inside an expression or a statement. */
import type { Typed, TypedStatement } from './typed.ts';

const NONE: readonly never[] = [];

export function childrenOf(e: Typed): readonly Typed[] {
  switch (e.kind) {
    case 'constant':
    case 'variable':
    case 'let':
      return NONE;
    case 'index':
      return [e.base, e.index];
    case 'field':
    case 'swizzle':
      return [e.base];
    case 'dereference':
      return [e.pointer];
    case 'address':
      return [e.place];
    case 'unary':
    case 'bitcast':
      return [e.operand];
    case 'binary':
      return [e.left, e.right];
    default:
      return e.args;
  }
}

/** The expressions of a statement itself, not those of statements inside it. */
export function expressionsOf(s: TypedStatement): readonly Typed[] {
  switch (s.kind) {
    case 'var':
    case 'let':
      return s.init ? [s.init] : NONE;
    case 'assign':
      return s.target ? [s.target, s.value] : [s.value];
    case 'if':
      return [s.condition];
    case 'loop':
      return [s.condition, s.breakIf].filter((e) => e !== null);
    case 'switch':
      return [s.selector];
    case 'return':
      return s.value ? [s.value] : NONE;
    case 'call':
      return [s.call];
    default:
      return NONE;
  }
}

export function statementsOf(s: TypedStatement): readonly TypedStatement[] {
  switch (s.kind) {
    case 'block':
      return s.body;
    case 'if':
      return s.else.length === 0 ? s.then : [...s.then, ...s.else];
    case 'loop':
      return [...(s.init ? [s.init] : NONE), ...s.body, ...s.continuing];
    case 'switch':
      return s.cases.flatMap(({ body }) => body);
    default:
      return NONE;
  }
}
