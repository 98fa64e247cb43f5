/**
 * The physics of soccer.wgsl in plain JavaScript on typed arrays: what one would write by hand for
 * speed without WASM. A world is `stride(robots)` float64 numbers of one array; functions take the
 * array and the world's first index. The formulas stand in soccer.wgsl, where they are explained.
 */

import { meetBall, meetRobot } from './contacts.ts';
import { ballMeetsWalls, robotMeetsWalls } from './walls.ts';
import {
  BALL_ROLLING_DECELERATION,
  BALL_DRAG,
  ROBOT_TRACK,
  HOLD,
  HOLD_LEFT,
  ROBOTS,
  ROBOT_STRIDE,
  X,
  Y,
  HX,
  HY,
  VX,
  VY,
  TURN,
  SUBSTEPS,
  DT,
  clamp,
} from './world.ts';

function drive(f: Float64Array, r: number, commandLeft: number, commandRight: number): void {
  const hx = f[r + HX]!;
  const hy = f[r + HY]!;
  const vx = f[r + VX]!;
  const vy = f[r + VY]!;
  const turnRate = f[r + TURN]!;
  const forward = vx * hx + vy * hy;
  const slip = clamp(hx * vy - hy * vx, -HOLD_LEFT, HOLD_LEFT);
  const rim = turnRate * (0.5 * ROBOT_TRACK);
  const pullLeft = clamp(commandLeft - forward + rim, -HOLD, HOLD);
  const pullRight = clamp(commandRight - forward - rim, -HOLD, HOLD);
  const pull = 0.5 * (pullLeft + pullRight);
  const movedX = vx + hx * pull + hy * slip;
  const movedY = vy + hy * pull - hx * slip;
  const turned = turnRate + (pullRight - pullLeft) * (1 / ROBOT_TRACK);
  const angle = turned * DT;
  const cosine = 1 - 0.5 * angle * angle;
  const sine = angle - angle * angle * angle * 0.16666667;
  f[r + HX] = hx * cosine - hy * sine;
  f[r + HY] = hy * cosine + hx * sine;
  f[r + VX] = movedX;
  f[r + VY] = movedY;
  f[r + TURN] = turned;
  f[r + X] = f[r + X]! + movedX * DT;
  f[r + Y] = f[r + Y]! + movedY * DT;
}

function rollBall(f: Float64Array, w: number): void {
  const vx = f[w + 2]!;
  const vy = f[w + 3]!;
  const speed = Math.sqrt(vx * vx + vy * vy) + 1e-6;
  const kept = Math.max(0, 1 - BALL_DRAG * DT - (BALL_ROLLING_DECELERATION * DT) / speed);
  f[w + 2] = vx * kept;
  f[w + 3] = vy * kept;
  f[w] = f[w]! + vx * kept * DT;
  f[w + 1] = f[w + 1]! + vy * kept * DT;
}

/**
 * One tick of a world's physics. `commands` [R, 2]: wheel speeds in m/s. Returns the robot that
 * touched the ball last, or -1.
 */
export function move(f: Float64Array, w: number, commands: Float64Array): number {
  const robotCount = commands.length >> 1;
  const first = w + ROBOTS;
  const end = first + ROBOT_STRIDE * robotCount;
  let touched = -1;
  for (let s = 0; s < SUBSTEPS; s++) {
    for (let r = first, c = 0; r < end; r += ROBOT_STRIDE, c += 2) {
      drive(f, r, commands[c]!, commands[c + 1]!);
    }
    rollBall(f, w);
    for (let i = first; i < end - ROBOT_STRIDE; i += ROBOT_STRIDE) {
      for (let j = i + ROBOT_STRIDE; j < end; j += ROBOT_STRIDE) meetRobot(f, w, i, j);
    }
    for (let i = 0; i < robotCount; i++) {
      if (meetBall(f, w, first + ROBOT_STRIDE * i)) touched = i;
    }
    for (let r = first; r < end; r += ROBOT_STRIDE) robotMeetsWalls(f, w, r);
    ballMeetsWalls(f, w);
  }
  return touched;
}
