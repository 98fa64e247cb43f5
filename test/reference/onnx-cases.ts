/** Networks as they are exported, for tests in Node and in a browser: ours against onnxruntime's. */
import type { Compute } from '@dreampitch/compute';
import * as learning from '@dreampitch/learning';
import { decodeOnnx, encodeOnnx, type NamedTensor, Program, type Shape, type Tensor } from '@dreampitch/learning';
import type * as OnnxRuntime from 'onnxruntime-node';
import { expect } from 'vitest';

const { add, causalAttention, concatenate, convolution, embedding, gelu, gruCell } = learning;
const { input, layerNorm, linear, matmul, multiply, permute, relu, reshape, slice } = learning;
const { state, subtract, topK } = learning;

export type OnnxCase = {
  readonly name: string;
  readonly graph: (batch: number) => Record<string, Tensor>;
  /** The batches it is run with; the model has one batch axis. Without: fixed shapes. */
  readonly batches?: readonly number[];
  /** Largest u32 of an input, plus one. */
  readonly classes?: number;
};

/** A weight of this name and shape. */
const w = (name: string, ...shape: number[]) => state(name, shape);
const dense = (x: Tensor, name: string, from: number, to: number) =>
  linear(x, { weight: w(`${name}.weight`, to, from), bias: w(`${name}.bias`, to) });
const norm = (name: string, size: number) => ({ weight: w(`${name}.w`, size), bias: w(`${name}.b`, size) });

function policy(batch: number, hidden: (x: Tensor) => Tensor) {
  const observations = input('observations', [batch, 6]);
  const scaled = multiply(subtract(observations, w('mean', 6)), w('scale', 6));
  const clipped = learning.minimum(learning.maximum(scaled, -5), 5);
  return hidden(dense(clipped, 'first', 6, 16));
}

function block(x: Tensor, name: string, o: { B: number; T: number; heads: number }): Tensor {
  const { B, T, heads } = o;
  const C = x.shape.at(-1)!;
  const normal = layerNorm(x, norm(`${name}.1`, C));
  const all = dense(normal, `${name}.qkv`, C, 3 * C);
  const [q, k, v] = [0, 1, 2].map((i) => {
    const part = slice(all, { axis: -1, start: i * C, end: (i + 1) * C });
    return permute(reshape(part, [B, T, heads, C / heads]), [0, 2, 1, 3]);
  }) as [Tensor, Tensor, Tensor];
  const seen = reshape(permute(causalAttention(q, k, v), [0, 2, 1, 3]), [B, T, C]);
  const x1 = add(x, dense(seen, `${name}.out`, C, C));
  const inner = gelu(dense(learning.rmsNorm(x1, norm(`${name}.2`, C)), `${name}.up`, C, 2 * C));
  return add(x1, dense(inner, `${name}.down`, 2 * C, C));
}

function transformer(B: number) {
  const T = 5;
  const tokens = input('tokens', [B, T], 'u32');
  const x = add(embedding(w('table', 7, 8), tokens), w('places', T, 8));
  const through = block(block(x, 'a', { B, T, heads: 2 }), 'b', { B, T, heads: 2 });
  const logits = dense(layerNorm(through, norm('last', 8)), 'head', 8, 7);
  return { logits, best: learning.argmax(logits), chances: learning.softmax(logits) };
}

const kernel = (name: string, o: number, i: number, size: number) => ({
  weight: w(`${name}.w`, o, i, size, size),
  bias: w(`${name}.b`, o),
});

function autoencoder(B: number) {
  const picture = input('picture', [B, 3, 8, 8]);
  const down = relu(convolution(picture, { ...kernel('a', 4, 3, 3), stride: 2, padding: 1 }));
  const grouped = learning.silu(convolution(down, { ...kernel('b', 6, 2, 2), groups: 2 }));
  const normed = learning.groupNorm(grouped, { ...norm('g', 6), groups: 3 });
  const code = dense(reshape(normed, [B, 6 * 9]), 'code', 54, 10);
  const average = slice(code, { axis: 1, start: 0, end: 5 });
  const back = reshape(learning.elu(dense(average, 'back', 5, 4 * 16)), [B, 4, 4, 4]);
  const shown = learning.sigmoid(convolution(learning.upsampleNearest(back), { ...kernel('c', 3, 4, 3), padding: 1 }));
  return { average, spread: learning.softplus(slice(code, { axis: 1, start: 5 })), shown };
}

function recurrent(B: number) {
  const steps = input('steps', [B, 4, 3]);
  const weights = { wi: w('wi', 15, 3), wh: w('wh', 15, 5), bi: w('bi', 15), bh: w('bh', 15) };
  const head = { weight: w('out.weight', 2, 5), bias: w('out.bias', 2) };
  let carry = input('memory', [B, 5]);
  const outputs = [0, 1, 2, 3].map((t) => {
    const x = reshape(slice(steps, { axis: 1, start: t, end: t + 1 }), [B, 3]);
    carry = gruCell(x, carry, weights);
    return linear(carry, head);
  });
  const read = outputs.map((one) => reshape(one, [B, 1, 2]));
  return { carry, read: concatenate(read, 1) };
}

/** Loops as they are in the graph: with a batch, with random numbers of each step, with nothing sliced. */
function loops(B: number) {
  const sequence = permute(input('sequence', [B, 9, 3]), [1, 0, 2]);
  const weights = { wi: w('wi', 12, 3), wh: w('wh', 12, 4), bi: w('bi', 12), bh: w('bh', 12) };
  const head = { weight: w('out.weight', 2, 4), bias: w('out.bias', 2) };
  const read = learning.scan([input('memory', [B, 4])], {
    steps: 9,
    slices: [sequence],
    step: ([h], { slices }) => {
      const next = gruCell(slices[0]!, h!, weights);
      return { carry: [next], outputs: [linear(next, head), multiply(h!, 2)] };
    },
  });
  const dreamt = learning.scan([read.carry[0]!], {
    steps: 6,
    step: ([h], { time }) => {
      const noise = learning.normal(add(input('seed', [1], 'u32'), time), { shape: [B, 4], stream: 7 });
      return { carry: [learning.tanh(add(multiply(h!, 0.5), noise))], outputs: [] };
    },
  });
  return { last: read.carry[0]!, read: permute(read.outputs[0]!, [1, 0, 2]), dreamt: dreamt.carry[0]! };
}

/** What no network above has. */
function others(B: number) {
  const x = input('x', [B, 6]);
  const places = input('places', [B, 2], 'u32');
  const looked = learning.windows(reshape(x, [B, 2, 3]), { axes: [1, 2], sizes: [2, 2], steps: [1, 1] });
  const top = topK(x, 2);
  const positive = add(learning.abs(x), 0.5);
  const spread = learning.pad(x, [[0, 0], [1, 2]]);
  return {
    looked,
    spread,
    values: top.values,
    largestAt: top.places,
    chosen: learning.gatherLast(x, places),
    summed: learning.cumulativeSum(x),
    variance: learning.variance(x, { axes: [1] }),
    logs: learning.logSoftmax(x),
    whole: learning.floor(multiply(x, 3)),
    waves: add(learning.sin(x), learning.cos(learning.negate(x))),
    roots: learning.divide(learning.sqrt(positive), learning.log(add(positive, 1))),
    signs: multiply(learning.sign(x), learning.equal(places.shape[1]! > 1 ? x : x, 0)),
    largest: learning.max(x, { axes: [1], keep: true }),
    rows: matmul(reshape(x, [B, 2, 3]), learning.transpose(reshape(x, [B, 2, 3]))),
    counted: multiply(learning.toFloat(learning.indices([B, 6])), learning.where(learning.less(x, 0), 0, 1)),
    average: learning.mean(x, { axes: [1] }),
    copy: learning.stopGradient(x),
  };
}

function chance(B: number) {
  const seed = input('seed', [1], 'u32');
  const logits = dense(input('x', [B, 4]), 'head', 4, 3);
  return {
    noise: learning.normal(seed, { shape: [B, 3], stream: 1 }),
    drawn: learning.categorical(logits, seed, 2),
    coins: learning.bernoulli(learning.sigmoid(logits), seed, 3),
  };
}

/** Rows at places, summed, and a batch in front of a product's factors. */
function lookups() {
  const values = input('values', [5, 3]);
  const places = input('at', [5], 'u32');
  return {
    added: learning.scatterAdd(values, places, 4),
    beyond: learning.gather(w('rows', 4, 2), learning.add(places, 2)),
    wrapped: learning.toFloat(learning.subtract(places, 3)),
    bounded: learning.minimum(learning.subtract(places, 3), 5),
    farther: learning.maximum(learning.subtract(places, 3), 5),
    total: learning.sum(multiply(values, values)),
  };
}

export const ONNX_CASES: readonly OnnxCase[] = [
  {
    name: 'a policy of choices, observations normalised',
    batches: [1, 3],
    graph: (batch) => {
      const logits = dense(policy(batch, learning.tanh), 'actor', 16, 4);
      return { logits, action: learning.argmax(logits) };
    },
  },
  {
    name: 'a policy of numbers, squashed, and its value',
    batches: [1, 3],
    graph: (batch) => {
      const h = policy(batch, relu);
      const value = reshape(dense(h, 'critic', 16, 1), [batch]);
      return { action: learning.tanh(dense(h, 'actor', 16, 2)), value };
    },
  },
  { name: 'a convolutional autoencoder', batches: [1, 2], graph: autoencoder },
  { name: 'a transformer', batches: [1, 3], classes: 7, graph: transformer },
  { name: 'a recurrent network, unrolled', batches: [1, 3], graph: recurrent },
  { name: 'loops over time', batches: [1, 3], classes: 4e9, graph: loops },
  { name: 'all other operators', batches: [1, 4], classes: 6, graph: others },
  { name: 'random numbers, the same to the bit', batches: [1, 5], classes: 4e9, graph: chance },
  { name: 'fixed shapes', classes: 4, graph: lookups },
];

type Values = Float32Array<ArrayBuffer> | Uint32Array<ArrayBuffer>;
type Feeds = Readonly<Record<string, { shape: Shape; values: Values }>>;
type Run = (
  model: Uint8Array<ArrayBuffer>,
  feeds: Feeds,
) => Promise<Record<string, { shape: readonly number[]; values: readonly number[] }>>;

/** What both onnxruntimes are for us. */
type Runtime = Pick<typeof OnnxRuntime, 'InferenceSession' | 'Tensor'>;

/** Runs a model once: numbers of every output, with its shape. */
export function runner({ InferenceSession, Tensor }: Runtime): Run {
  return async (model, feeds) => {
    const session = await InferenceSession.create(model);
    const fed = Object.entries(feeds).map(([name, { shape, values }]) => {
      const tensor =
        values instanceof Float32Array
          ? new Tensor('float32', values, shape)
          : new Tensor('int64', BigInt64Array.from(values, BigInt), shape);
      return [name, tensor] as const;
    });
    const results = await session.run(Object.fromEntries(fed));
    await session.release();
    const read = Object.entries(results).map(([name, { dims, data }]) => {
      const values = Array.from(data as Float32Array | BigInt64Array, Number);
      return [name, { shape: dims, values }] as const;
    });
    return Object.fromEntries(read);
  };
}

/** Fixed numbers of both signs, none near another. */
function valuesOf(tensor: Tensor, o: { salt: number; classes: number }): Values {
  const count = tensor.shape.reduce((product, size) => product * size, 1);
  const wave = (i: number) => Math.sin(12.9898 * (i + 1) + 78.233 * o.salt) * 43758.5453;
  const part = (i: number) => wave(i) - Math.floor(wave(i));
  return tensor.type === 'u32'
    ? Uint32Array.from({ length: count }, (_, i) => Math.floor(part(i) * o.classes))
    : Float32Array.from({ length: count }, (_, i) => 1.6 * part(i) - 0.8);
}

function leavesOf(outputs: Record<string, Tensor>, kind: 'input' | 'state') {
  const found = new Map<string, Tensor>();
  const visited = new Set<Tensor>();
  const visit = (tensor: Tensor) => {
    if (visited.has(tensor)) return;
    visited.add(tensor);
    if (tensor.operator.kind === kind) found.set(tensor.operator.name, tensor);
    tensor.inputs.forEach(visit);
  };
  Object.values(outputs).forEach(visit);
  const salted = kind === 'input' ? 100 : 0;
  return [...found].map(([name, tensor], i) => ({ name, tensor, salt: i + salted }));
}

function weightsOf(outputs: Record<string, Tensor>, classes: number): Record<string, NamedTensor> {
  const entries = leavesOf(outputs, 'state').map(({ name, tensor, salt }) => {
    return [name, { shape: tensor.shape, data: valuesOf(tensor, { salt, classes }) }] as const;
  });
  return Object.fromEntries(entries);
}

/** Ours and onnxruntime's outputs within 1e-4, for every batch of the case. */
export async function expectSame(compute: Compute, c: OnnxCase, run: Run): Promise<void> {
  const { classes = 1 } = c;
  const { graph } = c;
  const weights = weightsOf(graph(1), classes);
  const outputs = c.batches ? graph : graph(1);
  const model = await encodeOnnx({ outputs, weights });
  for (const batch of c.batches ?? [1]) {
    const built = graph(batch);
    using program = await Program.create(compute, { outputs: built });
    for (const [name, { data }] of Object.entries(weights)) program.write(name, data);
    const feeds: Record<string, { shape: Shape; values: Values }> = {};
    for (const { name, tensor, salt } of leavesOf(built, 'input')) {
      const values = valuesOf(tensor, { salt, classes });
      program.write(name, values);
      feeds[name] = { shape: tensor.shape, values };
    }
    program.run();
    const got = await run(model, feeds);
    expect(Object.keys(got).toSorted()).toEqual(Object.keys(built).toSorted());
    for (const [name, tensor] of Object.entries(built)) {
      const own = await program.read(name);
      expect(got[name]!.shape, `${name}, batch ${batch}`).toEqual(tensor.shape);
      got[name]!.values.forEach((value, i) => {
        const off = Math.abs(value - own[i]!);
        expect(off, `${name}[${i}], batch ${batch}: ${value}, ours ${own[i]}`).toBeLessThan(
          1e-4 * Math.max(1, Math.abs(own[i]!)),
        );
      });
    }
  }
}

/** What was written is read back as a graph that computes the same, for another batch. */
export async function expectRoundTrip(compute: Compute, { graph, ...c }: OnnxCase): Promise<void> {
  const { classes = 1, batches } = c;
  const weights = weightsOf(graph(1), classes);
  const outputs = batches ? graph : graph(1);
  const decoded = await decodeOnnx(await encodeOnnx({ outputs, weights }));
  if (!decoded.ok) throw new Error(decoded.message);
  const built = graph(batches ? 2 : 1);
  const inputs = leavesOf(built, 'input');
  const read = decoded.model.build(
    Object.fromEntries(inputs.map(({ name, tensor }) => [name, input(name, tensor.shape, tensor.type)])),
  );
  using own = await Program.create(compute, { outputs: built });
  using other = await Program.create(compute, { outputs: read.outputs });
  for (const [name, { data }] of Object.entries(weights)) own.write(name, data);
  for (const [name, { data }] of Object.entries(read.weights)) other.write(name, data);
  for (const program of [own, other]) {
    for (const { name, tensor, salt } of inputs) {
      program.write(name, valuesOf(tensor, { salt, classes }));
    }
    program.run();
  }
  for (const [name, { shape, type }] of Object.entries(built)) {
    expect([name, read.outputs[name]!.shape, read.outputs[name]!.type]).toEqual([name, shape, type]);
    const [expected, got] = [await own.read(name), await other.read(name)];
    got.forEach((value, i) => {
      const off = Math.abs(value - expected[i]!);
      expect(off, `${name}[${i}]: ${value}, not ${expected[i]}`).toBeLessThan(1e-5);
    });
  }
}
