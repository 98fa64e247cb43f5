/** Training steps that are timed: the loss, its gradients, Adam; all in one program. */
import { adam, add, causalAttention, convolution, crossEntropy } from '@dreampitch/learning';
import {
  embedding,
  exp,
  gelu,
  gradients,
  input,
  layerNorm,
  linear,
  mean,
} from '@dreampitch/learning';
import { meanSquaredError, multiply, permute, relu, reshape } from '@dreampitch/learning';
import {
  sigmoid,
  slice,
  square,
  state,
  subtract,
  type Tensor,
  upsampleNearest,
} from '@dreampitch/learning';
import type { Shape, Update } from '@dreampitch/learning';
import type { NamedValues, StepName, StepValues } from '../peers/peer-step.ts';
import { SIZES } from './sizes.ts';

export type Step = {
  readonly loss: Tensor;
  readonly updates: readonly Update[];
  readonly inputs: readonly Tensor[];
  readonly weights: readonly Tensor[];
  /** Multiplications and additions of its matrix products and convolutions. */
  readonly flops: number;
};

/** Weights by name, as they are asked for. */
class Weights {
  readonly all: Tensor[] = [];
  flops = 0;

  get(name: string, shape: Shape): Tensor {
    const weight = state(name, shape);
    this.all.push(weight);
    return weight;
  }

  /** x [..., K] to [..., N]; backwards costs twice as much, or once at the inputs. */
  linear(x: Tensor, o: { name: string; size: number; isFirst?: boolean }): Tensor {
    const K = x.shape.at(-1)!;
    const rows = x.shape.slice(0, -1).reduce((product, size) => product * size, 1);
    this.flops += (o.isFirst ? 4 : 6) * rows * K * o.size;
    const weight = this.get(`${o.name}.weight`, [o.size, K]);
    return linear(x, { weight, bias: this.get(`${o.name}.bias`, [o.size]) });
  }

  norm(x: Tensor, name: string): Tensor {
    const shape = [x.shape.at(-1)!];
    const [weight, bias] = [this.get(`${name}.weight`, shape), this.get(`${name}.bias`, shape)];
    return layerNorm(x, { weight, bias });
  }

  convolution(x: Tensor, o: { name: string; channels: number; stride: number; isFirst?: boolean }) {
    const C = x.shape[1]!;
    const weight = this.get(`${o.name}.weight`, [o.channels, C, 3, 3]);
    const bias = this.get(`${o.name}.bias`, [o.channels]);
    const y = convolution(x, { weight, bias, stride: o.stride, padding: 1 });
    const places = y.shape[0]! * y.shape[2]! * y.shape[3]!;
    this.flops += (o.isFirst ? 4 : 6) * places * o.channels * C * 9;
    return y;
  }
}

function stepOf(loss: Tensor, weights: Weights, inputs: readonly Tensor[]): Step {
  const back = gradients(loss, weights.all);
  const trained = weights.all.map((weight, i) => ({
    name: `trained ${i}`,
    weight,
    gradient: back[i]!,
  }));
  const updates = adam(trained, { rate: 1e-3 });
  return { loss, updates, inputs, weights: weights.all, flops: weights.flops };
}

/** 64-256-256-8, relu, batch 1024, mean squared error. */
export function mlpStep(): Step {
  const { batch, inputs, hidden, outputs } = SIZES.mlp;
  const [x, target] = [input('x', [batch, inputs]), input('target', [batch, outputs])];
  const weights = new Weights();
  const first = relu(weights.linear(x, { name: 'first', size: hidden, isFirst: true }));
  const second = relu(weights.linear(first, { name: 'second', size: hidden }));
  const y = weights.linear(second, { name: 'third', size: outputs });
  return stepOf(meanSquaredError(y, target), weights, [x, target]);
}

const { batch: BATCH, tokens: TOKENS, width: WIDTH, heads: HEADS } = SIZES.transformer;
const { layers: LAYERS, vocabulary: VOCABULARY } = SIZES.transformer;

/** Pre-norm blocks with gelu of four times the width, next-token cross entropy. */
export function transformerStep(): Step {
  const [x, target] = [input('x', [BATCH, TOKENS], 'u32'), input('target', [BATCH, TOKENS], 'u32')];
  const weights = new Weights();
  const tokens = embedding(weights.get('tokens', [VOCABULARY, WIDTH]), x);
  let h = add(tokens, weights.get('places', [TOKENS, WIDTH]));
  for (let i = 0; i < LAYERS; i++) {
    h = add(h, attention(weights, weights.norm(h, `${i}.norm1`), `${i}.attention`));
    const wide = weights.linear(weights.norm(h, `${i}.norm2`), {
      name: `${i}.up`,
      size: 4 * WIDTH,
    });
    h = add(h, weights.linear(gelu(wide), { name: `${i}.down`, size: WIDTH }));
  }
  const logits = weights.linear(weights.norm(h, 'norm'), { name: 'logits', size: VOCABULARY });
  const flat = reshape(logits, [BATCH * TOKENS, VOCABULARY]);
  return stepOf(crossEntropy(flat, reshape(target, [BATCH * TOKENS])), weights, [x, target]);
}

function attention(weights: Weights, x: Tensor, name: string): Tensor {
  const all = weights.linear(x, { name: `${name}.qkv`, size: 3 * WIDTH });
  const heads = permute(reshape(all, [BATCH, TOKENS, 3, HEADS, WIDTH / HEADS]), [2, 0, 3, 1, 4]);
  const [q, k, v] = [0, 1, 2].map((i) => {
    const one = slice(heads, { axis: 0, start: i, end: i + 1 });
    return reshape(one, [BATCH, HEADS, TOKENS, WIDTH / HEADS]);
  }) as [Tensor, Tensor, Tensor];
  weights.flops += 2 * 6 * BATCH * TOKENS * TOKENS * WIDTH;
  const seen = permute(causalAttention(q, k, v), [0, 2, 1, 3]);
  const joined = reshape(seen, [BATCH, TOKENS, WIDTH]);
  return weights.linear(joined, { name: `${name}.out`, size: WIDTH });
}

/** Relu between, a normal latent, squared error of the sigmoid plus the divergence. */
export function vaeStep(): Step {
  const { batch, size, latent: L, down, up } = SIZES.vae;
  const picture = input('picture', [batch, 3, size, size]);
  const noise = input('noise', [batch, L]);
  const weights = new Weights();
  let h = picture;
  for (const [i, channels] of down.entries()) {
    h = relu(weights.convolution(h, { name: `down${i}`, channels, stride: 2, isFirst: i === 0 }));
  }
  const flat = reshape(h, [batch, 64 * 16]);
  const average = weights.linear(flat, { name: 'average', size: L });
  const logSpread = weights.linear(flat, { name: 'spread', size: L });
  const latent = add(average, multiply(noise, exp(multiply(logSpread, 0.5))));
  const wide = relu(weights.linear(latent, { name: 'wide', size: 64 * 16 }));
  let y = reshape(wide, [batch, 64, 4, 4]);
  for (const [i, channels] of up.entries()) {
    y = relu(weights.convolution(upsampleNearest(y), { name: `up${i}`, channels, stride: 1 }));
  }
  const last = weights.convolution(upsampleNearest(y), { name: 'up3', channels: 3, stride: 1 });
  const inner = subtract(add(logSpread, 1), add(square(average), exp(logSpread)));
  const divergence = multiply(mean(inner), -0.5);
  const loss = add(meanSquaredError(sigmoid(last), picture), multiply(divergence, 1e-3));
  return stepOf(loss, weights, [picture, noise]);
}

export const STEPS: Readonly<Record<StepName, () => Step>> = {
  mlp: mlpStep,
  transformer: transformerStep,
  vae: vaeStep,
};

/** Weights of about the usual size, norms of 1, tokens within the vocabulary. */
export function valuesOf(step: Step): StepValues {
  const named = (tensors: readonly Tensor[]): NamedValues =>
    Object.fromEntries(tensors.map((tensor) => [nameOf(tensor), valueOf(tensor)]));
  return { weights: named(step.weights), inputs: named(step.inputs) };
}

export function nameOf({ operator }: Tensor): string {
  if (operator.kind === 'input' || operator.kind === 'state') return operator.name;
  throw new Error(`A ${operator.kind} has no name.`);
}

function valueOf(tensor: Tensor): NamedValues[string] {
  const { shape, type } = tensor;
  const name = nameOf(tensor);
  const length = shape.reduce((product, size) => product * size, 1);
  if (type === 'u32') {
    return {
      shape,
      data: Uint32Array.from({ length }, (_, i) => (i * 79) % SIZES.transformer.vocabulary),
    };
  }
  const [rows = 1] = shape;
  const size = name.endsWith('bias') ? 0 : Math.sqrt(rows / length);
  const isNorm = name.includes('norm') && name.endsWith('weight');
  const value = (i: number) => (isNorm ? 1 : size * Math.sin(i * 12.9898));
  return { shape, data: Float32Array.from({ length }, (_, i) => value(i)) };
}
