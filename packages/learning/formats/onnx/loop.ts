/** Loops over time as ONNX's Scan: its body is a graph that sees the values around it. */
import { inOrder, type Loop, type Tensor } from '../../tensor/tensor.ts';
import type { ModelBuilder, ValueType } from './model.ts';
import type { SizeNodes } from './sizes.ts';

type Around = {
  readonly model: ModelBuilder;
  readonly sizes: SizeNodes;
  readonly value: (tensor: Tensor) => string;
  readonly typeOf: (tensor: Tensor) => ValueType;
};

type LoopOptions = {
  readonly loop: Loop;
  /** The carry before the first step, the sequences, what else the body reads. */
  readonly initial: readonly Tensor[];
  /** Which results are asked for: of the last carry, then of the outputs. */
  readonly used: ReadonlySet<number>;
  /** Makes the tensors within the body, where those that it is given have names; ends it when called. */
  readonly emitBody: (given: ReadonlyMap<Tensor, string>, order: readonly Tensor[]) => () => void;
};

/** Names of the results, by their index; '' for those that nothing asks for. */
export function loopNodes({ model, sizes, value, typeOf }: Around, o: LoopOptions): string[] {
  const { carry, slices, next, outputs, steps, reversed } = o.loop;
  const kept = outputs.filter((_, i) => o.used.has(carry.length + i));
  const described = (tensor: Tensor) => ({
    type: typeOf(tensor),
    dimensions: sizes.dimensions(tensor),
  });
  model.openBody();
  const given = [...carry, ...slices].map((tensor) => [tensor, model.bodyInput()] as const);
  const inputs = given.map(([tensor, name]) => ({ name, ...described(tensor) }));
  const roots = [...next, ...kept];
  const order = inOrder(roots, new Set(given.map(([tensor]) => tensor)));
  const end = o.emitBody(new Map(given), order);
  const made = roots.map((tensor) => ({ value: value(tensor), ...described(tensor) }));
  end();
  // Scan counts its steps by what it slices.
  const counter = slices.length === 0;
  if (counter) inputs.push({ name: model.bodyInput(), type: 'int64', dimensions: [] });
  const body = model.closeBody({ inputs, outputs: made });
  const sequences = o.initial.slice(carry.length, carry.length + slices.length).map(value);
  if (counter) sequences.push(model.integers(Array.from({ length: steps }, (_, t) => t)));
  const direction = Number(reversed);
  const names = model.nodes('Scan', {
    input: [...o.initial.slice(0, carry.length).map(value), ...sequences],
    outputCount: roots.length,
    attributes: {
      body,
      num_scan_inputs: sequences.length,
      scan_input_directions: sequences.map(() => direction),
      ...(kept.length > 0 && { scan_output_directions: kept.map(() => direction) }),
    },
  });
  const stacked = names.slice(carry.length).values();
  const asked = outputs.map((_, i) => (o.used.has(carry.length + i) ? stacked.next().value! : ''));
  return [...names.slice(0, carry.length), ...asked];
}
