/** Robots and ball against the walls: soccer.wgsl's formulas in plain JavaScript. */
import {
  HALF_LENGTH,
  HALF_WIDTH,
  GOAL_HALF_WIDTH,
  GOAL_DEPTH,
  BALL_RADIUS,
  BALL_WALL_RESTITUTION,
  BALL_NET_RESTITUTION,
  ROBOT_HALF,
  ROBOT_MASS,
  ROBOT_RESTITUTION,
  ROBOT_FRICTION,
  ROBOT_REACH,
  ROBOT_INERTIA,
  CUT_DISTANCE,
  ROBOT_NEAR_CUT,
  BALL_NEAR_CUT,
  WALL_HIT,
  CLASH,
  X,
  Y,
  HX,
  HY,
  VX,
  VY,
  TURN,
  softSign,
  clamp,
} from './world.ts';

export function robotMeetsWalls(f: Float64Array, w: number, r: number): void {
  const px = Math.abs(f[r + X]!);
  const py = Math.abs(f[r + Y]!);
  if (
    px <= HALF_LENGTH - ROBOT_REACH &&
    py <= HALF_WIDTH - ROBOT_REACH &&
    px + py <= ROBOT_NEAR_CUT
  ) {
    return;
  }
  robotAtWall(f, w, r);
}

function robotAtWall(f: Float64Array, w: number, r: number): void {
  const px = Math.abs(f[r + X]!);
  const py = Math.abs(f[r + Y]!);
  const mx = f[r + X]! >= 0 ? 1 : -1;
  const my = f[r + Y]! >= 0 ? 1 : -1;
  const ux = f[r + HX]! * mx;
  const uy = f[r + HY]! * my;
  // support() along (1, 0), (0, 1) and the diagonal.
  const xu = ROBOT_HALF * softSign(ux);
  const xw = ROBOT_HALF * softSign(-uy);
  const cornerXX = ux * xu - uy * xw;
  const cornerXY = uy * xu + ux * xw;
  const yu = ROBOT_HALF * softSign(uy);
  const yw = ROBOT_HALF * softSign(ux);
  const cornerYX = ux * yu - uy * yw;
  const cornerYY = uy * yu + ux * yw;
  const cu = ROBOT_HALF * softSign((ux + uy) * Math.SQRT1_2);
  const cw = ROBOT_HALF * softSign((ux - uy) * Math.SQRT1_2);
  const cornerCX = ux * cu - uy * cw;
  const cornerCY = uy * cu + ux * cw;
  const reachX = px + cornerXX;
  const reachXY = py + cornerXY;
  const reachYX = px + cornerYX;
  const reachY = py + cornerYY;
  let nx = 0;
  let ny = 1;
  let armX = cornerYX;
  let armY = cornerYY;
  const inGoal = reachYX > HALF_LENGTH && reachY - GOAL_HALF_WIDTH < reachYX - HALF_LENGTH;
  let depth = reachY - (inGoal ? GOAL_HALF_WIDTH : HALF_WIDTH);
  const intoGoal = reachXY < GOAL_HALF_WIDTH || reachXY - GOAL_HALF_WIDTH < reachX - HALF_LENGTH;
  const depthX = reachX - HALF_LENGTH - (intoGoal ? GOAL_DEPTH : 0);
  if (depthX > depth) {
    depth = depthX;
    nx = 1;
    ny = 0;
    armX = cornerXX;
    armY = cornerXY;
  }
  const depthC = (px + cornerCX + py + cornerCY) * Math.SQRT1_2 - CUT_DISTANCE;
  if (depthC > depth) {
    depth = depthC;
    nx = Math.SQRT1_2;
    ny = Math.SQRT1_2;
    armX = cornerCX;
    armY = cornerCY;
  }
  const postX = HALF_LENGTH - px;
  const postY = GOAL_HALF_WIDTH - py;
  const localX = postX * ux + postY * uy;
  const localY = ux * postY - uy * postX;
  const depthP = ROBOT_HALF - Math.max(Math.abs(localX), Math.abs(localY));
  if (depthP > 0 && depthP > depth) {
    depth = depthP;
    armX = postX;
    armY = postY;
    if (Math.abs(localX) >= Math.abs(localY)) {
      nx = localX >= 0 ? ux : -ux;
      ny = localX >= 0 ? uy : -uy;
    } else {
      nx = localY >= 0 ? -uy : uy;
      ny = localY >= 0 ? ux : -ux;
    }
  }
  if (depth > 0) bounceRobot(f, w, r, mx, my, nx, ny, armX, armY, depth);
}

function bounceRobot(
  f: Float64Array,
  w: number,
  r: number,
  mx: number,
  my: number,
  nx: number,
  ny: number,
  armX: number,
  armY: number,
  depth: number,
): void {
  const handed = mx * my;
  const turnRate = f[r + TURN]! * handed;
  const rx = f[r + VX]! * mx - armY * turnRate;
  const ry = f[r + VY]! * my + armX * turnRate;
  const closing = rx * nx + ry * ny;
  const lever = armX * ny - armY * nx;
  const yields = 1 / ROBOT_MASS + lever * lever * (1 / ROBOT_INERTIA);
  const push = (Math.max(0, closing) * (1 + ROBOT_RESTITUTION)) / yields;
  const side = armX * nx + armY * ny;
  const gives = 1 / ROBOT_MASS + side * side * (1 / ROBOT_INERTIA);
  const limit = ROBOT_FRICTION * push;
  const rub = clamp((ry * nx - rx * ny) / gives, -limit, limit);
  const ix = nx * push - ny * rub;
  const iy = ny * push + nx * rub;
  f[r + VX] = f[r + VX]! - ix * mx * (1 / ROBOT_MASS);
  f[r + VY] = f[r + VY]! - iy * my * (1 / ROBOT_MASS);
  f[r + TURN] = f[r + TURN]! - handed * (armX * iy - armY * ix) * (1 / ROBOT_INERTIA);
  f[r + X] = f[r + X]! - nx * mx * depth;
  f[r + Y] = f[r + Y]! - ny * my * depth;
  if (closing > f[w + CLASH]!) f[w + CLASH] = closing;
}

export function ballMeetsWalls(f: Float64Array, w: number): void {
  const x = f[w]!;
  const y = f[w + 1]!;
  const px = Math.abs(x);
  const py = Math.abs(y);
  if (
    px <= HALF_LENGTH - BALL_RADIUS &&
    py <= HALF_WIDTH - BALL_RADIUS &&
    px + py <= BALL_NEAR_CUT
  ) {
    return;
  }
  const mx = x >= 0 ? 1 : -1;
  const my = y >= 0 ? 1 : -1;
  const inMouth = py < GOAL_HALF_WIDTH;
  const inGoal = inMouth && px >= HALF_LENGTH;
  let nx = 0;
  let ny = 1;
  let depth = py + BALL_RADIUS - (inGoal ? GOAL_HALF_WIDTH : HALF_WIDTH);
  const depthX = px + BALL_RADIUS - HALF_LENGTH - (inMouth ? GOAL_DEPTH : 0);
  if (depthX > depth) {
    depth = depthX;
    nx = 1;
    ny = 0;
  }
  const depthC = (px + py) * Math.SQRT1_2 + BALL_RADIUS - CUT_DISTANCE;
  if (depthC > depth) {
    depth = depthC;
    nx = Math.SQRT1_2;
    ny = Math.SQRT1_2;
  }
  const postX = HALF_LENGTH - px;
  const postY = GOAL_HALF_WIDTH - py;
  const distance = Math.sqrt(postX * postX + postY * postY) + 1e-6;
  const depthP = BALL_RADIUS - distance;
  if (inMouth && !inGoal && depthP > depth) {
    depth = depthP;
    nx = postX / distance;
    ny = postY / distance;
  }
  if (depth <= 0) return;
  const closing = Math.max(0, f[w + 2]! * mx * nx + f[w + 3]! * my * ny);
  const taken = closing * (1 + (inGoal ? BALL_NET_RESTITUTION : BALL_WALL_RESTITUTION));
  f[w + 2] = f[w + 2]! - nx * mx * taken;
  f[w + 3] = f[w + 3]! - ny * my * taken;
  f[w] = x - nx * mx * depth;
  f[w + 1] = y - ny * my * depth;
  if (closing > f[w + WALL_HIT]!) f[w + WALL_HIT] = closing;
}
