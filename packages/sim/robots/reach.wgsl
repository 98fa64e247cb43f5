// A six-joint arm that reaches for a point: the SO-101, kinematic (its servos follow a commanded
// speed). Joint limits and the chain of frames are those of so101_new_calib.urdf
// (github.com/TheRobotStudio/SO-ARM100, 385e8d7). SI units, angles in radians; x ahead, z up.

const JOINTS = 6u; // shoulder pan, shoulder lift, elbow flex, wrist flex, wrist roll, gripper
const STEP_SECONDS = 0.05;
const SPEED_MAX = 2.0; // rad/s; a Feetech STS3215 without load turns at about 4.7
const ACCELERATION_MAX = 20.0; // rad/s^2
const UPPER_ARM = 0.11257; // m, from lift to elbow
const FOREARM = 0.1349; // m, from elbow to wrist
const WRIST = 0.0611; // m, from flex to roll
const HAND = 0.0981274; // m, from roll to the tip
const ARRIVED = 0.015; // m
const TARGET_HEIGHT_MIN = 0.03;

const REWARD_ARRIVAL = 1.0;
const REWARD_PROGRESS = 2.0; // per metre nearer to the target
const REWARD_STEP = -0.002;

struct State {
  angles: array<f32, JOINTS>,
  speeds: array<f32, JOINTS>,
  goal: vec3f,
  tip: vec3f,
}

struct Observation {
  angles: array<f32, JOINTS>, // -1 .. 1 between the limits
  speeds: array<f32, JOINTS>, // -1 .. 1
  tipX: f32,
  tipY: f32,
  tipZ: f32,
  targetX: f32, // from the tip
  targetY: f32,
  targetZ: f32,
}

// Joint speeds, -127 .. 127.
struct Action {
  speeds: array<i32, JOINTS>,
}

struct Rules {
  stepsMax: u32,
}

fn lowOf(joint: u32) -> f32 {
  let lows = array<f32, JOINTS>(-1.91986, -1.74533, -1.69, -1.65806, -2.74385, -0.174533);
  return lows[joint];
}

fn highOf(joint: u32) -> f32 {
  let highs = array<f32, JOINTS>(1.91986, 1.74533, 1.69, 1.65806, 2.84121, 1.74533);
  return highs[joint];
}

fn turned(v: vec3f, angle: f32) -> vec3f {
  let c = approxCos(angle);
  let s = approxSin(angle);
  return vec3f(c * v.x - s * v.y, s * v.x + c * v.y, v.z);
}

// Where the tip of the gripper is. Every joint turns about its own z; the frames between them are
// quarter turns, written out, but for the wrist's slant. The gripper's jaw does not move the tip.
fn tipOf(angles: ptr<function, array<f32, JOINTS>>) -> vec3f {
  let roll = turned(vec3f(-0.0079, -0.000218, -HAND), (*angles)[4]);
  let slanted = vec3f(0.998815 * roll.x + 0.0486603 * roll.y, roll.z, 0.998815 * roll.y - 0.0486603 * roll.x);
  let wrist = turned(
    vec3f(-slanted.x, slanted.y, slanted.z) + vec3f(0.0, -WRIST, 0.0181), (*angles)[3]);
  let elbow = turned(
    vec3f(wrist.y, -wrist.x, wrist.z) + vec3f(-FOREARM, 0.0052, 0.0), (*angles)[2]);
  let lift = turned(
    vec3f(-elbow.y, elbow.x, elbow.z) + vec3f(-UPPER_ARM, -0.028, 0.0), (*angles)[1]);
  let pan = turned(
    vec3f(lift.y, lift.z, lift.x) + vec3f(-0.0303992, -0.0182778, -0.0542), (*angles)[0]);
  return vec3f(-pan.x, pan.y, -pan.z) + vec3f(0.0388353, 0.0, 0.0624);
}

fn anyAngles(luck: ptr<function, Luck>) -> array<f32, JOINTS> {
  var angles: array<f32, JOINTS>;
  for (var j = 0u; j < JOINTS; j++) {
    angles[j] = between(luck, lowOf(j), highOf(j));
  }
  return angles;
}

fn start(luck: ptr<function, Luck>) -> State {
  var state: State;
  for (var j = 0u; j < JOINTS; j++) {
    state.angles[j] = between(luck, 0.3, 0.7) * (highOf(j) - lowOf(j)) + lowOf(j);
  }
  state.tip = tipOf(&state.angles);
  // A place that some pose reaches, above the table.
  var goal = vec3f(0.2, 0.0, 0.1);
  for (var tries = 0u; tries < 4u; tries++) {
    var angles = anyAngles(luck);
    let place = tipOf(&angles);
    goal = select(goal, place, place.z > TARGET_HEIGHT_MIN);
  }
  state.goal = goal;
  return state;
}

fn advance(state: ptr<function, State>, action: Action, luck: ptr<function, Luck>) -> Outcome {
  let before = distance((*state).tip, (*state).goal);
  for (var j = 0u; j < JOINTS; j++) {
    let wanted = f32(clamp(action.speeds[j], -127, 127)) * (SPEED_MAX / 127.0);
    let pull = ACCELERATION_MAX * STEP_SECONDS;
    let speed = (*state).speeds[j] + clamp(wanted - (*state).speeds[j], -pull, pull);
    let angle = (*state).angles[j] + speed * STEP_SECONDS;
    let kept = clamp(angle, lowOf(j), highOf(j));
    (*state).angles[j] = kept;
    (*state).speeds[j] = select(speed, 0.0, kept != angle);
  }
  (*state).tip = tipOf(&(*state).angles);
  let now = distance((*state).tip, (*state).goal);
  let arrived = now < ARRIVED;
  let reward = REWARD_STEP + REWARD_PROGRESS * (before - now)
    + select(0.0, REWARD_ARRIVAL, arrived);
  return Outcome(reward, arrived);
}

fn look(state: State) -> Observation {
  var seen: Observation;
  for (var j = 0u; j < JOINTS; j++) {
    seen.angles[j] = (state.angles[j] - lowOf(j)) / (highOf(j) - lowOf(j)) * 2.0 - 1.0;
    seen.speeds[j] = state.speeds[j] * (1.0 / SPEED_MAX);
  }
  seen.tipX = state.tip.x;
  seen.tipY = state.tip.y;
  seen.tipZ = state.tip.z;
  seen.targetX = state.goal.x - state.tip.x;
  seen.targetY = state.goal.y - state.tip.y;
  seen.targetZ = state.goal.z - state.tip.z;
  return seen;
}
