/**
 * The inner loop of a product: a few rows times eight columns, whose totals stay in registers. V8 on
 * x64 has 15 vector registers: 6 x 8 totals with a fused multiply-add fill them exactly, 5 x 8 with a
 * multiplication and an addition; larger tiles spill and fall to half the speed.
 */
import type { Epilogue } from './epilogue.ts';
import { type Constants, ExpressionWriter } from './wasm-epilogue.ts';
import type { WasmWriter } from './wasm-module.ts';
import { PANEL } from './wasm-layout.ts';

const UNROLL = 8;

const SPLAT_LOAD = 9;
const SCALAR_LOAD = 0x2a;
const SCALAR_STORE = 0x38;
const [ADD, MULTIPLY, LOAD, STORE, RELAXED_MADD] = [0xe4, 0xe6, 0, 11, 0x105] as const;

export type TileLocals = {
  /** i32: this tile's rows of the first factor, the packed columns, and both as they are read. */
  readonly rows: number;
  readonly columns: number;
  readonly rowAt: number;
  readonly columnAt: number;
  readonly depthCount: number;
  readonly counter: number;
  readonly result: number;
  readonly operands: number; // pointers of the epilogue's operands, one after the other
  /** Vectors: two per row, then two columns and a splat. */
  readonly totals: number;
};

export type TileOptions = {
  readonly relaxed: boolean;
  /** Elements from row to row and from depth to depth of the first factor. */
  readonly rowStride: number;
  readonly depthStride: number;
  readonly resultStride: number; // elements from row to row of the result
  readonly epilogue?: Epilogue | undefined;
  readonly constants: Constants;
};

export class TileWriter {
  readonly #writer: WasmWriter;
  readonly #locals: TileLocals;
  readonly #options: TileOptions;

  constructor(writer: WasmWriter, locals: TileLocals, options: TileOptions) {
    this.#writer = writer;
    this.#locals = locals;
    this.#options = options;
  }

  /** Totals of the products over this block of depth. */
  multiply(rowCount: number): void {
    const { code } = this.#writer;
    const { rows, columns, rowAt, columnAt, depthCount, counter, totals } = this.#locals;
    for (let i = 0; i < 2 * rowCount; i++) {
      code.v128([0, 0, 0, 0]);
      code.set(totals + i);
    }
    code.get(rows);
    code.set(rowAt);
    code.get(columns);
    code.set(columnAt);
    const steps = (count: number) => () => {
      for (let u = 0; u < count; u++) this.#step(rowCount, u);
      this.#writer.increase(rowAt, 4 * count * this.#options.depthStride);
      this.#writer.increase(columnAt, 4 * count * PANEL);
    };
    code.get(depthCount);
    code.i32(Math.log2(UNROLL));
    code.op(0x76);
    code.set(counter);
    this.#writer.countDown(counter, steps(UNROLL));
    code.get(depthCount);
    code.i32(UNROLL - 1);
    code.op(0x71);
    code.set(counter);
    this.#writer.countDown(counter, steps(1));
  }

  #step(rowCount: number, u: number): void {
    const { code } = this.#writer;
    const { rowAt, columnAt, totals } = this.#locals;
    const { relaxed, rowStride, depthStride } = this.#options;
    const columns = [0, 1].map((j) => this.#spare + j);
    const splat = this.#spare + 2;
    for (const [j, column] of columns.entries()) {
      code.get(columnAt);
      this.#writer.simdMemory(LOAD, 4 * (u * PANEL + 4 * j));
      code.set(column);
    }
    for (let i = 0; i < rowCount; i++) {
      code.get(rowAt);
      this.#writer.simdMemory(SPLAT_LOAD, 4 * (i * rowStride + u * depthStride));
      code.set(splat);
      for (const [j, column] of columns.entries()) {
        const total = totals + 2 * i + j;
        if (!relaxed) code.get(total);
        code.get(splat);
        code.get(column);
        if (relaxed) {
          code.get(total);
          code.simd(RELAXED_MADD);
        } else {
          code.simd(MULTIPLY);
          code.simd(ADD);
        }
        code.set(total);
      }
    }
  }

  get #spare(): number {
    return this.#locals.totals + 2 * tileRowsOf(this.#options.relaxed);
  }

  /** The totals of the depth before this block, from where they were stored. */
  addEarlier(rowCount: number, columnCount: number): void {
    const { code } = this.#writer;
    this.#each(rowCount, columnCount, (total, { i, j }) => {
      code.get(total);
      const offset = 4 * (i * this.#options.resultStride + j);
      this.#loadColumns(this.#locals.result, offset, columnCount - j);
      code.simd(ADD);
      code.set(total);
    });
  }

  /** The epilogue, on the totals in their registers. */
  finish(rowCount: number, columnCount: number): void {
    const { code } = this.#writer;
    const { epilogue, constants, relaxed } = this.#options;
    if (!epilogue) return;
    const spare = this.#spare + 3;
    const writer = new ExpressionWriter(epilogue.expression, { code, constants, spare, relaxed });
    this.#each(rowCount, columnCount, (total, { i, j }) => {
      writer.write({
        total: () => code.get(total),
        operand: (index) => {
          const { row, column } = epilogue.operands[index]!;
          const pointer = this.#locals.operands + index;
          const offset = 4 * (i * row + (column.digits.length > 0 ? j : 0));
          if (column.digits.length > 0) this.#loadColumns(pointer, offset, columnCount - j);
          else {
            code.get(pointer);
            this.#writer.simdMemory(SPLAT_LOAD, offset);
          }
        },
      });
      code.set(total);
    });
  }

  store(rowCount: number, columnCount: number): void {
    const { code } = this.#writer;
    const { result } = this.#locals;
    this.#each(rowCount, columnCount, (total, { i, j }) => {
      const offset = 4 * (i * this.#options.resultStride + j);
      if (j + 4 <= columnCount) {
        code.get(result);
        code.get(total);
        this.#writer.simdMemory(STORE, offset);
        return;
      }
      for (let lane = 0; lane < columnCount - j; lane++) {
        code.get(result);
        code.get(total);
        code.simd(0x1f); // f32x4.extract_lane
        code.op(lane);
        this.#writer.load(SCALAR_STORE, offset + 4 * lane);
      }
    });
  }

  #each(
    rowCount: number,
    columnCount: number,
    write: (total: number, at: { i: number; j: number }) => void,
  ): void {
    for (let i = 0; i < rowCount; i++) {
      for (let j = 0; j < columnCount; j += 4) write(this.#locals.totals + 2 * i + j / 4, { i, j });
    }
  }

  /** Four elements side by side, or as many as there are. */
  #loadColumns(pointer: number, offset: number, count: number): void {
    const { code } = this.#writer;
    if (count >= 4) {
      code.get(pointer);
      this.#writer.simdMemory(LOAD, offset);
      return;
    }
    code.v128([0, 0, 0, 0]);
    for (let lane = 0; lane < count; lane++) {
      code.get(pointer);
      this.#writer.load(SCALAR_LOAD, offset + 4 * lane);
      code.simd(0x20); // f32x4.replace_lane
      code.op(lane);
    }
  }
}

export function tileRowsOf(relaxed: boolean): number {
  return relaxed ? 6 : 5;
}
