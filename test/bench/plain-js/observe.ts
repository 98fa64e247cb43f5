/** What a robot of soccer.wgsl sees, in plain JavaScript. */
import {
  BALL,
  HALF_LENGTH,
  HALF_WIDTH,
  HX,
  HY,
  ROBOT_STRIDE,
  ROBOTS,
  TURN,
  VX,
  VY,
  WHEEL_SPEED_MAX,
  X,
  Y,
} from './world.ts';

const OWN_FEATURES = 20;
const OTHER_FEATURES = 4;

/** Writes what robot `i` of world `w` sees to `out` from `at`. */
export type Observer = (
  f: Float64Array,
  w: number,
  i: number,
  out: Float32Array,
  at: number,
) => void;

export function observerOf(robotsPerTeam: number): Observer {
  // Indexes and squared distances of one team, sorted in place; nothing is allocated per step.
  const order = new Int32Array(robotsPerTeam);
  const far = new Float64Array(robotsPerTeam);
  return (f, w, i, out, at) => {
    const own = i < robotsPerTeam ? 0 : robotsPerTeam;
    const theirs = robotsPerTeam - own;
    const r = w + ROBOTS + ROBOT_STRIDE * i;
    observeSelf(f, w, r, i < robotsPerTeam ? 1 : -1, out, at);
    let to = at + OWN_FEATURES;
    sort(f, w, i, theirs, order, far);
    for (let k = 0; k < robotsPerTeam; k++, to += OTHER_FEATURES) {
      observeOther(f, r, w + ROBOTS + ROBOT_STRIDE * order[k]!, out, to);
    }
    if (robotsPerTeam === 1) return;
    sort(f, w, i, own, order, far);
    for (let k = 0; k < robotsPerTeam - 1; k++, to += OTHER_FEATURES) {
      observeOther(f, r, w + ROBOTS + ROBOT_STRIDE * order[k]!, out, to);
    }
  };
}

/** Robots from `first`, nearest to robot `i` first; itself comes last. */
function sort(
  f: Float64Array,
  w: number,
  i: number,
  first: number,
  order: Int32Array,
  far: Float64Array,
): void {
  const r = w + ROBOTS + ROBOT_STRIDE * i;
  for (let k = 0; k < order.length; k++) {
    const other = w + ROBOTS + ROBOT_STRIDE * (first + k);
    const x = f[other + X]! - f[r + X]!;
    const y = f[other + Y]! - f[r + Y]!;
    const distance2 = first + k === i ? 1e9 : x * x + y * y;
    let at = k;
    for (; at > 0 && far[at - 1]! > distance2; at--) {
      far[at] = far[at - 1]!;
      order[at] = order[at - 1]!;
    }
    far[at] = distance2;
    order[at] = first + k;
  }
}

function observeOther(f: Float64Array, r: number, o: number, out: Float32Array, to: number): void {
  const hx = f[r + HX]!;
  const hy = f[r + HY]!;
  const x = f[o + X]! - f[r + X]!;
  const y = f[o + Y]! - f[r + Y]!;
  const vx = f[o + VX]!;
  const vy = f[o + VY]!;
  out[to] = (x * hx + y * hy) * (1 / HALF_LENGTH);
  out[to + 1] = (hx * y - hy * x) * (1 / HALF_LENGTH);
  out[to + 2] = vx * hx + vy * hy;
  out[to + 3] = hx * vy - hy * vx;
}

function observeSelf(
  f: Float64Array,
  w: number,
  r: number,
  side: number,
  out: Float32Array,
  at: number,
): void {
  const hx = f[r + HX]!;
  const hy = f[r + HY]!;
  const vx = f[r + VX]!;
  const vy = f[r + VY]!;
  const ballX = f[w + BALL]!;
  const ballY = f[w + BALL + 1]!;
  const ballVX = f[w + BALL + 2]!;
  const ballVY = f[w + BALL + 3]!;
  const ax = ballX - f[r + X]!;
  const ay = ballY - f[r + Y]!;
  const distance = Math.sqrt(ax * ax + ay * ay) + 1e-6;
  const toBallX = ax * hx + ay * hy;
  const toBallY = hx * ay - hy * ax;
  const goalX = HALF_LENGTH * side - ballX;
  const ownX = -HALF_LENGTH * side - ballX;
  const goalScale = 1 / (Math.sqrt(goalX * goalX + ballY * ballY) + 1e-6);
  const ownScale = 1 / (Math.sqrt(ownX * ownX + ballY * ballY) + 1e-6);
  out[at] = f[r + X]! * side * (1 / HALF_LENGTH);
  out[at + 1] = f[r + Y]! * side * (1 / HALF_WIDTH);
  out[at + 2] = hx * side;
  out[at + 3] = hy * side;
  out[at + 4] = (vx * hx + vy * hy) * (1 / WHEEL_SPEED_MAX);
  out[at + 5] = (hx * vy - hy * vx) * (1 / WHEEL_SPEED_MAX);
  out[at + 6] = f[r + TURN]! * 0.05;
  out[at + 7] = toBallX * (1 / HALF_LENGTH);
  out[at + 8] = toBallY * (1 / HALF_LENGTH);
  out[at + 9] = ballVX * hx + ballVY * hy;
  out[at + 10] = hx * ballVY - hy * ballVX;
  out[at + 11] = toBallX / distance;
  out[at + 12] = toBallY / distance;
  out[at + 13] = 0.1 / (0.1 + distance);
  out[at + 14] = (goalX * hx - ballY * hy) * goalScale;
  out[at + 15] = (hx * -ballY - hy * goalX) * goalScale;
  out[at + 16] = (ownX * hx - ballY * hy) * ownScale;
  out[at + 17] = (hx * -ballY - hy * ownX) * ownScale;
  out[at + 18] = ballX * side * (1 / HALF_LENGTH);
  out[at + 19] = ballY * side * (1 / HALF_WIDTH);
}
