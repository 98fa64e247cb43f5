/** From a graph's plan to its memory, kernels and dispatches on a target. */
import { mathWgsl, randomWgsl } from '@dreampitch/compute';
import type { Compute, ComputeBuffer, Dispatch, HandWritten, Kernel } from '@dreampitch/compute';
import { type Block, blockOf, type KernelWork, type LoopWork } from './block.ts';
import elementaryWgsl from './elementary.wgsl';
import { WORKGROUP } from './grid.ts';
import { alongName, type KernelText } from './kernel-text.ts';
import { isLeaf } from './lower.ts';
import type { Update } from './schedule.ts';
import { inOrder, shownTensor, type Tensor, wordCount } from './tensor.ts';

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

export type Named = { readonly tensor: Tensor; readonly buffer: ComputeBuffer };

/** A dispatch, and what it computes, where it is no mere copy and the last of several for a tensor. */
export type Prepared = {
  readonly dispatch: Dispatch;
  readonly computes: {
    readonly results: readonly Named[];
    readonly reads: readonly Named[];
  } | null;
};

export type Built = {
  readonly prepared: readonly Prepared[];
  readonly owned: readonly ComputeBuffer[];
  readonly named: ReadonlyMap<string, Named>;
};

/** Throws ShapeError, or what compute throws, with nothing left behind. */
export async function build(compute: Compute, options: ProgramOptions): Promise<Built> {
  const builder = new Builder(compute, options);
  try {
    return await builder.build();
  } catch (error) {
    for (const buffer of builder.owned) buffer[Symbol.dispose]();
    throw error;
  }
}

type Buffers = Map<Tensor, ComputeBuffer>;

class Builder {
  readonly owned: ComputeBuffer[] = [];
  readonly #compute: Compute;
  readonly #options: ProgramOptions;

  constructor(compute: Compute, options: ProgramOptions) {
    this.#compute = compute;
    this.#options = options;
  }

  async build(): Promise<Built> {
    const { outputs, updates = [] } = this.#options;
    const { target, threadCount } = this.#compute;
    const results = Object.values(outputs);
    const block = blockOf({ target, threadCount, outputs: results, updates, keeps: true });
    const roots = [...results, ...updates.flatMap(({ state, value }) => [state, value])];
    const buffers: Buffers = new Map();
    const named = this.#createLeaves(inOrder(roots).filter(isLeaf), buffers);
    for (const { state, value } of block.direct) buffers.set(value, buffers.get(state)!);
    for (const tensor of [...results, ...block.copied.map(({ value }) => value)]) {
      if (!buffers.has(tensor)) buffers.set(tensor, this.#create(tensor));
    }
    const slots = block.plan.slotSizes.map((_, slot) => this.#create(largestIn(block, slot)));
    for (const [tensor, slot] of block.plan.slotOf) buffers.set(tensor, slots[slot]!);
    const prepared = await this.#emit(block, buffers);
    for (const update of block.copied) prepared.push(await this.#update(update, buffers));
    for (const [name, tensor] of Object.entries(outputs)) {
      const other = named.get(name);
      if (other && other.tensor !== tensor) {
        throw new Error(`An output and ${shownTensor(other.tensor)} have one name.`);
      }
      named.set(name, { tensor, buffer: buffers.get(tensor)! });
    }
    return { prepared, owned: this.owned, named };
  }

  #createLeaves(leaves: readonly Tensor[], buffers: Buffers): Map<string, Named> {
    const named = new Map<string, Named>();
    for (const tensor of leaves) {
      const { operator } = tensor;
      if (operator.kind !== 'input' && operator.kind !== 'state') continue;
      if (named.has(operator.name)) throw new Error(`Two tensors are named '${operator.name}'.`);
      const buffer = this.#options.bound?.[operator.name] ?? this.#create(tensor);
      buffers.set(tensor, buffer);
      named.set(operator.name, { tensor, buffer });
    }
    return named;
  }

  #create(tensor: Tensor): ComputeBuffer {
    const label = `tensor: ${shownTensor(tensor)}`;
    const buffer = this.#compute.createBuffer({ label, bytes: 4 * wordCount(tensor) });
    this.owned.push(buffer);
    return buffer;
  }

  async #emit(block: Block, buffers: Buffers): Promise<Prepared[]> {
    const prepared: Prepared[] = [];
    for (const work of block.works) {
      if (work.kind === 'kernel') prepared.push(...(await this.#kernels(work, buffers)));
      else prepared.push(...(await this.#loop(work, buffers)));
    }
    return prepared;
  }

  async #kernels(work: KernelWork, buffers: Buffers): Promise<Prepared[]> {
    const named = (one: Tensor) => ({ tensor: one, buffer: buffers.get(one)! });
    const reads = work.reads.map(named);
    const prepared: Prepared[] = [];
    for (const [i, text] of work.texts.entries()) {
      // All of a tensor is there when its last part is.
      const isLast = i === work.texts.length - 1;
      const computes = isLast ? { results: work.writes.map(named), reads } : null;
      const dispatch = await this.#dispatch(work.tensor, { text, buffers });
      prepared.push({ dispatch, computes });
    }
    return prepared;
  }

  async #dispatch(
    tensor: Tensor,
    { text, buffers }: { text: KernelText; buffers: Buffers },
  ): Promise<Dispatch> {
    const results = new Map([['result', buffers.get(tensor)!]]);
    text.along?.forEach((one, i) => results.set(alongName(i), buffers.get(one)!));
    const bindings: Record<string, ComputeBuffer> = Object.fromEntries(results);
    const over: { operand: number; result: string }[] = [];
    for (const [i, operand] of text.operands.entries()) {
      const buffer = buffers.get(operand)!;
      const [result] = [...results].find(([, one]) => one === buffer) ?? [];
      if (result === undefined) bindings[`operand${i}`] = buffer;
      else over.push({ operand: i, result });
    }
    const bound = (wgsl: string) => over.reduce(readingResult, wgsl);
    const kernel = await this.#kernel(shownTensor(tensor), {
      wgsl: bound(text.wgsl),
      wasm: text.wasm,
      f16: this.#compute.hasF16 && text.f16 ? bound(text.f16()) : undefined,
    });
    return kernel.prepare({ bindings, invocations: text.invocations });
  }

  /** The carry set, then so many times: slices taken, the body, outputs put away, the carry moved. */
  async #loop(work: LoopWork, around: Buffers): Promise<Prepared[]> {
    const { loop, body, tensor } = work;
    const inside: Buffers = new Map(loop.captured.map((one) => [one, around.get(one)!]));
    for (const [one, place] of work.placeholders) inside.set(one, around.get(place)!);
    for (const { state, value } of body.direct) inside.set(value, inside.get(state)!);
    for (const [one, slot] of body.plan.slotOf) inside.set(one, around.get(work.slots[slot]!)!);
    const at = inside.get(loop.carry[0]!)!;
    const first: Prepared[] = [];
    for (const [i, one] of loop.carry.entries()) {
      const source = around.get(tensor.inputs[i]!)!;
      first.push(await this.#copy({ to: inside.get(one)!, source, count: wordCount(one) }));
    }
    const [before, after]: [Prepared[], Prepared[]] = [[], []];
    for (const [i, one] of loop.slices.entries()) {
      const source = around.get(tensor.inputs[loop.carry.length + i]!)!;
      const to = inside.get(one)!;
      before.push(await this.#copy({ to, source, count: wordCount(one), sourceAt: at }));
    }
    for (const [index, stack] of work.stacks) {
      const one = loop.outputs[index]!;
      const part = { to: around.get(stack)!, source: inside.get(one)!, toAt: at };
      const put = await this.#copy({ ...part, count: wordCount(one) });
      // The carry, as it was, before the body writes its next one over it.
      (loop.carry.includes(one) ? before : after).push(put);
    }
    for (const update of body.copied) after.push(await this.#update(update, inside));
    const once = [...before, ...(await this.#emit(body, inside)), ...after];
    return [...first, ...Array.from({ length: loop.steps }, () => once).flat()];
  }

  #update({ state, value }: Update, buffers: Buffers): Promise<Prepared> {
    const [to, source] = [buffers.get(state)!, buffers.get(value)!];
    return this.#copy({ to, source, count: wordCount(state) });
  }

  /** `toAt`, `sourceAt`: which of several parts of that count lie there, by a number in memory. */
  async #copy(o: {
    to: ComputeBuffer;
    source: ComputeBuffer;
    count: number;
    toAt?: ComputeBuffer;
    sourceAt?: ComputeBuffer;
  }): Promise<Prepared> {
    const at = o.toAt ?? o.sourceAt;
    const offset = `at[0] * ${o.count}u + `;
    const wgsl = `@group(0) @binding(0) var<storage, read_write> to: array<u32>;
@group(0) @binding(1) var<storage, read> source: array<u32>;
${at ? '@group(0) @binding(2) var<storage, read> at: array<u32>;' : ''}
@compute @workgroup_size(${WORKGROUP[this.#compute.target]})
fn main(@builtin(global_invocation_id) id: vec3u) {
  let i = id.y * ${COPIED_PER_ROW}u + id.x;
  if (i < ${o.count}u) {
    to[${o.toAt ? offset : ''}i] = source[${o.sourceAt ? offset : ''}i];
  }
}
`;
    const kernel = await this.#kernel('copy', { wgsl });
    const bindings = { to: o.to, source: o.source, ...(at && { at }) };
    const rows = Math.ceil(o.count / COPIED_PER_ROW);
    const invocations = [Math.min(o.count, COPIED_PER_ROW), rows, 1] as const;
    return { dispatch: kernel.prepare({ bindings, invocations }), computes: null };
  }

  #kernel(
    label: string,
    { wgsl, wasm, f16 }: { wgsl: string; wasm?: HandWritten | undefined; f16?: string | undefined },
  ): Promise<Kernel> {
    return this.#compute.createKernel({
      label: `tensor: ${label}`,
      wgsl: wgsl + FUNCTIONS,
      entry: 'main',
      relaxed: !this.#options.strict,
      ...(wasm && { wasm }),
      ...(f16 !== undefined && { webgpu: f16 + FUNCTIONS }),
    });
  }
}

/** What texts of kernels may call. */
const FUNCTIONS = elementaryWgsl + mathWgsl + randomWgsl;

/** Within the workgroups of a dimension. */
const COPIED_PER_ROW = 2 ** 16;

/** For the name of a slot. */
function largestIn({ plan }: Block, slot: number): Tensor {
  const inside = [...plan.slotOf].filter(([, one]) => one === slot).map(([tensor]) => tensor);
  return inside.reduce((a, b) => (wordCount(b) > wordCount(a) ? b : a));
}

/** A kernel's operand that is a result's own memory is read there: bound once. */
function readingResult(wgsl: string, o: { operand: number; result: string }): string {
  const { operand, result } = o;
  return wgsl
    .replace(new RegExp(`^@group.*operand${operand}: .*\\n`, 'm'), '')
    .replaceAll(`operand${operand}[`, `${result}[`);
}
