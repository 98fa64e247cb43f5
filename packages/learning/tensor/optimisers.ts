/** Optimisers as updates of a graph's states: new weights, and the moments that they keep. */
import {
  add,
  divide,
  maximum,
  minimum,
  multiply,
  type Operand,
  sqrt,
  state,
  subtract,
  sum,
} from './operators.ts';
import type { Update } from './program.ts';
import type { Tensor } from './tensor.ts';

/** A weight with its gradient; `name` names the states that the optimiser keeps for it. */
export type Trained = { readonly name: string; readonly weight: Tensor; readonly gradient: Tensor };

export type AdamOptions = {
  readonly rate: Operand; // step size
  readonly beta1: number; // decay of the first moment
  readonly beta2: number; // of the second
  readonly epsilon: number;
  readonly weightDecay: number; // decoupled: share of the weight lost per unit of the rate
};

/** Kingma and Ba 2015, arXiv 1412.6980, algorithm 1; the same numbers as PyTorch. */
export const ADAM_DEFAULTS: AdamOptions = {
  rate: 1e-3,
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-8,
  weightDecay: 0,
};

/** With weightDecay: AdamW (Loshchilov and Hutter 2019, arXiv 1711.05101, algorithm 2). */
export function adam(trained: readonly Trained[], options: Partial<AdamOptions> = {}): Update[] {
  const { rate, beta1, beta2, epsilon, weightDecay } = { ...ADAM_DEFAULTS, ...options };
  // 1 - beta^t, kept as states: f32 powers of 0.999 stay exact enough over any number of steps.
  const share1 = state('adam.share1', []);
  const share2 = state('adam.share2', []);
  const next1 = add(share1, multiply(subtract(1, share1), 1 - beta1));
  const next2 = add(share2, multiply(subtract(1, share2), 1 - beta2));
  const updates: Update[] = [
    { state: share1, value: next1 },
    { state: share2, value: next2 },
  ];
  for (const { name, weight, gradient } of trained) {
    const first = state(`${name}.first`, weight.shape);
    const second = state(`${name}.second`, weight.shape);
    const newFirst = add(multiply(first, beta1), multiply(gradient, 1 - beta1));
    const squared = multiply(gradient, gradient);
    const newSecond = add(multiply(second, beta2), multiply(squared, 1 - beta2));
    const spread = add(sqrt(divide(newSecond, next2)), epsilon);
    const step = multiply(divide(divide(newFirst, next1), spread), rate);
    const kept = weightDecay === 0 ? weight : multiply(weight, decayed(rate, weightDecay));
    updates.push({ state: first, value: newFirst }, { state: second, value: newSecond });
    updates.push({ state: weight, value: subtract(kept, step) });
  }
  return updates;
}

function decayed(rate: Operand, weightDecay: number): Operand {
  return subtract(1, multiply(rate, weightDecay));
}

export type SgdOptions = {
  readonly rate: Operand;
  readonly momentum: number;
  readonly nesterov: boolean;
};

/** Gradient descent with momentum, as torch.optim.SGD. */
export function sgd(trained: readonly Trained[], o: SgdOptions): Update[] {
  return trained.flatMap(({ name, weight, gradient }) => {
    if (o.momentum === 0) {
      return [{ state: weight, value: subtract(weight, multiply(gradient, o.rate)) }];
    }
    const velocity = state(`${name}.velocity`, weight.shape);
    const faster = add(multiply(velocity, o.momentum), gradient);
    const step = o.nesterov ? add(gradient, multiply(faster, o.momentum)) : faster;
    return [
      { state: velocity, value: faster },
      { state: weight, value: subtract(weight, multiply(step, o.rate)) },
    ];
  });
}

export type RmsPropOptions = {
  readonly rate: Operand;
  readonly decay: number;
  readonly epsilon: number;
};

/** Tieleman and Hinton 2012, lecture 6.5, as torch.optim.RMSprop. */
export function rmsProp(trained: readonly Trained[], o: RmsPropOptions): Update[] {
  return trained.flatMap(({ name, weight, gradient }) => {
    const power = state(`${name}.power`, weight.shape);
    const squared = multiply(gradient, gradient);
    const newPower = add(multiply(power, o.decay), multiply(squared, 1 - o.decay));
    const step = divide(gradient, add(sqrt(newPower), o.epsilon));
    return [
      { state: power, value: newPower },
      { state: weight, value: subtract(weight, multiply(step, o.rate)) },
    ];
  });
}

/**
 * The gradients scaled down together where their norm exceeds `normMax` (Pascanu et al. 2013, arXiv
 * 1211.5063, algorithm 1), and that norm; as torch.nn.utils.clip_grad_norm_.
 */
export function clipByNorm(
  gradients: readonly Tensor[],
  normMax: number,
): { clipped: Tensor[]; norm: Tensor } {
  const squares = gradients.map((gradient) => sum(multiply(gradient, gradient)));
  const norm = sqrt(squares.reduce((total, one) => add(total, one)));
  const scale = minimum(divide(normMax, maximum(add(norm, 1e-6), 1e-30)), 1);
  return { clipped: gradients.map((gradient) => multiply(gradient, scale)), norm };
}
