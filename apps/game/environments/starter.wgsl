//! dreampitch environment 1
//! name: My environment
//! action: choice 3
//! step: 0.05
//! rule stepsMax: 200
//! bounds x: -1.2 .. 1.2

// A point drifts in the wind; who pushes it well keeps it
// near the middle. Change everything. The lines above say
// what WGSL cannot; others that there are:
//   action: numbers -1 .. 1    (or int8, or choices 3 2)
//   observation: choice 16     (one of so many)
//   random WIND: 0.1 .. 0.5    (drawn for every episode)
//   noise: 0.01                (of what is seen)
//   delay: 2                   (steps of every action)
//   drop: 0.1                  (chance to lose an action)
//   picture: pendulum          (drawn from State's angle)

const WIND = 0.3;
const PUSH = 1.5;
const STEP_SECONDS = 0.05;

// What a world is.
struct State {
  x: f32,
  speed: f32,
}

// What the agent sees of it.
struct Observation {
  x: f32,
  speed: f32,
}

// What it does: 0 to the left, 1 nothing, 2 to the right.
alias Action = i32;

struct Rules {
  stepsMax: u32, // of an episode; 0: no limit
}

// An episode begins. Chance comes from its seed:
// between(luck, low, high) and below(luck, count).
fn start(luck: ptr<function, Luck>) -> State {
  return State(between(luck, -0.5, 0.5), 0.0);
}

// One step changes the state, and gives the reward and
// whether the episode is over.
fn advance(
  state: ptr<function, State>,
  action: Action,
  luck: ptr<function, Luck>,
) -> Outcome {
  let gust = between(luck, -WIND, WIND);
  let force = f32(action - 1) * PUSH + gust;
  let speed = (*state).speed + force * STEP_SECONDS;
  let x = (*state).x + speed * STEP_SECONDS;
  *state = State(x, speed);
  return Outcome(1.0 - abs(x), abs(x) > 1.0);
}

fn look(state: State) -> Observation {
  return Observation(state.x, state.speed);
}
