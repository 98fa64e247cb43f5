/** Loads and stores of one word per lane. */
import { accessOf, storesScalar } from '../analyse/demand.ts';
import type { Memory, Store, Value } from '../ir/ir.ts';
import type { Emitter } from './emitter.ts';
import { OP, SIMD } from './opcodes.ts';

const LANES = [0, 1, 2, 3] as const;
/** Words are aligned to 2^2 bytes. */
const ALIGN = 2;
const WORD_BYTES = 4;
const ALL_LANES = 0b1111;

export function offsetIn(memory: Memory, offset: number): number {
  return memory.kind === 'private' || memory.kind === 'workgroup' ? memory.offset + offset : offset;
}

/** A multiple of the lane: its base is 0. */
function isLaneMultiple(address: Value): boolean {
  if (address.op !== 'binary' || address.args[0]!.op !== 'lane') return false;
  return address.operator === 'shl' || address.operator === 'mul';
}

/** The address of a uniform, contiguous or strided access. */
function pushAddress(e: Emitter, memory: Memory, address: Value): void {
  e.code.get(e.base(memory));
  if (address.op === 'constant' && address.value === 0) return;
  if (isLaneMultiple(address)) {
    e.done(address);
    return;
  }
  e.push(address, 'scalar');
  e.code.op(OP.i32Add);
}

/** The addresses of four lanes, each with what is to be added to its offset. */
export class LaneAddresses {
  readonly #e: Emitter;
  readonly #memory: Memory;
  readonly #address: Value;
  /** The address of lane 0, where the others follow at a known distance. */
  readonly #first: number | null = null;
  readonly #stride: number;

  constructor(e: Emitter, memory: Memory, address: Value) {
    this.#e = e;
    this.#memory = memory;
    this.#address = address;
    const shape = e.facts.shape(address);
    this.#stride = shape.kind === 'linear' ? shape.stride : 0;
    if (accessOf(e.facts, address) === 'scattered') return;
    this.#first = e.locals.take('i32');
    pushAddress(e, memory, address);
    e.code.set(this.#first);
  }

  push(lane: number): void {
    const { code } = this.#e;
    if (this.#first !== null) return code.get(this.#first);
    code.get(this.#e.base(this.#memory));
    this.#e.pushLane(this.#address, lane);
    code.op(OP.i32Add);
  }

  /** The immediate of the memory instruction. */
  offset(lane: number, offset: number): number {
    return offsetIn(this.#memory, offset) + (this.#first === null ? 0 : lane * this.#stride);
  }

  done(): void {
    if (this.#first === null) this.#e.done(this.#address);
    else this.#e.locals.give(this.#first);
  }
}

export function scalarLoad(e: Emitter, value: Value & { op: 'load' }): void {
  pushAddress(e, value.memory, value.args[0]!);
  e.code.op(value.kind === 'f32' ? OP.f32Load : OP.i32Load);
  e.code.memory(ALIGN, offsetIn(value.memory, value.offset));
}

export function splatLoad(e: Emitter, value: Value & { op: 'load' }): void {
  pushAddress(e, value.memory, value.args[0]!);
  e.code.simd(SIMD.loadSplat);
  e.code.memory(ALIGN, offsetIn(value.memory, value.offset));
}

export function vectorLoad(e: Emitter, value: Value & { op: 'load' }): void {
  const { memory } = value;
  const address = value.args[0]!;
  const { code } = e;
  if (accessOf(e.facts, address) === 'contiguous') {
    pushAddress(e, memory, address);
    code.simd(SIMD.load);
    code.memory(ALIGN, offsetIn(memory, value.offset));
    return;
  }
  const lanes = new LaneAddresses(e, memory, address);
  for (const lane of LANES.toReversed()) lanes.push(lane);
  code.simd(SIMD.loadZero);
  code.memory(ALIGN, lanes.offset(0, value.offset));
  for (const lane of LANES.slice(1)) {
    code.simd(SIMD.loadLane);
    code.memory(ALIGN, lanes.offset(lane, value.offset));
    code.op(lane);
  }
  lanes.done();
}

/** `mask`: the local of the active lanes, or null where all are. */
export function emitStore(e: Emitter, item: Store, mask: number | null): void {
  switch (accessOf(e.facts, item.address)) {
    case 'uniform':
      return mask === null ? storeUniform(e, item) : storeScattered(e, item, mask);
    case 'contiguous':
      return storeContiguous(e, item, mask);
    default:
      return storeScattered(e, item, mask);
  }
}

function storeUniform(e: Emitter, item: Store): void {
  const { memory, address, offset, value } = item;
  const { code } = e;
  pushAddress(e, memory, address);
  if (storesScalar(e.facts, item)) {
    e.push(value, 'scalar');
    code.op(value.kind === 'f32' ? OP.f32Store : OP.i32Store);
    code.memory(ALIGN, offsetIn(memory, offset));
    return;
  }
  // All lanes store to one word: the last one wins.
  e.push(value, 'vector');
  code.simd(SIMD.storeLane);
  code.memory(ALIGN, offsetIn(memory, offset));
  code.op(3);
}

function storeContiguous(e: Emitter, item: Store, mask: number | null): void {
  const { memory, address, offset, value } = item;
  const { code } = e;
  if (mask === null) {
    pushAddress(e, memory, address);
    e.push(value, 'vector');
    code.simd(SIMD.store);
    code.memory(ALIGN, offsetIn(memory, offset));
    return;
  }
  if (memory.kind === 'binding') return storeActive(e, item, mask);
  const at = e.locals.take('i32');
  pushAddress(e, memory, address);
  code.tee(at);
  e.push(value, 'vector');
  code.get(at);
  code.simd(SIMD.load);
  code.memory(ALIGN, offsetIn(memory, offset));
  code.get(mask);
  code.simd(SIMD.bitselect);
  code.simd(SIMD.store);
  code.memory(ALIGN, offsetIn(memory, offset));
  e.locals.give(at);
}

/**
 * Into a buffer: words of inactive lanes may be another thread's, which a load, a selection and a
 * store of all four would undo. Mostly all lanes are active, or none.
 */
function storeActive(e: Emitter, { memory, address, offset, value }: Store, mask: number): void {
  const { code, locals } = e;
  const word = locals.take('v128');
  e.push(value, 'vector');
  code.set(word);
  const at = locals.take('i32');
  pushAddress(e, memory, address);
  code.set(at);
  const bits = pushBits(e, mask);
  code.get(bits);
  code.i32(ALL_LANES);
  code.op(OP.i32Eq, OP.if, OP.empty);
  code.get(at);
  code.get(word);
  code.simd(SIMD.store);
  code.memory(ALIGN, offsetIn(memory, offset));
  code.op(OP.else);
  for (const lane of LANES) {
    openLane(e, bits, lane);
    code.get(at);
    code.get(word);
    code.simd(SIMD.storeLane);
    code.memory(ALIGN, offsetIn(memory, offset) + lane * WORD_BYTES);
    code.op(lane, OP.end);
  }
  code.op(OP.end);
  for (const local of [word, at, bits]) locals.give(local);
}

function storeScattered(e: Emitter, item: Store, mask: number | null): void {
  const { memory, address, offset, value } = item;
  const { code } = e;
  const isScalar = storesScalar(e.facts, item);
  const scalarType = value.kind === 'f32' ? 'f32' : 'i32';
  const word = e.locals.take(isScalar ? scalarType : 'v128');
  e.push(value, isScalar ? 'scalar' : 'vector');
  code.set(word);
  const lanes = new LaneAddresses(e, memory, address);
  const bits = mask === null ? null : pushBits(e, mask);
  for (const lane of LANES) {
    if (bits !== null) openLane(e, bits, lane);
    lanes.push(lane);
    code.get(word);
    if (isScalar) code.op(scalarType === 'f32' ? OP.f32Store : OP.i32Store);
    else code.simd(SIMD.storeLane);
    code.memory(ALIGN, lanes.offset(lane, offset));
    if (!isScalar) code.op(lane);
    if (bits !== null) code.op(OP.end);
  }
  lanes.done();
  for (const local of [word, bits]) if (local !== null) e.locals.give(local);
}

/** The active lanes as bits, in a local to give back. */
export function pushBits(e: Emitter, mask: number): number {
  const bits = e.locals.take('i32');
  e.code.get(mask);
  e.code.simd(SIMD.bitmask);
  e.code.set(bits);
  return bits;
}

/** `if` the lane's bit is set. */
export function openLane(e: Emitter, bits: number, lane: number): void {
  e.code.get(bits);
  e.code.i32(1 << lane);
  e.code.op(OP.i32And, OP.if, OP.empty);
}
