/** Graphs of the tensor engine as ONNX models: every operator as nodes of the standard operators. */
import { elementCount, sameShape, shownShape } from '../../tensor/shape.ts';
import type { Loop, MapName, Operator, Tensor, ViewKind } from '../../tensor/tensor.ts';
import type { NamedTensor } from '../safetensors.ts';
import { type Outputs, type Size, Twins } from './batch.ts';
import { convolutionAt } from './convolution.ts';
import { dataTypeOf, ModelBuilder, type ValueType } from './model.ts';
import { OnnxError } from './onnx-error.ts';
import { loopNodes } from './loop.ts';
import { BATCH, SizeNodes } from './sizes.ts';
import { uniformNodes } from './uniform.ts';
import { windowNodes } from './window.ts';

export type OnnxOptions = {
  /**
   * What the model computes. As a function of the batch, it is built for two batches, and the axes that
   * differ are the caller's choice in the model; its inputs are then made within it.
   */
  readonly outputs: Outputs | ((batch: number) => Outputs);
  /** Values of states, by their names. */
  readonly weights: Readonly<Record<string, NamedTensor>>;
  /** States that the caller keeps from run to run, as an attention's cache: inputs, by their names. */
  readonly kept?: readonly string[];
  readonly name?: string;
  /** Text by name, kept in the model. */
  readonly metadata?: Readonly<Record<string, string>>;
};

/** ONNX's operator of the same meaning. */
const MAPS: Partial<Record<string, string>> = {
  add: 'Add',
  subtract: 'Sub',
  multiply: 'Mul',
  divide: 'Div',
  negate: 'Neg',
  maximum: 'Max',
  minimum: 'Min',
  exp: 'Exp',
  log: 'Log',
  tanh: 'Tanh',
  sigmoid: 'Sigmoid',
  sin: 'Sin',
  cos: 'Cos',
  sqrt: 'Sqrt',
  abs: 'Abs',
  floor: 'Floor',
  sign: 'Sign',
};
const REDUCTIONS: Partial<Record<string, string>> = {
  sum: 'ReduceSum',
  max: 'ReduceMax',
  min: 'ReduceMin',
};
const COMPARISONS: Partial<Record<MapName, string>> = { less: 'Less', equal: 'Equal' };
const TYPES: Readonly<Record<string, 'float' | 'int64'>> = { f32: 'float', u32: 'int64' };
/** As u32, these wrap; as int64 they do not. */
const WRAPPING: ReadonlySet<string> = new Set(['add', 'subtract', 'multiply', 'negate']);

/** Bytes of an ONNX model. Throws OnnxError. */
export function encode(options: OnnxOptions): Uint8Array<ArrayBuffer> {
  return new Encoder(options).encode();
}

class Encoder {
  readonly #options: OnnxOptions;
  readonly #twins: Twins;
  readonly #model: ModelBuilder;
  /** Of the model, and of the bodies of loops within it. */
  readonly #values = [new Map<Tensor, string>()];
  readonly #results = new Map<Tensor, readonly string[]>();
  /** Comparisons, before they are numbers. */
  readonly #booleans = new Map<Tensor, string>();
  /** Products of one batch, without its axis. */
  readonly #products = new Map<Tensor, string>();
  readonly #sizes: SizeNodes;

  constructor(options: OnnxOptions) {
    this.#options = options;
    this.#twins = new Twins(options.outputs);
    const leaves = this.#twins.order.flatMap(({ operator }) =>
      operator.kind === 'input' || operator.kind === 'state' ? [operator.name] : [],
    );
    const names = [...leaves, ...Object.keys(this.#twins.outputs)];
    const twice = names.find((name, i) => names.indexOf(name) !== i);
    if (twice !== undefined) throw new OnnxError('graph', `has two tensors named '${twice}'`);
    this.#model = new ModelBuilder(names);
    this.#sizes = new SizeNodes(this.#model, this.#twins);
  }

  encode(): Uint8Array<ArrayBuffer> {
    // Inputs first: shapes of what comes before one of them may depend on its batch.
    const { order } = this.#twins;
    this.#emitAll([...order.filter(({ operator }) => operator.kind === 'input'), ...order]);
    for (const [name, tensor] of Object.entries(this.#twins.outputs)) {
      const o = { type: typeOf(tensor), dimensions: this.#sizes.dimensions(tensor) };
      this.#model.output(name, this.#value(tensor), o);
    }
    const { name = 'graph', metadata = {} } = this.#options;
    return this.#model.bytes({ name, metadata });
  }

  #emitAll(order: readonly Tensor[]): void {
    const values = this.#values.at(-1)!;
    for (const tensor of order) {
      const known = this.#values.some((scope) => scope.has(tensor));
      if (!known) values.set(tensor, this.#emit(tensor));
    }
  }

  #value(tensor: Tensor): string {
    return this.#values.findLast((values) => values.has(tensor))!.get(tensor)!;
  }

  #emit(tensor: Tensor): string {
    const { operator, inputs } = tensor;
    switch (operator.kind) {
      case 'input':
        return this.#input(tensor, operator.name);
      case 'state': {
        const isKept = this.#options.kept?.includes(operator.name);
        return isKept ? this.#input(tensor, operator.name) : this.#weight(tensor, operator.name);
      }
      case 'constant':
        return this.#model.scalar(operator.value, typeOf(tensor));
      case 'index':
        return this.#index(tensor);
      case 'map':
        return this.#map(tensor, operator.name);
      case 'reshape':
        return this.#reshape(tensor);
      case 'view':
        return this.#view(tensor, operator.view);
      case 'reduce':
        return this.#reduce(tensor, operator);
      case 'matmul':
        return this.#matmul(tensor);
      case 'gather': {
        const [rows, places] = inputs as [Tensor, Tensor];
        const last = this.#model.scalar(rows.shape[0]! - 1, 'int64');
        const within = this.#least(this.#value(places), last);
        return this.#model.node('Gather', [this.#value(rows), within], { axis: 0 });
      }
      case 'stop-gradient':
      case 'after':
        return this.#value(inputs[0]!);
      case 'scan':
        return this.#loop(tensor, operator.loop);
      case 'scan-result':
        return this.#results.get(inputs[0]!)![operator.index]!;
      default:
        throw new OnnxError((operator as Operator).kind, 'has no mapping');
    }
  }

  // ---- leaves

  #input(tensor: Tensor, name: string): string {
    const dimensions = this.#sizes.dimensions(tensor);
    this.#model.input(name, { type: typeOf(tensor), dimensions });
    if (dimensions[0] === BATCH) this.#sizes.batchOf(name);
    return name;
  }

  #weight(tensor: Tensor, name: string): string {
    const found = this.#options.weights[name];
    const fits = found && found.data.length === elementCount(tensor.shape);
    if (!fits || typeOf(tensor) !== (found.data instanceof Float32Array ? 'float' : 'int64')) {
      const got = found ? `${found.data.constructor.name} of ${found.data.length}` : 'nothing';
      throw new OnnxError(`state '${name}'`, `wants ${shownShape(tensor.shape)}, got ${got}`);
    }
    this.#model.weight(name, tensor.shape, found.data);
    return name;
  }

  #index(tensor: Tensor): string {
    const sizes = this.#twins.sizes(tensor);
    const other = elementCount(this.#twins.twinOf(tensor).shape);
    const count = this.#twins.size(elementCount(tensor.shape), other);
    const limit = this.#model.node('Squeeze', [this.#sizes.vector([count])]);
    const [zero, one] = [0, 1].map((value) => this.#model.scalar(value, 'int64'));
    const range = this.#model.node('Range', [zero!, limit, one!]);
    return sizes.length === 1
      ? range
      : this.#model.node('Reshape', [range, this.#sizes.target(sizes)]);
  }

  // ---- element-wise

  #map(tensor: Tensor, name: MapName): string {
    const inputs = this.#broadcast(tensor);
    if (tensor.type === 'u32' && name === 'minimum') return this.#least(inputs[0]!, inputs[1]!);
    if (tensor.type === 'u32' && name === 'maximum')
      return this.#least(inputs[0]!, inputs[1]!, true);
    const plain = MAPS[name];
    if (plain) return this.#wrapped(tensor, this.#model.node(plain, inputs));
    const comparison = COMPARISONS[name];
    if (comparison) {
      const boolean = this.#model.node(comparison, inputs);
      this.#booleans.set(tensor, boolean);
      return this.#cast(boolean, 'float');
    }
    if (name === 'where') {
      const asked = this.#booleans.get(unexpanded(tensor.inputs[0]!));
      const condition = asked && inputs[0] === this.#value(unexpanded(tensor.inputs[0]!));
      const boolean = condition ? asked : this.#cast(inputs[0]!, 'bool');
      return this.#model.node('Where', [boolean, ...inputs.slice(1)]);
    }
    if (name === 'toFloat') return this.#cast(inputs[0]!, 'float');
    if (name === 'uniform') return uniformNodes(this.#model, inputs[0]!, inputs[1]!);
    throw new OnnxError(name, 'has no mapping');
  }

  /** Of whole numbers; onnxruntime 1.30's Min of int64 compares the lower 32 bits only. */
  #least(a: string, b: string, largest = false): string {
    const less = this.#model.node('Less', [a, b]);
    return this.#model.node('Where', largest ? [less, b, a] : [less, a, b]);
  }

  #wrapped(tensor: Tensor, value: string): string {
    const { operator, type } = tensor;
    const wraps = type === 'u32' && operator.kind === 'map' && WRAPPING.has(operator.name);
    if (!wraps) return value;
    return this.#model.node('Mod', [value, this.#model.scalar(2 ** 32, 'int64')]);
  }

  #cast(value: string, type: ValueType): string {
    return this.#model.node('Cast', [value], { to: dataTypeOf(type) });
  }

  /** Operands as ONNX broadcasts them itself; one is expanded where all of them repeat an axis. */
  #broadcast(tensor: Tensor): string[] {
    const { shape, inputs } = tensor;
    const looked = inputs.map(unexpanded);
    const whole = shape.every((size, axis) =>
      looked.some((one) => (one.shape[axis - shape.length + one.shape.length] ?? 1) === size),
    );
    const full = whole ? looked : [inputs[0]!, ...looked.slice(1)];
    return full.map((one) => this.#value(one));
  }

  // ---- shapes

  #reshape(tensor: Tensor): string {
    const from = beforeReshape(tensor);
    const product = this.#products.get(from);
    if (product && sameShape(from.shape.slice(1), tensor.shape)) return product;
    if (sameShape(from.shape, tensor.shape)) return this.#value(from);
    const value = product ?? this.#value(from);
    return this.#model.node('Reshape', [value, this.#sizes.target(this.#twins.sizes(tensor))]);
  }

  #view(tensor: Tensor, view: ViewKind): string {
    const [from] = tensor.inputs as [Tensor];
    const value = this.#value(from);
    const sizes = this.#twins.sizes(tensor);
    switch (view.name) {
      case 'permute':
        return this.#permute(tensor, view.order);
      case 'expand':
        return this.#model.node('Expand', [value, this.#sizes.vector(sizes)]);
      case 'slice': {
        const inner = this.#twins.sizes(from);
        const first = this.#twins.places(tensor);
        const axes = inner.flatMap((size, axis) => (same(size, sizes[axis]!) ? [] : [axis]));
        const starts = axes.map((axis) => first[axis]!);
        const ends = axes.map((axis) => plus(first[axis]!, sizes[axis]!));
        const bounds = [this.#sizes.vector(starts), this.#sizes.vector(ends)];
        return this.#model.node('Slice', [value, ...bounds, this.#model.integers(axes)]);
      }
      case 'pad': {
        const before = this.#twins.places(tensor);
        const inner = this.#twins.sizes(from).map((size, axis) => plus(size, before[axis]!));
        const after = sizes.map((size, axis) => minus(size, inner[axis]!));
        return this.#model.node('Pad', [value, this.#sizes.vector([...before, ...after])]);
      }
      case 'window':
        return windowNodes(this.#model, { value, window: view.window, places: sizes });
      default:
        throw new OnnxError((view as ViewKind).name, 'has no mapping');
    }
  }

  #permute(tensor: Tensor, order: readonly number[]): string {
    const convolution = convolutionAt(tensor);
    if (!convolution) {
      return this.#model.node('Transpose', [this.#value(tensor.inputs[0]!)], { perm: order });
    }
    const { x, weight, shape, ...attributes } = convolution;
    const kernel = sameShape(weight.shape, shape)
      ? this.#value(weight)
      : this.#model.node('Reshape', [this.#value(weight), this.#model.integers(shape)]);
    return this.#model.node('Conv', [this.#value(x), kernel], attributes);
  }

  // ---- loops, reductions and products

  /** It has results, but no value. */
  #loop(tensor: Tensor, loop: Loop): string {
    const used = new Set<number>();
    for (const { operator, inputs } of this.#twins.order) {
      if (operator.kind === 'scan-result' && inputs[0] === tensor) used.add(operator.index);
    }
    const results = loopNodes(
      { model: this.#model, sizes: this.#sizes, value: (one) => this.#value(one), typeOf },
      {
        loop,
        initial: tensor.inputs,
        used,
        emitBody: (given, order) => {
          this.#values.push(new Map(given));
          this.#emitAll(order);
          return () => void this.#values.pop();
        },
      },
    );
    this.#results.set(tensor, results);
    return '';
  }

  #reduce(tensor: Tensor, operator: Operator & { kind: 'reduce' }): string {
    const value = this.#value(tensor.inputs[0]!);
    const { name, axes } = operator;
    if (name === 'argmax') {
      return this.#model.node('ArgMax', [value], { axis: axes[0]!, keepdims: 0 });
    }
    const opType = REDUCTIONS[name];
    if (!opType) throw new OnnxError(name, 'has no mapping');
    return this.#model.node(opType, [value, this.#model.integers(axes)], { keepdims: 0 });
  }

  #matmul(tensor: Tensor): string {
    const [a, b] = tensor.inputs as [Tensor, Tensor];
    if (tensor.shape[0] !== 1) {
      return this.#model.node('MatMul', [this.#value(a), this.#value(b)]);
    }
    const [left, right] = [this.#matrix(a), this.#matrix(b)];
    const product =
      left.turned || right.turned
        ? this.#model.node('Gemm', [left.value, right.value], {
            transA: Number(left.turned),
            transB: Number(right.turned),
          })
        : this.#model.node('MatMul', [left.value, right.value]);
    this.#products.set(tensor, product);
    return this.#model.node('Reshape', [product, this.#sizes.target(this.#twins.sizes(tensor))]);
  }

  /** A factor [1, M, K] as a matrix, or as one that Gemm turns. */
  #matrix(factor: Tensor): { value: string; turned: boolean } {
    const from = beforeReshape(factor);
    if (!sameShape(from.shape, factor.shape.slice(1))) {
      const sizes = this.#twins.sizes(factor).slice(1);
      const value = this.#model.node('Reshape', [this.#value(from), this.#sizes.target(sizes)]);
      return { value, turned: false };
    }
    const { operator } = from;
    const turned = operator.kind === 'view' && operator.view.name === 'permute';
    return { value: this.#value(turned ? from.inputs[0]! : from), turned };
  }
}

function typeOf(tensor: Tensor): 'float' | 'int64' {
  const type = TYPES[tensor.type];
  if (!type) throw new OnnxError(tensor.operator.kind, `has elements of type ${tensor.type}`);
  return type;
}

const same = (a: Size, b: Size) => a.fixed === b.fixed && a.perBatch === b.perBatch;
const plus = (a: Size, b: Size) => ({
  fixed: a.fixed + b.fixed,
  perBatch: a.perBatch + b.perBatch,
});
const minus = (a: Size, b: Size) => plus(a, { fixed: -b.fixed, perBatch: -b.perBatch });

function unexpanded(tensor: Tensor): Tensor {
  const { operator, inputs } = tensor;
  const expands = operator.kind === 'view' && operator.view.name === 'expand';
  return expands ? unexpanded(inputs[0]!) : tensor;
}

/** The elements of a reshape before this one and those before it. */
function beforeReshape(tensor: Tensor): Tensor {
  return tensor.operator.kind === 'reshape' ? beforeReshape(tensor.inputs[0]!) : tensor;
}
