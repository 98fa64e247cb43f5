import type { Expression, Name, Parameter } from '../parse/ast.ts';
import type { Source } from '../parse/source.ts';
import type { Type } from '../types.ts';
import type { Meaning, Scope } from './scope.ts';
import type { Typed, TypedFunction } from './typed.ts';

/** What the parts of the checker need of each other: one per module. */
export interface CheckContext {
  readonly source: Source;
  /** The innermost scope; statements move it. */
  scope: Scope;
  nextId(): number;
  /** A name of the innermost scope or the module, resolved at first use; undefined if unknown. */
  find(name: string, at: number): Meaning | undefined;
  /** The expression with its type; abstract constants stay abstract. */
  expression(expression: Expression): Typed;
  /** A type as written, or undefined where the name is none. */
  typeNamed(name: Name): Type | undefined;
  /** A call was met in the function that is being checked. */
  called(callee: TypedFunction, at: number): void;
  /** The members of a struct as written, for their attributes. */
  membersOf(struct: string): readonly Parameter[];
}

/** The error of a name that nothing declares. */
export function unknownName(context: CheckContext, name: Name): Error {
  return context.source.error(name.at, `'${name.name}'`, 'nothing of this name is declared');
}

/** The type as written; throws where the name is none. */
export function requireType(context: CheckContext, name: Name): Type {
  const type = context.typeNamed(name);
  if (type) return type;
  if (context.find(name.name, name.at) === undefined) {
    throw context.source.error(name.at, `type '${name.name}'`, 'no type of this name is declared');
  }
  throw context.source.error(name.at, `'${name.name}'`, 'this name is no type; write a type here');
}

/** Runs `f` in a scope within the present one. */
export function inScope<T>(context: CheckContext, scope: Scope, f: () => T): T {
  const outer = context.scope;
  context.scope = scope;
  try {
    return f();
  } finally {
    context.scope = outer;
  }
}
