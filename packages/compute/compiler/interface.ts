/** What a module shows to its caller: bindings and entry points, the same for both targets. */
import { childrenOf, expressionsOf, statementsOf } from './check/children.ts';
import type {
  CheckedModule,
  Typed,
  TypedFunction,
  TypedStatement,
  Variable,
} from './check/typed.ts';
import { bytesOf, strideOf } from './layout.ts';
import type { Type } from './types.ts';

export type Binding = {
  readonly name: string;
  readonly group: number;
  readonly binding: number;
  readonly access: 'uniform' | 'read' | 'read_write';
  readonly interleaved: boolean;
  /** Bytes of one array element (WGSL stride), or of the whole when it is no array. */
  readonly elementBytes: number;
  /** Smallest useful buffer: the fixed size, or one element of a runtime-sized array. */
  readonly bytesMin: number;
  /** True where the binding is (or ends in) an array without a count. */
  readonly runtimeSized: boolean;
};

export type Entry = {
  readonly workgroupSize: readonly [number, number, number];
  /** Names of the bindings that the entry point uses, itself or through calls. */
  readonly bindings: readonly string[];
};

export type ModuleInterface = {
  /** Sorted by group, then binding. */
  readonly bindings: readonly Binding[];
  readonly entries: Readonly<Record<string, Entry>>;
};

/**
 * Reads the interface off a checked module. Throws where `interleaved` names anything but a storage
 * array of structs.
 */
export function interfaceOf(
  module: CheckedModule,
  interleaved: readonly string[] = [],
): ModuleInterface {
  for (const name of interleaved) {
    const type = module.bindings.find((variable) => variable.name === name)?.type;
    if (type?.kind === 'array' && type.element.kind === 'struct') continue;
    throw new Error(`interleaved: '${name}' is no storage array of structs in this text.`);
  }
  const bindings = module.bindings.map((variable) => bindingOf(variable, interleaved));
  const entries: Record<string, Entry> = {};
  for (const entry of module.entries) {
    const used = variablesOf(entry.function);
    entries[entry.name] = {
      workgroupSize: entry.workgroupSize,
      bindings: module.bindings.filter((one) => used.has(one)).map((one) => one.name),
    };
  }
  return { bindings, entries };
}

function bindingOf(variable: Variable, interleaved: readonly string[]): Binding {
  const { name, type, space, access, resource } = variable;
  return {
    name,
    group: resource!.group,
    binding: resource!.binding,
    access: space === 'uniform' ? 'uniform' : access,
    interleaved: interleaved.includes(name),
    elementBytes: type.kind === 'array' ? strideOf(type) : bytesOf(type),
    bytesMin: bytesOf(type),
    runtimeSized: isRuntimeSized(type),
  };
}

function isRuntimeSized(type: Type): boolean {
  if (type.kind === 'array') return type.count === null;
  const last = type.kind === 'struct' ? type.fields.at(-1) : undefined;
  return last !== undefined && isRuntimeSized(last.type);
}

const variables = new WeakMap<TypedFunction, ReadonlySet<Variable>>();

/** The module-scope and local variables that a function uses, itself or through calls. */
export function variablesOf(fn: TypedFunction): ReadonlySet<Variable> {
  let used = variables.get(fn);
  if (!used) {
    const found = new Set<Variable>();
    for (const statement of fn.body) visitStatement(statement, found);
    variables.set(fn, found);
    used = found;
  }
  return used;
}

function visitStatement(s: TypedStatement, used: Set<Variable>): void {
  if (s.kind === 'var') used.add(s.variable);
  for (const e of expressionsOf(s)) visitExpression(e, used);
  for (const inner of statementsOf(s)) visitStatement(inner, used);
}

function visitExpression(e: Typed, used: Set<Variable>): void {
  if (e.kind === 'variable') used.add(e.variable);
  if (e.kind === 'call') for (const variable of variablesOf(e.function)) used.add(variable);
  for (const child of childrenOf(e)) visitExpression(child, used);
}
