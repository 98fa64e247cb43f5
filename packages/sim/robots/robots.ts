/** Tasks of real hobby robots, to be learned here and taken to the device. */
import type { Environment, Parameter } from '../environment/environment.ts';
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

const DRIVE_PARAMETERS: readonly Parameter[] = [
  { name: 'HALF_LENGTH', value: 0.75, unit: 'm', source: 'the pitch of soccer' },
  { name: 'HALF_WIDTH', value: 0.65, unit: 'm', source: 'the pitch of soccer' },
  { name: 'TRACK', value: 0.065, unit: 'm', source: 'the robot of soccer' },
  { name: 'WHEEL_SPEED_MAX', value: 0.5, unit: 'm/s', source: 'ours: a geared hobby motor' },
  { name: 'WHEEL_ACCELERATION', value: 2, unit: 'm/s^2', source: 'ours: a geared hobby motor' },
  { name: 'RANGE_MAX', value: 1.2, unit: 'm', source: 'VL53L0X data sheet, indoors' },
  { name: 'RANGE_NOISE', value: 0.01, unit: 'm', source: 'ours: half of the spread' },
];

/** A two-wheeled robot drives to a target between obstacles, with a range sensor of five rays. */
export const driveToTarget: Environment = singleAgent({
  id: 'drive-to-target',
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

const SERVO = 'github.com/TheRobotStudio/SO-ARM100, so101_new_calib.urdf';
export const ARM_JOINTS = ['pan', 'lift', 'elbow', 'wristFlex', 'wristRoll', 'gripper'] as const;

/** A six-joint arm, the SO-101, moves the tip of its gripper to a point. */
export const reach: Environment = singleAgent({
  id: 'reach-so101',
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
    { name: 'SPEED_MAX', value: 2, unit: 'rad/s', source: 'ours: below the servo without load' },
    { name: 'ACCELERATION_MAX', value: 20, unit: 'rad/s^2', source: 'ours' },
    { name: 'JOINTS', value: 6, unit: '1', source: SERVO },
  ],
  stepSeconds: 0.05,
});
