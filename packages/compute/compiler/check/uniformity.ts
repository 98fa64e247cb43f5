/**
 * Barriers are met by all invocations of a workgroup or by none (WGSL 15.2). What differs between
 * invocations is followed through lets, variables, calls and control flow; a barrier behind a
 * condition of that kind is an error, as it is on WebGPU.
 */
import { childrenOf, expressionsOf, statementsOf } from './children.ts';
import type { Source } from '../parse/source.ts';
import type { Calls } from './call-order.ts';
import type { EntryPoint, Typed, TypedFunction, TypedStatement, Variable } from './typed.ts';

const BARRIERS: ReadonlySet<string> = new Set([
  'workgroupBarrier',
  'storageBarrier',
  'workgroupUniformLoad',
]);

/** Rounds until no variable is newly found to differ: each finds at least one. */
const ROUNDS_MAX = 1000;
/** Statements looked at for one entry point, calls counted through: then it is let be. */
const STATEMENTS_MAX = 200_000;
/** Calls within calls, likewise. */
const DEPTH_MAX = 100;

export type Checked = {
  readonly entries: readonly EntryPoint[];
  /** Those that are called before those that call them. */
  readonly ordered: Iterable<TypedFunction>;
  readonly calls: Calls;
};

/** What a function does, itself or through calls. */
type Traits = {
  readonly waits: boolean;
  /** Reads what other invocations, or earlier calls, may have written. */
  readonly readsState: boolean;
};

/** Throws WgslError. */
export function refuseDivergentBarriers(source: Source, checked: Checked): void {
  const traits = new Map<TypedFunction, Traits>();
  for (const f of checked.ordered) {
    const callees = [...(checked.calls.get(f)?.keys() ?? [])].map((one) => traits.get(one)!);
    const own = traitsOf(f.body);
    traits.set(f, {
      waits: own.waits || callees.some((one) => one.waits),
      readsState: own.readsState || callees.some((one) => one.readsState),
    });
  }
  for (const entry of checked.entries) {
    if (traits.get(entry.function)!.waits) new Walk(source, traits).entry(entry);
  }
}

function traitsOf(body: readonly TypedStatement[]): Traits {
  const traits = { waits: false, readsState: false };
  for (const statement of body) lookIn(statement, traits);
  return traits;
}

function lookIn(s: TypedStatement, traits: { waits: boolean; readsState: boolean }): void {
  const visit = (e: Typed): void => {
    if (e.kind === 'builtin' && BARRIERS.has(e.name)) traits.waits = true;
    if (e.kind === 'builtin' && e.name.startsWith('atomic')) traits.readsState = true;
    if (e.kind === 'variable' && isState(e.variable)) traits.readsState = true;
    childrenOf(e).forEach(visit);
  };
  expressionsOf(s).forEach(visit);
  for (const inner of statementsOf(s)) lookIn(inner, traits);
}

function isState({ space, access }: Variable): boolean {
  return space === 'workgroup' || space === 'private' || (space === 'storage' && access !== 'read');
}

/** Where control flow parted, as offsets of the conditions; null where all are together. */
type Flow = {
  /** Around the statement. */
  outer: number | null;
  /** Some have left the loop or the switch, */
  left: number | null;
  /** ... gone on to the loop's next round, */
  skipped: number | null;
  /** ... or returned. */
  returned: number | null;
};

function partedAt(flow: Flow): number | null {
  return flow.outer ?? flow.left ?? flow.skipped ?? flow.returned;
}

class Walk {
  readonly #source: Source;
  readonly #traits: ReadonlyMap<TypedFunction, Traits>;
  /** Ids of variables and lets whose values differ. */
  readonly #differing = new Set<number>();
  /** What pointers point to. */
  readonly #targets = new Map<number, Set<number>>();
  #changed = false;
  #statementCount = 0;
  #depth = 0;

  constructor(source: Source, traits: ReadonlyMap<TypedFunction, Traits>) {
    this.#source = source;
    this.#traits = traits;
  }

  entry(entry: EntryPoint): void {
    entry.function.parameters.forEach((parameter, i) => {
      const input = entry.inputs[i]!;
      const shared = input === 'workgroup_id' || input === 'num_workgroups';
      if (!shared) this.#differing.add(parameter.id);
    });
    for (let round = 0; round < ROUNDS_MAX; round++) {
      this.#changed = false;
      this.#body(entry.function, null);
      if (!this.#changed) return;
    }
  }

  #mark(id: number): void {
    if (this.#differing.has(id)) return;
    this.#differing.add(id);
    this.#changed = true;
    for (const target of this.#targets.get(id) ?? []) this.#mark(target);
  }

  #point(pointer: number, place: Typed): void {
    const target = rootOf(place);
    if (target === undefined) return;
    const known = this.#targets.get(pointer) ?? new Set();
    if (known.has(target)) return;
    this.#targets.set(pointer, known.add(target));
    this.#changed = true;
    if (this.#differing.has(pointer)) this.#mark(target);
  }

  /** Whether the function's result differs. */
  #body(f: TypedFunction, outer: number | null): boolean {
    const flow: Flow = { outer, left: null, skipped: null, returned: null };
    const result = { differs: false };
    this.#statements(f.body, flow, result);
    return result.differs;
  }

  #statements(body: readonly TypedStatement[], flow: Flow, result: { differs: boolean }): void {
    for (const statement of body) this.#statement(statement, flow, result);
  }

  #statement(s: TypedStatement, flow: Flow, result: { differs: boolean }): void {
    if (this.#statementCount++ > STATEMENTS_MAX) return;
    const parted = partedAt(flow);
    switch (s.kind) {
      case 'var':
        if (s.init && this.#differs(s.init, parted)) this.#mark(s.variable.id);
        return;
      case 'let':
        if (s.let.type.kind === 'pointer') this.#point(s.let.id, s.init);
        if (this.#differs(s.init, parted)) this.#mark(s.let.id);
        return;
      case 'block':
        return this.#statements(s.body, flow, result);
      case 'assign':
        return this.#assign(s, parted);
      case 'if':
        return this.#branches(s.condition, [s.then, s.else], flow, result);
      case 'loop':
        return this.#loop(s, flow, result);
      case 'switch': {
        const left = flow.left;
        const bodies = s.cases.map((one) => one.body);
        this.#branches(s.selector, bodies, flow, result);
        flow.left = left;
        return;
      }
      case 'break':
        flow.left ??= parted;
        return;
      case 'continue':
        flow.skipped ??= parted;
        return;
      case 'return':
        flow.returned ??= parted;
        if (s.value && (this.#differs(s.value, parted) || parted !== null)) result.differs = true;
        return;
      case 'call':
        this.#differs(s.call, parted);
        return;
      default:
        throw new Error(`unreachable: ${String(s satisfies never)}`);
    }
  }

  #assign(s: TypedStatement & { kind: 'assign' }, parted: number | null): void {
    const differs = this.#differs(s.value, parted) || parted !== null;
    if (!s.target) return;
    // A place chosen by what differs makes the whole variable differ.
    const chosen = indexesOf(s.target).some((index) => this.#differs(index, parted));
    const id = rootOf(s.target);
    if (id !== undefined && (differs || chosen)) this.#mark(id);
  }

  #branches(
    condition: Typed,
    bodies: readonly (readonly TypedStatement[])[],
    flow: Flow,
    result: { differs: boolean },
  ): void {
    const outer = flow.outer;
    const parted = outer ?? flow.left ?? flow.returned;
    if (this.#differs(condition, parted)) flow.outer ??= condition.at;
    for (const body of bodies) this.#statements(body, flow, result);
    flow.outer = outer;
  }

  /** Twice: who leaves at the end of a round is missing at the start of the next. */
  #loop(s: TypedStatement & { kind: 'loop' }, flow: Flow, result: { differs: boolean }): void {
    if (s.init) this.#statement(s.init, flow, result);
    const { outer, left, skipped } = flow;
    for (let round = 0; round < 2; round++) {
      for (const condition of [s.condition, s.breakIf]) {
        const parted = partedAt(flow);
        if (condition && this.#differs(condition, parted)) flow.outer ??= condition.at;
      }
      flow.outer ??= flow.left ?? flow.skipped;
      this.#statements(s.body, flow, result);
      this.#statements(s.continuing, flow, result);
    }
    flow.outer = outer;
    flow.left = left;
    flow.skipped = skipped;
  }

  /** Whether the value may differ between invocations; looks for barriers on the way. */
  #differs(e: Typed, parted: number | null): boolean {
    switch (e.kind) {
      case 'constant':
        return false;
      case 'let': {
        const targets = [...(this.#targets.get(e.let.id) ?? [])];
        return this.#differing.has(e.let.id) || targets.some((id) => this.#differing.has(id));
      }
      case 'variable': {
        const { space, access, id } = e.variable;
        const written = space === 'storage' && access === 'read_write';
        return written || space === 'workgroup' || this.#differing.has(id);
      }
      case 'call':
        return this.#call(e, parted);
      case 'builtin':
        return this.#builtin(e, parted);
      default:
        return childrenOf(e)
          .map((child) => this.#differs(child, parted))
          .includes(true);
    }
  }

  #builtin(e: Typed & { kind: 'builtin' }, parted: number | null): boolean {
    if (BARRIERS.has(e.name) && parted !== null) {
      const { line } = this.#source.position(parted);
      const cure =
        'all invocations of a workgroup meet a barrier, or none does: ' +
        `move it out of what the condition in line ${line} decides`;
      throw this.#source.error(e.at, `${e.name}()`, cure);
    }
    const args = e.args.map((arg) => this.#differs(arg, parted)).includes(true);
    if (e.name === 'workgroupUniformLoad' || e.name === 'arrayLength') return false;
    return args || e.name.startsWith('atomic');
  }

  #call(e: Typed & { kind: 'call' }, parted: number | null): boolean {
    const { function: f, args } = e;
    const differ = args.map((arg) => this.#differs(arg, parted));
    const { waits, readsState } = this.#traits.get(f)!;
    f.parameters.forEach(({ id, type }, i) => {
      if (type.kind === 'pointer') this.#point(id, args[i]!);
      if (differ[i]) this.#mark(id);
    });
    if (waits && this.#depth < DEPTH_MAX) {
      this.#depth++;
      const result = this.#body(f, parted);
      this.#depth--;
      return result;
    }
    const any = differ.includes(true) || readsState || parted !== null;
    // It may write through any pointer what it computes from the others.
    if (any) for (const { id, type } of f.parameters) if (type.kind === 'pointer') this.#mark(id);
    return any;
  }
}

/** The variable or pointer behind a place. */
function rootOf(e: Typed): number | undefined {
  switch (e.kind) {
    case 'variable':
      return e.variable.id;
    case 'let':
      return e.let.id;
    case 'index':
    case 'field':
    case 'swizzle':
      return rootOf(e.base);
    case 'dereference':
      return rootOf(e.pointer);
    case 'address':
      return rootOf(e.place);
    default:
      return undefined;
  }
}

function indexesOf(e: Typed): Typed[] {
  if (e.kind === 'index') return [e.index, ...indexesOf(e.base)];
  if (e.kind === 'field' || e.kind === 'swizzle') return indexesOf(e.base);
  return e.kind === 'dereference' ? indexesOf(e.pointer) : [];
}
