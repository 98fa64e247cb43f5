/**
 * Decides which tensors get a kernel and memory of their own. The others (element-wise functions,
 * views, constants, lookups) are computed where they are used, within the kernels of those that do.
 */
import type { Target } from '@dreampitch/compute';
import { loadsOf } from './loads.ts';
import { copyNeeded, isReadCast } from './product.ts';
import { elementCount } from './shape.ts';
import { isUnwindowed, seenBy } from './unwindowing.ts';
import { inOrder, type MapName, readBy, type Tensor } from './tensor.ts';

/** WebGPU's default limit of 8 storage buffers per stage, less the result. */
const LOADS_MAX = 7;
/** A function of one value that is repeated so often is computed once. */
const REPEATS_MAX = 3;

export type Lowered = {
  /** Tensors with a kernel, in an order in which each comes after what it reads. */
  readonly kernels: readonly Tensor[];
  /** Kernels, inputs and states: what a kernel loads from memory. */
  readonly stored: ReadonlySet<Tensor>;
};

/** In memory without a kernel of its own. */
export function isLeaf({ operator }: Tensor): boolean {
  return ['input', 'state', 'placeholder', 'scan-result'].includes(operator.kind);
}

/**
 * `roots`: outputs and the new values of states; `leaves`: what is in memory already, of outside of a
 * loop's body.
 */
export function lower(
  roots: readonly Tensor[],
  o: { target: Target; leaves: ReadonlySet<Tensor> },
): Lowered {
  const { target, leaves } = o;
  const order = reached(inOrder(roots, leaves), { roots, target });
  const stored = new Set([...order.filter(isLeaf), ...leaves]);
  for (const tensor of roots) stored.add(tensor);
  for (const tensor of order) {
    for (const one of operandsInMemory(tensor, target)) stored.add(memoryOf(one, target));
    if (isOwnKernel(tensor) || isUnwindowed(tensor, target)) stored.add(tensor);
    if (tensor.operator.kind === 'scan') for (const one of tensor.inputs) stored.add(one);
  }
  for (const tensor of order) {
    if (tensor.operator.kind !== 'matmul') continue;
    for (const which of [0, 1] as const) {
      const copy = copyNeeded(tensor, which, { stored, target });
      if (copy) stored.add(copy);
    }
  }
  storeShared(order, stored);
  storeLong(order, stored);
  const isKernel = (one: Tensor) => stored.has(one) && !isLeaf(one) && !leaves.has(one);
  for (const tensor of order) {
    if (isKernel(tensor) && tensor.operator.kind !== 'scan') limitLoads(tensor, stored);
  }
  return { kernels: order.filter(isKernel), stored };
}

/** Those in the order that a root needs: the terms of a sum with a kernel of its own it does not. */
function reached(
  order: readonly Tensor[],
  o: { roots: readonly Tensor[]; target: Target },
): Tensor[] {
  const needed = new Set(o.roots);
  for (const tensor of order.toReversed()) {
    if (!needed.has(tensor)) continue;
    const shares = isUnwindowed(tensor, o.target) ? tensor.unwindowed!.shares : null;
    for (const one of shares?.map(({ part }) => part) ?? tensor.inputs) needed.add(one);
  }
  return order.filter((one) => needed.has(one));
}

function isOwnKernel({ operator }: Tensor): boolean {
  return ['reduce', 'matmul', 'scan'].includes(operator.kind);
}

/** Operands that would be computed over and over if they were not in memory. */
function operandsInMemory(tensor: Tensor, target: Target): readonly Tensor[] {
  const { operator, inputs, unwindowed } = tensor;
  if (unwindowed && isUnwindowed(tensor, target)) return [seenBy(unwindowed.shares[0]!.part)];
  if (operator.kind === 'matmul') return inputs;
  if (operator.kind === 'gather') return inputs.slice(0, 1);
  if (operator.kind !== 'view') return [];
  const repeats = elementCount(tensor.shape) / elementCount(inputs[0]!.shape);
  return repeats > REPEATS_MAX && !isCheap(inputs[0]!) ? inputs : [];
}

/** Through views, which need no memory, to what they look at. */
function memoryOf(tensor: Tensor, target: Target): Tensor {
  const { operator, inputs } = tensor;
  const views = ['view', 'reshape', 'stop-gradient', 'after'].includes(operator.kind);
  const looksOn = views || isReadCast(tensor, target);
  return looksOn && !isCheap(tensor) ? memoryOf(inputs[0]!, target) : tensor;
}

/** Constants, and views of them, cost nothing anywhere. */
function isCheap({ operator, inputs }: Tensor): boolean {
  if (operator.kind === 'constant' || operator.kind === 'index') return true;
  if (operator.kind === 'view' || operator.kind === 'reshape') return isCheap(inputs[0]!);
  return false;
}

/**
 * An element-wise function that several kernels would each compute gets one of its own, unless it is
 * cheaper to compute than to write and to read.
 */
function storeShared(order: readonly Tensor[], stored: Set<Tensor>): void {
  const usedIn = new Map<Tensor, Set<Tensor>>();
  for (const tensor of order.toReversed()) {
    const users = stored.has(tensor) ? new Set([tensor]) : (usedIn.get(tensor) ?? new Set());
    const shared = users.size > 1 && tensor.operator.kind === 'map' && !stored.has(tensor);
    if (shared && !isQuick(tensor, stored)) {
      stored.add(tensor);
      users.clear();
      users.add(tensor);
    }
    for (const input of readBy(tensor)) {
      const all = usedIn.get(input) ?? new Set();
      for (const user of users) all.add(user);
      usedIn.set(input, all);
    }
  }
}

/** Instructions, about, of functions that take more than one. */
const COSTS: Partial<Record<MapName, number>> = {
  exp: 20,
  log: 20,
  tanh: 20,
  sin: 20,
  cos: 20,
  uniform: 20,
  toHalf: 20, // to keep halves in memory rather than what they were made of
  divide: 4,
  sqrt: 4,
};
/** Loading a value takes about as long as so many. */
const QUICK_MAX = 4;

function isQuick(tensor: Tensor, stored: ReadonlySet<Tensor>): boolean {
  let cost = 0;
  for (const one of [tensor, ...inlinedIn(tensor, stored)]) {
    const { operator } = one;
    if (operator.kind === 'map') cost += COSTS[operator.name] ?? 1;
    if (operator.kind === 'gather') cost += QUICK_MAX;
    if (cost > QUICK_MAX) return false;
  }
  return loadsOf(tensor, stored).size <= 2;
}

/** A chain longer than this is cut: kernels compile in time, and nothing overflows the stack. */
const INLINED_MAX = 96;

function storeLong(order: readonly Tensor[], stored: Set<Tensor>): void {
  const sizes = new Map<Tensor, number>();
  for (const tensor of order) {
    const inside = readBy(tensor).map((input) => (stored.has(input) ? 0 : sizes.get(input)!));
    const size = inside.reduce((sum, one) => sum + one, 1);
    sizes.set(tensor, size);
    if (size > INLINED_MAX && tensor.operator.kind === 'map') stored.add(tensor);
  }
}

/** While a kernel would load too much, the operand that needs most becomes a kernel. */
function limitLoads(tensor: Tensor, stored: Set<Tensor>): void {
  while (loadsOf(tensor, stored).size > LOADS_MAX) {
    const inside = inlinedIn(tensor, stored).filter((one) => one.operator.kind === 'map');
    const sized = inside.map((one) => ({ one, loads: loadsOf(one, stored).size }));
    const fitting = sized.filter(({ loads }) => loads > 1 && loads <= LOADS_MAX);
    const largest = fitting.toSorted((a, b) => b.loads - a.loads)[0];
    if (!largest) throw new Error(`${tensor.operator.kind} loads too many tensors for a kernel.`);
    stored.add(largest.one);
  }
}

/** What is computed within a tensor's kernel, itself not. */
function inlinedIn(tensor: Tensor, stored: ReadonlySet<Tensor>): Tensor[] {
  const inside = new Set<Tensor>();
  const visit = (one: Tensor) => {
    for (const input of readBy(one)) {
      if (stored.has(input) || inside.has(input)) continue;
      inside.add(input);
      visit(input);
    }
  };
  visit(tensor);
  return [...inside];
}
