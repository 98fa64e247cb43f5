/**
 * Workgroups that share memory. What lies between two barriers is a phase: it runs for every vector
 * of the workgroup's invocations before the next one begins. Control flow around barriers is the
 * same for all invocations (WGSL 15.2), so it runs once per workgroup, outside the phases.
 */
import type { Let, Typed, TypedFunction, TypedLoop, TypedStatement } from '../check/typed.ts';
import type { Label } from '../ir/ir.ts';
import { scalarCount } from '../types.ts';
import { lowerExpression, pointerOf } from './expression.ts';
import { type Kept, Names, type Storage, type Workgroup } from './kept.ts';
import type { Lowering } from './lowering.ts';
import { type MemoryPlace, load, newSlots, store, zero } from './place.ts';
import { contains, hasReturn } from './returns.ts';
import { hasBarrier, isTouched, usedIn, waitsIn } from './uses.ts';

type Statements = readonly TypedStatement[];
type Nodes = readonly (TypedStatement | Typed)[];
type Waiting = TypedStatement & { kind: 'call' | 'let' | 'var' | 'assign' };

/** Where `return` goes outside of phases, and where its value does. */
type Return = {
  readonly label: Label;
  readonly result: Storage | null;
  /** Whether a barrier may follow: then invocations return all together, or none does. */
  readonly waits: boolean;
};

/** One workgroup of an entry point. */
export function lowerWorkgroup(l: Lowering, workgroup: Workgroup): void {
  l.scope(() => {
    const phases = new Phases(l, workgroup);
    phases.run(workgroup.entry.function);
  });
}

class Phases {
  readonly #l: Lowering;
  readonly #names: Names;
  readonly #breaks: Label[] = [];
  readonly #continues: Label[] = [];

  constructor(l: Lowering, workgroup: Workgroup) {
    this.#l = l;
    this.#names = new Names(l, workgroup);
  }

  run(f: TypedFunction): void {
    this.#names.declareModule();
    this.#function(f, null);
  }

  /** The body of a function that waits at a barrier. */
  #function(f: TypedFunction, result: Storage | null): void {
    this.#l.b.block((label) => this.#list(f.body, { label, result, waits: false }, [], true));
  }

  /**
   * Statements of one block. `later`: what runs after them and sees their names (a loop's
   * `continuing`). `isTail`: nothing of the function follows.
   */
  #list(statements: Statements, returns: Return, later: Nodes, isTail: boolean): void {
    this.#names.scope(() => this.#listInside(statements, returns, later, isTail));
  }

  #listInside(statements: Statements, returns: Return, later: Nodes, isTail: boolean): void {
    const lastWait = statements.findLastIndex(hasBarrier);
    let from = 0;
    while (from < statements.length && this.#l.b.reachable) {
      if (isTail && from > lastWait) {
        this.#tail(statements.slice(from), returns);
        break;
      }
      let to = from;
      while (to < statements.length && !this.#isOutside(statements[to]!)) {
        if (isTail && to > lastWait) break;
        to++;
      }
      if (to > from) {
        this.#run(statements.slice(from, to), [...statements.slice(to), ...later]);
        from = to;
      } else {
        const rest = statements.slice(from + 1);
        const waits = returns.waits || rest.some(hasBarrier);
        const isLast = isTail && rest.length === 0;
        this.#outside(statements[from]!, { ...returns, waits }, [...rest, ...later], isLast);
        from++;
      }
    }
  }

  /** What cannot be part of a phase: barriers, and jumps of all invocations together. */
  #isOutside(s: TypedStatement): boolean {
    return hasBarrier(s) || hasReturn(s) || contains(s, 'break') || contains(s, 'continue');
  }

  /** Statements of one phase. Names that `later` needs are kept. */
  #run(statements: Statements, later: Nodes): void {
    const l = this.#l;
    const isKept = (id: number): boolean => later.some((node) => usedIn(node).has(id));
    const fresh: Kept[] = [];
    const storages = new Map<number, Storage>();
    for (const s of statements) {
      if (s.kind === 'var' && isKept(s.variable.id)) {
        storages.set(s.variable.id, this.#names.storage(s.variable.type));
      } else if (s.kind === 'let' && !this.#keepLet(s.let, s.init, fresh) && isKept(s.let.id)) {
        storages.set(s.let.id, this.#names.storage(s.let.type));
      }
    }
    this.#names.phase((local) => {
      for (const s of statements) {
        const storage =
          s.kind === 'var'
            ? storages.get(s.variable.id)
            : s.kind === 'let'
              ? storages.get(s.let.id)
              : undefined;
        if (!storage || (s.kind !== 'var' && s.kind !== 'let')) l.passes.statements(l, [s]);
        else this.#declare(s, this.#names.placeOf(storage, local));
      }
    });
    for (const [id, storage] of storages) {
      const isVariable = statements.some((s) => s.kind === 'var' && s.variable.id === id);
      fresh.push({ kind: isVariable ? 'variable' : 'stored', id, storage });
    }
    // In the order of their declarations: each may be made of those before.
    const order = statements.map((s) =>
      s.kind === 'var' ? s.variable.id : s.kind === 'let' ? s.let.id : -1,
    );
    this.#names.keep(...fresh.toSorted((a, b) => order.indexOf(a.id) - order.indexOf(b.id)));
  }

  /** True where the let needs no memory. */
  #keepLet({ id, type }: Let, init: Typed, fresh: Kept[]): boolean {
    if (type.kind === 'pointer') {
      fresh.push({ kind: 'pointer', id, init });
      return true;
    }
    if (!this.#names.isAgain(init)) return false;
    if (this.#names.isShared(init)) this.#names.markShared(id);
    this.#names.markAgain(id);
    fresh.push({ kind: 'again', id, init });
    return true;
  }

  #declare(s: TypedStatement & { kind: 'var' | 'let' }, place: MemoryPlace): void {
    const l = this.#l;
    const value = s.init ? lowerExpression(l, s.init) : zero(l, place.type);
    store(l, place, value);
    if (s.kind === 'var') l.variables.set(s.variable.id, place);
    else l.lets.set(s.let.id, value);
  }

  /** The last phase of a function, in which each invocation may return by itself. */
  #tail(statements: Statements, { result }: Return): void {
    const l = this.#l;
    this.#names.phase((local) => {
      const outer = l.returns;
      const slots = result ? newSlots(l, result.type, 'result') : null;
      l.b.block((label) => {
        l.returns = { slots, label, value: undefined };
        l.passes.statements(l, statements);
      });
      l.returns = outer;
      if (!result || !slots) return;
      const value = load(l, { kind: 'slots', type: result.type, slots, root: -1 });
      store(l, this.#names.placeOf(result, local), value);
    });
  }

  #outside(s: TypedStatement, returns: Return, later: Nodes, isLast: boolean): void {
    const b = this.#l.b;
    switch (s.kind) {
      case 'block':
        return this.#list(s.body, returns, [], isLast);
      case 'if':
        this.#refuseReturn(s, returns, isLast);
        return b.if(
          this.#names.uniform(s.condition),
          () => this.#list(s.then, returns, [], isLast),
          () => this.#list(s.else, returns, [], isLast),
        );
      case 'loop':
        return this.#loop(s, returns);
      case 'switch':
        return this.#switch(s, returns);
      case 'break':
        return b.exit(this.#breaks.at(-1)!);
      case 'continue':
        return b.exit(this.#continues.at(-1)!);
      case 'return': {
        const { value } = s;
        if (value && returns.result) {
          const storage = returns.result;
          this.#names.phase((local) =>
            store(this.#l, this.#names.placeOf(storage, local), lowerExpression(this.#l, value)),
          );
        }
        return b.exit(returns.label);
      }
      default:
        return this.#wait(s, later);
    }
  }

  /** Some invocations would return and others go on, past the end of the phase. */
  #refuseReturn(s: TypedStatement & { kind: 'if' }, returns: Return, isLast: boolean): void {
    if (isLast || returns.waits || !hasReturn(s) || this.#names.isShared(s.condition)) return;
    const cure = "put what follows the 'if' into its 'else', or into a function that returns early";
    throw this.#l.outside(s.at, "'return' of some invocations after a barrier", cure);
  }

  /** A statement that waits itself: a barrier, a uniform load, a call of a function that waits. */
  #wait(s: Waiting, later: Nodes): void {
    const value = s.kind === 'call' ? s.call : s.kind === 'assign' ? s.value : s.init!;
    const inner = value.kind === 'call' || value.kind === 'builtin' ? value.args : [value];
    if (inner.some(waitsIn) || (s.kind === 'assign' && s.target && waitsIn(s.target))) {
      const cure = 'write it as a statement of its own: let x = ...;';
      throw this.#l.outside(s.at, 'a barrier within an expression', cure);
    }
    if (value.kind === 'call') return this.#waitingCall(s, value, later);
    if (value.kind !== 'builtin' || value.name !== 'workgroupUniformLoad') return;
    const id = this.#uniformLoad(value);
    this.#rewrite(
      s,
      { kind: 'let', type: value.type, at: value.at, let: { id, name: '', type: value.type } },
      later,
    );
  }

  /** The statement once more, with its value in a let. */
  #rewrite(s: Waiting, value: Typed, later: Nodes): void {
    if (s.kind === 'call') return;
    if (s.kind === 'let' || s.kind === 'var') return this.#run([{ ...s, init: value }], later);
    this.#run([{ ...s, value }], later);
  }

  #uniformLoad(value: Typed & { kind: 'builtin' }): number {
    const l = this.#l;
    const id = this.#names.freshId();
    const { type } = value;
    const slots = newSlots(l, type, 'uniform');
    this.#names.bindOutside();
    if (!this.#names.isShared(value.args[0]!)) {
      const cure = 'its place is the same for all invocations: index it by a uniform value';
      throw l.outside(value.at, 'workgroupUniformLoad', cure);
    }
    store(l, { kind: 'slots', type, slots, root: -1 }, load(l, pointerOf(l, value.args[0]!)));
    this.#names.markShared(id);
    this.#names.markAgain(id);
    this.#names.keep({ kind: 'shared', id, type, slots });
    return id;
  }

  #waitingCall(s: Waiting, call: Typed & { kind: 'call' }, later: Nodes): void {
    const { function: f, args } = call;
    const values: TypedStatement[] = f.parameters.map((parameter, i) => ({
      kind: 'let',
      at: call.at,
      let: parameter,
      init: args[i]!,
    }));
    if (values.length > 0) this.#run(values, f.body);
    const result = f.result ? this.#names.storage(f.result) : null;
    this.#function(f, result);
    if (!result) return;
    const id = this.#names.freshId();
    this.#names.keep({ kind: 'stored', id, storage: result });
    const value = { id, name: f.name, type: result.type };
    this.#rewrite(s, { kind: 'let', type: result.type, at: call.at, let: value }, later);
  }

  #loop(s: TypedLoop, returns: Return): void {
    const l = this.#l;
    this.#names.scope(() => {
      if (s.init) this.#initial(s);
      l.b.block((label) => {
        this.#breaks.push(label);
        l.b.loop(l.lineOf(s.at), () => this.#names.scope(() => this.#round(s, returns, label)));
        this.#breaks.pop();
      });
    });
  }

  /** The loop's `continuing` sees what its body declares. */
  #round(s: TypedLoop, returns: Return, end: Label): void {
    const b = this.#l.b;
    const leaveIf = (e: Typed, wanted: boolean): void => {
      const value = this.#names.uniform(e);
      b.if(wanted ? value : b.unary('not', value), () => b.exit(end));
    };
    if (s.condition) leaveIf(s.condition, false);
    const later = [...s.continuing, ...(s.breakIf ? [s.breakIf] : [])];
    b.block((next) => {
      this.#continues.push(next);
      this.#listInside(s.body, { ...returns, waits: true }, later, false);
      this.#continues.pop();
    });
    this.#advance(s, returns);
    if (s.breakIf) leaveIf(s.breakIf, true);
  }

  /** A counter that all invocations share is one slot; it keeps the addresses it makes uniform. */
  #initial(s: TypedLoop): void {
    const { init, body, continuing } = s;
    const step = continuing[0];
    if (
      init?.kind === 'var' &&
      init.init &&
      scalarCount(init.variable.type) === 1 &&
      this.#names.isShared(init.init) &&
      !body.some((child) => isTouched(child, init.variable.id)) &&
      step?.kind === 'assign' &&
      step.target?.kind === 'variable' &&
      this.#names.isShared(step.value)
    ) {
      const { id, type, name } = init.variable;
      const slots = newSlots(this.#l, type, name);
      this.#names.bindOutside();
      store(this.#l, { kind: 'slots', type, slots, root: -1 }, lowerExpression(this.#l, init.init));
      this.#l.variables.set(id, { kind: 'slots', type, slots, root: -1 });
      this.#names.markShared(id);
      return;
    }
    const rest: (TypedStatement | Typed)[] = [...body, ...continuing];
    if (s.condition) rest.push(s.condition);
    this.#run([init!], rest);
  }

  #advance({ continuing, init }: TypedLoop, returns: Return): void {
    const counts = init?.kind === 'var' && this.#names.isMarkedShared(init.variable.id);
    if (!counts) return this.#list(continuing, returns, [], false);
    this.#names.bindOutside();
    this.#l.passes.statements(this.#l, continuing);
  }

  #switch(s: TypedStatement & { kind: 'switch' }, returns: Return): void {
    const l = this.#l;
    const b = l.b;
    const selector = this.#names.uniform(s.selector);
    const other = s.cases.find((one) => one.isDefault)!;
    b.block((label) => {
      this.#breaks.push(label);
      const next = (i: number): void => {
        const one = s.cases[i];
        if (!one) return this.#list(other.body, returns, [], false);
        if (one === other) return next(i + 1);
        const hit = one.values
          .map((value) => b.binary('eq', selector, b.constant(selector.kind, value)))
          .reduce((any, is) => b.binary('or', any, is));
        b.if(
          hit,
          () => this.#list(one.body, returns, [], false),
          () => next(i + 1),
        );
      };
      next(0);
      this.#breaks.pop();
    });
  }
}
