import { valueOf } from '../environment/state-fields.ts';
import type { SingleWorld } from '../match/world.ts';
import type { KeyState } from './episode.ts';

export type Mismatch = {
  readonly tick: number;
  readonly field: string; // 'ball.x'
  readonly recorded: number;
  readonly replayed: number;
};

/** The first number of a world's state that is not as its key state says; null: all are. */
export function mismatchAt(world: SingleWorld, key: KeyState): Mismatch | null {
  const replayed = world.read();
  const words = new Uint32Array(replayed.buffer);
  const recorded = key.world.slice();
  const recordedWords = new Uint32Array(recorded.buffer);
  const field = world.fields.fields.find(({ word }) => words[word] !== recordedWords[word]);
  if (!field) return null;
  return {
    tick: key.tick,
    field: field.name,
    recorded: valueOf(recorded, field),
    replayed: valueOf(replayed, field),
  };
}
