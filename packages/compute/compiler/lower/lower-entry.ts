/**
 * An entry point as one function of the module: loops over the workgroups it is given, over each
 * group's invocations four at a time along x, and around the entry point's own body.
 */
import type { EntryPoint, Variable } from '../check/typed.ts';
import { variablesOf } from '../interface.ts';
import type { Kernel, Slot, Value } from '../ir/ir.ts';
import { offsetOfPart, strideOf } from '../layout.ts';
import type { Source } from '../parse/source.ts';
import type { Type } from '../types.ts';
import { inlineBody } from './call.ts';
import { lowerExpression, pointerOf } from './expression.ts';
import { type Ids, TABLE, bindInputs, forEachVector } from './invocations.ts';
import { Lowering, type Options, type Passes, type Spent } from './lowering.ts';
import { newSlots, store, zero } from './place.ts';
import { sizeOfFunction } from './size.ts';
import { lowerStatements, lowerTail } from './statement.ts';
import { hasLoop, mayWait } from './uses.ts';
import { lowerWorkgroup } from './workgroup.ts';

/** Words of the dispatch table before the bindings. */
const TABLE_HEADER_BYTES = 16;

export type LowerInput = {
  readonly source: Source;
  readonly bindings: readonly Variable[];
  readonly interleaved: readonly string[];
  readonly options: Options;
  /** Shared by the entry points of one text. */
  readonly spent: Spent;
};

const PASSES: Passes = {
  expression: lowerExpression,
  pointer: pointerOf,
  statements: lowerStatements,
  tail: lowerTail,
};

export function lowerEntry(entry: EntryPoint, input: LowerInput): Kernel {
  const inMemory = new Set<number>();
  for (;;) {
    const l = new Lowering(inMemory, PASSES, input);
    lowerOnce(l, entry, input);
    // Variables that turned out to be indexed by values live in memory in the next attempt.
    l.checkSize(entry.function.at);
    input.spent.attempted += l.b.written;
    if (l.isVoid) continue;
    input.spent.operations += l.b.written;
    const { body, size: valueCount } = l.b;
    return { name: entry.name, body, scratchBytes: l.scratchBytes, valueCount };
  }
}

function lowerOnce(l: Lowering, entry: EntryPoint, input: LowerInput): void {
  const used = variablesOf(entry.function);
  bind(l, used, input);
  const b = l.b;
  const group = b.slot('u32', 'group');
  b.set(group, b.parameter(0));
  const end = b.parameter(1);
  if (isSmall(l, entry, used)) {
    lowerRows(l, { group, end }, (ids) => {
      forEachVector(l, entry, (local) => lowerInvocation(l, entry, { group: ids, local }, used));
    });
    return;
  }
  b.count(
    group,
    () => end,
    (current) => lowerGroup(l, entry, current, used),
  );
}

/**
 * The groups row by row along x: up to where an index of the row would be out of range without clamps,
 * from there on with them.
 */
function lowerRows(
  l: Lowering,
  { group, end }: { group: Slot; end: Value },
  write: (groupIds: readonly Value[]) => void,
): void {
  const b = l.b;
  const [groupsX, groupsY] = groupCounts(l);
  const x = b.slot('u32', 'group x');
  b.block((done) => {
    b.loop(0, () => {
      const first = b.get(group);
      b.if(b.binary('ge', first, end), () => b.exit(done));
      const row = b.binary('div', first, groupsX);
      const start = b.binary('sub', first, b.binary('mul', row, groupsX));
      const left = b.binary('sub', end, first);
      b.set(x, start);
      const stop = b.binary('min', groupsX, b.binary('add', start, left));
      const others = [b.binary('rem', row, groupsY), b.binary('div', row, groupsY)];
      b.countInRange(x, stop, (current) => write([current, ...others]));
      b.count(
        x,
        () => stop,
        (current) => write([current, ...others]),
      );
      b.set(group, b.binary('add', first, b.binary('sub', stop, start)));
    });
  });
}

function groupCounts(l: Lowering): [x: Value, y: Value] {
  const b = l.b;
  return [0, 4].map((at) => b.load(TABLE, 'u32', b.u32(0), at)) as [Value, Value];
}

/**
 * Whether to write the entry point twice, once without clamps: where these are a part of the work
 * that counts, and the other version takes little to compile. Loops have versions of their own.
 */
function isSmall(l: Lowering, entry: EntryPoint, used: ReadonlySet<Variable>): boolean {
  const { function: f } = entry;
  return sizeOfFunction(f) <= l.options.twiceMax && !hasLoop(f) && !isShared(entry, used);
}

/** Whether the invocations of a workgroup have memory together, or wait for each other. */
function isShared(entry: EntryPoint, used: ReadonlySet<Variable>): boolean {
  return mayWait(entry.function) || [...used].some(({ space }) => space === 'workgroup');
}

function bind(
  l: Lowering,
  used: ReadonlySet<Variable>,
  { bindings, interleaved }: LowerInput,
): void {
  bindings.forEach((variable, index) => {
    if (!used.has(variable)) return;
    const writable = variable.access === 'read_write';
    l.variables.set(variable.id, {
      kind: 'memory',
      type: variable.type,
      memory: { kind: 'binding', index, writable, home: null },
      address: l.b.u32(0),
      offset: 0,
      scale: 1,
      last: lastIndex(l, variable.type, index),
      interleaved: interleaved.includes(variable.name),
    });
  });
}

/** The last index of the array that the buffer sizes, if there is one. */
function lastIndex(l: Lowering, type: Type, index: number): Value | null {
  const b = l.b;
  let start = 0;
  let array = type;
  if (type.kind === 'struct') {
    start = offsetOfPart(type, type.fields.length - 1);
    array = type.fields.at(-1)!.type;
  }
  if (array.kind !== 'array' || array.count !== null) return null;
  const offset = TABLE_HEADER_BYTES + 8 * index + 4;
  const bytes = b.load(TABLE, 'u32', b.u32(0), offset);
  const count = b.binary('div', b.binary('sub', bytes, b.u32(start)), b.u32(strideOf(array)));
  return b.binary('sub', count, b.u32(1));
}

function lowerGroup(
  l: Lowering,
  entry: EntryPoint,
  group: Value,
  used: ReadonlySet<Variable>,
): void {
  const b = l.b;
  const [groupsX, groupsY] = groupCounts(l);
  const row = b.binary('div', group, groupsX);
  // Mostly there is one row, and a division takes as long as a few dozen vector instructions.
  const x = b.slot('u32', 'local');
  b.set(x, group);
  b.if(b.binary('ge', group, groupsX), () => b.set(x, b.binary('rem', group, groupsX)));
  const groupIds = [b.get(x), b.binary('rem', row, groupsY), b.binary('div', row, groupsY)];
  if (isShared(entry, used)) {
    return lowerWorkgroup(l, { entry, group: groupIds, used });
  }
  forEachVector(l, entry, (local) => lowerInvocation(l, entry, { group: groupIds, local }, used));
}

function lowerInvocation(
  l: Lowering,
  entry: EntryPoint,
  ids: Ids,
  used: ReadonlySet<Variable>,
): void {
  for (const variable of used) {
    if (variable.space === 'private') declarePrivate(l, variable);
  }
  bindInputs(l, entry, ids);
  l.scope(() => inlineBody(l, entry.function));
}

function declarePrivate(l: Lowering, variable: Variable): void {
  const { type } = variable;
  const place = l.livesInMemory(variable)
    ? l.allocate(type)
    : ({
        kind: 'slots',
        type,
        slots: newSlots(l, type, variable.name),
        root: variable.id,
      } as const);
  l.variables.set(variable.id, place);
  store(l, place, variable.init ? lowerExpression(l, variable.init) : zero(l, type));
}
