/** The tree after checking: names resolved, every expression typed, constants evaluated. */
import type { BinaryOperator } from '../parse/ast.ts';
import type { Pointer, Space, Type } from '../types.ts';

/** A scalar (booleans as 0 and 1), or the parts of a composite. */
export type Constant = number | readonly Constant[];

export type Variable = {
  readonly id: number;
  readonly name: string;
  readonly type: Type;
  readonly space: Space;
  readonly access: 'read' | 'read_write';
  readonly at: number;
  /** Of module-scope private variables. */
  readonly init: Typed | null;
  readonly resource: { readonly group: number; readonly binding: number } | null;
};

/** A `let`, or a parameter. */
export type Let = { readonly id: number; readonly name: string; readonly type: Type };

export type TypedFunction = {
  readonly name: string;
  readonly parameters: readonly Let[];
  readonly result: Type | null;
  /** Filled once the body is checked. */
  body: readonly TypedStatement[];
  readonly at: number;
};

export type BuiltinInput =
  | 'global_invocation_id'
  | 'local_invocation_id'
  | 'local_invocation_index'
  | 'workgroup_id'
  | 'num_workgroups';

export type EntryPoint = {
  readonly name: string;
  readonly function: TypedFunction;
  readonly workgroupSize: readonly [number, number, number];
  /** What each parameter stands for; a struct parameter lists its fields. */
  readonly inputs: readonly (BuiltinInput | readonly BuiltinInput[])[];
};

type Node<K extends string, Rest> = Rest & {
  readonly kind: K;
  readonly type: Type;
  readonly at: number;
};

export type Typed =
  | Node<'constant', { readonly value: Constant }>
  | Node<'variable', { readonly variable: Variable }>
  | Node<'let', { readonly let: Let }>
  | Node<'index', { readonly base: Typed; readonly index: Typed }>
  | Node<'field', { readonly base: Typed; readonly field: number }>
  /** One component gives a scalar, more a vector. */
  | Node<'swizzle', { readonly base: Typed; readonly components: readonly number[] }>
  | Node<'dereference', { readonly pointer: Typed }>
  | Node<'address', { readonly type: Pointer; readonly place: Typed }>
  | Node<'unary', { readonly operator: '-' | '!' | '~'; readonly operand: Typed }>
  | Node<
      'binary',
      { readonly operator: BinaryOperator; readonly left: Typed; readonly right: Typed }
    >
  | Node<'call', { readonly function: TypedFunction; readonly args: readonly Typed[] }>
  | Node<'builtin', { readonly name: string; readonly args: readonly Typed[] }>
  /** A composite of its parts, or a scalar converted; without arguments the zero value. */
  | Node<'construct', { readonly args: readonly Typed[] }>
  | Node<'bitcast', { readonly operand: Typed }>;

export type TypedLoop = {
  readonly kind: 'loop';
  readonly at: number;
  readonly init: TypedStatement | null;
  readonly condition: Typed | null;
  readonly body: readonly TypedStatement[];
  readonly continuing: readonly TypedStatement[];
  readonly breakIf: Typed | null;
};

export type TypedStatement =
  | {
      readonly kind: 'var';
      readonly at: number;
      readonly variable: Variable;
      readonly init: Typed | null;
    }
  | { readonly kind: 'let'; readonly at: number; readonly let: Let; readonly init: Typed }
  | { readonly kind: 'block'; readonly at: number; readonly body: readonly TypedStatement[] }
  | {
      readonly kind: 'assign';
      readonly at: number;
      readonly target: Typed | null;
      readonly operator: BinaryOperator | null;
      readonly value: Typed;
    }
  | {
      readonly kind: 'if';
      readonly at: number;
      readonly condition: Typed;
      readonly then: readonly TypedStatement[];
      readonly else: readonly TypedStatement[];
    }
  | TypedLoop
  | {
      readonly kind: 'switch';
      readonly at: number;
      readonly selector: Typed;
      readonly cases: readonly {
        readonly values: readonly number[];
        readonly isDefault: boolean;
        readonly body: readonly TypedStatement[];
      }[];
    }
  | { readonly kind: 'break'; readonly at: number }
  | { readonly kind: 'continue'; readonly at: number }
  | { readonly kind: 'return'; readonly at: number; readonly value: Typed | null }
  | { readonly kind: 'call'; readonly at: number; readonly call: Typed };

export type CheckedModule = {
  readonly entries: readonly EntryPoint[];
  /** Storage and uniform variables, sorted by group, then binding. */
  readonly bindings: readonly Variable[];
};
