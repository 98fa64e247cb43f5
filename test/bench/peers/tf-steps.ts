/**
 * The training steps of learning-steps/steps.ts in tfjs: the same mathematics, weights by the same
 * names. Convolutions there want channels last, so their weights and pictures are turned once.
 */
import * as tf from '@tensorflow/tfjs-core';
import { SIZES } from '../learning-steps/sizes.ts';
import type { NamedValues, PeerStep, StepName, StepValues } from './peer-step.ts';

type Tensors = Record<string, tf.Tensor>;

function linear(x: tf.Tensor, p: Tensors, name: string): tf.Tensor {
  const flat = tf.reshape(x, [-1, x.shape.at(-1)!]);
  const y: tf.Tensor = tf.add(
    tf.matMul(flat, p[`${name}.weight`]!, false, true),
    p[`${name}.bias`]!,
  );
  return tf.reshape(y, [...x.shape.slice(0, -1), -1]);
}

function meanSquaredError(a: tf.Tensor, b: tf.Tensor): tf.Scalar {
  return tf.mean(tf.square(tf.sub(a, b)));
}

function mlpLoss(p: Tensors, x: Tensors): tf.Scalar {
  const first = tf.relu(linear(x['x']!, p, 'first'));
  const second = tf.relu(linear(first, p, 'second'));
  return meanSquaredError(linear(second, p, 'third'), x['target']!);
}

function layerNorm(x: tf.Tensor, p: Tensors, name: string): tf.Tensor {
  const centred = tf.sub(x, tf.mean(x, -1, true));
  const spread = tf.mean(tf.square(centred), -1, true);
  const normal = tf.div(centred, tf.sqrt(tf.add(spread, 1e-5)));
  return tf.add(tf.mul(normal, p[`${name}.weight`]!), p[`${name}.bias`]!);
}

function gelu(x: tf.Tensor): tf.Tensor {
  const cube = tf.mul(tf.mul(tf.square(x), x), 0.044715);
  const inner = tf.mul(tf.add(x, cube), Math.sqrt(2 / Math.PI));
  return tf.mul(tf.mul(x, 0.5), tf.add(tf.tanh(inner), 1));
}

function attention(x: tf.Tensor, p: Tensors, name: string): tf.Tensor {
  const { batch: B, tokens: T, width, heads } = SIZES.transformer;
  const C = width / heads;
  const all = tf.reshape(linear(x, p, `${name}.qkv`), [B, T, 3, heads, C]);
  const apart = tf.unstack(tf.transpose(all, [2, 0, 3, 1, 4]), 0);
  const [q, k, v] = apart as [tf.Tensor, tf.Tensor, tf.Tensor];
  const scores = tf.mul(tf.matMul(q, k, false, true), 1 / Math.sqrt(C));
  const later = tf.sub(1, tf.linalg.bandPart(tf.ones([T, T]), -1, 0));
  const weights = tf.softmax(tf.add(scores, tf.mul(later, -1e9)));
  const joined = tf.reshape(tf.transpose(tf.matMul(weights, v), [0, 2, 1, 3]), [B, T, width]);
  return linear(joined, p, `${name}.out`);
}

function transformerLoss(p: Tensors, x: Tensors): tf.Scalar {
  const { batch: B, tokens: T, layers, vocabulary: V } = SIZES.transformer;
  const tokens = tf.gather(p['tokens']!, tf.reshape(x['x']!, [B * T]));
  let h = tf.add(tf.reshape(tokens, [B, T, -1]), p['places']!);
  for (let i = 0; i < layers; i++) {
    h = tf.add(h, attention(layerNorm(h, p, `${i}.norm1`), p, `${i}.attention`));
    const wide = gelu(linear(layerNorm(h, p, `${i}.norm2`), p, `${i}.up`));
    h = tf.add(h, linear(wide, p, `${i}.down`));
  }
  const logits = tf.reshape(linear(layerNorm(h, p, 'norm'), p, 'logits'), [B * T, V]);
  const wanted = tf.oneHot(tf.reshape(x['target']!, [B * T]), V);
  return tf.mul(tf.sum(tf.mul(tf.logSoftmax(logits), wanted)), -1 / (B * T));
}

function convolution(x: tf.Tensor4D, p: Tensors, o: { name: string; stride: number }): tf.Tensor4D {
  const weight = p[`${o.name}.weight`] as tf.Tensor4D;
  // Not 'same', which pads a stride of two on one side only.
  const y = tf.conv2d(x, weight, o.stride, 1);
  return tf.add(y, p[`${o.name}.bias`]!);
}

function upsampled(x: tf.Tensor4D): tf.Tensor4D {
  const [, H, W] = x.shape;
  return tf.image.resizeNearestNeighbor(x, [2 * H, 2 * W]);
}

function vaeLoss(p: Tensors, x: Tensors): tf.Scalar {
  const { batch: B, down, up } = SIZES.vae;
  let h = x['picture'] as tf.Tensor4D;
  for (const i of down.keys()) h = tf.relu(convolution(h, p, { name: `down${i}`, stride: 2 }));
  const flat = tf.reshape(tf.transpose(h, [0, 3, 1, 2]), [B, -1]);
  const average = linear(flat, p, 'average');
  const logSpread = linear(flat, p, 'spread');
  const latent = tf.add(average, tf.mul(x['noise']!, tf.exp(tf.mul(logSpread, 0.5))));
  const wide = tf.reshape(tf.relu(linear(latent, p, 'wide')), [B, 64, 4, 4]);
  let y = tf.transpose(wide, [0, 2, 3, 1]) as tf.Tensor4D;
  for (const i of up.keys()) {
    y = tf.relu(convolution(upsampled(y), p, { name: `up${i}`, stride: 1 }));
  }
  y = convolution(upsampled(y), p, { name: `up${up.length}`, stride: 1 });
  const inner = tf.sub(tf.add(logSpread, 1), tf.add(tf.square(average), tf.exp(logSpread)));
  const divergence = tf.mul(tf.mean(inner), -0.5);
  const error = meanSquaredError(tf.sigmoid(y), x['picture']!);
  return tf.add(error, tf.mul(divergence, 1e-3));
}

const LOSSES = { mlp: mlpLoss, transformer: transformerLoss, vae: vaeLoss } as const;

/** Pictures [B, C, H, W] with channels last, kernels [O, C, KH, KW] as [KH, KW, C, O]. */
function tensorOf(name: string, { shape, data }: NamedValues[string]): tf.Tensor {
  const type = data instanceof Uint32Array ? 'int32' : 'float32';
  const whole = tf.tensor(type === 'int32' ? Int32Array.from(data) : data, [...shape], type);
  if (shape.length !== 4) return whole;
  return tf.transpose(whole, name === 'picture' ? [0, 2, 3, 1] : [2, 3, 1, 0]);
}

/** On the backend that tfjs has set. */
export function tfStep(name: StepName, values: StepValues): PeerStep {
  const named = (of: NamedValues): Tensors =>
    Object.fromEntries(Object.entries(of).map(([key, one]) => [key, tensorOf(key, one)]));
  const inputs = named(values.inputs);
  const weights = Object.fromEntries(
    Object.entries(named(values.weights)).map(([key, one]) => [key, tf.variable(one)]),
  );
  const optimiser = tf.train.adam(1e-3, 0.9, 0.999, 1e-8);
  let loss: tf.Scalar | null = null;
  return {
    run(times) {
      for (let i = 0; i < times; i++) {
        loss?.dispose();
        loss = optimiser.minimize(() => LOSSES[name](weights, inputs), true);
      }
    },
    // What was submitted first is done first, so the last weight read has all of the step done.
    finished: async () => {
      await Object.values(weights).at(-1)!.data();
    },
    loss: async () => (await loss!.data())[0]!,
  };
}
