/** Checks a module: names, types, constants, entry points. The door of this folder. */
import type {
  Expression,
  FunctionDeclaration,
  GlobalDeclaration,
  Module,
  Name,
  Parameter,
} from '../parse/ast.ts';
import { variablesOf } from '../interface.ts';
import { parseModule } from '../parse/parse-module.ts';
import { Source } from '../parse/source.ts';
import type { Struct, Type } from '../types.ts';
import { checkExpression } from './check-expression.ts';
import { checkEntry, checkBody, checkSignature, isEntryPoint } from './check-function.ts';
import { checkConstant, checkVariable } from './check-global.ts';
import { checkAssert } from './check-statement.ts';
import { checkStruct, predeclaredType } from './check-type.ts';
import { type CheckContext, inScope, requireType } from './context.ts';
import { nearestName } from './nearest-name.ts';
import { type CallSites, orderCalls } from './call-order.ts';
import { refuseDivergentBarriers } from './uniformity.ts';
import { type Meaning, Scope } from './scope.ts';
import type {
  CheckedModule,
  Constant,
  EntryPoint,
  Typed,
  TypedFunction,
  Variable,
} from './typed.ts';

type Declaration =
  | Module['structs'][number]
  | Module['aliases'][number]
  | GlobalDeclaration
  | FunctionDeclaration;

/** Declarations that name each other in a chain longer than this would overflow the stack. */
const CHAIN_MAX = 200;

/**
 * Parses and checks a module. `constants` replaces the values of its module-scope `const` and
 * `override`; the ids of names count up from `firstId`. Throws WgslError.
 */
export function checkModule(
  wgsl: string | Source,
  constants: Readonly<Record<string, number>> = {},
  firstId = 0,
): CheckedModule {
  return new ModuleChecker(wgsl, constants, firstId).check();
}

/** One struct of a module, its other declarations looked at only as far as it needs them. */
export function checkStructNamed(
  wgsl: string,
  name: string,
  constants: Readonly<Record<string, number>>,
): Struct {
  const checker = new ModuleChecker(wgsl, constants);
  const meaning = checker.find(name, 0);
  if (meaning?.kind === 'type' && meaning.type.kind === 'struct') return meaning.type;
  throw checker.source.error(0, `struct '${name}'`, 'the text declares no struct of this name');
}

export type Replaced = {
  readonly declaration: GlobalDeclaration;
  readonly type: Type;
  readonly value: Constant;
};

/** The declarations whose values `constants` replaces, each with its type and new value. */
export function checkReplaced(
  wgsl: string,
  constants: Readonly<Record<string, number>>,
): { module: Module; replaced: Replaced[] } {
  const checker = new ModuleChecker(wgsl, constants);
  return { module: checker.module, replaced: checker.replaced() };
}

class ModuleChecker implements CheckContext {
  readonly source: Source;
  scope: Scope;
  readonly module: Module;
  readonly #constants: Readonly<Record<string, number>>;
  readonly #top = new Scope(null);
  readonly #declarations = new Map<string, Declaration>();
  readonly #resolving = new Set<string>();
  readonly #functions = new Map<FunctionDeclaration, TypedFunction>();
  readonly #bindings: Variable[] = [];
  readonly #calls = new Map<TypedFunction, Map<TypedFunction, CallSites>>();
  /** What the function that is being checked calls. */
  #calling = new Map<TypedFunction, CallSites>();
  #ids: number;

  constructor(wgsl: string | Source, constants: Readonly<Record<string, number>>, firstId = 0) {
    this.#ids = firstId;
    this.source = typeof wgsl === 'string' ? new Source(wgsl) : wgsl;
    this.module = parseModule(this.source);
    this.#constants = constants;
    this.scope = this.#top;
    const { structs, aliases, globals, functions } = this.module;
    for (const declaration of [...structs, ...aliases, ...globals, ...functions]) {
      this.#declare(declaration);
    }
    this.#refuseUnknownConstants();
  }

  #declare(declaration: Declaration): void {
    const { name, at } = declaration;
    if (name === '_' || name.startsWith('__')) {
      throw this.source.error(at, `'${name}'`, "names are not '_' and do not begin with '__'");
    }
    if (this.#declarations.has(name)) {
      throw this.source.error(at, `'${name}'`, 'the module declares this name already; rename one');
    }
    this.#declarations.set(name, declaration);
  }

  #refuseUnknownConstants(): void {
    const names = this.module.globals.flatMap((one) => (one.how === 'var' ? [] : [one.name]));
    for (const name of Object.keys(this.#constants)) {
      if (names.includes(name)) continue;
      const near = nearestName(name, names);
      const cure = `the text declares no such const${near ? `; did you mean ${near}?` : ''}`;
      throw this.source.error(0, `constant '${name}'`, cure);
    }
  }

  check(): CheckedModule {
    const { structs, aliases, globals, functions, asserts } = this.module;
    for (const { name, at } of [...structs, ...aliases, ...globals, ...functions])
      this.find(name, at);
    for (const { at, condition } of asserts) checkAssert(this, at, condition);
    const entries: EntryPoint[] = [];
    for (const [declaration, typed] of this.#functions) {
      this.#calling = new Map();
      this.#calls.set(typed, this.#calling);
      typed.body = inScope(this, this.#top, () => checkBody(this, declaration, typed));
      if (isEntryPoint(declaration)) entries.push(checkEntry(this, declaration, typed));
    }
    const ordered = orderCalls(this.source, this.#calls);
    refuseDivergentBarriers(this.source, { entries, ordered, calls: this.#calls });
    const bindings = this.#bindings.sort(
      (a, b) => a.resource!.group - b.resource!.group || a.resource!.binding - b.resource!.binding,
    );
    this.#refuseSharedSlots(bindings, entries);
    return { entries, bindings };
  }

  /** Two variables may have one place, as long as no entry point uses both (WGSL 12.3.2). */
  #refuseSharedSlots(bindings: readonly Variable[], entries: readonly EntryPoint[]): void {
    if (new Set(bindings.map(slotOf)).size === bindings.length) return;
    for (const entry of entries) {
      const used = variablesOf(entry.function);
      const taken = new Map<string, string>();
      for (const variable of bindings.filter((one) => used.has(one))) {
        const slot = slotOf(variable);
        const other = taken.get(slot);
        if (other !== undefined) {
          const cure = `'${entry.name}' uses '${other}' there already; give each its own`;
          throw this.source.error(variable.at, `${slot} of '${variable.name}'`, cure);
        }
        taken.set(slot, variable.name);
      }
    }
  }

  replaced(): Replaced[] {
    return this.module.globals.flatMap((declaration) => {
      if (!Object.hasOwn(this.#constants, declaration.name)) return [];
      const meaning = this.find(declaration.name, declaration.at);
      if (meaning?.kind !== 'constant') return [];
      return [{ declaration, type: meaning.type, value: meaning.value }];
    });
  }

  nextId(): number {
    return this.#ids++;
  }

  expression(expression: Expression): Typed {
    return checkExpression(this, expression);
  }

  find(name: string, at: number): Meaning | undefined {
    const known = this.scope.find(name);
    if (known) return known;
    const declaration = this.#declarations.get(name);
    if (!declaration) return undefined;
    if (this.#resolving.has(name)) {
      throw this.source.error(
        at,
        `'${name}'`,
        'it is declared by means of itself; break the circle',
      );
    }
    if (this.#resolving.size >= CHAIN_MAX) {
      throw this.source.error(at, `'${name}'`, `at most ${CHAIN_MAX} declarations use one another`);
    }
    this.#resolving.add(name);
    const meaning = inScope(this, this.#top, () => this.#resolve(declaration));
    this.#resolving.delete(name);
    this.#top.define(name, meaning);
    return meaning;
  }

  #resolve(declaration: Declaration): Meaning {
    switch (declaration.kind) {
      case 'struct':
        return { kind: 'type', type: checkStruct(this, declaration) };
      case 'alias':
        return { kind: 'type', type: requireType(this, declaration.type) };
      case 'function': {
        const typed = checkSignature(this, declaration);
        this.#functions.set(declaration, typed);
        return { kind: 'function', function: typed, isEntry: isEntryPoint(declaration) };
      }
      case 'global': {
        if (declaration.how !== 'var') {
          const value = Object.hasOwn(this.#constants, declaration.name)
            ? this.#constants[declaration.name]
            : undefined;
          return checkConstant(this, declaration, value);
        }
        const variable = checkVariable(this, declaration);
        if (variable.resource) this.#bindings.push(variable);
        return { kind: 'variable', variable };
      }
      default:
        throw new Error(`unreachable: ${String(declaration satisfies never)}`);
    }
  }

  called(callee: TypedFunction, at: number): void {
    const before = this.#calling.get(callee);
    this.#calling.set(callee, { at: before?.at ?? at, count: (before?.count ?? 0) + 1 });
  }

  membersOf(struct: string): readonly Parameter[] {
    return this.module.structs.find((one) => one.name === struct)?.members ?? [];
  }

  typeNamed(name: Name): Type | undefined {
    const meaning = this.find(name.name, name.at);
    if (!meaning) return predeclaredType(this, name);
    return meaning.kind === 'type' ? meaning.type : undefined;
  }
}

function slotOf({ resource }: Variable): string {
  return `@group(${resource!.group}) @binding(${resource!.binding})`;
}
