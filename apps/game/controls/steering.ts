/**
 * From what a hand asks for to the two wheels of a robot. Pure.
 *
 * Two ways to steer. By direction: the robot goes where the stick points on the screen, with
 * whichever of its two faces is nearer to that direction in front. Like a car: forward and back,
 * turn left and right.
 */

/** Wheel commands in [-127, 127], as the environment takes them. */
export type Wheels = { left: number; right: number };

export type SteeringInput = {
  /** The wanted direction on the pitch, length at most 1; [0, 0] is standing still. */
  directionX: number;
  directionY: number;
  /** The robot's heading in radians, anticlockwise from +x. */
  heading: number;
  /** Which face led in the tick before, so that a robot does not dither between its two. */
  faceReversed: boolean;
};

const COMMAND_MAX = 127;
/** Beyond this error the other face takes over; past 90 degrees, for hysteresis. */
const FACE_SWITCH_RADIANS = (105 / 180) * Math.PI;
/** Share of full wheel speed per radian of error: a right angle closes in about a tenth second. */
const TURN_GAIN = 0.36;
const TURN_MAX = 0.6;
/** How much of the wheels' speed turning takes in car steering: full would be 40 rad/s. */
const CAR_TURN = 0.24;

export function wrapRadians(angle: number): number {
  const turns = Math.round(angle / (2 * Math.PI));
  return angle - turns * 2 * Math.PI;
}

function toCommand(share: number): number {
  return Math.round(Math.max(-1, Math.min(1, share)) * COMMAND_MAX);
}

function wheelsOf(forward: number, turn: number): Wheels {
  const most = Math.max(1, Math.abs(forward) + Math.abs(turn));
  return { left: toCommand((forward - turn) / most), right: toCommand((forward + turn) / most) };
}

export function steerByDirection(input: SteeringInput): Wheels & { faceReversed: boolean } {
  const length = Math.min(1, Math.hypot(input.directionX, input.directionY));
  if (length < 0.05) return { left: 0, right: 0, faceReversed: input.faceReversed };
  const wanted = Math.atan2(input.directionY, input.directionX);
  let { faceReversed } = input;
  const errorOf = (reversed: boolean) =>
    wrapRadians(wanted - input.heading - (reversed ? Math.PI : 0));
  if (Math.abs(errorOf(faceReversed)) > FACE_SWITCH_RADIANS) faceReversed = !faceReversed;
  const error = errorOf(faceReversed);
  const turn = Math.max(-TURN_MAX, Math.min(TURN_MAX, error * TURN_GAIN));
  const forward = Math.max(0, Math.cos(error)) * length * (faceReversed ? -1 : 1);
  return { ...wheelsOf(forward, turn), faceReversed };
}

/** `throttle` and `turn` in [-1, 1]; turn is positive to the left (anticlockwise). */
export function steerLikeCar(input: { throttle: number; turn: number }): Wheels {
  // Backing up, a car's tail goes where the wheel points; people expect the same here.
  const turn = (input.throttle < -0.05 ? -input.turn : input.turn) * CAR_TURN;
  return wheelsOf(input.throttle, turn);
}

/**
 * Full spin, in the sense that knocks a ball beside the robot towards the goal it attacks.
 * `ballX`, `ballY`: from robot to ball; `attackX`: +1 or -1.
 */
export function spin(input: { ballY: number; attackX: number }): Wheels {
  const anticlockwise = -input.ballY * input.attackX >= 0;
  return anticlockwise
    ? { left: -COMMAND_MAX, right: COMMAND_MAX }
    : { left: COMMAND_MAX, right: -COMMAND_MAX };
}
