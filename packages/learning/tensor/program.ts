/**
 * A graph compiled once, run any number of times: kernels, one plan of memory, one submission per run,
 * and no allocation while running.
 */
import { mathWgsl, randomWgsl } from '@dreampitch/compute';
import type { Compute, ComputeBuffer, Dispatch, HandWritten, Kernel } from '@dreampitch/compute';
import elementaryWgsl from './elementary.wgsl';
import { type KernelText, kernelText, WORKGROUP } from './kernel-text.ts';
import { isLeaf, lower } from './lower.ts';
import { planMemory } from './memory-plan.ts';
import { finishedProducts, productText } from './product.ts';
import { elementCount, ShapeError, shownShape } from './shape.ts';
import { inOrder, type Tensor } from './tensor.ts';

export type Update = { readonly state: Tensor; readonly value: Tensor };

export type ProgramOptions = {
  /** Kept for reading after a run. */
  readonly outputs: Readonly<Record<string, Tensor>>;
  /** New values of states, all computed from the old ones. */
  readonly updates?: readonly Update[];
  /**
   * Memory of inputs and states that lies elsewhere, by their names: a simulator's observations, the
   * weights of another program. It stays its owner's.
   */
  readonly bound?: Readonly<Record<string, ComputeBuffer>>;
  /**
   * Without fused multiply-adds on WASM, which only some machines have: slower there, the same to the
   * bit everywhere. Default false: the same to the bit on one machine, with any number of threads.
   */
  readonly strict?: boolean;
};

export class Program implements Disposable {
  /** One run, to be put into a batch of one's own. */
  readonly dispatches: readonly Dispatch[];
  readonly #compute: Compute;
  readonly #owned: readonly ComputeBuffer[];
  readonly #named: ReadonlyMap<string, { tensor: Tensor; buffer: ComputeBuffer }>;

  private constructor(parts: {
    compute: Compute;
    dispatches: readonly Dispatch[];
    owned: readonly ComputeBuffer[];
    named: ReadonlyMap<string, { tensor: Tensor; buffer: ComputeBuffer }>;
  }) {
    this.#compute = parts.compute;
    this.dispatches = parts.dispatches;
    this.#owned = parts.owned;
    this.#named = parts.named;
  }

  /** Throws ShapeError, or what compute throws. */
  static async create(compute: Compute, options: ProgramOptions): Promise<Program> {
    return new Program(await new Builder(compute, options).build());
  }

  run(times = 1): void {
    this.#compute.submit(this.dispatches, { times });
  }

  /** Elements of an input or state, row-major. */
  write(name: string, data: Float32Array | Uint32Array): void {
    const { tensor, buffer } = this.#find(name);
    const wanted = elementCount(tensor.shape);
    const fits = (tensor.type === 'u32') === data instanceof Uint32Array;
    if (data.length !== wanted || !fits) {
      const got = `${data.length} elements of ${data.constructor.name}`;
      throw new ShapeError(`write ${name}`, `wants ${wanted} of ${tensor.type}, got ${got}.`);
    }
    this.#compute.write(buffer, data);
  }

  /** Elements of an output, input or state after everything submitted before. */
  async read(name: string): Promise<Float32Array<ArrayBuffer>> {
    const { tensor, buffer } = this.#find(name);
    const bytes = 4 * elementCount(tensor.shape);
    const read = await this.#compute.read(buffer, { byteOffset: 0, bytes });
    if (tensor.type === 'u32') return Float32Array.from(new Uint32Array(read.buffer));
    return new Float32Array(read.buffer);
  }

  /** To bind it in another program, or to a kernel. */
  buffer(name: string): ComputeBuffer {
    return this.#find(name).buffer;
  }

  [Symbol.dispose](): void {
    for (const buffer of this.#owned) buffer[Symbol.dispose]();
  }

  #find(name: string) {
    const found = this.#named.get(name);
    if (found) return found;
    const names = [...this.#named.keys()].join(', ');
    throw new Error(`This program has nothing named '${name}'; it has ${names}.`);
  }
}

class Builder {
  readonly #compute: Compute;
  readonly #options: ProgramOptions;
  readonly #owned: ComputeBuffer[] = [];
  readonly #bufferOf = new Map<Tensor, ComputeBuffer>();

  constructor(compute: Compute, options: ProgramOptions) {
    this.#compute = compute;
    this.#options = options;
  }

  async build() {
    try {
      return await this.#build();
    } catch (error) {
      for (const buffer of this.#owned) buffer[Symbol.dispose]();
      throw error;
    }
  }

  async #build() {
    const { outputs, updates = [] } = this.#options;
    const values = updates.map(checkedUpdate);
    const roots = [...Object.values(outputs), ...values];
    const leaves = inOrder([...roots, ...updates.map((update) => update.state)]).filter(isLeaf);
    const named = this.#createLeaves(leaves);
    const { target } = this.#compute;
    const handWritten = target === 'wasm';
    const { kernels: all, stored } = lower(roots, handWritten);
    const keeps = new Set(roots);
    const finished = handWritten ? finishedProducts(all, { stored, keeps }) : new Map();
    const within = new Set(finished.values());
    const kernels = all.filter((one) => !within.has(one));
    // New values of states last, so that whatever reads the old ones is before them.
    const late = new Set(values);
    const order = [...kernels].toSorted((a, b) => Number(late.has(a)) - Number(late.has(b)));
    const textOf = (one: Tensor) => {
      const product = finished.get(one);
      if (product) return productText(product, { stored, result: one });
      const isProduct = handWritten && one.operator.kind === 'matmul';
      return isProduct ? productText(one, { stored }) : kernelText(one, { stored, target });
    };
    const texts = new Map(order.map((one) => [one, textOf(one)]));
    const sorted = dependable(order, texts);
    const { direct, copied } = placeUpdates(updates, sorted, texts, Object.values(outputs));
    for (const { state, value } of direct) this.#bufferOf.set(value, this.#bufferOf.get(state)!);
    this.#allocate(sorted, texts, [...Object.values(outputs), ...copied.map(({ value }) => value)]);
    const dispatches: Dispatch[] = [];
    for (const tensor of sorted) dispatches.push(await this.#prepare(tensor, texts.get(tensor)!));
    for (const update of copied) dispatches.push(await this.#copy(update));
    for (const [name, tensor] of Object.entries(outputs)) {
      named.set(name, { tensor, buffer: this.#bufferOf.get(tensor)! });
    }
    return { compute: this.#compute, dispatches, owned: this.#owned, named };
  }

  #createLeaves(leaves: readonly Tensor[]) {
    const named = new Map<string, { tensor: Tensor; buffer: ComputeBuffer }>();
    for (const tensor of leaves) {
      const { operator } = tensor;
      if (operator.kind !== 'input' && operator.kind !== 'state') continue;
      if (named.has(operator.name)) throw new Error(`Two tensors are named '${operator.name}'.`);
      const bound = this.#options.bound?.[operator.name];
      const buffer = bound ?? this.#create(operator.name, elementCount(tensor.shape));
      this.#bufferOf.set(tensor, buffer);
      named.set(operator.name, { tensor, buffer });
    }
    return named;
  }

  #create(label: string, count: number): ComputeBuffer {
    const buffer = this.#compute.createBuffer({ label: `tensor: ${label}`, bytes: 4 * count });
    this.#owned.push(buffer);
    return buffer;
  }

  /** Memory of what has none yet; what is not kept shares it over time. */
  #allocate(
    order: readonly Tensor[],
    texts: ReadonlyMap<Tensor, KernelText>,
    kept: readonly Tensor[],
  ): void {
    for (const tensor of kept) {
      if (this.#bufferOf.has(tensor)) continue;
      this.#bufferOf.set(tensor, this.#create(tensor.operator.kind, elementCount(tensor.shape)));
    }
    const steps = order.map((tensor) => ({
      reads: texts.get(tensor)!.operands.filter((one) => !this.#bufferOf.has(one)),
      writes: this.#bufferOf.has(tensor) ? [] : [tensor],
    }));
    const plan = planMemory(steps, (tensor) => elementCount(tensor.shape));
    const slots = plan.slotSizes.map((size, i) => this.#create(`slot ${i}`, size));
    for (const [tensor, slot] of plan.slotOf) this.#bufferOf.set(tensor, slots[slot]!);
  }

  async #prepare(tensor: Tensor, text: KernelText): Promise<Dispatch> {
    const result = this.#bufferOf.get(tensor)!;
    const own = text.operands.findIndex((one) => this.#bufferOf.get(one) === result);
    const wgsl = own < 0 ? text.wgsl : readingResult(text.wgsl, own);
    const bindings: Record<string, ComputeBuffer> = { result };
    text.operands.forEach((operand, i) => {
      if (i !== own) bindings[`operand${i}`] = this.#bufferOf.get(operand)!;
    });
    const kernel = await this.#kernel(tensor.operator.kind, wgsl, text.wasm);
    return kernel.prepare({ bindings, invocations: text.invocations });
  }

  #kernel(label: string, wgsl: string, wasm?: HandWritten): Promise<Kernel> {
    const whole = wgsl + elementaryWgsl + mathWgsl + randomWgsl;
    const named = `tensor: ${label}`;
    const { strict = false } = this.#options;
    const text = { label: named, wgsl: whole, entry: 'main', wasm };
    return this.#compute.createKernel({ ...text, relaxed: !strict });
  }

  async #copy({ state, value }: Update): Promise<Dispatch> {
    const count = elementCount(state.shape);
    const wgsl = `@group(0) @binding(0) var<storage, read_write> to: array<u32>;
@group(0) @binding(1) var<storage, read> source: array<u32>;
@compute @workgroup_size(${WORKGROUP[this.#compute.target]})
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x < ${count}u) {
    to[id.x] = source[id.x];
  }
}
`;
    const kernel = await this.#kernel('copy', wgsl);
    const bindings = { to: this.#bufferOf.get(state)!, source: this.#bufferOf.get(value)! };
    return kernel.prepare({ bindings, invocations: count });
  }
}

/** The kernel's operand that is its result's own memory is read there: bound once. */
function readingResult(wgsl: string, operand: number): string {
  return wgsl
    .replace(new RegExp(`^@group.*operand${operand}: .*\\n`, 'm'), '')
    .replaceAll(`operand${operand}[`, 'result[');
}

function checkedUpdate({ state, value }: Update): Tensor {
  const same = elementCount(state.shape) === elementCount(value.shape) && state.type === value.type;
  if (state.operator.kind === 'state' && same) return value;
  const what = state.operator.kind === 'state' ? state.operator.name : state.operator.kind;
  throw new ShapeError(
    'update',
    `${shownShape(state.shape)} of ${what} does not take ${shownShape(value.shape)}.`,
  );
}

/** Kernels in the given order as far as every one comes after what it reads. */
function dependable(order: readonly Tensor[], texts: ReadonlyMap<Tensor, KernelText>): Tensor[] {
  const sorted = new Set<Tensor>();
  const visit = (tensor: Tensor) => {
    if (sorted.has(tensor)) return;
    for (const operand of texts.get(tensor)?.operands ?? []) visit(operand);
    if (texts.has(tensor)) sorted.add(tensor);
  };
  for (const tensor of order) visit(tensor);
  return [...sorted];
}

/**
 * A new value is written straight over the old one where that is read at the same place only, and by
 * nobody later; else it is copied at the end.
 */
function placeUpdates(
  updates: readonly Update[],
  order: readonly Tensor[],
  texts: ReadonlyMap<Tensor, KernelText>,
  outputs: readonly Tensor[],
): { direct: Update[]; copied: Update[] } {
  const direct: Update[] = [];
  const copied: Update[] = [];
  const taken = new Set<Tensor>(outputs);
  for (const update of updates) {
    const { state, value } = update;
    const at = order.indexOf(value);
    const own = texts.get(value);
    const readLater = order.slice(at + 1).some((one) => texts.get(one)!.operands.includes(state));
    const inPlace = own && (!own.operands.includes(state) || own.inPlace.has(state));
    const fits = at >= 0 && !readLater && inPlace && !taken.has(value) && !outputs.includes(state);
    if (fits) taken.add(value);
    (fits ? direct : copied).push(update);
  }
  return { direct, copied };
}
