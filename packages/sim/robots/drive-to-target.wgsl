// A two-wheeled robot that drives to a target between obstacles, seeing with a range sensor: the task
// for a hobby robot on a table. SI units; the robot is that of soccer.wgsl.

const HALF_LENGTH = 0.75; // of the walled table
const HALF_WIDTH = 0.65;
const ROBOT_RADIUS = 0.053; // of the circle around a cube of 7.5 cm
const TRACK = 0.065; // between the wheels
const WHEEL_SPEED_MAX = 0.5; // m/s at command 127: a geared hobby motor
const WHEEL_ACCELERATION = 2.0; // m/s^2
const STEP_SECONDS = 0.05;
const OBSTACLES = 4u;
const OBSTACLE_RADIUS = 0.06;
const TARGET_RADIUS = 0.05; // arrived
const RAYS = 5u;
const RAY_ANGLE = 0.5235987755982988; // from one ray to the next, 30 degrees
const RANGE_MAX = 1.2; // of a VL53L0X time-of-flight sensor
const RANGE_NOISE = 0.01; // m, half of the spread

const REWARD_ARRIVAL = 1.0;
const REWARD_CRASH = -1.0;
const REWARD_PROGRESS = 1.0; // per metre nearer to the target
const REWARD_STEP = -0.002;

struct State {
  position: vec2f,
  heading: vec2f, // unit vector
  wheels: vec2f, // speeds, left and right
  goal: vec2f,
  obstacles: array<vec2f, OBSTACLES>,
  ranges: array<f32, RAYS>, // what the sensor said last, from right to left
}

struct Observation {
  ranges: array<f32, RAYS>, // 0 near .. 1 at RANGE_MAX or more, from right to left
  targetForward: f32, // unit vector to the target, in the robot's frame
  targetLeft: f32,
  targetDistance: f32,
  wheelLeft: f32, // -1 .. 1
  wheelRight: f32,
}

// Wheel commands, -127 .. 127.
struct Action {
  left: i32,
  right: i32,
}

struct Rules {
  stepsMax: u32,
}

fn aside(v: vec2f) -> vec2f {
  return vec2f(-v.y, v.x);
}

fn crossing(a: vec2f, b: vec2f) -> f32 {
  return a.x * b.y - a.y * b.x;
}

fn somewhere(luck: ptr<function, Luck>, margin: f32) -> vec2f {
  let x = between(luck, margin - HALF_LENGTH, HALF_LENGTH - margin);
  return vec2f(x, between(luck, margin - HALF_WIDTH, HALF_WIDTH - margin));
}

// How far from `position` along `ray` (a unit vector) the next wall or obstacle is.
fn rangeAlong(state: ptr<function, State>, ray: vec2f) -> f32 {
  let position = (*state).position;
  let wallX = (HALF_LENGTH - position.x * sign(ray.x)) / max(abs(ray.x), 1e-6);
  let wallY = (HALF_WIDTH - position.y * sign(ray.y)) / max(abs(ray.y), 1e-6);
  var range = min(wallX, wallY);
  for (var i = 0u; i < OBSTACLES; i++) {
    let to = (*state).obstacles[i] - position;
    let along = dot(to, ray);
    let off = crossing(ray, to);
    let half = OBSTACLE_RADIUS * OBSTACLE_RADIUS - off * off;
    let hit = along - sqrt(max(half, 0.0));
    range = select(range, min(range, max(hit, 0.0)), half > 0.0 && along > 0.0);
  }
  return range;
}

fn sense(state: ptr<function, State>, luck: ptr<function, Luck>) {
  for (var i = 0u; i < RAYS; i++) {
    let angle = (f32(i) - 0.5 * f32(RAYS - 1u)) * RAY_ANGLE;
    let ray = (*state).heading * approxCos(angle) + aside((*state).heading) * approxSin(angle);
    let noise = between(luck, -RANGE_NOISE, RANGE_NOISE);
    (*state).ranges[i] = clamp(rangeAlong(state, ray) + noise, 0.0, RANGE_MAX);
  }
}

fn start(luck: ptr<function, Luck>) -> State {
  var state: State;
  let angle = between(luck, -3.14159265, 3.14159265);
  state.heading = vec2f(approxCos(angle), approxSin(angle));
  // Robot and target in opposite thirds of the table, obstacles between them.
  let side = select(-1.0, 1.0, below(luck, 2u) == 1u);
  let home = somewhere(luck, 0.1);
  let to = somewhere(luck, 0.1);
  state.position = vec2f(-side * (0.5 + 0.1 * home.x), home.y);
  state.goal = vec2f(side * (0.5 + 0.1 * to.x), to.y);
  for (var i = 0u; i < OBSTACLES; i++) {
    let at = somewhere(luck, 0.1);
    let lane = (f32(i) - 0.5 * f32(OBSTACLES - 1u)) * 0.3;
    state.obstacles[i] = vec2f(at.x * 0.35, lane + at.y * 0.15);
  }
  sense(&state, luck);
  return state;
}

fn distanceToTarget(state: ptr<function, State>) -> f32 {
  let to = (*state).goal - (*state).position;
  return sqrt(dot(to, to));
}

fn advance(state: ptr<function, State>, action: Action, luck: ptr<function, Luck>) -> Outcome {
  let before = distanceToTarget(state);
  let commands = vec2f(f32(clamp(action.left, -127, 127)), f32(clamp(action.right, -127, 127)))
    * (WHEEL_SPEED_MAX / 127.0);
  let pull = WHEEL_ACCELERATION * STEP_SECONDS;
  let wheels = (*state).wheels
    + clamp(commands - (*state).wheels, vec2f(-pull), vec2f(pull));
  let turn = (wheels.y - wheels.x) * (STEP_SECONDS / TRACK);
  let middle = (*state).heading * approxCos(0.5 * turn)
    + aside((*state).heading) * approxSin(0.5 * turn);
  let turned = (*state).heading * approxCos(turn) + aside((*state).heading) * approxSin(turn);
  (*state).wheels = wheels;
  (*state).position += middle * (0.5 * (wheels.x + wheels.y) * STEP_SECONDS);
  (*state).heading = turned * (1.5 - 0.5 * dot(turned, turned));
  let room = vec2f(HALF_LENGTH, HALF_WIDTH) - ROBOT_RADIUS - abs((*state).position);
  var crashed = min(room.x, room.y) < 0.0;
  for (var i = 0u; i < OBSTACLES; i++) {
    let apart = (*state).obstacles[i] - (*state).position;
    let reach = OBSTACLE_RADIUS + ROBOT_RADIUS;
    crashed = crashed || dot(apart, apart) < reach * reach;
  }
  let now = distanceToTarget(state);
  let arrived = now < TARGET_RADIUS && !crashed;
  sense(state, luck);
  let reward = REWARD_STEP + REWARD_PROGRESS * (before - now)
    + select(0.0, REWARD_ARRIVAL, arrived) + select(0.0, REWARD_CRASH, crashed);
  return Outcome(reward, arrived || crashed);
}

fn look(state: State) -> Observation {
  var seen: Observation;
  for (var i = 0u; i < RAYS; i++) {
    seen.ranges[i] = state.ranges[i] * (1.0 / RANGE_MAX);
  }
  let to = state.goal - state.position;
  let distance = sqrt(dot(to, to)) + 1e-6;
  seen.targetForward = dot(to, state.heading) / distance;
  seen.targetLeft = crossing(state.heading, to) / distance;
  seen.targetDistance = distance;
  seen.wheelLeft = state.wheels.x * (1.0 / WHEEL_SPEED_MAX);
  seen.wheelRight = state.wheels.y * (1.0 / WHEEL_SPEED_MAX);
  return seen;
}
