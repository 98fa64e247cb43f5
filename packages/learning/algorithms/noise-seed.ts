/** Where the noise of actions comes from. */
import { add, equal, less, state, where } from '../tensor/operators.ts';
import type { Update } from '../tensor/program.ts';
import type { Tensor } from '../tensor/tensor.ts';

/** A seed that changes with every decision, or is held for `steps` of them. */
export function noiseSeed(steps: number): {
  readonly own: Tensor; // changes with every decision
  readonly seed: Tensor;
  readonly updates: Update[];
} {
  const own = state('seed', [], 'u32');
  const next = { state: own, value: add(own, 1) };
  if (steps === 0) return { own, seed: own, updates: [next] };
  const held = state('heldSeed', [], 'u32');
  const age = state('heldFor', []); // decisions since it was drawn
  const current = where(equal(age, 0), own, held);
  const older = add(age, 1);
  const updates = [
    next,
    { state: held, value: current },
    { state: age, value: where(less(older, steps), older, 0) },
  ];
  return { own, seed: current, updates };
}
