/**
 * New values of states that are computed along with another by one kernel on WASM, as an optimiser's
 * moments with the weight: what they are made of is then loaded once, and they are not loaded again.
 */
import { kernelText } from './kernel-text.ts';
import { loadsOf } from './loads.ts';
import { sameShape } from './shape.ts';
import type { Tensor } from './tensor.ts';

/** A kernel can have so many bindings and no more: states that follow one another may be hundreds. */
const ALONG_MAX = 16;

type Options = {
  readonly stored: ReadonlySet<Tensor>;
  readonly values: ReadonlySet<Tensor>;
  /** Kernels of another kind, and those that others wait for. */
  readonly others: ReadonlySet<Tensor>;
};

/**
 * By the kernel that computes them, in the order in which they are: those of `values` that no other
 * reads, and it only where it writes. `kernels` come after what they read.
 */
export function computedAlong(
  kernels: readonly Tensor[],
  { stored, values, others }: Options,
): Map<Tensor, readonly Tensor[]> {
  const readers = new Map<Tensor, number>();
  for (const kernel of kernels) {
    for (const one of loadsOf(kernel, stored)) readers.set(one, (readers.get(one) ?? 0) + 1);
  }
  const isElementwise = (one: Tensor) =>
    one.operator.kind === 'map' && one.type === 'f32' && !others.has(one);
  const along = new Map<Tensor, readonly Tensor[]>();
  for (const kernel of kernels) {
    if (!isElementwise(kernel)) continue;
    const fitting = (one: Tensor) =>
      values.has(one) &&
      readers.get(one) === 1 &&
      isElementwise(one) &&
      sameShape(one.shape, kernel.shape);
    const own = [...loadsOf(kernel, stored)].filter(fitting);
    if (own.length === 0) continue;
    const { inPlace } = kernelText(kernel, { stored, target: 'wasm' });
    const taken = own.filter((one) => inPlace.has(one));
    const all = taken.flatMap((one) => [...(along.get(one) ?? []), one]);
    if (all.length === 0 || all.length > ALONG_MAX) continue;
    for (const one of taken) along.delete(one);
    along.set(kernel, all);
  }
  return along;
}
