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
  /** Who share it: how it is cut is up to them, what comes out is not. */
  readonly threadCount: number;
};

/** Whole tiles of both heights. */
const ROWS_STEP = 30;
/** A group's rows of one block of depth stay in the second-level cache: 512 KiB. */
const ROWS_ELEMENTS_MAX = 2 ** 17;
/** Depth that is packed at once: panels of both factors stay in the first-level cache. */
const DEPTH_MAX = 256;
/** Groups per thread, where there are several and the product is not tiny, so that all end together. */
const GROUPS_PER_THREAD = 4;
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
  const { rows: M, columns: N, depth: K, first, second, batches, threadCount } = shape;
  const parts = Math.ceil(K / DEPTH_MAX);
  const depth = K <= DEPTH_MAX ? K : 4 * Math.ceil(K / parts / 4);
  const across = strideOf(first.across);
  const packsRows = !runsBy(first.depth, depth) || across === null || across < 0;
  const rowCost = packsRows ? costOf(first) : 0;
  const wanted = threadCount === 1 ? 1 : GROUPS_PER_THREAD * threadCount;
  const rowsMax = Math.max(ROWS_STEP, ROWS_ELEMENTS_MAX / depth);
  const cuts = cutsOf(M, { step: ROWS_STEP, most: rowsMax, wanted }).flatMap((down) =>
    cutsOf(N, { step: PANEL, most: N, wanted }).map((beside) => {
      const packed = rowCost * M * beside + costOf(second) * N * down;
      const shared = Math.min(wanted, batches * down * beside);
      return { down, beside, score: packed * (1 + wanted - shared) };
    }),
  );
  const { down, beside } = cuts.reduce((a, b) => (b.score < a.score ? b : a));
  const rows = Math.min(M, sizeOf(M, { parts: down, step: ROWS_STEP }));
  return { rows, columns: sizeOf(N, { parts: beside, step: PANEL }), depth, packsRows };
}

/** Numbers of parts, about equal and of whole steps, that a size may be cut into. */
function cutsOf(size: number, o: { step: number; most: number; wanted: number }): number[] {
  const fewest = Math.ceil(size / Math.max(o.step, o.most - (o.most % o.step)));
  const counts = Array.from({ length: o.wanted }, (_, i) => fewest + i);
  return counts.map((parts) => Math.ceil(size / sizeOf(size, { parts, step: o.step })));
}

function sizeOf(size: number, { parts, step }: { parts: number; step: number }): number {
  return step * Math.ceil(size / parts / step);
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
