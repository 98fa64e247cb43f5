import { fromBinary } from '@bufbuild/protobuf';
import { openWasm } from '@dreampitch/compute';
import { ModelProtoSchema } from 'onnx-buf';
import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { expect, test } from 'vitest';
import * as learning from '../index.ts';
import { encodeOnnx, input, type NamedTensor, state, type Tensor } from '../index.ts';

const weightsOf = (shapes: Record<string, number[]>): Record<string, NamedTensor> =>
  Object.fromEntries(
    Object.entries(shapes).map(([name, shape]) => {
      const count = shape.reduce((product, size) => product * size, 1);
      return [name, { shape, data: new Float32Array(count) }];
    }),
  );

test('a model states its opset, and layers are the operators that others know', async () => {
  const shapes = { 'a.weight': [4, 3, 3, 3], 'b.weight': [2, 4 * 8 * 8] };
  const model = await encodeOnnx({
    name: 'two layers',
    metadata: { environment: 'soccer-1v1' },
    weights: weightsOf(shapes),
    outputs: (batch) => {
      const x = input('x', [batch, 3, 8, 8]);
      const weight = state('a.weight', shapes['a.weight']);
      const seen = learning.convolution(x, { weight, padding: 1 });
      const flat = learning.reshape(seen, [batch, 4 * 8 * 8]);
      return { y: learning.linear(flat, { weight: state('b.weight', shapes['b.weight']) }) };
    },
  });
  const { opsetImport, irVersion, graph, metadataProps } = fromBinary(ModelProtoSchema, model);
  expect(opsetImport).toMatchObject([{ domain: '', version: 18n }]);
  expect(irVersion).toBe(8n);
  expect(metadataProps).toMatchObject([{ key: 'environment', value: 'soccer-1v1' }]);
  expect(graph!.name).toBe('two layers');
  expect(graph!.node.map(({ opType }) => opType)).toEqual(['Conv', 'Reshape', 'Gemm', 'Identity']);
  const dims = graph!.output[0]!.type!.value.value as { shape: { dim: { value: unknown }[] } };
  expect(dims.shape.dim.map(({ value }) => value)).toMatchObject([
    { case: 'dimParam', value: 'batch' },
    { case: 'dimValue', value: 2n },
  ]);
});

const x = (batch: number) => input('x', [batch, 4]);
test.each<[string, RegExp, (batch: number) => Record<string, Tensor>]>([
  ['a mean over the batch', /constant depends on the batch/, (b) => ({ y: learning.mean(x(b)) })],
  [
    'noise for a batch that no input has',
    /no input whose axis 0 is the batch/,
    (b) => ({ y: learning.uniform(input('seed', [1], 'u32'), { shape: [b, 2], stream: 0 }) }),
  ],
  [
    'weights that are missing',
    /state 'w' wants \[4\], got nothing/,
    () => ({ y: state('w', [4]) }),
  ],
  ['an output named like an input', /two tensors named 'x'/, (b) => ({ x: learning.exp(x(b)) })],
])('%s: refused in words', async (_, message, outputs) => {
  await expect(encodeOnnx({ outputs, weights: {} })).rejects.toThrow(message);
});

const floats = (shape: number[], salt: number) => {
  const count = shape.reduce((product, size) => product * size, 1);
  return Float32Array.from({ length: count }, (_, i) => Math.sin(9.1 * i + salt));
};

test('a state that the caller keeps goes in and comes out: attention step by step', async () => {
  const [B, H, T, C] = [2, 2, 6, 4];
  const cache = learning.attentionCache('cache', [B, H, T, C]);
  const names = ['q', 'k', 'v'] as const;
  const [q, k, v] = names.map((name) => input(name, [B, H, 1, C])) as [Tensor, Tensor, Tensor];
  const { output, updates } = learning.cachedAttention({ q, k, v }, cache);
  const kept = updates.map(({ state: { operator } }) => (operator as { name: string }).name);
  const next = updates.map(({ value }, i) => [`${kept[i]}.next`, value] as const);
  const outputs = { output, ...Object.fromEntries(next) };
  const session = await InferenceSession.create(await encodeOnnx({ outputs, weights: {}, kept }));
  const whole = names.map((name, salt) => ({ name, values: floats([B * H, T, C], salt) }));
  const all = whole.map(({ name }) => input(name, [B, H, T, C])) as [Tensor, Tensor, Tensor];
  using compute = await openWasm();
  const sequence = { y: learning.causalAttention(...all) };
  using program = await learning.Program.create(compute, { outputs: sequence });
  for (const { name, values } of whole) program.write(name, values);
  program.run();
  const expected = await program.read('y');
  let memory: Record<string, OrtTensor> = Object.fromEntries(
    updates.map(({ state: { shape, type } }, i) => {
      const count = shape.reduce((product, size) => product * size, 1);
      const zeros = type === 'f32' ? new Float32Array(count) : new BigInt64Array(count);
      return [kept[i]!, new OrtTensor(zeros, shape)];
    }),
  );
  for (let t = 0; t < T; t++) {
    const step = (values: Float32Array) =>
      Float32Array.from({ length: B * H * C }, (_, i) => {
        return values[(Math.floor(i / C) * T + t) * C + (i % C)]!;
      });
    const feeds = whole.map(({ name, values }) => {
      return [name, new OrtTensor('float32', step(values), [B, H, 1, C])] as const;
    });
    const made = await session.run({ ...memory, ...Object.fromEntries(feeds) });
    memory = Object.fromEntries(kept.map((name) => [name, made[`${name}.next`]!]));
    const off = step(expected).map((value, i) =>
      Math.abs(value - (made['output']!.data[i] as number)),
    );
    expect(Math.max(...off), `step ${t}`).toBeLessThan(1e-5);
  }
  await session.release();
});
