/** The invocations of a workgroup, four at a time along x. */
import type { BuiltinInput, EntryPoint } from '../check/typed.ts';
import { setBound } from '../ir/bounds.ts';
import type { Memory, Value } from '../ir/ir.ts';
import type { Lowering } from './lowering.ts';
import type { Lowered } from './parts.ts';

export const LANES = 4;

export const TABLE: Memory = { kind: 'table', home: null, writable: false };

/** `local` is that of lane 0; the others follow along x. */
export type Ids = { readonly group: readonly Value[]; readonly local: readonly Value[] };

/** Calls `write` with 0, step, 2 step, ... below `count`. */
export function countUp(
  l: Lowering,
  count: number,
  step: number,
  write: (at: Value) => void,
): void {
  const b = l.b;
  if (count <= step) return write(b.u32(0));
  const slot = b.slot('u32', 'local');
  b.set(slot, b.u32(0));
  b.block((done) => {
    b.loop(0, () => {
      const at = b.get(slot);
      b.if(b.binary('ge', at, b.u32(count)), () => b.exit(done));
      setBound(at, Math.floor((count - 1) / step) * step);
      write(at);
      b.set(slot, b.binary('add', at, b.u32(step)));
    });
  });
}

/** Runs `write` for every vector of a workgroup's invocations, masked where x runs over. */
export function forEachVector(
  l: Lowering,
  entry: EntryPoint,
  write: (local: readonly Value[]) => void,
): void {
  const [sizeX, sizeY, sizeZ] = entry.workgroupSize;
  countUp(l, sizeZ, 1, (z) =>
    countUp(l, sizeY, 1, (y) =>
      countUp(l, sizeX, LANES, (first) => withinRow(l, entry, first, () => write([first, y, z]))),
    ),
  );
}

/** Masks the lanes that lie beyond the workgroup's size along x. */
function withinRow(
  l: Lowering,
  { workgroupSize: [sizeX] }: EntryPoint,
  first: Value,
  write: () => void,
): void {
  const b = l.b;
  if (sizeX % LANES === 0) return write();
  b.if(b.binary('lt', b.binary('add', first, b.lane), b.u32(sizeX)), write);
}

/** Sets the entry point's parameters. */
export function bindInputs(l: Lowering, entry: EntryPoint, ids: Ids): void {
  const inputOf = (input: BuiltinInput) => valueOfInput(l, entry, ids, input);
  entry.function.parameters.forEach((parameter, i) => {
    const input = entry.inputs[i]!;
    const value = typeof input === 'string' ? inputOf(input) : input.map(inputOf);
    l.lets.set(parameter.id, value);
  });
}

function valueOfInput(l: Lowering, entry: EntryPoint, ids: Ids, input: BuiltinInput): Lowered {
  const b = l.b;
  const [sizeX, sizeY] = entry.workgroupSize;
  const [first, y, z] = ids.local as [Value, Value, Value];
  const x = b.binary('add', first, b.lane);
  switch (input) {
    case 'global_invocation_id':
      return entry.workgroupSize.map((size, axis) => {
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
