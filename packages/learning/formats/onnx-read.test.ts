/** Models as other programs write them, against what onnxruntime makes of them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { create, toBinary } from '@bufbuild/protobuf';
import { openWasm } from '@dreampitch/compute';
import { ModelProtoSchema } from 'onnx-buf';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { expect, test } from 'vitest';
import { decodeOnnx, input, Program } from '../index.ts';

type Attribute = number | readonly number[] | { float: number } | { text: string };
type Node = readonly [
  opType: string,
  inputs: string,
  output: string,
  o?: Record<string, Attribute>,
];
type Parts = {
  nodes: readonly Node[];
  /** Shapes of weights, or whole numbers. */
  constants?: Record<string, { shape: number[] } | { integers: number[]; shape?: number[] }>;
  input: readonly number[];
  opset?: number;
};

const FLOAT = 1;
const INT64 = 7;

/** Fixed numbers of both signs. */
const numbers = (count: number, salt: number) =>
  Float32Array.from({ length: count }, (_, i) => Math.sin(7.3 * i + 3.1 * salt) * 0.8);
const sizeOf = (shape: readonly number[]) => shape.reduce((product, size) => product * size, 1);

function attributeOf(name: string, value: Attribute) {
  if (typeof value === 'number') return { name, type: 2, i: BigInt(value) };
  if ('float' in value) return { name, type: 1, f: value.float };
  if ('text' in value) return { name, type: 3, s: new TextEncoder().encode(value.text) };
  return { name, type: 7, ints: value.map(BigInt) };
}

function infoOf(name: string, dims: readonly number[] | null) {
  const dim = dims?.map((size, axis) => ({
    value:
      axis === 0
        ? ({ case: 'dimParam', value: 'N' } as const)
        : ({ case: 'dimValue', value: BigInt(size) } as const),
  }));
  const tensor = { elemType: FLOAT, ...(dim && { shape: { dim } }) };
  return { name, type: { value: { case: 'tensorType', value: tensor } } } as const;
}

function modelOf({
  nodes,
  constants = {},
  input: shape,
  opset = 18,
}: Parts): Uint8Array<ArrayBuffer> {
  const initializer = Object.entries(constants).map(([name, one], salt) => {
    if ('integers' in one) {
      const dims = (one.shape ?? [one.integers.length]).map(BigInt);
      return { name, dataType: INT64, dims, int64Data: one.integers.map(BigInt) };
    }
    const data = numbers(sizeOf(one.shape), salt).map((value) => Math.abs(value) + 0.1);
    const signed = data.map((value, i) => (name === 'variance' || i % 2 ? value : -value));
    return { name, dataType: FLOAT, dims: one.shape.map(BigInt), floatData: [...signed] };
  });
  const model = create(ModelProtoSchema, {
    irVersion: 8n,
    opsetImport: [{ domain: '', version: BigInt(opset) }],
    graph: {
      name: 'made by hand',
      initializer,
      input: [infoOf('x', shape)],
      output: [infoOf('y', null)],
      node: nodes.map(([opType, inputs, output, attributes = {}]) => ({
        opType,
        input: inputs.split(' '),
        output: output.split(' '),
        attribute: Object.entries(attributes).map(([name, value]) => attributeOf(name, value)),
      })),
    },
  });
  return toBinary(ModelProtoSchema, model);
}

const MODELS: Record<string, Parts> = {
  'a perceptron as PyTorch writes it': {
    input: [3, 5],
    constants: {
      w1: { shape: [8, 5] },
      b1: { shape: [8] },
      w2: { shape: [2, 8] },
      b2: { shape: [2] },
    },
    nodes: [
      ['Gemm', 'x w1 b1', 'h1', { transB: 1, alpha: { float: 1 }, beta: { float: 1 } }],
      ['Relu', 'h1', 'h2'],
      ['Dropout', 'h2', 'h3'],
      ['Gemm', 'h3 w2 b2', 'h4', { transB: 1 }],
      ['Softmax', 'h4', 'y', { axis: 1 }],
    ],
  },
  'a perceptron as Keras writes it': {
    input: [2, 4],
    constants: { w1: { shape: [4, 6] }, b1: { shape: [6] } },
    nodes: [
      ['MatMul', 'x w1', 'h1'],
      ['Add', 'h1 b1', 'h2'],
      ['LeakyRelu', 'h2', 'h3', { alpha: { float: 0.2 } }],
      ['Elu', 'h3', 'h4'],
      ['LogSoftmax', 'h4', 'y', { axis: -1 }],
    ],
  },
  'a convolutional network': {
    input: [2, 3, 7, 6],
    constants: {
      w: { shape: [4, 3, 3, 2] },
      b: { shape: [4] },
      scale: { shape: [4] },
      offset: { shape: [4] },
      average: { shape: [4] },
      variance: { shape: [4] },
      w2: { shape: [4, 2, 3, 3] },
      head: { shape: [5, 4] },
    },
    nodes: [
      ['Conv', 'x w b', 'h1', { kernel_shape: [3, 2], strides: [2, 2], pads: [1, 0, 2, 1] }],
      [
        'BatchNormalization',
        'h1 scale offset average variance',
        'h2',
        { epsilon: { float: 1e-3 } },
      ],
      ['Clip', 'h2', 'h3'],
      ['Conv', 'h3 w2', 'h4', { kernel_shape: [3, 3], pads: [1, 1, 1, 1], group: 2 }],
      ['Sigmoid', 'h4', 'h5'],
      ['GlobalAveragePool', 'h5', 'h6'],
      ['Flatten', 'h6', 'h7'],
      ['Gemm', 'h7 head', 'y', { transB: 1 }],
    ],
  },
  'shapes that are computed on the way': {
    input: [3, 2, 6],
    constants: {
      weight: { shape: [6] },
      bias: { shape: [6] },
      first: { integers: [0], shape: [] },
      third: { integers: [2], shape: [] },
      axis: { integers: [0] },
      all: { integers: [-1] },
      two: { integers: [2] },
      starts: { integers: [-4] },
      ends: { integers: [Number.MAX_SAFE_INTEGER] },
      last: { integers: [2] },
      picked: { integers: [3, 0, -1] },
    },
    nodes: [
      ['LayerNormalization', 'x weight bias', 'h1', { axis: -1 }],
      ['Shape', 'h1', 'shape'],
      ['Gather', 'shape first', 'batch', { axis: 0 }],
      ['Gather', 'shape third', 'width', { axis: 0 }],
      ['Mul', 'width two', 'doubled'],
      ['Unsqueeze', 'batch axis', 'batches'],
      ['Concat', 'batches doubled', 'target', { axis: 0 }],
      ['Reshape', 'h1 target', 'h2'],
      ['Reshape', 'h2 shape', 'h3'],
      ['Slice', 'h3 starts ends last', 'h4'],
      ['Gather', 'h4 picked', 'h5', { axis: 2 }],
      ['Transpose', 'h5', 'h6', { perm: [0, 2, 1] }],
      ['Split', 'h6', 'left middle right', { axis: 1, num_outputs: 3 }],
      ['Concat', 'right left', 'h7', { axis: -1 }],
      ['ReduceMean', 'h7 all', 'y', { keepdims: 0 }],
    ],
  },
  'powers, comparisons and choices': {
    input: [4, 3],
    constants: { p: { shape: [1] } },
    nodes: [
      ['Constant', '', 'two', { value_float: { float: 2 } }],
      ['Pow', 'x two', 'h1'],
      ['Greater', 'h1 p', 'more'],
      ['Not', 'more', 'less'],
      ['Neg', 'x', 'h2'],
      ['Where', 'less h1 h2', 'h3'],
      ['Gelu', 'h3', 'h4', { approximate: { text: 'tanh' } }],
      ['ReduceSum', 'h4', 'h5', { keepdims: 1 }],
      ['Squeeze', 'h5', 'h6'],
      ['Max', 'h4 h6 p', 'h7'],
      ['Reciprocal', 'h7', 'h8'],
      ['Softplus', 'h8', 'y'],
    ],
    opset: 20,
  },
};

test.each(Object.entries(MODELS))('%s computes what onnxruntime computes', async (_, parts) => {
  const bytes = modelOf(parts);
  const values = numbers(sizeOf(parts.input), 99);
  const session = await InferenceSession.create(bytes);
  const { y } = await session.run({ x: new Tensor('float32', values, parts.input) });
  await session.release();
  const decoded = await decodeOnnx(bytes);
  if (!decoded.ok) throw new Error(decoded.message);
  const { outputs, weights } = decoded.model.build({ x: input('x', parts.input) });
  using compute = await openWasm();
  using program = await Program.create(compute, { outputs });
  const used = Object.entries(weights);
  for (const [name, { data }] of used) program.write(name, data);
  program.write('x', values);
  program.run();
  expect(outputs['y']!.shape).toEqual(y!.dims);
  const own = await program.read('y');
  Array.from(y!.data as Float32Array).forEach((value, i) => expect(own[i]).toBeCloseTo(value, 5));
});

type Recorded = { shape: number[]; type: 'f32' | 'u32'; x: number[]; y: number[] };
const fixture = (name: string) => readFileSync(join(import.meta.dirname, 'fixtures', name));
const recorded = JSON.parse(fixture('pytorch.json').toString()) as Record<string, Recorded>;

test.each(Object.entries(recorded))(
  '%s, as PyTorch exported it, computes its values',
  async (name, values) => {
    const { shape, type, x, y } = values;
    const decoded = await decodeOnnx(fixture(`pytorch-${name}.onnx`));
    if (!decoded.ok) throw new Error(decoded.message);
    const { outputs, weights } = decoded.model.build({ x: input('x', shape, type) });
    using compute = await openWasm();
    using program = await Program.create(compute, { outputs });
    for (const [weight, { data }] of Object.entries(weights)) program.write(weight, data);
    program.write('x', type === 'u32' ? Uint32Array.from(x) : Float32Array.from(x));
    program.run();
    const own = await program.read('y');
    expect(own.length).toBe(y.length);
    y.forEach((value, i) => expect(own[i]).toBeCloseTo(value, 5));
  },
);

const SIMPLE: Parts = { input: [1, 2], nodes: [['Relu', 'x', 'y']] };
test.each<[string, Parts, RegExp]>([
  [
    'an operator',
    { ...SIMPLE, nodes: [['LSTM', 'x', 'y']] },
    /operator LSTM is not read\. Read are Abs, /,
  ],
  ['an old opset', { ...SIMPLE, opset: 9 }, /of opset 9; read are 13 and newer/],
])('%s that is not read is refused in words', async (_, parts, message) => {
  const decoded = await decodeOnnx(modelOf(parts));
  expect(decoded).toMatchObject({ ok: false, message: expect.stringMatching(message) as string });
});

test('what does not fit a model is said when it is built', async () => {
  const decoded = await decodeOnnx(modelOf({ ...SIMPLE, nodes: [['Gelu', 'x', 'y']], opset: 20 }));
  if (!decoded.ok) throw new Error(decoded.message);
  const { model } = decoded;
  expect(model.inputs).toEqual([{ name: 'x', dimensions: [null, 2], type: 'f32' }]);
  expect(() => model.build({ x: input('x', [3, 3]) })).toThrow(
    /'x' wants f32 \[any, 2\], got f32 \[3, 3\]/,
  );
  expect(() => model.build({})).toThrow(/got nothing/);
  expect(() => model.build({ x: input('x', [3, 2]) })).toThrow(
    /Gelu is read with approximate=tanh/,
  );
});

test('bytes that are none, or damaged, are answered', async () => {
  const bytes = modelOf(MODELS['a perceptron as PyTorch writes it']!);
  for (const bad of [new Uint8Array(), Uint8Array.of(1, 2, 3), new TextEncoder().encode('{}')]) {
    expect((await decodeOnnx(bad)).ok).toBe(false);
  }
  for (let at = 0; at < bytes.length; at += 7) {
    expect(typeof (await decodeOnnx(bytes.with(at, 0xff))).ok).toBe('boolean');
    expect(typeof (await decodeOnnx(bytes.slice(0, at))).ok).toBe('boolean');
  }
});
