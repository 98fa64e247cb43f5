/** Optimisers as updates of a graph's states: new weights, and the moments that they keep. */
import {
  add,
  cos,
  divide,
  matmul,
  maximum,
  minimum,
  multiply,
  type Operand,
  sqrt,
  state,
  subtract,
  sum,
  transpose,
} from './operators.ts';
import type { Update } from './schedule.ts';
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
  // What is divided by for all elements alike is divided by once.
  const scale = divide(rate, next1);
  const unspread = divide(1, sqrt(next2));
  for (const { name, weight, gradient } of trained) {
    const first = state(`${name}.first`, weight.shape);
    const second = state(`${name}.second`, weight.shape);
    const newFirst = add(multiply(first, beta1), multiply(gradient, 1 - beta1));
    const squared = multiply(gradient, gradient);
    const newSecond = add(multiply(second, beta2), multiply(squared, 1 - beta2));
    const spread = add(multiply(sqrt(newSecond), unspread), epsilon);
    const step = divide(multiply(newFirst, scale), spread);
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

export type MuonOptions = { readonly rate: Operand; readonly momentum: number };

/**
 * Muon (Jordan et al. 2024, kellerjordan.github.io/posts/muon): momentum, made orthogonal by five
 * Newton-Schulz steps. For weights of two axes; others belong to Adam.
 */
export function muon(trained: readonly Trained[], o: MuonOptions): Update[] {
  return trained.flatMap(({ name, weight, gradient }) => {
    const momentum = state(`${name}.momentum`, weight.shape);
    const faster = add(multiply(momentum, o.momentum), multiply(gradient, 1 - o.momentum));
    const ahead = add(multiply(faster, o.momentum), multiply(gradient, 1 - o.momentum));
    const [rows, columns] = weight.shape as [number, number];
    const scale = Math.sqrt(Math.max(1, rows / columns));
    const step = multiply(orthogonalised(ahead), multiply(scale, o.rate));
    return [
      { state: momentum, value: faster },
      { state: weight, value: subtract(weight, step) },
    ];
  });
}

/** Singular values towards 1: the quintic iteration of Muon, whose coefficients these are. */
function orthogonalised(matrix: Tensor): Tensor {
  const [rows, columns] = matrix.shape as [number, number];
  const upright = rows > columns;
  const flat = upright ? transpose(matrix) : matrix;
  let x = divide(flat, add(sqrt(sum(multiply(flat, flat))), 1e-7));
  for (let i = 0; i < 5; i++) {
    const square = matmul(x, transpose(x));
    const mixed = add(multiply(square, -4.775), multiply(matmul(square, square), 2.0315));
    x = add(multiply(x, 3.4445), matmul(mixed, x));
  }
  return upright ? transpose(x) : x;
}

/** A slow copy of weights: each run it moves 1 - decay of the way. */
export function movingAverage(
  weights: readonly { readonly name: string; readonly weight: Tensor; readonly value: Tensor }[],
  decay: number,
): Update[] {
  return weights.map(({ name, weight, value }) => {
    const average = state(`${name}.average`, weight.shape);
    return { state: average, value: add(multiply(average, decay), multiply(value, 1 - decay)) };
  });
}

export type Schedule = {
  readonly rate: number; // the highest
  readonly warmUpSteps: number; // linearly up to it
  readonly steps: number; // then down along a cosine, to `least` at this step
  readonly least: number;
};

/** A rate by the step number (f32): linear warm-up, then a cosine (Loshchilov and Hutter 2017). */
export function cosineRate(step: Tensor, o: Schedule): Tensor {
  const warm = minimum(divide(add(step, 1), Math.max(o.warmUpSteps, 1)), 1);
  const span = Math.max(o.steps - o.warmUpSteps, 1);
  const done = minimum(maximum(divide(subtract(step, o.warmUpSteps), span), 0), 1);
  const fall = multiply(add(cos(multiply(done, Math.PI)), 1), 0.5);
  return multiply(warm, add(multiply(fall, o.rate - o.least), o.least));
}
