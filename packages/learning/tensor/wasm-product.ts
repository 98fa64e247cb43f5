/**
 * Matrix products on WASM: a module per shape, instruction by instruction (a compiler's loop reaches
 * half of the core's multiply-add rate). A group computes a block of rows and columns: per block of
 * depth its rows are packed once, or read where they are, then each panel of eight columns is packed
 * and multiplied with all of them. Every element is summed in one order, whatever the threads.
 */
import type { HandWritten } from '@dreampitch/compute';
import type { ElementLayout } from './epilogue.ts';
import {
  type Blocking,
  blockingOf,
  groupsOf,
  matrixLayout,
  type ProductShape,
  scratchOf,
} from './wasm-blocking.ts';
import { Constants, localsOf } from './wasm-epilogue.ts';
import { PANEL, strideOf } from './wasm-layout.ts';
import { GROUP, headOf, moduleOf, TABLE, WasmWriter } from './wasm-module.ts';
import { BASES, needsTable, Packer, pushOffset, writeTable } from './wasm-pack.ts';
import { tileRowsOf, TileWriter } from './wasm-tile.ts';

const I32 = 0x7f;
const V128 = 0x7b;

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

// Locals of the function, behind its parameters.
const [SCRATCH, RESULT, FIRST, SECOND, BATCH] = [3, 4, 5, 6, 7] as const;
const [COLUMN, COLUMN_START, COLUMN_END, ROW, ROW_START, ROW_END] = [8, 9, 10, 11, 12, 13] as const;
const [START, COUNT, COUNTER, ROWS_AT, ROW_AT, COLUMN_AT, TO] = [
  14, 15, 16, 17, 18, 19, 20,
] as const;
const [ROW_TABLE, COLUMN_TABLE, OFFSET, DEPTH_AT, FIRST_BASE] = [21, 22, 23, 24, 25] as const;
/** Pointers of the epilogue's operands, then the vectors. */
const OPERANDS = FIRST_BASE + BASES;
/** Tiles of rows that are packed together. */
const TILES_TOGETHER = 4;

class ProductWriter extends WasmWriter {
  readonly #shape: ProductShape;
  readonly #blocking: Blocking;
  readonly #tileRows: number;
  readonly #vectors: number;
  readonly #vectorCount: number;
  readonly #constants: Constants;
  readonly #result: ElementLayout;
  readonly #tile: TileWriter;

  constructor(shape: ProductShape, relaxed: boolean) {
    super();
    this.#shape = shape;
    this.#blocking = blockingOf(shape);
    this.#tileRows = tileRowsOf(relaxed);
    this.#result = shape.epilogue?.result ?? matrixLayout(shape);
    this.#vectors = OPERANDS + (shape.epilogue?.operands.length ?? 0);
    const extra = shape.epilogue ? localsOf(shape.epilogue.expression) : 0;
    this.#vectorCount = 2 * this.#tileRows + 3 + extra;
    this.#constants = new Constants(this.#vectors + this.#vectorCount);
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
      resultStride: this.#result.row,
      epilogue: shape.epilogue,
      constants: this.#constants,
    });
  }

  body(): number[] {
    const { code } = this;
    this.forEachGroup(() => {
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
    });
    const vectors = this.#vectorCount + this.#constants.count;
    const head = headOf([this.#vectors - TABLE - 1, I32], [vectors, V128]);
    this.#constants.begin(head);
    return head.bytes.concat(code.bytes);
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
    this.pointer(SCRATCH, 3);
    for (const [local, factor, word] of [
      [FIRST, first, 6],
      [SECOND, second, 8],
    ] as const) {
      this.pointer(local, word);
      this.increase(local, 4 * factor.base);
      code.get(local);
      pushOffset(this, factor.batch, BATCH);
      code.op(0x6a);
      code.set(local);
    }
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
      const isRead = factor === first && !this.#blocking.packsRows;
      if (isRead || !needsTable(factor)) continue;
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

  /**
   * The group's rows, a panel per tile; ROWS_AT is where the next one goes. Rows side by side are packed
   * several tiles at once: one by one, the cache line that two tiles share is gone before the second.
   */
  #packRows(): void {
    const packer = new Packer(this, this.#shape.first, this.#packLocals);
    const panel = { source: FIRST, first: ROW, to: ROWS_AT, table: ROW_TABLE, ...DEPTHS };
    const lanes = this.#tileRows;
    const bytes = 4 * PANEL * this.#blocking.depth;
    const pack = (width: number) => {
      packer.pack(panel, { width, lanes, bytes, zeros: false, aligned: lanes });
      this.increase(ROWS_AT, Math.ceil(width / lanes) * bytes);
      this.increase(ROW, width);
    };
    this.#startRows();
    if (packer.runOf(lanes) > 1) this.#whole(TILES_TOGETHER * lanes, pack);
    this.#tiles(pack);
  }

  #packColumns(): void {
    const packer = new Packer(this, this.#shape.second, this.#packLocals);
    const panel = { source: SECOND, first: COLUMN, to: SCRATCH, table: COLUMN_TABLE, ...DEPTHS };
    const o = { lanes: PANEL, bytes: 0, zeros: true, aligned: PANEL };
    this.#columns((width) => packer.pack(panel, { width, ...o }));
  }

  get #packLocals() {
    const addresses = {
      bases: FIRST_BASE,
      offset: OFFSET,
      depth: DEPTH_AT,
      to: TO,
      counter: COUNTER,
    };
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
    this.#whole(this.#tileRows, write);
    const left = this.#shape.rows % this.#tileRows;
    if (left === 0) return;
    this.when(
      () => this.compare(ROW, ROW_END, 0x49),
      () => write(left),
    );
  }

  /** As long as the group has so many rows more. */
  #whole(rowCount: number, write: (rowCount: number) => void): void {
    const { code } = this;
    this.while(
      () => {
        code.get(ROW);
        code.i32(rowCount);
        code.op(0x6a);
        code.get(ROW_END);
        code.op(0x4d);
      },
      () => write(rowCount),
    );
  }

  /** The packed panel with all rows. */
  #multiplyRows(): void {
    this.#startRows();
    this.#element(RESULT, 4, this.#result);
    this.#operands.forEach((operand, i) => this.#element(OPERANDS + i, 10 + 2 * i, operand));
    this.#tiles((rowCount) => this.#multiplyTile(rowCount));
  }

  /** Points a local at the element of this panel's first row and column. */
  #element(local: number, word: number, layout: ElementLayout): void {
    const { code } = this;
    this.pointer(local, word);
    this.increase(local, 4 * layout.base);
    for (const [axis, index] of [
      [layout.batch, BATCH],
      [layout.column, COLUMN],
    ] as const) {
      if (axis.digits.length === 0) continue;
      code.get(local);
      pushOffset(this, axis, index);
      code.op(0x6a);
      code.set(local);
    }
    if (layout.row !== 0) this.addProduct(local, ROW, 4 * layout.row);
  }

  #multiplyTile(rowCount: number): void {
    const { code } = this;
    const { first } = this.#shape;
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
    this.increase(RESULT, 4 * rowCount * this.#result.row);
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
