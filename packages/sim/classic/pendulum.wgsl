// Pendulum-v1 of Gymnasium: swing a pendulum up and hold it there, with little torque.

const GRAVITY = 10.0;
const MASS = 1.0;
const LENGTH = 1.0;
const STEP_SECONDS = 0.05;
const SPEED_MAX = 8.0;
const TORQUE_MAX = 2.0;

struct State {
  angle: f32, // 0 upright; within half a turn, and what a step adds
  speed: f32,
}

struct Observation {
  x: f32,
  y: f32,
  speed: f32,
}

alias Action = f32; // torque, -2 .. 2

struct Rules {
  stepsMax: u32,
}

fn start(luck: ptr<function, Luck>) -> State {
  let angle = between(luck, -3.14159265358979, 3.14159265358979);
  return State(angle, between(luck, -1.0, 1.0));
}

// The angle within half a turn of upright; a turn is split in two, so that k times the first is exact.
fn withinTurn(angle: f32) -> f32 {
  let k = round(angle * 0.15915494309);
  return (angle - k * 6.28125) - k * 1.9353071795865e-3;
}

fn advance(state: ptr<function, State>, action: Action, luck: ptr<function, Luck>) -> Outcome {
  let torque = clamp(action, -TORQUE_MAX, TORQUE_MAX);
  let angle = withinTurn((*state).angle);
  let speed = (*state).speed;
  let cost = angle * angle + 0.1 * speed * speed + 0.001 * torque * torque;
  let pull = 1.5 * GRAVITY / LENGTH * approxSin(angle)
    + 3.0 / (MASS * LENGTH * LENGTH) * torque;
  let faster = clamp(speed + pull * STEP_SECONDS, -SPEED_MAX, SPEED_MAX);
  *state = State(angle + faster * STEP_SECONDS, faster);
  return Outcome(-cost, false);
}

fn look(state: State) -> Observation {
  return Observation(approxCos(state.angle), approxSin(state.angle), state.speed);
}
