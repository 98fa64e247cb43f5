/**
 * Matrix products on WASM: a module per shape, instruction by instruction (a compiler's loop reaches
 * half of the core's multiply-add rate). A group computes a block of rows and columns: per block of
 * depth its rows are packed once, or read where they are, then each panel of eight columns is packed
 * and multiplied with all of them. Every element is summed in one order, whatever the threads.
 */
import type { HandWritten } from '@dreampitch/compute';
import type { Epilogue } from './epilogue.ts';
import { type FactorLayout, runsByFour, strideOf } from './wasm-layout.ts';
import { moduleOf, WasmWriter } from './wasm-module.ts';
import { needsTable, Packer, PANEL, pushOffset, writeTable } from './wasm-pack.ts';
import { tileRowsOf, TileWriter } from './wasm-tile.ts';

export type ProductShape = {
  readonly batches: number;
  readonly rows: number; // M
  readonly depth: number; // K
  readonly columns: number; // N
  readonly first: FactorLayout;
  readonly second: FactorLayout;
  /** Done to every element before it is stored. */
  readonly epilogue?: Epilogue | undefined;
};

/** Rows that are multiplied with a packed panel: at most these stay in the second-level cache. */
const ROWS_CHOICES = [120, 90, 60, 30]; // whole tiles of both heights
/** Columns that packed rows are used for. */
const COLUMNS_CHOICES = [512, 256, 128, 64, 32, 16];
/** Depth that is packed at once: panels of both factors stay in the first-level cache. */
const DEPTH_MAX = 384;
const DEPTH_WHOLE_MAX = 512;
/** For threads to share, where the product is not tiny. */
const GROUPS_WANTED = 8;
/** Elements that are packed in the time of one that is taken out of a row or column. */
const RUN_COST = 0.35;

const I32 = 0x7f;
const V128 = 0x7b;
const LOAD_I32 = 0x28;

type Blocking = {
  readonly rows: number;
  readonly columns: number;
  readonly depth: number;
  /** The first factor's rows are copied as well. */
  readonly packsRows: boolean;
};

/** The cuts of rows and columns that pack least, of those that give threads enough to share. */
function blockingOf(shape: ProductShape): Blocking {
  const { rows: M, columns: N, depth: K, first, second, batches } = shape;
  const across = strideOf(first.across);
  const packsRows = strideOf(first.depth) !== 1 || across === null || across < 0;
  const rowCost = packsRows ? costOf(first) : 0;
  const cuts = ROWS_CHOICES.flatMap((rows) =>
    COLUMNS_CHOICES.map((columns) => {
      const [down, across] = [Math.ceil(M / rows), Math.ceil(N / columns)];
      const packed = rowCost * M * across + costOf(second) * N * down;
      const shared = Math.min(GROUPS_WANTED, batches * down * across);
      return { rows, columns, score: packed * (1 + GROUPS_WANTED - shared) };
    }),
  );
  const best = cuts.reduce((a, b) => (b.score < a.score ? b : a));
  const parts = Math.ceil(K / DEPTH_MAX);
  const depth = K <= DEPTH_WHOLE_MAX ? K : 4 * Math.ceil(K / parts / 4);
  const columns = Math.min(best.columns, PANEL * Math.ceil(N / PANEL));
  return { rows: Math.min(best.rows, M), columns, depth, packsRows };
}

function costOf(factor: FactorLayout): number {
  return runsByFour(factor.across) ? RUN_COST : 1;
}

/** Workgroups along x (columns), y (rows) and z (batches). */
export function groupsOf(shape: ProductShape): [number, number, number] {
  const { rows, columns } = blockingOf(shape);
  return [Math.ceil(shape.columns / columns), Math.ceil(shape.rows / rows), shape.batches];
}

/** Bytes of scratch memory: the packed panel of columns, the rows, and offsets of both. */
function scratchOf({ rows, depth, packsRows }: Blocking) {
  const panel = 4 * PANEL * depth;
  const tiles = packsRows ? Math.ceil(rows / tileRowsOf(false)) : 0;
  const rowTable = panel * (1 + tiles);
  return { rows: panel, rowTable, columnTable: rowTable + 4 * depth, end: rowTable + 8 * depth };
}

/** The module of a product; bindings in order: result, both factors, the epilogue's operands. */
export function wasmProduct(shape: ProductShape, entry: string): HandWritten {
  return {
    key: `product ${JSON.stringify(shape)} ${entry}`,
    workgroupSize: [1, 1, 1],
    scratchBytes: scratchOf(blockingOf(shape)).end,
    emit: ({ sharedMemory, relaxed }) => {
      return moduleOf(new ProductWriter(shape, relaxed).body(), { entry, sharedMemory });
    },
  };
}

// Parameters and locals of the function.
const [GROUP, END, TABLE] = [0, 1, 2] as const;
const [SCRATCH, MATRIX, RESULT, FIRST, SECOND, BATCH] = [3, 4, 5, 6, 7, 8] as const;
const [COLUMN, COLUMN_START, COLUMN_END, ROW, ROW_START, ROW_END] = [
  9, 10, 11, 12, 13, 14,
] as const;
const [START, COUNT, COUNTER, ROWS_AT, ROW_AT, COLUMN_AT, TO] = [
  15, 16, 17, 18, 19, 20, 21,
] as const;
const [ROW_TABLE, COLUMN_TABLE, OFFSET, DEPTH_AT, BASES] = [22, 23, 24, 25, 26] as const;
/** Pointers of the epilogue's operands, then the vectors. */
const OPERANDS = BASES + PANEL;

class ProductWriter extends WasmWriter {
  readonly #shape: ProductShape;
  readonly #blocking: Blocking;
  readonly #tileRows: number;
  readonly #vectors: number;
  readonly #tile: TileWriter;

  constructor(shape: ProductShape, relaxed: boolean) {
    super();
    this.#shape = shape;
    this.#blocking = blockingOf(shape);
    this.#tileRows = tileRowsOf(relaxed);
    this.#vectors = OPERANDS + (shape.epilogue?.operands.length ?? 0);
    const { packsRows } = this.#blocking;
    const locals = {
      rows: ROWS_AT,
      columns: SCRATCH,
      rowAt: ROW_AT,
      columnAt: COLUMN_AT,
      depthCount: COUNT,
      counter: COUNTER,
      result: RESULT,
      operands: OPERANDS,
      totals: this.#vectors,
    };
    this.#tile = new TileWriter(this, locals, {
      relaxed,
      rowStride: packsRows ? 1 : strideOf(shape.first.across)!,
      depthStride: packsRows ? PANEL : 1,
      resultStride: shape.columns,
      epilogue: shape.epilogue,
    });
  }

  body(): number[] {
    const { code } = this;
    code.op(2);
    code.unsigned(this.#vectors - TABLE - 1);
    code.op(I32);
    code.unsigned(2 * this.#tileRows + 3);
    code.op(V128);
    this.while(
      () => this.compare(GROUP, END, 0x49),
      () => {
        this.#locate();
        code.i32(0);
        code.set(START);
        this.while(
          () => this.compareConstant(START, this.#shape.depth, 0x49),
          () => {
            this.#block();
            code.get(START);
            code.get(COUNT);
            code.op(0x6a);
            code.set(START);
          },
        );
        this.increase(GROUP, 1);
      },
    );
    code.op(0x0b);
    return code.bytes;
  }

  get #operands() {
    return this.#shape.epilogue?.operands ?? [];
  }

  /** This group's batch, rows and columns, and the addresses of its batch. */
  #locate(): void {
    const { code } = this;
    const { first, second, rows, columns } = this.#shape;
    const [across, down] = groupsOf(this.#shape);
    const part = (local: number, o: { divide: number; modulo: number; size: number }) => {
      code.get(GROUP);
      code.i32(o.divide);
      code.op(0x6e);
      code.i32(o.modulo);
      code.op(0x70);
      code.i32(o.size);
      code.op(0x6c);
      code.set(local);
    };
    part(COLUMN_START, { divide: 1, modulo: across, size: this.#blocking.columns });
    part(ROW_START, { divide: across, modulo: down, size: this.#blocking.rows });
    part(BATCH, { divide: across * down, modulo: this.#shape.batches, size: 1 });
    this.#limit(COLUMN_END, COLUMN_START, { step: this.#blocking.columns, most: columns });
    this.#limit(ROW_END, ROW_START, { step: this.#blocking.rows, most: rows });
    this.#pointer(SCRATCH, 3);
    this.#pointer(MATRIX, 4);
    this.addProduct(MATRIX, BATCH, 4 * rows * columns);
    for (const [local, factor, word] of [
      [FIRST, first, 6],
      [SECOND, second, 8],
    ] as const) {
      this.#pointer(local, word);
      this.increase(local, 4 * factor.base);
      code.get(local);
      pushOffset(this, factor.batch, BATCH);
      code.op(0x6a);
      code.set(local);
    }
  }

  #pointer(local: number, word: number): void {
    this.code.get(TABLE);
    this.load(LOAD_I32, 4 * word);
    this.code.set(local);
  }

  /** to = min(from + step, most) */
  #limit(to: number, from: number, o: { step: number; most: number }): void {
    const { code } = this;
    code.get(from);
    code.i32(o.step);
    code.op(0x6a);
    code.tee(to);
    code.i32(o.most);
    code.get(to);
    code.i32(o.most);
    code.op(0x48, 0x1b);
    code.set(to);
  }

  /** All of the group's rows and columns over one block of depth. */
  #block(): void {
    const { code } = this;
    const { first, second, depth } = this.#shape;
    this.#limit(COUNT, START, { step: this.#blocking.depth, most: depth });
    code.get(COUNT);
    code.get(START);
    code.op(0x6b);
    code.set(COUNT);
    const places = scratchOf(this.#blocking);
    for (const [table, factor, place] of [
      [ROW_TABLE, first, places.rowTable],
      [COLUMN_TABLE, second, places.columnTable],
    ] as const) {
      if (!needsTable(factor)) continue;
      code.get(SCRATCH);
      code.i32(place);
      code.op(0x6a);
      code.set(table);
      writeTable(this, factor.depth, { start: START, count: COUNT, table, index: ROW, to: TO });
    }
    if (this.#blocking.packsRows) this.#packRows();
    code.get(COLUMN_START);
    code.set(COLUMN);
    this.while(
      () => this.compare(COLUMN, COLUMN_END, 0x49),
      () => {
        this.#packColumns();
        this.#multiplyRows();
        this.increase(COLUMN, PANEL);
      },
    );
  }

  /** The group's rows, a panel per tile; ROWS_AT is where the next one goes. */
  #packRows(): void {
    const packer = new Packer(this, this.#shape.first, this.#packLocals);
    const panel = { source: FIRST, first: ROW, to: ROWS_AT, table: ROW_TABLE, ...DEPTHS };
    this.#startRows();
    this.#tiles((rowCount) => {
      packer.pack(panel, { width: rowCount, zeros: false, aligned: false });
      this.increase(ROWS_AT, 4 * PANEL * this.#blocking.depth);
      this.increase(ROW, rowCount);
    });
  }

  #packColumns(): void {
    const packer = new Packer(this, this.#shape.second, this.#packLocals);
    const panel = { source: SECOND, first: COLUMN, to: SCRATCH, table: COLUMN_TABLE, ...DEPTHS };
    this.#columns((width) => packer.pack(panel, { width, zeros: true, aligned: true }));
  }

  get #packLocals() {
    const addresses = { bases: BASES, offset: OFFSET, depth: DEPTH_AT, to: TO, counter: COUNTER };
    return { ...addresses, vectors: this.#vectors };
  }

  /** ROW and ROWS_AT at the group's first row. */
  #startRows(): void {
    const { code } = this;
    const { first } = this.#shape;
    code.get(ROW_START);
    code.set(ROW);
    if (this.#blocking.packsRows) {
      code.get(SCRATCH);
      code.i32(scratchOf(this.#blocking).rows);
    } else {
      code.get(FIRST);
      pushOffset(this, first.across, ROW);
      code.op(0x6a);
      pushOffset(this, first.depth, START);
    }
    code.op(0x6a);
    code.set(ROWS_AT);
  }

  /** Whole tiles of rows, then what remains: in the last group only, as the others have whole ones. */
  #tiles(write: (rowCount: number) => void): void {
    const { code } = this;
    this.while(
      () => {
        code.get(ROW);
        code.i32(this.#tileRows);
        code.op(0x6a);
        code.get(ROW_END);
        code.op(0x4d);
      },
      () => write(this.#tileRows),
    );
    const left = this.#shape.rows % this.#tileRows;
    if (left === 0) return;
    this.when(
      () => this.compare(ROW, ROW_END, 0x49),
      () => write(left),
    );
  }

  /** The packed panel with all rows. */
  #multiplyRows(): void {
    const { code } = this;
    const { columns } = this.#shape;
    this.#startRows();
    code.get(MATRIX);
    code.set(RESULT);
    this.addProduct(RESULT, ROW, 4 * columns);
    this.addProduct(RESULT, COLUMN, 4);
    this.#operands.forEach((operand, i) => {
      this.#pointer(OPERANDS + i, 10 + 2 * i);
      this.increase(OPERANDS + i, 4 * operand.base);
      if (operand.batch !== 0) this.addProduct(OPERANDS + i, BATCH, 4 * operand.batch);
      if (operand.column !== 0) this.addProduct(OPERANDS + i, COLUMN, 4 * operand.column);
      if (operand.row !== 0) this.addProduct(OPERANDS + i, ROW, 4 * operand.row);
    });
    this.#tiles((rowCount) => this.#multiplyTile(rowCount));
  }

  #multiplyTile(rowCount: number): void {
    const { code } = this;
    const { columns, first } = this.#shape;
    const { depth, packsRows } = this.#blocking;
    const isWhole = depth >= this.#shape.depth;
    this.#tile.multiply(rowCount);
    const addEarlier = () => this.#columns((width) => this.#tile.addEarlier(rowCount, width));
    const finish = () => this.#columns((width) => this.#tile.finish(rowCount, width));
    if (!isWhole) this.when(() => code.get(START), addEarlier);
    if (isWhole) finish();
    else if (this.#shape.epilogue) {
      const isLast = () => {
        code.get(START);
        code.get(COUNT);
        code.op(0x6a);
        code.i32(this.#shape.depth);
        code.op(0x46);
      };
      this.when(isLast, finish);
    }
    this.#columns((width) => this.#tile.store(rowCount, width));
    this.#operands.forEach((operand, i) => {
      this.increase(OPERANDS + i, 4 * rowCount * operand.row);
    });
    this.increase(ROW, rowCount);
    this.increase(ROWS_AT, 4 * (packsRows ? PANEL * depth : rowCount * strideOf(first.across)!));
    this.increase(RESULT, 4 * rowCount * columns);
  }

  /** What depends on how many columns a panel has: eight, or fewer in the product's last one. */
  #columns(write: (width: number) => void): void {
    const left = this.#shape.columns % PANEL;
    if (left === 0) {
      write(PANEL);
      return;
    }
    this.compareConstant(COLUMN, this.#shape.columns - left, 0x46);
    this.ifElse(
      () => write(left),
      () => write(PANEL),
    );
  }
}

const DEPTHS = { start: START, count: COUNT };
