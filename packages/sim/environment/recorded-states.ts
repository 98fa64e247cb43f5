/** States as recordings give them, in and out of the kernel's own bytes. */
import type { Environment } from './environment.ts';
import { invariant } from './invariant.ts';
import { type StateField, type StateFields, valueOf } from './state-fields.ts';

/**
 * The numbers of the text's `struct State`, in its order: S numbers, or just the number where S is 1.
 * Of the classic and toy tasks they are what Gymnasium calls `env.unwrapped.state` (or `s`). A text
 * without it (soccer) has the numbers of `struct World`.
 */
export type RecordedState = number | ArrayLike<number>;

const TURN = 2 * Math.PI;
const U32_MAX = 2 ** 32 - 1;
const I32_MIN = -(2 ** 31);

/** The fields that a recorded state has, [S]. */
export function recordedFields({ fields }: StateFields): readonly StateField[] {
  const own = fields.filter(({ name }) => name.startsWith('state.'));
  return own.length > 0 ? own : fields;
}

/** The recorded state in the bytes of one world: a number where S is 1. */
export function recordedState(
  world: Uint8Array<ArrayBuffer>,
  layout: StateFields,
): number | Float64Array {
  const numbers = Float64Array.from(recordedFields(layout), (field) => valueOf(world, field));
  return numbers.length === 1 ? numbers[0]! : numbers;
}

/**
 * Puts a recorded state into the bytes of one world, in place: an episode that begins there. What
 * random numbers are drawn from stays. Throws where the numbers are not as many as the state has, or
 * a whole number is none.
 */
export function putState(
  world: Uint8Array<ArrayBuffer>,
  state: RecordedState,
  parts: { environment: Environment; layout: StateFields },
): void {
  const { environment, layout } = parts;
  const fields = recordedFields(layout);
  const numbers = typeof state === 'number' ? [state] : state;
  const names = fields.map(({ name }) => name.replace('state.', ''));
  invariant(
    numbers.length === fields.length,
    `state: ${environment.id} has ${fields.length} numbers (${names.join(', ')}), ` +
      `got ${numbers.length}.`,
  );
  const view = new DataView(world.buffer, world.byteOffset, world.byteLength);
  fields.forEach(({ type, word }, i) => {
    const value = numbers[i]!;
    if (type === 'f32') {
      const isTurn = environment.turns?.includes(names[i]!) ?? false;
      view.setFloat32(4 * word, isTurn ? withinTurn(value) : value, true);
      return;
    }
    const [low, high] = type === 'u32' ? [0, U32_MAX] : [I32_MIN, -I32_MIN - 1];
    invariant(
      Number.isInteger(value) && value >= low && value <= high,
      `state: ${names[i]} is ${type}, not ${value}.`,
    );
    view.setUint32(4 * word, value, true);
  });
  // Of the frame of environments with one agent: what was over, or near its time limit, is not now.
  for (const { name, word } of layout.fields) {
    const isFrame = fields.length < layout.fields.length && (name === 'steps' || name === 'end');
    if (isFrame) view.setUint32(4 * word, 0, true);
  }
}

/** In double precision: beyond a hundred radians an f32 is no longer as exact as an observation. */
function withinTurn(angle: number): number {
  return angle - TURN * Math.round(angle / TURN);
}
