/** Policies that need no training. */
import { mathWgsl, randomWgsl } from '@dreampitch/compute';
import type { VectorEnvironment } from '../environment/vector-environment.ts';
import { soccerDeclarations, soccerRolesDeclarations } from '../soccer/soccer.ts';
import { attachKernel } from './attach.ts';
import type { Policy } from './policy.ts';
import scriptedWgsl from './scripted.wgsl';
import simpleWgsl from './simple.wgsl';

/** 15 decisions a second, about as fast as people. */
const TICKS_PER_ACTION = 4;

/**
 * Plays soccer properly, from the observation alone: one goes to the ball, gets behind it and plays
 * it to the free part of the goal or to a mate; the others cover, keep and offer themselves.
 */
export const scriptedPolicy: Policy = {
  name: 'scripted',
  ticksPerAction: TICKS_PER_ACTION,
  attach(environment, agents) {
    const { id, constants } = environment.environment;
    if (!id.startsWith('soccer-')) {
      return Promise.reject(new Error(`The scripted policy plays soccer, not ${id}.`));
    }
    const hasRoles = id.startsWith('soccer-roles-');
    const declarations = hasRoles ? soccerRolesDeclarations : soccerDeclarations;
    return attachKernel(environment, agents, {
      label: 'scripted',
      wgsl: scriptedWgsl + declarations + mathWgsl,
      entry: 'scripted',
      observes: true,
      constants: { TEAM: constants.TEAM! },
    });
  },
};

function simpleKernel(environment: VectorEnvironment, entry: 'idle' | 'random') {
  return {
    label: entry,
    wgsl: simpleWgsl + randomWgsl,
    entry,
    observes: false,
    constants: { ACTIONS: environment.actionSize },
  };
}

/** Stands still. */
export const idlePolicy: Policy = {
  name: 'idle',
  ticksPerAction: TICKS_PER_ACTION,
  attach: (environment, agents) =>
    attachKernel(environment, agents, simpleKernel(environment, 'idle')),
};

/** Random wheel speeds, each held for a random while of 0.1 to 0.9 s. */
export function randomPolicy(seed: number): Policy {
  return {
    name: 'random',
    ticksPerAction: TICKS_PER_ACTION,
    attach: (environment, agents) =>
      attachKernel(environment, agents, {
        ...simpleKernel(environment, 'random'),
        memory: { moods: 8 },
        uniforms: { seed: Uint32Array.of(seed, 0, 0, 0) },
      }),
  };
}
