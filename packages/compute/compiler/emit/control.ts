/**
 * Regions with their control flow. `mask` holds the lanes that run; it is null where all do, and
 * then nothing is masked. Every divergent label has a local of the lanes that are still inside its
 * block: a masked exit takes its lanes out of the labels on the way, and after an item that may have
 * done so the mask is met with the innermost of them.
 */
import type { Demand } from '../analyse/demand.ts';
import {
  type Exit,
  type If,
  type Item,
  type Label,
  type Loop,
  type Region,
  type SetSlot,
  isValue,
  regionsOf,
} from '../ir/ir.ts';
import { Escapes } from './escapes.ts';
import type { Emitter, Mask } from './emitter.ts';
import { emitStore } from './memory.ts';

import { OP, SIMD } from './opcodes.ts';
import { emitRow, rowsOf } from './rows.ts';

/** An arm of at most this many operations runs even where no lane needs it. */
const FLAT_MAX = 8;

export class Control {
  readonly #e: Emitter;
  readonly #escapes: Escapes;
  #depth = 0;
  readonly #depths = new Map<Label, number>();
  /** Divergent labels around this place, the innermost last. */
  readonly #open: { label: Label; local: number }[] = [];
  #budget: number | null = null;

  constructor(e: Emitter) {
    this.#e = e;
    this.#escapes = new Escapes(e.facts);
  }

  /** The whole body of the function. */
  body(region: Region): void {
    const { code, options } = this.#e;
    if (options.loopBudget !== undefined) {
      this.#budget = this.#e.locals.fresh('i32');
      code.i32(options.loopBudget);
      code.set(this.#budget);
    }
    this.#region(region);
  }

  #region(region: Region): void {
    const e = this.#e;
    const outer = e.region;
    e.enter(region);
    const items = e.schedule.itemsOf(region);
    const rows = rowsOf(region, items, e);
    items.forEach((item, i) => {
      const row = rows.get(item);
      if (row) return emitRow(e, row);
      if (row === null) return;
      if (isValue(item)) return e.define(item);
      const before = e.mask;
      this.#item(item);
      if (item.op === 'if' || item.op === 'block') {
        e.mask = before;
        if (this.#escapes.has(item)) this.#refresh(items.length > i + 2);
      }
    });
    e.leave(outer === region ? null : outer);
  }

  #item(item: Exclude<Item, { id: number }>): void {
    const e = this.#e;
    if ((item.op === 'set' || item.op === 'store') && !e.demand.isRead(item)) return;
    switch (item.op) {
      case 'set':
        return this.#set(item);
      case 'store': {
        const masked = e.facts.isMasked(e.region, item.memory.home);
        return emitStore(e, item, masked ? e.mask!.local : null);
      }
      case 'if':
        return e.facts.isVaryingIf(item) ? this.#varyingIf(item) : this.#uniformIf(item);
      case 'block':
        return this.#block(item.label);
      case 'loop':
        return this.#loop(item);
      case 'exit':
        return this.#exit(item);
      default:
        throw new Error(`unreachable: ${String(item satisfies never)}`);
    }
  }

  #set({ slot, value }: SetSlot): void {
    const e = this.#e;
    const local = e.slot(slot);
    if (!e.facts.isVaryingSlot(slot)) {
      e.push(value, 'scalar');
      e.code.set(local);
      return;
    }
    e.push(value, 'vector');
    if (e.facts.isMasked(e.region, slot.home)) {
      e.code.get(local);
      e.code.get(e.mask!.local);
      e.code.simd(SIMD.bitselect);
    }
    e.code.set(local);
  }

  // ---- structured instructions

  #begin(opcode: number): void {
    this.#e.code.op(opcode, OP.empty);
    this.#depth++;
  }

  #close(): void {
    this.#e.code.op(OP.end);
    this.#depth--;
  }

  #branch(opcode: number, label: Label): void {
    this.#e.code.op(opcode);
    this.#e.code.unsigned(this.#depth - this.#depths.get(label)!);
  }

  #uniformIf(item: If): void {
    const e = this.#e;
    const [then, otherwise] = [item.then.items, item.else.items];
    e.push(item.condition, 'scalar');
    const only = then.length === 1 && otherwise.length === 0 ? then[0] : undefined;
    if (only?.op === 'exit' && !e.facts.isMaskedExit(item.then, only)) {
      return this.#branch(OP.brIf, only.label);
    }
    const mask = e.mask;
    this.#begin(OP.if);
    this.#region(item.then);
    if (otherwise.length > 0) {
      e.code.op(OP.else);
      e.mask = mask;
      this.#region(item.else);
    }
    this.#close();
  }

  #varyingIf(item: If): void {
    const e = this.#e;
    const { code } = e;
    const before = e.mask;
    const condition = e.lease('v128');
    e.push(item.condition, 'vector');
    code.set(condition);
    if (item.then.items.length > 0) {
      this.#arm(item.then, before === null ? condition : this.#meet(condition, before, SIMD.and));
    }
    if (item.else.items.length > 0) {
      e.mask = before;
      this.#arm(item.else, this.#without(condition, before));
    }
  }

  /** A mask of its own: of `before` those lanes where the condition holds. */
  #meet(condition: number, before: Mask, opcode: number): number {
    const e = this.#e;
    const local = e.lease('v128');
    e.code.get(before.local);
    e.code.get(condition);
    e.code.simd(opcode);
    e.code.set(local);
    return local;
  }

  #without(condition: number, before: Mask | null): number {
    if (before) return this.#meet(condition, before, SIMD.andNot);
    const e = this.#e;
    const local = e.lease('v128');
    e.code.get(condition);
    e.code.simd(SIMD.not);
    e.code.set(local);
    return local;
  }

  #arm(region: Region, local: number): void {
    const e = this.#e;
    e.mask = { local, label: null };
    if (isFlat(e.demand, region)) return this.#region(region);
    this.#pushAny(local);
    this.#begin(OP.if);
    this.#region(region);
    this.#close();
  }

  #pushAny(local: number): void {
    this.#e.code.get(local);
    this.#e.code.simd(SIMD.bitmask);
  }

  #block(label: Label): void {
    const e = this.#e;
    const isDivergent = e.facts.isDivergent(label);
    if (isDivergent) {
      const local = e.lease('v128');
      e.code.get(e.mask?.local ?? e.constant(-1));
      e.code.set(local);
      this.#open.push({ label, local });
      e.mask = { local, label };
    }
    this.#begin(OP.block);
    this.#depths.set(label, this.#depth);
    this.#region(label.body);
    this.#close();
    if (isDivergent) this.#open.pop();
  }

  #loop(item: Loop): void {
    const e = this.#e;
    const escapes = this.#escapes.has(item);
    const before = e.mask;
    this.#begin(OP.loop);
    this.#spend(item.line);
    if (escapes) this.#refresh(false);
    this.#region(item.body);
    if (escapes) {
      e.mask = before;
      this.#refresh(false);
      this.#pushAny(e.mask!.local);
      e.code.op(OP.brIf, 0);
    } else if (item.body.items.at(-1)?.op !== 'exit') {
      e.code.op(OP.br, 0);
    }
    this.#close();
    e.mask = before;
  }

  /** Kernels' own loops (line 0 is the loop over workgroups) pay one of the budget per round. */
  #spend(line: number): void {
    const { code } = this.#e;
    if (this.#budget === null || line === 0) return;
    code.get(this.#budget);
    code.op(OP.i32Eqz, OP.if, OP.empty);
    code.i32(line);
    code.op(OP.globalSet, 0, OP.unreachable, OP.end);
    code.get(this.#budget);
    code.i32(-1);
    code.op(OP.i32Add);
    code.set(this.#budget);
  }

  #exit(item: Exit): void {
    const e = this.#e;
    if (!e.facts.isMaskedExit(e.region, item)) return this.#branch(OP.br, item.label);
    const { code } = e;
    const target = this.#open.findIndex(({ label }) => label === item.label);
    // The mask itself may be the innermost label's: that one is written last.
    for (const { local } of this.#open.slice(target)) {
      code.get(local);
      code.get(e.mask!.local);
      code.simd(SIMD.andNot);
      code.set(local);
    }
  }

  /** Drops the lanes that have left; where none stays, what follows in the block is skipped. */
  #refresh(maySkip: boolean): void {
    const e = this.#e;
    const inner = this.#open.at(-1);
    if (!inner || !e.mask) return;
    if (e.mask.label !== inner.label) {
      e.mask = { local: this.#meet(inner.local, e.mask, SIMD.and), label: null };
      return;
    }
    if (!maySkip) return;
    this.#pushAny(inner.local);
    e.code.op(OP.i32Eqz);
    this.#branch(OP.brIf, inner.label);
  }
}

/** Whether the region is cheaper to run than to branch around. */
function isFlat(demand: Demand, region: Region): boolean {
  let size = 0;
  for (const item of region.items) {
    if (regionsOf(item).length > 0 && item.op !== 'if') return false;
    if (item.op === 'atomic' || item.op === 'store') return false;
    if (isValue(item) && demand.isLive(item)) size++;
    if (item.op === 'set' && demand.isRead(item)) size += 2;
    if (item.op === 'if' && !regionsOf(item).every((inner) => isFlat(demand, inner))) return false;
    if (item.op === 'if') size += 3;
    if (size > FLAT_MAX) return false;
  }
  return true;
}
