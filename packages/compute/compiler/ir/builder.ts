/**
 * Writes regions. Every operation is simplified, then looked up among those that already hold the
 * same value; slots and memory remember what was last read or written, up to the next item that may
 * have changed it.
 */
import { Assumptions, type Coverage } from './assumptions.ts';
import { upperBound } from './bounds.ts';
import type { AtomicOp, Item, Label, Memory, Region, Slot, Value } from './ir.ts';
import { Known } from './known.ts';
import { Ranges } from './ranges.ts';
import { type BinaryOp, type ScalarKind, type UnaryOp, wrap } from './scalar-arithmetic.ts';
import {
  commutes,
  resultKind,
  simplifyBinary,
  simplifyBitcast,
  simplifyConvert,
  simplifySelect,
  simplifyUnary,
} from './simplify.ts';

export class Builder {
  readonly body: Region;
  /** Where new items go. */
  #region: Region;
  #ids = 0;
  readonly #constants = new Map<string, Value>();
  readonly #parameters: Value[] = [];
  readonly #known = new Known();
  readonly lane: Value;
  /** What is assumed of indexes where code is written now. */
  #coverage: Coverage[] = [];
  #versioned = false;
  /** Values made so far: a measure of the code's size. */
  get size(): number {
    return this.#ids;
  }

  #effects = 0;
  /** All that was written: values, stores, assignments, control flow. */
  get written(): number {
    return this.#ids + this.#effects;
  }

  constructor() {
    this.#region = { id: this.#ids++, parent: null, items: [] };
    this.body = this.#region;
    this.lane = { op: 'lane', id: this.#ids++, kind: 'u32', args: [] };
  }

  get region(): Region {
    return this.#region;
  }

  constant(kind: ScalarKind, value: number): Value {
    const wrapped = wrap(kind, value);
    const key = Object.is(wrapped, -0) ? `${kind}-0` : `${kind}${wrapped}`;
    let known = this.#constants.get(key);
    if (!known) {
      known = { op: 'constant', id: this.#ids++, kind, args: [], value: wrapped };
      this.#constants.set(key, known);
    }
    return known;
  }

  u32(value: number): Value {
    return this.constant('u32', value);
  }

  f32(value: number): Value {
    return this.constant('f32', value);
  }

  parameter(index: number): Value {
    const known = this.#parameters[index];
    if (known) return known;
    const value: Value = { op: 'parameter', id: this.#ids++, kind: 'u32', args: [], index };
    this.#parameters[index] = value;
    return value;
  }

  unary(operator: UnaryOp, a: Value): Value {
    const simple = simplifyUnary(this, operator, a);
    if (simple) return simple;
    const key = `${operator} ${a.id}`;
    const { kind } = a;
    return (
      this.#known.computed(key) ??
      this.#learn(key, { op: 'unary', id: this.#ids++, kind, args: [a], operator })
    );
  }

  binary(operator: BinaryOp, a: Value, b: Value): Value {
    const simple = simplifyBinary(this, operator, a, b);
    if (simple) return simple;
    const [x, y] = commutes(operator) && a.id > b.id ? [b, a] : [a, b];
    const kind = resultKind(operator, a.kind);
    // A constant stays on the right, where address folding looks for it.
    const args = x.op === 'constant' && commutes(operator) ? [y, x] : [x, y];
    const key = `${operator} ${x.id} ${y.id}`;
    return (
      this.#known.computed(key) ??
      this.#learn(key, { op: 'binary', id: this.#ids++, kind, args, operator })
    );
  }

  /** `yes` where `condition` holds, else `no`. */
  select(no: Value, yes: Value, condition: Value): Value {
    if (condition.op === 'unary' && condition.operator === 'not') {
      return this.select(yes, no, condition.args[0]!);
    }
    const args = [no, yes, condition] as const;
    const simple = simplifySelect(this, args);
    if (simple) return simple;
    const key = `select ${no.id} ${yes.id} ${condition.id}`;
    const { kind } = no;
    return (
      this.#known.computed(key) ?? this.#learn(key, { op: 'select', id: this.#ids++, kind, args })
    );
  }

  /** WGSL's value conversion. */
  convert(kind: ScalarKind, a: Value): Value {
    const simple = simplifyConvert(this, kind, a);
    if (simple) return simple;
    if (kind === 'bool') return this.binary('ne', a, this.constant(a.kind, 0));
    if (a.kind === 'bool') return this.select(this.constant(kind, 0), this.constant(kind, 1), a);
    if (kind !== 'f32' && a.kind !== 'f32') return this.bitcast(kind, a);
    const key = `convert ${kind} ${a.id}`;
    return (
      this.#known.computed(key) ??
      this.#learn(key, { op: 'convert', id: this.#ids++, kind, args: [a] })
    );
  }

  bitcast(kind: ScalarKind, a: Value): Value {
    const simple = simplifyBitcast(this, kind, a);
    if (simple) return simple;
    if (a.op === 'bitcast') return this.bitcast(kind, a.args[0]!);
    const key = `bitcast ${kind} ${a.id}`;
    return (
      this.#known.computed(key) ??
      this.#learn(key, { op: 'bitcast', id: this.#ids++, kind, args: [a] })
    );
  }

  /** `index` as u32, at most `last`. */
  clamp(index: Value, last: Value, padded: boolean): Value {
    const bits = this.bitcast('u32', index);
    if (last.op === 'constant' && upperBound(bits) <= last.value) return bits;
    if (last.op !== 'constant' && this.#coverage.some((one) => one.cover(bits, last))) return bits;
    const key = `clamp ${bits.id} ${last.id} ${padded}`;
    return (
      this.#known.computed(key) ??
      this.#learn(key, { op: 'clamp', id: this.#ids++, kind: 'u32', args: [bits, last], padded })
    );
  }

  /** index * bytes; of a sum with a constant as such a sum, whose constant a load takes along. */
  scale(index: Value, bytes: number): Value {
    const factor = this.u32(bytes);
    if (index.op !== 'binary' || index.operator !== 'add') return this.binary('mul', index, factor);
    const [rest, constant] = index.args as [Value, Value];
    if (constant.op !== 'constant') return this.binary('mul', index, factor);
    return this.binary('add', this.binary('mul', rest, factor), this.u32(constant.value * bytes));
  }

  /** Whether the condition holds in every lane. */
  all(condition: Value): Value {
    if (condition.op === 'constant') return condition;
    const key = `all ${condition.id}`;
    return (
      this.#known.computed(key) ??
      this.#learn(key, { op: 'all', id: this.#ids++, kind: 'bool', args: [condition] })
    );
  }

  interleave(index: Value, bytes: number): Value {
    const key = `interleave ${index.id} ${bytes}`;
    return (
      this.#known.computed(key) ??
      this.#learn(key, { op: 'interleave', id: this.#ids++, kind: 'u32', args: [index], bytes })
    );
  }

  slot(kind: ScalarKind, name: string): Slot {
    return { id: this.#ids++, kind, name, home: this.#region };
  }

  get(slot: Slot): Value {
    return this.#known.valueOf(slot) ?? this.#remember(slot);
  }

  #remember(slot: Slot): Value {
    const value = this.#push({ op: 'get', id: this.#ids++, kind: slot.kind, args: [], slot });
    this.#known.learn(slot, value);
    return value;
  }

  set(slot: Slot, value: Value): void {
    this.#item({ op: 'set', slot, value });
    this.#known.assign(slot, value);
  }

  load(memory: Memory, kind: ScalarKind, address: Value, offset: number): Value {
    const [base, total] = this.#fold(address, offset);
    const known = this.#known.loaded(memory, base, total);
    if (known?.kind === kind) return known;
    const value = this.#push({
      op: 'load',
      id: this.#ids++,
      kind,
      args: [base],
      memory,
      offset: total,
    });
    this.#known.learnLoad(memory, base, total, value);
    return value;
  }

  store(memory: Memory, address: Value, offset: number, value: Value): void {
    const [base, total] = this.#fold(address, offset);
    this.#item({ op: 'store', memory, address: base, offset: total, value });
    this.#known.store(memory, base, total, value);
  }

  /** The old value; for `compareExchange` the operands are the expected and the new value. */
  atomic(
    operation: AtomicOp,
    place: { memory: Memory; kind: ScalarKind; address: Value; offset: number },
    operands: readonly Value[],
  ): Value {
    const { memory, kind } = place;
    const [base, offset] = this.#fold(place.address, place.offset);
    this.#known.forget(memory);
    const args = [base, ...operands];
    const id = this.#ids++;
    return this.#push({ op: 'atomic', id, kind, args, operation, memory, offset });
  }

  /** What other invocations may have written since. */
  forget(memory: Memory): void {
    this.#known.forget(memory);
  }

  #fold(address: Value, offset: number): [Value, number] {
    if (address.op === 'constant') return [this.u32(0), address.value + offset];
    if (address.op !== 'binary' || address.operator !== 'add') return [address, offset];
    const [base, constant] = address.args as [Value, Value];
    if (constant.op !== 'constant' || constant.value >= 2 ** 31) return [address, offset];
    return [base, constant.value + offset];
  }

  if(condition: Value, then: () => void, otherwise: () => void = () => {}): void {
    if (condition.op === 'constant') return condition.value === 0 ? otherwise() : then();
    const item = {
      op: 'if',
      condition,
      then: this.#newRegion(),
      else: this.#newRegion(),
    } as const;
    this.#item(item);
    this.#inside(item.then, then, false);
    this.#inside(item.else, otherwise, false);
  }

  /**
   * Two versions of what `write` writes: one whose indexes into buffers are known to be in range,
   * as far as that can be said in advance, and one that clamps them.
   */
  versions(write: () => void): void {
    // Within a version there are no more: text would double with every level.
    if (this.#versioned) return write();
    this.#versioned = true;
    const assumptions = new Assumptions(this.#ids);
    const fast = this.#newRegion();
    this.#covered(assumptions, () => this.#inside(fast, write, false));
    const holds = assumptions.made
      .map((made) => assumptions.holds(this, made))
      .reduce((all, one) => this.binary('and', all, one), this.constant('bool', 1));
    if (holds.op === 'constant') {
      this.#item({ op: 'block', label: { id: this.#ids++, body: fast } });
    } else {
      const slow = this.#newRegion();
      this.#item({ op: 'if', condition: holds, then: fast, else: slow });
      this.#inside(slow, write, false);
    }
    this.#versioned = false;
  }

  /**
   * A loop over `counter`, a slot that counts up by one from what it holds: to `end`, or to where
   * an index into a buffer, as far as it grows with the counter, would be out of range. None of
   * those is clamped inside.
   */
  countInRange(counter: Slot, end: Value, write: (current: Value) => void): void {
    const firstId = this.#ids;
    const least = this.slot('u32', 'end');
    const body = this.#newRegion();
    const written: Ranges[] = [];
    const writeRound = (current: Value) => {
      const ranges = new Ranges(firstId, current);
      this.#covered(ranges, () => write(current));
      written.push(ranges);
    };
    this.#inside(body, () => this.count(counter, () => this.get(least), writeRound), false);
    const ends = written.flatMap((ranges) => ranges.made.map((one) => ranges.endOf(this, one)));
    this.set(
      least,
      ends.reduce((a, b) => this.binary('min', a, b), end),
    );
    this.#item({ op: 'block', label: { id: this.#ids++, body } });
  }

  /** A loop over `counter`, a slot that counts up by one from what it holds to `end`. */
  count(counter: Slot, end: () => Value, write: (current: Value) => void): void {
    this.block((done) => {
      this.loop(0, () => {
        const current = this.get(counter);
        this.if(this.binary('ge', current, end()), () => this.exit(done));
        write(current);
        this.set(counter, this.binary('add', current, this.u32(1)));
      });
    });
  }

  #covered(coverage: Coverage, write: () => void): void {
    this.#coverage.push(coverage);
    write();
    this.#coverage.pop();
  }

  /** `write` gets the label to exit to. */
  block(write: (label: Label) => void): void {
    const label: Label = { id: this.#ids++, body: this.#newRegion() };
    this.#item({ op: 'block', label });
    this.#inside(label.body, () => write(label), false);
  }

  loop(line: number, write: () => void): void {
    const body = this.#newRegion();
    this.#item({ op: 'loop', body, line });
    this.#inside(body, write, true);
  }

  exit(label: Label): void {
    this.#item({ op: 'exit', label });
  }

  /** Whether what is written now is ever reached. */
  get reachable(): boolean {
    return this.#region.items.at(-1)?.op !== 'exit';
  }

  #newRegion(): Region {
    return { id: this.#ids++, parent: this.#region, items: [] };
  }

  #inside(region: Region, write: () => void, repeats: boolean): void {
    const outer = this.#region;
    this.#region = region;
    this.#known.enter(repeats);
    write();
    this.#known.leave();
    this.#region = outer;
  }

  #item(item: Item): void {
    this.#effects++;
    this.#region.items.push(item);
  }

  #push(value: Value): Value {
    this.#region.items.push(value);
    return value;
  }

  #learn(key: string, value: Value): Value {
    this.#region.items.push(value);
    this.#known.learnComputed(key, value);
    return value;
  }
}
