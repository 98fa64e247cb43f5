/** The way back through a loop is a loop, from the last step to the first. */
import { add, constant, expand } from './operators.ts';
import { loop, placeholder, resultOf } from './scan.ts';
import type { Tensor } from './tensor.ts';

type Backward = (
  roots: readonly (readonly [Tensor, Tensor])[],
  o: { withRespectTo: readonly Tensor[]; leaves: ReadonlySet<Tensor> },
) => Map<Tensor, Tensor>;

type Options = {
  /** Gradients of the scan's results, by their index. */
  readonly ofResults: ReadonlyMap<number, Tensor> | undefined;
  readonly needed: ReadonlySet<Tensor>;
  readonly backward: Backward;
};

const zeros = ({ shape, type }: Tensor) => expand(constant(0, type), shape);

/**
 * What of the gradients of a scan's results reaches its inputs. Each step has the carry as it was, its
 * slices, and the gradients of its outputs; it hands on the gradient of the carry, and the sums so far
 * of those of what was captured.
 */
export function sharesOfScan(scanned: Tensor, o: Options): (Tensor | undefined)[] {
  if (scanned.operator.kind !== 'scan' || !o.ofResults) return [];
  const { loop: body } = scanned.operator;
  const { carry, slices, captured, next, outputs } = body;
  const { inputs } = scanned;
  const sequences = inputs.slice(carry.length, carry.length + slices.length);
  const isNeeded = (one: Tensor) => one.type !== 'u32' && o.needed.has(one);
  // Numbers of the carry, sequences and captured tensors that have a gradient.
  const moved = [...carry.keys()].filter((i) => carry[i]!.type !== 'u32');
  const sliced = [...slices.keys()].filter((i) => isNeeded(sequences[i]!));
  const held = captured.filter(isNeeded);
  const seen = [...outputs.keys()].filter((i) => o.ofResults!.has(carry.length + i));

  const ofCarry = moved.map((i) => placeholder(carry[i]!));
  const sums = held.map(placeholder);
  const ofOutputs = seen.map((i) => placeholder(outputs[i]!));
  const back = o.backward(
    [
      ...moved.map((i, at) => [next[i]!, ofCarry[at]!] as const),
      ...seen.map((i, at) => [outputs[i]!, ofOutputs[at]!] as const),
    ],
    {
      withRespectTo: [...moved.map((i) => carry[i]!), ...sliced.map((i) => slices[i]!), ...held],
      leaves: new Set([...carry, ...slices, ...captured]),
    },
  );
  const of = (one: Tensor) => back.get(one) ?? zeros(one);
  const outputsBefore = outputs.length - (carry.length - 1); // the others are the carry's history
  const history = carry.slice(1).map((_, i) => carry.length + outputsBefore + i);
  const results = loop({
    steps: body.steps,
    reversed: !body.reversed,
    time: carry[0]!,
    initial: [
      ...moved.map((i) => o.ofResults!.get(i) ?? zeros(carry[i]!)),
      ...held.map((one) => zeros(one)),
    ],
    carry: [...ofCarry, ...sums],
    next: [...moved.map((i) => of(carry[i]!)), ...held.map((one, i) => add(sums[i]!, of(one)))],
    sequences: [
      ...history.map((index) => resultOf(scanned, body, index)),
      ...sequences,
      ...seen.map((i) => o.ofResults!.get(carry.length + i)!),
    ],
    slices: [...carry.slice(1), ...slices, ...ofOutputs],
    outputs: sliced.map((i) => of(slices[i]!)),
  });
  const shares: (Tensor | undefined)[] = inputs.map(() => undefined);
  moved.forEach((i, at) => (shares[i] = results[1 + at]));
  held.forEach((one, at) => (shares[inputs.lastIndexOf(one)] = results[1 + moved.length + at]));
  const firstOutput = 1 + moved.length + held.length;
  sliced.forEach((i, at) => (shares[carry.length + i] = results[firstOutput + at]));
  return shares;
}
