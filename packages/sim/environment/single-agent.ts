import { mathWgsl, randomWgsl } from '@dreampitch/compute';
import type { Environment } from './environment.ts';
import { type ParameterTable, parametersOf } from './parameters.ts';
import singleAgentWgsl from './single-agent.wgsl';
import type { Space } from './spaces.ts';

export type SingleAgentOptions = {
  readonly id: string;
  /** State, Observation, Action, Rules and the functions that single-agent.wgsl names. */
  readonly wgsl: string;
  readonly constants?: Readonly<Record<string, number>>;
  readonly observationSpace: Space;
  readonly actionSpace: Space;
  readonly rules: Readonly<Record<string, number>>;
  /** Physical parameters: constants of the text that are plain numbers. */
  readonly parameters?: ParameterTable;
  readonly stepSeconds: number;
  readonly turns?: readonly string[]; // as in Environment
  readonly loopBudget?: number; // as in Environment
  readonly picture?: string; // as in Environment
};

/** The environment that a text with one agent describes. */
export function singleAgent(options: SingleAgentOptions): Environment {
  const {
    id,
    wgsl,
    constants = {},
    observationSpace,
    actionSpace,
    rules,
    parameters = [],
  } = options;
  return {
    id,
    wgsl: wgsl + singleAgentWgsl + mathWgsl + randomWgsl,
    constants,
    agentCount: 1,
    observationSpace,
    actionSpace,
    rules,
    parameters: parametersOf(wgsl, parameters),
    tickSeconds: options.stepSeconds,
    substeps: 1,
    stepObserves: true,
    autoReset: 'next-step',
    ...(options.turns && { turns: options.turns }),
    ...(options.picture && { picture: options.picture }),
    ...(options.loopBudget !== undefined && { loopBudget: options.loopBudget }),
  };
}
