/** How a product is cut into groups, that threads share, and blocks, that caches hold. */
import type { ElementLayout, Epilogue } from './epilogue.ts';
import {
  type Axis,
  type FactorLayout,
  PANEL,
  runsBy,
  runsByFour,
  strideOf,
} from './wasm-layout.ts';
import { tileRowsOf } from './wasm-tile.ts';

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
const DEPTH_MAX = 256;
/** For threads to share, where the product is not tiny. */
const GROUPS_WANTED = 8;
/** Elements that are packed in the time of one that is taken out of a row or column. */
const RUN_COST = 0.35;

export type Blocking = {
  readonly rows: number;
  readonly columns: number;
  readonly depth: number;
  /** The first factor's rows are copied as well. */
  readonly packsRows: boolean;
};

/** The cuts of rows and columns that pack least, of those that give threads enough to share. */
export function blockingOf(shape: ProductShape): Blocking {
  const { rows: M, columns: N, depth: K, first, second, batches } = shape;
  const parts = Math.ceil(K / DEPTH_MAX);
  const depth = K <= DEPTH_MAX ? K : 4 * Math.ceil(K / parts / 4);
  const across = strideOf(first.across);
  const packsRows = !runsBy(first.depth, depth) || across === null || across < 0;
  const rowCost = packsRows ? costOf(first) : 0;
  const cuts = ROWS_CHOICES.flatMap((rows) =>
    COLUMNS_CHOICES.map((columns) => {
      const [down, beside] = [Math.ceil(M / rows), Math.ceil(N / columns)];
      const packed = rowCost * M * beside + costOf(second) * N * down;
      const shared = Math.min(GROUPS_WANTED, batches * down * beside);
      return { rows, columns, score: packed * (1 + GROUPS_WANTED - shared) };
    }),
  );
  const best = cuts.reduce((a, b) => (b.score < a.score ? b : a));
  const columns = Math.min(best.columns, PANEL * Math.ceil(N / PANEL));
  return { rows: Math.min(best.rows, M), columns, depth, packsRows };
}

/** Where elements go without an epilogue. */
export function matrixLayout({ batches, rows, columns }: ProductShape): ElementLayout {
  const batch = linear(batches, rows * columns);
  return { base: 0, batch, row: columns, column: linear(columns, 1) };
}

function linear(size: number, stride: number): Axis {
  return { size, digits: [{ divide: 1, modulo: size, stride }] };
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
export function scratchOf({ rows, depth, packsRows }: Blocking) {
  const panel = 4 * PANEL * depth;
  const tiles = packsRows ? Math.ceil(rows / tileRowsOf(false)) : 0;
  const rowTable = panel * (1 + tiles);
  return { rows: panel, rowTable, columnTable: rowTable + 4 * depth, end: rowTable + 8 * depth };
}
