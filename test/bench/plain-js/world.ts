/** Numbers of soccer.wgsl and the places in a world, for plain JavaScript. */

export const SUBSTEPS = 10;
export const DT = 1 / 600;

export const HALF_LENGTH = 0.75;
export const HALF_WIDTH = 0.65;
export const GOAL_HALF_WIDTH = 0.2;
export const GOAL_DEPTH = 0.1;
export const CORNER_CUT = 0.07;

export const BALL_RADIUS = 0.0215;
export const BALL_MASS = 0.046;
export const BALL_ROLLING_DECELERATION = 0.3;
export const BALL_DRAG = 0.15;
export const BALL_WALL_RESTITUTION = 0.65;
export const BALL_NET_RESTITUTION = 0.1;
export const BALL_ROBOT_RESTITUTION = 0.5;
export const BALL_ROBOT_FRICTION = 0.25;

export const ROBOT_HALF = 0.0375;
export const ROBOT_MASS = 0.15;
export const ROBOT_TRACK = 0.065;
export const ROBOT_CUP = 4.5;
export const ROBOT_RESTITUTION = 0.2;
export const ROBOT_FRICTION = 0.2;
export const WHEEL_SPEED_MAX = 1.5;
export const WHEEL_ACCELERATION = 9;
export const LATERAL_ACCELERATION = 9;

export const ROBOT_REACH = ROBOT_HALF * Math.SQRT2;
export const ROBOT_INERTIA = (ROBOT_MASS * ROBOT_HALF * ROBOT_HALF * 2) / 3;
export const GOAL_LINE = HALF_LENGTH + BALL_RADIUS;
export const CUT_DISTANCE = (HALF_LENGTH + HALF_WIDTH - CORNER_CUT) * Math.SQRT1_2;

export const HOLD = WHEEL_ACCELERATION * DT;
export const HOLD_LEFT = LATERAL_ACCELERATION * DT;
export const REACH_SQUARED = (ROBOT_REACH + BALL_RADIUS) ** 2;
export const ROBOT_NEAR_CUT = HALF_LENGTH + HALF_WIDTH - CORNER_CUT - ROBOT_REACH * Math.SQRT2;
export const BALL_NEAR_CUT = HALF_LENGTH + HALF_WIDTH - CORNER_CUT - BALL_RADIUS * Math.SQRT2;

/** Places in a world. */
export const BALL = 0; // x, y, velocity x, velocity y
export const STALL = 4; // x, y
export const WALL_HIT = 6;
export const CLASH = 7;
export const ROBOTS = 8;
/** Places in a robot. */
export const X = 0;
export const Y = 1;
export const HX = 2;
export const HY = 3;
export const VX = 4;
export const VY = 5;
export const TURN = 6;
export const KICK = 7;
export const ROBOT_STRIDE = 8;

export const stride = (robotCount: number) => ROBOTS + ROBOT_STRIDE * robotCount;

export function clamp(x: number, low: number, high: number): number {
  return x < low ? low : x > high ? high : x;
}

export function softSign(x: number): number {
  return clamp(x * 12, -1, 1);
}
