/**
 * Packing: a few rows or columns of a factor, copied side by side, [depth][8] (the rows leave some
 * unused), so that the inner loop of a product reads them one after the other. Patches of pictures are
 * taken apart here and nowhere else (no windows are ever written out).
 */
import {
  type Axis,
  type FactorLayout,
  PANEL,
  runsBy,
  runsByFour,
  strideOf,
} from './wasm-layout.ts';
import type { WasmWriter } from './wasm-module.ts';

const LOAD = 0;
const STORE = 11;
const LOAD_I32 = 0x28;
const STORE_I32 = 0x36;
const LOAD_F32 = 0x2a;
const STORE_F32 = 0x38;
const [LOAD_I64, STORE_I64] = [0x29, 0x37] as const; // two elements
const SHUFFLE = 13;

/** Addresses that packing keeps: of eight columns, or of pairs of 24 rows. */
export const BASES = 12;

/** Locals that packing may use: i32, but for the vectors. */
export type PackLocals = {
  readonly bases: number; // BASES of them
  readonly offset: number;
  readonly depth: number;
  readonly to: number;
  readonly counter: number;
  readonly vectors: number; // 8 of them
};

/** What is packed, in i32 locals. */
export type Panel = {
  /** Where the factor's batch starts, which row or column is first, where to write to. */
  readonly source: number;
  readonly first: number;
  readonly to: number;
  /** The first depth and how many. */
  readonly start: number;
  readonly count: number;
  /** Offsets of the depths, where they are no multiples of a stride. */
  readonly table: number;
};

export type PackOptions = {
  readonly width: number;
  /** Rows or columns of a panel: of several in `width`, the next lies so many `bytes` behind. */
  readonly lanes: number;
  readonly bytes: number;
  /** What is beyond `width` is written as 0, else left. */
  readonly zeros: boolean;
  /** What the first row or column is a multiple of. */
  readonly aligned: number;
};

/** Whether offsets of the depth must be looked up. */
export function needsTable({ depth }: FactorLayout): boolean {
  const stride = strideOf(depth);
  return stride === null || stride < 0;
}

/** Pushes the offset in bytes of an index, plus a number, along an axis; the index is a local. */
export function pushOffset(writer: WasmWriter, axis: Axis, index: number, plus = 0): void {
  const { code } = writer;
  if (axis.digits.length === 0) code.i32(0);
  axis.digits.forEach(({ divide, modulo, stride }, i) => {
    code.get(index);
    if (plus > 0) {
      code.i32(plus);
      code.op(0x6a);
    }
    if (divide > 1) {
      code.i32(divide);
      code.op(0x6e);
    }
    if (divide * modulo < axis.size) {
      code.i32(modulo);
      code.op(0x70);
    }
    code.i32(4 * stride);
    code.op(0x6c);
    if (i > 0) code.op(0x6a);
  });
}

/** Writes the offsets of `count` depths from `start` on to a table; all are locals. */
export function writeTable(
  writer: WasmWriter,
  axis: Axis,
  o: { start: number; count: number; table: number; index: number; to: number },
): void {
  const { code } = writer;
  code.get(o.start);
  code.set(o.index);
  code.get(o.table);
  code.set(o.to);
  const isBeforeEnd = () => {
    code.get(o.index);
    code.get(o.start);
    code.get(o.count);
    code.op(0x6a, 0x49);
  };
  writer.while(isBeforeEnd, () => {
    code.get(o.to);
    pushOffset(writer, axis, o.index);
    writer.load(STORE_I32, 0);
    writer.increase(o.to, 4);
    writer.increase(o.index, 1);
  });
}

/** Writes the code that packs some rows or columns of a factor. */
export class Packer {
  readonly #writer: WasmWriter;
  readonly #layout: FactorLayout;
  readonly #locals: PackLocals;
  /** Null where offsets are looked up. */
  readonly #depthStride: number | null;
  readonly #acrossStride: number | null;

  constructor(writer: WasmWriter, layout: FactorLayout, locals: PackLocals) {
    this.#writer = writer;
    this.#layout = layout;
    this.#locals = locals;
    this.#depthStride = needsTable(layout) ? null : strideOf(layout.depth);
    const stride = strideOf(layout.across);
    this.#acrossStride = stride !== null && stride >= 0 ? stride : null;
  }

  /** How many rows or columns are neighbours in memory, from every multiple of so many on. */
  runOf(aligned: number): 1 | 2 | 4 {
    if (this.#acrossStride === 1) return 4;
    const { across } = this.#layout;
    return ([4, 2] as const).find((run) => aligned % run === 0 && runsBy(across, run)) ?? 1;
  }

  pack(panel: Panel, o: PackOptions): void {
    const { code } = this.#writer;
    const { to, offset, counter } = this.#locals;
    const stride = this.#depthStride;
    const run = this.runOf(o.aligned);
    const transposes = run === 1 && runsByFour(this.#layout.depth);
    this.#writeBases(panel, { width: o.width, run });
    code.get(panel.to);
    code.set(to);
    if (stride === null) code.get(panel.table);
    else {
      code.get(panel.start);
      code.i32(4 * stride);
      code.op(0x6c);
    }
    code.set(offset);
    const turn = (steps: number) => () => {
      if (transposes && steps === 4) this.#transpose(o);
      else for (let u = 0; u < steps; u++) this.#copy(u, { ...o, run });
      this.#writer.increase(offset, 4 * steps * (stride ?? 1));
      this.#writer.increase(to, 4 * PANEL * steps);
    };
    code.get(panel.count);
    code.i32(2);
    code.op(0x76);
    code.set(counter);
    this.#writer.countDown(counter, turn(4));
    code.get(panel.count);
    code.i32(3);
    code.op(0x71);
    code.set(counter);
    this.#writer.countDown(counter, turn(1));
  }

  /** Addresses of rows or columns at depth 0: of the first, or of each run's first. */
  #writeBases(panel: Panel, o: { width: number; run: number }): void {
    const { code } = this.#writer;
    const apart = this.#acrossStride !== null ? o.width : o.run;
    for (let i = 0; i < o.width; i += apart) {
      code.get(panel.source);
      pushOffset(this.#writer, this.#layout.across, panel.first, i);
      code.op(0x6a);
      code.set(this.#locals.bases + i / apart);
    }
  }

  /** Pushes the address of a row or column, but for the returned constant. */
  #address(i: number, o: { u: number; run: number }): number {
    const { code } = this.#writer;
    const { bases, offset, depth } = this.#locals;
    const lane = this.#acrossStride !== null ? i : i % o.run;
    code.get(bases + (i - lane) / o.run);
    code.get(this.#depthStride === null ? depth : offset);
    code.op(0x6a);
    return 4 * (lane * (this.#acrossStride ?? 1) + o.u * (this.#depthStride ?? 0));
  }

  #lookUp(u: number): void {
    if (this.#depthStride !== null) return;
    this.#writer.code.get(this.#locals.offset);
    this.#writer.load(LOAD_I32, 4 * u);
    this.#writer.code.set(this.#locals.depth);
  }

  /** One step of depth, four or two at a time where they are side by side. */
  #copy(u: number, o: PackOptions & { run: number }): void {
    const { to } = this.#locals;
    this.#lookUp(u);
    for (let first = 0; first < o.width; first += o.lanes) {
      const width = Math.min(o.lanes, o.width - first);
      const place = (first / o.lanes) * o.bytes + 4 * PANEL * u;
      for (let i = 0; i < (o.zeros ? PANEL : width);) {
        const count = [4, 2].find((one) => one <= o.run && i + one <= width) ?? 1;
        this.#writer.code.get(to);
        if (i < width) this.#load(count, this.#address(first + i, { u, run: o.run }));
        else this.#writer.code.f32(0);
        this.#store(count, place + 4 * i);
        i += count;
      }
    }
  }

  #load(count: number, offset: number): void {
    if (count === 4) this.#writer.simdMemory(LOAD, offset);
    else this.#writer.load(count === 2 ? LOAD_I64 : LOAD_F32, offset);
  }

  #store(count: number, offset: number): void {
    if (count === 4) this.#writer.simdMemory(STORE, offset);
    else this.#writer.load(count === 2 ? STORE_I64 : STORE_F32, offset);
  }

  /** Four steps of depth, that are side by side in memory, of four rows or columns, twice. */
  #transpose(o: { width: number; zeros: boolean }): void {
    const { code } = this.#writer;
    const { to, vectors } = this.#locals;
    this.#lookUp(0);
    for (let j = 0; j < PANEL; j += 4) {
      if (j >= o.width && !o.zeros) continue;
      for (let i = 0; i < 4; i++) {
        if (j + i < o.width) {
          const constant = this.#address(j + i, { u: 0, run: 1 });
          this.#writer.simdMemory(LOAD, constant);
        } else code.v128([0, 0, 0, 0]);
        code.set(vectors + i);
      }
      for (const [i, [a, b, words]] of HALVES.entries()) {
        this.#shuffle(vectors + a, vectors + b, words);
        code.set(vectors + 4 + i);
      }
      for (const [u, [a, b, words]] of WHOLES.entries()) {
        code.get(to);
        this.#shuffle(vectors + a, vectors + b, words);
        this.#writer.simdMemory(STORE, 4 * (u * PANEL + j));
      }
    }
  }

  /** Words 0 to 3 are those of the first vector, 4 to 7 those of the second. */
  #shuffle(a: number, b: number, words: readonly number[]): void {
    const { code } = this.#writer;
    code.get(a);
    code.get(b);
    code.simd(SHUFFLE);
    for (const word of words) for (let byte = 0; byte < 4; byte++) code.op(4 * word + byte);
  }
}

type Shuffles = readonly (readonly [a: number, b: number, words: readonly number[]])[];

/** Four vectors of four, transposed in two rounds. */
const HALVES: Shuffles = [
  [0, 1, [0, 4, 1, 5]],
  [0, 1, [2, 6, 3, 7]],
  [2, 3, [0, 4, 1, 5]],
  [2, 3, [2, 6, 3, 7]],
];
const WHOLES: Shuffles = [
  [4, 6, [0, 1, 4, 5]],
  [4, 6, [2, 3, 6, 7]],
  [5, 7, [0, 1, 4, 5]],
  [5, 7, [2, 3, 6, 7]],
];
