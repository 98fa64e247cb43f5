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

/** How well a scripted player plays: constants of its kernel, and how often it decides. */
type Level = {
  readonly ticksPerAction: number;
  readonly constants: {
    /** Share of the wheels' speed that it uses. */
    readonly PACE: number;
    /** 1/s: how hard it turns to where it wants to go; less where it decides later. */
    readonly TURN_GAIN: number;
    /** Share of the time to the ball for which it sees the ball roll on. */
    readonly FORESIGHT: number;
    /** Metres at the goal line. */
    readonly AIM_ERROR: number;
  };
};

function scriptedAt(name: string, level: Level): Policy {
  return {
    name,
    ticksPerAction: level.ticksPerAction,
    attach(environment, agents) {
      const { id, constants } = environment.environment;
      if (!id.startsWith('soccer-')) {
        return Promise.reject(new Error(`The scripted policy plays soccer, not ${id}.`));
      }
      const hasRoles = id.startsWith('soccer-roles-');
      const declarations = hasRoles ? soccerRolesDeclarations : soccerDeclarations;
      return attachKernel(environment, agents, {
        label: name,
        wgsl: scriptedWgsl + declarations + mathWgsl,
        entry: 'scripted',
        observes: true,
        memory: { memories: 24 }, // struct Memory
        constants: {
          ...level.constants,
          TEAM: constants.TEAM!,
          DECISION_TICKS: level.ticksPerAction,
        },
      });
    },
  };
}

/**
 * Plays soccer properly, from what it sees: one goes to the ball, gets behind it on the side of the
 * own goal, and plays it to the free part of the goal or to a mate; the others cover, keep and offer
 * themselves. Whoever is wedged drives the other way for a moment. The strongest of the three levels, and what training and evaluation play against.
 */
export const scriptedPolicy = scriptedAt('scripted', {
  ticksPerAction: TICKS_PER_ACTION,
  constants: { PACE: 1, TURN_GAIN: 7, FORESIGHT: 1, AIM_ERROR: 0 },
});

/** The same player, slower, later and less exact: loses to the full one about 5 : 11 in 1v1. */
export const normalPolicy = scriptedAt('scripted-normal', {
  ticksPerAction: 8,
  constants: { PACE: 0.6, TURN_GAIN: 4.5, FORESIGHT: 0.5, AIM_ERROR: 0.3 },
});

/**
 * For somebody's first match: about even with a player of eight directions who sees everything a
 * quarter of a second late (test/difficulty).
 */
export const easyPolicy = scriptedAt('scripted-easy', {
  ticksPerAction: 16,
  constants: { PACE: 0.3, TURN_GAIN: 2, FORESIGHT: 0, AIM_ERROR: 0.7 },
});

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
