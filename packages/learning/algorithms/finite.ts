/** Learning stops where a loss is no number any more, with the weights as they were before. */
import type { Compute, ComputeBuffer } from '@dreampitch/compute';
import {
  abs,
  add,
  concatenate,
  equal,
  less,
  maximum,
  reshape,
  state,
  subtract,
  sum,
  where,
} from '../tensor/operators.ts';
import { Program, type Update } from '../tensor/program.ts';
import type { Tensor } from '../tensor/tensor.ts';

/** A loss or a gradient became infinite or no number. What was learned before is kept. */
export class NotFiniteError extends Error {
  override readonly name = 'NotFiniteError';
  readonly update: number; // counted from 0
  readonly operator: string; // that made the first such number

  constructor(o: { algorithm: string; update: number; operator: string }) {
    super(
      `The loss of ${o.algorithm} is no finite number any more at update ${o.update}: ${o.operator}. ` +
        'What was learned before is kept; go on from there with a smaller learning rate.',
    );
    this.update = o.update;
    this.operator = o.operator;
  }
}

/**
 * What to throw after `whileFinite` has stopped the updates of this program, whose inputs still are those
 * of the update that did it. Lets it go on from there.
 */
export async function notFiniteError(
  learn: Program,
  o: { algorithm: string; update: number },
): Promise<NotFiniteError> {
  const found = await learn.firstNotFinite();
  learn.write('broken', Float32Array.of(0));
  return new NotFiniteError({ ...o, operator: found?.message ?? 'the optimiser' });
}

/** Of the updates that were carried out: the state `updates` of what `whileFinite` gives. */
export const updateCount = state('updates', []);

/** Larger is infinite for us: f32 ends at 3.4e38. */
const FINITE_MAX = 3e38;

/**
 * The same updates as long as `signals` (scalars) are finite; from the first one that is not, none. The
 * states `broken` (0 or 1) and `updates` (a count, exact up to 2^24) say whether and when.
 */
export function whileFinite(updates: readonly Update[], signals: readonly Tensor[]): Update[] {
  const broken = state('broken', []);
  const total = signals.map((one) => abs(sum(one))).reduce((a, b) => add(a, b));
  const nextBroken = maximum(broken, subtract(1, less(total, FINITE_MAX)));
  const goesOn = equal(nextBroken, 0);
  return [
    ...updates.map((one) => ({ state: one.state, value: where(goesOn, one.value, one.state) })),
    { state: updateCount, value: add(updateCount, goesOn) },
    { state: broken, value: nextBroken },
  ];
}

/**
 * The program of one update, as `whileFinite` says. Its output `report` has what is `reported` (scalars),
 * then `broken` and the count of updates.
 */
export async function learningProgram(
  compute: Compute,
  o: {
    readonly updates: readonly Update[];
    readonly signals: readonly Tensor[];
    readonly reported: readonly Tensor[];
    readonly outputs?: Readonly<Record<string, Tensor>>;
    readonly bound?: Readonly<Record<string, ComputeBuffer>>;
  },
): Promise<{ readonly program: Program; readonly updates: readonly Update[] }> {
  const updates = whileFinite(o.updates, o.signals);
  const [count, broken] = updates.slice(-2).map(({ value }) => value) as [Tensor, Tensor];
  const scalars = [...o.reported, broken, count].map((one) => reshape(one, [1]));
  const outputs = { report: concatenate(scalars, 0), ...o.outputs };
  const program = await Program.create(compute, { outputs, updates, bound: o.bound ?? {} });
  return { program, updates };
}
