/** Robots against robots and the ball: soccer.wgsl's formulas in plain JavaScript. */
import {
  BALL_RADIUS,
  BALL_MASS,
  BALL_ROBOT_RESTITUTION,
  BALL_ROBOT_FRICTION,
  ROBOT_HALF,
  ROBOT_MASS,
  ROBOT_CUP,
  ROBOT_RESTITUTION,
  ROBOT_FRICTION,
  ROBOT_REACH,
  ROBOT_INERTIA,
  REACH_SQUARED,
  CLASH,
  X,
  Y,
  HX,
  HY,
  VX,
  VY,
  TURN,
  KICK,
  softSign,
  clamp,
} from './world.ts';

export function meetRobot(f: Float64Array, w: number, i: number, j: number): void {
  const ax = f[j + X]! - f[i + X]!;
  const ay = f[j + Y]! - f[i + Y]!;
  if (ax * ax + ay * ay >= 4 * ROBOT_REACH * ROBOT_REACH) return;
  const ux = f[i + HX]!;
  const uy = f[i + HY]!;
  const wx = f[j + HX]!;
  const wy = f[j + HY]!;
  const turn = ux * wy - uy * wx;
  const cosine = ux * wx + uy * wy;
  const extent = ROBOT_HALF * (1 + Math.abs(cosine) + Math.abs(turn));
  const dix = ax * ux + ay * uy;
  const diy = ux * ay - uy * ax;
  const djx = ax * wx + ay * wy;
  const djy = wx * ay - wy * ax;
  const overlapI = extent - Math.max(Math.abs(dix), Math.abs(diy));
  const overlapJ = extent - Math.max(Math.abs(djx), Math.abs(djy));
  const overlap = Math.min(overlapI, overlapJ);
  if (overlap <= 0) return;
  const byI = overlapI <= overlapJ;
  const axisX = byI ? ux : wx;
  const axisY = byI ? uy : wy;
  const dx = byI ? dix : djx;
  const dy = byI ? diy : djy;
  const alongAxis = Math.abs(dx) >= Math.abs(dy);
  const sign = (alongAxis ? dx : dy) >= 0 ? 1 : -1;
  const nx = (alongAxis ? axisX : -axisY) * sign;
  const ny = (alongAxis ? axisY : axisX) * sign;
  const iu = ROBOT_HALF * softSign(nx * ux + ny * uy);
  const iw = ROBOT_HALF * softSign(ny * ux - nx * uy);
  const ju = ROBOT_HALF * softSign(nx * wx + ny * wy);
  const jw = ROBOT_HALF * softSign(ny * wx - nx * wy);
  const cornerIX = ux * iu - uy * iw;
  const cornerIY = uy * iu + ux * iw;
  const cornerJX = ax - (wx * ju - wy * jw);
  const cornerJY = ay - (wy * ju + wx * jw);
  const cornerX = byI ? cornerJX : cornerIX;
  const cornerY = byI ? cornerJY : cornerIY;
  const inLine = Math.max(0, 1 - 12 * Math.min(Math.abs(turn), Math.abs(cosine)));
  const armIX = cornerX + (0.5 * (cornerIX + cornerJX) - cornerX) * inLine;
  const armIY = cornerY + (0.5 * (cornerIY + cornerJY) - cornerY) * inLine;
  collide(f, w, i, j, nx, ny, armIX, armIY, armIX - ax, armIY - ay, 0.5 * overlap);
}

/** The impulse between two robots at a point, along a normal from i to j, and apart by `shift`. */
function collide(
  f: Float64Array,
  w: number,
  i: number,
  j: number,
  nx: number,
  ny: number,
  armIX: number,
  armIY: number,
  armJX: number,
  armJY: number,
  shift: number,
): void {
  const turnI = f[i + TURN]!;
  const turnJ = f[j + TURN]!;
  const rx = f[j + VX]! - armJY * turnJ - f[i + VX]! + armIY * turnI;
  const ry = f[j + VY]! + armJX * turnJ - f[i + VY]! - armIX * turnI;
  const closing = -(rx * nx + ry * ny);
  const leverI = armIX * ny - armIY * nx;
  const leverJ = armJX * ny - armJY * nx;
  const yields = 2 / ROBOT_MASS + (leverI * leverI + leverJ * leverJ) * (1 / ROBOT_INERTIA);
  const push = (Math.max(0, closing) * (1 + ROBOT_RESTITUTION)) / yields;
  const sideI = armIX * nx + armIY * ny;
  const sideJ = armJX * nx + armJY * ny;
  const gives = 2 / ROBOT_MASS + (sideI * sideI + sideJ * sideJ) * (1 / ROBOT_INERTIA);
  const limit = ROBOT_FRICTION * push;
  const rub = clamp(-(ry * nx - rx * ny) / gives, -limit, limit);
  const px = nx * push - ny * rub;
  const py = ny * push + nx * rub;
  f[i + VX] = f[i + VX]! - px * (1 / ROBOT_MASS);
  f[i + VY] = f[i + VY]! - py * (1 / ROBOT_MASS);
  f[j + VX] = f[j + VX]! + px * (1 / ROBOT_MASS);
  f[j + VY] = f[j + VY]! + py * (1 / ROBOT_MASS);
  f[i + TURN] = turnI - (armIX * py - armIY * px) * (1 / ROBOT_INERTIA);
  f[j + TURN] = turnJ + (armJX * py - armJY * px) * (1 / ROBOT_INERTIA);
  f[i + X] = f[i + X]! - nx * shift;
  f[i + Y] = f[i + Y]! - ny * shift;
  f[j + X] = f[j + X]! + nx * shift;
  f[j + Y] = f[j + Y]! + ny * shift;
  if (closing > f[w + CLASH]!) f[w + CLASH] = closing;
}

/** True when they touched. */
export function meetBall(f: Float64Array, w: number, r: number): boolean {
  const ax = f[w]! - f[r + X]!;
  const ay = f[w + 1]! - f[r + Y]!;
  if (ax * ax + ay * ay >= REACH_SQUARED) return false;
  const ux = f[r + HX]!;
  const uy = f[r + HY]!;
  const atX = ax * ux + ay * uy;
  const atY = ux * ay - uy * ax;
  const faceX = clamp(atX, -ROBOT_HALF, ROBOT_HALF);
  const faceY = clamp(atY, -ROBOT_HALF, ROBOT_HALF);
  const gapX = atX - faceX;
  const gapY = atY - faceY;
  const distance2 = gapX * gapX + gapY * gapY;
  if (distance2 >= BALL_RADIUS * BALL_RADIUS) return false;
  const sizeX = Math.abs(atX);
  const sizeY = Math.abs(atY);
  const lengthwise = sizeX >= sizeY;
  let nx: number;
  let ny: number;
  let depth: number;
  if (distance2 < 1e-8) {
    nx = lengthwise ? (atX >= 0 ? 1 : -1) : 0;
    ny = lengthwise ? 0 : atY >= 0 ? 1 : -1;
    depth = BALL_RADIUS - (Math.max(sizeX, sizeY) - ROBOT_HALF);
  } else {
    const distance = Math.sqrt(distance2);
    nx = gapX / distance;
    ny = gapY / distance;
    depth = BALL_RADIUS - distance;
  }
  if (lengthwise && sizeY < ROBOT_HALF) ny -= ROBOT_CUP * faceY;
  const size = 1 / Math.sqrt(nx * nx + ny * ny);
  strike(f, w, r, nx * size, ny * size, faceX, faceY, depth);
  return true;
}

/** The impulse between ball and robot at a point of its face, in the robot's frame. */
function strike(
  f: Float64Array,
  w: number,
  r: number,
  nx: number,
  ny: number,
  faceX: number,
  faceY: number,
  depth: number,
): void {
  const ux = f[r + HX]!;
  const uy = f[r + HY]!;
  const turnRate = f[r + TURN]!;
  const dx = f[w + 2]! - f[r + VX]!;
  const dy = f[w + 3]! - f[r + VY]!;
  const rx = dx * ux + dy * uy + faceY * turnRate;
  const ry = ux * dy - uy * dx - faceX * turnRate;
  const closing = Math.max(0, -(rx * nx + ry * ny));
  const lever = faceX * ny - faceY * nx;
  const yields = 1 / BALL_MASS + 1 / ROBOT_MASS + lever * lever * (1 / ROBOT_INERTIA);
  const bounce = BALL_ROBOT_RESTITUTION * clamp(closing * 4 - 0.6, 0, 1);
  const push = (closing * (1 + bounce)) / yields;
  const side = faceX * nx + faceY * ny;
  const gives = 1 / BALL_MASS + 1 / ROBOT_MASS + side * side * (1 / ROBOT_INERTIA);
  const limit = BALL_ROBOT_FRICTION * push;
  const rub = clamp(-(ry * nx - rx * ny) / gives, -limit, limit);
  const lx = nx * push - ny * rub;
  const ly = ny * push + nx * rub;
  const ix = ux * lx - uy * ly;
  const iy = uy * lx + ux * ly;
  const outX = ux * nx - uy * ny;
  const outY = uy * nx + ux * ny;
  const share = ROBOT_MASS / (ROBOT_MASS + BALL_MASS);
  f[w + 2] = f[w + 2]! + ix * (1 / BALL_MASS);
  f[w + 3] = f[w + 3]! + iy * (1 / BALL_MASS);
  f[w] = f[w]! + outX * (depth * share);
  f[w + 1] = f[w + 1]! + outY * (depth * share);
  f[r + VX] = f[r + VX]! - ix * (1 / ROBOT_MASS);
  f[r + VY] = f[r + VY]! - iy * (1 / ROBOT_MASS);
  f[r + TURN] = turnRate - (faceX * ly - faceY * lx) * (1 / ROBOT_INERTIA);
  f[r + X] = f[r + X]! - outX * (depth * (1 - share));
  f[r + Y] = f[r + Y]! - outY * (depth * (1 - share));
  if (closing > f[r + KICK]!) f[r + KICK] = closing;
}
