import type { Type } from '../types.ts';
import type { Constant, Let, TypedFunction, Variable } from './typed.ts';

/** What a name stands for. */
export type Meaning =
  | { kind: 'constant'; type: Type; value: Constant }
  | { kind: 'variable'; variable: Variable }
  | { kind: 'let'; let: Let }
  | { kind: 'type'; type: Type }
  | { kind: 'function'; function: TypedFunction; isEntry: boolean };

/** Names of one block; inner blocks shadow outer ones. */
export class Scope {
  readonly parent: Scope | null;
  readonly #meanings = new Map<string, Meaning>();

  constructor(parent: Scope | null) {
    this.parent = parent;
  }

  /** False where the block already has the name. */
  define(name: string, meaning: Meaning): boolean {
    if (this.#meanings.has(name)) return false;
    this.#meanings.set(name, meaning);
    return true;
  }

  find(name: string): Meaning | undefined {
    return this.#meanings.get(name) ?? this.parent?.find(name);
  }
}
