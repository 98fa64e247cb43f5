/**
 * PyTorch's own values and gradients (test/reference/pytorch/learning.json: float64, seed 1) against
 * ours, compiled and run on a target. |a - b| <= 1e-4 max(1, |b|), and 1e-3 for gradients of
 * normalisations and attention.
 */
import type { Compute } from '@dreampitch/compute';
import * as learning from '@dreampitch/learning';
import { gradients, Program, type Tensor } from '@dreampitch/learning';
import { expect } from 'vitest';

export type Values = { shape: number[]; data: number[] };

export type Case = {
  name: string;
  parameters: Record<string, number | string>;
  inputs: Record<string, Values>;
  integerInputs: Record<string, Values>;
  output: Values;
  outputGradient: Values;
  inputGradients: Record<string, Values>;
};

type Inputs = Record<string, Tensor>;
const convolution = (c: Case, { x, weight, bias }: Inputs) => {
  const { stride, padding, groups } = c.parameters as Record<string, number>;
  return learning.convolution(x!, { weight: weight!, bias, stride, padding, groups });
};
const norm = (c: Case, { weight, bias }: Inputs) => {
  return { weight: weight!, bias, epsilon: c.parameters['eps'] as number };
};

/** The reference's cases as our graphs, by name. */
const GRAPHS: Record<string, (inputs: Inputs, c: Case) => Tensor> = {
  linear: ({ x, weight, bias }) => learning.linear(x!, { weight: weight!, bias }),
  matmul_batched: ({ a, b }) => learning.matmul(a!, b!),
  conv2d_stride1_pad1_groups1: (inputs, c) => convolution(c, inputs),
  conv2d_stride2_pad1_groups1: (inputs, c) => convolution(c, inputs),
  conv2d_stride1_pad0_groups2: (inputs, c) => convolution(c, inputs),
  upsample_nearest2x: ({ x }) => learning.upsampleNearest(x!),
  layer_norm: (inputs, c) => learning.layerNorm(inputs['x']!, norm(c, inputs)),
  rms_norm: (inputs, c) => learning.rmsNorm(inputs['x']!, norm(c, inputs)),
  group_norm: (inputs, c) => {
    const groups = c.parameters['groups'] as number;
    return learning.groupNorm(inputs['x']!, { ...norm(c, inputs), groups });
  },
  relu: ({ x }) => learning.relu(x!),
  silu: ({ x }) => learning.silu(x!),
  gelu_tanh: ({ x }) => learning.gelu(x!),
  tanh: ({ x }) => learning.tanh(x!),
  sigmoid: ({ x }) => learning.sigmoid(x!),
  softplus: ({ x }) => learning.softplus(x!),
  exp: ({ x }) => learning.exp(x!),
  elu: ({ x }) => learning.elu(x!),
  log: ({ x }) => learning.log(learning.add(learning.abs(x!), 0.5)),
  softmax_last: ({ x }) => learning.softmax(x!),
  log_softmax_last: ({ x }) => learning.logSoftmax(x!),
  cross_entropy_mean: ({ logits, target }) => learning.crossEntropy(logits!, target!),
  huber_mean_delta1: ({ prediction, target }) => learning.huber(prediction!, target!),
  mse_mean: ({ prediction, target }) => learning.meanSquaredError(prediction!, target!),
  causal_attention: ({ q, k, v }) => learning.causalAttention(q!, k!, v!),
  embedding: ({ table, index }) => learning.gather(table!, index!),
  gather_last: ({ x, index }) => learning.gatherLast(x!, index!),
  concat_axis1: ({ a, b }) => learning.concatenate([a!, b!], 1),
  slice_sum: ({ x }) => learning.sum(learning.slice(x!, { axis: 1, start: 1, end: 3 })),
  minimum_clip: ({ ratio, advantage }, c) => {
    const clip = c.parameters['clip'] as number;
    const clipped = learning.clamp(ratio!, 1 - clip, 1 + clip);
    const both = [ratio!, clipped].map((one) => learning.multiply(one, advantage!));
    return learning.negate(learning.mean(learning.minimum(both[0]!, both[1]!)));
  },
  variance_unbiased: ({ x }) => learning.variance(x!, { axes: [0], unbiased: true }),
  broadcast_add_mul: ({ x, y }) => learning.multiply(learning.add(x!, y!), y!),
  gru_cell: ({ x, h, wi, wh, bi, bh }) =>
    learning.gruCell(x!, h!, { wi: wi!, wh: wh!, bi: bi!, bh: bh! }),
};

export async function expectCase(compute: Compute, c: Case): Promise<void> {
  const tensors: Inputs = {};
  for (const [name, { shape }] of Object.entries(c.inputs)) tensors[name] = learning.input(name, shape);
  for (const [name, { shape }] of Object.entries(c.integerInputs)) {
    tensors[name] = learning.input(name, shape, 'u32');
  }
  const graph = GRAPHS[c.name];
  if (!graph) throw new Error(`No graph for the reference's case '${c.name}'.`);
  const output = graph(tensors, c);
  expect(output.shape).toEqual(c.output.shape);
  const seed = learning.input('output gradient', output.shape);
  const names = Object.keys(c.inputGradients);
  const back = gradients(output, names.map((name) => tensors[name]!), seed);
  const outputs: Record<string, Tensor> = { output };
  names.forEach((name, i) => (outputs[`d ${name}`] = back[i]!));
  using program = await Program.create(compute, { outputs });
  for (const [name, { data }] of Object.entries(c.inputs)) {
    program.write(name, Float32Array.from(data));
  }
  for (const [name, { data }] of Object.entries(c.integerInputs)) {
    program.write(name, Uint32Array.from(data));
  }
  program.write('output gradient', Float32Array.from(c.outputGradient.data));
  program.run();
  const exact = /norm|attention/.test(c.name) ? 1e-3 : 1e-4;
  expectClose(c.name, await program.read('output'), c.output, 1e-4);
  for (const name of names) {
    expectClose(`${c.name} d ${name}`, await program.read(`d ${name}`), c.inputGradients[name]!, exact);
  }
}

export function expectClose(what: string, ours: Float32Array, theirs: Values, tolerance: number): void {
  expect(ours.length, what).toBe(theirs.data.length);
  const wrong = theirs.data.flatMap((want, i) => {
    const got = ours[i]!;
    const close = Math.abs(got - want) <= tolerance * Math.max(1, Math.abs(want));
    return close ? [] : [`[${i}] ${got}, PyTorch ${want}`];
  });
  expect(wrong, what).toEqual([]);
}
