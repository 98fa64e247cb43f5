/** Tasks of real hobby robots, to be learned here and taken to the device. */
import type { Environment } from '../environment/environment.ts';
import type { ParameterTable } from '../environment/parameters.ts';
import { singleAgent } from '../environment/single-agent.ts';
import type { Box } from '../environment/spaces.ts';
import driveToTargetWgsl from './drive-to-target.wgsl';
import reachWgsl from './reach.wgsl';

const int8 = (names: readonly string[]): Box => {
  return { kind: 'box', type: 'int8', size: names.length, low: -127, high: 127, names };
};

const seen = (names: readonly string[]): Box => {
  return { kind: 'box', type: 'f32', size: names.length, low: -2, high: 2, names };
};

const DRIVE_PARAMETERS: ParameterTable = [
  ['HALF_LENGTH', 'm', 'the pitch of soccer'],
  ['HALF_WIDTH', 'm', 'the pitch of soccer'],
  ['TRACK', 'm', 'the robot of soccer'],
  ['ROBOT_RADIUS', 'm', 'the robot of soccer: circle around its cube'],
  ['OBSTACLE_RADIUS', 'm', 'ours: a cup'],
  ['WHEEL_SPEED_MAX', 'm/s', 'ours: a geared hobby motor'],
  ['WHEEL_ACCELERATION', 'm/s^2', 'ours: a geared hobby motor'],
  ['RANGE_MAX', 'm', 'VL53L0X data sheet, indoors'],
  ['RANGE_NOISE', 'm', 'ours: half of the spread'],
];

/** A two-wheeled robot drives to a target between obstacles, with a range sensor of five rays. */
export const driveToTarget: Environment = singleAgent({
  id: 'drive-to-target',
  picture: 'drive',
  wgsl: driveToTargetWgsl,
  observationSpace: seen([
    ...Array.from({ length: 5 }, (_, ray) => `ranges[${ray}]`),
    'targetForward',
    'targetLeft',
    'targetDistance',
    'wheelLeft',
    'wheelRight',
  ]),
  actionSpace: int8(['left', 'right']),
  rules: { stepsMax: 300 },
  parameters: DRIVE_PARAMETERS,
  stepSeconds: 0.05,
});

export const ARM_JOINTS = ['pan', 'lift', 'elbow', 'wristFlex', 'wristRoll', 'gripper'] as const;

/** A six-joint arm, the SO-101, moves the tip of its gripper to a point. */
export const reach: Environment = singleAgent({
  id: 'reach-so101',
  picture: 'arm',
  wgsl: reachWgsl,
  observationSpace: seen([
    ...ARM_JOINTS.map((joint) => `${joint}.angle`),
    ...ARM_JOINTS.map((joint) => `${joint}.speed`),
    'tipX',
    'tipY',
    'tipZ',
    'targetX',
    'targetY',
    'targetZ',
  ]),
  actionSpace: int8(ARM_JOINTS),
  rules: { stepsMax: 200 },
  parameters: [
    ['SPEED_MAX', 'rad/s', 'ours: below the servo without load'],
    ['ACCELERATION_MAX', 'rad/s^2', 'ours'],
    ['UPPER_ARM', 'm', 'so101_new_calib.urdf'],
    ['FOREARM', 'm', 'so101_new_calib.urdf'],
    ['WRIST', 'm', 'so101_new_calib.urdf'],
    ['HAND', 'm', 'so101_new_calib.urdf'],
  ],
  stepSeconds: 0.05,
});
