/** Factors of matrix products as they lie in memory: which views a kernel can read through. */
import type { Target } from '@dreampitch/compute';
import { lookedAt, placeOf, reshapedAt } from './axis-map.ts';
import { type Form, variable } from './index-form.ts';
import type { KernelText } from './kernel-text.ts';
import { epilogueOf, type Finish, partEpilogueOf } from './epilogue.ts';
import { loadsOf } from './loads.ts';
import type { Tensor } from './tensor.ts';
import { type Axis, digitsOf, type FactorLayout } from './wasm-layout.ts';
import { gpuProduct } from './gpu-product.ts';
import { groupsOf } from './wasm-blocking.ts';
import { wasmProduct } from './wasm-product.ts';

/** What lies in memory, and on which target. */
export type MemoryOptions = { readonly stored: ReadonlySet<Tensor>; readonly target: Target };
type Seen = { readonly source: Tensor; readonly place: Form };

/** What in memory a tensor looks at, and where; null where it computes, or may look beside it. */
export function seenThrough(tensor: Tensor, at: readonly Form[], o: MemoryOptions): Seen | null {
  const { operator, inputs } = tensor;
  const source = inputs[0]!;
  if (o.stored.has(tensor)) return { source: tensor, place: placeOf(at, tensor.shape) };
  if (operator.kind === 'reshape') {
    return seenThrough(source, reshapedAt(at, { from: tensor.shape, to: source.shape }), o);
  }
  if (operator.kind === 'view' && !operator.axes.some((axis) => axis.guarded)) {
    return seenThrough(source, lookedAt(operator.axes, at), o);
  }
  const same = operator.kind === 'stop-gradient' || operator.kind === 'after';
  return same || isReadCast(tensor, o.target) ? seenThrough(source, at, o) : null;
}

/** Products on WebGPU read halves where they lie; on WASM these are copied as f32 before. */
export function isReadCast({ operator, inputs }: Tensor, target: Target): boolean {
  const isCast = operator.kind === 'map' && operator.name === 'toFloat';
  return isCast && inputs[0]!.type === 'f16' && target === 'webgpu';
}

function layoutOfFactor(
  tensor: Tensor,
  o: MemoryOptions & { across: 1 | 2 },
): { source: Tensor; layout: FactorLayout } | null {
  const names = ['batch', ...(o.across === 1 ? ['across', 'depth'] : ['depth', 'across'])];
  const at = names.map((name, axis) => variable(name, tensor.shape[axis]!));
  const seen = seenThrough(tensor, at, o);
  const variables = names.map((name, axis) => ({ name, size: tensor.shape[axis]! }));
  const digits = seen && digitsOf(seen.place, variables);
  if (!seen || !digits) return null;
  const [batch, ...others] = digits.axes as [Axis, Axis, Axis];
  const [across, depth] = (o.across === 1 ? others : others.toReversed()) as [Axis, Axis];
  return { source: seen.source, layout: { base: digits.base, batch, across, depth } };
}

/**
 * What must be written to memory before the product, so that its kernel can read a factor; null where
 * nothing must. Of a convolution's patches it is the padded picture.
 */
export function copyNeeded(product: Tensor, which: 0 | 1, o: MemoryOptions): Tensor | null {
  return readable(product.inputs[which]!, { ...o, across: which === 0 ? 1 : 2 });
}

/** The first of what a factor looks at, from what it is made of on, with which its layout is one. */
function readable(factor: Tensor, o: MemoryOptions & { across: 1 | 2 }): Tensor | null {
  if (layoutOfFactor(factor, o)) return null;
  const chain = [factor];
  const last = () => chain.at(-1)!;
  const looksOn = () => LOOKS_ON.has(last().operator.kind) || isReadCast(last(), o.target);
  while (looksOn() && !o.stored.has(last())) chain.push(last().inputs[0]!);
  const fits = (one: Tensor) => {
    return layoutOfFactor(factor, { ...o, stored: new Set([...o.stored, one]) }) !== null;
  };
  return chain.toReversed().find(fits) ?? factor;
}

const LOOKS_ON: ReadonlySet<string> = new Set(['view', 'reshape', 'stop-gradient']);
/** The product's kernel on a target; on WASM with what is done to its elements. */
export function productText(
  product: Tensor,
  o: {
    stored: ReadonlySet<Tensor>;
    target: Target;
    threadCount: number;
    finish?: Finish | undefined;
  },
): KernelText {
  const { stored, finish, target, threadCount } = o;
  const [a, b] = product.inputs as [Tensor, Tensor];
  const first = layoutOfFactor(a, { stored, target, across: 1 });
  const second = layoutOfFactor(b, { stored, target, across: 2 });
  if (!first || !second) throw new Error('A factor of a product does not lie in memory.');
  const [batches, rows, columns] = product.shape as [number, number, number];
  const layouts = { first: first.layout, second: second.layout, epilogue: finish?.epilogue };
  const shape = { batches, rows, depth: a.shape[2]!, columns, threadCount, ...layouts };
  const operands = [first.source, second.source, ...(finish?.operands ?? [])];
  if (target === 'webgpu') {
    const halves = [first.source.type === 'f16', second.source.type === 'f16'] as const;
    return { ...gpuProduct(shape, halves), operands, inPlace: new Set() };
  }
  return {
    wgsl: bindingsOf(operands.length),
    wasm: wasmProduct(shape, 'main'),
    operands,
    invocations: groupsOf(shape),
    inPlace: new Set(),
  };
}

/** A product with how it is finished. */
export type Finished = { readonly product: Tensor; readonly finish: Finish };

/**
 * Products whose only reader is an element-wise kernel that can finish them, by that kernel: one, or
 * several where they lie side by side in its result. `keeps`: what must be in memory all the same.
 */
export function finishedProducts(
  kernels: readonly Tensor[],
  o: { stored: ReadonlySet<Tensor>; keeps: ReadonlySet<Tensor> },
): Map<Tensor, readonly Finished[]> {
  const readers = new Map<Tensor, Tensor[]>();
  for (const kernel of kernels) {
    for (const operand of loadsOf(kernel, o.stored)) {
      readers.set(operand, [...(readers.get(operand) ?? []), kernel]);
    }
  }
  const isAlone = (product: Tensor) =>
    product.operator.kind === 'matmul' &&
    readers.get(product)?.length === 1 &&
    !o.keeps.has(product);
  const finished = new Map<Tensor, readonly Finished[]>();
  for (const product of kernels) {
    const reader = readers.get(product)?.[0];
    if (!reader || !isAlone(product) || finished.has(reader)) continue;
    const finish = epilogueOf(reader, product, o.stored);
    const isItsOwn = (one: Tensor) => isAlone(one) && readers.get(one)![0] === reader;
    const all = finish
      ? [{ product, finish }]
      : joinedProducts(reader, { ...o, isAlone: isItsOwn });
    if (all) finished.set(reader, all);
  }
  return finished;
}

/** Of a tensor that is nothing but products, joined along an axis; null where it is not. */
function joinedProducts(
  tensor: Tensor,
  o: { stored: ReadonlySet<Tensor>; isAlone: (product: Tensor) => boolean },
): Finished[] | null {
  const { stored, isAlone } = o;
  const finished: Finished[] = [];
  for (const { part, before } of joinedParts(tensor, stored)) {
    const product = [part, ...loadsOf(part, stored)].find(isAlone);
    if (!product || finished.some((one) => one.product === product)) return null;
    const finish = partEpilogueOf(part, { product, stored, shape: tensor.shape, before });
    if (!finish) return null;
    finished.push({ product, finish });
  }
  // None of them is in memory for another to read.
  const products = new Set(finished.map(({ product }) => product));
  const isRead = finished.some(({ finish }) => finish.operands.some((one) => products.has(one)));
  return finished.length > 0 && !isRead ? finished : null;
}

type Part = { readonly part: Tensor; readonly before: readonly number[] };

/** What a sum of padded tensors joins along an axis; none where it does not, or leaves gaps. */
function joinedParts(tensor: Tensor, stored: ReadonlySet<Tensor>): Part[] {
  const parts: Part[] = [];
  const visit = (one: Tensor): boolean => {
    const { operator, inputs } = one;
    if (one !== tensor && stored.has(one)) return false;
    if (operator.kind === 'map' && operator.name === 'add') return inputs.every(visit);
    if (operator.kind !== 'view' || operator.view.name !== 'pad') return false;
    parts.push({ part: inputs[0]!, before: operator.view.before });
    return true;
  };
  if (!visit(tensor)) return [];
  const { shape } = tensor;
  const axis = shape.findIndex((size, i) => parts[0]!.part.shape[i] !== size);
  let end = 0;
  for (const { part, before } of parts.toSorted((a, b) => a.before[axis]! - b.before[axis]!)) {
    const isWhole = shape.every((size, i) => i === axis || part.shape[i] === size);
    if (!isWhole || before[axis] !== end) return [];
    end += part.shape[axis]!;
  }
  return end === shape[axis] ? parts : [];
}

/** A text that has the bindings of a hand-written kernel. */
export function bindingsOf(operandCount: number): string {
  const names = Array.from({ length: operandCount }, (_, i) => `operand${i}`);
  const bindings = names.map(
    (name, i) => `@group(0) @binding(${i + 1}) var<storage, read> ${name}: array<f32>;`,
  );
  return `@group(0) @binding(0) var<storage, read_write> result: array<f32>;
${bindings.join('\n')}
@compute @workgroup_size(1)
fn main(@builtin(global_invocation_id) id: vec3u) {
  result[id.x] = ${names.map((name) => `${name}[id.x]`).join(' * ')};
}
`;
}
