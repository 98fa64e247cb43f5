/** ONNX models back into graphs of the tensor engine: their constants become states, by their names. */
import { fromBinary } from '@bufbuild/protobuf';
import {
  type GraphProto,
  ModelProtoSchema,
  TensorProto_DataType as DataType,
  type TensorProto,
  type ValueInfoProto,
} from 'onnx-buf';
import { refusal, type Refusal } from '../../binary/container.ts';
import { constant, state } from '../../tensor/operators.ts';
import { elementCount } from '../../tensor/shape.ts';
import { type ElementType, Tensor } from '../../tensor/tensor.ts';
import type { NamedTensor } from '../safetensors.ts';
import { OnnxError } from './onnx-error.ts';
import { OPERATORS, READ } from './read-operators.ts';
import { type Integers, NodeReader, type Value } from './node-reader.ts';

export type OnnxInput = {
  readonly name: string;
  /** null: of any size. */
  readonly dimensions: readonly (number | null)[];
  readonly type: ElementType;
};

export type OnnxModel = {
  readonly inputs: readonly OnnxInput[];
  readonly outputs: readonly string[];
  readonly metadata: Readonly<Record<string, string>>;
  /**
   * The graph for inputs of these shapes, as often as asked for, of the same states; and the values of
   * those. Throws OnnxError or ShapeError where the inputs do not fit.
   */
  build(inputs: Readonly<Record<string, Tensor>>): {
    readonly outputs: Readonly<Record<string, Tensor>>;
    readonly weights: Readonly<Record<string, NamedTensor>>;
  };
};

export type DecodedOnnx = { readonly ok: true; readonly model: OnnxModel } | Refusal;

/** Operators of this set mean what they mean here; older ones take other inputs. */
const OPSET_MIN = 13;

/** The model in these bytes; whatever they are, it does not throw. */
export function decode(bytes: Uint8Array): DecodedOnnx {
  let model;
  try {
    model = fromBinary(ModelProtoSchema, bytes);
  } catch {
    return refusal('not-this-kind', 'These bytes are no ONNX model.');
  }
  const { graph, opsetImport, functions } = model;
  const opset = opsetImport.find(({ domain }) => domain === '' || domain === 'ai.onnx');
  if (!graph || !opset) return refusal('not-this-kind', 'These bytes are no ONNX model.');
  if (opset.version < OPSET_MIN) {
    const message = `This ONNX model is of opset ${opset.version}; read are ${OPSET_MIN} and newer.`;
    return refusal('not-this-kind', message);
  }
  const unknown = graph.node.find(
    ({ opType, domain }) => !(opType in OPERATORS) || (domain !== '' && domain !== 'ai.onnx'),
  );
  if (unknown || functions.length > 0) {
    const name = unknown
      ? `${unknown.domain && `${unknown.domain}.`}${unknown.opType}`
      : 'functions';
    return refusal('not-this-kind', `ONNX: operator ${name} is not read. ${READ}`);
  }
  try {
    const metadata = Object.fromEntries(model.metadataProps.map(({ key, value }) => [key, value]));
    return { ok: true, model: new Reader(graph, metadata) };
  } catch (error) {
    return refusal('corrupt', error instanceof Error ? error.message : String(error));
  }
}

class Reader implements OnnxModel {
  readonly inputs: readonly OnnxInput[];
  readonly outputs: readonly string[];
  readonly metadata: Readonly<Record<string, string>>;
  readonly #graph: GraphProto;
  readonly #constants = new Map<string, Value>();
  readonly #weights = new Map<Tensor, { name: string; value: NamedTensor }>();

  constructor(graph: GraphProto, metadata: Readonly<Record<string, string>>) {
    this.#graph = graph;
    this.metadata = metadata;
    for (const initializer of graph.initializer) {
      this.#constants.set(initializer.name, this.#constant(initializer));
    }
    this.inputs = graph.input.filter(({ name }) => !this.#constants.has(name)).map(inputOf);
    this.outputs = graph.output.map(({ name }) => name);
  }

  build(inputs: Readonly<Record<string, Tensor>>) {
    const values = new Map(this.#constants);
    for (const wanted of this.inputs) values.set(wanted.name, checkedInput(wanted, inputs));
    const reader = { constant: (tensor: TensorProto) => this.#constant(tensor) };
    for (const node of this.#graph.node) {
      const given = node.input.map((name) => {
        const value = name === '' ? null : values.get(name);
        if (value === undefined)
          throw new OnnxError(node.opType, `wants '${name}', which is not there`);
        return value;
      });
      const made = OPERATORS[node.opType]!(new NodeReader(node, given, reader));
      const results = Array.isArray(made) ? made : [made];
      node.output.forEach((name, i) => {
        if (name !== '' && results[i]) values.set(name, results[i]);
      });
    }
    const outputs = this.outputs.map((name) => {
      const value = values.get(name);
      if (!(value instanceof Tensor)) throw new OnnxError(`output '${name}'`, 'is not computed');
      return [name, value] as const;
    });
    const weights = [...this.#weights.values()].map(({ name, value }) => [name, value] as const);
    return { outputs: Object.fromEntries(outputs), weights: Object.fromEntries(weights) };
  }

  /** Numbers without axes are constants of the graph, others states; whole ones may be shapes. */
  #constant(proto: TensorProto): Value {
    const shape = proto.dims.map(Number);
    const data = valuesOf(proto);
    if (data.length !== elementCount(shape)) {
      throw new OnnxError(`constant '${proto.name}'`, `has ${data.length} values for its shape`);
    }
    if (!(data instanceof Float32Array)) return { shape, data } satisfies Integers;
    if (shape.length === 0) return constant(data[0]!);
    const name = proto.name === '' ? `constant ${this.#weights.size}` : proto.name;
    const tensor = state(name, shape);
    this.#weights.set(tensor, { name, value: { shape, data } });
    return tensor;
  }
}

type Numbers = Float32Array<ArrayBuffer> | number[];

/** f32, or whole numbers; in bytes, or in a list of their own. */
const NUMBERS = new Map<number, (raw: ArrayBuffer | null, proto: TensorProto) => Numbers>([
  [
    DataType.FLOAT,
    (raw, { floatData }) => (raw ? new Float32Array(raw) : Float32Array.from(floatData)),
  ],
  [DataType.INT64, (raw, p) => Array.from(raw ? new BigInt64Array(raw) : p.int64Data, Number)],
  [DataType.INT32, (raw, { int32Data }) => Array.from(raw ? new Int32Array(raw) : int32Data)],
  [DataType.BOOL, (raw, { int32Data }) => Array.from(raw ? new Uint8Array(raw) : int32Data)],
]);

function valuesOf(proto: TensorProto): Numbers {
  const { dataType, rawData, externalData, name } = proto;
  if (externalData.length > 0) {
    throw new OnnxError(`constant '${name}'`, 'is kept in another file; put it into the model');
  }
  const read = NUMBERS.get(dataType);
  // A copy; `slice` of Node's Buffer is none.
  if (read) return read(rawData.length > 0 ? new Uint8Array(rawData).buffer : null, proto);
  const type = DataType[dataType] ?? String(dataType);
  throw new OnnxError(
    `constant '${name}'`,
    `is of type ${type}; read are FLOAT, INT64, INT32, BOOL`,
  );
}

/** Whole numbers are u32 here. */
const INPUT_TYPES: ReadonlyMap<number, ElementType> = new Map([
  [DataType.FLOAT, 'f32'],
  [DataType.INT64, 'u32'],
  [DataType.INT32, 'u32'],
  [DataType.UINT32, 'u32'],
]);

function inputOf({ name, type: proto }: ValueInfoProto): OnnxInput {
  const tensor = proto?.value.case === 'tensorType' ? proto.value.value : null;
  const type = INPUT_TYPES.get(tensor?.elemType ?? 0);
  if (!type) throw new OnnxError(`input '${name}'`, 'is not of numbers that are read');
  const dimensions = (tensor?.shape?.dim ?? []).map(({ value }) =>
    value.case === 'dimValue' ? Number(value.value) : null,
  );
  return { name, dimensions, type };
}

const shown = (shape: readonly (number | null)[]) =>
  `[${shape.map((size) => size ?? 'any').join(', ')}]`;

function checkedInput(wanted: OnnxInput, inputs: Readonly<Record<string, Tensor>>): Tensor {
  const { name, dimensions, type } = wanted;
  const given = inputs[name];
  const fits =
    given?.type === type &&
    given.shape.length === dimensions.length &&
    dimensions.every((size, axis) => size === null || size === given.shape[axis]);
  if (fits) return given;
  const got = given ? `${given.type} ${shown(given.shape)}` : 'nothing';
  throw new OnnxError(`input '${name}'`, `wants ${type} ${shown(dimensions)}, got ${got}`);
}
