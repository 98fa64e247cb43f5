/** What an operator of a model is given: values, whole numbers that are known, attributes. */
import type { NodeProto, TensorProto } from 'onnx-buf';
import { constant } from '../../tensor/operators.ts';
import { elementCount, type Shape } from '../../tensor/shape.ts';
import { Tensor } from '../../tensor/tensor.ts';
import { OnnxError } from './onnx-error.ts';

/** Whole numbers that are known when the graph is built: shapes, axes, places. */
export type Integers = { readonly shape: Shape; readonly data: readonly number[] };

export type Value = Tensor | Integers;

export class NodeReader {
  readonly opType: string;
  readonly #node: NodeProto;
  readonly #given: readonly (Value | null)[];
  readonly #reader: { constant: (tensor: TensorProto) => Value };

  constructor(
    node: NodeProto,
    given: readonly (Value | null)[],
    reader: { constant: (tensor: TensorProto) => Value },
  ) {
    this.opType = node.opType;
    this.#node = node;
    this.#given = given;
    this.#reader = reader;
  }

  get count(): number {
    return this.#given.length;
  }

  get outputCount(): number {
    return this.#node.output.length;
  }

  has(i: number): boolean {
    return (this.#given[i] ?? null) !== null;
  }

  value(i: number): Value {
    const value = this.#given[i] ?? null;
    if (!value) throw this.error(`wants an input ${i}`);
    return value;
  }

  tensor(i: number): Tensor {
    const value = this.value(i);
    if (value instanceof Tensor) return value;
    const { shape, data } = value;
    if (elementCount(shape) === 1 && data[0]! >= 0) return constant(data[0]!, 'u32');
    throw this.error('takes whole numbers as values; they are read as shapes, axes and places');
  }

  /** Known whole numbers; throws where they are computed. */
  integers(i: number): readonly number[] {
    const value = this.value(i);
    if (value instanceof Tensor) throw this.error(`wants input ${i} to be known before it runs`);
    return value.data;
  }

  /** All inputs, if they are whole numbers that are known. */
  allIntegers(): readonly Integers[] | null {
    const all = this.#given.filter((value) => value !== null);
    return all.every((value) => !(value instanceof Tensor)) ? (all as Integers[]) : null;
  }

  int(name: string, otherwise: number): number {
    const found = this.#attribute(name);
    return found ? Number(found.i) : otherwise;
  }

  float(name: string, otherwise: number): number {
    return this.#attribute(name)?.f ?? otherwise;
  }

  ints(name: string): readonly number[] | null {
    return this.#attribute(name)?.ints.map(Number) ?? null;
  }

  text(name: string, otherwise: string): string {
    const found = this.#attribute(name);
    return found ? new TextDecoder().decode(found.s) : otherwise;
  }

  /** The value of a Constant. */
  constant(): Value {
    const tensor = this.#attribute('value')?.t;
    if (tensor) return this.#reader.constant(tensor);
    const float = this.#attribute('value_float');
    if (float) return constant(float.f);
    const int = this.#attribute('value_int');
    if (int) return { shape: [], data: [Number(int.i)] };
    const ints = this.ints('value_ints');
    if (ints) return { shape: [ints.length], data: ints };
    throw this.error('has a value of a kind that is not read');
  }

  error(problem: string): OnnxError {
    return new OnnxError(this.opType, problem);
  }

  #attribute(name: string) {
    return this.#node.attribute.find((one) => one.name === name) ?? null;
  }
}
