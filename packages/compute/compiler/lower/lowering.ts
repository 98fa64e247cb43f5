/** What the parts of the lowering share: one per attempt at an entry point. */
import type { Label, Memory, Value } from '../ir/ir.ts';
import { Builder } from '../ir/builder.ts';
import type { Source } from '../parse/source.ts';
import type { Typed, TypedStatement, Variable } from '../check/typed.ts';
import { bytesOf, roundUp } from '../layout.ts';
import { type Type, scalarCount } from '../types.ts';
import type { Lowered } from './parts.ts';
import type { MemoryPlace, Place, SlotTree } from './place.ts';

/** Variables of more scalars than this live in memory: locals would only be spilled. */
const SLOTS_MAX = 16;

/** Of all entry points of a text, once calls are inlined and loops written out. */
const OPERATIONS_MAX = 80_000;
/** Likewise, with attempts that were given up (`Lowering.isVoid`). */
const ATTEMPTED_MAX = 200_000;
/** Likewise; the check counts those of one function, and none twice that a loop writes out. */
const CALLS_MAX = 50_000;
/** Of four invocations, or a workgroup; each thread holds that much. */
const SCRATCH_BYTES_MAX = 2 ** 22;

/** What the entry points of one text have taken so far. */
export class Spent {
  operations = 0;
  attempted = 0;
  calls = 0;
}

export type Options = {
  readonly slotsMax: number;
  readonly unrollMax: number;
  /** Entry points of at most this size are written twice (lower-entry.ts). */
  readonly twiceMax: number;
};
export const DEFAULTS: Options = { slotsMax: SLOTS_MAX, unrollMax: 1000, twiceMax: 500 };

/** The parts of the lowering that call each other in circles. */
export type Passes = {
  expression(l: Lowering, e: Typed): Lowered;
  /** The place that a pointer points to. */
  pointer(l: Lowering, e: Typed): Place;
  statements(l: Lowering, statements: readonly TypedStatement[]): void;
  /** As `statements`, where nothing of the function follows. */
  tail(l: Lowering, statements: readonly TypedStatement[]): void;
};

/** Where a `return` of the function being inlined goes. */
export type ReturnTarget = {
  readonly slots: SlotTree | null;
  /** Absent where every return is the last thing that runs. */
  readonly label: Label | null;
  value: Lowered | undefined;
};

export class Lowering {
  readonly b = new Builder();
  readonly lets = new Map<number, Lowered>();
  readonly pointers = new Map<number, Place>();
  readonly variables = new Map<number, Place>();
  readonly breaks: Label[] = [];
  readonly continues: Label[] = [];
  returns: ReturnTarget | null = null;
  /** True while the place of an assignment is sought. */
  isTarget = false;
  /** Four times the lane: where a private variable of an invocation begins. */
  readonly laneAddress: Value;
  readonly passes: Passes;
  readonly options: Options;
  readonly #inMemory: Set<number>;
  /** Set where a variable turned out to need memory: this attempt is void. */
  isVoid = false;
  #top = 0;
  #topMax = 0;

  readonly #source: Source;
  readonly #spent: Spent;

  constructor(
    inMemory: Set<number>,
    passes: Passes,
    { options, source, spent }: { options: Options; source: Source; spent: Spent },
  ) {
    this.#inMemory = inMemory;
    this.passes = passes;
    this.options = options;
    this.#source = source;
    this.#spent = spent;
    this.laneAddress = this.b.binary('mul', this.b.lane, this.b.u32(4));
  }

  get scratchBytes(): number {
    return this.#topMax;
  }

  livesInMemory(variable: Variable): boolean {
    return this.#inMemory.has(variable.id) || scalarCount(variable.type) > this.options.slotsMax;
  }

  moveToMemory(variable: number): void {
    this.#inMemory.add(variable);
    this.isVoid = true;
  }

  /** Memory for a value of each of four invocations, until the enclosing `scope` ends. */
  allocate(type: Type): MemoryPlace {
    const memory: Memory = {
      kind: 'private',
      offset: this.reserve(4 * bytesOf(type)),
      home: this.b.region,
      writable: true,
    };
    const place = { type, memory, address: this.laneAddress, offset: 0 } as const;
    return { ...place, kind: 'memory', scale: 4, last: null, interleaved: false };
  }

  reserve(bytes: number): number {
    const offset = this.#top;
    this.#top = roundUp(offset + bytes, 16);
    this.#topMax = Math.max(this.#topMax, this.#top);
    return offset;
  }

  /** Gives back what was allocated inside. */
  scope<T>(write: () => T): T {
    const top = this.#top;
    const result = write();
    this.#top = top;
    return result;
  }

  /** Text that grows without end when it is inlined or written out is refused. */
  checkSize(at: number): void {
    const { written } = this.b;
    const { operations, attempted } = this.#spent;
    const isTooLong = operations + written > OPERATIONS_MAX || attempted + written > ATTEMPTED_MAX;
    if (isTooLong) {
      const cure =
        'with calls inlined and composites taken apart the entry points are too large: call less, ' +
        'or in a loop, and keep large arrays in buffers';
      throw this.outside(at, `more than ${OPERATIONS_MAX} operations`, cure);
    }
    if (this.#topMax <= SCRATCH_BYTES_MAX) return;
    const cure = 'keep large arrays in storage buffers';
    throw this.outside(at, `variables of more than ${SCRATCH_BYTES_MAX / 4} bytes in all`, cure);
  }

  countCall(at: number, name: string): void {
    this.#spent.calls++;
    if (this.#spent.calls <= CALLS_MAX) return;
    const cure = `calls are inlined, which takes '${name}' in too often: call it less, or in a loop`;
    throw this.outside(at, `more than ${CALLS_MAX} calls`, cure);
  }

  lineOf(at: number): number {
    return this.#source.position(at).line;
  }

  /** The error of what the subset lacks. */
  outside(at: number, construct: string, cure: string): Error {
    return this.#source.error(at, construct, cure);
  }
}
