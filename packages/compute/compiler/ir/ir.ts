/**
 * The intermediate form: what one invocation computes, as scalar values in structured regions.
 * Values are defined once, where they stand in their region; `Slot`s are the only variables; all
 * calls are inlined and all composites taken apart. Nothing here knows of lanes but `lane` and the
 * addresses of interleaved memory: the analysis decides which values are the same in all four
 * invocations of a vector, the emitter then picks scalar or vector instructions.
 */
import type { BinaryOp, ScalarKind, UnaryOp } from './scalar-arithmetic.ts';

export type AtomicOp =
  | 'load'
  | 'store'
  | 'add'
  | 'sub'
  | 'min'
  | 'max'
  | 'and'
  | 'or'
  | 'xor'
  | 'exchange'
  | 'compareExchange';

/** A mutable scalar. */
export type Slot = {
  readonly id: number;
  readonly kind: ScalarKind;
  readonly name: string;
  /** Where it is declared: lanes that are inactive there do not matter to it. */
  readonly home: Region;
};

/** Memory that nothing but its own loads and stores touch. Addresses are bytes from its start. */
export type Memory =
  | {
      readonly kind: 'binding';
      readonly index: number;
      readonly writable: boolean;
      readonly home: null;
    }
  /** In the thread's scratch memory: a variable of four invocations, or of a workgroup. */
  | {
      readonly kind: 'private' | 'workgroup';
      readonly offset: number;
      readonly home: Region | null;
      readonly writable: true;
    }
  /** The dispatch table. */
  | { readonly kind: 'table'; readonly home: null; readonly writable: false };

type Node<K extends string, Rest> = Rest & {
  readonly op: K;
  readonly id: number;
  readonly kind: ScalarKind;
  readonly args: readonly Value[];
};

export type Value =
  | Node<'constant', { readonly value: number }>
  /** 0, 1, 2, 3 in the four lanes. */
  | Node<'lane', object>
  /** firstGroup, endGroup. */
  | Node<'parameter', { readonly index: number }>
  | Node<'get', { readonly slot: Slot }>
  | Node<'unary', { readonly operator: UnaryOp }>
  | Node<'binary', { readonly operator: BinaryOp }>
  /** [where false, where true, condition]. */
  | Node<'select', object>
  | Node<'convert', object>
  | Node<'bitcast', object>
  /** [condition]: whether it holds in every lane, active or not. */
  | Node<'all', object>
  /** [index, last]: the smaller, as u32. `padded`: memory reaches to the next multiple of four. */
  | Node<'clamp', { readonly padded: boolean }>
  /**
   * [index]: byte address of word 0 of an element whose struct of `bytes` is interleaved by four.
   */
  | Node<'interleave', { readonly bytes: number }>
  /** [address]. */
  | Node<'load', { readonly memory: Memory; readonly offset: number }>
  /** [address, operand, ...]: the old value. */
  | Node<
      'atomic',
      { readonly operation: AtomicOp; readonly memory: Memory; readonly offset: number }
    >;

export type Label = { readonly id: number; body: Region };

export type If = {
  readonly op: 'if';
  readonly condition: Value;
  readonly then: Region;
  readonly else: Region;
};
export type LabelBlock = { readonly op: 'block'; readonly label: Label };
/** Runs for ever; `exit` leaves. `line` is where the kernel's text has it. */
export type Loop = { readonly op: 'loop'; readonly body: Region; readonly line: number };
export type SetSlot = { readonly op: 'set'; readonly slot: Slot; readonly value: Value };
export type Store = {
  readonly op: 'store';
  readonly memory: Memory;
  readonly address: Value;
  readonly offset: number;
  readonly value: Value;
};
/** To the end of a labelled block. The last item of its region. */
export type Exit = { readonly op: 'exit'; readonly label: Label };

export type Item = Value | If | LabelBlock | Loop | SetSlot | Store | Exit;

/** Items in order. */
export type Region = {
  readonly id: number;
  readonly parent: Region | null;
  readonly items: Item[];
};

export type Kernel = {
  readonly name: string;
  readonly body: Region;
  readonly scratchBytes: number;
  /** All ids of values are below. */
  readonly valueCount: number;
};

export function isValue(item: Item): item is Value {
  return 'id' in item;
}

/** Regions inside an item. */
export function regionsOf(item: Item): readonly Region[] {
  switch (item.op) {
    case 'if':
      return [item.then, item.else];
    case 'block':
      return [item.label.body];
    case 'loop':
      return [item.body];
    default:
      return [];
  }
}

/** The values that an item reads. */
export function operandsOf(item: Item): readonly Value[] {
  switch (item.op) {
    case 'if':
      return [item.condition];
    case 'set':
      return [item.value];
    case 'store':
      return [item.address, item.value];
    case 'block':
    case 'loop':
    case 'exit':
      return [];
    default:
      return item.args;
  }
}

/** True where a value may be computed at any later place, or not at all. */
export function isPure(value: Value): boolean {
  return value.op !== 'get' && value.op !== 'load' && value.op !== 'atomic';
}
