/** Learning with halves: a loss scaled up, so that small gradients do not vanish in them. */
import { gradients } from './gradient.ts';
import {
  abs,
  add,
  divide,
  equal,
  less,
  max,
  multiply,
  state,
  toFloat,
  where,
} from './operators.ts';
import type { Update } from './schedule.ts';
import type { Tensor } from './tensor.ts';

export type LossScaleOptions = {
  readonly start: number; // powers of two lose no bits
  readonly growthSteps: number; // so many without overflow double it
};

/** Those of PyTorch's GradScaler. */
export const LOSS_SCALE_DEFAULTS: LossScaleOptions = { start: 2 ** 16, growthSteps: 2000 };

/**
 * Updates by the gradients of a loss, f32 [], times a scale that they are divided by again (Micikevicius
 * et al. 2018, arXiv 1710.03740, section 3.2). Where one of them is infinite or no number, the step is
 * left out and the scale halved. The states `loss.scale` (0 stands for the start) and `loss.steps` (since
 * the scale last changed) are the program's.
 */
export function scaledLoss(
  loss: Tensor,
  weights: readonly Tensor[],
  o: Partial<LossScaleOptions> & { updates: (gradients: readonly Tensor[]) => readonly Update[] },
): Update[] {
  const { start, growthSteps } = { ...LOSS_SCALE_DEFAULTS, ...o };
  const [kept, steps] = [state('loss.scale', []), state('loss.steps', [])];
  const scale = where(equal(kept, 0), start, kept);
  const back = gradients(multiply(loss, scale), weights).map(toFloat);
  const finite = back
    .map((one) => less(max(abs(one)), FINITE_MAX))
    .reduce((all, one) => multiply(all, one));
  const grows = multiply(finite, less(growthSteps - 1.5, steps));
  const moved = where(grows, multiply(scale, 2), where(finite, scale, multiply(scale, 0.5)));
  const taken = o.updates(back.map((one) => divide(one, scale)));
  return [
    ...taken.map(({ state: old, value }) => ({ state: old, value: where(finite, value, old) })),
    { state: kept, value: moved },
    { state: steps, value: multiply(multiply(finite, add(steps, 1)), less(grows, 0.5)) },
  ];
}

/** Larger is infinite: f32 ends at 3.4e38. */
const FINITE_MAX = 3.4e38;
