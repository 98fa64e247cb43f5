/**
 * Rows: four neighbouring words of each lane's own place, as four vector loads or stores and a
 * transposition instead of sixteen lane loads or stores. Loads move up to the first of the four,
 * stores down to the last, past nothing that touches the same memory.
 */
import { accessOf } from '../analyse/demand.ts';
import type { Facts } from '../analyse/uniformity.ts';
import { type Item, type Memory, type Region, type Store, type Value, isValue } from '../ir/ir.ts';
import type { Emitter } from './emitter.ts';
import { LaneAddresses } from './memory.ts';
import { SIMD } from './opcodes.ts';

type Load = Value & { op: 'load' };
type Access = Load | Store;

/** What to do at an item: a row of four (absent ones where nobody loads), or nothing. */
export type Rows = ReadonlyMap<Item, readonly (Access | undefined)[] | null>;

const WORD_BYTES = 4;
const ROW_WORDS = 4;

/** Accesses at one address value of one memory, in order. */
type Run = { readonly memory: Memory; readonly address: Value; readonly items: Access[] };

export function rowsOf(region: Region, items: readonly Item[], e: Emitter): Rows {
  const rows = new Map<Item, readonly (Access | undefined)[] | null>();
  for (const op of ['load', 'store'] as const) {
    for (const run of runsOf(region, op, items, e)) collect(run, op, rows);
  }
  return rows;
}

function runsOf(
  region: Region,
  op: 'load' | 'store',
  items: readonly Item[],
  { facts, demand }: Emitter,
): Run[] {
  const runs: Run[] = [];
  let open: Run[] = [];
  for (const item of items) {
    if (item.op === 'if' || item.op === 'loop' || item.op === 'block') open = [];
    if (!('memory' in item) || (isValue(item) && !demand.isLive(item))) continue;
    const { memory } = item;
    const address = item.op === 'store' ? item.address : item.args[0]!;
    if (item.op !== op || !isScattered(item, region, facts)) {
      // Two loads of the same words do not mind each other.
      if (op === 'store' || item.op !== 'load') open = open.filter((run) => run.memory !== memory);
      continue;
    }
    let run = open.find((one) => one.memory === memory && one.address === address);
    if (op === 'store') open = open.filter((one) => one.memory !== memory || one === run);
    if (!run || run.items.some((other) => other.offset === item.offset)) {
      open = open.filter((one) => one !== run);
      run = { memory, address, items: [] };
      runs.push(run);
      open.push(run);
    }
    run.items.push(item);
  }
  return runs;
}

function isScattered(item: Item, region: Region, facts: Facts): boolean {
  if (item.op !== 'load' && item.op !== 'store') return false;
  const address = item.op === 'store' ? item.address : item.args[0]!;
  const access = accessOf(facts, address);
  if (access !== 'strided' && access !== 'scattered') return false;
  return item.op === 'load' || !facts.isMasked(region, item.memory.home);
}

function collect(
  { items }: Run,
  op: 'load' | 'store',
  rows: Map<Item, readonly (Access | undefined)[] | null>,
): void {
  const at = new Map(items.map((item) => [item.offset, item]));
  for (const start of [...at.keys()].toSorted((a, b) => a - b)) {
    const row = Array.from({ length: ROW_WORDS }, (_, word) => at.get(start + word * WORD_BYTES));
    const present = row.filter((item) => item !== undefined);
    // All that is loaded lies between words that are: both ends must be there.
    if (!row[0] || !row[ROW_WORDS - 1]) continue;
    if (present.length < (op === 'store' ? ROW_WORDS : ROW_WORDS - 1)) continue;
    const inOrder = items.filter((item) => present.includes(item));
    const place = op === 'store' ? inOrder.at(-1)! : inOrder[0]!;
    for (const item of present) {
      rows.set(item, item === place ? row : null);
      at.delete(item.offset);
    }
  }
}

export function emitRow(e: Emitter, row: readonly (Access | undefined)[]): void {
  if (row[0]!.op === 'store') storeRow(e, row as readonly Store[]);
  else loadRow(e, row as readonly (Load | undefined)[]);
}

function storeRow(e: Emitter, row: readonly Store[]): void {
  const { code, locals } = e;
  const words = row.map(({ value }) => {
    const local = locals.take('v128');
    e.push(value, 'vector');
    code.set(local);
    return local;
  });
  const rows = transpose(e, words);
  const { memory, address, offset } = row[0]!;
  const lanes = new LaneAddresses(e, memory, address);
  rows.forEach((local, lane) => {
    lanes.push(lane);
    code.get(local);
    code.simd(SIMD.store);
    code.memory(2, lanes.offset(lane, offset));
    locals.give(local);
  });
  finish(e, lanes, row, address);
}

function loadRow(e: Emitter, row: readonly (Load | undefined)[]): void {
  const { code, locals } = e;
  const { memory, args, offset } = row[0]!;
  const lanes = new LaneAddresses(e, memory, args[0]!);
  const rows = row.map((_, lane) => {
    const local = locals.take('v128');
    lanes.push(lane);
    code.simd(SIMD.load);
    code.memory(2, lanes.offset(lane, offset));
    code.set(local);
    return local;
  });
  finish(e, lanes, row, args[0]!);
  transpose(e, rows).forEach((local, word) => {
    const load = row[word];
    if (load) e.adopt(load, local);
    else locals.give(local);
  });
}

/** Every access of the row was a use of the address; `lanes` ends one. */
function finish(
  e: Emitter,
  lanes: LaneAddresses,
  row: readonly (Access | undefined)[],
  address: Value,
): void {
  lanes.done();
  const uses = row.filter((item) => item !== undefined).length;
  for (let i = 1; i < uses; i++) e.done(address);
}

/** Takes the four locals, gives four whose vector i holds word i of each. */
function transpose(e: Emitter, [a, b, c, d]: readonly number[]): number[] {
  const { locals } = e;
  const [lowAB, lowCD] = [mix(e, a!, b!, [0, 4, 1, 5]), mix(e, c!, d!, [0, 4, 1, 5])];
  const [highAB, highCD] = [mix(e, a!, b!, [2, 6, 3, 7]), mix(e, c!, d!, [2, 6, 3, 7])];
  for (const local of [a!, b!, c!, d!]) locals.give(local);
  const result = [
    mix(e, lowAB, lowCD, [0, 1, 4, 5]),
    mix(e, lowAB, lowCD, [2, 3, 6, 7]),
    mix(e, highAB, highCD, [0, 1, 4, 5]),
    mix(e, highAB, highCD, [2, 3, 6, 7]),
  ];
  for (const local of [lowAB, lowCD, highAB, highCD]) locals.give(local);
  return result;
}

/** A vector of four of the eight words of two. */
function mix(e: Emitter, a: number, b: number, words: readonly number[]): number {
  const { code, locals } = e;
  const local = locals.take('v128');
  code.get(a);
  code.get(b);
  code.simd(SIMD.shuffle);
  code.op(...words.flatMap((word) => [4 * word, 4 * word + 1, 4 * word + 2, 4 * word + 3]));
  code.set(local);
  return local;
}
