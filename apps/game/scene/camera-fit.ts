/** Where a camera has to stand so that the whole pitch is in the picture. Pure. */

export type Point = { readonly x: number; readonly y: number; readonly z: number };

export type Fit = {
  readonly points: readonly Point[]; // what has to be in the picture; y is up
  /** Where the camera stands as seen from what it looks at, radians: around +y from +z, and up. */
  readonly yaw: number;
  readonly elevation: number;
  readonly fovRadians: number; // vertical
  readonly aspect: number; // width / height
  /** Parts of the picture that controls cover, as shares of its height and width. */
  readonly insets: { readonly top: number; readonly bottom: number; readonly side: number };
};

export type Placed = {
  readonly position: Point;
  readonly target: Point;
  readonly distance: number;
};

type Box = { left: number; right: number; bottom: number; top: number };

function placeAt(fit: Fit, distance: number, shift: number): Placed {
  const along = Math.cos(fit.elevation);
  const toCamera = {
    x: Math.sin(fit.yaw) * along,
    y: Math.sin(fit.elevation),
    z: Math.cos(fit.yaw) * along,
  };
  // The shift moves what is looked at along the ground, towards the camera.
  const target = { x: Math.sin(fit.yaw) * shift, y: 0, z: Math.cos(fit.yaw) * shift };
  const position = {
    x: target.x + toCamera.x * distance,
    y: toCamera.y * distance,
    z: target.z + toCamera.z * distance,
  };
  return { position, target, distance };
}

/** The points' bounds in the picture: -1 .. 1 both ways; null where one is behind the camera. */
export function boundsIn(fit: Fit, placed: Placed): Box | null {
  const slope = Math.tan(fit.fovRadians / 2);
  const [sinYaw, cosYaw] = [Math.sin(fit.yaw), Math.cos(fit.yaw)];
  const [sinUp, cosUp] = [Math.sin(fit.elevation), Math.cos(fit.elevation)];
  const box = { left: Infinity, right: -Infinity, bottom: Infinity, top: -Infinity };
  for (const point of fit.points) {
    const x = point.x - placed.position.x;
    const y = point.y - placed.position.y;
    const z = point.z - placed.position.z;
    const right = x * cosYaw - z * sinYaw;
    const back = x * sinYaw + z * cosYaw;
    const up = y * cosUp - back * sinUp;
    const depth = -(y * sinUp + back * cosUp);
    if (depth <= 0.01) return null;
    box.left = Math.min(box.left, right / depth / slope / fit.aspect);
    box.right = Math.max(box.right, right / depth / slope / fit.aspect);
    box.bottom = Math.min(box.bottom, up / depth / slope);
    box.top = Math.max(box.top, up / depth / slope);
  }
  return box;
}

const ROUNDS = 28;
const DISTANCE_MIN = 0.5;
const DISTANCE_MAX = 24;

/** Moves the target so that the points are in the middle of the free part, then asks if they fit. */
function centred(fit: Fit, distance: number): { placed: Placed; fits: boolean } {
  const highest = 1 - 2 * fit.insets.top;
  const lowest = -1 + 2 * fit.insets.bottom;
  const widest = 1 - 2 * fit.insets.side;
  let shift = 0;
  let placed = placeAt(fit, distance, shift);
  for (let round = 0; round < 6; round++) {
    const box = boundsIn(fit, placed);
    if (!box) return { placed, fits: false };
    const off = (box.top + box.bottom) / 2 - (highest + lowest) / 2;
    shift -= (off * distance * Math.tan(fit.fovRadians / 2)) / Math.sin(fit.elevation);
    placed = placeAt(fit, distance, shift);
  }
  const box = boundsIn(fit, placed);
  const fits =
    box !== null &&
    box.top <= highest + 0.01 &&
    box.bottom >= lowest - 0.01 &&
    Math.max(-box.left, box.right) <= widest;
  return { placed, fits };
}

/** The nearest place from which every point is in the free part of the picture. */
export function fitCamera(fit: Fit): Placed {
  let near = DISTANCE_MIN;
  let far = DISTANCE_MAX;
  for (let round = 0; round < ROUNDS; round++) {
    const middle = (near + far) / 2;
    if (centred(fit, middle).fits) far = middle;
    else near = middle;
  }
  return centred(fit, far).placed;
}

export type Follow = Pick<Fit, 'yaw' | 'elevation' | 'fovRadians' | 'aspect' | 'insets'> & {
  /** The robot that is followed; null: the ball alone. */
  readonly own: { readonly x: number; readonly z: number } | null;
  readonly ball: { readonly x: number; readonly z: number };
  /** Half the pitch: there is nothing to see beyond. */
  readonly outline: { readonly x: number; readonly y: number };
};

const AROUND_OWN = 0.2; // metres to every side of it
const AHEAD_OF_OWN = 0.55;
const AROUND_BALL = 0.12;
const AROUND_BALL_ALONE = 0.4;

const middle = (of: readonly number[]) => (Math.min(...of) + Math.max(...of)) / 2;

/** The nearest place behind the robot, towards -x, that has robot and ball in the picture. */
export function followCamera({ own, ball, outline, ...fit }: Follow): Placed {
  const at = (x: number, z: number): Point => ({
    x: Math.max(-outline.x, Math.min(outline.x, x)),
    y: 0,
    z: Math.max(-outline.y, Math.min(outline.y, z)),
  });
  const around = (p: { x: number; z: number }, metres: number) =>
    [-metres, metres].flatMap((dx) => [-metres, metres].map((dz) => at(p.x + dx, p.z + dz)));
  const points = around(ball, own ? AROUND_BALL : AROUND_BALL_ALONE);
  if (own) points.push(...around(own, AROUND_OWN), at(own.x + AHEAD_OF_OWN, own.z));
  const x = middle(points.map((point) => point.x));
  const z = middle(points.map((point) => point.z));
  const moved = points.map((point) => ({ x: point.x - x, y: point.y, z: point.z - z }));
  const { position, target, distance } = fitCamera({ ...fit, points: moved });
  return {
    position: { x: position.x + x, y: position.y, z: position.z + z },
    target: { x: target.x + x, y: target.y, z: target.z + z },
    distance,
  };
}
