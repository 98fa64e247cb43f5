// Acrobot-v1 of Gymnasium: two links, a motor between them; swing the end above a line (Sutton 1996,
// with the equations of Sutton and Barto's book).

const STEP_SECONDS = 0.2;
const LENGTH = 1.0; // of the first link
const CENTRE = 0.5; // of mass, along either link
const MASS = 1.0; // of either link
const INERTIA = 1.0; // of either link
const GRAVITY = 9.8;
const SPEED_1_MAX = 12.566370614359172; // 4 pi
const SPEED_2_MAX = 28.274333882308138; // 9 pi

struct State {
  angle1: f32, // 0 hanging down
  angle2: f32, // to the first link
  speed1: f32,
  speed2: f32,
}

struct Observation {
  x1: f32,
  y1: f32,
  x2: f32,
  y2: f32,
  speed1: f32,
  speed2: f32,
}

alias Action = i32; // torque -1, 0, 1 as 0, 1, 2

struct Rules {
  stepsMax: u32,
}

fn start(luck: ptr<function, Luck>) -> State {
  let angle1 = between(luck, -0.1, 0.1);
  let angle2 = between(luck, -0.1, 0.1);
  let speed1 = between(luck, -0.1, 0.1);
  return State(angle1, angle2, speed1, between(luck, -0.1, 0.1));
}

// Speeds and accelerations of both joints.
fn slope(s: vec4f, torque: f32) -> vec4f {
  let cosine2 = approxCos(s.y);
  let sine2 = approxSin(s.y);
  let d1 = MASS * CENTRE * CENTRE
    + MASS * (LENGTH * LENGTH + CENTRE * CENTRE + 2.0 * LENGTH * CENTRE * cosine2) + 2.0 * INERTIA;
  let d2 = MASS * (CENTRE * CENTRE + LENGTH * CENTRE * cosine2) + INERTIA;
  let phi2 = MASS * CENTRE * GRAVITY * approxSin(s.x + s.y);
  let phi1 = -MASS * LENGTH * CENTRE * s.w * s.w * sine2
    - 2.0 * MASS * LENGTH * CENTRE * s.w * s.z * sine2
    + (MASS * CENTRE + MASS * LENGTH) * GRAVITY * approxSin(s.x) + phi2;
  let acceleration2 = (torque + d2 / d1 * phi1 - MASS * LENGTH * CENTRE * s.z * s.z * sine2 - phi2)
    / (MASS * CENTRE * CENTRE + INERTIA - d2 * d2 / d1);
  let acceleration1 = -(d2 * acceleration2 + phi1) / d1;
  return vec4f(s.z, s.w, acceleration1, acceleration2);
}

// Within half a turn; at most one turn is made in a step.
fn withinTurn(angle: f32) -> f32 {
  let k = round(angle * 0.15915494309);
  return (angle - k * 6.28125) - k * 1.9353071795865e-3;
}

fn advance(state: ptr<function, State>, action: Action, luck: ptr<function, Luck>) -> Outcome {
  let s = vec4f((*state).angle1, (*state).angle2, (*state).speed1, (*state).speed2);
  let torque = f32(action - 1);
  // Runge and Kutta, fourth order.
  let k1 = slope(s, torque);
  let k2 = slope(s + k1 * (0.5 * STEP_SECONDS), torque);
  let k3 = slope(s + k2 * (0.5 * STEP_SECONDS), torque);
  let k4 = slope(s + k3 * STEP_SECONDS, torque);
  let next = s + (k1 + 2.0 * k2 + 2.0 * k3 + k4) * (STEP_SECONDS / 6.0);
  *state = State(
    withinTurn(next.x),
    withinTurn(next.y),
    clamp(next.z, -SPEED_1_MAX, SPEED_1_MAX),
    clamp(next.w, -SPEED_2_MAX, SPEED_2_MAX));
  let above = -approxCos((*state).angle1) - approxCos((*state).angle1 + (*state).angle2) > 1.0;
  return Outcome(select(-1.0, 0.0, above), above);
}

fn look(state: State) -> Observation {
  return Observation(
    approxCos(state.angle1), approxSin(state.angle1),
    approxCos(state.angle2), approxSin(state.angle2),
    state.speed1, state.speed2);
}
