/**
 * What lives longer than one phase of a workgroup: names that have memory for every invocation, or
 * are computed again in each phase, or are the same for all invocations.
 */
import { childrenOf } from '../check/children.ts';
import type { EntryPoint, Typed, Variable } from '../check/typed.ts';
import type { Memory, Value } from '../ir/ir.ts';
import { bytesOf } from '../layout.ts';
import type { Type } from '../types.ts';
import { lowerExpression, lowerScalar, pointerOf } from './expression.ts';
import { type Ids, LANES, bindInputs, countUp, forEachVector } from './invocations.ts';
import type { Lowering } from './lowering.ts';
import { type MemoryPlace, type SlotTree, load, store, zero } from './place.ts';

/** Memory for one value of each invocation of a workgroup. */
export type Storage = { readonly type: Type; readonly memory: Memory };

/** What phases begin with: names that an earlier one gave a meaning. */
export type Kept =
  | { readonly kind: 'variable' | 'stored'; readonly id: number; readonly storage: Storage }
  | { readonly kind: 'again' | 'pointer'; readonly id: number; readonly init: Typed }
  /** The same for all invocations. */
  | { readonly kind: 'shared'; readonly id: number; readonly type: Type; readonly slots: SlotTree };

export type Workgroup = {
  readonly entry: EntryPoint;
  /** Its workgroup_id. */
  readonly group: readonly Value[];
  readonly used: ReadonlySet<Variable>;
};

/** Bytes that one variable may have in all invocations of a workgroup together: a quarter MiB. */
const KEPT_BYTES_MAX = 262_144;

export class Names {
  readonly #l: Lowering;
  readonly #workgroup: Workgroup;
  #kept: Kept[] = [];
  /** Lets and variables that are the same for all invocations. */
  readonly #shared = new Set<number>();
  /** Lets that any phase may compute again. */
  readonly #again = new Set<number>();
  /** Ids of lets of its own: those of the text count up from 0. */
  #lastId = 0;

  constructor(l: Lowering, workgroup: Workgroup) {
    this.#l = l;
    this.#workgroup = workgroup;
    const { entry } = workgroup;
    entry.function.parameters.forEach((parameter, i) => {
      this.#again.add(parameter.id);
      const input = entry.inputs[i];
      if (input === 'workgroup_id' || input === 'num_workgroups') this.#shared.add(parameter.id);
    });
  }

  freshId(): number {
    return --this.#lastId;
  }

  /** Forgets the names that were kept since `write` began. */
  scope(write: () => void): void {
    const outer = this.#kept;
    this.#kept = [...outer];
    write();
    this.#kept = outer;
  }

  keep(...kept: readonly Kept[]): void {
    this.#kept.push(...kept);
  }

  markAgain(id: number): void {
    this.#again.add(id);
  }

  markShared(id: number): void {
    this.#shared.add(id);
  }

  isMarkedShared(id: number): boolean {
    return this.#shared.has(id);
  }

  /** Variables of the module: shared ones zeroed, private ones with their first values. */
  declareModule(): void {
    const l = this.#l;
    const privates: Variable[] = [];
    for (const variable of this.#workgroup.used) {
      if (variable.space === 'workgroup') this.#declareShared(variable);
      if (variable.space === 'private') privates.push(variable);
    }
    for (const { id, type } of privates) {
      this.keep({ kind: 'variable', id, storage: this.storage(type) });
    }
    if (privates.length === 0) return;
    this.phase(() => {
      for (const { id, init, type } of privates) {
        const value = init ? lowerExpression(l, init) : zero(l, type);
        store(l, l.variables.get(id)!, value);
      }
    });
  }

  /** A workgroup's own memory begins as zeros. */
  #declareShared({ id, type }: Variable): void {
    const l = this.#l;
    const bytes = bytesOf(type);
    const memory: Memory = {
      kind: 'workgroup',
      offset: l.reserve(bytes),
      home: null,
      writable: true,
    };
    countUp(l, bytes, 4 * LANES, (at) => {
      l.b.store(memory, l.b.binary('add', at, l.laneAddress), 0, l.b.u32(0));
    });
    l.b.forget(memory);
    l.variables.set(id, {
      kind: 'memory',
      type,
      memory,
      address: l.b.u32(0),
      offset: 0,
      scale: 1,
      last: null,
      interleaved: false,
    });
  }

  storage(type: Type): Storage {
    const l = this.#l;
    const [x, y, z] = this.#workgroup.entry.workgroupSize;
    const bytes = 4 * bytesOf(type) * Math.ceil(x / LANES) * y * z;
    if (bytes > KEPT_BYTES_MAX) {
      const cure = `at most ${KEPT_BYTES_MAX} bytes of all invocations may live across a barrier`;
      throw l.outside(this.#workgroup.entry.function.at, `a value of ${bytes} bytes`, cure);
    }
    const offset = l.reserve(bytes);
    return { type, memory: { kind: 'private', offset, home: null, writable: true } };
  }

  placeOf({ type, memory }: Storage, [first, y, z]: readonly Value[]): MemoryPlace {
    const b = this.#l.b;
    const [sizeX, sizeY] = this.#workgroup.entry.workgroupSize;
    const rows = b.binary('add', y!, b.binary('mul', z!, b.u32(sizeY)));
    const vectors = b.binary('mul', rows, b.u32(Math.ceil(sizeX / LANES)));
    const vector = b.binary('add', vectors, b.binary('shr', first!, b.u32(2)));
    const start = b.binary('mul', vector, b.u32(4 * bytesOf(type)));
    return {
      kind: 'memory',
      type,
      memory,
      address: b.binary('add', start, this.#l.laneAddress),
      offset: 0,
      scale: 4,
      last: null,
      interleaved: false,
    };
  }

  /** Gives every name that is known its meaning for the vector at hand. */
  #bind(local: readonly Value[]): void {
    const l = this.#l;
    const ids: Ids = { group: this.#workgroup.group, local };
    bindInputs(l, this.#workgroup.entry, ids);
    for (const kept of this.#kept) this.#bindOne(kept, local);
  }

  #bindOne(kept: Kept, local: readonly Value[]): void {
    const l = this.#l;
    switch (kept.kind) {
      case 'variable':
        l.variables.set(kept.id, this.placeOf(kept.storage, local));
        return;
      case 'stored':
        l.lets.set(kept.id, load(l, this.placeOf(kept.storage, local)));
        return;
      case 'again':
        l.lets.set(kept.id, lowerExpression(l, kept.init));
        return;
      case 'pointer':
        l.pointers.set(kept.id, pointerOf(l, kept.init));
        return;
      case 'shared': {
        const { slots, type } = kept;
        l.lets.set(kept.id, load(l, { kind: 'slots', type, slots, root: -1 }));
        return;
      }
      default:
        throw new Error(`unreachable: ${String(kept satisfies never)}`);
    }
  }

  /** Runs `write` for all invocations; whatever memory they share may have changed after it. */
  phase(write: (local: readonly Value[]) => void): void {
    const l = this.#l;
    l.scope(() =>
      forEachVector(l, this.#workgroup.entry, (local) => {
        this.#bind(local);
        write(local);
      }),
    );
    for (const variable of this.#workgroup.used) {
      const place = l.variables.get(variable.id);
      if (place?.kind === 'memory' && place.memory.writable) l.b.forget(place.memory);
    }
  }

  /** Lowers nothing but what is the same for all invocations. */
  bindOutside(): void {
    const nowhere = this.#l.b.u32(0);
    this.#bind([nowhere, nowhere, nowhere]);
  }

  /** The value that all invocations agree on: where that is not plain, the first one's. */
  uniform(e: Typed): Value {
    const l = this.#l;
    const b = l.b;
    const zeroIndex = b.u32(0);
    if (this.isShared(e)) {
      this.bindOutside();
      return lowerScalar(l, e);
    }
    const memory: Memory = { kind: 'workgroup', offset: l.reserve(16), home: null, writable: true };
    let kind = 'u32' as Value['kind'];
    l.scope(() => {
      this.bindOutside();
      b.if(b.binary('eq', b.lane, zeroIndex), () => {
        const value = lowerScalar(l, e);
        kind = value.kind;
        b.store(memory, zeroIndex, 0, kind === 'bool' ? b.convert('u32', value) : value);
      });
    });
    b.forget(memory);
    if (kind === 'bool') return b.convert('bool', b.load(memory, 'u32', zeroIndex, 0));
    return b.load(memory, kind, zeroIndex, 0);
  }

  /** Whether the expression has one value in all invocations, plainly. */
  isShared(e: Typed): boolean {
    if (e.kind === 'let') return this.#shared.has(e.let.id);
    if (e.kind === 'variable') {
      const { space, access, id } = e.variable;
      return space === 'uniform' || access === 'read' || this.#shared.has(id);
    }
    if (e.kind === 'address') return this.#isSharedPlace(e.place);
    return isPlain(e) && childrenOf(e).every((part) => this.isShared(part));
  }

  #isSharedPlace(e: Typed): boolean {
    if (e.kind === 'variable') return e.variable.space === 'workgroup' || this.isShared(e);
    if (e.kind === 'index') return this.#isSharedPlace(e.base) && this.isShared(e.index);
    return e.kind === 'field' && this.#isSharedPlace(e.base);
  }

  /** Whether the expression may be computed again in any later phase, with the same result. */
  isAgain(e: Typed): boolean {
    if (e.kind === 'let') return this.#again.has(e.let.id);
    if (e.kind === 'variable') {
      const { space, access, id } = e.variable;
      return (
        space === 'uniform' || (space === 'storage' && access === 'read') || this.#shared.has(id)
      );
    }
    return isPlain(e) && childrenOf(e).every((part) => this.isAgain(part));
  }
}

/** Expressions that do nothing but compute from their operands. */
function isPlain(e: Typed): boolean {
  if (e.kind === 'builtin') return !/^atomic|UniformLoad$/.test(e.name);
  return e.kind !== 'call' && e.kind !== 'dereference' && e.kind !== 'address';
}
