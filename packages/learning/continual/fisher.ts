/**
 * The diagonal of the Fisher information of a policy: how much what it does depends on each of its weights,
 * F = E over what it sees of E over what it does then of (d log chance / d weight)^2 (Kirkpatrick et al.
 * 2017, section 2; Martens 2014, arXiv 1412.1193, section 5). What it does is drawn from the policy itself,
 * anew in every pass. Axes: K examples, D features, A outputs.
 */
import type { Compute } from '@dreampitch/compute';
import type { NamedTensor } from '../formats/safetensors.ts';
import { categorical, linear, logSoftmax, normal, square } from '../tensor/functions.ts';
import { gradients } from '../tensor/gradient.ts';
import {
  add,
  divide,
  equal,
  indices,
  input,
  matmul,
  multiply,
  reshape,
  state,
  stopGradient,
  subtract,
  sum,
  tanh,
  transpose,
} from '../tensor/operators.ts';
import { Program } from '../tensor/program.ts';
import type { Tensor } from '../tensor/tensor.ts';

export type FisherOptions = {
  /** Layers `actor.0.weight` [out, in], `actor.0.bias` [out], ... with tanh between; others are left out. */
  readonly weights: Readonly<Record<string, NamedTensor>>;
  readonly kind: 'choice' | 'numbers'; // logits, or means of normal numbers of variance 1
  readonly shape: readonly [K: number, D: number];
  readonly seen: Float32Array<ArrayBuffer>; // [K, D], as the network takes it
  readonly passes: number; // draws for every example
  readonly seed: number; // u32
};

/** By the weights' names, in their shapes. */
export async function fisherDiagonal(
  compute: Compute,
  o: FisherOptions,
): Promise<Record<string, NamedTensor>> {
  const { weights, shape, passes } = o;
  const layers = layersOf(weights);
  const seed = state('seed', [], 'u32');
  const totals = squaredGradients(layers, { kind: o.kind, seen: input('seen', shape), seed });
  const updates = [...totals].map(([name, share]) => {
    const total = state(`${name}.total`, share.shape);
    return { state: total, value: add(total, share) };
  });
  using program = await Program.create(compute, {
    outputs: {},
    updates: [...updates, { state: seed, value: add(seed, 1) }],
  });
  program.write('seen', o.seen);
  program.write('seed', Uint32Array.of(o.seed));
  for (const name of totals.keys()) program.write(name, weights[name]!.data);
  program.run(passes);
  const fisher: Record<string, NamedTensor> = {};
  for (const [name, { shape: of }] of totals) {
    const data = await program.read(`${name}.total`);
    fisher[name] = { shape: of, data: data.map((total) => total / passes) };
  }
  return fisher;
}

type NamedLayer = { readonly name: string; readonly weight: Tensor; readonly bias: Tensor };

function layersOf(weights: FisherOptions['weights']): NamedLayer[] {
  const layers: NamedLayer[] = [];
  for (let i = 0; weights[`actor.${i}.weight`]; i++) {
    const name = `actor.${i}`;
    const [weight, bias] = [`${name}.weight`, `${name}.bias`].map((one) =>
      state(one, weights[one]!.shape),
    ) as [Tensor, Tensor];
    layers.push({ name, weight, bias });
  }
  return layers;
}

/**
 * The mean over the examples of squared gradients, by weight. The gradient of one example is the outer
 * product of what comes back to a layer and what went in, so its square is that of the squares, and the
 * sum over all of them one product (Goodfellow 2015, arXiv 1510.01799).
 */
function squaredGradients(
  layers: readonly NamedLayer[],
  o: { kind: FisherOptions['kind']; seen: Tensor; seed: Tensor },
): Map<string, Tensor> {
  const [K] = o.seen.shape as [number, number];
  const ins: Tensor[] = [];
  const outs: Tensor[] = [];
  let h = o.seen;
  for (const layer of layers) {
    ins.push(h);
    outs.push(linear(h, layer));
    h = tanh(outs.at(-1)!);
  }
  const logChances = sum(drawnLogChances(outs.at(-1)!, o));
  const back = gradients(logChances, outs);
  return new Map(
    layers.flatMap(({ name }, i) => {
      const squares = square(back[i]!);
      const ofWeight = divide(matmul(transpose(squares), square(ins[i]!)), K);
      const ofBias = divide(sum(squares, { axes: [0] }), K);
      return [
        [`${name}.weight`, ofWeight],
        [`${name}.bias`, ofBias],
      ] as const;
    }),
  );
}

/** Of what is drawn for every example, up to what does not depend on the weights. */
function drawnLogChances(out: Tensor, o: { kind: FisherOptions['kind']; seed: Tensor }): Tensor {
  const [K, A] = out.shape as [number, number];
  if (o.kind === 'numbers') {
    const drawn = add(stopGradient(out), normal(o.seed, { shape: [K, A], stream: 0 }));
    return multiply(square(subtract(drawn, out)), -0.5);
  }
  const drawn = categorical(stopGradient(out), o.seed, 0);
  return multiply(logSoftmax(out), equal(indices([A]), reshape(drawn, [K, 1])));
}
