/** The toy text tasks of Gymnasium, step for step as they are there. */
import { singleAgent } from '../environment/single-agent.ts';
import type { Environment } from '../environment/environment.ts';
import type { Discrete } from '../environment/spaces.ts';
import cliffWalkingWgsl from './cliff-walking.wgsl';
import frozenLakeWgsl from './frozen-lake.wgsl';
import taxiWgsl from './taxi.wgsl';

const discrete = (count: number): Discrete => ({ kind: 'discrete', count, start: 0 });

/** FrozenLake-v1 on its map of 4 x 4, or FrozenLake8x8-v1. Slippery unless its rule says 0. */
export function frozenLake(size: 4 | 8): Environment {
  return singleAgent({
    id: size === 4 ? 'FrozenLake-v1' : 'FrozenLake8x8-v1',
    picture: `frozen-lake-${size}`,
    wgsl: frozenLakeWgsl,
    constants: { SIZE: size },
    observationSpace: discrete(size * size),
    actionSpace: discrete(4),
    rules: { stepsMax: size === 4 ? 100 : 200, slippery: 1 },
    stepSeconds: 1 / 4,
  });
}

export const cliffWalking: Environment = singleAgent({
  id: 'CliffWalking-v1',
  picture: 'cliff-walking',
  wgsl: cliffWalkingWgsl,
  observationSpace: discrete(48),
  actionSpace: discrete(4),
  rules: { stepsMax: 0, slippery: 0 },
  stepSeconds: 1 / 4,
});

export const taxi: Environment = singleAgent({
  id: 'Taxi-v4',
  picture: 'taxi',
  wgsl: taxiWgsl,
  observationSpace: discrete(500),
  actionSpace: discrete(6),
  rules: { stepsMax: 200 },
  stepSeconds: 1 / 4,
});
