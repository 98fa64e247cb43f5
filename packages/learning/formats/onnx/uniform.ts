/** The engine's random numbers (compute's random.wgsl) in int64 arithmetic: the same to the bit. */
import { dataTypeOf, type ModelBuilder } from './model.ts';

/** f32 in [0, 1) of a seed and a counter, both u32 kept as int64. */
export function uniformNodes(model: ModelBuilder, seed: string, counter: string): string {
  const bits = hashNodes(model, wrapped(model, 'Add', hashNodes(model, seed), counter));
  const upper = model.node('Div', [bits, model.scalar(256, 'int64')]);
  const whole = model.node('Cast', [upper], { to: dataTypeOf('float') });
  return model.node('Mul', [whole, model.scalar(2 ** -24, 'float')]);
}

/** pcgHash: the products of 32 and at most 30 bits stay below 2^63. */
function hashNodes(model: ModelBuilder, value: string): string {
  const integer = (one: number) => model.scalar(one, 'int64');
  const multiplied = model.node('Mul', [value, integer(747796405)]);
  const state = wrapped(model, 'Add', multiplied, integer(2891336453));
  // Shifts by 4 .. 19, of non-negative numbers, are divisions.
  const powers = model.integers(Array.from({ length: 16 }, (_, i) => 2 ** (i + 4)));
  const upper = model.node('Div', [state, integer(2 ** 28)]);
  const divisor = model.node('Gather', [powers, upper], { axis: 0 });
  const mixed = model.node('BitwiseXor', [model.node('Div', [state, divisor]), state]);
  const word = wrapped(model, 'Mul', mixed, integer(277803737));
  const shifted = model.node('Div', [word, integer(2 ** 22)]);
  return model.node('BitwiseXor', [shifted, word]);
}

function wrapped(model: ModelBuilder, opType: string, a: string, b: string): string {
  return model.node('Mod', [model.node(opType, [a, b]), model.scalar(2 ** 32, 'int64')]);
}
