// CartPole-v1 of Gymnasium: a pole on a cart that is pushed left or right (Barto, Sutton and
// Anderson 1983).

const GRAVITY = 9.8;
const CART_MASS = 1.0;
const POLE_MASS = 0.1;
const POLE_HALF_LENGTH = 0.5;
const FORCE = 10.0;
const STEP_SECONDS = 0.02;
const X_MAX = 2.4;
const ANGLE_MAX = 0.20943951023931953; // 12 degrees

const MASS = CART_MASS + POLE_MASS;
const POLE_MOMENT = POLE_MASS * POLE_HALF_LENGTH;

struct State {
  x: f32,
  xSpeed: f32,
  angle: f32,
  angleSpeed: f32,
}

struct Observation {
  x: f32,
  xSpeed: f32,
  angle: f32,
  angleSpeed: f32,
}

alias Action = i32; // 0 left, 1 right

struct Rules {
  stepsMax: u32,
}

fn start(luck: ptr<function, Luck>) -> State {
  let x = between(luck, -0.05, 0.05);
  let xSpeed = between(luck, -0.05, 0.05);
  let angle = between(luck, -0.05, 0.05);
  let angleSpeed = between(luck, -0.05, 0.05);
  return State(x, xSpeed, angle, angleSpeed);
}

fn advance(state: ptr<function, State>, action: Action, luck: ptr<function, Luck>) -> Outcome {
  let old = *state;
  let force = select(-FORCE, FORCE, action == 1);
  // Series: an episode is over long before the angle is 0.5, where they are off by 1e-8.
  let a2 = old.angle * old.angle;
  let sine = old.angle * (1.0 - a2 * (1.0 / 6.0) * (1.0 - a2 * (1.0 / 20.0) * (1.0 - a2 * (1.0 / 42.0))));
  let cosine = 1.0 - a2 * 0.5 * (1.0 - a2 * (1.0 / 12.0) * (1.0 - a2 * (1.0 / 30.0)));
  let push = (force + POLE_MOMENT * old.angleSpeed * old.angleSpeed * sine) * (1.0 / MASS);
  let angleAcceleration = (GRAVITY * sine - cosine * push)
    / (POLE_HALF_LENGTH * (4.0 / 3.0 - POLE_MASS / MASS * cosine * cosine));
  let acceleration = push - POLE_MOMENT / MASS * angleAcceleration * cosine;
  *state = State(
    old.x + STEP_SECONDS * old.xSpeed,
    old.xSpeed + STEP_SECONDS * acceleration,
    old.angle + STEP_SECONDS * old.angleSpeed,
    old.angleSpeed + STEP_SECONDS * angleAcceleration);
  return Outcome(1.0, abs((*state).x) > X_MAX || abs((*state).angle) > ANGLE_MAX);
}

fn look(state: State) -> Observation {
  return Observation(state.x, state.xSpeed, state.angle, state.angleSpeed);
}
