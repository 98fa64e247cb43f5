/** Loops over time inside a graph. */
import { concatenate, constant, reshape, slice } from './operators.ts';
import { sameShape, ShapeError, shownShape } from './shape.ts';
import type { Tensor } from './tensor.ts';

export type ScanStep = (
  carry: readonly Tensor[],
  at: { readonly slices: readonly Tensor[]; readonly time: Tensor },
) => { readonly carry: readonly Tensor[]; readonly outputs: readonly Tensor[] };

export type ScanOptions = {
  readonly steps: number;
  /** Sequences [steps, ...], of which every step sees its own [...]. */
  readonly slices?: readonly Tensor[];
  /** `time` is u32 []: 0, 1, 2 ... For other random numbers at every step, add it to the seed. */
  readonly step: ScanStep;
};

/**
 * A step applied so many times, its carry handed on, with gradients through all of it. Returns the last
 * carry, and every step's outputs as [steps, ...].
 */
export function scan(
  initial: readonly Tensor[],
  o: ScanOptions,
): { carry: readonly Tensor[]; outputs: readonly Tensor[] } {
  for (const { shape } of o.slices ?? []) {
    if (shape[0] === o.steps) continue;
    throw new ShapeError('scan', `${o.steps} steps of ${shownShape(shape)}: axis 0 differs.`);
  }
  let carry = initial;
  const outputs: Tensor[][] = [];
  for (let t = 0; t < o.steps; t++) {
    const slices = (o.slices ?? []).map((one) =>
      reshape(slice(one, { axis: 0, start: t, end: t + 1 }), one.shape.slice(1)),
    );
    const next = o.step(carry, { slices, time: constant(t, 'u32') });
    checkCarry(initial, next.carry);
    carry = next.carry;
    next.outputs.forEach((one, i) => (outputs[i] ??= []).push(reshape(one, [1, ...one.shape])));
  }
  return { carry, outputs: outputs.map((each) => concatenate(each, 0)) };
}

function checkCarry(before: readonly Tensor[], after: readonly Tensor[]): void {
  const same = before.every((one, i) => {
    const next = after[i];
    return next && sameShape(one.shape, next.shape) && one.type === next.type;
  });
  if (same && before.length === after.length) return;
  throw new ShapeError(
    'scan',
    `a step makes of the carry ${shownCarry(before)} another: ${shownCarry(after)}.`,
  );
}

function shownCarry(carry: readonly Tensor[]): string {
  return carry.map(({ type, shape }) => `${type} ${shownShape(shape)}`).join(', ');
}
