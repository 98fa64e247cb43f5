// Pictures of soccer worlds, 64 x 64, drawn by signed distances: from above, and from a robot's own
// front. The declarations of soccer.wgsl are appended. One invocation draws one column of a picture,
// top to bottom: on WASM four columns side by side are a vector, and what is the same for all of them
// (a world's numbers, whether a robot touches this row) stays scalar. Pictures are RGBA, 8 bits each.

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
  let areaInside = select(1.0, area, a.x < HALF_LENGTH + 0.01 && a.y < 0.36);
  let lines = min(min(a.x, circle), areaInside) - 0.004;
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
const VIEW = 0.9; // half of the picture's width at distance 1: 84 degrees
const LOOK_DOWN = 0.35; // the middle of the picture, below the horizon, at distance 1
const WALL_HEIGHT = 0.05;
const ROBOT_HEIGHT = 0.075;
const FAR = 9.0;

// Where a ray in the plane enters a box of half size `half`, at its own frame; FAR where it does not.
fn entersBox(at: vec2f, ray: vec2f, half: vec2f) -> f32 {
  let inverse = 1.0 / select(ray, vec2f(1e-6), abs(ray) < vec2f(1e-6));
  let middle = -at * inverse;
  let size = half * abs(inverse);
  let near = max(middle.x - size.x, middle.y - size.y);
  let away = min(middle.x + size.x, middle.y + size.y);
  return select(FAR, near, near < away && near > 0.0);
}

@compute @workgroup_size(WORKGROUP)
fn fromFront(@builtin(global_invocation_id) id: vec3u) {
  let picture = id.x / SIZE; // world * R + robot; uniform over four columns
  let n = picture / AGENTS;
  let viewer = picture % AGENTS;
  let first = id.x + picture * (SIZE * SIZE - SIZE);
  let world = worlds[n];
  let heading = worlds[n].robots[viewer].heading;
  let eye = worlds[n].robots[viewer].position + heading * ROBOT_HALF;
  let across = (31.5 - f32(id.x % SIZE)) * (VIEW / 31.5);
  // All distances are along `heading`, so that a column of the picture is one ray in the plane.
  let ray = heading + left(heading) * across;
  let size = sqrt(1.0 + across * across);
  // The walls, seen from inside; behind the goal's mouth the wall is farther.
  let toX = (HALF_LENGTH - eye.x * sign(ray.x)) / max(abs(ray.x), 1e-6);
  let toY = (HALF_WIDTH - eye.y * sign(ray.y)) / max(abs(ray.y), 1e-6);
  let inMouth = abs(eye.y + toX * ray.y) < GOAL_HALF_WIDTH;
  let deeper = toX + select(0.0, GOAL_DEPTH / max(abs(ray.x), 1e-6), inMouth);
  let wall = clamp(min(deeper, toY), 1e-3, FAR);
  let behindGoal = inMouth && deeper <= toY;
  // The nearest robot and the ball along this column.
  var nearest = FAR;
  var colour = BLUE;
  for (var i = 0u; i < ROBOTS; i++) {
    let apart = eye - world.robots[i].position;
    let u = world.robots[i].heading;
    let at = vec2f(dot(apart, u), cross(u, apart));
    let turned = vec2f(dot(ray, u), cross(u, ray));
    let hit = entersBox(at, turned, vec2f(ROBOT_HALF));
    let entry = at + turned * hit;
    let face = select(teamColour(i), FRONT, entry.x > 0.95 * ROBOT_HALF);
    let nearer = i != viewer && hit < nearest;
    colour = select(colour, face * select(0.8, 1.0, abs(entry.x) > 0.95 * ROBOT_HALF), nearer);
    nearest = select(nearest, hit, nearer);
  }
  let toBall = world.ball - eye;
  let ballAhead = dot(toBall, heading);
  let ballOff = (cross(heading, toBall) - ballAhead * across) / size; // from the ray, sideways
  for (var y = 0u; y < SIZE; y++) {
    // Height above the ground falls by `down` per distance.
    let down = LOOK_DOWN + (f32(y) - 31.5) * (VIEW / 31.5);
    let floor = select(FAR, EYE_HEIGHT / max(down, 1e-4), down > 0.0);
    var shown = SKY;
    if (floor < wall) {
      shown = groundAt(eye + ray * floor, floor * (VIEW / 31.5) * 1.5);
    } else {
      let height = EYE_HEIGHT - down * wall;
      let side = select(WALL * 1.8, GOAL, behindGoal);
      shown = over(SKY, side, coverOf(height - WALL_HEIGHT, wall * (VIEW / 31.5)));
    }
    let robotTop = EYE_HEIGHT - down * nearest - ROBOT_HEIGHT;
    let robotShown = nearest < wall && floor > nearest;
    let cover = coverOf(robotTop, nearest * (VIEW / 31.5));
    shown = select(shown, over(shown, colour, cover), robotShown);
    // The ball, a disc that faces the eye.
    let ballY = EYE_HEIGHT - down * ballAhead - BALL_RADIUS;
    let ballPixel = ballAhead * (VIEW / 31.5);
    let ballRadius = max(BALL_RADIUS, 1.5 * ballPixel);
    let ballDistance = sqrt(ballOff * ballOff + ballY * ballY) - ballRadius;
    let ballShown = ballAhead > 0.01 && ballAhead < nearest && ballAhead < wall + 0.1;
    let ballCover = select(0.0, coverOf(ballDistance, max(ballPixel, 1e-4)), ballShown);
    pictures[first + y * SIZE] = packed(over(shown, BALL, ballCover));
  }
}
