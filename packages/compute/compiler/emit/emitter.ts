/**
 * The function being emitted: its code, and where each value is kept. A value that is used once is
 * computed where it is used; others are computed once, into locals, and give these back after their
 * last use.
 */
import type { Demand } from '../analyse/demand.ts';
import { Schedule } from '../analyse/schedule.ts';
import type { Facts } from '../analyse/uniformity.ts';
import { type Label, type Memory, type Region, type Slot, type Value } from '../ir/ir.ts';
import { bitsOf } from '../ir/scalar-arithmetic.ts';
import { Code, type LocalType } from './code.ts';
import { Locals } from './locals.ts';
import { OP, SIMD } from './opcodes.ts';

/** (firstGroup, endGroup, table). */
const PARAMETERS = 3;
const TABLE = 2;

/** Writes the operation of a value, in one form, from its arguments. */
export interface Operations {
  scalar(e: Emitter, value: Value): void;
  vector(e: Emitter, value: Value): void;
  lane(e: Emitter, value: Value, lane: number): void;
  /** A load whose word goes to all lanes. */
  splatLoad(e: Emitter, value: Value & { op: 'load' }): void;
}

export type EmitOptions = {
  readonly relaxed: boolean;
  readonly loopBudget: number | undefined;
};

/** `label`: whose lanes the local holds, and goes on holding as they leave. */
export type Mask = { readonly local: number; readonly label: Label | null };

type Home = {
  scalar?: number;
  vector?: number;
  lanes?: readonly number[] | undefined;
  /** The loop around the place where it is computed. */
  loop: Region | null;
};

export class Emitter {
  readonly code = new Code();
  readonly locals = new Locals(PARAMETERS);
  readonly facts: Facts;
  readonly demand: Demand;
  readonly schedule: Schedule;
  readonly options: EmitOptions;
  readonly #operations: Operations;
  readonly #homes: (Home | undefined)[] = [];
  readonly #done: Uint32Array;
  readonly #slots = new Map<Slot, number>();
  readonly #slotLocals = new Map<Region, number[]>();
  readonly #constants = new Map<number, number>();
  readonly #bases = new Map<string, number>();
  /** Locals to give back at the end of each open region. */
  readonly #leases: number[][] = [];
  region: Region;
  /** The lanes that run; null where all do. */
  mask: Mask | null = null;

  constructor(
    facts: Facts,
    demand: Demand,
    setup: {
      body: Region;
      operations: Operations;
      options: EmitOptions;
    },
  ) {
    this.facts = facts;
    this.demand = demand;
    this.#done = new Uint32Array(demand.valueCount);
    this.schedule = new Schedule(setup.body, facts, demand);
    this.region = setup.body;
    this.#operations = setup.operations;
    this.options = setup.options;
  }

  /** The local of a parameter. */
  parameter(index: number): number {
    return index;
  }

  // ---- regions

  enter(region: Region): void {
    this.region = region;
    this.#leases.push([]);
  }

  leave(outer: Region | null): void {
    for (const local of this.#leases.pop()!) this.locals.give(local);
    for (const local of this.#slotLocals.get(this.region) ?? []) this.locals.give(local);
    if (outer) this.region = outer;
  }

  /** A local until the end of the current region. */
  lease(type: LocalType): number {
    const local = this.locals.take(type);
    this.#leases.at(-1)!.push(local);
    return local;
  }

  #slotsOf(home: Region): number[] {
    const known = this.#slotLocals.get(home);
    if (known) return known;
    const locals: number[] = [];
    this.#slotLocals.set(home, locals);
    return locals;
  }

  // ---- values

  /** Called where the value stands in its region. */
  define(value: Value): void {
    const { demand } = this;
    if (!demand.isLive(value)) return;
    if (!this.schedule.isInline(value)) this.#compute(value);
  }

  #compute(value: Value): void {
    const home: Home = { loop: this.demand.loopOf(this.region) };
    const { demand } = this;
    const { kind } = this.facts.shape(value);
    const [scalars, vectors, lanes] = [
      demand.count(value, 'scalar'),
      demand.count(value, 'vector'),
      demand.count(value, 'lanes'),
    ];
    if (kind === 'uniform' || kind === 'linear') {
      if (value.op === 'load' && scalars + lanes === 0) {
        this.#operations.splatLoad(this, value);
        home.vector = this.#keep('v128');
      } else {
        this.#operations.scalar(this, value);
        home.scalar = this.#keep(scalarType(value));
      }
    } else {
      if (lanes > 0 && kind === 'lanes') home.lanes = this.#computeLanes(value);
      if (vectors > 0 || kind === 'varying') {
        this.#operations.vector(this, value);
        home.vector = this.#keep('v128');
      }
      if (lanes > 0 && kind === 'varying') home.lanes = this.#extractLanes(home.vector!);
    }
    this.#homes[value.id] = home;
    if (home.scalar !== undefined && vectors > 1) {
      this.#splat(value, home.scalar);
      home.vector = this.#keep('v128');
    }
    if (demand.total(value) === 0) this.#release(value);
  }

  /** Takes the local over as that of a value. */
  adopt(value: Value, vector: number): void {
    const lanes = this.demand.count(value, 'lanes') > 0 ? this.#extractLanes(vector) : undefined;
    this.#homes[value.id] = { vector, lanes, loop: this.demand.loopOf(this.region) };
  }

  #keep(type: LocalType): number {
    const local = this.locals.take(type);
    this.code.set(local);
    return local;
  }

  #computeLanes(value: Value): number[] {
    const lanes = [0, 1, 2, 3].map((lane) => {
      this.#operations.lane(this, value, lane);
      return this.#keep('i32');
    });
    for (const arg of value.args) this.done(arg);
    return lanes;
  }

  #extractLanes(vector: number): number[] {
    return [0, 1, 2, 3].map((lane) => {
      this.code.get(vector);
      this.code.simd(SIMD.extractI32);
      this.code.op(lane);
      return this.#keep('i32');
    });
  }

  /** Pushes a value; of a linear one as a scalar the base. */
  push(value: Value, form: 'scalar' | 'vector'): void {
    if (value.op === 'constant') return this.#pushConstant(value, form);
    if (value.op === 'lane')
      return form === 'scalar' ? this.code.i32(0) : this.code.v128([0, 1, 2, 3]);
    if (value.op === 'parameter') {
      this.code.get(this.parameter(value.index));
      if (form === 'vector') this.code.simd(SIMD.splatI32);
      return;
    }
    const home = this.#homes[value.id];
    if (home) this.#pushHome(value, home, form);
    else this.#pushInline(value, form);
    this.done(value);
  }

  #pushHome(value: Value, home: Home, form: 'scalar' | 'vector'): void {
    const local = home[form];
    if (local !== undefined) this.code.get(local);
    else if (form === 'vector' && home.scalar !== undefined) this.#splat(value, home.scalar);
    else throw new Error(`value ${value.id} (${value.op}) has no ${form}`);
  }

  #pushInline(value: Value, form: 'scalar' | 'vector'): void {
    const { kind } = this.facts.shape(value);
    if (form === 'vector' && (kind === 'varying' || kind === 'lanes')) {
      return this.#operations.vector(this, value);
    }
    this.#operations.scalar(this, value);
    if (form === 'vector') this.#splatTop(value);
  }

  #splat(value: Value, scalar: number): void {
    this.code.get(scalar);
    this.#splatTop(value);
  }

  /** From the scalar on the stack to the vector: all lanes equal, or the base plus the strides. */
  #splatTop(value: Value): void {
    const { code } = this;
    const shape = this.facts.shape(value);
    if (value.kind === 'bool') this.#boolToMask();
    code.simd(value.kind === 'f32' ? SIMD.splatF32 : SIMD.splatI32);
    if (shape.kind !== 'linear') return;
    code.v128([0, 1, 2, 3].map((lane) => lane * shape.stride));
    code.simd(SIMD.add);
  }

  #boolToMask(): void {
    // 0 - x by multiplication: the operand is on the stack already.
    this.code.i32(-1);
    this.code.op(OP.i32Mul);
  }

  /** Pushes one lane's value of an address; call `done` after the last. */
  pushLane(value: Value, lane: number): void {
    const { code } = this;
    if (value.op === 'constant') return code.i32(value.value);
    if (value.op === 'lane') return code.i32(lane);
    const home = this.#homes[value.id];
    if (home?.lanes) return code.get(home.lanes[lane]!);
    const shape = this.facts.shape(value);
    if (home?.scalar !== undefined) code.get(home.scalar);
    else if (value.op === 'parameter') code.get(this.parameter(value.index));
    else throw new Error(`value ${value.id} (${value.op}) has no lanes`);
    if (shape.kind !== 'linear' || lane === 0) return;
    code.i32(lane * shape.stride);
    code.op(OP.i32Add);
  }

  /** Whether the value is in locals, and not computed where it is used. */
  isKept(value: Value): boolean {
    return this.#homes[value.id] !== undefined;
  }

  /** One use of the value is over. */
  done(value: Value): void {
    const home = this.#homes[value.id];
    if (!home) return;
    const count = ++this.#done[value.id]!;
    if (count === this.demand.total(value)) this.#release(value);
  }

  /** What a loop reads again is kept until the region that holds the loop ends. */
  #release(value: Value): void {
    const home = this.#homes[value.id]!;
    const locals = [home.scalar, home.vector, ...(home.lanes ?? [])].filter((x) => x !== undefined);
    const here = this.demand.loopOf(this.region) === home.loop;
    for (const local of locals) {
      if (here) this.locals.give(local);
      else this.#leases[0]!.push(local);
    }
  }

  #pushConstant(value: Value & { op: 'constant' }, form: 'scalar' | 'vector'): void {
    const bits = bitsOf(value.kind, value.value);
    if (form === 'vector') return this.code.get(this.constant(bits));
    if (value.kind === 'f32') this.code.f32(value.value);
    else this.code.i32(value.kind === 'bool' ? value.value : bits);
  }

  // ---- locals that live as long as the function

  /** A vector of four equal words. */
  constant(bits: number): number {
    let local = this.#constants.get(bits);
    if (local === undefined) {
      local = this.locals.fresh('v128');
      this.#constants.set(bits, local);
    }
    return local;
  }

  /** The address at which a memory begins. */
  base(memory: Memory): number {
    if (memory.kind === 'table') return TABLE;
    const key = memory.kind === 'binding' ? `${memory.index}` : 'scratch';
    let local = this.#bases.get(key);
    if (local === undefined) {
      local = this.locals.fresh('i32');
      this.#bases.set(key, local);
    }
    return local;
  }

  slot(slot: Slot): number {
    let local = this.#slots.get(slot);
    if (local === undefined) {
      const scalar: LocalType = slot.kind === 'f32' ? 'f32' : 'i32';
      // Fresh: a masked write keeps what other lanes wrote in an earlier round of a loop.
      local = this.locals.fresh(this.facts.isVaryingSlot(slot) ? 'v128' : scalar);
      this.#slots.set(slot, local);
      this.#slotsOf(slot.home).push(local);
    }
    return local;
  }

  /** What has to run before the body: constants and addresses into their locals. */
  prologue(): Code {
    const code = new Code();
    for (const [key, local] of this.#bases) {
      code.get(TABLE);
      code.op(OP.i32Load);
      code.memory(2, key === 'scratch' ? 12 : 16 + 8 * Number(key));
      code.set(local);
    }
    for (const [bits, local] of this.#constants) {
      code.v128([bits, bits, bits, bits]);
      code.set(local);
    }
    return code;
  }
}

export function scalarType(value: Value): LocalType {
  return value.kind === 'f32' ? 'f32' : 'i32';
}
