/** A graph, or the body of a loop, as kernels and loops in order with a plan of their memory: pure. */
import type { Target } from '@dreampitch/compute';
import { computedAlong } from './computed-along.ts';
import { type KernelText, kernelText } from './kernel-text.ts';
import { isLeaf, lower } from './lower.ts';
import { type MemoryPlan, planMemory } from './memory-plan.ts';
import { padText } from './padding.ts';
import { type Finished, finishedProducts, productText } from './product.ts';
import { gatesOf, schedule, type Update, type Work } from './schedule.ts';
import { elementCount, ShapeError, shownShape } from './shape.ts';
import { inOrder, type Loop, Tensor, wordCount } from './tensor.ts';
import { isUnwindowed, unwindowText } from './unwindowing.ts';

export type KernelWork = Work & {
  readonly kind: 'kernel';
  readonly tensor: Tensor;
  /** Mostly one; several write parts of the tensor each. */
  readonly texts: readonly KernelText[];
};

export type LoopWork = Work & {
  readonly kind: 'loop';
  readonly tensor: Tensor;
  readonly loop: Loop;
  readonly body: Block;
  /** Where in the memory around the loop its placeholders, its stacked outputs and its slots lie. */
  readonly placeholders: ReadonlyMap<Tensor, Tensor>;
  readonly stacks: ReadonlyMap<number, Tensor>; // by the output's index
  readonly slots: readonly Tensor[];
};

export type Block = {
  readonly works: readonly (KernelWork | LoopWork)[];
  /** New values that are computed straight into their states, and those copied there at the end. */
  readonly direct: readonly Update[];
  readonly copied: readonly Update[];
  /** Of whatever has no memory of its own. */
  readonly plan: MemoryPlan<Tensor>;
};

export type BlockOptions = {
  readonly target: Target;
  readonly threadCount: number;
  readonly outputs: readonly Tensor[];
  readonly updates: readonly Update[];
  /** What lies in memory of outside, where this is the body of a loop. */
  readonly leaves?: ReadonlySet<Tensor>;
  /** Outputs and copied values have memory of their own, rather than a slot to the end. */
  readonly keeps: boolean;
  /** States that change at the very end only. */
  readonly late?: ReadonlySet<Tensor>;
};

export function blockOf(o: BlockOptions): Block {
  const { target, threadCount, outputs, leaves = new Set<Tensor>() } = o;
  const updates = o.updates.map((one) => checkedUpdate(one, leaves));
  // The last layer's first, as gradients come: what is needed next then comes next.
  const roots = [...outputs, ...updates.map(({ value }) => value).toReversed()];
  const { kernels: all, stored } = lower(roots, { target, leaves });
  const keeps = new Set(roots);
  const finished =
    target === 'wasm' ? finishedProducts(all, { stored, keeps }) : new Map<Tensor, Finished[]>();
  const within = new Set([...finished.values()].flat().map(({ product }) => product));
  const values = new Set(target === 'wasm' ? updates.map(({ value }) => value) : []);
  const unwindowed = all.filter((one) => isUnwindowed(one, target));
  const gates = all.flatMap((one) => gatesOf(one, stored));
  const others = new Set([...finished.keys(), ...unwindowed, ...gates]);
  const along = computedAlong(all, { stored, values, others });
  for (const one of [...along.values()].flat()) within.add(one);
  const textsOf = (one: Tensor): KernelText[] => {
    const on = { stored, target, threadCount };
    const products = finished.get(one);
    if (products) return products.map((o) => productText(o.product, { ...on, finish: o.finish }));
    if (one.operator.kind === 'matmul') return [productText(one, on)];
    return [
      padText(one, on) ??
        unwindowText(one, on) ??
        kernelText(one, { ...on, along: along.get(one) }),
    ];
  };
  const works = all
    .filter((one) => !within.has(one))
    .map((tensor): KernelWork | LoopWork => {
      const { operator } = tensor;
      const written = [tensor, ...(along.get(tensor) ?? [])];
      const gates = [...new Set(written.flatMap((one) => gatesOf(one, stored)))];
      if (operator.kind === 'scan') {
        const results = inOrder(roots, leaves).filter((one) => one.inputs[0] === tensor);
        return loopWork(tensor, { loop: operator.loop, results, gates, target, threadCount });
      }
      const texts = textsOf(tensor);
      const reads = [...new Set(texts.flatMap(({ operands }) => operands))];
      const inPlace = texts.length === 1 ? texts[0]!.inPlace : new Set<Tensor>();
      return { kind: 'kernel', tensor, texts, reads, writes: written, inPlace, gates };
    });
  const kept = new Set(o.keeps ? outputs : []);
  const { order, direct, copied } = schedule(works, { updates, kept, copies: o.late });
  const atEnd = [...outputs, ...copied.map(({ value }) => value)];
  const placed = new Set([
    ...leaves,
    ...direct.map(({ value }) => value),
    ...(o.keeps ? atEnd : []),
  ]);
  const isPlanned = (one: Tensor) => !isLeafOf(one, works) && !placed.has(one);
  const steps = order.map(({ reads, writes }) => ({
    reads: reads.filter(isPlanned),
    writes: writes.filter(isPlanned),
  }));
  const last = { reads: atEnd.filter(isPlanned), writes: [] };
  const plan = planMemory([...steps, last], wordCount);
  return { works: order, direct, copied, plan };
}

/** Results of loops are leaves of a graph too, but ones that it computes. */
function isLeafOf(tensor: Tensor, works: readonly Work[]): boolean {
  if (!isLeaf(tensor)) return false;
  return !works.some(({ writes }) => writes.includes(tensor));
}

function loopWork(
  tensor: Tensor,
  o: {
    loop: Loop;
    results: readonly Tensor[];
    gates: readonly Tensor[];
    target: Target;
    threadCount: number;
  },
): LoopWork {
  const { loop, target, threadCount, gates } = o;
  const { carry, slices, captured } = loop;
  const placeholders = new Map<Tensor, Tensor>();
  const stacks = new Map<number, Tensor>();
  for (const result of o.results) {
    if (result.operator.kind !== 'scan-result') continue;
    const { index } = result.operator;
    if (index < carry.length) placeholders.set(carry[index]!, result);
    else stacks.set(index - carry.length, result);
  }
  for (const one of [...carry, ...slices]) {
    if (!placeholders.has(one)) placeholders.set(one, memory([wordCount(one)]));
  }
  const body = blockOf({
    target,
    threadCount,
    outputs: [...stacks.keys()].map((index) => loop.outputs[index]!),
    updates: carry.map((state, i) => ({ state, value: loop.next[i]! })),
    leaves: new Set([...carry, ...slices, ...captured]),
    keeps: false,
    late: new Set(carry.slice(0, 1)), // the time, by which slices are read and outputs written
  });
  const slots = body.plan.slotSizes.map((size) => memory([size]));
  const writes = [...placeholders.values(), ...stacks.values(), ...slots];
  const work = { reads: tensor.inputs, writes, inPlace: new Set<Tensor>(), gates };
  return { kind: 'loop', tensor, loop, body, placeholders, stacks, slots, ...work };
}

/** Stands for memory of that size. */
function memory(shape: readonly number[]): Tensor {
  return new Tensor({ kind: 'placeholder' }, [], { shape });
}

/** What lies in memory already is copied, so that it may change at the same time. */
function checkedUpdate({ state, value }: Update, leaves: ReadonlySet<Tensor>): Update {
  const { kind } = state.operator;
  const same = elementCount(state.shape) === elementCount(value.shape) && state.type === value.type;
  if ((kind === 'state' || kind === 'placeholder') && same) {
    if (!isLeaf(value) && !leaves.has(value)) return { state, value };
    const copy = new Tensor({ kind: 'after' }, [value], { shape: value.shape, type: value.type });
    return { state, value: copy };
  }
  throw new ShapeError(
    'update',
    `${shownShape(state.shape)} of ${kind === 'state' ? state.operator.name : kind} does not take ` +
      `${value.type} ${shownShape(value.shape)}.`,
  );
}
