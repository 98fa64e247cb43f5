/** What actors see and do, as networks take it: numbers in, choices or numbers in -1 .. 1 out. */
import { type Environment, sizeOf, type Space } from '@dreampitch/sim';

export type ActorSpace = {
  readonly inputs: number; // D of the network
  readonly seesChoice: boolean; // an observation is one of D choices; the network sees which
  /** [D]: the bound of each number, by which networks may divide it; 1 where it is larger or none. */
  readonly bounds: Float32Array<ArrayBuffer>;
} & (
  | { readonly kind: 'choice'; readonly count: number; readonly first: number }
  | {
      readonly kind: 'numbers';
      readonly count: number; // A
      readonly whole: boolean; // of int8
      readonly ranges: Float32Array<ArrayBuffer>; // [A, 2]: what -1 and 1 stand for
    }
);

/** Beyond it a number without a bound of its own is not driven. */
const ACTION_MAX = 10;

/** Why no network drives this environment's actors, in words; null: one does. */
export function whyNoActor({ id, observationSpace, actionSpace }: Environment): string | null {
  const sees = observationSpace.kind === 'box' || observationSpace.kind === 'discrete';
  const does = actionSpace.kind === 'box' || actionSpace.kind === 'discrete';
  if (sees && does) return null;
  return (
    `Networks see and do numbers or one choice; '${id}' has ${observationSpace.kind} and ` +
    `${actionSpace.kind} spaces.`
  );
}

/** Throws where no network drives it. */
export function actorSpaceOf(environment: Environment): ActorSpace {
  const problem = whyNoActor(environment);
  if (problem !== null) throw new Error(problem);
  const { observationSpace, actionSpace } = environment;
  const seesChoice = observationSpace.kind === 'discrete';
  const inputs = seesChoice ? observationSpace.count : sizeOf(observationSpace);
  const bounds = Float32Array.from({ length: inputs }, (_, d) => boundOf(observationSpace, d));
  const seen = { inputs, seesChoice, bounds };
  if (actionSpace.kind === 'discrete') {
    const { count, start } = actionSpace;
    return { ...seen, kind: 'choice', count, first: start };
  }
  const box = actionSpace as Space & { kind: 'box' };
  const most = box.type === 'int8' ? 127 : ACTION_MAX;
  const bound = (of: number | readonly number[], a: number) =>
    Math.min(Math.max(at(of, a), -most), most);
  const ranges = new Float32Array(2 * box.size).map((_, i) => {
    return bound(i % 2 === 0 ? box.low : box.high, i >> 1);
  });
  const whole = box.type === 'int8';
  return { ...seen, kind: 'numbers', count: box.size, whole, ranges };
}

const at = (of: number | readonly number[], i: number) => (typeof of === 'number' ? of : of[i]!);

function boundOf(space: Space, d: number): number {
  if (space.kind !== 'box') return 1;
  const most = Math.max(Math.abs(at(space.low, d)), Math.abs(at(space.high, d)));
  return most > 0 ? Math.min(most, 1) : 1; // larger ones say little of what is usual
}
