/**
 * The training steps of learning-steps/steps.ts in jax-js: the same mathematics, weights by the same
 * names. jax-js counts references by hand: an array is used up where it is passed, `.ref` keeps it.
 */
import type { Array as JaxArray } from '@jax-js/jax';
import { blockUntilReady, jit, lax, nn, numpy as np, valueAndGrad } from '@jax-js/jax';
import { SIZES } from '../learning-steps/sizes.ts';
import type { PeerStep, StepName, StepValues } from './peer-step.ts';

type Arrays = Record<string, JaxArray>;

const [BETA1, BETA2, EPSILON, RATE] = [0.9, 0.999, 1e-8, 1e-3] as const;

function linear(x: JaxArray, p: Arrays, name: string): JaxArray {
  return np.matmul(x, np.transpose(p[`${name}.weight`]!)).add(p[`${name}.bias`]!);
}

function meanSquaredError(a: JaxArray, b: JaxArray): JaxArray {
  return np.mean(np.square(a.sub(b)));
}

function mlpLoss(p: Arrays, x: Arrays): JaxArray {
  const first = nn.relu(linear(x['x']!, p, 'first'));
  const second = nn.relu(linear(first, p, 'second'));
  return meanSquaredError(linear(second, p, 'third'), x['target']!);
}

function layerNorm(x: JaxArray, p: Arrays, name: string): JaxArray {
  const centred = x.ref.sub(np.mean(x, -1, { keepdims: true }));
  const spread = np.mean(np.square(centred.ref), -1, { keepdims: true });
  const normal = centred.div(np.sqrt(spread.add(1e-5)));
  return normal.mul(p[`${name}.weight`]!).add(p[`${name}.bias`]!);
}

function attention(x: JaxArray, p: Arrays, name: string): JaxArray {
  const { batch: B, tokens: T, width, heads } = SIZES.transformer;
  const C = width / heads;
  const all = linear(x, p, `${name}.qkv`).reshape([B, T, 3, heads, C]);
  const apart = np.transpose(all, [2, 0, 3, 1, 4]);
  const part = (i: number, last: boolean) => (last ? apart : apart.ref).slice(i);
  const [q, k, v] = [part(0, false), part(1, false), part(2, true)];
  const scores = np.matmul(q, np.transpose(k, [0, 1, 3, 2])).mul(1 / Math.sqrt(C));
  const seen = np.tri(T).reshape([1, 1, T, T]).greater(0);
  const weights = nn.softmax(np.where(seen, scores, -1e9), -1);
  const joined = np.transpose(np.matmul(weights, v), [0, 2, 1, 3]).reshape([B, T, width]);
  return linear(joined, p, `${name}.out`);
}

function transformerLoss(p: Arrays, x: Arrays): JaxArray {
  const { batch: B, tokens: T, layers, vocabulary: V } = SIZES.transformer;
  const chosen = nn.oneHot(x['x']!.reshape([B * T]), V);
  let h = np.matmul(chosen, p['tokens']!).reshape([B, T, -1]).add(p['places']!);
  for (let i = 0; i < layers; i++) {
    h = h.ref.add(attention(layerNorm(h, p, `${i}.norm1`), p, `${i}.attention`));
    const wide = nn.gelu(linear(layerNorm(h.ref, p, `${i}.norm2`), p, `${i}.up`));
    h = h.add(linear(wide, p, `${i}.down`));
  }
  const logits = linear(layerNorm(h, p, 'norm'), p, 'logits').reshape([B * T, V]);
  const wanted = nn.oneHot(x['target']!.reshape([B * T]), V);
  return nn
    .logSoftmax(logits, -1)
    .mul(wanted)
    .sum()
    .mul(-1 / (B * T));
}

function convolution(x: JaxArray, p: Arrays, o: { name: string; stride: number }): JaxArray {
  const { stride } = o;
  const around: [number, number] = [1, 1];
  const y = lax.conv(x, p[`${o.name}.weight`]!, [stride, stride], [around, around]);
  return y.add(p[`${o.name}.bias`]!.reshape([1, -1, 1, 1]));
}

function upsampled(x: JaxArray): JaxArray {
  const [B, C, H, W] = x.shape as [number, number, number, number];
  const apart = np.broadcastTo(x.reshape([B, C, H, 1, W, 1]), [B, C, H, 2, W, 2]);
  return apart.reshape([B, C, 2 * H, 2 * W]);
}

function vaeLoss(p: Arrays, x: Arrays): JaxArray {
  const { batch: B, down, up } = SIZES.vae;
  let h = x['picture']!.ref;
  for (const i of down.keys()) h = nn.relu(convolution(h, p, { name: `down${i}`, stride: 2 }));
  const flat = h.reshape([B, -1]);
  const average = linear(flat.ref, p, 'average');
  const logSpread = linear(flat, p, 'spread');
  const noise = x['noise']!.mul(np.exp(logSpread.ref.mul(0.5)));
  const wide = nn.relu(linear(average.ref.add(noise), p, 'wide'));
  let y = wide.reshape([B, 64, 4, 4]);
  for (const i of up.keys()) {
    y = nn.relu(convolution(upsampled(y), p, { name: `up${i}`, stride: 1 }));
  }
  y = convolution(upsampled(y), p, { name: `up${up.length}`, stride: 1 });
  const inner = logSpread.ref.add(1).sub(np.square(average).add(np.exp(logSpread)));
  const divergence = np.mean(inner).mul(-0.5);
  return meanSquaredError(nn.sigmoid(y), x['picture']!).add(divergence.mul(1e-3));
}

const LOSSES = { mlp: mlpLoss, transformer: transformerLoss, vae: vaeLoss } as const;

type AdamState = {
  weights: Arrays;
  first: Arrays;
  second: Arrays;
  share1: JaxArray;
  share2: JaxArray;
};

function adamStep(loss: (p: Arrays, x: Arrays) => JaxArray) {
  return (state: AdamState, x: Arrays): [JaxArray, AdamState] => {
    const kept = Object.fromEntries(
      Object.entries(state.weights).map(([name, one]) => [name, one.ref]),
    );
    const [value, gradient] = valueAndGrad(loss)(kept, x) as [JaxArray, Arrays];
    const grown = (share: JaxArray, beta: number) => share.mul(beta).add(1 - beta);
    const next: AdamState = {
      weights: {},
      first: {},
      second: {},
      share1: grown(state.share1, BETA1),
      share2: grown(state.share2, BETA2),
    };
    for (const [name, weight] of Object.entries(state.weights)) {
      const g = gradient[name]!;
      const first = state.first[name]!.mul(BETA1).add(g.ref.mul(1 - BETA1));
      const second = state.second[name]!.mul(BETA2).add(np.square(g).mul(1 - BETA2));
      const spread = np.sqrt(second.ref.div(next.share2.ref)).add(EPSILON);
      next.weights[name] = weight.sub(first.ref.div(next.share1.ref).div(spread).mul(RATE));
      next.first[name] = first;
      next.second[name] = second;
    }
    return [value, next];
  };
}

/** On the default device of jax-js. */
export function jaxStep(name: StepName, values: StepValues): PeerStep {
  const arrayOf = ({ shape, data }: StepValues['weights'][string]) => {
    const whole = data instanceof Uint32Array ? Int32Array.from(data) : Float32Array.from(data);
    return np.array(whole).reshape([...shape]);
  };
  const each = (
    of: StepValues['weights'],
    make: (one: StepValues['weights'][string]) => JaxArray,
  ) => Object.fromEntries(Object.entries(of).map(([key, one]) => [key, make(one)]));
  const zeros = () => each(values.weights, ({ shape }) => np.zeros([...shape]));
  let state: AdamState = {
    weights: each(values.weights, arrayOf),
    first: zeros(),
    second: zeros(),
    share1: np.array(0),
    share2: np.array(0),
  };
  const inputs = each(values.inputs, arrayOf);
  const step = jit(adamStep(LOSSES[name]));
  let loss: JaxArray | null = null;
  return {
    run(times) {
      for (let i = 0; i < times; i++) {
        const x = Object.fromEntries(Object.entries(inputs).map(([key, one]) => [key, one.ref]));
        loss?.dispose();
        [loss, state] = step(state, x);
      }
    },
    finished: () => blockUntilReady(state),
    loss: async () => (await loss!.ref.data())[0] as number,
  };
}
