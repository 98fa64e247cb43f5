/**
 * From what a hand asks for to the two wheels of a robot. Pure.
 *
 * The robot goes where the hand points on the screen, with whichever of its two faces is nearer to
 * that direction in front.
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

/** What a key gives at once, and how fast the rest follows: a tap nudges, a hold runs. */
const PUSH_START = 0.5;
const PUSH_PER_SECOND = 1.7;

/** A hand's push in the next tick: it grows to what the hand asks for, and falls at once. */
export function pushAfter(push: number, wanted: number, seconds: number): number {
  if (wanted <= PUSH_START) return wanted;
  return Math.min(wanted, Math.max(PUSH_START, push) + PUSH_PER_SECOND * seconds);
}

/**
 * Full spin, in the sense that knocks a ball beside the robot towards the goal it attacks.
 * `ballY`: from robot to ball, metres; `attackX`: +1 or -1.
 */
export function spin(input: { ballY: number; attackX: number }): Wheels {
  const anticlockwise = -input.ballY * input.attackX >= 0;
  return anticlockwise
    ? { left: -COMMAND_MAX, right: COMMAND_MAX }
    : { left: COMMAND_MAX, right: -COMMAND_MAX };
}
