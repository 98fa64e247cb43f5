/** What the numbers of soccer.wgsl mean and where they come from. */
import type { ParameterTable } from '../environment/parameters.ts';

const LEAGUE = 'IEEE Very Small Size Soccer rules 2008, field and ball';
const ROBOT = 'VSSS robots of the league: cube of 7.5 cm, two driven wheels';
const FEEL = 'chosen in play: crisp, and still to be steered by keyboard';

export const SOCCER_PARAMETERS: ParameterTable = [
  ['HALF_LENGTH', 'm', `${LEAGUE}: 150 cm long`],
  ['HALF_WIDTH', 'm', `${LEAGUE}: 130 cm wide`],
  ['GOAL_HALF_WIDTH', 'm', `${LEAGUE}: goals 40 cm wide`],
  ['GOAL_DEPTH', 'm', `${LEAGUE}: goals 10 cm deep`],
  ['CORNER_CUT', 'm', `${LEAGUE}: triangles of 7 cm in the corners`],
  ['BALL_RADIUS', 'm', `${LEAGUE}: golf ball, 42.7 mm across`],
  ['BALL_MASS', 'kg', `${LEAGUE}: golf ball, 46 g`],
  [
    'BALL_ROLLING_DECELERATION',
    'm/s^2',
    'ours: a golf ball on a hard floor, rolling coefficient 0.03',
  ],
  ['BALL_DRAG', '1/s', FEEL],
  ['BALL_WALL_RESTITUTION', '1', 'ours: a golf ball against a wooden wall'],
  ['BALL_NET_RESTITUTION', '1', FEEL],
  ['BALL_ROBOT_RESTITUTION', '1', 'ours: a golf ball against a plastic shell'],
  ['BALL_ROBOT_FRICTION', '1', 'ours: a golf ball against a plastic shell'],
  ['ROBOT_HALF', 'm', ROBOT],
  ['ROBOT_MASS', 'kg', 'ours; robots of the league weigh 0.15 to 0.25 kg'],
  ['ROBOT_TRACK', 'm', ROBOT],
  ['ROBOT_CUP', '1/m', FEEL],
  ['ROBOT_RESTITUTION', '1', FEEL],
  ['ROBOT_FRICTION', '1', FEEL],
  ['WHEEL_SPEED_MAX', 'm/s', 'VSSS robots: about 1.5 m/s'],
  ['WHEEL_ACCELERATION', 'm/s^2', 'ours: rubber tyres, friction 0.9'],
  ['LATERAL_ACCELERATION', 'm/s^2', 'ours: rubber tyres, friction 0.9'],
];
