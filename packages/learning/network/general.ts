/** What a network needs to know of spaces other than soccer's: outputs, input scales, ranges. */
import { mathWgsl } from '@dreampitch/compute';
import type { Environment, Space } from '@dreampitch/sim';
import { sizeOf } from '@dreampitch/sim';
import type { NetworkShape } from '../player/player.ts';
import generalWgsl from './general.wgsl';

/** Bounds beyond which an unbounded action is not driven. */
const ACTION_MAX = 10;
/** Inputs with a larger bound are taken as they are: the bound says nothing of what is usual. */
const INPUT_BOUND_MAX = 1000;

export type GeneralNetwork = {
  readonly wgsl: string;
  readonly constants: Readonly<Record<string, number>>;
  readonly scales: Float32Array<ArrayBuffer>; // [D]
  readonly ranges: Float32Array<ArrayBuffer>; // [A, 2]
};

/** True: two int8 numbers, which network.wgsl drives as wheels. */
export function hasTwoWheels({ observationSpace, actionSpace }: Environment): boolean {
  const wheels = actionSpace.kind === 'box' && actionSpace.type === 'int8';
  return wheels && actionSpace.size === 2 && observationSpace.kind === 'box';
}

/** The network for an environment. Throws on spaces that no network takes. */
export function networkShapeFor(environment: Environment, hidden: number): NetworkShape {
  const { observationSpace } = environment;
  const inputs =
    observationSpace.kind === 'discrete' ? observationSpace.count : sizeOf(observationSpace);
  if (hasTwoWheels(environment)) return { inputs, hidden };
  return { inputs, hidden, outputs: outputsOf(environment) };
}

function outputsOf({ id, actionSpace, observationSpace }: Environment): number {
  const sees = observationSpace.kind === 'box' || observationSpace.kind === 'discrete';
  if (sees && actionSpace.kind === 'discrete') return actionSpace.count;
  if (sees && actionSpace.kind === 'box') return actionSpace.size;
  throw new Error(
    `Networks see and do numbers or one choice; '${id}' has ${observationSpace.kind} and ` +
      `${actionSpace.kind} spaces.`,
  );
}

const bound = (of: number | readonly number[], i: number) => (typeof of === 'number' ? of : of[i]!);

function scaleOf(space: Space, i: number): number {
  if (space.kind !== 'box') return 1;
  const most = Math.max(Math.abs(bound(space.low, i)), Math.abs(bound(space.high, i)));
  return most > 0 && most <= INPUT_BOUND_MAX ? 1 / most : 1;
}

export function generalNetwork(environment: Environment, shape: NetworkShape): GeneralNetwork {
  const { observationSpace, actionSpace } = environment;
  const actionCount = sizeOf(actionSpace);
  const ranges = Array.from({ length: actionCount }, (_, a) => {
    if (actionSpace.kind === 'discrete') return [actionSpace.start, 0];
    if (actionSpace.kind !== 'box') return [0, 0];
    const most = actionSpace.type === 'int8' ? 127 : ACTION_MAX;
    return [Math.max(bound(actionSpace.low, a), -most), Math.min(bound(actionSpace.high, a), most)];
  });
  const kind = actionSpace.kind === 'discrete' ? 0 : (actionSpace as { type: string }).type;
  return {
    wgsl: generalWgsl + mathWgsl,
    constants: {
      OUTPUTS: outputsOf(environment),
      ACTIONS: actionCount,
      SEES_CHOICE: observationSpace.kind === 'discrete' ? 1 : 0,
      ACTION_KIND: kind === 0 ? 0 : kind === 'f32' ? 1 : 2,
    },
    scales: Float32Array.from({ length: shape.inputs }, (_, i) => scaleOf(observationSpace, i)),
    ranges: Float32Array.from(ranges.flat()),
  };
}
