/** An ONNX model as it grows: nodes, initialisers, and at its end the bytes (onnx.proto 1.20). */
import { create, toBinary } from '@bufbuild/protobuf';
import {
  type AttributeProto,
  AttributeProto_AttributeType as AttributeType,
  AttributeProtoSchema,
  type GraphProto,
  GraphProtoSchema,
  ModelProtoSchema,
  type NodeProto,
  NodeProtoSchema,
  StringStringEntryProtoSchema,
  TensorProto_DataType as DataType,
  type TensorProto,
  TensorProtoSchema,
  TensorShapeProto_DimensionSchema,
  TensorShapeProtoSchema,
  TypeProto_TensorSchema,
  TypeProtoSchema,
  type ValueInfoProto,
  ValueInfoProtoSchema,
} from 'onnx-buf';
import type { Shape } from '../../tensor/shape.ts';

/** The newest operators that exported graphs use are of opset 18, which goes with IR version 8. */
export const ONNX_OPSET = 18;
const IR_VERSION = 8;

/** What a value's elements are: f32, i64 (for u32 as well: few runtimes compute with u32), bool. */
export type ValueType = 'float' | 'int64' | 'bool';

const DATA_TYPES: Readonly<Record<ValueType, DataType>> = {
  float: DataType.FLOAT,
  int64: DataType.INT64,
  bool: DataType.BOOL,
};

/** The number that stands for a type in Cast's attribute `to`. */
export const dataTypeOf = (type: ValueType): number => DATA_TYPES[type];

/** A graph within: the body of a loop. */
export type Body = GraphProto;
type Attribute = number | readonly number[] | Body;
type Attributes = Readonly<Record<string, Attribute>>;

export class ModelBuilder {
  /** Of the model, and of the bodies that are being made within it. */
  readonly #graphs: NodeProto[][] = [[]];
  readonly #initializers = new Map<string, TensorProto>();
  readonly #inputs: ValueInfoProto[] = [];
  readonly #outputs: ValueInfoProto[] = [];
  readonly #taken: Set<string>;
  readonly #constants = new Map<string, string>();
  readonly #counts = new Map<string, number>();

  /** `taken`: names that inputs, outputs and weights have. */
  constructor(taken: Iterable<string>) {
    this.#taken = new Set(taken);
  }

  /** A node with one output, whose name this returns. */
  node(opType: string, input: readonly string[], attributes: Attributes = {}): string {
    return this.#push(opType, { input, attributes, output: [this.#name(opType)] })[0]!;
  }

  /** A node with several outputs: their names. */
  nodes(
    opType: string,
    o: { input: readonly string[]; attributes: Attributes; outputCount: number },
  ): string[] {
    const output = Array.from({ length: o.outputCount }, () => this.#name(opType));
    return this.#push(opType, { ...o, output });
  }

  /** Gives a value the name of an output. */
  output(name: string, value: string, o: Described): void {
    this.#push('Identity', { input: [value], attributes: {}, output: [name] });
    this.#outputs.push(valueInfo(name, o));
  }

  input(name: string, o: Described): void {
    this.#inputs.push(valueInfo(name, o));
  }

  /** What is made until `closeBody` is within a body; it sees whatever was made before. */
  openBody(): void {
    this.#graphs.push([]);
  }

  /** A name for what a body is given. */
  bodyInput(): string {
    return this.#name('Given');
  }

  closeBody(o: {
    inputs: readonly (Described & { name: string })[];
    outputs: readonly (Described & { value: string })[];
  }): Body {
    const output = o.outputs.map(({ value, ...described }) =>
      valueInfo(this.node('Identity', [value]), described),
    );
    const input = o.inputs.map(({ name, ...described }) => valueInfo(name, described));
    const node = needed(this.#graphs.pop()!, new Set(output.map(({ name }) => name)));
    return create(GraphProtoSchema, { name: this.#name('Body'), node, input, output });
  }

  weight(name: string, shape: Shape, data: Float32Array | Uint32Array): void {
    const values = data instanceof Float32Array ? data : BigInt64Array.from(data, BigInt);
    this.#initializers.set(name, tensor(name, shape, values));
  }

  /** Whole numbers, as int64; equal ones are stored once. */
  integers(values: readonly number[], shape: Shape = [values.length]): string {
    return this.#constant(shape, BigInt64Array.from(values, BigInt));
  }

  /** One number of a type, without axes. */
  scalar(value: number, type: 'float' | 'int64'): string {
    return type === 'int64'
      ? this.integers([value], [])
      : this.#constant([], Float32Array.of(value));
  }

  /** Without nodes and initialisers that no output needs. */
  bytes(o: { name: string; metadata: Readonly<Record<string, string>> }): Uint8Array<ArrayBuffer> {
    const used = new Set(this.#outputs.map(({ name }) => name));
    const node = needed(this.#graphs[0]!, used);
    const initializer = [...this.#initializers.values()].filter(({ name }) => used.has(name));
    const graph = create(GraphProtoSchema, {
      name: o.name,
      node,
      initializer,
      input: this.#inputs,
      output: this.#outputs,
    });
    const model = create(ModelProtoSchema, {
      irVersion: BigInt(IR_VERSION),
      opsetImport: [{ domain: '', version: BigInt(ONNX_OPSET) }],
      producerName: 'dreampitch',
      graph,
      metadataProps: Object.entries(o.metadata).map(([key, value]) =>
        create(StringStringEntryProtoSchema, { key, value }),
      ),
    });
    return toBinary(ModelProtoSchema, model);
  }

  #push(
    opType: string,
    o: { input: readonly string[]; output: string[]; attributes: Attributes },
  ): string[] {
    const { output, input } = o;
    const attribute = Object.entries(o.attributes).map(([name, value]) => attributeOf(name, value));
    const node = { opType, name: output[0]!, input: [...input], output, attribute };
    this.#graphs.at(-1)!.push(create(NodeProtoSchema, node));
    return output;
  }

  #constant(shape: Shape, data: Float32Array | BigInt64Array): string {
    // -0 is another number than 0.
    const values = Array.from<number | bigint, string>(data, (value) =>
      Object.is(value, -0) ? '-0' : String(value),
    );
    const key = `${data.constructor.name} ${shape.join()}: ${values.join()}`;
    const known = this.#constants.get(key);
    if (known) return known;
    const name = this.#name('Constant');
    this.#constants.set(key, name);
    this.#initializers.set(name, tensor(name, shape, data));
    return name;
  }

  #name(opType: string): string {
    const count = (this.#counts.get(opType) ?? 0) + 1;
    this.#counts.set(opType, count);
    const name = `${opType}_${count}`;
    return this.#taken.has(name) ? this.#name(opType) : name;
  }
}

/** Sizes of axes; a text is one that the caller of the model chooses. */
export type Dimensions = readonly (number | string)[];
export type Described = { readonly type: ValueType; readonly dimensions: Dimensions };

/** Those of the nodes that make what is used, which grows by what they take. */
function needed(nodes: readonly NodeProto[], used: Set<string>): NodeProto[] {
  const kept = nodes.toReversed().filter((node) => {
    const isUsed = node.output.some((name) => used.has(name));
    if (isUsed) for (const name of takenBy(node)) used.add(name);
    return isUsed;
  });
  return kept.toReversed();
}

function takenBy(node: NodeProto): string[] {
  const within = node.attribute.flatMap(({ g }) => g?.node.flatMap(takenBy) ?? []);
  return [...node.input, ...within];
}

function valueInfo(name: string, o: Described): ValueInfoProto {
  const dim = o.dimensions.map((size) =>
    create(TensorShapeProto_DimensionSchema, {
      value:
        typeof size === 'string'
          ? { case: 'dimParam', value: size }
          : { case: 'dimValue', value: BigInt(size) },
    }),
  );
  const shape = create(TensorShapeProtoSchema, { dim });
  const tensorType = create(TypeProto_TensorSchema, { elemType: DATA_TYPES[o.type], shape });
  const type = create(TypeProtoSchema, { value: { case: 'tensorType', value: tensorType } });
  return create(ValueInfoProtoSchema, { name, type });
}

/** rawData is little-endian, as every machine that runs browsers is. */
function tensor(name: string, shape: Shape, data: Float32Array | BigInt64Array): TensorProto {
  return create(TensorProtoSchema, {
    name,
    dims: shape.map(BigInt),
    dataType: data instanceof Float32Array ? DataType.FLOAT : DataType.INT64,
    rawData: new Uint8Array(data.slice().buffer),
  });
}

function attributeOf(name: string, value: Attribute): AttributeProto {
  if (typeof value === 'object' && 'node' in value) {
    return create(AttributeProtoSchema, { name, type: AttributeType.GRAPH, g: value });
  }
  const parts =
    typeof value === 'number'
      ? { type: AttributeType.INT, i: BigInt(value) }
      : { type: AttributeType.INTS, ints: value.map(BigInt) };
  return create(AttributeProtoSchema, { name, ...parts });
}
