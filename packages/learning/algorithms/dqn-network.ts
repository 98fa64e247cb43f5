/** The networks of dqn.ts, as graphs. */
import { noise, pcgHashOf } from '../random/pcg.ts';
import { linear, mean, relu } from '../tensor/functions.ts';
import { add, state, subtract } from '../tensor/operators.ts';
import { elementCount, type Shape } from '../tensor/shape.ts';
import type { Tensor } from '../tensor/tensor.ts';

export type QNetworkOptions = {
  readonly prefix: string; // of its weights' names
  readonly inputs: number; // D
  readonly hidden: readonly number[]; // relu units
  readonly choices: number;
  readonly dueling: boolean;
  readonly seed: number; // u32
};

type Layer = { readonly weight: Tensor; readonly bias: Tensor };
type Weight = { readonly name: string; readonly tensor: Tensor; readonly initial: Float32Array };

/** Q of every choice, as a graph; `prefix` tells the online network from the target. */
export class QNetwork {
  readonly weights: Weight[] = [];
  readonly #body: Layer[];
  readonly #values: Layer | null;
  readonly #advantages: Layer;

  constructor(o: QNetworkOptions) {
    const sizes = [o.inputs, ...o.hidden];
    const last = sizes.at(-1)!;
    const layer = (name: string, from: number, to: number): Layer => {
      const shape = [to, from];
      const weight = this.#weight(`${o.prefix}.${name}.weight`, shape, { seed: o.seed, from });
      return {
        weight,
        bias: this.#weight(`${o.prefix}.${name}.bias`, [to], { seed: o.seed, from: 0 }),
      };
    };
    this.#body = o.hidden.map((size, i) => layer(`${i}`, sizes[i]!, size));
    this.#advantages = layer('advantages', last, o.choices);
    this.#values = o.dueling ? layer('values', last, 1) : null;
  }

  /** observations [B, D]: [B, choices]. */
  q(observations: Tensor): Tensor {
    const h = this.#body.reduce((x, layer) => relu(linear(x, layer)), observations);
    const advantages = linear(h, this.#advantages);
    if (!this.#values) return advantages;
    const centred = subtract(advantages, mean(advantages, { axes: [1], keep: true }));
    return add(linear(h, this.#values), centred);
  }

  /** As torch.nn.Linear spreads its weights: variance 1 / (3 inputs). */
  #weight(name: string, shape: Shape, o: { seed: number; from: number }): Tensor {
    const tensor = state(name, shape);
    const key = pcgHashOf(o.seed, this.weights.length);
    const scale = o.from === 0 ? 0 : 1 / Math.sqrt(3 * o.from);
    const initial = Float32Array.from(
      { length: elementCount(shape) },
      (_, i) => scale * noise(key, i),
    );
    this.weights.push({ name, tensor, initial });
    return tensor;
  }
}
