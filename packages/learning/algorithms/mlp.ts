/** Networks of fully connected layers as graphs, with their weights' names and first values. */
import { noise, pcgHashOf } from '../random/pcg.ts';
import type { NamedTensor } from '../formats/safetensors.ts';
import { linear, relu } from '../tensor/functions.ts';
import { state, tanh } from '../tensor/operators.ts';
import { elementCount, type Shape, shownShape } from '../tensor/shape.ts';
import type { Tensor } from '../tensor/tensor.ts';

export type Activation = 'tanh' | 'relu';
export type Layer = { readonly weight: Tensor; readonly bias: Tensor };
export type Parameter = {
  readonly name: string;
  readonly tensor: Tensor;
  readonly initial: Float32Array<ArrayBuffer>;
};

/** Learned tensors, in the order in which they were made. */
export class Parameters {
  readonly all: Parameter[] = [];
  readonly #seed: number;

  constructor(seed: number) {
    this.#seed = seed;
  }

  /** Random at first, with this standard deviation. */
  create(name: string, shape: Shape, scale: number): Tensor {
    const key = pcgHashOf(this.#seed, this.all.length);
    const draw = (_: unknown, i: number) => scale * noise(key, i);
    return this.#add(name, shape, Float32Array.from({ length: elementCount(shape) }, draw));
  }

  constant(name: string, shape: Shape, value: number): Tensor {
    return this.#add(name, shape, new Float32Array(elementCount(shape)).fill(value));
  }

  /**
   * Layers `name.0`, `name.1`, ... from the first size to the last, biases 0 at first; `gain` is the
   * standard deviation of a layer's weights times the root of its inputs.
   */
  layers(name: string, sizes: readonly number[], gain: (i: number) => number): Layer[] {
    return sizes.slice(1).map((size, i) => {
      const inputs = sizes[i]!;
      const spread = gain(i) / Math.sqrt(inputs);
      const weight = this.create(`${name}.${i}.weight`, [size, inputs], spread);
      return { weight, bias: this.constant(`${name}.${i}.bias`, [size], 0) };
    });
  }

  /**
   * The same, as torch.nn.Linear begins: weights and biases of variance 1 / (3 inputs). Where relu units
   * see few numbers, biases of 0 would put every bend into the origin.
   */
  torchLayers(name: string, sizes: readonly number[]): Layer[] {
    return sizes.slice(1).map((size, i) => {
      const inputs = sizes[i]!;
      const spread = 1 / Math.sqrt(3 * inputs);
      const weight = this.create(`${name}.${i}.weight`, [size, inputs], spread);
      return { weight, bias: this.create(`${name}.${i}.bias`, [size], spread) };
    });
  }

  #add(name: string, shape: Shape, initial: Float32Array<ArrayBuffer>): Tensor {
    const tensor = state(name, shape);
    this.all.push({ name, tensor, initial });
    return tensor;
  }
}

/** x [B, inputs]: [B, outputs], the activation between layers. */
export function through(layers: readonly Layer[], x: Tensor, activation: Activation): Tensor {
  const active = activation === 'tanh' ? tanh : relu;
  return layers.reduce((h, layer, i) => {
    const out = linear(h, layer);
    return i === layers.length - 1 ? out : active(out);
  }, x);
}

/**
 * First values by name: those given, else the parameters' own. Throws on another shape, and where none of
 * what is given is known.
 */
export function initialValues(
  parameters: readonly Parameter[],
  from: Readonly<Record<string, NamedTensor>> = {},
): ReadonlyMap<string, Float32Array<ArrayBuffer>> {
  const names = Object.keys(from);
  if (names.length > 0 && !parameters.some(({ name }) => name in from)) {
    throw new Error(
      `None of the weights to start from (${names.slice(0, 3).join(', ')}, ...) is one of this ` +
        `network: ${parameters[0]!.name}, ... They are of another algorithm.`,
    );
  }
  return new Map(
    parameters.map(({ name, tensor, initial }) => {
      const given = from[name];
      if (!given) return [name, initial];
      if (given.shape.join() !== tensor.shape.join() || !(given.data instanceof Float32Array)) {
        throw new Error(
          `'${name}' to start from has the shape ${shownShape(given.shape)}; here it has ` +
            `${shownShape(tensor.shape)}.`,
        );
      }
      return [name, given.data];
    }),
  );
}
