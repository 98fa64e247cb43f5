import { fromBinary } from '@bufbuild/protobuf';
import { ModelProtoSchema } from 'onnx-buf';
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
