// MountainCarContinuous-v0 of Gymnasium: the car of MountainCar with a throttle that costs.

const POWER = 0.0015;
const GRAVITY = 0.0025;
const SPEED_MAX = 0.07;
const POSITION_MIN = -1.2;
const POSITION_MAX = 0.6;
const GOAL = 0.45;

struct State {
  position: f32,
  speed: f32,
}

struct Observation {
  position: f32,
  speed: f32,
}

alias Action = f32; // throttle, -1 .. 1

struct Rules {
  stepsMax: u32,
}

fn start(luck: ptr<function, Luck>) -> State {
  return State(between(luck, -0.6, -0.4), 0.0);
}

fn advance(state: ptr<function, State>, action: Action, luck: ptr<function, Luck>) -> Outcome {
  let throttle = clamp(action, -1.0, 1.0);
  let pull = throttle * POWER - GRAVITY * approxCos(3.0 * (*state).position);
  let speed = clamp((*state).speed + pull, -SPEED_MAX, SPEED_MAX);
  let position = clamp((*state).position + speed, POSITION_MIN, POSITION_MAX);
  let stopped = position == POSITION_MIN && speed < 0.0;
  *state = State(position, select(speed, 0.0, stopped));
  let arrived = position >= GOAL && (*state).speed >= 0.0;
  // The price is that of the throttle asked for, as in Gymnasium, not of the one that is applied.
  return Outcome(select(0.0, 100.0, arrived) - 0.1 * action * action, arrived);
}

fn look(state: State) -> Observation {
  return Observation(state.position, state.speed);
}
