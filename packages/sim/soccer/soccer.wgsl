// Robot soccer on the scale of the IEEE Very Small Size league (VSSS): two teams of two-wheeled
// robots, a golf ball, a walled pitch with cut corners and two goals. Read top to bottom:
// parameters, state, physics, rules, observations, entry points. SI units; x along the pitch, blue
// (robots 0 .. TEAM - 1) attacks +x. Sources of the numbers stand in parameters.ts. Lines marked
// `roles:` are part of the text only together with roles.wgsl.

const TEAM = 3u;
const ROBOTS = TEAM * 2u;
const OTHERS = ROBOTS - 1u;
const WORKGROUP = 64u;
const TICKS_PER_STEP = 1u; // wheels are held and rewards summed over the ticks of a step
const SUBSTEPS = 10u;
const DT = 1.0 / 600.0;

// Pitch
const HALF_LENGTH = 0.75;
const HALF_WIDTH = 0.65;
const GOAL_HALF_WIDTH = 0.2;
const GOAL_DEPTH = 0.1;
const CORNER_CUT = 0.07; // leg of the triangle that fills each corner

// Ball
const BALL_RADIUS = 0.0215;
const BALL_MASS = 0.046;
const BALL_ROLLING_DECELERATION = 0.3;
const BALL_DRAG = 0.15; // 1/s
const BALL_WALL_RESTITUTION = 0.65;
const BALL_NET_RESTITUTION = 0.1;
const BALL_ROBOT_RESTITUTION = 0.5;
const BALL_ROBOT_FRICTION = 0.25;

// Robot: a cube on two wheels
const ROBOT_HALF = 0.0375; // half of a side
const ROBOT_MASS = 0.15;
const ROBOT_TRACK = 0.065; // between the wheels
const ROBOT_CUP = 4.5; // 1/m: how much front and back curve inwards, so that a ball can be led
const ROBOT_RESTITUTION = 0.2;
const ROBOT_FRICTION = 0.2;
const WHEEL_SPEED_MAX = 1.5;
const WHEEL_ACCELERATION = 9.0; // what the tyres hold along the wheels ...
const LATERAL_ACCELERATION = 9.0; // ... and across them

// Rewards, per robot and tick; all but the goal are differences of potentials (Ng et al. 1999)
const REWARD_GOAL = 1.0;
const REWARD_BALL = 0.4; // ball from own goal to theirs: + 2 * REWARD_BALL
const REWARD_APPROACH = 0.1; // per metre nearer to the ball

const ROBOT_REACH = ROBOT_HALF * 1.41421356; // centre to corner
const ROBOT_INERTIA = ROBOT_MASS * ROBOT_HALF * ROBOT_HALF * 0.66666667; // of a square
const GOAL_LINE = HALF_LENGTH + BALL_RADIUS; // the whole ball is over the line
const CUT_DISTANCE = (HALF_LENGTH + HALF_WIDTH - CORNER_CUT) * 0.70710678;

const KICK_OFF = 0u;
const PLAY = 1u;
const CELEBRATION = 2u;
const OVER = 3u;

const TERMINATED = 1u;
const TRUNCATED = 2u;
const RESET = 4u;

const EVENT_GOAL_BLUE = 1u;
const EVENT_GOAL_ORANGE = 2u;
const EVENT_KICK_OFF = 4u;
const EVENT_FREE_BALL = 8u;
const EVENT_OVER = 16u;

const NOBODY = 255u; // in place of a robot
const EVENT_SCORER = 8u; // who touched the ball last before a goal: `events` from this bit on

const STALL_DISTANCE = 0.08;
const REST = 1e-8;

struct Robot {
  position: vec2f,
  heading: vec2f, // unit vector
  velocity: vec2f,
  turnRate: f32,
  kick: f32, // fastest approach of the ball to this robot in the latest tick
}

struct World {
  ball: vec2f,
  ballVelocity: vec2f,
  robots: array<Robot, ROBOTS>,
  scoreBlue: u32,
  scoreOrange: u32,
  phase: u32,
  phaseTicks: u32, // until the phase ends by itself
  tick: u32, // since the episode began
  clock: u32, // of those, in play
  stallPosition: vec2f,
  stallTicks: u32,
  kickOffTeam: u32, // who has the kick-off
  lastTouch: u32, // the robot that touched the ball last since it was put down, or NOBODY
  end: u32, // TERMINATED or TRUNCATED once over
  events: u32, // of the latest tick
  wallHit: f32, // fastest meeting of ball and wall in the latest tick
  clash: f32, // fastest meeting of two robots, or of a robot and a wall, in the latest tick
  seed: u32,
  draws: u32, // random numbers drawn since the episode began
}

struct Rules {
  ticksMax: u32,
  goalsMax: u32,
  kickOffTicks: u32,
  celebrationTicks: u32,
  stallTicks: u32,
  randomStartPercent: u32,
}

// Another robot, in the frame of the one that looks: x forward, y left.
struct Other {
  forward: f32,
  left: f32,
  velocityForward: f32,
  velocityLeft: f32,
}

// What one robot sees, in about -1 .. 1. Pitch coordinates are turned so that its team attacks +x.
struct Observation {
  x: f32,
  y: f32,
  headingX: f32,
  headingY: f32,
  speedForward: f32,
  speedLeft: f32,
  turnRate: f32,
  ballForward: f32,
  ballLeft: f32,
  ballVelocityForward: f32,
  ballVelocityLeft: f32,
  ballDirectionForward: f32, // unit vector
  ballDirectionLeft: f32,
  ballNear: f32, // 1 at the ball, 0.5 at 10 cm
  goalForward: f32, // unit vector from the ball to the opponents' goal
  goalLeft: f32,
  ownGoalForward: f32, // unit vector from the ball to the own goal
  ownGoalLeft: f32,
  ballX: f32,
  ballY: f32,
  others: array<Other, OTHERS>, // opponents, nearest first, then team mates, nearest first
  // roles: role: array<f32, ROLES>,
}

// The left-hand side of v.
fn left(v: vec2f) -> vec2f {
  return vec2f(-v.y, v.x);
}

fn cross(a: vec2f, b: vec2f) -> f32 {
  return a.x * b.y - a.y * b.x;
}

// Everything up to here is also read by kernels that act on observations (soccer.ts).
@group(0) @binding(0) var<storage, read_write> worlds: array<World>;
@group(0) @binding(1) var<storage, read_write> observations: array<Observation>; // [N, R]
@group(0) @binding(2) var<storage, read_write> actions: array<i32>; // [N, R, 2]: left, right
@group(0) @binding(3) var<storage, read_write> rewards: array<f32>; // [N, R]
@group(0) @binding(4) var<storage, read_write> ends: array<u32>; // [N]
@group(0) @binding(5) var<storage, read> seeds: array<u32>; // [N]
@group(0) @binding(6) var<uniform> rules: Rules;

// ---- physics

// -1 or 1, and in between where x is about zero: a face against a face touches in its middle.
fn softSign(x: f32) -> f32 {
  return clamp(x * 12.0, -1.0, 1.0);
}

// The point of a square with unit axes `u` and left(u) that lies farthest along `n`, from its centre.
fn support(u: vec2f, n: vec2f) -> vec2f {
  let w = left(u);
  return u * (ROBOT_HALF * softSign(dot(n, u))) + w * (ROBOT_HALF * softSign(dot(n, w)));
}

// Each wheel pulls its side of the robot towards the commanded speed, as hard as its tyre holds.
fn drive(world: ptr<function, World>, i: u32, command: vec2f) {
  let heading = (*world).robots[i].heading;
  let velocity = (*world).robots[i].velocity;
  let turnRate = (*world).robots[i].turnRate;
  let forward = dot(velocity, heading);
  let slip = cross(heading, velocity);
  let rim = turnRate * (0.5 * ROBOT_TRACK);
  let hold = WHEEL_ACCELERATION * DT;
  let holdLeft = LATERAL_ACCELERATION * DT;
  let pullLeft = clamp(command.x - forward + rim, -hold, hold);
  let pullRight = clamp(command.y - forward - rim, -hold, hold);
  let moved = velocity + heading * (0.5 * (pullLeft + pullRight))
    - left(heading) * clamp(slip, -holdLeft, holdLeft);
  let turned = turnRate + (pullRight - pullLeft) * (1.0 / ROBOT_TRACK);
  let angle = turned * DT;
  // Rotation by a small angle; `tick` takes the growing length back.
  (*world).robots[i].heading = heading * (1.0 - 0.5 * angle * angle)
    + left(heading) * (angle - angle * angle * angle * 0.16666667);
  (*world).robots[i].velocity = moved;
  (*world).robots[i].turnRate = turned;
  (*world).robots[i].position = (*world).robots[i].position + moved * DT;
}

fn rollBall(world: ptr<function, World>) {
  let velocity = (*world).ballVelocity;
  let speed = sqrt(dot(velocity, velocity)) + 1e-6;
  let kept = max(0.0, 1.0 - BALL_DRAG * DT - BALL_ROLLING_DECELERATION * DT / speed);
  (*world).ballVelocity = velocity * kept;
  (*world).ball = (*world).ball + (*world).ballVelocity * DT;
}

// Two squares, by separating axes: each one's own two. An impulse at the contact, then apart.
fn meetRobot(world: ptr<function, World>, i: u32, j: u32) {
  let apart = (*world).robots[j].position - (*world).robots[i].position;
  if (dot(apart, apart) < 4.0 * ROBOT_REACH * ROBOT_REACH) {
    let u = (*world).robots[i].heading;
    let w = (*world).robots[j].heading;
    let turn = cross(u, w);
    let extent = ROBOT_HALF * (1.0 + abs(dot(u, w)) + abs(turn));
    let di = vec2f(dot(apart, u), cross(u, apart));
    let dj = vec2f(dot(apart, w), cross(w, apart));
    let overlapI = extent - max(abs(di.x), abs(di.y));
    let overlapJ = extent - max(abs(dj.x), abs(dj.y));
    let overlap = min(overlapI, overlapJ);
    if (overlap > 0.0) {
      let byI = overlapI <= overlapJ;
      let axis = select(w, u, byI);
      let d = select(dj, di, byI);
      let alongAxis = abs(d.x) >= abs(d.y);
      let towards = select(d.y, d.x, alongAxis);
      let normal = select(left(axis), axis, alongAxis) * select(-1.0, 1.0, towards >= 0.0);
      // The corner of the other square; faces in line touch in the middle of what they share.
      let cornerI = support(u, normal);
      let cornerJ = apart - support(w, normal);
      let corner = select(cornerI, cornerJ, byI);
      let inLine = max(0.0, 1.0 - 12.0 * min(abs(turn), abs(dot(u, w))));
      let armI = corner + (0.5 * (cornerI + cornerJ) - corner) * inLine;
      let armJ = armI - apart;
      let relative = (*world).robots[j].velocity + left(armJ) * (*world).robots[j].turnRate
        - (*world).robots[i].velocity - left(armI) * (*world).robots[i].turnRate;
      let closing = -dot(relative, normal);
      let leverI = cross(armI, normal);
      let leverJ = cross(armJ, normal);
      let yields = 2.0 / ROBOT_MASS + (leverI * leverI + leverJ * leverJ) * (1.0 / ROBOT_INERTIA);
      let push = max(0.0, closing) * (1.0 + ROBOT_RESTITUTION) / yields;
      let tangent = left(normal);
      let sideI = dot(armI, normal); // lever of an impulse along the tangent
      let sideJ = dot(armJ, normal);
      let gives = 2.0 / ROBOT_MASS + (sideI * sideI + sideJ * sideJ) * (1.0 / ROBOT_INERTIA);
      let rub = clamp(
        -dot(relative, tangent) / gives, -ROBOT_FRICTION * push, ROBOT_FRICTION * push);
      let impulse = normal * push + tangent * rub;
      let shift = normal * (0.5 * overlap);
      (*world).robots[i].velocity -= impulse * (1.0 / ROBOT_MASS);
      (*world).robots[j].velocity += impulse * (1.0 / ROBOT_MASS);
      (*world).robots[i].turnRate -= cross(armI, impulse) * (1.0 / ROBOT_INERTIA);
      (*world).robots[j].turnRate += cross(armJ, impulse) * (1.0 / ROBOT_INERTIA);
      (*world).robots[i].position -= shift;
      (*world).robots[j].position += shift;
      (*world).clash = max((*world).clash, closing);
    }
  }
}

// A circle against a square, in the square's frame.
fn meetBall(world: ptr<function, World>, i: u32) {
  let apart = (*world).ball - (*world).robots[i].position;
  let reach = ROBOT_REACH + BALL_RADIUS;
  if (dot(apart, apart) < reach * reach) {
    let u = (*world).robots[i].heading;
    let at = vec2f(dot(apart, u), cross(u, apart));
    let face = clamp(at, vec2f(-ROBOT_HALF), vec2f(ROBOT_HALF));
    let gap = at - face;
    let distance2 = dot(gap, gap);
    if (distance2 < BALL_RADIUS * BALL_RADIUS) {
      let size = abs(at);
      let lengthwise = size.x >= size.y;
      // Outwards through the nearest face when the ball's centre is inside, and for the cup.
      let outwards = select(
        vec2f(0.0, select(-1.0, 1.0, at.y >= 0.0)),
        vec2f(select(-1.0, 1.0, at.x >= 0.0), 0.0), lengthwise);
      let inside = distance2 < 1e-8;
      let distance = sqrt(max(distance2, 1e-8));
      let depth = BALL_RADIUS
        - select(distance, max(size.x, size.y) - ROBOT_HALF, inside);
      var normal = select(gap / distance, outwards, inside);
      // The curved front turns the normal towards the middle.
      let cup = select(0.0, ROBOT_CUP * face.y, lengthwise && size.y < ROBOT_HALF);
      normal = vec2f(normal.x, normal.y - cup);
      normal = normal * (1.0 / sqrt(dot(normal, normal)));
      let d = (*world).ballVelocity - (*world).robots[i].velocity;
      let relative = vec2f(dot(d, u), cross(u, d)) - left(face) * (*world).robots[i].turnRate;
      let closing = max(0.0, -dot(relative, normal));
      let lever = cross(face, normal);
      let yields = 1.0 / BALL_MASS + 1.0 / ROBOT_MASS + lever * lever * (1.0 / ROBOT_INERTIA);
      // A slow touch does not bounce, so that a ball can be led.
      let bounce = BALL_ROBOT_RESTITUTION * clamp(closing * 4.0 - 0.6, 0.0, 1.0);
      let push = closing * (1.0 + bounce) / yields;
      let tangent = left(normal);
      let side = dot(face, normal); // lever of an impulse along the tangent
      let gives = 1.0 / BALL_MASS + 1.0 / ROBOT_MASS + side * side * (1.0 / ROBOT_INERTIA);
      let rub = clamp(-dot(relative, tangent) / gives,
        -BALL_ROBOT_FRICTION * push, BALL_ROBOT_FRICTION * push);
      let local = normal * push + tangent * rub;
      let impulse = u * local.x + left(u) * local.y;
      let outward = u * normal.x + left(u) * normal.y;
      let share = ROBOT_MASS / (ROBOT_MASS + BALL_MASS);
      (*world).ballVelocity += impulse * (1.0 / BALL_MASS);
      (*world).ball += outward * (depth * share);
      (*world).robots[i].velocity -= impulse * (1.0 / ROBOT_MASS);
      (*world).robots[i].turnRate -= cross(face, local) * (1.0 / ROBOT_INERTIA);
      (*world).robots[i].position -= outward * (depth * (1.0 - share));
      (*world).robots[i].kick = max((*world).robots[i].kick, closing);
      (*world).lastTouch = i;
    }
  }
}

// Walls, seen from the quarter of the pitch where x and y are positive: the other three are mirrored
// onto it. Of all walls, the one that the robot is deepest in pushes.
fn robotMeetsWalls(world: ptr<function, World>, i: u32) {
  let position = (*world).robots[i].position;
  let p = abs(position);
  if (p.x > HALF_LENGTH - ROBOT_REACH || p.y > HALF_WIDTH - ROBOT_REACH
    || p.x + p.y > HALF_LENGTH + HALF_WIDTH - CORNER_CUT - ROBOT_REACH * 1.41421356) {
    let mirror = vec2f(select(-1.0, 1.0, position.x >= 0.0), select(-1.0, 1.0, position.y >= 0.0));
    let handed = mirror.x * mirror.y;
    let u = (*world).robots[i].heading * mirror;
    // Farthest corners along the pitch, across it, and towards the cut corner.
    let cornerX = support(u, vec2f(1.0, 0.0));
    let cornerY = support(u, vec2f(0.0, 1.0));
    let cornerC = support(u, vec2f(0.70710678, 0.70710678));
    let x = p + cornerX;
    let y = p + cornerY;
    let c = p + cornerC;
    var normal = vec2f(0.0, 1.0);
    var arm = cornerY;
    // Inside the goal its side is the nearer wall.
    let inGoal = y.x > HALF_LENGTH && y.y - GOAL_HALF_WIDTH < y.x - HALF_LENGTH;
    var depth = y.y - select(HALF_WIDTH, GOAL_HALF_WIDTH, inGoal);
    let intoGoal = x.y < GOAL_HALF_WIDTH || x.y - GOAL_HALF_WIDTH < x.x - HALF_LENGTH;
    let depthX = x.x - HALF_LENGTH - select(0.0, GOAL_DEPTH, intoGoal);
    if (depthX > depth) {
      depth = depthX;
      normal = vec2f(1.0, 0.0);
      arm = cornerX;
    }
    let depthC = (c.x + c.y) * 0.70710678 - CUT_DISTANCE;
    if (depthC > depth) {
      depth = depthC;
      normal = vec2f(0.70710678, 0.70710678);
      arm = cornerC;
    }
    // The goal post is a point.
    let post = vec2f(HALF_LENGTH, GOAL_HALF_WIDTH) - p;
    let local = vec2f(dot(post, u), cross(u, post));
    let depthP = ROBOT_HALF - max(abs(local.x), abs(local.y));
    if (depthP > 0.0 && depthP > depth) {
      depth = depthP;
      arm = post;
      normal = select(
        left(u) * select(-1.0, 1.0, local.y >= 0.0),
        u * select(-1.0, 1.0, local.x >= 0.0), abs(local.x) >= abs(local.y));
    }
    if (depth > 0.0) {
      let velocity = (*world).robots[i].velocity * mirror;
      let turnRate = (*world).robots[i].turnRate * handed;
      let relative = velocity + left(arm) * turnRate;
      let closing = dot(relative, normal);
      let lever = cross(arm, normal);
      let yields = 1.0 / ROBOT_MASS + lever * lever * (1.0 / ROBOT_INERTIA);
      let push = max(0.0, closing) * (1.0 + ROBOT_RESTITUTION) / yields;
      let tangent = left(normal);
      let side = dot(arm, normal); // lever of an impulse along the tangent
      let gives = 1.0 / ROBOT_MASS + side * side * (1.0 / ROBOT_INERTIA);
      let rub = clamp(
        dot(relative, tangent) / gives, -ROBOT_FRICTION * push, ROBOT_FRICTION * push);
      let impulse = normal * push + tangent * rub;
      (*world).robots[i].velocity -= impulse * mirror * (1.0 / ROBOT_MASS);
      (*world).robots[i].turnRate -= handed * cross(arm, impulse) * (1.0 / ROBOT_INERTIA);
      (*world).robots[i].position -= normal * mirror * depth;
      (*world).clash = max((*world).clash, closing);
    }
  }
}

fn ballMeetsWalls(world: ptr<function, World>) {
  let position = (*world).ball;
  let p = abs(position);
  if (p.x > HALF_LENGTH - BALL_RADIUS || p.y > HALF_WIDTH - BALL_RADIUS
    || p.x + p.y > HALF_LENGTH + HALF_WIDTH - CORNER_CUT - BALL_RADIUS * 1.41421356) {
    let mirror = vec2f(select(-1.0, 1.0, position.x >= 0.0), select(-1.0, 1.0, position.y >= 0.0));
    let inMouth = p.y < GOAL_HALF_WIDTH;
    let inGoal = inMouth && p.x >= HALF_LENGTH;
    var normal = vec2f(0.0, 1.0);
    var depth = p.y + BALL_RADIUS - select(HALF_WIDTH, GOAL_HALF_WIDTH, inGoal);
    let depthX = p.x + BALL_RADIUS - HALF_LENGTH - select(0.0, GOAL_DEPTH, inMouth);
    if (depthX > depth) {
      depth = depthX;
      normal = vec2f(1.0, 0.0);
    }
    let depthC = (p.x + p.y) * 0.70710678 + BALL_RADIUS - CUT_DISTANCE;
    if (depthC > depth) {
      depth = depthC;
      normal = vec2f(0.70710678, 0.70710678);
    }
    let post = vec2f(HALF_LENGTH, GOAL_HALF_WIDTH) - p;
    let distance = sqrt(dot(post, post)) + 1e-6;
    let depthP = BALL_RADIUS - distance;
    if (inMouth && !inGoal && depthP > depth) {
      depth = depthP;
      normal = post / distance;
    }
    if (depth > 0.0) {
      let closing = max(0.0, dot((*world).ballVelocity * mirror, normal));
      let bounce = select(BALL_WALL_RESTITUTION, BALL_NET_RESTITUTION, inGoal);
      (*world).ballVelocity -= normal * mirror * (closing * (1.0 + bounce));
      (*world).ball -= normal * mirror * depth;
      (*world).wallHit = max((*world).wallHit, closing);
    }
  }
}

fn substep(world: ptr<function, World>, commands: ptr<function, array<vec2f, ROBOTS>>) {
  for (var i = 0u; i < ROBOTS; i++) {
    drive(world, i, (*commands)[i]);
  }
  rollBall(world);
  for (var i = 0u; i < ROBOTS - 1u; i++) {
    for (var j = i + 1u; j < ROBOTS; j++) {
      meetRobot(world, i, j);
    }
  }
  for (var i = 0u; i < ROBOTS; i++) {
    meetBall(world, i);
  }
  for (var i = 0u; i < ROBOTS; i++) {
    robotMeetsWalls(world, i);
  }
  ballMeetsWalls(world);
}

// ---- rules

fn draw(world: ptr<function, World>) -> u32 {
  (*world).draws += 1u;
  return pcgHash2((*world).seed, (*world).draws);
}

fn sideOf(robot: u32) -> f32 {
  return select(-1.0, 1.0, robot < TEAM);
}

// Marks of a kick-off, for a team that attacks +x: in front, the keeper last, others between.
fn markOf(slot: u32, kicking: bool) -> vec2f {
  if (slot == 0u) {
    return vec2f(select(-0.4, -0.2, kicking), 0.0);
  }
  return select(vec2f(-0.35, 0.3), vec2f(-0.65, 0.0), slot + 1u == TEAM);
}

// One of eight cells of the pitch, a different one for each `item`, and a place within it.
fn scatter(world: ptr<function, World>, cell: u32, margin: f32) -> vec2f {
  let a = draw(world);
  let b = draw(world);
  let centre = vec2f(f32(cell & 3u) * 0.375 - 0.5625, f32((cell >> 2u) & 1u) * 0.65 - 0.325);
  return centre + vec2f(
    uniformBetween(a, margin - 0.1875, 0.1875 - margin),
    uniformBetween(b, margin - 0.325, 0.325 - margin));
}

fn placeKickOff(world: ptr<function, World>) {
  let chance = draw(world);
  let anywhere = uniformBelow(chance, 100u) < rules.randomStartPercent;
  let cells = draw(world);
  let stride = (cells & 3u) * 2u + 1u; // odd: a permutation of eight
  let first = cells >> 2u;
  for (var i = 0u; i < ROBOTS; i++) {
    let side = sideOf(i);
    let kicking = ((*world).kickOffTeam == 0u) == (i < TEAM);
    let somewhere = scatter(world, (i + 1u) * stride + first, 0.05);
    let a = draw(world);
    let b = draw(world);
    let c = draw(world);
    let jitter = vec2f(uniformBetween(a, -0.01, 0.01), uniformBetween(b, -0.01, 0.01));
    let mark = markOf(select(i, i - TEAM, i >= TEAM), kicking) * side + jitter;
    let spread = select(0.1, 3.14159265, anywhere);
    let angle = uniformBetween(c, -spread, spread);
    (*world).robots[i].position = select(mark, somewhere, anywhere);
    (*world).robots[i].heading = vec2f(approxCos(angle), approxSin(angle)) * side;
    (*world).robots[i].velocity = vec2f(0.0);
    (*world).robots[i].turnRate = 0.0;
    (*world).robots[i].kick = 0.0;
  }
  let ball = scatter(world, first, 0.03);
  let x = draw(world);
  let y = draw(world);
  let rolling = vec2f(uniformBetween(x, -0.6, 0.6), uniformBetween(y, -0.6, 0.6));
  let moves = anywhere && (cells & 0x80000000u) != 0u;
  (*world).ball = select(vec2f(0.0), ball, anywhere);
  (*world).ballVelocity = select(vec2f(0.0), rolling, moves);
  (*world).lastTouch = NOBODY;
  (*world).stallPosition = (*world).ball;
  (*world).stallTicks = 0u;
  let wait = select(rules.kickOffTicks, 0u, anywhere);
  (*world).phase = select(PLAY, KICK_OFF, wait > 0u);
  (*world).phaseTicks = wait;
}

fn startEpisode(world: ptr<function, World>, seed: u32) {
  (*world).seed = seed;
  (*world).draws = 0u;
  (*world).scoreBlue = 0u;
  (*world).scoreOrange = 0u;
  (*world).tick = 0u;
  (*world).clock = 0u;
  (*world).end = 0u;
  (*world).events = 0u;
  (*world).wallHit = 0.0;
  (*world).clash = 0.0;
  (*world).kickOffTeam = draw(world) >> 31u;
  placeKickOff(world);
}

// A ball that nobody gets away is put on the free-ball mark of its quarter of the pitch, or on the
// one across where it lies there already.
fn freeBall(world: ptr<function, World>) {
  let ball = (*world).ball;
  let mark = vec2f(select(-0.375, 0.375, ball.x >= 0.0), select(-0.4, 0.4, ball.y >= 0.0));
  let away = ball - mark;
  let a = draw(world);
  let b = draw(world);
  let jitter = vec2f(uniformBetween(a, -0.02, 0.02), uniformBetween(b, -0.02, 0.02));
  (*world).ball = vec2f(mark.x, select(mark.y, -mark.y, dot(away, away) < 0.04)) + jitter;
  (*world).ballVelocity = vec2f(0.0);
  (*world).stallPosition = (*world).ball;
  (*world).stallTicks = 0u;
  (*world).events |= EVENT_FREE_BALL;
}

// How good the ball lies for blue, -1 .. 1: nearer to orange's goal than to its own.
fn advantage(ball: vec2f) -> f32 {
  let toOrange = vec2f(HALF_LENGTH - ball.x, ball.y);
  let toBlue = vec2f(HALF_LENGTH + ball.x, ball.y);
  return (sqrt(dot(toBlue, toBlue)) - sqrt(dot(toOrange, toOrange))) * (0.5 / HALF_LENGTH);
}

fn distanceToBall(world: ptr<function, World>, i: u32) -> f32 {
  let apart = (*world).ball - (*world).robots[i].position;
  return sqrt(dot(apart, apart));
}

fn judge(world: ptr<function, World>) {
  let ball = (*world).ball;
  if ((*world).phase == PLAY) {
    (*world).clock += 1u;
    let blue = ball.x > GOAL_LINE;
    let orange = ball.x < -GOAL_LINE;
    if (blue || orange) {
      (*world).scoreBlue += select(0u, 1u, blue);
      (*world).scoreOrange += select(0u, 1u, orange);
      (*world).events |= select(EVENT_GOAL_ORANGE, EVENT_GOAL_BLUE, blue)
        | ((*world).lastTouch << EVENT_SCORER);
      (*world).kickOffTeam = select(0u, 1u, blue);
      (*world).phase = CELEBRATION;
      (*world).phaseTicks = rules.celebrationTicks;
      let most = max((*world).scoreBlue, (*world).scoreOrange);
      (*world).end = select(0u, TERMINATED, rules.goalsMax > 0u && most >= rules.goalsMax);
    }
    if (rules.ticksMax > 0u && (*world).clock >= rules.ticksMax) {
      (*world).end |= TRUNCATED;
    }
    let rolled = ball - (*world).stallPosition;
    if (dot(rolled, rolled) > STALL_DISTANCE * STALL_DISTANCE) {
      (*world).stallPosition = ball;
      (*world).stallTicks = 0u;
    } else {
      (*world).stallTicks += 1u;
      if (rules.stallTicks > 0u && (*world).stallTicks >= rules.stallTicks) {
        freeBall(world);
      }
    }
  } else if ((*world).phase == KICK_OFF) {
    (*world).phaseTicks -= 1u;
    if ((*world).phaseTicks == 0u) {
      (*world).phase = PLAY;
      (*world).events |= EVENT_KICK_OFF;
    }
  }
  if ((*world).end != 0u) {
    (*world).phase = OVER;
    (*world).phaseTicks = 0u;
    (*world).events |= EVENT_OVER;
  }
  if ((*world).phase == CELEBRATION) {
    if ((*world).phaseTicks == 0u) {
      placeKickOff(world);
    } else {
      (*world).phaseTicks -= 1u;
    }
  }
}

// What hardly moves rests. Robots that lean on a wall would come to subnormal numbers, which x86
// computes about twenty times slower: 0.7 against 1.8 million steps per second were measured.
fn settled(v: vec2f) -> vec2f {
  return vec2f(select(v.x, 0.0, abs(v.x) < REST), select(v.y, 0.0, abs(v.y) < REST));
}

fn tick(
  world: ptr<function, World>,
  commands: ptr<function, array<vec2f, ROBOTS>>,
  gains: ptr<function, array<f32, ROBOTS>>,
) {
  // Before a kick-off nothing moves: wheels braked, ball at rest.
  let braked = (*world).phase == KICK_OFF;
  let counts = select(0.0, 1.0, (*world).phase == PLAY);
  var driven: array<vec2f, ROBOTS>;
  var distances: array<f32, ROBOTS>;
  for (var i = 0u; i < ROBOTS; i++) {
    driven[i] = select((*commands)[i], vec2f(0.0), braked);
    (*world).robots[i].kick = 0.0;
    if (REWARD_APPROACH != 0.0) {
      distances[i] = distanceToBall(world, i);
    }
  }
  (*world).events = 0u;
  (*world).wallHit = 0.0;
  (*world).clash = 0.0;
  let before = advantage((*world).ball);
  for (var s = 0u; s < SUBSTEPS; s++) {
    substep(world, &driven);
  }
  let goal = select(0.0, 1.0, (*world).ball.x > GOAL_LINE)
    - select(0.0, 1.0, (*world).ball.x < -GOAL_LINE);
  let gain = REWARD_GOAL * goal + REWARD_BALL * (advantage((*world).ball) - before);
  for (var i = 0u; i < ROBOTS; i++) {
    var own = gain * sideOf(i);
    if (REWARD_APPROACH != 0.0) {
      own += REWARD_APPROACH * (distances[i] - distanceToBall(world, i));
    }
    // roles: own += roleReward(world, i);
    (*gains)[i] += own * counts;
    // One Newton step towards length 1.
    let heading = (*world).robots[i].heading;
    (*world).robots[i].heading = settled(heading * (1.5 - 0.5 * dot(heading, heading)));
    (*world).robots[i].velocity = settled((*world).robots[i].velocity);
    let turnRate = (*world).robots[i].turnRate;
    (*world).robots[i].turnRate = select(turnRate, 0.0, abs(turnRate) < REST);
  }
  if ((*world).phase != OVER) {
    (*world).tick += 1u;
    judge(world);
  }
}

// ---- what a robot sees

struct Seen {
  distance2: f32,
  apart: vec2f,
  velocity: vec2f,
}

fn otherOf(seen: Seen, heading: vec2f) -> Other {
  return Other(
    dot(seen.apart, heading) * (1.0 / HALF_LENGTH),
    cross(heading, seen.apart) * (1.0 / HALF_LENGTH),
    dot(seen.velocity, heading),
    cross(heading, seen.velocity));
}

// Robots `first` .. `first + TEAM - 1`, nearest first; the one who looks comes out last.
fn look(
  world: ptr<function, World>,
  i: u32,
  first: u32,
  seen: ptr<function, array<Seen, TEAM>>,
) {
  for (var k = 0u; k < TEAM; k++) {
    let apart = (*world).robots[first + k].position - (*world).robots[i].position;
    let distance2 = select(dot(apart, apart), 1e9, first + k == i);
    (*seen)[k] = Seen(distance2, apart, (*world).robots[first + k].velocity);
  }
  for (var a = 1u; a < TEAM; a++) {
    for (var b = 0u; b < TEAM - a; b++) {
      let near = (*seen)[b];
      let far = (*seen)[b + 1u];
      let swap = far.distance2 < near.distance2;
      (*seen)[b].distance2 = select(near.distance2, far.distance2, swap);
      (*seen)[b].apart = select(near.apart, far.apart, swap);
      (*seen)[b].velocity = select(near.velocity, far.velocity, swap);
      (*seen)[b + 1u].distance2 = select(far.distance2, near.distance2, swap);
      (*seen)[b + 1u].apart = select(far.apart, near.apart, swap);
      (*seen)[b + 1u].velocity = select(far.velocity, near.velocity, swap);
    }
  }
}

fn observeRobot(world: ptr<function, World>, i: u32, at: u32) {
  let side = sideOf(i);
  let position = (*world).robots[i].position;
  let heading = (*world).robots[i].heading;
  let velocity = (*world).robots[i].velocity;
  let ball = (*world).ball;
  let ballVelocity = (*world).ballVelocity;
  let apart = ball - position;
  let distance = sqrt(dot(apart, apart)) + 1e-6;
  let toBall = vec2f(dot(apart, heading), cross(heading, apart));
  let goal = vec2f(HALF_LENGTH * side, 0.0) - ball;
  let ownGoal = vec2f(-HALF_LENGTH * side, 0.0) - ball;
  let toGoal = goal * (1.0 / (sqrt(dot(goal, goal)) + 1e-6));
  let toOwnGoal = ownGoal * (1.0 / (sqrt(dot(ownGoal, ownGoal)) + 1e-6));
  observations[at].x = position.x * side * (1.0 / HALF_LENGTH);
  observations[at].y = position.y * side * (1.0 / HALF_WIDTH);
  observations[at].headingX = heading.x * side;
  observations[at].headingY = heading.y * side;
  observations[at].speedForward = dot(velocity, heading) * (1.0 / WHEEL_SPEED_MAX);
  observations[at].speedLeft = cross(heading, velocity) * (1.0 / WHEEL_SPEED_MAX);
  observations[at].turnRate = (*world).robots[i].turnRate * 0.05;
  observations[at].ballForward = toBall.x * (1.0 / HALF_LENGTH);
  observations[at].ballLeft = toBall.y * (1.0 / HALF_LENGTH);
  observations[at].ballVelocityForward = dot(ballVelocity, heading);
  observations[at].ballVelocityLeft = cross(heading, ballVelocity);
  observations[at].ballDirectionForward = toBall.x / distance;
  observations[at].ballDirectionLeft = toBall.y / distance;
  observations[at].ballNear = 0.1 / (0.1 + distance);
  observations[at].goalForward = dot(toGoal, heading);
  observations[at].goalLeft = cross(heading, toGoal);
  observations[at].ownGoalForward = dot(toOwnGoal, heading);
  observations[at].ownGoalLeft = cross(heading, toOwnGoal);
  observations[at].ballX = ball.x * side * (1.0 / HALF_LENGTH);
  observations[at].ballY = ball.y * side * (1.0 / HALF_WIDTH);
  var seen: array<Seen, TEAM>;
  look(world, i, select(0u, TEAM, i < TEAM), &seen);
  for (var k = 0u; k < TEAM; k++) {
    observations[at].others[k] = otherOf(seen[k], heading);
  }
  if (TEAM > 1u) {
    look(world, i, select(TEAM, 0u, i < TEAM), &seen);
    for (var k = 0u; k < TEAM - 1u; k++) {
      observations[at].others[TEAM + k] = otherOf(seen[k], heading);
    }
  }
  // roles: observeRole(i, at);
}

// ---- entry points: one invocation per world, buffers hold whole workgroups

fn wheelSpeed(action: i32) -> f32 {
  return f32(clamp(action, -127, 127)) * (WHEEL_SPEED_MAX / 127.0);
}

@compute @workgroup_size(WORKGROUP)
fn reset(@builtin(global_invocation_id) id: vec3u) {
  var world = worlds[id.x];
  // parameters by seed: seeds[id.x]
  startEpisode(&world, seeds[id.x]);
  worlds[id.x] = world;
  ends[id.x] = RESET;
  for (var i = 0u; i < ROBOTS; i++) {
    rewards[id.x * ROBOTS + i] = 0.0;
  }
}

@compute @workgroup_size(WORKGROUP)
fn step(@builtin(global_invocation_id) id: vec3u) {
  var world = worlds[id.x];
  // parameters by seed: world.seed
  var commands: array<vec2f, ROBOTS>;
  var gains: array<f32, ROBOTS>;
  for (var i = 0u; i < ROBOTS; i++) {
    let at = (id.x * ROBOTS + i) * 2u;
    commands[i] = vec2f(wheelSpeed(actions[at]), wheelSpeed(actions[at + 1u]));
  }
  let wasOver = world.phase == OVER;
  for (var t = 0u; t < TICKS_PER_STEP; t++) {
    tick(&world, &commands, &gains);
  }
  var end = world.end;
  if (wasOver) {
    let seed = draw(&world);
    startEpisode(&world, seed);
    end = RESET;
  }
  for (var i = 0u; i < ROBOTS; i++) {
    rewards[id.x * ROBOTS + i] = gains[i];
  }
  ends[id.x] = end;
  worlds[id.x] = world;
}

@compute @workgroup_size(WORKGROUP)
fn observe(@builtin(global_invocation_id) id: vec3u) {
  var world = worlds[id.x];
  // parameters by seed: world.seed
  for (var i = 0u; i < ROBOTS; i++) {
    observeRobot(&world, i, id.x * ROBOTS + i);
  }
}
