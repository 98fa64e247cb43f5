/** Loops over time inside a graph: the body is compiled once, however long the loop. */
import { add, concatenate, constant, reshape, slice, subtract } from './operators.ts';
import { elementCount, sameShape, ShapeError, shownShape } from './shape.ts';
import { inOrder, type Loop, Tensor } from './tensor.ts';

export type ScanStep = (
  carry: readonly Tensor[],
  at: { readonly slices: readonly Tensor[]; readonly time: Tensor },
) => { readonly carry: readonly Tensor[]; readonly outputs: readonly Tensor[] };

export type ScanOptions = {
  readonly steps: number;
  /** Sequences [steps, ...], of which every step sees its own [...]. */
  readonly slices?: readonly Tensor[];
  /** `time` is u32 []: 0, 1, 2 ... For other random numbers at every step, add it to the seed. */
  readonly step: ScanStep;
  /** All steps one after the other in the graph, as for a few anyway. Default false. */
  readonly unroll?: boolean;
};

/** So few steps are written out: they fuse better, and need no loop. */
const UNROLLED_MAX = 4;

/**
 * A step applied so many times, its carry handed on, with gradients through all of it: the way back
 * keeps the carry of every step and computes what is within the step anew. Returns the last carry, and
 * every step's outputs as [steps, ...].
 */
export function scan(
  initial: readonly Tensor[],
  o: ScanOptions,
): { carry: readonly Tensor[]; outputs: readonly Tensor[] } {
  const { steps, slices: sequences = [] } = o;
  if (!Number.isInteger(steps) || steps < 1) throw new ShapeError('scan', `${steps} steps.`);
  for (const { shape } of sequences) {
    if (shape[0] === steps) continue;
    throw new ShapeError('scan', `${steps} steps of ${shownShape(shape)}: axis 0 differs.`);
  }
  if (o.unroll || steps <= UNROLLED_MAX) return unrolled(initial, o);
  const time = placeholder({ shape: [], type: 'u32' });
  const carry = initial.map(placeholder);
  const slices = sequences.map(({ shape, type }) => placeholder({ shape: shape.slice(1), type }));
  const made = o.step(carry, { slices, time });
  checkCarry(initial, made.carry);
  const body = { time, carry, slices, next: made.carry, outputs: made.outputs };
  const results = loop({ steps, reversed: false, initial, sequences, ...body });
  return { carry: results.slice(1, 1 + carry.length), outputs: results.slice(1 + carry.length) };
}

function unrolled(initial: readonly Tensor[], o: ScanOptions) {
  let carry = initial;
  const outputs: Tensor[][] = [];
  for (let t = 0; t < o.steps; t++) {
    const slices = (o.slices ?? []).map((one) =>
      reshape(slice(one, { axis: 0, start: t, end: t + 1 }), one.shape.slice(1)),
    );
    const next = o.step(carry, { slices, time: constant(t, 'u32') });
    checkCarry(initial, next.carry);
    carry = next.carry;
    next.outputs.forEach((one, i) => (outputs[i] ??= []).push(reshape(one, [1, ...one.shape])));
  }
  return { carry, outputs: outputs.map((each) => concatenate(each, 0)) };
}

export function placeholder({ shape, type }: Pick<Tensor, 'shape' | 'type'>): Tensor {
  return new Tensor({ kind: 'placeholder' }, [], { shape, type });
}

export type LoopParts = {
  readonly steps: number;
  readonly reversed: boolean;
  readonly initial: readonly Tensor[]; // the carry before the first step, without the time
  readonly sequences: readonly Tensor[];
  readonly time: Tensor;
  readonly carry: readonly Tensor[];
  readonly slices: readonly Tensor[];
  readonly next: readonly Tensor[];
  readonly outputs: readonly Tensor[];
};

/** The last carry, the time first, and the outputs, stacked. */
export function loop(o: LoopParts): Tensor[] {
  const carry = [o.time, ...o.carry];
  const next = [o.reversed ? subtract(o.time, 1) : add(o.time, 1), ...o.next];
  const outputs = [...o.outputs, ...o.carry]; // as it was before each step, for the gradient
  const roots = [...next, ...outputs];
  const given = new Set([...carry, ...o.slices]);
  const captured = capturedBy(roots, given);
  const read = new Set(inOrder(roots, given));
  const slices = o.slices.filter((one) => read.has(one));
  const sequences = o.sequences.filter((_, i) => read.has(o.slices[i]!));
  sequences.forEach(({ shape, type }) => checkHalves({ shape: shape.slice(1), type }));
  const { steps, reversed } = o;
  const made: Loop = { steps, reversed, carry, slices, captured, next, outputs };
  const start = constant(reversed ? steps - 1 : 0, 'u32');
  const inputs = [start, ...o.initial, ...sequences, ...captured];
  const scanned = new Tensor({ kind: 'scan', loop: made }, inputs, { shape: [] });
  const count = carry.length + o.outputs.length;
  return Array.from({ length: count }, (_, i) => resultOf(scanned, made, i));
}

/** By its index: the last carry, the outputs, and what the carry was before each step. */
export function resultOf(scanned: Tensor, { steps, carry, outputs }: Loop, index: number): Tensor {
  const known = RESULTS.get(scanned) ?? new Map<number, Tensor>();
  RESULTS.set(scanned, known);
  const before = known.get(index);
  if (before) return before;
  const { shape, type } = [...carry, ...outputs][index]!;
  if (index >= carry.length) checkHalves({ shape, type });
  const stacked = index < carry.length ? shape : [steps, ...shape];
  const result = new Tensor({ kind: 'scan-result', index }, [scanned], { shape: stacked, type });
  known.set(index, result);
  return result;
}

/** Parts of a sequence begin with a word of memory. */
function checkHalves({ shape, type }: Pick<Tensor, 'shape' | 'type'>): void {
  if (type !== 'f16' || elementCount(shape) % 2 === 0) return;
  throw new ShapeError(
    'scan',
    `an odd count of halves per step, ${shownShape(shape)}; see toFloat.`,
  );
}

/** Each is one tensor, whoever asks for it. */
const RESULTS = new WeakMap<Tensor, Map<number, Tensor>>();

/**
 * What roots read beside what is given: of outside, whatever does not change from step to step, but for
 * constants and views, which cost nothing inside.
 */
export function capturedBy(roots: readonly Tensor[], given: ReadonlySet<Tensor>): Tensor[] {
  const changing = new Set(given);
  for (const tensor of inOrder(roots, given)) {
    if (tensor.inputs.some((one) => changing.has(one))) changing.add(tensor);
  }
  const [captured, seen] = [new Set<Tensor>(), new Set(given)];
  const visit = (tensor: Tensor) => {
    if (seen.has(tensor)) return;
    seen.add(tensor);
    const { kind } = tensor.operator;
    if (kind === 'constant' || kind === 'index') return;
    const looksOn = ['view', 'reshape', 'stop-gradient'].includes(kind);
    if (looksOn || changing.has(tensor)) tensor.inputs.forEach(visit);
    else captured.add(tensor);
  };
  roots.forEach(visit);
  return [...captured];
}

function checkCarry(before: readonly Tensor[], after: readonly Tensor[]): void {
  const same = before.every((one, i) => {
    const next = after[i];
    return next && sameShape(one.shape, next.shape) && one.type === next.type;
  });
  if (same && before.length === after.length) return;
  const shown = `${shownCarry(before)} another: ${shownCarry(after)}`;
  throw new ShapeError('scan', `a step makes of the carry ${shown}.`);
}

function shownCarry(carry: readonly Tensor[]): string {
  return carry.map(({ type, shape }) => `${type} ${shownShape(shape)}`).join(', ');
}
