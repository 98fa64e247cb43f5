/** Atomic operations: one active lane after the other (threads proposal). */
import type { AtomicOp, Value } from '../ir/ir.ts';
import type { Emitter } from './emitter.ts';
import { LaneAddresses, openLane, pushBits } from './memory.ts';
import { OP, SIMD } from './opcodes.ts';

const ATOMIC = 0xfe;
const OPCODES: Readonly<Record<Exclude<AtomicOp, 'min' | 'max'>, number>> = {
  load: 0x10,
  store: 0x17,
  add: 0x1e,
  sub: 0x25,
  and: 0x2c,
  or: 0x33,
  xor: 0x3a,
  exchange: 0x41,
  compareExchange: 0x48,
};
const ALIGN = 2;

export function vectorAtomic(e: Emitter, value: Value & { op: 'atomic' }): void {
  const { code, locals } = e;
  const operands = value.args.slice(1).map((operand) => {
    const local = locals.take('v128');
    e.push(operand, 'vector');
    code.set(local);
    return local;
  });
  const [old, at] = [locals.take('v128'), locals.take('i32')];
  code.get(e.constant(0));
  code.set(old);
  const lanes = new LaneAddresses(e, value.memory, value.args[0]!);
  const bits = e.mask === null ? null : pushBits(e, e.mask.local);
  for (const lane of [0, 1, 2, 3]) {
    if (bits !== null) openLane(e, bits, lane);
    lanes.push(lane);
    code.set(at);
    code.get(old);
    atomicLane(e, value, { local: at, offset: lanes.offset(lane, value.offset), operands, lane });
    code.simd(SIMD.replaceI32);
    code.op(lane);
    code.set(old);
    if (bits !== null) code.op(OP.end);
  }
  lanes.done();
  code.get(old);
  for (const local of [...operands, old, at, bits]) if (local !== null) locals.give(local);
}

type Lane = {
  readonly local: number;
  readonly offset: number;
  readonly operands: readonly number[];
  readonly lane: number;
};

/** Leaves the old word on the stack. */
function atomicLane(e: Emitter, value: Value & { op: 'atomic' }, at: Lane): void {
  const { code } = e;
  const { operation } = value;
  if (operation === 'min' || operation === 'max') return extremeLane(e, value, at);
  code.get(at.local);
  for (const operand of at.operands) pushOperand(e, operand, at.lane);
  code.op(ATOMIC, OPCODES[operation]);
  code.memory(ALIGN, at.offset);
  if (operation === 'store') code.i32(0);
}

function pushOperand(e: Emitter, local: number, lane: number): void {
  e.code.get(local);
  e.code.simd(SIMD.extractI32);
  e.code.op(lane);
}

/** There is no such instruction: compare and exchange until nobody came between. */
function extremeLane(e: Emitter, value: Value & { op: 'atomic' }, at: Lane): void {
  const { code, locals } = e;
  const [seen, operand] = [locals.take('i32'), locals.take('i32')];
  pushOperand(e, at.operands[0]!, at.lane);
  code.set(operand);
  code.op(OP.loop, OP.empty);
  code.get(at.local);
  code.op(ATOMIC, OPCODES.load);
  code.memory(ALIGN, at.offset);
  code.set(seen);
  code.get(at.local);
  code.get(seen);
  // The operand where it is the smaller (larger) one, else what was seen.
  code.get(operand);
  code.get(seen);
  for (const local of value.operation === 'min' ? [operand, seen] : [seen, operand])
    code.get(local);
  code.op(value.kind === 'i32' ? OP.i32LtS : OP.i32LtU, OP.select);
  code.op(ATOMIC, OPCODES.compareExchange);
  code.memory(ALIGN, at.offset);
  code.get(seen);
  code.op(OP.i32Eq, OP.i32Eqz, OP.brIf, 0);
  code.op(OP.end);
  code.get(seen);
  locals.give(seen);
  locals.give(operand);
}
