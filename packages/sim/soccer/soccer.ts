/** Robot soccer on the scale of the IEEE Very Small Size league: the description of soccer.wgsl. */
import { mathWgsl, randomWgsl } from '@dreampitch/compute';
import type { Environment } from '../environment/environment.ts';
import { parametersOf } from '../environment/parameters.ts';
import { SOCCER_PARAMETERS } from './parameters.ts';
import { TRAINING_RULES } from './rules.ts';
import rolesWgsl from './roles.wgsl';
import soccerWgsl from './soccer.wgsl';

export type RobotsPerTeam = 1 | 2 | 3;

/** Numbers of an observation in the order of the kernel's struct Observation, but for `others`. */
const OWN_NAMES = (
  'x y headingX headingY speedForward speedLeft turnRate ' +
  'ballForward ballLeft ballVelocityForward ballVelocityLeft ' +
  'ballDirectionForward ballDirectionLeft ballNear ' +
  'goalForward goalLeft ownGoalForward ownGoalLeft ballX ballY'
).split(' ');
const OTHER_NAMES = ['forward', 'left', 'velocityForward', 'velocityLeft'];

/** Opponents, nearest first, then team mates, nearest first. */
function observationNames(robotsPerTeam: number): string[] {
  const others = Array.from({ length: 2 * robotsPerTeam - 1 }, (_, k) =>
    OTHER_NAMES.map((name) => `others[${k}].${name}`),
  );
  return [...OWN_NAMES, ...others.flat()];
}

/** The environments soccer-1v1, soccer-2v2 and soccer-3v3. */
export function soccer(robotsPerTeam: RobotsPerTeam): Environment {
  const names = observationNames(robotsPerTeam);
  return {
    id: `soccer-${robotsPerTeam}v${robotsPerTeam}`,
    picture: `soccer-${robotsPerTeam}v${robotsPerTeam}`,
    wgsl: soccerWgsl + mathWgsl + randomWgsl,
    constants: { TEAM: robotsPerTeam },
    agentCount: 2 * robotsPerTeam,
    observationSpace: {
      kind: 'box',
      type: 'f32',
      size: names.length,
      low: Number.NEGATIVE_INFINITY,
      high: Number.POSITIVE_INFINITY,
      names,
    },
    actionSpace: {
      kind: 'box',
      type: 'int8',
      size: 2,
      low: -127,
      high: 127,
      names: ['left', 'right'],
    },
    rules: TRAINING_RULES,
    parameters: parametersOf(soccerWgsl, SOCCER_PARAMETERS),
    tickSeconds: 1 / 60,
    substeps: 10,
    stepObserves: false, // matches look only when somebody decides
    autoReset: 'next-step',
  };
}

const rolesText = soccerWgsl.replaceAll('// roles: ', '') + rolesWgsl;

/** The environments soccer-roles-2v2 and soccer-roles-3v3: soccer whose players have roles. */
export function soccerWithRoles(robotsPerTeam: 2 | 3): Environment {
  const plain = soccer(robotsPerTeam);
  const names = [
    ...observationNames(robotsPerTeam),
    ...['attacker', 'defender', 'keeper'].map((role) => `role.${role}`),
  ];
  return {
    ...plain,
    id: `soccer-roles-${robotsPerTeam}v${robotsPerTeam}`,
    wgsl: rolesText + mathWgsl + randomWgsl,
    observationSpace: {
      kind: 'box',
      type: 'f32',
      size: names.length,
      low: Number.NEGATIVE_INFINITY,
      high: Number.POSITIVE_INFINITY,
      names,
    },
  };
}

/** The environment with this id, or null where there is none. */
export function soccerById(id: string): Environment | null {
  const robotsPerTeam = ([1, 2, 3] as const).find((count) => id === `soccer-${count}v${count}`);
  return robotsPerTeam === undefined ? null : soccer(robotsPerTeam);
}

/**
 * Constants, `struct Observation` and vector functions of soccer.wgsl, for kernels that read its
 * observations: everything before its first binding. Append it to the kernel's own text.
 */
export const soccerDeclarations = soccerWgsl.slice(0, soccerWgsl.indexOf('@group('));

/** The same for soccer with roles. */
export const soccerRolesDeclarations =
  'const ROLES = 3u;\n' + rolesText.slice(0, rolesText.indexOf('@group('));
