/**
 * Matrix products on WASM: a module per shape, instruction by instruction. A compiler's loop reaches
 * less than half of the core's multiply-add rate; 5 x 8 totals in registers, loads with immediate
 * offsets and the second factor in packed panels reach nine tenths (strict arithmetic, no fused
 * multiply-add, so the result is the same on every machine).
 */
import type { HandWritten } from '@dreampitch/compute';
import type { Epilogue } from './epilogue.ts';
import { writeExpression } from './wasm-epilogue.ts';
import { moduleOf, WasmWriter } from './wasm-module.ts';

/** Where element (row or column i, depth k) of a factor lies: base + batch, i and k times strides. */
export type FactorLayout = {
  readonly base: number;
  readonly batch: number;
  readonly across: number; // rows of the first factor, columns of the second
  readonly depth: number;
};

export type ProductShape = {
  readonly batches: number;
  readonly rows: number; // M
  readonly depth: number; // K
  readonly columns: number; // N
  readonly first: FactorLayout;
  readonly second: FactorLayout;
  /** Done to every element before it is stored. */
  readonly epilogue?: Epilogue;
};

const TILE_ROWS = 5; // V8 on x64 has 15 vector registers: 10 totals, 2 columns, 1 splat, 2 in passing
const PANEL = 8; // columns of a tile
const UNROLL = 4;
/** Rows per workgroup: packing a panel is shared by them, and threads have enough to take. */
const ROWS_PER_GROUP = 120;
/** Depth that is packed at once: a panel of it stays in the first-level cache. */
const DEPTH_PER_BLOCK = 384;
/** However deep, the code is repeated at most so often. */
const BLOCKS_MAX = 8;

const I32 = 0x7f;
const V128 = 0x7b;
const SPLAT_LOAD = 9;
const SCALAR_LOAD = 0x2a;
const SCALAR_STORE = 0x38;
const [ADD, MULTIPLY, LOAD, STORE] = [0xe4, 0xe6, 0, 11] as const;

/** Workgroups along x (panels of columns), y (rows) and z (batches). */
export function groupsOf(shape: ProductShape): [number, number, number] {
  const { columns, rows, batches } = shape;
  return [Math.ceil(columns / PANEL), Math.ceil(rows / ROWS_PER_GROUP), batches];
}

type Block = { readonly start: number; readonly size: number };

/** Even parts of the depth. */
function blocksOf(depth: number): Block[] {
  const count = Math.min(BLOCKS_MAX, Math.ceil(depth / DEPTH_PER_BLOCK));
  const even = UNROLL * Math.ceil(depth / count / UNROLL);
  const starts = Array.from({ length: count }, (_, i) => i * even).filter((at) => at < depth);
  return starts.map((start) => ({ start, size: Math.min(even, depth - start) }));
}

/** The module of a product; bindings in order: result, both factors, the epilogue's operands. */
export function wasmProduct(shape: ProductShape, entry: string): HandWritten {
  return {
    key: `product ${JSON.stringify(shape)} ${entry}`,
    workgroupSize: [1, 1, 1],
    scratchBytes: 4 * PANEL * Math.max(...blocksOf(shape.depth).map((block) => block.size)),
    emit: ({ sharedMemory }) => moduleOf(new ProductWriter(shape).body(), { entry, sharedMemory }),
  };
}

// Parameters and locals of the function.
const [GROUP, END, TABLE, SCRATCH, RESULT, FIRST, SECOND] = [0, 1, 2, 3, 4, 5, 6] as const;
const [PANEL_AT, ROW, ROW_END, A, B, C, COUNT, REST] = [7, 8, 9, 10, 11, 12, 13, 14] as const;
const OPERANDS = 15; // pointers of the epilogue's operands, then the vectors:
// totals, two columns, a splat

class ProductWriter extends WasmWriter {
  readonly #shape: ProductShape;
  readonly #totals: number;
  #block: Block = { start: 0, size: 0 };

  constructor(shape: ProductShape) {
    super();
    this.#shape = shape;
    this.#totals = OPERANDS + (shape.epilogue?.operands.length ?? 0);
  }

  body(): number[] {
    const code = this.code;
    const vectors = TILE_ROWS * 2 + 3;
    code.op(2, this.#totals - TABLE - 1, I32);
    code.unsigned(vectors);
    code.op(V128);
    this.while(
      () => this.compare(GROUP, END, 0x49),
      () => {
        for (const block of blocksOf(this.#shape.depth)) {
          this.#block = block;
          this.#locate();
          this.#pack();
          this.#rows();
        }
        this.increase(GROUP, 1);
      },
    );
    code.op(0x0b);
    return code.bytes;
  }

  get #operands() {
    return this.#shape.epilogue?.operands ?? [];
  }

  /** Addresses of this workgroup's panel: from its index and the table. */
  #locate(): void {
    const code = this.code;
    const { first, second, rows, columns, batches } = this.#shape;
    const [panels, blocks] = groupsOf(this.#shape);
    for (const [local, word] of [
      [SCRATCH, 3],
      [RESULT, 4],
      [FIRST, 6],
      [SECOND, 8],
    ] as const) {
      code.get(TABLE);
      this.load(0x28, 4 * word);
      code.set(local);
    }
    // COUNT = batch, REST = the group within it.
    code.get(GROUP);
    code.i32(panels * blocks);
    code.op(0x6e);
    code.set(COUNT);
    code.get(GROUP);
    code.i32(panels * blocks);
    code.op(0x70);
    code.set(REST);
    if (batches > 1) {
      this.addProduct(FIRST, COUNT, 4 * first.batch);
      this.addProduct(SECOND, COUNT, 4 * second.batch);
      this.addProduct(RESULT, COUNT, 4 * rows * columns);
    }
    this.increase(FIRST, 4 * (first.base + this.#block.start * first.depth));
    this.increase(SECOND, 4 * (second.base + this.#block.start * second.depth));
    code.get(REST);
    code.i32(panels);
    code.op(0x70);
    code.set(PANEL_AT);
    code.get(REST);
    code.i32(panels);
    code.op(0x6e);
    code.i32(ROWS_PER_GROUP);
    code.op(0x6c);
    code.set(ROW);
    this.#operands.forEach((operand, i) => {
      code.get(TABLE);
      this.load(0x28, 4 * (10 + 2 * i));
      code.set(OPERANDS + i);
      this.increase(OPERANDS + i, 4 * operand.base);
      if (operand.batch !== 0) this.addProduct(OPERANDS + i, COUNT, 4 * operand.batch);
      if (operand.column !== 0) this.addProduct(OPERANDS + i, PANEL_AT, 4 * PANEL);
      if (operand.row !== 0) this.addProduct(OPERANDS + i, ROW, 4 * operand.row);
    });
    this.addProduct(SECOND, PANEL_AT, 4 * PANEL * second.across);
    this.addProduct(RESULT, PANEL_AT, 4 * PANEL);
    // ROW_END = min(ROW + ROWS_PER_GROUP, rows)
    code.get(ROW);
    code.i32(ROWS_PER_GROUP);
    code.op(0x6a);
    code.tee(ROW_END);
    code.i32(rows);
    code.get(ROW_END);
    code.i32(rows);
    code.op(0x48, 0x1b);
    code.set(ROW_END);
  }

  /** Copies the panel's columns to scratch memory, [K, 8], zeros beyond the last column. */
  #pack(): void {
    this.#columns((count) => this.#packColumns(count));
  }

  #packColumns(count: number): void {
    const code = this.code;
    const { second } = this.#shape;
    code.get(SECOND);
    code.set(B);
    code.get(SCRATCH);
    code.set(C);
    this.times({ count: this.#block.size, counter: COUNT }, () => {
      for (let j = 0; j < PANEL; j += 4) {
        if (second.across === 1 && j + 4 <= count) {
          code.get(C);
          code.get(B);
          this.simdMemory(LOAD, 4 * j);
          this.simdMemory(STORE, 4 * j);
          continue;
        }
        for (let i = j; i < j + 4; i++) {
          code.get(C);
          if (i < count) {
            code.get(B);
            this.load(SCALAR_LOAD, 4 * i * second.across);
          } else code.f32(0);
          this.load(SCALAR_STORE, 4 * i);
        }
      }
      this.increase(B, 4 * second.depth);
      this.increase(C, 4 * PANEL);
    });
  }

  /** Tiles of five rows, then what remains. */
  #rows(): void {
    const code = this.code;
    const { rows, columns, first } = this.#shape;
    this.addProduct(RESULT, ROW, 4 * columns);
    this.addProduct(FIRST, ROW, 4 * first.across);
    this.while(
      () => {
        code.get(ROW);
        code.i32(TILE_ROWS);
        code.op(0x6a);
        code.get(ROW_END);
        code.op(0x4d);
      },
      () => this.#tile(TILE_ROWS),
    );
    // A block's rows are a multiple of five but for the last block.
    const left = rows % TILE_ROWS;
    if (left === 0) return;
    this.compare(ROW, ROW_END, 0x49);
    this.ifElse(
      () => this.#tile(left),
      () => {},
    );
  }

  #tile(tileRows: number): void {
    const code = this.code;
    const { columns, first } = this.#shape;
    const depth = this.#block.size;
    for (let i = 0; i < 2 * tileRows; i++) {
      code.v128([0, 0, 0, 0]);
      code.set(this.#totals + i);
    }
    code.get(FIRST);
    code.set(A);
    code.get(SCRATCH);
    code.set(B);
    const steps = (count: number) => () => {
      for (let u = 0; u < count; u++) this.#step(tileRows, u);
      this.increase(A, 4 * count * first.depth);
      this.increase(B, 4 * count * PANEL);
    };
    const whole = Math.floor(depth / UNROLL);
    if (whole > 0) this.times({ count: whole, counter: COUNT }, steps(UNROLL));
    if (depth % UNROLL > 0) steps(depth % UNROLL)();
    if (this.#block.start > 0) this.#columns((count) => this.#addEarlier(tileRows, count));
    const isLast = this.#block.start + this.#block.size === this.#shape.depth;
    this.#columns((count) => {
      if (isLast) this.#finish(tileRows, count);
      this.#storeColumns(tileRows, count);
    });
    this.#operands.forEach((operand, i) => {
      this.increase(OPERANDS + i, 4 * tileRows * operand.row);
    });
    this.increase(ROW, tileRows);
    this.increase(FIRST, 4 * tileRows * first.across);
    this.increase(RESULT, 4 * tileRows * columns);
  }

  #step(tileRows: number, u: number): void {
    const code = this.code;
    const { first } = this.#shape;
    const [left, right, splat] = [0, 1, 2].map((i) => this.#totals + 2 * TILE_ROWS + i) as [
      number,
      number,
      number,
    ];
    for (const [j, column] of [left, right].entries()) {
      code.get(B);
      this.simdMemory(LOAD, 4 * (u * PANEL + 4 * j));
      code.set(column);
    }
    for (let i = 0; i < tileRows; i++) {
      code.get(A);
      this.simdMemory(SPLAT_LOAD, 4 * (i * first.across + u * first.depth));
      code.set(splat);
      for (const [j, column] of [left, right].entries()) {
        const total = this.#totals + 2 * i + j;
        code.get(total);
        code.get(splat);
        code.get(column);
        code.simd(MULTIPLY);
        code.simd(ADD);
        code.set(total);
      }
    }
  }

  /** What depends on how many columns the panel has: eight, or in the last one fewer. */
  #columns(write: (count: number) => void): void {
    const [panels] = groupsOf(this.#shape);
    const last = this.#shape.columns - (panels - 1) * PANEL;
    if (last === PANEL) {
      write(PANEL);
      return;
    }
    this.compareConstant(PANEL_AT, panels - 1, 0x46);
    this.ifElse(
      () => write(last),
      () => write(PANEL),
    );
  }

  /** The totals of the depth before this block. */
  #addEarlier(tileRows: number, count: number): void {
    const code = this.code;
    const { columns } = this.#shape;
    for (let i = 0; i < tileRows; i++) {
      for (let j = 0; j < count; j += 4) {
        const total = this.#totals + 2 * i + j / 4;
        const offset = 4 * (i * columns + j);
        code.get(total);
        this.#loadColumns(RESULT, offset, count - j);
        code.simd(ADD);
        code.set(total);
      }
    }
  }

  /** Four elements side by side, or as many as there are. */
  #loadColumns(pointer: number, offset: number, count: number): void {
    const code = this.code;
    if (count >= 4) {
      code.get(pointer);
      this.simdMemory(LOAD, offset);
      return;
    }
    code.v128([0, 0, 0, 0]);
    for (let lane = 0; lane < count; lane++) {
      code.get(pointer);
      this.load(SCALAR_LOAD, offset + 4 * lane);
      code.simd(0x20); // f32x4.replace_lane
      code.op(lane);
    }
  }

  /** The epilogue, on the totals in their registers. */
  #finish(tileRows: number, count: number): void {
    const { epilogue } = this.#shape;
    if (!epilogue) return;
    for (let i = 0; i < tileRows; i++) {
      for (let j = 0; j < count; j += 4) {
        const total = this.#totals + 2 * i + j / 4;
        writeExpression(this.code, epilogue.expression, {
          total: () => this.code.get(total),
          operand: (index) => {
            const { row, column } = epilogue.operands[index]!;
            const offset = 4 * (i * row + j * column);
            if (column === 1) this.#loadColumns(OPERANDS + index, offset, count - j);
            else {
              this.code.get(OPERANDS + index);
              this.simdMemory(SPLAT_LOAD, offset);
            }
          },
        });
        this.code.set(total);
      }
    }
  }

  #storeColumns(tileRows: number, count: number): void {
    const code = this.code;
    const { columns } = this.#shape;
    for (let i = 0; i < tileRows; i++) {
      for (let j = 0; j < count; j += 4) {
        const total = this.#totals + 2 * i + j / 4;
        const offset = 4 * (i * columns + j);
        if (j + 4 <= count) {
          code.get(RESULT);
          code.get(total);
          this.simdMemory(STORE, offset);
          continue;
        }
        for (let lane = 0; lane < count - j; lane++) {
          code.get(RESULT);
          code.get(total);
          code.simd(0x1f); // f32x4.extract_lane
          code.op(lane);
          this.load(SCALAR_STORE, offset + 4 * lane);
        }
      }
    }
  }
}
