// Pictures of soccer worlds, 64 x 64, drawn by signed distances: from above, and from a robot's own
// front. The declarations of soccer.wgsl are appended. One invocation draws one column of a picture,
// top to bottom: on WASM four columns side by side are a vector, and what is the same for all of them
// (a world's numbers, whether a robot touches this row) stays scalar. Pictures are RGBA, 8 bits each.
// Every edge is a share of a pixel, never a yes or no, and what lies before what is decided by whole
// numbers: so targets that round differently draw the same picture, to one grey level.

const SIZE = 64u;
const AGENTS = ROBOTS; // pictures of a world from the front: one per robot

const SCALE = 0.027; // m per pixel from above: the pitch, its goals and a margin
const BALL_PIXELS_RADIUS = 1.6; // at least 3 pixels wide, or nothing can learn where it is

const PITCH = vec3f(46.0, 125.0, 80.0);
const LINE = vec3f(176.0, 214.0, 190.0);
const GOAL = vec3f(78.0, 92.0, 104.0);
const WALL = vec3f(24.0, 28.0, 34.0);
const BLUE = vec3f(64.0, 138.0, 255.0);
const ORANGE = vec3f(255.0, 142.0, 44.0);
const FRONT = vec3f(238.0, 242.0, 246.0);
const BALL = vec3f(255.0, 236.0, 92.0);
const SKY = vec3f(14.0, 17.0, 22.0);

@group(0) @binding(0) var<storage, read> worlds: array<World>;
@group(0) @binding(1) var<storage, read_write> pictures: array<u32>; // [N, 64, 64] or [N, R, 64, 64]
@group(0) @binding(2) var<storage, read_write> ground: array<u32>; // [64, 64]: the empty pitch

fn packed(colour: vec3f) -> u32 {
  let c = vec3u(clamp(colour + 0.5, vec3f(0.0), vec3f(255.0)));
  return c.x | (c.y << 8u) | (c.z << 16u) | 0xff000000u;
}

fn unpacked(pixel: u32) -> vec3f {
  return vec3f(
    f32(pixel & 0xffu), f32((pixel >> 8u) & 0xffu), f32((pixel >> 16u) & 0xffu));
}

fn over(below: vec3f, colour: vec3f, cover: f32) -> vec3f {
  return below + (colour - below) * cover;
}

// How much of a pixel of this size lies inside a signed distance.
fn coverOf(signedDistance: f32, pixel: f32) -> f32 {
  return clamp(0.5 - signedDistance / pixel, 0.0, 1.0);
}

// The empty pitch at a point, seen with pixels of this size.
fn groundAt(p: vec2f, pixel: f32) -> vec3f {
  let a = abs(p);
  let field = max(
    max(a.x - HALF_LENGTH, a.y - HALF_WIDTH), (a.x + a.y) * 0.70710678 - CUT_DISTANCE);
  let goal = max(a.x - HALF_LENGTH - GOAL_DEPTH, a.y - GOAL_HALF_WIDTH);
  let circle = abs(sqrt(dot(p, p)) - 0.2);
  let area = abs(max(HALF_LENGTH - 0.15 - a.x, a.y - 0.35));
  let lines = min(min(a.x, circle), area) - 0.004;
  var colour = WALL;
  colour = over(colour, GOAL, coverOf(goal, pixel));
  let grass = over(PITCH, LINE, coverOf(lines, pixel));
  return over(colour, grass, coverOf(field, pixel));
}

fn pixelPlace(x: u32, y: u32) -> vec2f {
  return vec2f(f32(x) - 31.5, 31.5 - f32(y)) * SCALE;
}

@compute @workgroup_size(WORKGROUP)
fn drawGround(@builtin(global_invocation_id) id: vec3u) {
  ground[id.x] = packed(groundAt(pixelPlace(id.x % SIZE, id.x / SIZE), SCALE));
}

fn teamColour(robot: u32) -> vec3f {
  return select(ORANGE, BLUE, robot < TEAM);
}

// A robot at a point: its team's colour, the front third light.
fn robotAt(p: vec2f, robot: Robot, team: vec3f, below: vec3f, pixel: f32) -> vec3f {
  let apart = p - robot.position;
  let l = vec2f(dot(apart, robot.heading), cross(robot.heading, apart));
  let box = max(abs(l.x), abs(l.y)) - ROBOT_HALF;
  let front = coverOf(0.4 * ROBOT_HALF - l.x, pixel);
  return over(below, over(team, FRONT, front), coverOf(box, pixel));
}

@compute @workgroup_size(WORKGROUP)
fn above(@builtin(global_invocation_id) id: vec3u) {
  let n = id.x / SIZE; // the world; uniform over four columns
  let first = id.x + n * (SIZE * SIZE - SIZE); // of this column, in `pictures`
  let x = id.x % SIZE;
  let world = worlds[n];
  let reach = ROBOT_REACH + SCALE;
  let ballRadius = max(BALL_RADIUS, BALL_PIXELS_RADIUS * SCALE);
  for (var y = 0u; y < SIZE; y++) {
    let p = pixelPlace(x, y);
    var pixel = ground[y * SIZE + x];
    for (var i = 0u; i < ROBOTS; i++) {
      if (abs(p.y - world.robots[i].position.y) < reach) {
        if (abs(p.x - world.robots[i].position.x) < reach) {
          pixel = packed(robotAt(p, world.robots[i], teamColour(i), unpacked(pixel), SCALE));
        }
      }
    }
    if (abs(p.y - world.ball.y) < ballRadius + SCALE) {
      let apart = p - world.ball;
      let distance = sqrt(dot(apart, apart)) - ballRadius;
      if (distance < SCALE) {
        pixel = packed(over(unpacked(pixel), BALL, coverOf(distance, SCALE)));
      }
    }
    pictures[first + y * SIZE] = pixel;
  }
}

// ---- from a robot's own front

const EYE_HEIGHT = 0.06;
const STEP = 0.9 / 31.5; // from column to column and row to row at distance 1: 84 degrees in all
const LOOK_DOWN = 0.35; // the middle of the picture, below the horizon, at distance 1
const WALL_HEIGHT = 0.05;
const ROBOT_HEIGHT = 0.075;
const FAR = 9.0;
const NEAR = 0.005; // what is nearer is seen as there
const ITEMS = ROBOTS + 1u; // robots, and the ball as the last

// The share of 0 .. 1 by which `x` is beyond zero, within `width` around it.
fn beyond(x: f32, width: f32) -> f32 {
  return clamp(0.5 + x / width, 0.0, 1.0);
}

// A place as its viewer has it: x ahead, y to the left.
fn seenFrom(heading: vec2f, apart: vec2f) -> vec2f {
  return vec2f(dot(apart, heading), cross(heading, apart));
}

// Ground, and a wall at `distance` (along the heading), in the row that falls by `down`.
fn wallOver(eye: vec2f, ray: vec2f, down: f32, distance: f32, side: vec3f) -> vec3f {
  let height = EYE_HEIGHT - down * distance;
  let pixel = distance * STEP;
  let share = beyond(height, pixel);
  var shown = over(SKY, side, coverOf(height - WALL_HEIGHT, pixel));
  if (share < 1.0) {
    let floor = min(EYE_HEIGHT / max(down, 1e-4), distance);
    shown = over(groundAt(eye + ray * floor, floor * STEP * 1.5), shown, share);
  }
  return shown;
}

// What a column shows of a robot's upright side.
struct Side {
  share: f32, // of the column's width
  distance: f32,
  colour: vec3f,
}

// The side from corner `a` to `b`, as its viewer has them; one that is turned away has no width.
fn sideIn(across: f32, a: vec2f, b: vec2f, colour: vec3f) -> Side {
  let inverseA = 1.0 / max(a.x, NEAR);
  let inverseB = 1.0 / max(b.x, NEAR);
  let start = a.y * inverseA;
  let end = b.y * inverseB;
  let width = min(across + 0.5 * STEP, end) - max(across - 0.5 * STEP, start);
  let part = clamp((across - start) / max(end - start, STEP), 0.0, 1.0);
  let distance = 1.0 / (inverseA + (inverseB - inverseA) * part);
  return Side(clamp(width / STEP, 0.0, 1.0), distance, colour);
}

// Of two sides across from each other at most one is seen.
fn seenOf(a: Side, b: Side) -> Side {
  let first = a.share > 0.0;
  return Side(
    select(b.share, a.share, first),
    select(b.distance, a.distance, first),
    select(b.colour, a.colour, first));
}

fn sideOver(below: vec3f, side: Side, down: f32) -> vec3f {
  let height = EYE_HEIGHT - down * side.distance;
  let pixel = side.distance * STEP;
  let upright = coverOf(height - ROBOT_HEIGHT, pixel) * beyond(height, pixel);
  return over(below, side.colour, upright * side.share);
}

// Squared distance in whole numbers, which no rounding changes.
fn rank(apart: vec2f) -> i32 {
  let whole = vec2i(floor(apart * 8192.0 + 0.5));
  return whole.x * whole.x + whole.y * whole.y;
}

// 1, and less for what is beside the eye or behind a wall.
fn nearness(ahead: f32, farthest: f32) -> f32 {
  return clamp(ahead * 50.0, 0.0, 1.0) * beyond(farthest - ahead, 0.05);
}

// Robots and ball, farthest first.
fn orderOf(n: u32, viewer: u32, order: ptr<function, array<u32, ITEMS>>) {
  let at = floor(worlds[n].robots[viewer].position * 8192.0 + 0.5) * (1.0 / 8192.0);
  var ranks: array<i32, ITEMS>;
  for (var i = 0u; i < ROBOTS; i++) {
    ranks[i] = rank(worlds[n].robots[i].position - at);
    (*order)[i] = i;
  }
  ranks[ROBOTS] = rank(worlds[n].ball - at);
  (*order)[ROBOTS] = ROBOTS;
  for (var a = 1u; a < ITEMS; a++) {
    for (var b = 0u; b < ITEMS - a; b++) {
      let near = ranks[b] < ranks[b + 1u];
      let rank = ranks[b];
      let item = (*order)[b];
      ranks[b] = select(rank, ranks[b + 1u], near);
      (*order)[b] = select(item, (*order)[b + 1u], near);
      ranks[b + 1u] = select(ranks[b + 1u], rank, near);
      (*order)[b + 1u] = select((*order)[b + 1u], item, near);
    }
  }
}

@compute @workgroup_size(WORKGROUP)
fn fromFront(@builtin(global_invocation_id) id: vec3u) {
  let picture = id.x / SIZE; // world * R + robot; uniform over four columns
  let n = picture / AGENTS;
  let viewer = picture % AGENTS;
  let first = id.x + picture * (SIZE * SIZE - SIZE);
  let heading = worlds[n].robots[viewer].heading;
  let eye = worlds[n].robots[viewer].position + heading * ROBOT_HALF;
  var order: array<u32, ITEMS>;
  orderOf(n, viewer, &order);
  let across = (31.5 - f32(id.x % SIZE)) * STEP;
  // All distances are along `heading`, so that a column of the picture is one ray in the plane.
  let ray = heading + left(heading) * across;
  let steep = max(abs(ray), vec2f(1e-6));
  // The walls, seen from inside; through the goal's mouth, its back or its side.
  let toX = max((HALF_LENGTH - eye.x * sign(ray.x)) / steep.x, 1e-3);
  let toY = max((HALF_WIDTH - eye.y * sign(ray.y)) / steep.y, 1e-3);
  let wall = min(min(toX, toY), FAR);
  let inMouth = beyond(GOAL_HALF_WIDTH - abs(eye.y + toX * ray.y), toX * STEP / steep.x)
    * clamp((toY - toX) * 10.0, 0.0, 1.0);
  let toSide = (GOAL_HALF_WIDTH - eye.y * sign(ray.y)) / steep.y;
  let goal = clamp(min(toX + GOAL_DEPTH / steep.x, toSide), wall, FAR);
  let farthest = wall + (goal - wall) * inMouth + 0.08;
  // Robots that this column shows, by what of them it shows, and the ball, a disc that faces the eye.
  var ends: array<Side, ITEMS>; // front or back
  var flanks: array<Side, ITEMS>;
  var seen: array<f32, ITEMS>;
  for (var i = 0u; i < ROBOTS; i++) {
    let at = seenFrom(heading, worlds[n].robots[i].position - eye);
    let u = seenFrom(heading, worlds[n].robots[i].heading) * ROBOT_HALF;
    let team = teamColour(i);
    let frontLeft = at + u + left(u);
    let frontRight = at + u - left(u);
    let backLeft = at - u + left(u);
    let backRight = at - u - left(u);
    ends[i] = seenOf(
      sideIn(across, frontLeft, frontRight, FRONT), sideIn(across, backRight, backLeft, team));
    flanks[i] = seenOf(
      sideIn(across, frontRight, backRight, team * 0.8),
      sideIn(across, backLeft, frontLeft, team * 0.8));
    let some = i != viewer && ends[i].share + flanks[i].share > 0.0;
    seen[i] = select(0.0, nearness(at.x, farthest), some);
  }
  let ball = seenFrom(heading, worlds[n].ball - eye);
  let ballPixel = max(ball.x, NEAR) * STEP;
  let ballRadius = max(BALL_RADIUS, 1.5 * ballPixel);
  let ballAside = (ball.y - max(ball.x, NEAR) * across) / sqrt(1.0 + across * across);
  seen[ROBOTS] = select(
    0.0, nearness(ball.x, farthest), abs(ballAside) < ballRadius + ballPixel);
  for (var y = 0u; y < SIZE; y++) {
    // Height above the ground falls by `down` per distance.
    let down = LOOK_DOWN + (f32(y) - 31.5) * STEP;
    var shown = wallOver(eye, ray, down, wall, WALL * 1.8);
    if (inMouth > 0.0) {
      shown = over(shown, wallOver(eye, ray, down, goal, GOAL), inMouth);
    }
    for (var k = 0u; k < ITEMS; k++) {
      let item = order[k];
      if (seen[item] > 0.0) {
        if (item == ROBOTS) {
          let height = EYE_HEIGHT - down * max(ball.x, NEAR) - BALL_RADIUS;
          let off = sqrt(ballAside * ballAside + height * height) - ballRadius;
          shown = over(shown, BALL, coverOf(off, ballPixel) * seen[item]);
        } else {
          let robot = sideOver(sideOver(shown, ends[item], down), flanks[item], down);
          shown = over(shown, robot, seen[item]);
        }
      }
    }
    pictures[first + y * SIZE] = packed(shown);
  }
}
