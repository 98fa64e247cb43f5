/** The classic control tasks of Gymnasium, step for step as they are there. */
import { singleAgent } from '../environment/single-agent.ts';
import type { Environment } from '../environment/environment.ts';
import type { Box, Discrete } from '../environment/spaces.ts';
import acrobotWgsl from './acrobot.wgsl';
import cartPoleWgsl from './cart-pole.wgsl';
import mountainCarContinuousWgsl from './mountain-car-continuous.wgsl';
import mountainCarWgsl from './mountain-car.wgsl';
import pendulumWgsl from './pendulum.wgsl';

const GYMNASIUM = 'Gymnasium, classic control';

/** What leaves these bounds ends the episode, so an observation may lie beyond them once. */
const CART_POLE_HIGH = [4.8, Number.POSITIVE_INFINITY, 0.41887903, Number.POSITIVE_INFINITY];

const box = (high: readonly number[], low: readonly number[] = high.map((x) => -x)): Box => {
  return { kind: 'box', type: 'f32', size: high.length, low, high };
};
const discrete = (count: number): Discrete => ({ kind: 'discrete', count, start: 0 });

export const cartPole: Environment = singleAgent({
  id: 'CartPole-v1',
  picture: 'cart-pole',
  wgsl: cartPoleWgsl,
  observationSpace: box(CART_POLE_HIGH),
  actionSpace: discrete(2),
  rules: { stepsMax: 500 },
  parameters: [
    ['GRAVITY', 'm/s^2', GYMNASIUM],
    ['CART_MASS', 'kg', GYMNASIUM],
    ['POLE_MASS', 'kg', GYMNASIUM],
    ['POLE_HALF_LENGTH', 'm', GYMNASIUM],
    ['FORCE', 'N', GYMNASIUM],
  ],
  stepSeconds: 0.02,
});

export const mountainCar: Environment = singleAgent({
  id: 'MountainCar-v0',
  picture: 'mountain-car',
  wgsl: mountainCarWgsl,
  observationSpace: box([0.6, 0.07], [-1.2, -0.07]),
  actionSpace: discrete(3),
  rules: { stepsMax: 200 },
  parameters: [
    ['FORCE', '1', GYMNASIUM],
    ['GRAVITY', '1', GYMNASIUM],
    ['SPEED_MAX', '1', GYMNASIUM],
  ],
  stepSeconds: 1 / 30,
});

export const mountainCarContinuous: Environment = singleAgent({
  id: 'MountainCarContinuous-v0',
  picture: 'mountain-car-continuous',
  wgsl: mountainCarContinuousWgsl,
  observationSpace: box([0.6, 0.07], [-1.2, -0.07]),
  actionSpace: box([1]),
  rules: { stepsMax: 999 },
  parameters: [
    ['POWER', '1', GYMNASIUM],
    ['GRAVITY', '1', GYMNASIUM],
    ['SPEED_MAX', '1', GYMNASIUM],
  ],
  stepSeconds: 1 / 30,
});

export const pendulum: Environment = singleAgent({
  id: 'Pendulum-v1',
  picture: 'pendulum',
  wgsl: pendulumWgsl,
  observationSpace: box([1, 1, 8]),
  actionSpace: box([2]),
  rules: { stepsMax: 200 },
  parameters: [
    ['GRAVITY', 'm/s^2', GYMNASIUM],
    ['MASS', 'kg', GYMNASIUM],
    ['LENGTH', 'm', GYMNASIUM],
    ['TORQUE_MAX', 'N m', GYMNASIUM],
    ['SPEED_MAX', 'rad/s', GYMNASIUM],
  ],
  stepSeconds: 0.05,
  turns: ['angle'],
});

export const acrobot: Environment = singleAgent({
  id: 'Acrobot-v1',
  picture: 'acrobot',
  wgsl: acrobotWgsl,
  observationSpace: box([1, 1, 1, 1, 4 * Math.PI, 9 * Math.PI]),
  actionSpace: discrete(3),
  rules: { stepsMax: 500 },
  parameters: [
    ['LENGTH', 'm', GYMNASIUM],
    ['CENTRE', 'm', GYMNASIUM],
    ['MASS', 'kg', GYMNASIUM],
    ['INERTIA', 'kg m^2', GYMNASIUM],
    ['GRAVITY', 'm/s^2', GYMNASIUM],
  ],
  stepSeconds: 0.2,
});
