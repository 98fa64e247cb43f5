/** PyTorch's optimisers, step by step, against ours on a target. */
import type { Compute } from '@dreampitch/compute';
import { adam, clipByNorm, input, Program, rmsProp, sgd, state } from '@dreampitch/learning';
import { type Tensor, type Update } from '@dreampitch/learning';
import { expectClose, type Values } from './pytorch-cases.ts';

export type OptimiserCase = {
  name: string;
  initial: Values;
  gradients: Values[];
  afterEachStep: Values[];
  defaults: Record<string, unknown>;
};

export type ClipCase = { maximum: number; norm: number; before: Values[]; after: Values[] };

type Numbers = { lr: number; weight_decay: number; momentum: number; alpha: number; eps: number };

function updatesOf(c: OptimiserCase, weight: Tensor, gradient: Tensor): Update[] {
  const trained = [{ name: 'w', weight, gradient }];
  const { lr: rate, weight_decay: weightDecay, ...numbers } = c.defaults as unknown as Numbers;
  switch (c.name) {
    case 'adam':
    case 'adamw':
      return adam(trained, { rate, weightDecay });
    case 'sgd_nesterov':
      return sgd(trained, { rate, momentum: numbers.momentum, nesterov: true });
    case 'rmsprop':
      return rmsProp(trained, { rate, decay: numbers.alpha, epsilon: numbers.eps });
    default:
      throw new Error(`No optimiser for the reference's case '${c.name}'.`);
  }
}

export async function expectOptimiser(compute: Compute, c: OptimiserCase): Promise<void> {
  const weight = state('weight', c.initial.shape);
  const gradient = input('gradient', c.initial.shape);
  const updates = updatesOf(c, weight, gradient);
  using program = await Program.create(compute, { outputs: {}, updates });
  program.write('weight', Float32Array.from(c.initial.data));
  for (const [step, values] of c.gradients.entries()) {
    program.write('gradient', Float32Array.from(values.data));
    program.run();
    const after = await program.read('weight');
    expectClose(`${c.name} after step ${step}`, after, c.afterEachStep[step]!, 1e-5);
  }
}

export async function expectClipping(compute: Compute, c: ClipCase): Promise<void> {
  const gradients = c.before.map(({ shape }, i) => input(`g${i}`, shape));
  const { clipped, norm } = clipByNorm(gradients, c.maximum);
  const outputs: Record<string, Tensor> = { norm };
  clipped.forEach((one, i) => (outputs[`clipped ${i}`] = one));
  using program = await Program.create(compute, { outputs });
  c.before.forEach(({ data }, i) => program.write(`g${i}`, Float32Array.from(data)));
  program.run();
  expectClose('norm', await program.read('norm'), { shape: [], data: [c.norm] }, 1e-5);
  for (const [i, values] of c.after.entries()) {
    expectClose(`clipped ${i}`, await program.read(`clipped ${i}`), values, 1e-5);
  }
}
