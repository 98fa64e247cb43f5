/**
 * Graphs have fixed shapes; exported models should take any batch. So the graph is built for two
 * batches: what differs between both is a multiple of the batch, plus what remains.
 */
import { inOrder, type Loop, type Tensor } from '../../tensor/tensor.ts';
import { OnnxError } from './onnx-error.ts';

/** fixed + perBatch * batch. */
export type Size = { readonly fixed: number; readonly perBatch: number };

export type Outputs = Readonly<Record<string, Tensor>>;

/** Primes that are no size of anything else. */
const BATCHES = [1009, 1013] as const;

export class Twins {
  readonly outputs: Outputs;
  /** All tensors of one of the graphs, inputs before what takes them. */
  readonly order: readonly Tensor[];
  readonly #twinOf = new Map<Tensor, Tensor>();

  /** Throws OnnxError where both graphs differ in more than sizes. */
  constructor(outputs: Outputs | ((batch: number) => Outputs)) {
    const [one, other] =
      typeof outputs === 'function' ? BATCHES.map((batch) => outputs(batch)) : [outputs, outputs];
    this.outputs = one!;
    this.order = inOrder(Object.values(one!));
    const twins = inOrder(Object.values(other!));
    if (this.order.length !== twins.length) {
      const counts = `${this.order.length} and ${twins.length}`;
      throw new OnnxError('graph', `has ${counts} operators for different batches`);
    }
    this.order.forEach((tensor, i) => this.#pair(tensor, twins[i]!));
  }

  twinOf(tensor: Tensor): Tensor {
    return this.#twinOf.get(tensor)!;
  }

  /** Throws where the sizes are of no multiple. */
  size(one: number, other: number): Size {
    const perBatch = (other - one) / (BATCHES[1] - BATCHES[0]);
    if (!Number.isInteger(perBatch)) {
      throw new OnnxError('graph', `has a size that no batch explains: ${one}, ${other}`);
    }
    return { perBatch, fixed: one - perBatch * BATCHES[0] };
  }

  sizes(tensor: Tensor): Size[] {
    const other = this.twinOf(tensor).shape;
    return tensor.shape.map((size, axis) => this.size(size, other[axis]!));
  }

  /** Where a slice starts, or how much a padding puts before, along every axis. */
  places(tensor: Tensor): Size[] {
    const other = placesOf(this.twinOf(tensor));
    return placesOf(tensor).map((place, axis) => this.size(place, other[axis]!));
  }

  #pair(tensor: Tensor, twin: Tensor): void {
    const [a, b] = [tensor.operator, twin.operator];
    const sameInputs = tensor.inputs.every(
      (input, i) => this.#twinOf.get(input) === twin.inputs[i],
    );
    const same = a.kind === b.kind && tensor.shape.length === twin.shape.length && sameInputs;
    if (!same) throw new OnnxError(a.kind, `is ${b.kind} for another batch`);
    if (a.kind === 'constant' && b.kind === 'constant' && a.value !== b.value) {
      throw new OnnxError('constant', `depends on the batch: ${a.value}, ${b.value}`);
    }
    if (a.kind === 'scan' && b.kind === 'scan') this.#pairBodies(a.loop, b.loop);
    this.#twinOf.set(tensor, twin);
  }

  #pairBodies(one: Loop, other: Loop): void {
    const [given, all] = bodyOf(one);
    const [otherGiven, otherAll] = bodyOf(other);
    const twins = [...otherGiven, ...otherAll];
    [...given, ...all].forEach((tensor, i) => this.#pair(tensor, twins[i]!));
  }
}

/** What a loop gives its body, and all tensors that this makes of it. */
function bodyOf({ carry, slices, next, outputs }: Loop): [Tensor[], Tensor[]] {
  const given = [...carry, ...slices];
  return [given, inOrder([...next, ...outputs], new Set(given))];
}

function placesOf({ operator }: Tensor): readonly number[] {
  const view = operator.kind === 'view' ? operator.view : null;
  if (view?.name === 'slice') return view.starts;
  return view?.name === 'pad' ? view.before : [];
}
