/**
 * An entry point as one function of the module: loops over the workgroups it is given, over each
 * group's invocations four at a time along x, and around the entry point's own body.
 */
import type { BuiltinInput, EntryPoint, Variable } from '../check/typed.ts';
import { variablesOf } from '../interface.ts';
import type { Kernel, Memory, Value } from '../ir/ir.ts';
import { offsetOfPart, strideOf } from '../layout.ts';
import type { Source } from '../parse/source.ts';
import type { Type } from '../types.ts';
import { inlineBody } from './call.ts';
import { lowerExpression, pointerOf } from './expression.ts';
import { Lowering, type Options, type Passes } from './lowering.ts';
import type { Lowered } from './parts.ts';
import { newSlots, store, zero } from './place.ts';
import { lowerStatements, lowerTail } from './statement.ts';

const LANES = 4;
/** Words of the dispatch table before the bindings. */
const TABLE_HEADER_BYTES = 16;

export type LowerInput = {
  readonly source: Source;
  readonly bindings: readonly Variable[];
  readonly interleaved: readonly string[];
  readonly options: Options;
};

const PASSES: Passes = {
  expression: lowerExpression,
  pointer: pointerOf,
  statements: lowerStatements,
  tail: lowerTail,
};

const TABLE: Memory = { kind: 'table', home: null, writable: false };

export function lowerEntry(entry: EntryPoint, input: LowerInput): Kernel {
  const inMemory = new Set<number>();
  for (;;) {
    const l = new Lowering(inMemory, PASSES, input);
    lowerOnce(l, entry, input);
    // Variables that turned out to be indexed by values live in memory in the next attempt.
    if (!l.isVoid) return { name: entry.name, body: l.b.body, scratchBytes: l.scratchBytes };
  }
}

function lowerOnce(l: Lowering, entry: EntryPoint, input: LowerInput): void {
  const used = variablesOf(entry.function);
  bind(l, used, input);
  const b = l.b;
  const group = b.slot('u32', 'group');
  b.set(group, b.parameter(0));
  b.block((done) => {
    b.loop(0, () => {
      const current = b.get(group);
      b.if(b.binary('ge', current, b.parameter(1)), () => b.exit(done));
      lowerGroup(l, entry, current, used);
      b.set(group, b.binary('add', current, b.u32(1)));
    });
  });
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

/** Calls `write` with 0, step, 2 step, ... below `count`. */
function countUp(l: Lowering, count: number, step: number, write: (at: Value) => void): void {
  const b = l.b;
  if (count <= step) return write(b.u32(0));
  const slot = b.slot('u32', 'local');
  b.set(slot, b.u32(0));
  b.block((done) => {
    b.loop(0, () => {
      const at = b.get(slot);
      b.if(b.binary('ge', at, b.u32(count)), () => b.exit(done));
      write(at);
      b.set(slot, b.binary('add', at, b.u32(step)));
    });
  });
}

type Ids = { readonly group: readonly Value[]; readonly local: readonly Value[] };

function lowerGroup(
  l: Lowering,
  entry: EntryPoint,
  group: Value,
  used: ReadonlySet<Variable>,
): void {
  const b = l.b;
  const [sizeX, sizeY, sizeZ] = entry.workgroupSize;
  const [groupsX, groupsY] = [0, 4].map((at) => b.load(TABLE, 'u32', b.u32(0), at)) as [
    Value,
    Value,
  ];
  const row = b.binary('div', group, groupsX);
  const groupIds = [
    b.binary('rem', group, groupsX),
    b.binary('rem', row, groupsY),
    b.binary('div', row, groupsY),
  ];
  countUp(l, sizeZ, 1, (z) =>
    countUp(l, sizeY, 1, (y) =>
      countUp(l, sizeX, LANES, (first) => {
        const x = b.binary('add', first, b.lane);
        const invoke = () =>
          lowerInvocation(l, entry, { group: groupIds, local: [first, y, z] }, used);
        if (sizeX % LANES === 0) return invoke();
        b.if(b.binary('lt', x, b.u32(sizeX)), invoke);
      }),
    ),
  );
}

function lowerInvocation(
  l: Lowering,
  entry: EntryPoint,
  ids: Ids,
  used: ReadonlySet<Variable>,
): void {
  for (const variable of used) {
    if (variable.space === 'private') declarePrivate(l, variable);
    if (variable.space === 'workgroup') {
      throw l.outside(
        variable.at,
        'var<workgroup>',
        'workgroup memory is outside the subset so far',
      );
    }
  }
  const inputOf = (input: BuiltinInput) => valueOfInput(l, entry, ids, input);
  entry.function.parameters.forEach((parameter, i) => {
    const input = entry.inputs[i]!;
    const value = typeof input === 'string' ? inputOf(input) : input.map(inputOf);
    l.lets.set(parameter.id, value);
  });
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

function valueOfInput(l: Lowering, entry: EntryPoint, ids: Ids, input: BuiltinInput): Lowered {
  const b = l.b;
  const [sizeX, sizeY, sizeZ] = entry.workgroupSize;
  const [first, y, z] = ids.local as [Value, Value, Value];
  const x = b.binary('add', first, b.lane);
  switch (input) {
    case 'global_invocation_id':
      return [sizeX, sizeY, sizeZ].map((size, axis) => {
        const start = b.binary('mul', ids.group[axis]!, b.u32(size));
        if (axis > 0) return b.binary('add', start, ids.local[axis]!);
        return b.binary('add', b.binary('add', start, first), b.lane);
      });
    case 'local_invocation_id':
      return [x, y, z];
    case 'local_invocation_index': {
      const rows = b.binary('add', y, b.binary('mul', z, b.u32(sizeY)));
      return b.binary('add', b.binary('add', b.binary('mul', rows, b.u32(sizeX)), first), b.lane);
    }
    case 'workgroup_id':
      return ids.group;
    case 'num_workgroups':
      return [0, 4, 8].map((at) => b.load(TABLE, 'u32', b.u32(0), at));
    default:
      throw new Error(`unreachable: ${String(input satisfies never)}`);
  }
}
