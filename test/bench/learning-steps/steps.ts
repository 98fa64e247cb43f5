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
import { meanSquaredError, multiply, normal, permute, relu, reshape } from '@dreampitch/learning';
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
  const [x, target] = [input('x', [1024, 64]), input('target', [1024, 8])];
  const weights = new Weights();
  const first = relu(weights.linear(x, { name: 'first', size: 256, isFirst: true }));
  const second = relu(weights.linear(first, { name: 'second', size: 256 }));
  const y = weights.linear(second, { name: 'third', size: 8 });
  return stepOf(meanSquaredError(y, target), weights, [x, target]);
}

const [BATCH, TOKENS, WIDTH, HEADS, LAYERS, VOCABULARY] = [16, 32, 128, 4, 4, 256] as const;

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

const LATENT = 32;

/** Convolutions 3-16-32-64-64 of stride 2 down to 4 x 4, and back by doubling; batch 16 of 64 x 64. */
export function vaeStep(): Step {
  const picture = input('picture', [BATCH, 3, 64, 64]);
  const seed = input('seed', [], 'u32');
  const weights = new Weights();
  let h = picture;
  for (const [i, channels] of [16, 32, 64, 64].entries()) {
    h = relu(weights.convolution(h, { name: `down${i}`, channels, stride: 2, isFirst: i === 0 }));
  }
  const flat = reshape(h, [BATCH, 64 * 16]);
  const average = weights.linear(flat, { name: 'average', size: LATENT });
  const logSpread = weights.linear(flat, { name: 'spread', size: LATENT });
  const noise = normal(seed, { shape: [BATCH, LATENT], stream: 1 });
  const latent = add(average, multiply(noise, exp(multiply(logSpread, 0.5))));
  const wide = relu(weights.linear(latent, { name: 'wide', size: 64 * 16 }));
  let up = reshape(wide, [BATCH, 64, 4, 4]);
  for (const [i, channels] of [64, 32, 16].entries()) {
    up = relu(weights.convolution(upsampleNearest(up), { name: `up${i}`, channels, stride: 1 }));
  }
  const last = weights.convolution(upsampleNearest(up), { name: 'up3', channels: 3, stride: 1 });
  const inner = subtract(add(logSpread, 1), add(square(average), exp(logSpread)));
  const divergence = multiply(mean(inner), -0.5);
  const loss = add(meanSquaredError(sigmoid(last), picture), multiply(divergence, 1e-3));
  return stepOf(loss, weights, [picture, seed]);
}
