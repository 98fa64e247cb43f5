// MountainCar-v0 of Gymnasium: a weak car that has to swing itself up a hill (Moore 1990).

const FORCE = 0.001;
const GRAVITY = 0.0025;
const SPEED_MAX = 0.07;
const POSITION_MIN = -1.2;
const POSITION_MAX = 0.6;
const GOAL = 0.5;

struct State {
  position: f32,
  speed: f32,
}

struct Observation {
  position: f32,
  speed: f32,
}

alias Action = i32; // 0 left, 1 none, 2 right

struct Rules {
  stepsMax: u32,
}

fn start(luck: ptr<function, Luck>) -> State {
  return State(between(luck, -0.6, -0.4), 0.0);
}

fn advance(state: ptr<function, State>, action: Action, luck: ptr<function, Luck>) -> Outcome {
  let pull = f32(action - 1) * FORCE - approxCos(3.0 * (*state).position) * GRAVITY;
  let speed = clamp((*state).speed + pull, -SPEED_MAX, SPEED_MAX);
  let position = clamp((*state).position + speed, POSITION_MIN, POSITION_MAX);
  let stopped = position == POSITION_MIN && speed < 0.0;
  *state = State(position, select(speed, 0.0, stopped));
  return Outcome(-1.0, position >= GOAL && (*state).speed >= 0.0);
}

fn look(state: State) -> Observation {
  return Observation(state.position, state.speed);
}
