/** Sizes and shapes as values of a model: known ones, and those that depend on its batch. */
import type { Tensor } from '../../tensor/tensor.ts';
import type { Size, Twins } from './batch.ts';
import type { Dimensions, ModelBuilder } from './model.ts';
import { OnnxError } from './onnx-error.ts';

/** Name of the batch in the shapes of inputs and outputs. */
export const BATCH = 'batch';

export class SizeNodes {
  readonly #model: ModelBuilder;
  readonly #twins: Twins;
  /** The batch, as a vector of one. */
  #batch: string | null = null;

  constructor(model: ModelBuilder, twins: Twins) {
    this.#model = model;
    this.#twins = twins;
  }

  /** The batch is axis 0 of this input, if of none before. */
  batchOf(input: string): void {
    this.#batch ??= this.#model.node('Shape', [input], { start: 0, end: 1 });
  }

  dimensions(tensor: Tensor): Dimensions {
    return this.#twins.sizes(tensor).map(({ fixed, perBatch }) => {
      if (perBatch === 0) return fixed;
      const many = perBatch === 1 ? BATCH : `${perBatch} * ${BATCH}`;
      return fixed === 0 ? many : `${many} + ${fixed}`;
    });
  }

  /** Numbers that may depend on the batch, as a vector. */
  vector(sizes: readonly Size[]): string {
    if (sizes.every(({ perBatch }) => perBatch === 0)) {
      return this.#model.integers(sizes.map(({ fixed }) => fixed));
    }
    const parts = sizes.map(({ fixed, perBatch }) => {
      if (perBatch === 0) return this.#model.integers([fixed]);
      if (!this.#batch) throw new OnnxError('graph', 'has no input whose axis 0 is the batch');
      const many =
        perBatch === 1
          ? this.#batch
          : this.#model.node('Mul', [this.#batch, this.#model.integers([perBatch])]);
      return fixed === 0 ? many : this.#model.node('Add', [many, this.#model.integers([fixed])]);
    });
    return parts.length === 1 ? parts[0]! : this.#model.node('Concat', parts, { axis: 0 });
  }

  /** A shape to be filled: what depends on the batch is what remains, if it is one axis. */
  target(sizes: readonly Size[]): string {
    const varying = sizes.filter(({ perBatch }) => perBatch !== 0);
    if (varying.length !== 1) return this.vector(sizes);
    return this.#model.integers(sizes.map(({ fixed, perBatch }) => (perBatch === 0 ? fixed : -1)));
  }
}
